"""Idea: the chain of re-shares: the path of a new node, its depth, and the tree to show.

A path holds the ancestors, root first. A parent exists before its child, so a cycle of
links cannot be made; a person who meets their own link again gets that one back.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from contenthub.errors import Conflict

MAX_DEPTH = 32

CHANNELS: dict[str, str] = {
    "wecom": "企业微信",
    "wechat": "微信",
    "moments": "朋友圈",
    "group": "客户群",
    "poster": "海报",
    "card": "电子名片",
    "sms": "短信",
    "print": "线下物料",
    "h5": "员工手机页",
    "link": "链接",
    "visitor": "客户转发",
}
"""Where a link was given out; also the values that make two links of one employee differ."""


class TooDeep(Conflict):
    """The chain has reached 32 levels; the last link may still be passed on as it is."""

    title = "这条分享链已达到 32 层，可以继续转发，但不再新增层级"


def child_path(parent_id: UUID, parent_path: Sequence[UUID]) -> list[UUID]:
    """Return the path of a child: its parent's path and the parent.

    Raises:
        TooDeep: the child would be the 33rd level.
        ValueError: the parent stands in its own path, which no code of ours writes.
    """
    if parent_id in parent_path:
        raise ValueError("a link cannot be its own ancestor")
    if len(parent_path) + 1 >= MAX_DEPTH:
        raise TooDeep()
    return [*parent_path, parent_id]


def own_link(visitor_id: UUID, chain: Iterable[tuple[UUID, UUID | None]]) -> UUID | None:
    """Return the link in `chain` (id, visitor) that this visitor made, nearest last, or None."""
    found = [link_id for link_id, maker in chain if maker == visitor_id]
    return found[-1] if found else None


@dataclass(slots=True)
class Node:
    """One link in the tree to show, with its own counts and those of all below it."""

    link_id: UUID
    code: str
    name: str
    depth: int
    counts: Mapping[str, int]
    children: list["Node"] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Share:
    """A link as the tree needs it; `employee_name` is shown for links staff made."""

    link_id: UUID
    parent_id: UUID | None
    code: str
    employee_name: str
    visitor_id: UUID | None
    counts: Mapping[str, int]


def forest(shares: Sequence[Share]) -> list[Node]:
    """Return the trees of `shares` (oldest first); customers are 「客户 1」, 「客户 2」 …

    The same customer keeps one number in the whole answer. A share whose parent is not
    among `shares` is a root.
    """
    numbers: dict[UUID, int] = {}
    nodes: dict[UUID, Node] = {}
    roots: list[Node] = []
    for share in shares:
        name = share.employee_name
        if share.visitor_id is not None:
            name = f"客户 {numbers.setdefault(share.visitor_id, len(numbers) + 1)}"
        above = nodes.get(share.parent_id) if share.parent_id else None
        node = Node(share.link_id, share.code, name, above.depth + 1 if above else 0, share.counts)
        nodes[share.link_id] = node
        (above.children if above else roots).append(node)
    return roots


def flat(roots: Sequence[Node]) -> list[Node]:
    """Return the nodes of the trees from the top down, each before its children."""
    found: list[Node] = []
    waiting = list(reversed(roots))
    while waiting:
        node = waiting.pop()
        found.append(node)
        waiting.extend(reversed(node.children))
    return found
