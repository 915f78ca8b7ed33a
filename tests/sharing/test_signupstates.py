"""The states of a sign-up."""

from datetime import UTC, datetime

import pytest

from contenthub.errors import Conflict, Invalid
from contenthub.sharing import signupstates
from contenthub.sharing.signupstates import LABELS, Moment, has_begun, label, move, moves

ZONE = "Asia/Shanghai"


@pytest.mark.parametrize(
    "moment",
    [Moment(), Moment(begun=False), Moment(begun=False, off=True), Moment(noted_today=True)],
)
def test_every_move_leads_to_a_known_state_and_is_allowed(moment: Moment) -> None:
    for state in LABELS:
        for to in moves(state, moment):
            assert move(state, to, kind="activity", moment=moment) == to
        for other in set(LABELS) - set(moves(state, moment)):
            with pytest.raises(Conflict):
                move(state, other, kind="activity", moment=moment)


def test_of_what_is_recalled_customers_are_only_told() -> None:
    off = Moment(begun=False, off=True)
    assert moves("new", off) == moves("confirmed", off) == ("cancelled",)
    assert signupstates.action("cancelled", "activity", off=True) == "已通知客户取消"
    with pytest.raises(Conflict, match="活动已经下架，不能改为“已到场”"):
        move("new", "attended", kind="activity", moment=off)
    # Recalled when the day had come already: who came can still be written down.
    assert moves("confirmed", Moment(off=True)) == ("attended", "absent", "cancelled")


def test_an_outcome_is_taken_back_within_its_day_or_while_it_cannot_be_true() -> None:
    assert moves("attended", Moment(noted_today=True)) == ("absent", "confirmed")
    assert moves("absent", Moment()) == ("attended",)
    assert moves("attended", Moment(begun=False)) == ("confirmed",)
    assert signupstates.action("confirmed", "activity", state="attended") == "撤销登记"
    with pytest.raises(Conflict, match="登记当天撤销"):
        move("attended", "confirmed", kind="activity", moment=Moment())


def test_an_unknown_state_is_refused_with_those_there_are() -> None:
    with pytest.raises(Invalid) as refused:
        move("new", "gone", kind="right", moment=Moment())
    assert "已领取(attended)" in str(refused.value.detail)


def test_before_the_day_only_what_was_agreed_can_be_noted() -> None:
    assert moves("new", Moment(begun=False)) == ("confirmed", "cancelled")
    with pytest.raises(Conflict, match="活动还没有开始"):
        move("confirmed", "absent", kind="activity", moment=Moment(begun=False))


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
    assert [signupstates.action(to, "activity") for to in signupstates.moves("new", Moment())] == [
        "确认",
        "已到场",
        "未到场",
        "取消",
    ]
    assert signupstates.action("attended", "right") == "已领取"
    assert signupstates.label("confirmed", "activity") == "已确认"
