"""Somebody leaves: customers, open tasks, leads and links pass to the successor, counted.

One transaction up to AT_ONCE customers; beyond it the person leaves at once (new traffic
goes to the successor from then on) and a long job passes the customers step by step.
A group message that lies in the leaver's own WeCom cannot be confirmed by anybody else:
its task ends, and the ledger says so when WeCom does. What has not been handed to WeCom
goes out from the successor's account.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, exists, func, or_, select, update

from contenthub.customers.actions_handover import pass_customers
from contenthub.customers.queries_mine import mine_count
from contenthub.db import Read, Write, clock, new_id
from contenthub.queue import enqueue
from contenthub.scheduler.models import Delivery, SendJob, Task
from contenthub.sharing import actions_handover as sharing
from contenthub.sharing.actions_signups import open_signups, pass_signups
from contenthub.tenants import actions as tenants
from contenthub.tenants import actions_staff, queries
from contenthub.tenants.models import Handover, LongJob, Staff
from contenthub.tenants.sealing import bank_id

KIND = "scheduler.hand_over"
JOB = "scheduler.hand_over"
AT_ONCE = 5_000
STEP = 2_000
_CHUNKS = 100_000
"""Added to the chunk number of a send job that passes on: the successor may have chunk 0."""


@dataclass(frozen=True, slots=True)
class Passing:
    """What would pass on now, and the open tasks that would end instead."""

    customers: int
    tasks: int
    tasks_cancelled: int
    """Group messages that lie in the leaver's own WeCom: nobody else can send them."""
    leads: int
    links: int


async def passing(db: Read, staff_id: UUID) -> Passing:
    """Return what would pass to a successor now."""
    # As _pass_tasks does it: a push's task passes with what has not been handed to WeCom.
    is_left = exists().where(
        SendJob.tenant_id == bank_id(db),
        SendJob.employee_id == staff_id,
        SendJob.push_id == Task.source_id,
        SendJob.step == Task.step,
        SendJob.state == "ready",
    )
    tasks = select(
        func.count().filter(or_(Task.kind != "push", is_left)),
        func.count().filter(Task.kind == "push", ~is_left),
    ).where(Task.tenant_id == bank_id(db), Task.employee_id == staff_id, Task.state == "open")
    passed, cancelled = (await db.execute(tasks)).one()
    return Passing(
        customers=await mine_count(db, staff_id),
        tasks=passed,
        tasks_cancelled=cancelled,
        leads=await sharing.open_leads(db, staff_id) + await open_signups(db, staff_id),
        links=await sharing.links_of(db, staff_id),
    )


async def resign_staff(
    db: Write, staff_id: UUID, successor_id: UUID, *, by: Staff, at: datetime
) -> Handover:
    """Let a person go and pass on what they looked after; return what passed, counted.

    Raises:
        Conflict, Invalid: as tenants.actions_staff.resign_staff.
    """
    gone = await actions_staff.resign_staff(db, staff_id, successor_id, by=by, at=at)
    passed, ended = await _pass_tasks(db, gone.id, successor_id)
    done = Handover(
        tenant_id=bank_id(db),
        id=new_id(),
        from_id=gone.id,
        to_id=successor_id,
        customers=0,
        tasks=passed,
        tasks_cancelled=ended,
        leads=await sharing.pass_leads(db, gone.id, successor_id, at=at)
        + await pass_signups(db, gone.id, successor_id, at=at),
        links=await sharing.links_of(db, gone.id),
        by_id=by.id,
        at=at,
    )
    db.add(done)
    total = await mine_count(db, gone.id)
    if total > AT_ONCE:
        done.job_id = _start(db, done, total, gone.name, by=by, at=at)
    else:
        done.customers = await pass_customers(db, gone.id, successor_id, limit=total + 1, at=at)
    counts = {
        "customers": total,
        "tasks": done.tasks,
        "tasks_cancelled": done.tasks_cancelled,
        "leads": done.leads,
        "links": done.links,
    }
    tenants.record(db, "staff.handed_over", "staff", gone.id, by=by, at=at, **counts)
    await db.flush()
    return done


