"""A person's states: the table that pages, API and actions share."""

import pytest

from contenthub.errors import Conflict, Invalid
from contenthub.tenants.staffstates import STATES, actions, move, towards


def test_who_is_on_leave_comes_back() -> None:
    assert move("active", "leave") == "leave"
    assert move("leave", "return") == "active"


@pytest.mark.parametrize("action", ["leave", "return", "disable", "resign"])
def test_resigning_is_for_good(action: str) -> None:
    assert actions("resigned") == []
    with pytest.raises(Conflict, match="已离职"):
        move("resigned", action)


def test_asking_for_the_present_state_changes_nothing() -> None:
    assert towards("leave", "leave") == "leave"


def test_resignation_needs_a_successor_and_so_its_own_form() -> None:
    with pytest.raises(Conflict, match="接手人"):
        towards("active", "resigned")


def test_every_state_has_a_word_and_every_living_one_a_way_out() -> None:
    assert all(STATES.values())
    assert all(actions(state) for state in STATES if state != "resigned")


def test_a_state_nobody_knows_is_refused_with_those_there_are() -> None:
    with pytest.raises(Invalid) as refused:
        towards("active", "nonsense")
    assert "休假(leave)" in refused.value.fields["state"]
