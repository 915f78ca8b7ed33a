"""Writes of customers' runs of cadences: started, ended, each step handed to the employee once."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from contenthub.db import Write, new_id
from contenthub.errors import Conflict, ContentHubError, Invalid
from contenthub.library import queries as library
from contenthub.library import queries_rules
from contenthub.library.kinds import SHARED_KINDS
from contenthub.queue import enqueue
from contenthub.scheduler import cadence as idea
from contenthub.scheduler import cadencestates, feedback, queries_cadences, queries_runs
from contenthub.scheduler.models import Task
from contenthub.scheduler.models_cadences import Cadence, CadenceContact, CadenceRun
from contenthub.scheduler.queries_runs import Reach, Whom
from contenthub.sharing import actions as sharing
from contenthub.sharing.models import Link
from contenthub.tenants import actions as tenants
from contenthub.tenants import queries as tenants_queries
from contenthub.tenants import workdays
from contenthub.tenants.bankday import bank_day
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id

START_MAX = 2_000
WHY_MAX_CHARS = 60
BATCH = 200
KIND = "cadence"
JOB = "scheduler.walk_cadences"
NewCode = Callable[[], str]


@dataclass(frozen=True, slots=True)
class Start:
    """Who is put on a cadence, why, and whose customers the person who starts it may see."""

    whom: Whom
    why: str = ""
    visible: set[UUID] | None = None


async def start_runs(
    db: Write, cadence_id: UUID, start: Start, *, by: Staff, at: datetime
) -> Reach:
    """Put customers on a cadence; return whom, and how many not, by reason.

    The first step comes to each owner on its day; a second start finds them on it already.

    Raises:
        Invalid: nobody or too many (field `expr` or `customer_ids`). WrongCadenceState.
    """
    found = await queries_cadences.cadence(db, cadence_id, lock=True)
    cadencestates.decide(found.state, "start", authors=found.editors, actor_id=by.id)
    why = start.why.strip()
    if len(why) > WHY_MAX_CHARS or "\x00" in why:
        raise Invalid.of("why", f"原因最多 {WHY_MAX_CHARS} 字，不含特殊字符")
    if why and (refused := await queries_rules.message_refusal(db, found.topic, why)):
        raise Invalid.of("why", refused)
    who = await queries_runs.reach(db, found, start.whom, visible=start.visible, at=at)
    if len(who.ready) > START_MAX:
        raise Invalid.of(
            "expr", f"一次最多给 {START_MAX} 位客户开始，现在有 {len(who.ready)} 位，请缩小范围"
        )
    if who.ready:
        await _insert(db, found, who, why, by=by, at=at)
        tenants.record(
            db, "cadence.started", KIND, found.id, by=by, at=at, customers=len(who.ready), why=why
        )
        enqueue(db, JOB)
    return who


async def _insert(
    db: Write, found: Cadence, who: Reach, why: str, *, by: Staff, at: datetime
) -> None:
    bank = await tenants_queries.bank(db)
    today = bank_day(bank, at)
    first = idea.due(today, idea.read(found.steps)[0])
    same = {
        "tenant_id": bank_id(db),
        "cadence_id": found.id,
        "plan": found.steps,
        "risk": who.risk,
        "why": why,
        "state": "running",
        "stop_reason": "",
        "next_no": 1,
        "next_on": first.on,
        "next_at": day_begins(first.on, bank.zone),
        "later_days": 0,
        "started_on": today,
        "started_at": at,
        "started_by": by.id,
    }
    rows = [
        {**same, "id": new_id(), "customer_no": no, "customer_id": one, "employee_id": owner}
        for no, one, owner in who.ready
    ]
    # Somebody else may put the same customer on another one at this moment: theirs stands.
    await db.execute(insert(CadenceRun).on_conflict_do_nothing(), rows)


def day_begins(on: date, zone: str) -> datetime:
    """Return the instant a day begins on a bank's clock."""
    return datetime.combine(on, time(), ZoneInfo(zone))


