"""The shape of a tree: below, above, mergers, subtotals."""

from uuid import UUID

from contenthub.tenants import branchtree

A, B, C, D = (UUID(int=n) for n in range(1, 5))
PARENTS = {A: None, B: A, C: B, D: A}


def test_a_branch_lies_below_itself_and_what_is_above_it() -> None:
    assert branchtree.lies_below(PARENTS, C, A)
    assert branchtree.lies_below(PARENTS, C, C)
    assert not branchtree.lies_below(PARENTS, D, B)


def test_a_ring_ends_where_it_began() -> None:
    assert branchtree.upwards({A: B, B: A}, A) == [A, B]


def test_a_chain_of_mergers_leads_to_its_end() -> None:
    assert branchtree.final({A: B, B: C, C: None}, A) == C
    assert branchtree.final({A: None}, A) == A
    assert branchtree.final({A: B, B: A}, A) in (A, B)


def test_subtotals_count_everything_below() -> None:
    assert branchtree.subtotals(PARENTS, {C: 2, D: 1, A: 4}) == {A: 7, B: 2, C: 2, D: 1}
