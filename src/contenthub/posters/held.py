"""Idea: what a poster's words are held against: all that its content says, folded to one spelling.

`facts` works it out; `occasions`, `counting` and `unlabelled` read a poster's text for it, too,
and each yields places in it.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

from contenthub.library.figures import Key, Kind
from contenthub.library.itemfields import rows_of
from contenthub.library.saidnumbers import number_of

Places: TypeAlias = Iterator[tuple[int, int]]
N = r"(?:\d[\d,]*(?:\.\d+)?|[零一二两三四五六七八九十百千]+)"
"""A number as `value` reads it."""
TERM = rf"({N}|半)(年|个?月|个?季度?|周|天|日)"
_MONTHS = {"年": 12, "月": 1, "季": 3}


def whole_numbers(kept: Mapping[str, Any], *names: str) -> set[float]:
    """Return the whole numbers that some fields, or a row of a table among them, keep."""
    values = (kept.get(name) for name in names)
    return {float(value) for value in values if isinstance(value, int)}


class Held(NamedTuple):
    """What a content says: its kind, topic and kept fields, its words, its figures."""

    kind: str
    topic: str
    fields: Mapping[str, Any]
    said: str
    """All of it, folded (figures.closed)."""
    known: Mapping[Kind, set[Key]]
    rates_of: frozenset[tuple[Key, Key]]
    """Which rate belongs to which term."""
    vouchers: frozenset[Key]
    """What a right is worth; empty for what is worth no named sum."""
    has_rates: bool
    """Whether a decimal that stands alone on its poster is a rate."""

    def numbers(self, *names: str) -> set[float]:
        """Return the whole numbers that these fields keep."""
        return whole_numbers(self.fields, *names)

    def rows(self, name: str) -> list[Mapping[str, Any]]:
        """Return the rows of a table among the fields."""
        return rows_of(self.fields, name)


@lru_cache(2048)
def value(number: str) -> float:
    """Return the value of what `N` or 半 matches."""
    return number_of(number)


_DAYS_IN: dict[float, tuple[int, ...]] = {
    3: (90, 91, 92),
    6: (180, 181, 182, 183, 184),
    12: (360, 365, 366),
}
"""The days that some months are; of others each is thirty."""


def alike(term: tuple[str, float]) -> set[Key]:
    """Return a term as people also say it: 90 days are three months, twelve of them a year."""
    unit, count = term
    if unit == "月":
        days = _DAYS_IN.get(count, (int(count * 30),) if count == int(count) else ())
        return {term, *(("天", float(one)) for one in days)}
    months = [month for month, days in _DAYS_IN.items() if count in days]
    if not months and count % 30 == 0:
        months = [count / 30]
    return {term, *(("月", float(one)) for one in months)}


def length(number: str, unit: str) -> tuple[str, float]:
    """Return a term as (unit, count): months for 年, 季 and 月, days for 周, 天 and 日."""
    bare = unit.removeprefix("个").removesuffix("度")
    if bare in _MONTHS:
        return "月", value(number) * _MONTHS[bare]
    return "天", value(number) * (7 if bare == "周" else 1)
