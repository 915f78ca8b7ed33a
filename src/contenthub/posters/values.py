"""Idea: what a poster says of the item and the bank; the same for every employee."""

from collections.abc import Mapping
from typing import Any

from contenthub.library import itemfields
from contenthub.library.kinds import field

RATE_FIELDS = ("rate", "annual_rate")
"""Only what may stand under the word 利率: a benchmark or a fee is none (compliance 5.1)."""
RATE_TOP_FIELD = "annual_rate_max"
SUMMARY_FIELDS = (
    "summary",
    "selling_points",
    "how_to",
    "how_to_redeem",
    "spec",
    "place",
    "answer",
)
SUMMARY_MAX_CHARS = 60
_NO_BRACES = str.maketrans("", "", "{}")
_STOPS = "。；，、！？ "


def static_values(
    *,
    code: str,
    title: str,
    kind: str,
    topic: str,
    fields: Mapping[str, Any],
    bank_name: str,
    hotline: str,
) -> dict[str, str]:
    """Return the values of the `item.` and `bank.` variables of a template.

    What the item or the bank has not filled in is left out, so that a template that shows
    it is refused by name (paint.static_text) instead of leaving a hole on the poster.
    """
    values = {
        "bank.name": bank_name,
        "bank.hotline": hotline,
        "item.title": title,
        "item.rate": _rate(kind, topic, fields),
        "item.summary": _whole(_first(SUMMARY_FIELDS, fields, kind=kind, topic=topic)),
        "item.code": code,
    }
    # Braces in content are only text: nothing of it may become a variable of the employee's.
    plain = {name: value.translate(_NO_BRACES).strip() for name, value in values.items()}
    return {name: value for name, value in plain.items() if value}


def _rate(kind: str, topic: str, fields: Mapping[str, Any]) -> str:
    lowest = _first(RATE_FIELDS, fields, kind=kind, topic=topic)
    highest = _first((RATE_TOP_FIELD,), fields, kind=kind, topic=topic)
    # A range is shown whole: the lowest rate alone would promise it to everybody.
    return f"{lowest}-{highest}" if lowest and highest and highest != lowest else lowest


def _first(names: tuple[str, ...], fields: Mapping[str, Any], *, kind: str, topic: str) -> str:
    for name in names:
        if fields.get(name) not in (None, "", []):
            shown = itemfields.show(field(kind, topic, name), fields[name])
            return " ".join(shown.split())
    return ""


def _whole(text: str) -> str:
    """Return the text cut at a full stop or comma where it is too long, never inside a word."""
    if len(text) <= SUMMARY_MAX_CHARS:
        return text
    cut = text[:SUMMARY_MAX_CHARS]
    stop = max(cut.rfind(mark) for mark in _STOPS)
    return cut[:stop] if stop > 0 else cut[:-1] + "…"
