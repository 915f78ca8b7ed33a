"""Idea: the dates by which an offer is over, and what is said of one that is over already."""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

_LAST_SECOND = time(23, 59, 59)
_ENDS = {
    "activity": ("ends_at", "结束时间", "活动"),
    "right": ("redeem_until", "兑换截止", "权益"),
    "product": ("raise_until", "募集截止", "产品"),
}


def wall_clock(value: object, zone: str) -> datetime | None:
    """Return the instant of a kept wall-clock text in the bank's zone; a day holds to its end.

    None for anything else.
    """
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    if "T" not in value and " " not in value:
        found = datetime.combine(found, _LAST_SECOND)
    return found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))


def over(kind: str, fields: Mapping[str, Any], *, zone: str, at: datetime) -> dict[str, str]:
    """Return field -> what to do (中文) when an offer is over at `at`; nothing while it is not."""
    if kind not in _ENDS:
        return {}
    name, label, noun = _ENDS[kind]
    ends_at = wall_clock(fields.get(name), zone)
    if ends_at is None or ends_at > at:
        return {}
    day = ends_at.astimezone(ZoneInfo(zone)).date().isoformat()
    why = f"“{label}”（{day}）已经过去，{noun}一发布就是结束的"
    return {f"fields.{name}": f"{why}；请改为将来的时间再提交"}