def _start(db: Write, done: Handover, total: int, name: str, *, by: Staff, at: datetime) -> UUID:
    params = {"from_id": str(done.from_id), "to_id": str(done.to_id), "handover_id": str(done.id)}
    job = tenants.start_job(db, KIND, f"客户交接：{name}", params=params, by=by, at=at)
    job.total = total
    enqueue(db, JOB, job_id=job.id)
    return job.id


async def _pass_tasks(db: Write, from_id: UUID, to_id: UUID) -> tuple[int, int]:
    """Give the open tasks to the successor, where there is something left to be done.

    Returns how many passed, and how many ended because nobody else can do them.
    """
    moved = await _pass_send_jobs(db, from_id, to_id)
    rows = await db.scalars(
        select(Task)
        .where(Task.tenant_id == bank_id(db), Task.employee_id.in_((from_id, to_id)))
        .where(or_(Task.state == "open", Task.employee_id == to_id))
        .order_by(Task.id)
        .with_for_update()
    )
    everything = rows.all()
    theirs = {(t.kind, t.source_id, t.step): t for t in everything if t.employee_id == to_id}
    passed = ended = 0
    for task in everything:
        if task.employee_id != from_id:
            continue
        parts = moved.get((task.source_id, task.step), 0)
        twin = theirs.get((task.kind, task.source_id, task.step))
        if task.kind == "push" and not parts:
            task.state = "cancelled"  # it lies in the leaver's own WeCom
            ended += 1
        elif twin is None:
            task.employee_id = to_id
            passed += 1
        else:
            task.state = "cancelled"
            twin.customers += parts
            twin.state, twin.done_at = "open", None
            passed += 1
    return passed, ended


async def _pass_send_jobs(db: Write, from_id: UUID, to_id: UUID) -> dict[tuple[UUID, int], int]:
    """Give what is not in WeCom yet to the successor; return (push, step) -> customers."""
    rows = await db.execute(
        update(SendJob)
        .where(
            SendJob.tenant_id == bank_id(db),
            SendJob.employee_id == from_id,
            SendJob.state == "ready",
        )
        .values(employee_id=to_id, chunk=SendJob.chunk + _CHUNKS)
        .returning(SendJob.id, SendJob.push_id, SendJob.step, SendJob.customers)
    )
    found: dict[tuple[UUID, int], int] = {}
    for part in (jobs := rows.all()):
        place = (part.push_id, part.step)
        found[place] = found.get(place, 0) + part.customers
    await _pass_deliveries(db, [part.id for part in jobs], to_id)
    return found


async def _pass_deliveries(db: Write, job_ids: Collection[UUID], to_id: UUID) -> None:
    if not job_ids:
        return
    await db.execute(
        update(Delivery)
        .where(
            and_(
                Delivery.tenant_id == bank_id(db),
                Delivery.send_job_id.in_(job_ids),
                Delivery.state == "planned",
            )
        )
        .values(employee_id=to_id)
    )


async def pass_step(db: Write, job_id: UUID, *, at: datetime) -> bool:
    """Pass the next customers of a long hand-over; return whether there are more.

    Each step stands for itself, so that a killed worker's job goes on where it was; who has
    the row's lock works, another worker waits its turn and finds less to do.
    """
    job = await queries.long_job(db, job_id, lock=True)
    if job.kind != KIND or job.state not in ("queued", "running"):
        return False
    done = await db.get_one(Handover, (bank_id(db), UUID(job.params["handover_id"])))
    # The successor may have left meanwhile: the customers go to who stands in for them now.
    heir = await queries.staff(db, done.from_id)
    count = await pass_customers(
        db, done.from_id, heir.successor_id or done.to_id, limit=STEP, at=at
    )
    job.state, job.done, job.position = "running", job.done + count, job.position + 1
    job.lease_until = await clock(db)
    done.customers += count
    if count == STEP:
        return True
    _finish(db, job, at=at)
    return False


def _finish(db: Write, job: LongJob, *, at: datetime) -> None:
    job.state, job.finished_at, job.lease_until = "done", at, None
    job.total = job.done
    job.message = f"已交接 {job.done} 位客户"
