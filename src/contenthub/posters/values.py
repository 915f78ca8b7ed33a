"""Idea: what a poster says of the item and the bank; the same for every employee."""

from collections.abc import Mapping
from typing import Any

from contenthub.library import itemfields
from contenthub.library.kinds import field

# The first of these fields that an item has is the large figure of a poster.
RATE_FIELDS = ("rate", "annual_rate", "benchmark", "fee_rate", "spec", "place", "premium")
SUMMARY_FIELDS = ("summary", "selling_points", "how_to", "how_to_redeem", "answer")
SUMMARY_MAX_CHARS = 60


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
    """Return the values of the `item.` and `bank.` variables of a template."""
    return {
        "bank.name": bank_name,
        "bank.hotline": hotline,
        "item.title": title,
        "item.rate": _first(RATE_FIELDS, kind, topic, fields),
        "item.summary": _first(SUMMARY_FIELDS, kind, topic, fields)[:SUMMARY_MAX_CHARS],
        "item.code": code,
    }


def _first(names: tuple[str, ...], kind: str, topic: str, fields: Mapping[str, Any]) -> str:
    for name in names:
        if fields.get(name) not in (None, "", []):
            shown = itemfields.show(field(kind, topic, name), fields[name])
            return " ".join(shown.split())
    return ""