async def stop_run(db: Write, run_id: UUID, *, by: Staff, at: datetime) -> CadenceRun:
    """Take a customer off a cadence by hand.

    Raises:
        NotFound; Conflict: the run is over already.
    """
    run = await queries_runs.run(db, run_id, lock=True)
    if run.state != "running":
        raise Conflict(f"这位客户的跟进已经结束（{cadencestates.RUN_STATES[run.state]}）")
    await end_run(db, run, "by_hand", by=by, at=at)
    return run


async def end_run(
    db: Write, run: CadenceRun, reason: str, *, by: Staff | None, at: datetime
) -> None:
    """End one run for a reason of cadencestates.STOP_REASONS, or with '' because it is through."""
    run.state, run.stop_reason, run.ended_at = "stopped" if reason else "finished", reason, at
    await _close_tasks(db, [run.id], at=at)
    who = run.customer_id
    if reason:
        tenants.record(db, "cadence_run.stopped", "customer", who, by=by, at=at, reason=reason)
    else:
        tenants.record(db, "cadence_run.finished", "customer", who, by=by, at=at)


async def forget_customer(db: Write, customer_no: int, *, by: Staff, at: datetime) -> None:
    """Keep of an erased person's runs what was done, with the bare number; end the running one."""
    mine = (CadenceRun.tenant_id == bank_id(db), CadenceRun.customer_no == customer_no)
    running = await db.scalars(
        select(CadenceRun).where(*mine, CadenceRun.state == "running").with_for_update()
    )
    for run in running.all():
        await end_run(db, run, "gone", by=by, at=at)
    await db.flush()
    await db.execute(update(CadenceRun).where(*mine).values(customer_id=None, why=""))


async def stop_all(db: Write, cadence_id: UUID, *, at: datetime) -> int:
    """Stop every run of a cadence that was stopped; return how many there were."""
    rows = await db.scalars(
        update(CadenceRun)
        .where(
            CadenceRun.tenant_id == bank_id(db),
            CadenceRun.cadence_id == cadence_id,
            CadenceRun.state == "running",
        )
        .values(state="stopped", stop_reason="cadence_stopped", ended_at=at)
        .returning(CadenceRun.id)
    )
    ids = rows.all()
    await _close_tasks(db, ids, at=at)
    return len(ids)


async def _close_tasks(db: Write, run_ids: Collection[UUID], *, at: datetime) -> None:
    """Take the open steps of some runs from the employees' lists."""
    if not run_ids:
        return
    await db.execute(
        update(Task)
        .where(
            Task.tenant_id == bank_id(db),
            Task.kind == KIND,
            Task.source_id.in_(run_ids),
            Task.state == "open",
        )
        .values(state="cancelled", done_at=at)
    )


