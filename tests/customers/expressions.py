"""Random expression trees, and whom they mean, for the property tests of this room."""

import unicodedata
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from operator import eq, ge, gt, le, lt, ne
from random import Random
from typing import Any

from hypothesis import strategies as st

from contenthub.customers.behaviour import ACTS, MAX_DAYS, MAX_TIMES
from contenthub.customers.holdings import DUES, PRODUCTS
from contenthub.customers.lunar import lunar_days
from contenthub.customers.scoring import MAX_SCORE, SCORED
from contenthub.customers.stages import STAGES
from contenthub.customers.tagtree import (
    MAX_AUM_FEN,
    MAX_WITHIN_DAYS,
    WITHIN,
    Age,
    And,
    Aum,
    Birthday,
    Branch,
    Club,
    Consented,
    Did,
    Everyone,
    Grid,
    HasOwner,
    Holds,
    InSegment,
    Merchant,
    Node,
    Not,
    Or,
    Owner,
    Refused,
    Score,
    Stage,
    TagIs,
    Within,
)
from contenthub.tenants.topics import TOPICS

YEAR = 2026
TODAY = date(YEAR, 11, 26)
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    ">=": ge,
    "<=": le,
    ">": gt,
    "<": lt,
    "=": eq,
    "!=": ne,
}

OPERATORS = st.sampled_from([">=", "<=", ">", "<", "=", "!="])


def _is_storable(name: str) -> bool:
    return name == name.strip() and unicodedata.normalize("NFC", name) == name


NAMES = st.one_of(
    st.sampled_from(["银发", "代发工资", "非", "and", "资产", "A+类", '说"是"', "3星", "50000"]),
    st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=12),
).filter(_is_storable)


def leaf_nodes(names: st.SearchStrategy[str] = NAMES) -> st.SearchStrategy[Node]:
    topics = st.sampled_from(sorted(TOPICS))
    return st.one_of(
        st.builds(TagIs, names),
        st.builds(Refused, topics),
        st.builds(Consented, topics),
        st.builds(Branch, names),
        st.builds(Owner, names),
        st.just(HasOwner()),
        st.builds(Aum, OPERATORS, st.integers(0, MAX_AUM_FEN)),
        st.builds(Age, OPERATORS, st.integers(0, 150)),
        st.builds(Birthday, st.integers(1, 12), st.none() | st.integers(1, 28)),
        st.builds(Stage, st.sampled_from(sorted(STAGES))),
        st.builds(
            Did,
            st.sampled_from(sorted(ACTS)),
            st.none() | topics,
            st.integers(1, MAX_DAYS),
            st.integers(1, MAX_TIMES),
        ),
        st.builds(Holds, st.sampled_from(sorted(PRODUCTS))),
        st.builds(Club, names),
        st.builds(Grid, names),
        st.just(Merchant()),
        st.builds(Within, st.sampled_from(sorted(WITHIN)), st.integers(1, MAX_WITHIN_DAYS)),
        st.builds(Score, st.sampled_from(sorted(SCORED)), OPERATORS, st.integers(0, MAX_SCORE)),
        st.just(Everyone()),
    )


def written_nodes() -> st.SearchStrategy[Node]:
    """Return every condition that can be written, those that are looked up before counting too."""
    return leaf_nodes() | st.builds(InSegment, NAMES)


