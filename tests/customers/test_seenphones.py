"""Phones of a file's earlier rows: as a dict would keep them, for any batches."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contenthub.customers import seenphones
from contenthub.customers.seenphones import SeenPhones

phones = st.integers(13_000_000_000, 13_000_000_030).map(str)
batches = st.lists(st.dictionaries(phones, st.integers(1, 1_000_000)), max_size=6)


@pytest.mark.parametrize("part", [3, seenphones.PART])
@given(some=batches)
def test_the_last_line_of_every_phone_is_known(some: list[dict[str, int]], part: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(seenphones, "PART", part)
        _check(some)


def _check(some: list[dict[str, int]]) -> None:
    seen, kept = SeenPhones(), dict[str, int]()
    for batch in some:
        found = seen.lines(list(batch))
        assert found == {phone: kept[phone] for phone in batch if phone in kept}
        seen.add(batch)
        kept |= batch
    assert seen.lines([*kept, "19900000000", "10000000000"]) == kept
