"""Where a day begins and ends on a bank's wall clock."""

from datetime import UTC, date, datetime

import pytest

from contenthub.web.bankdays import end_of, start_of


def test_a_day_begins_at_the_banks_midnight_and_ends_at_the_next() -> None:
    day = date(2026, 11, 26)
    assert start_of(day, "Asia/Shanghai") == datetime(2026, 11, 25, 16, tzinfo=UTC)
    assert end_of(day, "Asia/Shanghai") == datetime(2026, 11, 26, 16, tzinfo=UTC)


def test_a_day_on_which_the_clocks_change_has_23_hours() -> None:
    day = date(2026, 3, 29)
    length = end_of(day, "Europe/Berlin").astimezone(UTC) - start_of(day, "Europe/Berlin")
    assert length.total_seconds() == 23 * 3600


def test_the_calendars_last_day_has_no_end() -> None:
    with pytest.raises(OverflowError):
        end_of(date.max, "Asia/Shanghai")
