from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyroaring import BitMap
from tests.customers.expressions import COMPARE, TODAY, YEAR, leaf_nodes, matches, trees
from tests.lots import lot

from contenthub.customers.behaviour import ACTS, Act, levels
from contenthub.customers.bitmaps import (
    Key,
    by_chunk,
    cap,
    dims_of,
    evaluate,
    joined,
    pieces,
)
from contenthub.customers.holdings import PRODUCTS
from contenthub.customers.indexkeys import aum_slices
from contenthub.customers.stages import STAGES
from contenthub.customers.tagexpr import parse
from contenthub.customers.tagtree import (
    MAX_AUM_FEN,
    Aum,
    ExpressionInvalid,
    Node,
)
from contenthub.tenants.topics import TOPICS

TAGS = ["银发", "代发工资", "商户", "城关", "1001"]
RESOLVE: dict[Key, str] = {
    (dim, name): f"{dim}-{place}"
    for dim in ("tag", "branch", "owner", "grid", "club")
    for place, name in enumerate(TAGS)
}
DATED = ("deposit_due_on", "wealth_due_on", "loan_due_on", "contacted_on", "added_on")
DAYS = [TODAY + timedelta(days=n) for n in (-366, -365, -30, -1, 0, 1, 30, 366, 367)]
people = st.fixed_dictionaries(
    {
        "tags": st.sets(st.sampled_from(TAGS)),
        "branches": st.sets(st.sampled_from(TAGS)),
        "clubs": st.sets(st.sampled_from(TAGS)),
        "owner": st.none() | st.sampled_from(TAGS),
        "refused": st.sets(st.sampled_from(sorted(TOPICS))),
        "consented": st.sets(st.sampled_from(sorted(TOPICS))),
        "stage": st.sampled_from(sorted(STAGES)),
        "aum_fen": st.sampled_from([0, 1, 4_999_999, 5_000_000, 5_000_001, MAX_AUM_FEN])
        | st.integers(0, MAX_AUM_FEN),
        "born": st.none()
        | st.tuples(st.integers(1900, YEAR), st.integers(1, 12), st.integers(1, 31)),
        "did": st.dictionaries(
            st.tuples(
                st.sampled_from(sorted(ACTS)),
                st.sampled_from(sorted(TOPICS)),
                st.sampled_from([0, 1, 6, 7, 89, 179, 180]),
            ),
            st.integers(1, 9),
            max_size=3,
        ),
        "products": st.sampled_from(["", "term", "term wealth", " ".join(PRODUCTS)]),
        "grid": st.sampled_from(["", *TAGS]),
        "is_merchant": st.sampled_from([None, True, False]),
        "lunar_birthday": st.just("") | st.sampled_from(["10-18", "10-29", "10-30", "12-30"]),
        **{name: st.none() | st.sampled_from(DAYS) for name in DATED},
    }
)
populations = st.dictionaries(st.integers(0, 65_535), people, max_size=12)


def keys_of(person: dict[str, Any]) -> set[Key]:
    keys = {("all", ""), ("stage", person["stage"]), *aum_slices([(0, person["aum_fen"])])}
    keys |= {("tag", RESOLVE["tag", name]) for name in person["tags"]}
    keys |= {("branch", RESOLVE["branch", name]) for name in person["branches"]}
    keys |= {("club", RESOLVE["club", name]) for name in person["clubs"]}
    keys |= {("refused", topic) for topic in person["refused"]}
    keys |= {("consent", topic) for topic in person["consented"]}
    if person["owner"]:
        keys |= {("owned", ""), ("owner", RESOLVE["owner", person["owner"]])}
    if person["born"]:
        year, month, day = person["born"]
        keys |= {("born", str(year)), ("birthday", f"{month:02}-{day:02}")}
    keys |= {("holds", slug) for slug in person["products"].split()}
    keys |= {("grid", RESOLVE["grid", person["grid"]])} if person["grid"] else set()
    keys |= {("merchant", "")} if person["is_merchant"] else set()
    keys |= {("lunar", person["lunar_birthday"])} if person["lunar_birthday"] else set()
    for name in DATED:
        if on := person[name]:
            what = name.removesuffix("_on")
            kind = what.removesuffix("_due")
            dim = {"contacted": "contact"}.get(what, what)
            keys.add((dim, str(on)) if kind == what else ("due", f"{kind}:{on}"))
    for (act, topic, days_ago), times in person["did"].items():
        keys |= set(levels(Act(act, topic, TODAY - timedelta(days=days_ago)), times))
    return keys


