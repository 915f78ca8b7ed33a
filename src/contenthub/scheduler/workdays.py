"""Idea: the days on which a bank's people call their customers: not weekends, not public holidays.

Source: 全国年节及纪念日放假办法 (revised 2024-11-10): 13 days a year. Lunar ones are worked out
for 2026–2031; the weekends that a yearly notice moves (调休) are not known here, so that a
Saturday made a working day is simply not used.
"""

from datetime import date, timedelta

_SOLAR = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})
"""New Year, Labour Day (two days), National Day (three)."""
_SPRING = (
    date(2026, 2, 17),
    date(2027, 2, 6),
    date(2028, 1, 26),
    date(2029, 2, 13),
    date(2030, 2, 3),
    date(2031, 1, 23),
)
_ONE_DAY = (
    *(date(2026, 4, 5), date(2027, 4, 5), date(2028, 4, 4), date(2029, 4, 4)),
    *(date(2030, 4, 5), date(2031, 4, 5)),
    *(date(2026, 6, 19), date(2027, 6, 9), date(2028, 5, 28), date(2029, 6, 16)),
    *(date(2030, 6, 5), date(2031, 6, 24)),
    *(date(2026, 9, 25), date(2027, 9, 15), date(2028, 10, 3), date(2029, 9, 22)),
    *(date(2030, 9, 12), date(2031, 10, 1)),
)
"""清明, 端午 and 中秋."""
_LUNAR = frozenset(
    [*_ONE_DAY, *(new_year + timedelta(days=n) for new_year in _SPRING for n in range(-1, 3))]
)
"""With 除夕 to 初三."""
_SATURDAY = 5


def is_workday(day: date) -> bool:
    """Return whether customers are called on a day."""
    is_holiday = (day.month, day.day) in _SOLAR or day in _LUNAR
    return day.weekday() < _SATURDAY and not is_holiday


def on_or_after(day: date) -> date:
    """Return the first working day that is not before `day`."""
    while not is_workday(day):
        day += timedelta(days=1)
    return day


def after(day: date) -> date:
    """Return the first working day after `day`."""
    return on_or_after(day + timedelta(days=1))
