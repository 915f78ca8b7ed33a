"""Idea: what a parent 省联社 sees of a member bank: seven sums, never a customer."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from uuid import UUID

DAYS = 30
REFRESH_SECONDS = 3600
STAMP = "at"
"""The figure that says when the others were counted, in epoch seconds."""
FIGURES: dict[str, str] = {
    "people": "员工",
    "items": "在用内容",
    "pushes": f"近 {DAYS} 天推送",
    "views": f"近 {DAYS} 天浏览",
    "leads": f"近 {DAYS} 天线索",
    "signups": f"近 {DAYS} 天报名",
}


@dataclass
class Member:
    """One member bank's newest figures."""

    id: UUID
    name: str
    on: date
    values: dict[str, int] = field(default_factory=dict)

    @property
    def counted_at(self) -> datetime | None:
        """When the figures were counted (UTC)."""
        stamp = self.values.get(STAMP)
        return None if stamp is None else datetime.fromtimestamp(stamp, UTC)


def newest(rows: Iterable[tuple[UUID, str, date, str, int]]) -> list[Member]:
    """Return each member with the figures of its newest day, by name.

    A row is (member, its name, day, figure's name, value), in any order.
    """
    found: dict[UUID, Member] = {}
    for member, name, on, figure, value in rows:
        known = found.get(member)
        if known is None or known.on < on:
            known = found[member] = Member(member, name, on)
        if known.on == on:
            known.values[figure] = value
    return sorted(found.values(), key=lambda each: each.name)


def totals(members: Iterable[Member]) -> dict[str, int]:
    """Return the sum of every figure over all members."""
    listed = list(members)
    return {name: sum(m.values.get(name, 0) for m in listed) for name in FIGURES}
