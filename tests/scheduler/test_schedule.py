"""When a push fires: wall clock of the bank, never the past, never in quiet hours."""

from datetime import UTC, datetime, time, timedelta

import pytest

from contenthub.errors import Invalid
from contenthub.scheduler.schedule import Window, check_valid, first_fire, next_fire

NOW = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)  # Thursday 10:00 in Shanghai
WINDOW = Window()


def test_once_is_read_on_the_banks_wall_clock() -> None:
    fire_at = first_fire({"kind": "once", "at": "2026-11-27T09:00"}, window=WINDOW, now=NOW)
    assert fire_at == datetime(2026, 11, 27, 1, 0, tzinfo=UTC)


def test_once_with_an_offset_is_that_instant() -> None:
    fire_at = first_fire({"kind": "once", "at": "2026-11-27T03:00+00:00"}, window=WINDOW, now=NOW)
    assert fire_at == datetime(2026, 11, 27, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "field", "words"),
    [
        ({"kind": "once", "at": "2026-11-26T09:59"}, "schedule.at", "已经过去"),
        ({"kind": "once", "at": "2026-11-26 21:30"}, "schedule.at", "免打扰"),
        ({"kind": "once", "at": "2026-11-27 08:29"}, "schedule.at", "免打扰"),
        ({"kind": "once", "at": "明天九点"}, "schedule.at", "看不懂"),
        ({"kind": "once", "at": ""}, "schedule.at", "看不懂"),
        ({"kind": "once", "at": "9999-01-01T09:00"}, "schedule.at", "两年"),
        ({"kind": "cron", "expr": "0 9 30 2 *"}, "schedule.expr", "2 月 30 日"),
        ({"kind": "cron", "expr": "* * * * *"}, "schedule.expr", "太密"),
        ({"kind": "cron", "expr": "*/0 9 * * *"}, "schedule.expr", "写错了"),
        ({"kind": "cron", "expr": "5-1 9 * * *"}, "schedule.expr", "写错了"),
        ({"kind": "cron", "expr": "0 9 * * 1 2026"}, "schedule.expr", "五段"),
        ({"kind": "cron", "expr": "０ 9 * * 1"}, "schedule.expr", "五段"),
        ({"kind": "cron", "expr": "0 " * 5000}, "schedule.expr", "五段"),
        ({"kind": "cron", "expr": "0 23 * * *"}, "schedule.expr", "免打扰"),
        ({"kind": "someday"}, "schedule.kind", "once"),
        ({}, "schedule.kind", "once"),
    ],
)
def test_a_wrong_schedule_names_the_field_and_the_fix(
    schedule: dict[str, str], field: str, words: str
) -> None:
    with pytest.raises(Invalid) as refused:
        first_fire(schedule, window=WINDOW, now=NOW)
    assert words in refused.value.fields[field]


@pytest.mark.parametrize(
    ("schedule", "field"),
    [
        ({"kind": "once", "at": "2026-11-30T09:00"}, "schedule.at"),
        ({"kind": "cron", "expr": "0 9 * * 1"}, "schedule.expr"),
    ],
)
def test_content_that_is_over_when_it_fires_is_refused_with_both_dates(
    schedule: dict[str, str], field: str
) -> None:
    fire_at = first_fire(schedule, window=WINDOW, now=NOW)
    for ends in (fire_at, fire_at - timedelta(hours=1)):
        with pytest.raises(Invalid) as refused:
            check_valid(schedule, fire_at, valid_until=ends, zone=WINDOW.zone)
        said = refused.value.fields[field]
        assert "2026-11-30 09:00 发送时已到期" in said
        assert "延长内容的有效期" in said
    assert "有效期至 2026-11-30 08:00" in said
    for later in (None, fire_at + timedelta(seconds=1)):
        check_valid(schedule, fire_at, valid_until=later, zone=WINDOW.zone)


def test_a_weekly_schedule_fires_each_monday_at_nine() -> None:
    schedule = {"kind": "cron", "expr": "0 9 * * 1"}
    first = first_fire(schedule, window=WINDOW, now=NOW)
    assert first == datetime(2026, 11, 30, 1, 0, tzinfo=UTC)
    second = next_fire(schedule, window=WINDOW, after=first)
    assert second == datetime(2026, 12, 7, 1, 0, tzinfo=UTC)


def test_a_single_schedule_does_not_fire_again() -> None:
    assert next_fire({"kind": "once", "at": "2026-11-27T09:00"}, window=WINDOW, after=NOW) is None


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        ("2026-11-26T12:59:59+00:00", "2026-11-26T12:59:59+00:00"),
        ("2026-11-26T13:00:00+00:00", "2026-11-27T00:30:00+00:00"),
        ("2026-11-25T23:00:00+00:00", "2026-11-26T00:30:00+00:00"),
    ],
)
def test_late_work_waits_for_the_window(at: str, opens: str) -> None:
    assert WINDOW.next_opening(datetime.fromisoformat(at)) == datetime.fromisoformat(opens)


def test_a_bank_may_set_its_own_window() -> None:
    window = Window.of("Asia/Urumqi", {"send_from": "10:00", "send_until": "19:30"})
    assert window == Window("Asia/Urumqi", time(10, 0), time(19, 30))
    assert window.holds(datetime(2026, 11, 26, 4, 0, tzinfo=UTC))
    assert not window.holds(datetime(2026, 11, 26, 3, 59, tzinfo=UTC))