def index(population: dict[int, dict[str, Any]]) -> dict[Key, BitMap]:
    bitmaps: dict[Key, BitMap] = {}
    for bit, person in population.items():
        for key in keys_of(person):
            bitmaps.setdefault(key, BitMap()).add(bit)
    return bitmaps


@given(populations, trees(leaf_nodes(st.sampled_from(TAGS))))
@settings(max_examples=lot(60, 600), deadline=None)
def test_bitmap_arithmetic_finds_exactly_whom_asking_one_by_one_finds(
    population: dict[int, dict[str, Any]], tree: Node
) -> None:
    bitmaps = index(population)
    fetched = {
        key: bitmaps[key] for key in dims_of(tree, resolve=RESOLVE, today=TODAY) if key in bitmaps
    }
    before = {key: bitmap.copy() for key, bitmap in fetched.items()}
    universe = BitMap(population)
    found = evaluate(tree, fetched, universe, resolve=RESOLVE, today=TODAY)
    assert set(found) == {bit for bit, person in population.items() if matches(tree, person)}
    assert fetched == before
    assert universe == BitMap(population)


THRESHOLDS = [0, 1, 2, 3, 4, 5_000_000, 2**39, 2**40 - 1, 2**40, 2**41 + 1]


@pytest.mark.parametrize("op", sorted(COMPARE))
@pytest.mark.parametrize("fen", THRESHOLDS)
def test_every_comparison_is_right_at_and_around_every_threshold(op: Any, fen: int) -> None:
    around = {value + step for value in THRESHOLDS for step in (-1, 0, 1)}
    amounts = sorted(fen for fen in around if 0 <= fen < 2**40)
    bitmaps = index_of_amounts(amounts)
    everyone = BitMap(range(len(amounts)))
    found = evaluate(Aum(op, fen), bitmaps, everyone, resolve={}, today=TODAY)
    assert [amounts[n] for n in found] == [a for a in amounts if COMPARE[op](a, fen)]


def index_of_amounts(amounts: list[int]) -> dict[Key, BitMap]:
    return {key: BitMap(nos) for key, nos in aum_slices(list(enumerate(amounts))).items()}


def test_a_round_threshold_reads_fewer_slices() -> None:
    needed = dims_of(Aum(">=", 5_000_000), resolve={}, today=TODAY)
    assert ("aum", "5") not in needed
    assert {("aum", str(bit)) for bit in range(6, 40)} == needed


def test_somebody_outside_the_universe_is_never_found() -> None:
    gone = {("tag", "tag-0"): BitMap([1, 2])}
    for text in ("银发", "everyone()", "not 商户", "银发 or 商户"):
        found = evaluate(parse(text), gone, BitMap([2]), resolve=RESOLVE, today=TODAY)
        assert found == BitMap([2])


def test_an_unknown_tag_is_refused_by_name_and_a_glued_word_is_explained() -> None:
    with pytest.raises(ExpressionInvalid, match=r"没有名为“银发且商户”的标签.*前后请留空格"):
        dims_of(parse("银发且商户"), resolve=RESOLVE, today=TODAY)
    with pytest.raises(ExpressionInvalid, match="没有名为“9”的工号，请到员工管理页"):
        evaluate(parse("owner(9)"), {}, BitMap([1]), resolve=RESOLVE, today=TODAY)


def test_assets_that_do_not_fit_the_slices_are_refused() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        aum_slices([(1, 2**40)])
    with pytest.raises(ValueError, match="does not fit"):
        aum_slices([(1, -1)])


@given(st.sets(st.integers(0, 2**31 - 1), max_size=50), st.sampled_from(["tag", "owner"]))
def test_customer_numbers_are_cut_into_pieces_and_come_back(nos: set[int], dim: str) -> None:
    kept = pieces(dim, nos)
    assert set(joined(kept)) == nos
    if dim == "tag":
        assert kept == by_chunk(BitMap(nos))
        assert set(kept) == {no >> 16 for no in nos}
        assert all(no & 0xFFFF in kept[no >> 16] for no in nos)


@given(st.lists(st.sets(st.integers(0, 9)), max_size=8), st.integers(1, 5))
def test_the_capped_are_those_sent_to_on_that_many_days(days: list[set[int]], at_most: int) -> None:
    counts = Counter(no for day in days for no in day)
    touched = [BitMap(day) for day in days]
    capped = cap(touched, at_most)
    assert set(capped) == {no for no, count in counts.items() if count >= at_most}
    assert touched == [BitMap(day) for day in days]


def test_a_cap_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="no cap"):
        cap([], 0)
