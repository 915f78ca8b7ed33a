"""Idea: whether an activity still takes sign-ups, from its own fields."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from contenthub.library.enddates import wall_clock

_ENDS = (
    ("signup_until", "报名已截止"),
    ("ends_at", "活动已结束"),
    ("redeem_until", "兑换期已过"),
)
TAKES_SIGNUPS = ("activity", "right")
"""Kinds of items that a visitor may sign up for, or claim."""


def places(fields: Mapping[str, Any]) -> int | None:
    """Return how many may sign up: an activity's places, a right's stock; None is any number."""
    for name in ("capacity", "stock"):
        if isinstance(fields.get(name), int):
            return int(fields[name])
    return None


def monthly_places(fields: Mapping[str, Any]) -> int | None:
    """Return how many pieces of a right one calendar month has; None for no such limit."""
    monthly = fields.get("monthly_stock")
    return monthly if isinstance(monthly, int) else None


def signup_closed(fields: Mapping[str, Any], *, zone: str, at: datetime) -> str:
    """Return why sign-up is over (Chinese, for the visitor), or an empty text while it is open.

    `signup_until` decides, else the activity's end; of a right its last day of redemption. All
    are wall-clock texts of the bank's zone.
    """
    for name, why in _ENDS:
        ends_at = wall_clock(fields.get(name), zone)
        if ends_at is not None and ends_at <= at:
            return f"{why}，感谢关注；您可以留下手机号，有新活动时由客户经理联系您"
    return ""


def begins_at(fields: Mapping[str, Any], *, zone: str) -> datetime | None:
    """Return the first moment of the day an activity starts on, or None without a start."""
    starts_at = wall_clock(fields.get("starts_at"), zone)
    if starts_at is None:
        return None
    return starts_at.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)
