"""Idea: what makes a break-glass visit: a reason, a second person, an hour at most."""

from datetime import datetime, timedelta
from uuid import UUID

from contenthub.errors import Conflict, Invalid
from contenthub.tenants import bankstates

MINUTES_MAX = 60
WAITS = timedelta(hours=24)
"""A request that nobody granted for a day is void: the reason may be over."""


class OwnRequest(Conflict):
    """An operator tried to grant what they asked for."""

    code = "own_request"
    title = "不能批准自己的访问申请，请由另一位平台人员批准"


def checked(reason: str, minutes: object) -> tuple[str, int]:
    """Return a visit's reason and length in minutes; raises Invalid naming the field."""
    text = str(minutes).strip()
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:4]) <= MINUTES_MAX):
        raise Invalid.of("minutes", f"访问时长应为 1–{MINUTES_MAX} 分钟")
    return bankstates.checked_reason(reason), int(text)


def refuse_grant(
    *,
    operator_id: UUID,
    granted_by: UUID,
    granted_at: datetime | None,
    requested_at: datetime,
    ended_at: datetime | None,
    at: datetime,
) -> None:
    """Raise OwnRequest or Conflict unless a request may be granted by this person now."""
    if operator_id == granted_by:
        raise OwnRequest
    if granted_at is not None or ended_at is not None:
        raise Conflict("这个申请已经处理过")
    if at - requested_at > WAITS:
        raise Conflict("这个申请超过 24 小时没有批准，已作废，请重新申请")


def is_open(
    *,
    granted_at: datetime | None,
    expires_at: datetime | None,
    ended_at: datetime | None,
    at: datetime,
) -> bool:
    """Return whether a visit lets its operator in at this instant."""
    return (
        granted_at is not None and ended_at is None and expires_at is not None and expires_at > at
    )


def state(
    *,
    granted_at: datetime | None,
    expires_at: datetime | None,
    ended_at: datetime | None,
    at: datetime,
) -> str:
    """Return what a visit is now in a word: 待批准, 进行中, 已到期 or 已结束."""
    if ended_at is not None:
        return "已结束"
    if granted_at is None:
        return "待批准"
    lasts = is_open(granted_at=granted_at, expires_at=expires_at, ended_at=ended_at, at=at)
    return "进行中" if lasts else "已到期"
