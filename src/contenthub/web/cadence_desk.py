"""What the API and the console both do about cadences: buttons, decisions, scope, the file."""

from datetime import datetime
from typing import Any
from uuid import UUID

from contenthub.customers import queries as customers
from contenthub.db import Read, Write
from contenthub.errors import Invalid
from contenthub.library import queries as library
from contenthub.library.lifecycle import NotInReview
from contenthub.scheduler import (
    actions_runs,
    cadencestates,
    feedback,
    queries_cadences,
    queries_runs,
)
from contenthub.scheduler import cadence as idea
from contenthub.scheduler.actions_runs import Start
from contenthub.scheduler.models_cadences import Cadence, CadenceRun
from contenthub.scheduler.queries_runs import Line, Reach, Wanted, Whom
from contenthub.tenants import access
from contenthub.tenants import actions as tenants
from contenthub.tenants import queries as tenants_queries
from contenthub.tenants.models import Bank, Staff
from contenthub.web import review_desk, sheets

EXPORT_ROWS = 50_000
COLUMNS = ("客户", "节奏", "客户经理", "状态", "结束原因", "事由", "步骤", "开始", "结束")


async def scope(db: Read, viewer: Staff) -> set[UUID] | None:
    """Return whose customers `viewer` may see on a cadence: None for the whole bank."""
    return await tenants_queries.visible_staff_ids(db, viewer)


def buttons(found: Cadence, viewer: Staff) -> list[str]:
    """Return what `viewer` may do with a cadence now."""
    may = access.permissions(viewer.roles).__contains__
    return cadencestates.allowed(found.state, authors=found.editors, actor_id=viewer.id, may=may)


async def approve(db: Write, cadence_id: UUID, *, comment: str, by: Staff, at: datetime) -> None:
    """Approve a cadence through its review; raises NotInReview, OwnWork and the cadence's own."""
    await review_desk.approve(db, await _waiting(db, cadence_id), comment=comment, by=by, at=at)


async def give_back(db: Write, cadence_id: UUID, *, comment: str, by: Staff, at: datetime) -> None:
    """Return a cadence to its author through its review."""
    await review_desk.give_back(db, await _waiting(db, cadence_id), comment=comment, by=by, at=at)


async def _waiting(db: Write, cadence_id: UUID) -> UUID:
    await queries_cadences.cadence(db, cadence_id)
    found = await library.waiting_review(db, cadence_id, lock=True)
    if found is None:
        raise NotInReview
    return found.id


async def reach(db: Read, cadence_id: UUID, whom: Whom, *, by: Staff, at: datetime) -> Reach:
    """Return whom a start would put on a cadence now, inside the viewer's scope."""
    found = await queries_cadences.cadence(db, cadence_id)
    return await queries_runs.reach(db, found, whom, visible=await scope(db, by), at=at)


async def start(
    db: Write, cadence_id: UUID, whom: Whom, *, why: str, by: Staff, at: datetime
) -> Reach:
    """Put customers inside the person's scope on a cadence; raises what the action raises."""
    wish = Start(whom, why, await scope(db, by))
    return await actions_runs.start_runs(db, cadence_id, wish, by=by, at=at)


async def stop(db: Write, run_id: UUID, *, by: Staff, at: datetime) -> CadenceRun:
    """Take a customer inside the person's scope off a cadence."""
    await queries_runs.seen_run(db, run_id, visible=await scope(db, by))
    return await actions_runs.stop_run(db, run_id, by=by, at=at)


def checked(state: str, reason: str = "") -> None:
    """Refuse a filter of runs that names no state or reason."""
    if state and state not in cadencestates.RUN_STATES:
        raise Invalid.of("state", f"状态应是 {'、'.join(cadencestates.RUN_STATES)} 之一")
    if reason and reason not in cadencestates.STOP_REASONS:
        raise Invalid.of("reason", f"结束原因应是 {'、'.join(cadencestates.STOP_REASONS)} 之一")


def removed(found: Reach) -> list[tuple[str, str, int]]:
    """Return (reason, its words, customers) of everybody who is not put on a cadence."""
    return [
        (slug, words, found.removed.get(slug, 0)) for slug, words in queries_runs.REASONS.items()
    ]


async def workbook(db: Write, wanted: Wanted, *, bank: Bank, by: Staff, at: datetime) -> bytes:
    """Return the filtered runs as xlsx, masked; taking it is an audit entry."""
    rows: list[Line] = []
    while len(rows) < EXPORT_ROWS:
        after = (rows[-1].run.started_at, rows[-1].run.id) if rows else None
        part = await queries_runs.runs(db, wanted, after=after, limit=2_000)
        rows += part
        if len(part) < 2_000:
            break
    tenants.record(
        db, "cadence.exported", "cadence", wanted.cadence_id, by=by, at=at, rows=len(rows)
    )
    cells = [
        (
            one.customer or "已注销客户",
            one.cadence,
            one.employee,
            cadencestates.RUN_STATES[one.run.state],
            cadencestates.STOP_REASONS.get(one.run.stop_reason, ""),
            one.run.why,
            f"{one.run.next_no - 1}/{len(one.run.plan)}",
            one.run.started_at,
            one.run.ended_at,
        )
        for one in rows
    ]
    return sheets.xlsx("跟进明细", COLUMNS, cells, by=by.name, at=at, zone=bank.zone)


async def start_one(
    db: Write, cadence_id: str, customer_id: UUID, *, why: str, by: Staff, at: datetime
) -> None:
    """Put one customer on the cadence a form chose.

    Raises:
        NotFound: no such customer in the person's scope. Invalid (`cadence_id`): none chosen,
        or the customer cannot be put on it, with the reason.
    """
    visible = await scope(db, by)
    await customers.customer(db, customer_id, owner_ids=visible)
    try:
        chosen = UUID(cadence_id)
    except ValueError as error:
        raise Invalid.of("cadence_id", "请先选择一个跟进节奏") from error
    wish = Start(Whom([customer_id]), why, visible)
    done = await actions_runs.start_runs(db, chosen, wish, by=by, at=at)
    for slug, label, count in removed(done):
        if count:
            more = "，请先停止原来的" if slug == "on_one" else ""
            raise Invalid.of("cadence_id", f"这位客户不能开始：{label}{more}")


async def of_customer(db: Read, customer_id: UUID, *, viewer: Staff) -> dict[str, Any]:
    """Return what a customer's page shows of cadences: their runs, and what can be started."""
    visible = await scope(db, viewer)
    found = await customers.customer(db, customer_id, owner_ids=visible)
    runs = await queries_runs.runs(db, Wanted(visible, customer_no=found.no), limit=10)
    return {
        "customer": found,
        "runs": runs,
        "steps": {one.run.id: idea.read(one.run.plan) for one in runs},
        "said": {one.run.id: await queries_runs.contacts(db, one.run.id) for one in runs[:3]},
        "is_on_one": any(one.run.state == "running" for one in runs),
        "choices": [
            (str(one.id), one.title)
            for one in await queries_cadences.cadences(db, state="in_use", limit=100)
        ],
        "run_states": cadencestates.RUN_STATES,
        "stop_reasons": cadencestates.STOP_REASONS,
        "outcome_words": feedback.WORDS,
        "can_start": access.may(viewer.roles, "cadences.start"),
    }
