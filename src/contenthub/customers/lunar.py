"""Idea: days of the lunar calendar 农历, in which the countryside keeps its birthdays.

A lunar birthday is kept as MM-DD of the lunar year. A leap month counts as the month it repeats,
and who is born on a thirtieth keeps the twenty-ninth in a month that has no thirtieth.
"""

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache

import cnlunar

_MONTHS = "正二三四五六七八九十冬腊"
_DIGITS = "一二三四五六七八九十"
_OTHER_MONTHS = {"一": 1, "元": 1, "十一": 11, "十二": 12}
_WRITTEN = re.compile(
    r"(?:农历|阴历)?\s*(?:\d{4}\s*[-/.年]\s*)?闰?(?P<month>\d{1,2}|[正元冬腊]|十[一二]?|[一二三四五六七八九])"
    r"\s*[-/.月]\s*(?P<day>\d{1,2}|[初十廿卅二三][一二三四五六七八九十]{0,2})\s*[日号]?"
)


def lunar_day(text: str) -> str:
    """Return MM-DD of a lunar day as banks write it: 八月十五, 8-15, 农历1958年8月15日, 腊月廿三.

    Raises ValueError for anything else, and for a day that no lunar month has.
    """
    match = _WRITTEN.fullmatch(text.strip())
    if match is None:
        raise ValueError("not a lunar day")
    month, day = _month(match["month"]), _day(match["day"])
    if not (1 <= month <= 12 and 1 <= day <= 30):
        raise ValueError("no such lunar day")
    return f"{month:02}-{day:02}"


def lunar_word(month_day: str) -> str:
    """Return 八月十五 for 08-15, and an empty text for an empty one."""
    if not month_day:
        return ""
    month, day = map(int, month_day.split("-"))
    return f"{_MONTHS[month - 1]}月{_day_word(day)}"


def lunar_days(days: Iterable[date]) -> list[str]:
    """Return the lunar birthdays that are kept on some days of the calendar."""
    return [one for on in days for one in _kept_on(on)]


@lru_cache(maxsize=2_048)
def _kept_on(on: date) -> tuple[str, ...]:
    month, day = _lunar(on)
    if day == 29 and _lunar(on + timedelta(days=1))[1] == 1:
        return f"{month:02}-29", f"{month:02}-30"
    return (f"{month:02}-{day:02}",)


def _lunar(on: date) -> tuple[int, int]:
    # Noon: the library counts a day from the hour before midnight.
    found = cnlunar.Lunar(datetime(on.year, on.month, on.day, 12))  # noqa: DTZ001  (a wall clock)
    return int(found.lunarMonth), int(found.lunarDay)


def _month(said: str) -> int:
    if said.isdecimal():
        return int(said)
    return _OTHER_MONTHS.get(said) or _MONTHS.index(said) + 1


def _day(said: str) -> int:
    if said.isdecimal():
        return int(said)
    return _DAYS.get(said, 0)


def _day_word(day: int) -> str:
    if day in (10, 20, 30):
        return {10: "初十", 20: "二十", 30: "三十"}[day]
    return "初十廿"[day // 10] + _DIGITS[day % 10 - 1]


def _full_word(day: int) -> str:
    tens, ones = divmod(day, 10)
    return ("" if tens < 2 else _DIGITS[tens - 1]) + "十" + (_DIGITS[ones - 1] if ones else "")


_DAYS = (
    {_day_word(day): day for day in range(1, 31)}
    | {_full_word(day): day for day in range(11, 31)}
    | {"廿": 20, "卅": 30}
)
