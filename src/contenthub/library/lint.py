"""Idea: what the rule pack finds in a draft; pure, so that page, API, review and rescan agree.

`where` is `name:offset`: the field (`title`, `body`, `script`, `fields.NAME`) and the
index of the first character in its readable text (for rich text: of richtext.plain).
A missing field is `fields.NAME` without an offset.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

from contenthub.library import numbers_found, richtext
from contenthub.library.folding import Folded, fold
from contenthub.library.kinds import Field, fields_of, show
from contenthub.library.rules import RULE_PACK_VERSION, Rule, disclosures, pack, rules_of

__all__ = ["RULE_PACK_VERSION", "Hit", "disclosures", "lint", "open_blocks"]

_WORDS = frozenset({"text", "longtext", "rich", "list", "table"})
_SENTENCE_ENDS = "。!?;\n"
_NEAR_CHARS = 16
_SENTENCE_CHARS = 200
_HITS_MAX = 200


@dataclass(frozen=True, slots=True)
class Hit:
    """One finding; `text` is the author's own wording, `start`/`end` its place in `field`."""

    rule: str
    severity: str
    where: str
    text: str
    advice: str
    source: str
    name: str
    field: str
    start: int
    end: int

    def as_dict(self) -> dict[str, Any]:
        """Return the hit as JSON-safe data, for the API and the revision's row."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Part:
    """One field's readable text; facts (numbers, dates, choices) are only context."""

    name: str
    original: str
    folded: Folded
    scope: str
    exempt: tuple[tuple[int, int], ...]


def lint(
    kind: str,
    topic: str,
    fields: Mapping[str, Any],
    body: str,
    *,
    title: str = "",
    script: str = "",
) -> list[Hit]:
    """Return all findings, blocking ones first, at most 200.

    `fields` may be kept values or raw input, a title may come among them; `body` is HTML or
    plain text, `script` the message sent with a share. Raises Invalid for an unknown kind
    or topic.
    """
    title = title or str(fields.get("title") or "")
    fields = {name: value for name, value in fields.items() if name != "title"}
    specs = fields_of(kind, topic)
    shown = _shown(specs, fields)
    parts = [
        _part(name, label, text)
        for name, label, text in _texts(shown, fields, title=title, body=body, script=script)
    ]
    facts = [f"{spec.label} {shown[spec.name]}" for spec in specs if spec.name in shown]
    item = "\n".join([*(part.folded.text for part in parts), *(fold(f).text for f in facts)])
    found: list[Hit] = []
    for rule in rules_of(kind, topic):
        found.extend(_hits(rule, parts, item, fields=fields, shown=shown))
    found.sort(key=lambda hit: (hit.severity != "block", hit.field, hit.start, hit.rule))
    return found[:_HITS_MAX]


def open_blocks(hits: list[Hit]) -> int:
    """Return how many findings stop an approval."""
    return sum(hit.severity == "block" for hit in hits)


def _shown(specs: list[Field], fields: Mapping[str, Any]) -> dict[str, str]:
    """Return field name -> readable text of the filled fields."""
    known = {spec.name: spec for spec in specs}
    shown: dict[str, str] = {}
    for name, value in fields.items():
        if value is None or value == "" or value == []:
            continue
        try:
            shown[name] = show(known.get(name, Field(name, name)), value)
        except (ValueError, TypeError, AttributeError):
            shown[name] = str(value)  # raw input the form check will refuse is still read
        if isinstance(value, list) and name not in known:
            shown[name] = "；".join(map(str, value))
    return shown


def _texts(
    shown: Mapping[str, str], fields: Mapping[str, Any], *, title: str, body: str, script: str
) -> Iterator[tuple[str, str, str]]:
    """Yield (where, label, text) of everything a customer reads as words."""
    yield "title", "", title
    for name, text in shown.items():
        # An int is a kept amount, rate or count; what people typed is words until checked.
        if not isinstance(fields[name], int):
            yield f"fields.{name}", name, text
    yield "body", "", richtext.plain(body) if body else ""
    yield "script", "", script


