from datetime import date, timedelta

import pytest

from contenthub.customers.bitmaps import solar_days
from contenthub.customers.lunar import lunar_day, lunar_days, lunar_word


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("八月十五", "08-15"),
        ("08-15", "08-15"),
        ("8月15日", "08-15"),
        ("农历1958年8月15日", "08-15"),
        ("腊月廿三", "12-23"),
        ("腊月二十三", "12-23"),
        ("正月初一", "01-01"),
        ("冬月十一", "11-11"),
        ("十一月三十", "11-30"),
        ("闰四月初八", "04-08"),
    ],
)
def test_lunar_days_are_read_as_banks_write_them(text: str, day: str) -> None:
    assert lunar_day(text) == day
    assert lunar_day(lunar_word(day)) == day


@pytest.mark.parametrize("text", ["", "八月", "十三月初一", "8-31", "00-10", "八月十五后", "初一"])
def test_what_is_no_lunar_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        lunar_day(text)


def test_every_lunar_day_is_kept_at_least_once_in_any_thirteen_months() -> None:
    start = date(2026, 2, 17)
    kept = lunar_days(start + timedelta(days=n) for n in range(400))
    assert {f"{m:02}-{d:02}" for m in range(1, 13) for d in range(1, 31)} == set(kept)


def test_the_known_days_of_two_years() -> None:
    # Mid-autumn of 2026, new year of 2026 and its eve; a twelfth month of 29 days keeps the 30th.
    assert lunar_days([date(2026, 9, 25), date(2026, 2, 17)]) == ["08-15", "01-01"]
    assert lunar_days([date(2026, 2, 16)]) == ["12-29", "12-30"]
    # The sixth month of 2025 came twice; both count as the sixth.
    assert lunar_days([date(2025, 6, 25), date(2025, 7, 25)]) == ["06-01", "06-01"]


def test_a_leap_days_birthday_is_kept_the_day_before_in_other_years() -> None:
    assert solar_days(date(2027, 2, 28)) == ["02-28", "02-29"]
    assert solar_days(date(2028, 2, 28)) == ["02-28"]
    assert solar_days(date(2028, 2, 29)) == ["02-29"]
