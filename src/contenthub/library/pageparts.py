"""Idea: what a reader sees of an item, sorted by the place that each field was declared for.

The customer's page, its preview and the employee's page draw these parts; none of them knows
a field by name, so a new field needs no line here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from contenthub.library import kinds
from contenthub.library.itemfields import table_rows

_WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True, slots=True)
class Fact:
    """One labelled line."""

    name: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with paragraphs, or with points where `is_list`."""

    name: str
    label: str
    lines: list[str]
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its heads; columns that no row fills are left out."""

    name: str
    label: str
    heads: list[str]
    rows: list[list[str]]


@dataclass(slots=True)
class Parts:
    """All that a page shows of an item's fields."""

    lead: str = ""
    when: list[Fact] = field(default_factory=list)
    instants: list[str] = field(default_factory=list)
    keys: list[Fact] = field(default_factory=list)
    points: list[Section] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    costs: list[Fact] = field(default_factory=list)
    cost_tables: list[Table] = field(default_factory=list)
    texts: list[Section] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)

    @property
    def day_and_hours(self) -> tuple[str, str]:
        """Return when it takes place, as a page writes it large; empty without start and end."""
        return when(*self.instants) if len(self.instants) == 2 else ("", "")


def parts_of(kind: str, topic: str, fields: Mapping[str, Any]) -> Parts:
    """Return the filled fields of an item by place, in form order; the bank's own come last.

    What is declared for the bank's own people (`off`), files and other items are left out.
    Raises Invalid for an unknown kind or topic.
    """
    known = kinds.fields_of(kind, topic)
    names = [spec.name for spec in known]
    own = [kinds.field(kind, topic, name) for name in fields if name not in names]
    parts = Parts()
    for spec in [*known, *own]:
        value = fields.get(spec.name)
        if value is not None and value != "" and value != []:
            _place(parts, spec, value)
    return parts


def _place(parts: Parts, spec: kinds.Field, value: object) -> None:
    if spec.place == "lead":
        parts.lead = parts.lead or kinds.show(spec, value)
    elif spec.place in ("off", "media", "related"):
        return
    elif spec.type == "table":
        tables = parts.cost_tables if spec.place == "cost" else parts.tables
        tables.append(_table(spec, value))
    elif spec.place == "points":
        parts.points.append(Section(spec.name, spec.label, _lines(spec, value), is_list=True))
    elif spec.place == "text":
        is_list = isinstance(value, list)
        parts.texts.append(Section(spec.name, spec.label, _lines(spec, value), is_list))
    elif spec.place == "when":
        parts.when.append(Fact(spec.name, spec.label, kinds.show(spec, value)))
        parts.instants.append(str(value))
    else:
        facts = {"key": parts.keys, "cost": parts.costs}.get(spec.place, parts.facts)
        facts.append(Fact(spec.name, spec.label, _shown(spec, value)))


def _shown(spec: kinds.Field, value: object) -> str:
    # A bank's own list is declared nowhere.
    if isinstance(value, list) and spec.type != "list":
        return "；".join(map(str, value))
    return kinds.show(spec, value)


def _lines(spec: kinds.Field, value: object) -> list[str]:
    if isinstance(value, list):
        return [_shown(spec, [one]) for one in value]
    return [line for line in kinds.show(spec, value).splitlines() if line.strip()]


def _table(spec: kinds.Field, value: object) -> Table:
    rows = table_rows(spec, value)
    filled = [n for n in range(len(spec.cells)) if any(row[n] for row in rows)]
    return Table(
        spec.name,
        spec.label,
        [spec.cells[n].label for n in filled],
        [[row[n] for n in filled] for row in rows],
    )


def flat(parts: Parts) -> list[tuple[str, str]]:
    """Return every fact, cost, text and table as (label, text), for lists and small screens."""
    rows = [
        (fact.label, fact.text) for fact in (*parts.when, *parts.keys, *parts.facts, *parts.costs)
    ]
    rows += [(text.label, "；".join(text.lines)) for text in parts.texts]
    for table in (*parts.cost_tables, *parts.tables):
        rows.append((table.label, "；".join(" ".join(filter(None, row)) for row in table.rows)))
    return rows


def when(starts: object, ends: object) -> tuple[str, str]:
    """Return the day and the hours of an activity as its page writes them large.

    Over more than one day, the second text is the end. Texts that are no instants come back
    empty.
    """
    try:
        first = datetime.fromisoformat(str(starts))
        last = datetime.fromisoformat(str(ends))
    except ValueError:
        return "", ""
    if first.date() == last.date():
        return _day(first), f"{first:%H:%M}–{last:%H:%M}"
    return f"{_day(first)} {first:%H:%M}", f"至 {_day(last)} {last:%H:%M}"


def _day(at: datetime) -> str:
    return f"{at.month}月{at.day}日 周{_WEEKDAYS[at.weekday()]}"
