"""The states of a sign-up."""

from datetime import UTC, datetime

import pytest

from contenthub.errors import Conflict, Invalid
from contenthub.sharing import signupstates
from contenthub.sharing.signupstates import LABELS, has_begun, label, move, moves

ZONE = "Asia/Shanghai"


def test_every_move_leads_to_a_known_state_and_is_allowed() -> None:
    for state in LABELS:
        for to in moves(state):
            assert move(state, to, kind="activity", begun=True) == to
        for other in set(LABELS) - set(moves(state)):
            with pytest.raises(Conflict):
                move(state, other, kind="activity", begun=True)


def test_an_unknown_state_is_refused_with_those_there_are() -> None:
    with pytest.raises(Invalid) as refused:
        move("new", "gone", kind="right", begun=True)
    assert "已领取(attended)" in str(refused.value.detail)


def test_before_the_day_only_what_was_agreed_can_be_noted() -> None:
    assert moves("new", begun=False) == ("confirmed", "cancelled")
    with pytest.raises(Conflict, match="活动还没有开始"):
        move("confirmed", "absent", kind="activity", begun=False)


@pytest.mark.parametrize(
    ("fields", "at", "begun"),
    [
        ({"starts_at": "2026-12-10T09:00"}, datetime(2026, 12, 9, 15, 59, tzinfo=UTC), False),
        ({"starts_at": "2026-12-10T09:00"}, datetime(2026, 12, 9, 16, 0, tzinfo=UTC), True),
        ({}, datetime(2026, 1, 1, tzinfo=UTC), True),
        ({"starts_at": "someday"}, datetime(2026, 1, 1, tzinfo=UTC), True),
    ],
)
def test_an_activity_begins_with_its_day_in_the_banks_zone(
    fields: dict[str, str], at: datetime, begun: bool
) -> None:
    assert has_begun(fields, zone=ZONE, at=at) is begun


def test_a_right_is_claimed_and_an_activity_attended() -> None:
    assert (label("attended", "right"), label("attended", "activity")) == ("已领取", "已到场")
    assert label("new", "right") == label("new", "activity") == "待确认"


def test_a_cancelled_sign_up_holds_no_place() -> None:
    assert set(LABELS) - set(signupstates.HELD) == {"cancelled"}


def test_a_button_says_the_deed_and_the_badge_the_state() -> None:
    assert [signupstates.action(to, "activity") for to in signupstates.moves("new")] == [
        "确认",
        "已到场",
        "未到场",
        "取消",
    ]
    assert signupstates.action("attended", "right") == "已领取"
    assert signupstates.label("confirmed", "activity") == "已确认"
