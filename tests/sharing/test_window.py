"""When an activity stops taking sign-ups."""

import pytest
from tests.make import NOW

from contenthub.sharing.window import signup_closed


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({}, ""),
        ({"signup_until": "2026-11-26T10:01"}, ""),
        ({"signup_until": "2026-11-26T10:00"}, "报名已截止"),
        ({"ends_at": "2026-11-26T09:59"}, "活动已结束"),
        ({"ends_at": "2026-11-27T09:00", "signup_until": "2026-11-25T18:00"}, "报名已截止"),
        ({"signup_until": "someday"}, ""),
    ],
)
def test_the_banks_own_clock_decides(fields: dict[str, str], why: str) -> None:
    closed = signup_closed(fields, zone="Asia/Shanghai", at=NOW)
    assert closed.startswith(why)
    assert bool(closed) == bool(why)
