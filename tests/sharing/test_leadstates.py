"""Where a lead may go from where."""

import pytest

from contenthub.errors import Conflict, Invalid
from contenthub.sharing.leadstates import LABELS, move, moves

ALLOWED = {
    ("new", "assigned"),
    ("new", "contacted"),
    ("new", "lost"),
    ("assigned", "contacted"),
    ("assigned", "lost"),
    ("contacted", "won"),
    ("contacted", "lost"),
    ("lost", "contacted"),
}


@pytest.mark.parametrize("state", LABELS)
@pytest.mark.parametrize("wanted", LABELS)
def test_only_the_tables_moves_are_possible(state: str, wanted: str) -> None:
    if (state, wanted) in ALLOWED:
        assert move(state, wanted) == wanted
        assert wanted in moves(state)
    else:
        with pytest.raises(Conflict, match=LABELS[state]):
            move(state, wanted)


def test_an_unknown_state_lists_the_known_ones() -> None:
    with pytest.raises(Invalid) as refused:
        move("new", "gone")
    assert "已成交(won)" in refused.value.fields["state"]