def _part(name: str, label: str, text: str) -> _Part:
    folded = fold(text)
    exempt = tuple(match.span() for match in pack().exemptions.finditer(folded.text))
    labelled = "业绩比较基准" if label.startswith("benchmark") else ""
    return _Part(name, text, folded, f"{labelled}{folded.text}", exempt)


def _hits(
    rule: Rule,
    parts: list[_Part],
    item: str,
    *,
    fields: Mapping[str, Any],
    shown: Mapping[str, str],
) -> Iterator[Hit]:
    if rule.matcher:
        yield from _matched(rule, parts, item, fields=fields)
    elif rule.pattern is None:
        if not rule.when_field or rule.when_field in shown:
            yield from _missing(rule, shown)
    elif rule.needs:
        if rule.pattern.search(item):
            yield from _missing(rule, shown)
    else:
        for part in parts:
            yield from _worded(rule, part, item)


def _worded(rule: Rule, part: _Part, item: str) -> Iterator[Hit]:
    assert rule.pattern is not None
    matches = list(islice(rule.pattern.finditer(part.folded.text), _HITS_MAX))
    if not matches:
        return
    # These two scopes are the same for every match, and may be long.
    if any(
        scope in rule.unless and rule.unless[scope].search(text)
        for scope, text in (("field", part.scope), ("item", item))
    ):
        return
    for match in matches:
        start, end = match.span()
        if not _lifted(rule, part, start, end):
            yield _hit(rule, part, start, end)


def _lifted(rule: Rule, part: _Part, start: int, end: int) -> bool:
    """Return whether an everyday phrase or the words around a match lift the hit."""
    if any(low < end and start < high for low, high in part.exempt):
        return True
    text = part.folded.text
    around = {
        "before": lambda: text[max(0, start - _NEAR_CHARS) : start],
        "after": lambda: text[end : end + _NEAR_CHARS],
        "sentence": lambda: _sentence(text, start, end),
    }
    return any(
        pattern.search(around[scope]()) for scope, pattern in rule.unless.items() if scope in around
    )


def _sentence(text: str, start: int, end: int) -> str:
    floor, ceiling = max(0, start - _SENTENCE_CHARS), min(len(text), end + _SENTENCE_CHARS)
    low = max(text.rfind(mark, floor, start) for mark in _SENTENCE_ENDS) + 1
    ends = [at for mark in _SENTENCE_ENDS if (at := text.find(mark, end, ceiling)) >= 0]
    return text[max(low, floor) : min(ends, default=ceiling)]


def _missing(rule: Rule, shown: Mapping[str, str]) -> Iterator[Hit]:
    for name in rule.needs:
        if name not in shown:
            where = f"fields.{name}"
            yield Hit(
                rule=rule.id,
                severity=rule.severity,
                where=where,
                text="",
                advice=rule.advice,
                source=rule.source,
                name=rule.name,
                field=where,
                start=0,
                end=0,
            )


def _matched(
    rule: Rule, parts: list[_Part], item: str, *, fields: Mapping[str, Any]
) -> Iterator[Hit]:
    if rule.matcher == "empty":
        if not any(part.original.strip() for part in parts if part.name != "title"):
            yield _hit(rule, _part("body", "", ""), 0, 0)
        return
    finder = {
        "personal_numbers": numbers_found.personal_numbers,
        "prize_over_limit": numbers_found.prizes_over_limit,
    }[rule.matcher]
    for part in parts:
        for start, end in finder(part.folded.text):
            yield _hit(rule, part, start, end)
    if rule.matcher == "prize_over_limit":
        for row in numbers_found.prize_rows_over_limit(fields.get("prizes")):
            yield _hit(rule, _part("fields.prizes", "", row), 0, len(fold(row).text))


def _hit(rule: Rule, part: _Part, start: int, end: int) -> Hit:
    low, high = part.folded.span(start, end)
    return Hit(
        rule=rule.id,
        severity=rule.severity,
        where=f"{part.name}:{low}",
        text=part.original[low:high],
        advice=rule.advice,
        source=rule.source,
        name=rule.name,
        field=part.name,
        start=low,
        end=high,
    )
