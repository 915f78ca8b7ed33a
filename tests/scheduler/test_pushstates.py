"""The table of push states, its refusals and its buttons."""

from uuid import UUID

import pytest

from contenthub.errors import Conflict
from contenthub.library.lifecycle import NotInReview, OwnWork
from contenthub.scheduler.pushstates import STATES, TABLE, WrongPushState, allowed, decide

AUTHOR, OTHER = UUID(int=1), UUID(int=2)


def test_the_happy_way_leads_to_finished() -> None:
    state = "draft"
    for action, actor in [
        ("submit", AUTHOR),
        ("approve", OTHER),
        ("start", None),
        ("pause", OTHER),
        ("resume", OTHER),
        ("finish", None),
    ]:
        state = decide(state, action, authors=[AUTHOR], actor_id=actor)
    assert state == "finished"


def test_author_cannot_approve_or_return_own_push() -> None:
    for action in ("approve", "return"):
        with pytest.raises(OwnWork):
            decide("in_review", action, authors=[AUTHOR], actor_id=AUTHOR)


def test_only_a_waiting_push_can_be_approved() -> None:
    for state in set(STATES) - {"in_review"}:
        with pytest.raises(NotInReview):
            decide(state, "approve", authors=[AUTHOR], actor_id=OTHER)


def test_a_running_push_cannot_be_edited() -> None:
    with pytest.raises(WrongPushState, match="发送中"):
        decide("running", "edit", authors=[AUTHOR], actor_id=AUTHOR)


def test_a_change_after_approval_leads_back_to_draft() -> None:
    assert decide("scheduled", "edit", authors=[AUTHOR], actor_id=AUTHOR) == "draft"


@pytest.mark.parametrize("state", ["finished", "cancelled", "failed"])
def test_what_is_over_stays_over(state: str) -> None:
    for action in ("edit", "submit", "pause", "resume", "cancel", "start"):
        with pytest.raises(Conflict):
            decide(state, action, authors=[AUTHOR], actor_id=OTHER)


def test_buttons_follow_state_person_and_permission() -> None:
    everything = {step.permission for step in TABLE.values()}
    mine = allowed("in_review", authors=[AUTHOR], actor_id=AUTHOR, may=everything.__contains__)
    theirs = allowed("in_review", authors=[AUTHOR], actor_id=OTHER, may=everything.__contains__)
    assert mine == ["withdraw"]
    assert theirs == ["approve", "return"]
    assert allowed("running", authors=[AUTHOR], actor_id=OTHER, may=set[str]().__contains__) == []
