"""Idea: the values that fields keep of an item's figures, as slots compare them."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from contenthub.library.folding import fold
from contenthub.library.quantities import Unit, Value, plain, quantities


def words_of(fields: Mapping[str, Any], *names: str) -> tuple[str, ...]:
    """Return fields' texts as rules read them; a table's rows one by one."""
    said: list[str] = []
    for name in names:
        value = fields.get(name)
        rows = value if isinstance(value, list) else [value]
        for row in rows:
            text = " ".join(str(one) for one in row.values()) if isinstance(row, dict) else row
            if isinstance(text, str) and text:
                said.append(fold(text).text)
    return tuple(said)


def all_in(said: tuple[str, ...], unit: Unit) -> frozenset[Value]:
    """Return every quantity of a unit that texts tell: fields about one figure only."""
    return frozenset(
        one.value for text in said for one in quantities(plain(text)) if one.unit == unit
    )


def percent(fields: Mapping[str, Any], *names: str) -> frozenset[Value]:
    """Return rates kept as basis points, in per cent."""
    return frozenset(value / 100 for name in names if isinstance(value := fields.get(name), int))


def yuan(fields: Mapping[str, Any], *names: str) -> frozenset[Value]:
    """Return amounts kept as fen, in yuan."""
    return frozenset(value / 100 for name in names if isinstance(value := fields.get(name), int))


def day_of(value: object) -> frozenset[Value]:
    """Return a kept day, or the day of a kept instant."""
    try:
        day = date.fromisoformat(str(value)[:10])
    except ValueError:
        return frozenset()
    return frozenset({(day.year, day.month, day.day)})


def days(fields: Mapping[str, Any], name: str) -> frozenset[Value]:
    """Return a number of days that is kept; none or 0 bounds nothing."""
    value = fields.get(name)
    return frozenset({float(value)}) if isinstance(value, int) and value else frozenset()


def says_free(text: str) -> bool:
    """Return whether a field says that nothing is charged."""
    return any(
        word in text
        for word in ("不收", "免", "无违约金", "无手续费", "没有违约金", "不另收", "零")
    )
