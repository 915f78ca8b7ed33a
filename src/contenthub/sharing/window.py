"""Idea: whether an activity still takes sign-ups, from its own fields."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo


def signup_closed(fields: Mapping[str, Any], *, zone: str, at: datetime) -> str:
    """Return why sign-up is over (Chinese, for the visitor), or an empty text while it is open.

    `signup_until` decides, else the activity's end; both are wall-clock texts of the
    bank's zone.
    """
    for name, why in (("signup_until", "报名已截止"), ("ends_at", "活动已结束")):
        ends_at = _instant(fields.get(name), zone)
        if ends_at is not None and ends_at <= at:
            return f"{why}，感谢关注；您可以留下手机号，有新活动时由客户经理联系您"
    return ""


def _instant(value: object, zone: str) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))
