from collections.abc import Callable
from uuid import UUID

import pytest

from contenthub.errors import Conflict
from contenthub.library.lifecycle import NotAuthor, NotInReview, OwnWork
from contenthub.library.review import (
    ACTIONS,
    STATES,
    TABLE,
    BlockingHits,
    WrongStep,
    allowed,
    decide,
)
from contenthub.tenants.access import PERMISSIONS, may

AUTHOR, OTHER = UUID(int=1), UUID(int=2)
ANYONE: Callable[[str], bool] = lambda permission: True  # noqa: E731


def test_a_revision_goes_from_draft_to_live_by_two_people() -> None:
    state = decide("draft", "submit", authors=[AUTHOR], actor_id=AUTHOR)
    state = decide(state, "approve", authors=[AUTHOR], actor_id=OTHER)
    assert decide(state, "go_live", authors=[AUTHOR], actor_id=None) == "live"


@pytest.mark.parametrize("action", ["approve", "return"])
def test_author_cannot_review_own_item(action: str) -> None:
    with pytest.raises(OwnWork, match="不能审核自己写过或提交的内容"):
        decide("in_review", action, authors=[AUTHOR], actor_id=AUTHOR)


@pytest.mark.parametrize("action", ["approve", "return"])
def test_the_system_cannot_review(action: str) -> None:
    with pytest.raises(OwnWork):
        decide("in_review", action, authors=[AUTHOR], actor_id=None)


def test_only_the_author_takes_a_submission_back() -> None:
    assert decide("in_review", "withdraw", authors=[AUTHOR], actor_id=AUTHOR) == "draft"
    with pytest.raises(NotAuthor):
        decide("in_review", "withdraw", authors=[AUTHOR], actor_id=OTHER)


def test_open_blocks_stop_approval_but_not_return() -> None:
    hits = [{"rule": "ABS-01"}] * 3
    with pytest.raises(BlockingHits, match="3 处") as refused:
        decide("in_review", "approve", authors=[AUTHOR], actor_id=OTHER, open_blocks=hits)
    assert refused.value.hits == hits
    returned = decide("in_review", "return", authors=[AUTHOR], actor_id=OTHER, open_blocks=hits)
    assert returned == "returned"


@pytest.mark.parametrize("state", [state for state in STATES if state != "in_review"])
@pytest.mark.parametrize("action", ["approve", "return", "withdraw"])
def test_only_what_is_in_review_can_be_reviewed(state: str, action: str) -> None:
    with pytest.raises(NotInReview):
        decide(state, action, authors=[AUTHOR], actor_id=OTHER)


def test_every_pair_outside_the_table_is_refused_in_chinese() -> None:
    for state in STATES:
        for action in ACTIONS:
            if (state, action) not in TABLE:
                with pytest.raises(Conflict, match="这一版"):
                    decide(state, action, authors=[AUTHOR], actor_id=OTHER)


def test_unknown_words_are_refused() -> None:
    with pytest.raises(WrongStep):
        decide("draft", "explode", authors=[AUTHOR], actor_id=AUTHOR)


def test_the_table_uses_known_words_only() -> None:
    for (state, action), step in TABLE.items():
        assert {state, step.state} <= set(STATES)
        assert action in ACTIONS
        assert step.permission in PERMISSIONS or step.who == "system"


def test_buttons_are_what_decide_would_let_through() -> None:
    def buttons(actor: UUID) -> list[str]:
        return allowed("in_review", authors=[AUTHOR], actor_id=actor, may=ANYONE)

    assert buttons(AUTHOR) == ["withdraw"]
    assert buttons(OTHER) == ["approve", "return"]


def test_buttons_ask_the_roles() -> None:
    def buttons(role: str) -> list[str]:
        return allowed(
            "in_review", authors=[AUTHOR], actor_id=OTHER, may=lambda need: may([role], need)
        )

    assert buttons("reviewer") == ["approve", "return"]
    assert buttons("author") == []


def test_what_left_the_shelf_never_comes_back() -> None:
    final = set(STATES) - {state for state, _ in TABLE}
    assert final == {"returned", "superseded", "expired", "recalled", "withdrawn"}
