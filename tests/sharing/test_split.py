"""Splitting a reward in two."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contenthub.sharing.split import split_reward


@given(st.integers(0, 10_000_000), st.integers(0, 10_000))
def test_no_fen_is_lost_or_made(total_fen: int, direct_bp: int) -> None:
    direct_fen, above_fen = split_reward(total_fen, direct_bp)
    assert direct_fen + above_fen == total_fen
    assert min(direct_fen, above_fen) >= 0


@pytest.mark.parametrize(
    ("total_fen", "parts"),
    [(0, (0, 0)), (1, (1, 0)), (4, (4, 0)), (5, (4, 1)), (99, (80, 19)), (100, (80, 20))],
)
def test_the_remainder_goes_to_the_direct_sharer(total_fen: int, parts: tuple[int, int]) -> None:
    assert split_reward(total_fen) == parts


@pytest.mark.parametrize(("total_fen", "bp"), [(-1, 8000), (100, -1), (100, 10_001)])
def test_nonsense_is_refused(total_fen: int, bp: int) -> None:
    with pytest.raises(ValueError):
        split_reward(total_fen, bp)
