"""Writes of what an employee says of a contact; it moves or ends the customer's run."""

from datetime import date, datetime
from uuid import UUID

from contenthub.customers import actions as customers
from contenthub.customers import queries as customers_queries
from contenthub.db import Write
from contenthub.errors import Conflict
from contenthub.scheduler import (
    actions_runs,
    feedback,
    queries_cadences,
    queries_runs,
    queries_tasks,
)
from contenthub.scheduler.feedback import Feedback
from contenthub.scheduler.models import Task
from contenthub.scheduler.models_cadences import CadenceContact, CadenceRun
from contenthub.tenants import actions as tenants
from contenthub.tenants import queries as tenants_queries
from contenthub.tenants import workdays
from contenthub.tenants.bankday import bank_day
from contenthub.tenants.models import Staff

CHANNEL = "h5"


async def say(db: Write, task_id: UUID, said: Feedback, *, by: Staff, at: datetime) -> Task:
    """Write down what came of one's own contact with a customer.

    Raises:
        NotFound: no such task of theirs. Conflict: no follow-up, or it is over.
        Invalid: an unknown word (`outcome`) or a wrong day (`on`).
    """
    task = await queries_tasks.own_task(db, task_id, of=by, lock=True)
    if task.kind != actions_runs.KIND:
        raise Conflict("这项任务不是跟进任务，不用填写联系结果")
    if task.state != "open":
        raise Conflict("这一步已经处理过，或跟进已经结束，请刷新后再看")
    bank = await tenants_queries.bank(db)
    today = bank_day(bank, at)
    outcome = feedback.checked(said, today=today)
    run = await queries_runs.run(db, task.source_id, lock=True)
    contact = await queries_runs.contact(db, run.id, task.step, lock=True)
    contact.outcome, contact.said_at, contact.said_by = said.outcome, at, by.id
    if outcome.effect == "stop":
        await _stop(db, run, task, outcome.stops, by=by, at=at)
    elif outcome.effect == "date" and said.on is not None:
        contact.agreed_on = said.on
        _again(run, contact, task, said.on, zone=bank.zone)
    elif outcome.effect == "again" and contact.attempts + 1 < feedback.ATTEMPTS_MAX:
        contact.attempts += 1
        _again(run, contact, task, workdays.after(today), zone=bank.zone)
    else:
        await _next(db, run, task, by=by, at=at)
    tenants.record(
        db, "cadence_run.contacted", "customer", run.customer_id, by=by, at=at,
        outcome=said.outcome, step=task.step,
    )  # fmt: skip
    return task


async def _next(db: Write, run: CadenceRun, task: Task, *, by: Staff, at: datetime) -> None:
    """The step is done; after the last one the run is through."""
    task.state, task.done_at = "done", at
    await db.flush()
    if task.step >= len(run.plan):
        await actions_runs.end_run(db, run, "", by=by, at=at)


def _again(run: CadenceRun, contact: CadenceContact, task: Task, on: date, *, zone: str) -> None:
    """Bring the same step back on a day; later steps keep their distance from it."""
    contact.said_at = None  # it is still to be done: the step after it may find it so
    later = (on - contact.due_on).days
    if on > contact.until_on:
        run.later_days += later
        contact.until_on = on
    task.due_on = contact.due_on = on
    actions_runs.plan_next(run, after=on, zone=zone)


async def _stop(
    db: Write, run: CadenceRun, task: Task, reason: str, *, by: Staff, at: datetime
) -> None:
    task.state, task.done_at = "done", at
    await db.flush()
    if reason == "refused":
        found = await queries_cadences.cadence(db, run.cadence_id)
        known = await customers_queries.by_numbers(db, [run.customer_no])
        if run.customer_no in known:
            await customers.record_refusal(
                db, run.customer_no, found.topic, channel=CHANNEL, by=by, at=at
            )
    await actions_runs.end_run(db, run, reason, by=by, at=at)
