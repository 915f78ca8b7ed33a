"""Working days of China: the law's holidays, days made up for, and weekends that are worked."""

from datetime import date, timedelta

import pytest

from contenthub.tenants import workdays


@pytest.mark.parametrize(
    ("day", "why"),
    [
        ("2026-11-26", ""),
        ("2026-11-28", "周六"),
        ("2026-11-29", "周日"),
        ("2026-01-02", "元旦"),
        ("2026-02-16", "春节"),
        ("2026-02-23", "春节"),
        ("2026-02-24", ""),
        ("2026-04-06", "清明节"),
        ("2026-05-05", "劳动节"),
        ("2026-09-27", "中秋节"),
        ("2026-10-05", "国庆节"),
        ("2026-10-08", ""),
        ("2027-01-01", "元旦"),
        ("2027-02-05", "春节"),
        ("2027-02-09", "春节补假"),
        ("2027-02-10", "春节补假"),
        ("2027-02-11", ""),
        ("2027-05-04", "劳动节补假"),
        ("2027-06-09", "端午节"),
        ("2028-04-04", "清明节"),
        ("2035-10-01", "国庆节"),
    ],
)
def test_a_day_off_says_why(day: str, why: str) -> None:
    assert workdays.why_off(date.fromisoformat(day)) == why


def test_the_weekends_worked_in_2026_are_working_days_and_no_others() -> None:
    days = (date(2026, 1, 1) + timedelta(days=n) for n in range(365))
    worked = [
        day.strftime("%m-%d") for day in days if day.weekday() > 4 and workdays.is_workday(day)
    ]
    assert worked == ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"]


def test_a_year_has_as_many_working_days_as_its_notice_leaves() -> None:
    def count(year: int) -> int:
        days = (date(year, 1, 1) + timedelta(days=n) for n in range(365))
        return sum(map(workdays.is_workday, days))

    # 365 days, 104 of them weekends, 13 holidays that the law gives beside them.
    assert count(2026) == 248
    assert count(2027) == 248


def test_the_next_working_day_passes_over_a_whole_holiday() -> None:
    assert workdays.after(date(2026, 9, 30)) == date(2026, 10, 8)
    assert workdays.on_or_after(date(2026, 2, 14)) == date(2026, 2, 14)
    assert workdays.after(date(2026, 2, 14)) == date(2026, 2, 24)


def test_a_festival_is_near_from_two_weeks_before_it_until_its_last_day() -> None:
    def near(day: date) -> list[str]:
        return workdays.festivals_near(day, within_days=14)

    assert near(date(2026, 2, 1)) == ["春节"]
    assert near(date(2026, 2, 23)) == ["春节"]
    assert near(date(2026, 2, 24)) == []
    assert "国庆节" in near(date(2026, 9, 18))