def trees(leaves: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    def wider(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
        several = st.lists(inner, min_size=2, max_size=4).map(tuple)
        return st.one_of(st.builds(And, several), st.builds(Or, several), st.builds(Not, inner))

    return st.recursive(leaves, wider, max_leaves=15)


def age_matches(node: Age, person: dict[str, Any]) -> bool:
    born = person["born"]
    return born is not None and COMPARE[node.op](YEAR - born[0], node.years)


def birthday_matches(node: Birthday, person: dict[str, Any]) -> bool:
    born = person["born"]
    return born is not None and born[1] == node.month and node.day in (None, born[2])


def did_matches(node: Did, person: dict[str, Any]) -> bool:
    done = person.get("did", {}).items()
    wanted = [
        times
        for (act, topic, days_ago), times in done
        if act == node.act and node.topic in (None, topic) and days_ago < node.days
    ]
    return sum(wanted) >= node.times


def within_matches(node: Within, person: dict[str, Any]) -> bool:
    dues = {kind: person.get(f"{kind}_due_on") for kind in DUES}
    if node.what in ("contacted", "added"):
        on = person.get(f"{node.what}_on")
        return on is not None and 0 <= (TODAY - on).days < node.days
    if node.what.endswith("due"):
        asked = dues.values() if node.what == "due" else [dues[node.what.removesuffix("_due")]]
        return any(on is not None and 0 <= (on - TODAY).days <= node.days for on in asked)
    ahead = [TODAY + timedelta(days=n) for n in range(node.days + 1)]
    solar = person["born"] is not None and any(
        (on.month, on.day) == person["born"][1:]
        or (person["born"][1:] == (2, 29) and (on.month, on.day) == (2, 28) and on.year % 4)
        for on in ahead
    )
    lunar = bool(person.get("lunar_birthday")) and person["lunar_birthday"] in lunar_days(ahead)
    wanted = {"solar_birthday": (solar,), "lunar_birthday": (lunar,), "birthday": (solar, lunar)}
    return any(wanted[node.what])


NAIVE: dict[type, Callable[[Any, dict[str, Any]], bool]] = {
    And: lambda node, person: all(matches(item, person) for item in node.items),
    Or: lambda node, person: any(matches(item, person) for item in node.items),
    Not: lambda node, person: not matches(node.item, person),
    TagIs: lambda node, person: node.name in person["tags"],
    Branch: lambda node, person: node.name in person["branches"],
    Owner: lambda node, person: node.no == person["owner"],
    HasOwner: lambda node, person: person["owner"] is not None,
    Refused: lambda node, person: node.topic in person["refused"],
    Consented: lambda node, person: node.topic in person["consented"],
    Stage: lambda node, person: node.name == person["stage"],
    Aum: lambda node, person: COMPARE[node.op](person["aum_fen"], node.fen),
    Age: age_matches,
    Birthday: birthday_matches,
    Did: did_matches,
    Holds: lambda node, person: node.product in person.get("products", "").split(),
    Club: lambda node, person: node.name in person.get("clubs", ()),
    Grid: lambda node, person: node.name == person.get("grid"),
    Merchant: lambda node, person: person.get("is_merchant") is True,
    Within: within_matches,
    Score: lambda node, person: COMPARE[node.op](
        person.get("scores", {}).get(node.topic, 0), node.points
    ),
    Everyone: lambda node, person: True,
}


def matches(node: Node, person: dict[str, Any]) -> bool:
    return NAIVE[type(node)](node, person)


def random_tree(dice: Random, names: Sequence[str], *, leaves: int = 6) -> Node:
    """Return a random expression over tags, branches and owners of some names."""
    if leaves < 2 or dice.random() < 0.2:
        return _random_leaf(dice, names)
    if dice.random() < 0.25:
        return Not(random_tree(dice, names, leaves=leaves - 1))
    kind = dice.choice((And, Or))
    parts = dice.choice((2, 3))
    return kind(tuple(random_tree(dice, names, leaves=leaves // parts) for _ in range(parts)))


def _random_leaf(dice: Random, names: Sequence[str]) -> Node:
    topic, op = dice.choice(("wealth", "loan")), dice.choice(list(COMPARE))
    return dice.choice(
        (
            TagIs(dice.choice(names)),
            TagIs(dice.choice(names)),
            Refused(topic),
            Consented(topic),
            Branch(dice.choice(names)),
            Owner(dice.choice(names)),
            HasOwner(),
            Aum(op, dice.choice((0, 1, 4_999_999, 5_000_000, dice.randrange(10**9)))),  # type: ignore[arg-type]  # COMPARE's keys are the operators
            Age(op, dice.randrange(20, 90)),  # type: ignore[arg-type]
            Birthday(dice.randrange(1, 13), None),
            Stage(dice.choice(("public", "added"))),
            Holds(dice.choice(("term", "wealth"))),
            Merchant(),
            Within(dice.choice(sorted(WITHIN)), dice.randrange(1, 60)),
            Score(topic, op, dice.randrange(101)),  # type: ignore[arg-type]
            Everyone(),
        )
    )
