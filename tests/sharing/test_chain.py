"""Re-share chains."""

from uuid import UUID, uuid4

import pytest

from contenthub.sharing.chain import (
    MAX_DEPTH,
    Share,
    TooDeep,
    child_path,
    flat,
    forest,
    own_link,
)


def test_a_childs_path_ends_with_its_parent() -> None:
    root, parent = uuid4(), uuid4()
    assert child_path(parent, [root]) == [root, parent]


def test_the_thirty_third_level_is_refused() -> None:
    path: list[UUID] = []
    for _ in range(MAX_DEPTH - 1):
        path = child_path(uuid4(), path)
    assert len(path) == MAX_DEPTH - 1
    with pytest.raises(TooDeep, match="32 层"):
        child_path(uuid4(), path)


def test_a_link_is_never_its_own_ancestor() -> None:
    link = uuid4()
    with pytest.raises(ValueError):
        child_path(link, [uuid4(), link])


def test_a_person_in_the_chain_gets_their_own_link_back() -> None:
    li, wang = uuid4(), uuid4()
    chain = [(UUID(int=1), None), (UUID(int=2), li), (UUID(int=3), wang), (UUID(int=4), li)]
    assert own_link(li, chain) == UUID(int=4)
    assert own_link(uuid4(), chain) is None


def test_the_tree_names_customers_by_number_only() -> None:
    li, zhang = uuid4(), uuid4()
    ids = [UUID(int=n) for n in range(1, 6)]

    def share(n: int, parent: int | None, visitor: UUID | None) -> Share:
        above = ids[parent] if parent is not None else None
        return Share(ids[n], above, f"C{n}", "王小明", visitor, {"views": n})

    shares = [
        share(0, None, None),
        share(1, 0, li),
        share(2, 1, zhang),
        share(3, 0, li),
        share(4, None, None),
    ]
    nodes = flat(forest(shares))
    assert [(n.code, n.name, n.depth) for n in nodes] == [
        ("C0", "王小明", 0),
        ("C1", "客户 1", 1),
        ("C2", "客户 2", 2),
        ("C3", "客户 1", 1),
        ("C4", "王小明", 0),
    ]
