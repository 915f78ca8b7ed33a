"""Idea: the shape of a bank's branches: who lies below whom, and where a merged one went."""

from collections.abc import Mapping
from uuid import UUID

STATES: dict[str, str] = {"open": "正常", "merged": "已并入", "closed": "已撤销"}
CHANGES: dict[str, str] = {
    "opened": "新设",
    "moved": "调整上级",
    "renamed": "修改资料",
    "merged": "并入",
    "closed": "撤销",
    "reopened": "恢复",
}
KINDS: dict[str, str] = {"head": "总行", "branch": "支行", "outlet": "网点"}


def upwards(parents: Mapping[UUID, UUID | None], branch_id: UUID) -> list[UUID]:
    """Return a branch and everything above it, nearest first; a ring ends where it began."""
    found: list[UUID] = []
    current: UUID | None = branch_id
    while current is not None and current not in found:
        found.append(current)
        current = parents.get(current)
    return found


def lies_below(parents: Mapping[UUID, UUID | None], one: UUID, other: UUID) -> bool:
    """Return whether `one` is `other` itself or lies somewhere below it."""
    return other in upwards(parents, one)


def final(merged_into: Mapping[UUID, UUID | None], branch_id: UUID) -> UUID:
    """Return the branch that stands for `branch_id` today: the end of its chain of mergers."""
    seen: set[UUID] = set()
    current = branch_id
    while (onward := merged_into.get(current)) is not None and current not in seen:
        seen.add(current)
        current = onward
    return current


def subtotals(parents: Mapping[UUID, UUID | None], own: Mapping[UUID, int]) -> dict[UUID, int]:
    """Return per branch its own count and those of everything below it together."""
    total = dict.fromkeys(parents, 0)
    for branch_id, count in own.items():
        for above in upwards(parents, branch_id):
            total[above] += count
    return total
