"""Reads of the ledger with names: whom a push went to, how each employee gets on, what broke."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_, select

from contenthub.customers.models import Customer
from contenthub.db import Read
from contenthub.scheduler.models import Delivery, Occurrence, Push, SendJob, Task
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id

Place = tuple[int, int]
"""(step, customer number) of the last row seen."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows of a push's ledger; empty values do not filter."""

    state: str = ""
    reason: str = ""
    employee_id: UUID | None = None
    visible_ids: frozenset[UUID] | None = None
    """The viewer's data scope; None is the whole bank."""


@dataclass(frozen=True, slots=True)
class Row:
    """One customer of one firing, masked; a customer erased since has no id."""

    step: int
    customer_no: int
    customer_id: UUID | None
    name: str
    phone: str
    employee_id: UUID | None
    employee: str
    state: str
    reason: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Progress:
    """One employee's part of a push, all firings together."""

    employee_id: UUID
    employee: str
    branch_id: UUID
    customers: int
    delivered: int
    failed: int
    waiting: int
    has_confirmed: bool


async def ledger(
    db: Read, push_id: UUID, wanted: Wanted, *, after: Place | None = None, limit: int = 50
) -> list[Row]:
    """Return ledger rows by (step, customer number), after the last one seen."""
    query: Any = (  # a select of ten columns is beyond its types
        select(
            Delivery.step,
            Delivery.customer_no,
            Customer.id,
            func.coalesce(Customer.name_masked, "已注销客户"),
            func.coalesce(Customer.phone_masked, ""),
            Delivery.employee_id,
            func.coalesce(Staff.name, ""),
            Delivery.state,
            Delivery.reason,
            Delivery.updated_at,
        )
        .outerjoin(
            Customer,
            and_(Customer.tenant_id == Delivery.tenant_id, Customer.no == Delivery.customer_no),
        )
        .outerjoin(
            Staff, and_(Staff.tenant_id == Delivery.tenant_id, Staff.id == Delivery.employee_id)
        )
        .where(Delivery.tenant_id == bank_id(db), Delivery.push_id == push_id)
    )
    if wanted.state:
        query = query.where(Delivery.state == wanted.state)
    if wanted.reason:
        query = query.where(Delivery.reason == wanted.reason)
    if wanted.employee_id is not None:
        query = query.where(Delivery.employee_id == wanted.employee_id)
    if wanted.visible_ids is not None:
        query = query.where(Delivery.employee_id.in_(wanted.visible_ids))
    if after is not None:
        later = and_(Delivery.step == after[0], Delivery.customer_no > after[1])
        query = query.where(or_(Delivery.step > after[0], later))
    rows = await db.execute(query.order_by(Delivery.step, Delivery.customer_no).limit(limit))
    return [Row(*row) for row in rows]


async def progress(
    db: Read, push_id: UUID, *, employee_ids: set[UUID] | None = None, limit: int = 200
) -> list[Progress]:
    """Return how each employee of a push gets on; those with most still waiting first."""
    waits = Delivery.state.in_(("planned", "claimed", "sending", "submitted", "unknown"))
    waiting = func.count().filter(waits)
    query = (
        select(
            Staff.id,
            Staff.name,
            Staff.branch_id,
            func.count(),
            func.count().filter(Delivery.state == "delivered"),
            func.count().filter(Delivery.state.in_(("failed", "skipped"))),
            waiting,
        )
        .join(Staff, and_(Staff.tenant_id == Delivery.tenant_id, Staff.id == Delivery.employee_id))
        .where(Delivery.tenant_id == bank_id(db), Delivery.push_id == push_id)
        .group_by(Staff.tenant_id, Staff.id)
        .order_by(waiting.desc(), Staff.name, Staff.id)
    )
    if employee_ids is not None:
        query = query.where(Delivery.employee_id.in_(employee_ids))
    rows = (await db.execute(query.limit(limit))).all()
    pending = await _not_confirmed(db, push_id)
    return [Progress(*row, has_confirmed=row[0] not in pending) for row in rows]


async def _not_confirmed(db: Read, push_id: UUID) -> set[UUID]:
    rows = await db.scalars(
        select(Task.employee_id).where(
            Task.tenant_id == bank_id(db),
            Task.kind == "push",
            Task.source_id == push_id,
            Task.state != "done",
        )
    )
    return set(rows)


@dataclass(frozen=True, slots=True)
class SendLine:
    """One call to the channel, as the person who minds a push sees it."""

    employee: str
    step: int
    customers: int
    state: str
    attempt: int
    sent_at: datetime | None
    next_at: datetime | None
    error: str


async def sends(
    db: Read, push_id: UUID, *, employee_ids: set[UUID] | None = None, limit: int = 100
) -> list[SendLine]:
    """Return the calls of a push: those with an error or unknown first."""
    hurt = or_(SendJob.error != "", SendJob.state.in_(("unknown", "failed")))
    query = (
        select(
            Staff.name,
            SendJob.step,
            SendJob.customers,
            SendJob.state,
            SendJob.attempt,
            SendJob.sent_at,
            SendJob.next_at,
            SendJob.error,
        )
        .join(Staff, and_(Staff.tenant_id == SendJob.tenant_id, Staff.id == SendJob.employee_id))
        .where(SendJob.tenant_id == bank_id(db), SendJob.push_id == push_id)
        .order_by(hurt.desc(), SendJob.step.desc(), Staff.name, SendJob.chunk)
    )
    if employee_ids is not None:
        query = query.where(SendJob.employee_id.in_(employee_ids))
    return [SendLine(*row) for row in await db.execute(query.limit(limit))]


async def fired_between(
    db: Read, start: datetime, end: datetime
) -> Sequence[tuple[Push, datetime]]:
    """Return (push, instant) of every firing that happened in [start, end), in order."""
    rows = await db.execute(
        select(Push, Occurrence.fire_at)
        .join(
            Occurrence,
            and_(Occurrence.tenant_id == Push.tenant_id, Occurrence.push_id == Push.id),
        )
        .where(Push.tenant_id == bank_id(db), Occurrence.fire_at >= start, Occurrence.fire_at < end)
        .order_by(Occurrence.fire_at)
    )
    return [(row[0], row[1]) for row in rows]


async def to_fire(db: Read, before: datetime) -> Sequence[Push]:
    """Return pushes that are planned to fire before an instant and have not yet, in order."""
    rows = await db.scalars(
        select(Push)
        .where(
            Push.tenant_id == bank_id(db),
            Push.state.in_(("draft", "in_review", "returned", "scheduled", "running", "paused")),
            Push.fire_at < before,
        )
        .order_by(Push.fire_at)
    )
    return [push for push in rows if not push.schedule.get("over")]
