"""Idea: whether an activity still takes sign-ups, from its own fields."""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

_ENDS = (
    ("signup_until", "报名已截止"),
    ("ends_at", "活动已结束"),
    ("redeem_until", "兑换期已过"),
)
_LAST_SECOND = time(23, 59, 59)
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
        ends_at = _instant(fields.get(name), zone)
        if ends_at is not None and ends_at <= at:
            return f"{why}，感谢关注；您可以留下手机号，有新活动时由客户经理联系您"
    return ""


def begins_at(fields: Mapping[str, Any], *, zone: str) -> datetime | None:
    """Return the first moment of the day an activity starts on, or None without a start."""
    starts_at = _instant(fields.get("starts_at"), zone)
    if starts_at is None:
        return None
    return starts_at.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)


def _instant(value: object, zone: str) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    if "T" not in value and " " not in value:  # a day holds until its end
        found = datetime.combine(found, _LAST_SECOND)
    return found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))
