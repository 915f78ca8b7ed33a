"""What the API and the console both say and do about pushes: words, scope, decisions, the file."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from contenthub.customers.queries_audience import REASONS
from contenthub.db import Read, Write
from contenthub.errors import Forbidden, Invalid, NotFound
from contenthub.library import queries as library
from contenthub.library.lifecycle import NotInReview
from contenthub.scheduler import pushstates, queries, queries_ledger, schedule
from contenthub.scheduler.models import Push
from contenthub.scheduler.queries_ledger import Row, Wanted
from contenthub.tenants import access
from contenthub.tenants import actions as tenants
from contenthub.tenants import queries as tenants_queries
from contenthub.tenants.models import Bank, Staff
from contenthub.web import review_desk, sheets
from contenthub.web.bankdays import end_of, start_of

STATE_WORDS: dict[str, tuple[str, str]] = {
    "planned": ("待发送", "已排进名单，还没有交给企业微信"),
    "claimed": ("准备中", "正在为这位员工准备海报和话术"),
    "sending": ("发送中", "正在交给企业微信"),
    "submitted": ("待员工确认", "企业微信已生成任务，等客户经理点确认"),
    "confirmed": ("员工已确认", "客户经理已确认，等企业微信回报结果"),
    "delivered": ("已送达", "企业微信回报客户已收到"),
    "skipped": ("未发送", "按规则不发，每一位都写明原因"),
    "failed": ("失败", "企业微信回报没有送达，或一直没有发成"),
    "unknown": ("待核对", "应答丢失，先向企业微信核对，绝不盲目重发"),
}
"""Each state of the ledger: its word and what it means to a clerk."""
REASON_WORDS: dict[str, str] = {
    **REASONS,
    "cancelled": "推送已取消",
    "content_gone": "内容已下架或到期",
    "answer_lost": "应答丢失，等待核对",
    "refused_by_wecom": "企业微信没有接受这位客户",
    "channel_refused": "企业微信拒绝了这次发送",
    "not_friend": "客户已不是员工的企微好友",
    "capped_by_wecom": "客户接收群发已达企微上限",
    "not_confirmed": "员工一周内没有确认",
    "broken": "系统多次没有发成",
}
MAX_DAYS = 92
EXPORT_ROWS = 100_000
_MAX_FIRES = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """One firing on the calendar, past or to come."""

    push: Push
    at: datetime
    has_fired: bool


def reason_word(reason: str) -> str:
    """Return a reason as a clerk reads it."""
    return REASON_WORDS.get(reason, reason)


async def scope(db: Read, viewer: Staff) -> set[UUID] | None:
    """Return whose part of a push `viewer` may see: None for the whole bank."""
    return await tenants_queries.visible_staff_ids(db, viewer)


def buttons(push: Push, viewer: Staff) -> list[str]:
    """Return what `viewer` may do with a push now."""
    may = access.permissions(viewer.roles).__contains__
    return pushstates.allowed(push.state, authors=push.editors, actor_id=viewer.id, may=may)


async def check_may(db: Read, push_id: UUID, action: str, *, by: Staff) -> None:
    """Raise Forbidden unless `by` has the permission this action needs in the push's state."""
    push = await queries.push(db, push_id)
    step = pushstates.TABLE.get((push.state, action))
    if step is not None and step.permission and not access.may(by.roles, step.permission):
        needed = access.PERMISSIONS[step.permission]
        raise Forbidden(f"您的角色没有“{needed}”的权限，请联系本行管理员")


async def approve(db: Write, push_id: UUID, *, comment: str, by: Staff, at: datetime) -> None:
    """Approve the push through its review; raises NotInReview, OwnWork and the push's own."""
    await review_desk.approve(db, await _waiting(db, push_id), comment=comment, by=by, at=at)


async def give_back(db: Write, push_id: UUID, *, comment: str, by: Staff, at: datetime) -> None:
    """Return the push to its author through its review."""
    await review_desk.give_back(db, await _waiting(db, push_id), comment=comment, by=by, at=at)


async def _waiting(db: Write, push_id: UUID) -> UUID:
    await queries.push(db, push_id)
    found = await library.waiting_review(db, push_id, lock=True)
    if found is None:
        raise NotInReview
    return found.id


