"""Reads of tasks that came of a score: whose customer it is, and who should call."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import and_, select

from contenthub.customers.models import Customer
from contenthub.customers.models_scores import ScoreCrossing
from contenthub.db import Read
from contenthub.scheduler.models import Task
from contenthub.tenants import queries as tenants
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id

KIND = "need"
"""A task's kind: a customer whose score reached its threshold."""
_THEIRS = and_(
    ScoreCrossing.tenant_id == Customer.tenant_id, ScoreCrossing.customer_no == Customer.no
)


async def who_serves(db: Read, customer: Customer) -> UUID | None:
    """Return who should call a customer: their employee at work, else their branch's manager.

    Of the branches above the nearest with a manager at work; None when there is none.
    """
    if customer.owner_id is not None:
        owner = await db.get(Staff, (bank_id(db), customer.owner_id))
        if owner is not None and owner.state == "active":
            return owner.id
    above = tenants.ancestors(await tenants.branches(db), customer.branch_id)
    rows = await db.execute(
        select(Staff.branch_id, Staff.id)
        .where(
            Staff.tenant_id == bank_id(db),
            Staff.state == "active",
            Staff.branch_id.in_(above),
            Staff.roles.contains(["branch_manager"]),
        )
        .order_by(Staff.staff_no.desc())
    )
    managers = {branch_id: staff_id for branch_id, staff_id in rows}
    return next((managers[branch_id] for branch_id in above if branch_id in managers), None)


async def customer_of(db: Read, task: Task, *, lock: bool = False) -> Customer | None:
    """Return the customer a need's task is about; None when they were erased since."""
    query = (
        select(Customer)
        .join(ScoreCrossing, _THEIRS)
        .where(ScoreCrossing.tenant_id == bank_id(db), ScoreCrossing.id == task.source_id)
    )
    return await db.scalar(query.with_for_update(of=Customer) if lock else query)


async def customers_of(db: Read, tasks: Collection[Task]) -> dict[UUID, str]:
    """Return the masked name of the customer of each need's task among some, by task."""
    ids = {task.source_id: task.id for task in tasks if task.kind == KIND}
    if not ids:
        return {}
    rows = await db.execute(
        select(ScoreCrossing.id, Customer.name_masked)
        .join(Customer, _THEIRS)
        .where(ScoreCrossing.tenant_id == bank_id(db), ScoreCrossing.id.in_(list(ids)))
    )
    named = {row[0]: row[1] for row in rows}
    return {task_id: named.get(source, "已注销客户") for source, task_id in ids.items()}


async def open_of(db: Read, nos: Collection[int]) -> set[tuple[int, str]]:
    """Return (customer, topic) of the needs of some customers that somebody has open."""
    rows = await db.execute(
        select(ScoreCrossing.customer_no, ScoreCrossing.topic)
        .join(
            Task,
            and_(Task.tenant_id == ScoreCrossing.tenant_id, Task.source_id == ScoreCrossing.id),
        )
        .where(
            ScoreCrossing.tenant_id == bank_id(db),
            ScoreCrossing.customer_no.in_(list(nos)),
            Task.kind == KIND,
            Task.state == "open",
        )
    )
    return {(no, topic) for no, topic in rows}
