"""Idea: China's working days: weekends, public holidays, and the weekends that are worked for them.

Sources: 全国年节及纪念日放假办法 (revised 2024-11-10): 13 days a year, and one that falls on a
weekend is made up for on a working day (补假); lunar ones are worked out for 2026–2031. Which
further days are off and which weekends are worked for them (调休) is said by a yearly notice of
the State Council's office, usually in November for the next year:
国务院办公厅关于2026年部分节假日安排的通知 (gov.cn, 公报 2025, content_7048922).
A year without a notice here has the law's days only.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

_SATURDAY = 5
_ONE = timedelta(days=1)
_WEEKDAYS = "一二三四五六日"
_SPRING = {
    2026: date(2026, 2, 17),
    2027: date(2027, 2, 6),
    2028: date(2028, 1, 26),
    2029: date(2029, 2, 13),
    2030: date(2030, 2, 3),
    2031: date(2031, 1, 23),
}
"""正月初一; 除夕 to 初三 are off."""
_OF_ONE_DAY = {
    "清明节": ((2026, 4, 5), (2027, 4, 5), (2028, 4, 4), (2029, 4, 4), (2030, 4, 5), (2031, 4, 5)),
    "端午节": (
        *((2026, 6, 19), (2027, 6, 9), (2028, 5, 28), (2029, 6, 16)),
        *((2030, 6, 5), (2031, 6, 24)),
    ),
    "中秋节": (
        *((2026, 9, 25), (2027, 9, 15), (2028, 10, 3), (2029, 9, 22)),
        *((2030, 9, 12), (2031, 10, 1)),
    ),
}
_EACH_YEAR = (("元旦", 1, (1,)), ("劳动节", 5, (1, 2)), ("国庆节", 10, (1, 2, 3)))
"""Name, month, days."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What a year's notice says: holidays from a day to a day, and weekends that are worked."""

    holidays: Mapping[str, tuple[date, date]]
    worked: frozenset[date]


NOTICES: Mapping[int, Notice] = {
    2026: Notice(
        holidays={
            "元旦": (date(2026, 1, 1), date(2026, 1, 3)),
            "春节": (date(2026, 2, 15), date(2026, 2, 23)),
            "清明节": (date(2026, 4, 4), date(2026, 4, 6)),
            "劳动节": (date(2026, 5, 1), date(2026, 5, 5)),
            "端午节": (date(2026, 6, 19), date(2026, 6, 21)),
            "中秋节": (date(2026, 9, 25), date(2026, 9, 27)),
            "国庆节": (date(2026, 10, 1), date(2026, 10, 7)),
        },
        worked=frozenset(
            {
                *(date(2026, 1, 4), date(2026, 2, 14), date(2026, 2, 28)),
                *(date(2026, 5, 9), date(2026, 9, 20), date(2026, 10, 10)),
            }
        ),
    ),
}


def why_off(day: date) -> str:
    """Return why nobody works on a day (国庆节, 春节补假, 周六); empty: it is a working day."""
    if name := _holidays(day.year).get(day):
        return name
    if day.weekday() < _SATURDAY or is_worked_weekend(day):
        return ""
    return f"周{_WEEKDAYS[day.weekday()]}"


def festivals_near(day: date, *, within_days: int) -> list[str]:
    """Return the holidays (春节, 国庆节) that a day lies in or that begin soon after it."""
    coming = (why_off(day + n * _ONE) for n in range(within_days + 1))
    names = (name.removesuffix("补假") for name in coming if name and not name.startswith("周"))
    return list(dict.fromkeys(names))


def is_worked_weekend(day: date) -> bool:
    """Return whether a Saturday or Sunday is worked for a holiday (调休)."""
    notice = NOTICES.get(day.year)
    return notice is not None and day in notice.worked


def is_workday(day: date) -> bool:
    """Return whether a bank's people work on a day."""
    return not why_off(day)


def on_or_after(day: date) -> date:
    """Return the first working day that is not before `day`."""
    while not is_workday(day):
        day += _ONE
    return day


def after(day: date) -> date:
    """Return the first working day after `day`."""
    return on_or_after(day + _ONE)


@cache
def _holidays(year: int) -> dict[date, str]:
    """Return a year's days off by their names; weekends that belong to no holiday are left out."""
    if notice := NOTICES.get(year):
        return {day: name for name, span in notice.holidays.items() for day in _from_to(*span)}
    return _with_days_made_up(dict(_by_law(year)))


def _by_law(year: int) -> Iterator[tuple[date, str]]:
    for name, days in _OF_ONE_DAY.items():
        yield from ((date(*one), name) for one in days if one[0] == year)
    if first := _SPRING.get(year):
        yield from ((day, "春节") for day in _from_to(first - _ONE, first + 2 * _ONE))
    for name, month, numbers in _EACH_YEAR:
        yield from ((date(year, month, number), name) for number in numbers)


def _with_days_made_up(law: Mapping[date, str]) -> dict[date, str]:
    """Add the working day after a holiday for each of its days that falls on a weekend."""
    found = dict(law)
    for day in sorted(law):
        if day.weekday() < _SATURDAY:
            continue
        free = day
        while free in found or free.weekday() >= _SATURDAY:
            free += _ONE
        found[free] = f"{law[day]}补假"
    return found


def _from_to(first: date, last: date) -> Iterable[date]:
    return (first + n * _ONE for n in range((last - first).days + 1))
