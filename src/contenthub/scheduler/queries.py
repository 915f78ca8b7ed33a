"""Reads of pushes, the ledger, send jobs and tasks."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import and_, func, or_, select

from contenthub.db import Read
from contenthub.errors import NotFound
from contenthub.library.models import Item
from contenthub.scheduler.models import Delivery, Occurrence, Push, SendJob, Task
from contenthub.tenants.sealing import bank_id

DELIVERY_STATES = (
    "planned",
    "claimed",
    "sending",
    "submitted",
    "confirmed",
    "delivered",
    "skipped",
    "failed",
    "unknown",
)


async def push(db: Read, push_id: UUID, *, lock: bool = False) -> Push:
    """Return one push; raises NotFound. With `lock`, nobody else changes it meanwhile."""
    found = await db.get(Push, (bank_id(db), push_id), with_for_update=lock or None)
    if found is None:
        raise NotFound("没有找到这个推送")
    return found


async def find_push(db: Read, push_id: UUID) -> Push | None:
    """Return one push, or None when this bank has none of this id."""
    return await db.get(Push, (bank_id(db), push_id))


async def pushes(
    db: Read,
    *,
    state: str = "",
    item_id: UUID | None = None,
    title: str = "",
    after: tuple[datetime, UUID] | None = None,
    limit: int = 20,
) -> Sequence[Push]:
    """Return pushes, latest change first, after the (updated_at, id) of the last one seen.

    `title` is part of one.
    """
    query = select(Push).where(Push.tenant_id == bank_id(db))
    if state:
        query = query.where(Push.state == state)
    if item_id is not None:
        query = query.where(Push.item_id == item_id)
    if title:
        query = query.where(Push.title.icontains(title, autoescape=True))
    if after is not None:
        query = query.where(
            or_(Push.updated_at < after[0], and_(Push.updated_at == after[0], Push.id < after[1]))
        )
    rows = await db.scalars(query.order_by(Push.updated_at.desc(), Push.id.desc()).limit(limit))
    return rows.all()


async def counts(
    db: Read, push_id: UUID, *, employee_ids: set[UUID] | None = None
) -> dict[str, int]:
    """Return the ledger's number of customers per delivery state; every state is there.

    `employee_ids` is the viewer's data scope; None is the whole bank.
    """
    query = select(Delivery.state, func.count()).where(
        Delivery.tenant_id == bank_id(db), Delivery.push_id == push_id
    )
    if employee_ids is not None:
        query = query.where(Delivery.employee_id.in_(employee_ids))
    found = {row[0]: int(row[1]) for row in await db.execute(query.group_by(Delivery.state))}
    return {state: found.get(state, 0) for state in DELIVERY_STATES}


async def counts_of(
    db: Read, push_ids: Collection[UUID], *, employee_ids: set[UUID] | None = None
) -> dict[UUID, dict[str, int]]:
    """Return the counts of several pushes at once; every push and every state is there."""
    found = {push_id: dict.fromkeys(DELIVERY_STATES, 0) for push_id in push_ids}
    query = select(Delivery.push_id, Delivery.state, func.count()).where(
        Delivery.tenant_id == bank_id(db), Delivery.push_id.in_(push_ids)
    )
    if employee_ids is not None:
        query = query.where(Delivery.employee_id.in_(employee_ids))
    for row in await db.execute(query.group_by(Delivery.push_id, Delivery.state)):
        found[row[0]][row[1]] = int(row[2])
    return found


async def state_counts(db: Read) -> dict[str, int]:
    """Return how many pushes are in each state; states without any are left out."""
    rows = await db.execute(
        select(Push.state, func.count()).where(Push.tenant_id == bank_id(db)).group_by(Push.state)
    )
    return {row[0]: int(row[1]) for row in rows}


async def reasons(
    db: Read, push_id: UUID, *, employee_ids: set[UUID] | None = None
) -> list[tuple[str, str, int]]:
    """Return (state, reason, customers) of everything skipped or failed, most first."""
    query = select(Delivery.state, Delivery.reason, func.count()).where(
        Delivery.tenant_id == bank_id(db),
        Delivery.push_id == push_id,
        Delivery.state.in_(("skipped", "failed", "unknown")),
    )
    if employee_ids is not None:
        query = query.where(Delivery.employee_id.in_(employee_ids))
    rows = await db.execute(
        query.group_by(Delivery.state, Delivery.reason).order_by(func.count().desc())
    )
    return [(row[0], row[1], int(row[2])) for row in rows]


async def occurrences(db: Read, push_id: UUID) -> Sequence[Occurrence]:
    """Return the firings of a push, newest first."""
    rows = await db.scalars(
        select(Occurrence)
        .where(Occurrence.tenant_id == bank_id(db), Occurrence.push_id == push_id)
        .order_by(Occurrence.step.desc())
    )
    return rows.all()


async def over_because(db: Read, push: Push) -> str:
    """Return why nothing of a push may be sent any more (a ledger reason), or ''."""
    if push.state == "cancelled":
        return "cancelled"
    item = await db.get_one(Item, (bank_id(db), push.item_id), populate_existing=True)
    return "content_gone" if item.state in ("recalled", "expired") else ""


async def send_job(db: Read, job_id: UUID, *, lock: bool = False) -> SendJob | None:
    """Return one send job, or None while another worker holds its lock (or it is gone)."""
    query = select(SendJob).where(SendJob.tenant_id == bank_id(db), SendJob.id == job_id)
    if lock:
        query = query.with_for_update(skip_locked=True)
    return await db.scalar(query)


async def send_jobs(db: Read, push_id: UUID) -> Sequence[SendJob]:
    """Return the send jobs of a push, by employee and chunk."""
    rows = await db.scalars(
        select(SendJob)
        .where(SendJob.tenant_id == bank_id(db), SendJob.push_id == push_id)
        .order_by(SendJob.step, SendJob.employee_id, SendJob.chunk)
    )
    return rows.all()


async def task(db: Read, task_id: UUID, *, lock: bool = False) -> Task:
    """Return one task; raises NotFound."""
    found = await db.get(Task, (bank_id(db), task_id), with_for_update=lock or None)
    if found is None:
        raise NotFound("没有找到这个任务")
    return found


async def tasks(
    db: Read, *, employee_id: UUID, on: date | None = None, limit: int = 100
) -> Sequence[Task]:
    """Return an employee's tasks of a day (or all open ones), open first, newest first."""
    query = select(Task).where(Task.tenant_id == bank_id(db), Task.employee_id == employee_id)
    if on is not None:
        query = query.where(Task.due_on == on)
    else:
        query = query.where(Task.state == "open")
    rows = await db.scalars(
        query.order_by((Task.state == "open").desc(), Task.created_at.desc()).limit(limit)
    )
    return rows.all()


async def items_of(db: Read, push_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Return the item that each push sends."""
    rows = await db.execute(
        select(Push.id, Push.item_id).where(Push.tenant_id == bank_id(db), Push.id.in_(push_ids))
    )
    return {row[0]: row[1] for row in rows}
