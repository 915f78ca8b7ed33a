"""Customers whose need reached its threshold become tasks: once each, of the right employee."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select

from contenthub.customers import actions as customers
from contenthub.customers import actions_contacts, queries_score_reasons, queries_scores
from contenthub.customers import queries as customers_queries
from contenthub.customers.contacts import ContactDraft
from contenthub.customers.matching import Match
from contenthub.customers.models import Customer, Refusal
from contenthub.customers.models_scores import ScoreCrossing, ScoreTopic
from contenthub.customers.queries_score_reasons import Reason
from contenthub.customers.scoring import SCORED
from contenthub.db import Write, new_id
from contenthub.errors import Conflict, Invalid
from contenthub.scheduler import queries_needs, queries_tasks
from contenthub.scheduler.actions_runs import day_begins
from contenthub.scheduler.models import Task
from contenthub.scheduler.queries_needs import KIND
from contenthub.tenants import actions as tenants
from contenthub.tenants import queries as tenants_queries
from contenthub.tenants.bankday import bank_day
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id

BATCH = 100
A_DAY = 10
"""As many new ones an employee is handed a day; the others wait for the next."""
PICKED = "picked"
"""Why somebody was handed over who reached no threshold: a person picked them."""
OUTCOMES: dict[str, str] = {
    "reached": "联系上了",
    "missed": "没联系上",
    "refused": "客户不需要",
}


async def hand_over(db: Write, *, at: datetime) -> int:
    """Hand some who wait to their employees, the highest first; return how many were looked at.

    Who refused the topic, fell below the threshold or is gone is left; who has no employee at
    work goes to the manager of their branch. Safe to run again: a row is handed over once.
    """
    rows = await db.scalars(
        select(ScoreCrossing)
        .where(
            ScoreCrossing.tenant_id == bank_id(db),
            ScoreCrossing.state == "waiting",
            ScoreCrossing.next_at <= at,
        )
        .order_by(ScoreCrossing.points.desc(), ScoreCrossing.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    waiting = rows.all()
    if not waiting:
        return 0
    bank = await tenants_queries.bank(db)
    today = bank_day(bank, at)
    known = await customers_queries.by_numbers(db, [one.customer_no for one in waiting])
    topics = await queries_scores.topics(db)
    had = await _handed_today(db, today)
    meant: list[tuple[ScoreCrossing, Customer, UUID]] = []
    for one in waiting:
        customer = known.get(one.customer_no)
        why_not = await _why_not(db, one, customer, topics.get(one.topic), today=today)
        if why_not or customer is None:
            one.state, one.reason = "skipped", why_not
            continue
        employee_id = await queries_needs.who_serves(db, customer)
        if employee_id is None or had[employee_id] >= A_DAY:
            one.reason = "full" if employee_id else "nobody"
            one.next_at = day_begins(today + timedelta(days=1), bank.zone)
            continue
        had[employee_id] += 1
        meant.append((one, customer, employee_id))
    needs = [(one.customer_no, one.topic) for one, _, _ in meant]
    why = await queries_score_reasons.reasons(db, needs, at=at)
    for one, customer, employee_id in meant:
        _task(
            db, one, customer, employee_id, why=why[one.customer_no, one.topic], today=today, at=at
        )
    await db.flush()
    return len(waiting)


async def _handed_today(db: Write, today: date) -> Counter[UUID]:
    rows = await db.execute(
        select(Task.employee_id, func.count())
        .where(Task.tenant_id == bank_id(db), Task.kind == KIND, Task.due_on == today)
        .group_by(Task.employee_id)
    )
    return Counter({employee_id: count for employee_id, count in rows})


async def _why_not(
    db: Write,
    one: ScoreCrossing,
    customer: Customer | None,
    held: ScoreTopic | None,
    *,
    today: date,
) -> str:
    if customer is None:
        return "gone"
    refusal = await db.get(Refusal, (bank_id(db), one.customer_no, one.topic))
    if refusal is not None and (refusal.until_on is None or refusal.until_on >= today):
        return "refused"
    points = (await queries_score_reasons.kept_of(db, one.customer_no)).get(one.topic, 0)
    if held is None or not held.hands_over:
        return "stopped"
    one.points = points
    return "below" if points < held.threshold else ""


def _task(
    db: Write,
    one: ScoreCrossing,
    customer: Customer,
    employee_id: UUID,
    *,
    why: Sequence[Reason],
    today: date,
    at: datetime,
) -> None:
    said = [f"{reason.said}（{reason.points:+g} 分）" for reason in why[:3]]
    one.state, one.reason, one.employee_id, one.handed_at = "handed", "", employee_id, at
    title = f"{SCORED[one.topic]}需求 {one.points} 分，请联系"
    db.add(_call(one, employee_id, title=title, why=said, today=today, at=at))
    _record(db, one, customer, by=None, at=at)


def _call(
    one: ScoreCrossing,
    employee_id: UUID,
    *,
    title: str,
    why: Sequence[str],
    today: date,
    at: datetime,
) -> Task:
    """Return the task of calling somebody who was handed over."""
    return Task(
        tenant_id=one.tenant_id,
        id=new_id(),
        employee_id=employee_id,
        kind=KIND,
        source_id=one.id,
        step=0,
        due_on=today,
        title=title,
        detail={"topic": one.topic, "points": one.points, "why": list(why)},
        customers=1,
        state="open",
        created_at=at,
    )


def _record(
    db: Write, one: ScoreCrossing, customer: Customer, *, by: Staff | None, at: datetime
) -> None:
    facts = {"topic": one.topic, "points": one.points, "employee": str(one.employee_id)}
    tenants.record(db, "need.handed_over", "customer", customer.id, by=by, at=at, **facts)


async def take_up(db: Write, customer: Customer, match: Match, *, by: Staff, at: datetime) -> Task:
    """Let somebody picked from the matches be called for a topic; return the task.

    It goes to whoever serves the (locked) customer, and counts as a hand-over: nobody is handed
    over for the topic again for a while. Raises Conflict when it is on somebody's list already,
    or nobody at work serves the customer.
    """
    if (customer.no, match.topic) in await queries_needs.open_of(db, [customer.no]):
        raise Conflict("这位客户的这项业务已经在待办里，不用再加")
    employee_id = await queries_needs.who_serves(db, customer)
    if employee_id is None:
        raise Conflict("这位客户没有在岗的客户经理，支行也没有行长，请先给他指定客户经理")
    today = await tenants_queries.today(db, at=at)
    picked = ScoreCrossing(
        tenant_id=bank_id(db),
        id=new_id(),
        customer_no=customer.no,
        topic=match.topic,
        points=match.points,
        crossed_on=today,
        crossed_at=at,
        state="handed",
        reason=PICKED,
        employee_id=employee_id,
        next_at=at,
        handed_at=at,
    )
    title, why = f"{SCORED[match.topic]}：匹配名单里的客户，请联系", match.reasons[:3]
    task = _call(picked, employee_id, title=title, why=why, today=today, at=at)
    db.add_all([picked, task])
    _record(db, picked, customer, by=by, at=at)
    await db.flush()
    return task


async def say(db: Write, task_id: UUID, outcome: str, *, by: Staff, at: datetime) -> Task:
    """Write down what came of a call: reached or refused end the task, missed leaves it open.

    A refusal is kept for the topic, so nobody calls again for it.

    Raises:
        Invalid: an unknown word (`outcome`). NotFound: no such task of theirs. Conflict: over.
    """
    task = await queries_tasks.own_task(db, task_id, of=by, lock=True)
    if outcome not in OUTCOMES:
        raise Invalid.of("outcome", f"联系结果请从这些里选：{'、'.join(OUTCOMES.values())}")
    if task.kind != KIND or task.state != "open":
        raise Conflict("这项任务已经处理过，请刷新后再看")
    customer = await queries_needs.customer_of(db, task, lock=True)
    if outcome != "missed" or customer is None:
        task.state, task.done_at = "done", at
    if customer is not None:
        await _keep(db, customer, task, outcome, by=by, at=at)
        facts = {"topic": str(task.detail["topic"]), "outcome": outcome}
        tenants.record(db, "need.contacted", "customer", customer.id, by=by, at=at, **facts)
    await db.flush()
    return task


async def _keep(
    db: Write, customer: Customer, task: Task, outcome: str, *, by: Staff, at: datetime
) -> None:
    draft = ContactDraft("call", task.title, outcome != "missed", None)
    await actions_contacts.record_contact(db, customer, draft, by=by, at=at)
    if outcome == "refused":
        topic = str(task.detail["topic"])
        await customers.record_refusal(db, customer.no, topic, channel="h5", by=by, at=at)
