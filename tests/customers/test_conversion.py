"""Which customers convert best: bands, funnel, and groups too small to be told."""

import pytest
from pyroaring import BitMap

from contenthub.customers import conversion, tagexpr
from contenthub.customers.conversion import Analysis, Group, Reached
from contenthub.customers.indexkeys import aum_slices

YEAR = 2026
OLD, YOUNG = range(1, 41), range(41, 61)
RICH, POOR = 30_000_000, 100_000
"""Fen: 300,000 yuan and 1,000 yuan."""


def _analysed(*, viewed: BitMap, left: BitMap, done: BitMap, few: tuple[int, ...] = ()) -> Analysis:
    """Return the analysis of 40 rich people of 65, 20 poor ones of 25, and `few` of no age."""
    amounts = [(no, RICH) for no in OLD] + [(no, POOR) for no in (*YOUNG, *few)]
    slices = aum_slices(amounts)
    born = {YEAR - 65: BitMap(OLD), YEAR - 25: BitMap(YOUNG)}
    reached = Reached(BitMap([*OLD, *YOUNG, *few]), viewed, left, done)
    return conversion.analysed(
        reached, born, lambda bit: slices.get(("aum", str(bit)), BitMap()), year=YEAR
    )


def _of(found: Analysis, age: str, assets: str) -> Group:
    [group] = [one for one in found.groups if (one.age, one.assets) == (age, assets)]
    return group


def test_the_group_that_did_the_most_business_comes_first() -> None:
    found = _analysed(
        viewed=BitMap(range(1, 61)), left=BitMap([1, 2, 3, 4, 41]), done=BitMap([1, 2])
    )
    old = _of(found, "60–69 岁", "20–50 万")
    assert (old.customers, old.viewed, old.left, old.done) == (40, 40, 4, 2)
    assert (old.left_bp, old.done_bp) == (1_000, 500)
    assert [group.age for group in found.best] == ["60–69 岁", "30 岁以下"]
    assert (found.total.viewed, found.total.left, found.total.done) == (60, 5, 2)
    assert found.rest is None


def test_who_left_a_number_or_did_business_has_looked() -> None:
    found = _analysed(viewed=BitMap(range(1, 11)), left=BitMap([11]), done=BitMap([12]))
    old = _of(found, "60–69 岁", "20–50 万")
    assert (old.viewed, old.left, old.done) == (12, 2, 1)


def test_a_group_of_few_is_not_told_and_cannot_be_worked_out() -> None:
    few = tuple(range(61, 67))
    looked = BitMap([*OLD, *YOUNG, *few])
    found = _analysed(viewed=looked, left=BitMap(few), done=BitMap(), few=few)
    alone = _of(found, "年龄不详", "5 万以下或不详")
    assert (alone.customers, alone.viewed, alone.left, alone.done) == (None,) * 4
    assert alone.done_bp is None
    # The whole has nobody of it either: what is missing from a sum is told by it.
    assert (found.rest, found.total.viewed, found.total.left) == (None, 60, 0)


def test_small_groups_are_told_together() -> None:
    viewed = BitMap([*range(1, 7), *range(41, 48)])
    found = _analysed(viewed=viewed, left=BitMap([1]), done=BitMap())
    assert found.best == []
    assert found.rest is not None
    assert (found.rest.viewed, found.rest.left, found.rest.expr) == (13, 1, "")
    assert (found.total.customers, found.total.viewed) == (60, 13)


def test_nobody_is_counted_twice_or_left_out() -> None:
    few = tuple(range(61, 75))
    everybody = BitMap([*OLD, *YOUNG, *few])
    found = _analysed(viewed=everybody, left=BitMap(), done=BitMap(), few=few)
    assert sum(group.customers or 0 for group in found.groups) == len(everybody)
    assert found.total.customers == len(everybody)


@pytest.mark.parametrize("group", _analysed(viewed=BitMap(), left=BitMap(), done=BitMap()).groups)
def test_each_group_of_a_known_age_is_an_expression(group: Group) -> None:
    if group.age == "年龄不详":
        assert group.expr == ""
    else:
        tagexpr.parse(group.expr)
