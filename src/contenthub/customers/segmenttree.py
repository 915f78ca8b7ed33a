"""Idea: saved segments inside an expression: each is replaced by what it says now."""

from collections.abc import Mapping

from contenthub.customers.bitmaps import unknown
from contenthub.customers.tagexpr import parse
from contenthub.customers.tagtree import (
    And,
    ExpressionInvalid,
    InSegment,
    Node,
    Not,
    Or,
    check_size,
    leaves,
)

MAX_NESTED = 10


def speaks_of_segments(node: Node) -> bool:
    """Return whether the expression names a saved segment."""
    return any(isinstance(leaf, InSegment) for leaf in leaves(node))


def put_in(node: Node, saved: Mapping[str, str], *, inside: tuple[str, ...] = ()) -> Node:
    """Return the tree with the expression of each segment in the place of its name.

    `saved` is name -> text; `inside` names the segments the tree itself stands for.
    Raises ExpressionInvalid for an unknown segment, a ring of them, or one grown too large.
    """
    return _Expansion(saved).of(node, inside)


class _Expansion:
    """Each segment is read once, so that segments of segments cost no more than their number."""

    def __init__(self, saved: Mapping[str, str]) -> None:
        self.saved = saved
        self.done: dict[str, Node] = {}

    def of(self, node: Node, inside: tuple[str, ...]) -> Node:
        whole = self._of(node, inside)
        check_size(whole)
        return whole

    def _of(self, node: Node, inside: tuple[str, ...]) -> Node:
        if isinstance(node, InSegment):
            return self._segment(node.name, inside)
        if isinstance(node, And | Or):
            return type(node)(tuple(self._of(item, inside) for item in node.items))
        return Not(self._of(node.item, inside)) if isinstance(node, Not) else node

    def _segment(self, name: str, inside: tuple[str, ...]) -> Node:
        if name in inside:
            ring = " → ".join(f"“{one}”" for one in (*inside[inside.index(name) :], name))
            raise ExpressionInvalid.whole(f"客群互相引用，谁也算不出来：{ring}；请改其中一个的条件")
        if name not in self.saved:
            raise unknown("segment", name)
        if len(inside) >= MAX_NESTED:
            raise ExpressionInvalid.whole(
                f"客群里套客群最多 {MAX_NESTED} 层，请把“{name}”的条件直接写进来"
            )
        if name not in self.done:
            self.done[name] = self.of(parse(self.saved[name]), (*inside, name))
        return self.done[name]