async def wanted(
    db: Read, viewer: Staff, *, state: str = "", reason: str = "", employee_id: UUID | None = None
) -> Wanted:
    """Return the filter of a ledger inside the viewer's scope; raises Invalid or NotFound."""
    if state and state not in queries.DELIVERY_STATES:
        raise Invalid.of("state", f"送达状态应是 {'、'.join(queries.DELIVERY_STATES)} 之一")
    visible = await scope(db, viewer)
    if employee_id is not None:
        await tenants_queries.staff(db, employee_id)
        if visible is not None and employee_id not in visible:
            raise NotFound("没有找到这位员工")
    inside = None if visible is None else frozenset(visible)
    return Wanted(state, reason, employee_id, inside)


def place_of(cursor: str) -> queries_ledger.Place | None:
    """Return the place in a ledger that a cursor names; raises Invalid (`cursor`)."""
    if not cursor:
        return None
    step, _, number = cursor.partition(".")
    if not (step.isascii() and step.isdigit() and number.isascii() and number.isdigit()):
        raise Invalid.of("cursor", "翻页位置不正确，请从第一页重新开始")
    if len(step) > 9 or len(number) > 9:
        raise Invalid.of("cursor", "翻页位置不正确，请从第一页重新开始")
    return int(step), int(number)


def cursor_of(row: Row) -> str:
    """Return the cursor after a row."""
    return f"{row.step}.{row.customer_no}"


async def workbook(
    db: Write, push: Push, which: Wanted, *, bank: Bank, by: Staff, at: datetime
) -> bytes:
    """Return a push's ledger as xlsx, masked; taking it is an audit entry."""
    rows: list[Row] = []
    while len(rows) < EXPORT_ROWS:
        after = (rows[-1].step, rows[-1].customer_no) if rows else None
        part = await queries_ledger.ledger(db, push.id, which, after=after, limit=5000)
        rows += part
        if len(part) < 5000:
            break
    tenants.record(db, "push.exported", "push", push.id, by=by, at=at, rows=len(rows))
    columns = ("批次", "客户", "手机号", "客户经理", "状态", "原因", "更新时间")
    return sheets.xlsx(
        f"{push.title} 送达明细", columns, _cells(rows), by=by.name, at=at, zone=bank.zone
    )


def _cells(rows: Iterable[Row]) -> Iterable[tuple[object, ...]]:
    for row in rows:
        yield (
            row.step,
            row.name,
            row.phone,
            row.employee,
            STATE_WORDS[row.state][0],
            reason_word(row.reason),
            row.updated_at,
        )


async def calendar(db: Read, first: date, last: date, *, bank: Bank) -> dict[date, list[Entry]]:
    """Return the firings of each day from `first` to `last`, past and to come.

    Raises:
        Invalid: the days are the wrong way round, or more than MAX_DAYS.
    """
    if last < first:
        raise Invalid.of("to", "结束日期不能早于开始日期")
    if (last - first).days >= MAX_DAYS:
        raise Invalid.of("to", f"一次最多看 {MAX_DAYS} 天，请缩短日期范围")
    zone = ZoneInfo(bank.zone)
    start, end = start_of(first, bank.zone), end_of(last, bank.zone)
    entries = [Entry(p, at, True) for p, at in await queries_ledger.fired_between(db, start, end)]
    window = schedule.Window.of(bank.zone, bank.settings)
    for push in await queries_ledger.to_fire(db, end):
        entries += [Entry(push, at, False) for at in _fires(push, window, end) if at >= start]
    days: dict[date, list[Entry]] = {}
    for entry in sorted(entries, key=lambda e: e.at):
        days.setdefault(entry.at.astimezone(zone).date(), []).append(entry)
    return days


def _fires(push: Push, window: schedule.Window, end: datetime) -> list[datetime]:
    found: list[datetime] = []
    at: datetime | None = push.fire_at
    while at is not None and at < end and len(found) < _MAX_FIRES:
        found.append(at)
        at = schedule.next_fire(push.schedule, window=window, after=at)
    return found