async def hand_out(db: Write, *, at: datetime, new_code: NewCode) -> int:
    """Give the next due steps to their employees, BATCH at most; return how many runs moved.

    Each (run, step) has one row: a second worker, or a run of this after a kill, makes none.
    """
    bank = await tenants_queries.bank(db)
    today = bank_day(bank, at)
    rows = await db.scalars(
        select(CadenceRun)
        .where(
            CadenceRun.tenant_id == bank_id(db),
            CadenceRun.state == "running",
            CadenceRun.next_at <= at,
        )
        .order_by(CadenceRun.next_at, CadenceRun.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    runs, coming = rows.all(), []
    for run in runs:
        await _close_missed(db, run, at=at)
        if run.next_no > len(run.plan):
            await end_run(db, run, "", by=None, at=at)
        else:
            coming.append(run)
    if coming:
        await _hand_out(db, coming, today, zone=bank.zone, at=at, new_code=new_code)
    return len(runs)


async def _close_missed(db: Write, run: CadenceRun, *, at: datetime) -> None:
    """Close the step before, of which nobody said anything."""
    if run.next_no == 1:
        return
    before = await queries_runs.contact(db, run.id, run.next_no - 1, lock=True)
    if before.said_at is None:
        before.outcome, before.said_at = before.outcome or feedback.MISSED, at
    await _close_tasks(db, [run.id], at=at)


async def _hand_out(
    db: Write,
    runs: Sequence[CadenceRun],
    today: date,
    *,
    zone: str,
    at: datetime,
    new_code: NewCode,
) -> None:
    """Hand out the step that each of some runs has come to."""
    contacts = {run.id: _contact(run, today, at=at) for run in runs}
    made = await db.scalars(
        insert(CadenceContact)
        .values(list(contacts.values()))
        .on_conflict_do_nothing()
        .returning(CadenceContact.run_id)
    )
    fresh = set(made.all())
    # Tasks and runs are written together at the end: one by one is ten times the round trips.
    with db.no_autoflush:
        for run in runs:
            told = contacts[run.id]
            if run.id in fresh:
                await _make_task(db, run, told, at=at, new_code=new_code)
            run.next_no += 1
            plan_next(run, after=told["due_on"], zone=zone)
    await db.flush()


def _contact(run: CadenceRun, today: date, *, at: datetime) -> dict[str, Any]:
    """Return the row of the step that a run has come to."""
    step = idea.read(run.plan)[run.next_no - 1]
    planned = idea.due(run.started_on, step, later_days=run.later_days)
    # A day on which nobody worked here may lie between: it is today's work, and the next
    # step keeps its distance.
    due_on = max(planned.on, workdays.on_or_after(today))
    return {
        "tenant_id": run.tenant_id,
        "run_id": run.id,
        "no": run.next_no,
        "task_id": new_id(),
        "due_on": due_on,
        "until_on": max(planned.until_on, due_on),
        "attempts": 0,
        "outcome": "",
        "created_at": at,
    }


async def _make_task(
    db: Write, run: CadenceRun, told: dict[str, Any], *, at: datetime, new_code: NewCode
) -> None:
    """Put a step on its owner's list, with the customer's own link where there can be one.

    `told` is the row of its contact.
    """
    step = idea.read(run.plan)[run.next_no - 1]
    link = await _link(db, run, step, at=at, new_code=new_code)
    if link is not None:
        (await queries_runs.contact(db, run.id, run.next_no)).link_id = link.id
    found = await queries_cadences.cadence(db, run.cadence_id)
    db.add(
        Task(
            tenant_id=run.tenant_id,
            id=told["task_id"],
            employee_id=run.employee_id,
            kind=KIND,
            source_id=run.id,
            step=run.next_no,
            due_on=told["due_on"],
            title=f"{found.title} · {step.reason}",
            detail={
                "cadence_id": str(run.cadence_id),
                "item_id": step.item_id,
                "link_code": link.code if link else "",
            },
            customers=1,
            state="open",
            created_at=at,
        )
    )


def plan_next(run: CadenceRun, *, after: date, zone: str) -> None:
    """Set on which day a run's next step comes, or its end; never before the day after `after`."""
    steps = idea.read(run.plan)
    free = after + timedelta(days=1)
    if run.next_no <= len(steps):
        step = steps[run.next_no - 1]
        coming = idea.due(run.started_on, step, later_days=run.later_days, not_before=free).on
    else:
        last = run.started_on + timedelta(days=steps[-1].day_to + run.later_days)
        coming = workdays.on_or_after(max(last, after) + timedelta(days=idea.OPEN_DAYS))
    run.next_on, run.next_at = coming, day_begins(coming, zone)


async def _link(
    db: Write, run: CadenceRun, step: idea.CadenceStep, *, at: datetime, new_code: NewCode
) -> Link | None:
    """Return the customer's own link to a step's content, or None where there can be none.

    A script has no page; what is recalled by now, or may not be shared by this employee any
    more, is told on the step itself.
    """
    if not step.item_id:
        return None
    item = await library.item(db, UUID(step.item_id))
    if item.kind not in SHARED_KINDS:
        return None
    try:
        return await sharing.make_link(
            db,
            item,
            employee=await tenants_queries.staff(db, run.employee_id),
            channel="wecom",
            push_id=run.id,
            at=at,
            code=new_code(),
        )
    except ContentHubError:
        return None
