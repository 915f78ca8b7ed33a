"""Reads of an employee's day: today's tasks, their part of a push, and a branch's progress."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select

from contenthub.customers.models import Customer, CustomerTag, Tag
from contenthub.db import Read
from contenthub.errors import NotFound
from contenthub.scheduler import queries
from contenthub.scheduler.models import Delivery, SendJob, Task
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id

OPEN_FOR = timedelta(days=7)
"""How long an open task stays on the list: as long as its confirmation is waited for."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """One customer of an employee's part of a push, masked, with what became of them.

    `customer_id` is None for a customer who was erased since.
    """

    no: int
    customer_id: UUID | None
    name: str
    state: str
    reason: str


async def own_task(db: Read, task_id: UUID, *, of: Staff, lock: bool = False) -> Task:
    """Return a person's own task; raises NotFound, also for a colleague's."""
    found = await queries.task(db, task_id, lock=lock)
    if found.employee_id != of.id:
        raise NotFound("没有找到这个任务")
    return found


def _of_day(on: date) -> ColumnElement[bool]:
    still_open = and_(Task.state == "open", Task.due_on.between(on - OPEN_FOR, on))
    return or_(and_(Task.due_on == on, Task.state != "cancelled"), still_open)


async def todays(db: Read, employee_id: UUID, *, on: date) -> Sequence[Task]:
    """Return an employee's tasks of a day and what is still open of the week before it.

    Open ones first; among them today's before the overdue, the newest first.
    """
    rows = await db.scalars(
        select(Task)
        .where(Task.tenant_id == bank_id(db), Task.employee_id == employee_id, _of_day(on))
        .order_by((Task.state == "open").desc(), Task.due_on.desc(), Task.created_at.desc())
        .limit(100)
    )
    return rows.all()


async def progress(
    db: Read, employee_ids: Collection[UUID], *, on: date
) -> dict[UUID, tuple[int, int]]:
    """Return (done, all) tasks of a day per employee; who has none is left out."""
    rows = await db.execute(
        select(Task.employee_id, func.count().filter(Task.state == "done"), func.count())
        .where(Task.tenant_id == bank_id(db), Task.employee_id.in_(employee_ids), _of_day(on))
        .group_by(Task.employee_id)
    )
    return {row[0]: (int(row[1]), int(row[2])) for row in rows}


async def open_titles(db: Read, employee_ids: Collection[UUID], *, on: date) -> dict[UUID, str]:
    """Return the title of each employee's newest open task of a day."""
    rows = await db.execute(
        select(Task.employee_id, Task.title)
        .where(Task.tenant_id == bank_id(db), Task.employee_id.in_(employee_ids))
        .where(_of_day(on), Task.state == "open")
        .order_by(Task.employee_id, Task.created_at)
    )
    return {row[0]: row[1] for row in rows}


async def part_counts(db: Read, task: Task) -> dict[str, int]:
    """Return how many customers of a push task are in each delivery state; every state is there."""
    rows = await db.execute(
        select(Delivery.state, func.count()).where(*_part(db, task)).group_by(Delivery.state)
    )
    found = {row[0]: int(row[1]) for row in rows}
    return {state: found.get(state, 0) for state in queries.DELIVERY_STATES}


def _part(db: Read, task: Task) -> tuple[ColumnElement[bool], ...]:
    return (
        Delivery.tenant_id == bank_id(db),
        Delivery.push_id == task.source_id,
        Delivery.step == task.step,
        Delivery.employee_id == task.employee_id,
    )


async def recipients(
    db: Read, task: Task, *, after: int = 0, limit: int = 50
) -> Sequence[Recipient]:
    """Return the customers of a push task by number, after the last one seen."""
    rows = await db.execute(
        select(
            Delivery.customer_no,
            Customer.id,
            func.coalesce(Customer.name_masked, "已注销客户"),
            Delivery.state,
            Delivery.reason,
        )
        .outerjoin(
            Customer,
            and_(
                Customer.tenant_id == Delivery.tenant_id,
                Customer.no == Delivery.customer_no,
                Customer.owner_id == task.employee_id,
            ),
        )
        .where(*_part(db, task), Delivery.customer_no > after)
        .order_by(Delivery.customer_no)
        .limit(limit)
    )
    return [Recipient(*row) for row in rows]


async def part_jobs(db: Read, task: Task, *, lock: bool = False) -> Sequence[SendJob]:
    """Return the send jobs of a push task, by chunk."""
    query = (
        select(SendJob)
        .where(
            SendJob.tenant_id == bank_id(db),
            SendJob.push_id == task.source_id,
            SendJob.step == task.step,
            SendJob.employee_id == task.employee_id,
        )
        .order_by(SendJob.chunk)
    )
    return (await db.scalars(query.with_for_update() if lock else query)).all()


async def part_tags(db: Read, task: Task, *, limit: int = 3) -> list[tuple[str, int]]:
    """Return the commonest tags among a push task's customers, with how many have each."""
    rows = await db.execute(
        select(Tag.name, func.count())
        .join(
            CustomerTag, and_(CustomerTag.tenant_id == Tag.tenant_id, CustomerTag.tag_id == Tag.id)
        )
        .join(
            Delivery,
            and_(
                Delivery.tenant_id == CustomerTag.tenant_id,
                Delivery.customer_no == CustomerTag.customer_no,
            ),
        )
        .where(*_part(db, task))
        .group_by(Tag.id, Tag.name)
        .order_by(func.count().desc(), Tag.name)
        .limit(limit)
    )
    return [(row[0], int(row[1])) for row in rows]


def acted_of(task: Task) -> datetime | None:
    """Return when the employee last went to confirm a task, or None."""
    text = task.detail.get("acted_at")
    return datetime.fromisoformat(text) if isinstance(text, str) and text else None


async def acted_at(db: Read, job: SendJob) -> datetime | None:
    """Return when the employee of a send job last went to confirm its task, or None."""
    task = await db.scalar(
        select(Task).where(
            Task.tenant_id == bank_id(db),
            Task.kind == "push",
            Task.source_id == job.push_id,
            Task.step == job.step,
            Task.employee_id == job.employee_id,
        )
    )
    return None if task is None else acted_of(task)
