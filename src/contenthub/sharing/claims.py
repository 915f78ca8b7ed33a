"""Idea: how many pieces of a right one person may claim, from its fields, and how that is said."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from contenthub.library.itemfields import rows_of
from contenthub.sharing import signupstates


class Claim(Protocol):
    """What is asked of one claim."""

    state: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Limits:
    """What one person may claim in all, and within a calendar month; None is any number."""

    in_all: int | None
    monthly: int | None = None

    def left(self, taken: int, of_month: int) -> int | None:
        """Return how many more somebody may claim now; None for any number."""
        rest = [
            max(0, most - had)
            for most, had in ((self.in_all, taken), (self.monthly, of_month))
            if most is not None
        ]
        return min(rest) if rest else None

    def why_not(self, taken: int, of_month: int) -> str:
        """Return why somebody may claim no more now (Chinese, for the customer), or nothing."""
        if self.in_all is not None and taken >= self.in_all:
            return f"这个手机号已登记 {taken} 份，每人限领 {self.in_all} 份，不能再领了，感谢关注"
        if self.monthly is not None and of_month >= self.monthly:
            return (
                f"这个手机号本月已登记 {of_month} 份，每人每月可领 {self.monthly} 份，"
                "下月 1 日起可以再领"
            )
        return ""

    def said(self, taken: int, of_month: int) -> str:
        """Return what staff read of one person's claims beside what the right allows."""
        parts = [f"已登记 {taken} 份"]
        parts += [f"每人限领 {self.in_all} 份"] if self.in_all is not None else []
        parts += (
            [f"本月 {of_month} 份，每月可领 {self.monthly} 份"] if self.monthly is not None else []
        )
        return "；".join(parts)


def limits(fields: Mapping[str, Any], segments: Collection[str] = ()) -> Limits:
    """Return what a right's fields allow somebody who is in the named `segments`.

    A rule of one's segment stands in the place of 每人限领; of several the most generous does.
    """
    own = [
        row["per_person"]
        for row in rules(fields)
        if row.get("segment") in segments and isinstance(row.get("per_person"), int)
    ]
    in_all = max(own) if own else _whole(fields, "per_person")
    return Limits(in_all, _whole(fields, "monthly_per_person"))


def rules(fields: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the rows of a right's rules by segment."""
    return rows_of(fields, "segment_rules")


def _whole(fields: Mapping[str, Any], name: str) -> int | None:
    value = fields.get(name)
    return value if isinstance(value, int) else None


def counted(mine: Iterable[Claim], *, zone: str, at: datetime) -> tuple[int, int]:
    """Return how many pieces of some claims are held in all, and of the month of `at`."""
    held = [one for one in mine if one.state in signupstates.HELD]
    since = month_begin(at, zone)
    return len(held), sum(one.created_at >= since for one in held)


def month_begin(at: datetime, zone: str) -> datetime:
    """Return the first instant of the calendar month that `at` falls in, on the zone's clock."""
    wall = at.astimezone(ZoneInfo(zone))
    return wall.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
