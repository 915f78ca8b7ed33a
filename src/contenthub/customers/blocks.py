"""Idea: an expression as blocks a clerk can change one at a time: groups, and rows in them.

The text stays the truth: `drawn` shows its tree, each deed gives another tree, and
`tagtext.to_text` writes that down. A place is the path from the root, such as "0.2"; a
condition and the `not` before it are one row.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from contenthub.customers import blockfields
from contenthub.customers.tagtree import (
    And,
    ExpressionInvalid,
    Node,
    Not,
    Or,
    check_size,
    children,
    leaves,
)

MAX_ROWS = 60
"""More conditions than this are changed as text."""
MAX_SHOWN_DEPTH = 12
JOINS: dict[str, type[And] | type[Or]] = {"and": And, "or": Or}


@dataclass(frozen=True, slots=True)
class Row:
    """One condition: its kind, whether it must not hold, and what can be set of it."""

    path: str
    kind: str
    denied: bool
    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions and groups that hold together; `join` is "" when there is but one."""

    path: str
    join: str
    denied: bool
    items: tuple["Row | Group", ...]


def is_drawable(node: Node) -> bool:
    """Return whether the tree is small enough to be shown as blocks."""
    return sum(1 for _ in leaves(node)) <= MAX_ROWS and _depth(node) <= MAX_SHOWN_DEPTH


def _depth(node: Node) -> int:
    return 1 + max((_depth(below) for below in children(node)), default=0)


def drawn(node: Node) -> Group:
    """Return the tree as blocks; a single condition stands in a group of its own."""
    shown = _drawn(node, "")
    return shown if isinstance(shown, Group) else Group("", "", False, (shown,))


def _drawn(node: Node, path: str) -> Row | Group:
    denied = isinstance(node, Not)
    inner, at = (node.item, _under(path, 0)) if isinstance(node, Not) else (node, path)
    if isinstance(inner, And | Or):
        items = tuple(_drawn(item, _under(at, n)) for n, item in enumerate(inner.items))
        return Group(path, "and" if isinstance(inner, And) else "or", denied, items)
    if isinstance(inner, Not):
        return Group(path, "", denied, (_drawn(inner, at),))
    return Row(path, blockfields.kind_of(inner), denied, blockfields.fields_of(inner))


def _under(path: str, n: int) -> str:
    return f"{path}.{n}" if path else str(n)


def _undenied(node: Node) -> Node:
    return node.item if isinstance(node, Not) else node


def set_row(
    node: Node,
    path: str,
    *,
    kind: str,
    denied: bool,
    fields: Mapping[str, str],
    words: Mapping[str, list[str]],
) -> Node:
    """Return the tree with the row at `path` as its fields say, or a fresh one of another kind.

    Raises ExpressionInvalid (field `expr`) when a field cannot be read, or the bank has none.
    """

    def changed(old: Node) -> Node:
        same = blockfields.kind_of(_undenied(old)) == kind
        made = blockfields.leaf_of(kind, fields) if same else blockfields.fresh(kind, words)
        return Not(made) if denied else made

    return _at(node, path, changed)


def join(node: Node, path: str, how: str) -> Node:
    """Return the tree with the group at `path` joined by `how`: and, or."""
    if how not in JOINS:
        raise _gone()

    def changed(old: Node) -> Node:
        inner = _undenied(old)
        made = JOINS[how](inner.items) if isinstance(inner, And | Or) else inner
        return Not(made) if isinstance(old, Not) else made

    return _at(node, path, changed)


def deny(node: Node, path: str, denied: bool) -> Node:
    """Return the tree in which the block at `path` must not hold, or must."""
    return _at(node, path, lambda old: Not(_undenied(old)) if denied else _undenied(old))


def add(node: Node | None, path: str, leaf: Node) -> tuple[Node, str]:
    """Return the tree with one more condition in the group at `path`, and the place it got."""
    if node is None:
        return leaf, ""
    place = ""

    def changed(old: Node) -> Node:
        nonlocal place
        if isinstance(old, Not) and isinstance(old.item, And | Or):
            items = old.item.items
            place = _under(_under(path, 0), len(items))
            return Not(type(old.item)((*items, leaf)))
        items = old.items if isinstance(old, And | Or) else (old,)
        place = _under(path, len(items))
        return (type(old) if isinstance(old, And | Or) else And)((*items, leaf))

    return _at(node, path, changed), place


def nest(node: Node, path: str, leaf: Node, *, how: str) -> tuple[Node, str]:
    """Return the tree with the block at `path` in a group of its own beside `leaf`."""
    if how not in JOINS:
        raise _gone()
    return _at(node, path, lambda old: JOINS[how]((old, leaf))), _under(path, 1)


def remove(node: Node, path: str) -> Node | None:
    """Return the tree without the block at `path`; a group of one becomes that one."""
    if not path:
        return None
    _node_at(node, path)
    above, _, last = path.rpartition(".")
    around = _node_at(node, above)
    if not isinstance(around, And | Or):
        # What stood alone after `not` takes the `not` with it.
        return remove(node, above)
    left = tuple(item for n, item in enumerate(around.items) if n != int(last))
    made = left[0] if len(left) == 1 else type(around)(left)
    return _at(node, above, lambda _: made)


def _node_at(node: Node, path: str) -> Node:
    for step in _steps(path):
        below = children(node)
        if step >= len(below):
            raise _gone()
        node = below[step]
    return node


def _at(node: Node, path: str, change: Callable[[Node], Node]) -> Node:
    """Return the tree with the node at `path` changed; raises ExpressionInvalid if none is."""
    made = _changed(node, _steps(path), change)
    check_size(made)
    return made


def _changed(node: Node, steps: list[int], change: Callable[[Node], Node]) -> Node:
    if not steps:
        return change(node)
    below, first = children(node), steps[0]
    if first >= len(below):
        raise _gone()
    inner = _changed(below[first], steps[1:], change)
    if isinstance(node, And | Or):
        return type(node)((*below[:first], inner, *below[first + 1 :]))
    return Not(inner)


def _steps(path: str) -> list[int]:
    parts = path.split(".") if path else []
    if len(parts) > 120 or not all(part.isdecimal() and len(part) < 4 for part in parts):
        raise _gone()
    return [int(part) for part in parts]


def _gone() -> ExpressionInvalid:
    return ExpressionInvalid.whole("这个条件已经不在了，请再点一次")
