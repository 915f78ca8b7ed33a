"""Random expression trees for the property tests of this room."""

import unicodedata

from hypothesis import strategies as st

from contenthub.customers.stages import STAGES
from contenthub.customers.tagtree import (
    MAX_AUM_FEN,
    Age,
    And,
    Aum,
    Birthday,
    Branch,
    Consented,
    Everyone,
    HasOwner,
    Node,
    Not,
    Or,
    Owner,
    Refused,
    Stage,
    TagIs,
)
from contenthub.tenants.topics import TOPICS

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
        st.just(Everyone()),
    )


def trees(leaves: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    def wider(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
        several = st.lists(inner, min_size=2, max_size=4).map(tuple)
        return st.one_of(st.builds(And, several), st.builds(Or, several), st.builds(Not, inner))

    return st.recursive(leaves, wider, max_leaves=15)
