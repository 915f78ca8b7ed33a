"""Writes of deputies: who decides in a reviewer's place, from when until when."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from contenthub.db import Write, new_id
from contenthub.errors import Forbidden, Invalid
from contenthub.library import queries_deputies
from contenthub.library.models_reviews import ReviewDelegation
from contenthub.tenants import access
from contenthub.tenants import actions as tenants
from contenthub.tenants import queries as tenants_queries
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id

REASON_MAX_CHARS = 100
PERIOD_MAX = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Leave:
    """Who is away, who stands in, and when."""

    from_id: UUID
    to_id: UUID
    starts_at: datetime
    ends_at: datetime
    reason: str = ""


async def name_deputy(db: Write, leave: Leave, *, by: Staff, at: datetime) -> ReviewDelegation:
    """Let one reviewer decide in another's place; the author rule holds for both.

    A reviewer names their own deputy; an administrator may for anybody.

    Raises:
        Forbidden: somebody else's leave. NotFound: no such person. Invalid: the deputy may not
        review or is not at work, the period is over, turned round or longer than 90 days, or
        began before today.
    """
    if leave.from_id != by.id and not access.may(by.roles, "bank.manage"):
        raise Forbidden("只能为自己指定代审人；同事的代审请由本行管理员安排")
    person = await tenants_queries.staff(db, leave.from_id)
    deputy = await tenants_queries.staff(db, leave.to_id)
    zone = ZoneInfo((await tenants_queries.bank(db)).zone)
    _check(leave, person, deputy, zone=zone, at=at)
    await _check_others(db, leave, person, deputy)
    made = ReviewDelegation(
        tenant_id=bank_id(db),
        id=new_id(),
        from_id=person.id,
        to_id=deputy.id,
        starts_at=leave.starts_at,
        ends_at=leave.ends_at,
        reason=leave.reason.strip(),
        created_by=by.id,
        created_at=at,
    )
    db.add(made)
    tenants.record(
        db,
        "review_deputy.named",
        "staff",
        person.id,
        by=by,
        at=at,
        deputy=deputy.name,
        starts_at=leave.starts_at.isoformat(),
        ends_at=leave.ends_at.isoformat(),
        reason=made.reason,
    )
    return made


def _check(leave: Leave, person: Staff, deputy: Staff, *, zone: ZoneInfo, at: datetime) -> None:
    wrong: dict[str, str] = {}
    if not access.may(person.roles, "reviews.decide"):
        wrong["from_id"] = f"{person.name}不是审核员，不需要代审人"
    if person.id == deputy.id:
        wrong["to_id"] = "代审人不能是本人，请选择另一位审核员"
    elif deputy.state != "active" or not access.may(deputy.roles, "reviews.decide"):
        wrong["to_id"] = f"{deputy.name}没有审核权限或不在岗，请选择在岗的审核员"
    # Nobody stands in for days that are over; a leave may begin with today.
    if leave.starts_at.astimezone(zone).date() < at.astimezone(zone).date():
        wrong["starts_at"] = "开始时间已经过去，请从今天或以后的日期开始"
    if leave.ends_at <= leave.starts_at:
        wrong["ends_at"] = "结束时间应晚于开始时间"
    elif leave.ends_at <= at:
        wrong["ends_at"] = "结束时间已经过去，请改为将来的时间"
    elif leave.ends_at - leave.starts_at > PERIOD_MAX:
        wrong["ends_at"] = f"一次最多安排 {PERIOD_MAX.days} 天，更长的请分段或调整角色"
    if len(leave.reason) > REASON_MAX_CHARS or "\x00" in leave.reason:
        wrong["reason"] = f"说明最多 {REASON_MAX_CHARS} 字"
    if wrong:
        raise Invalid(fields=wrong)


async def _check_others(db: Write, leave: Leave, person: Staff, deputy: Staff) -> None:
    """Raise Invalid when it was arranged already, or the deputy is on leave themselves."""
    for other in await queries_deputies.overlapping(db, leave.starts_at, leave.ends_at):
        if (other.from_id, other.to_id) == (person.id, deputy.id):
            raise Invalid.of("starts_at", f"这段时间已经安排{deputy.name}代审，不用再安排一次")
        if other.from_id == deputy.id:
            raise Invalid.of(
                "to_id", f"{deputy.name}在这段时间也安排了别人代审，请选择另一位审核员"
            )


async def end_delegation(
    db: Write, delegation_id: UUID, *, by: Staff, at: datetime
) -> ReviewDelegation:
    """End a delegation before its time; what was decided under it stays. Silent if it is over."""
    found = await queries_deputies.delegation(db, delegation_id, lock=True)
    if found.from_id != by.id and not access.may(by.roles, "bank.manage"):
        raise Forbidden("只能结束自己的代审安排；同事的代审请由本行管理员处理")
    if found.ended_at is None and found.ends_at > at:
        found.ended_at = at
        tenants.record(db, "review_deputy.ended", "staff", found.from_id, by=by, at=at)
    return found
