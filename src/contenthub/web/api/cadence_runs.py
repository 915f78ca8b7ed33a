"""GET /cadence-runs, one of them, stopping it; POST /tasks/{id}/feedback."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Router, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from contenthub.customers import queries as customers
from contenthub.db import Read
from contenthub.scheduler import actions_feedback, queries_cadences, queries_runs
from contenthub.scheduler.feedback import Feedback
from contenthub.scheduler.models_cadences import CadenceContact
from contenthub.scheduler.queries_runs import Line, Wanted
from contenthub.tenants.models import Staff
from contenthub.web import cadence_desk
from contenthub.web.api.tasks import TaskView, check_own
from contenthub.web.api.tasks import view_of as task_view
from contenthub.web.deps import Db, InState, Me, Now, keep_answer
from contenthub.web.hygiene import within_reach
from contenthub.web.keyset import cursor_of, page_size, place_of
from contenthub.web.signin import May

PAGE = 50
SEE = [May("customers.view")]


class FeedbackBody(msgspec.Struct, forbid_unknown_fields=True):
    """What came of a contact; `on` is the day agreed with the customer (outcome `agreed`)."""

    outcome: Annotated[str, msgspec.Meta(max_length=20)]
    on: date | None = None


class RunView(msgspec.Struct, kw_only=True):
    """A customer on a cadence, the name masked; an erased person has neither id nor name."""

    id: UUID
    cadence_id: UUID
    cadence: str
    customer_id: UUID | None
    customer: str
    employee_id: UUID
    employee: str
    why: str
    state: str
    stop_reason: str
    next_no: int
    step_count: int
    next_on: date
    started_at: datetime
    ended_at: datetime | None


class ContactView(msgspec.Struct):
    """One step as it came to the employee; `outcome` is empty until they say something."""

    no: int
    due_on: date
    until_on: date
    attempts: int
    outcome: str
    agreed_on: date | None
    said_at: datetime | None


class RunDetail(msgspec.Struct):
    """A customer on a cadence, and each step that came to the employee so far."""

    run: RunView
    contacts: list[ContactView]


class RunPage(msgspec.Struct):
    """One page of runs, the newest start first."""

    items: list[RunView]
    next_cursor: str | None


def _view(line: Line) -> RunView:
    run = line.run
    plain = [n for n in RunView.__struct_fields__ if hasattr(type(run), n)]
    return RunView(
        **{name: getattr(run, name) for name in plain},
        cadence=line.cadence,
        customer=line.customer,
        employee=line.employee,
        step_count=len(run.plan),
    )


def _contact(one: CadenceContact) -> ContactView:
    return ContactView(*(getattr(one, name) for name in ContactView.__struct_fields__))


@get("/cadence-runs", guards=SEE, summary="客户跟进列表", tags=["cadences"])
async def list_runs(
    db: Db,
    me: Me,
    cadence_id: FromQuery[UUID | None] = None,
    customer_id: FromQuery[UUID | None] = None,
    in_state: InState = "",
    reason: FromQuery[str] = "",
    cursor: FromQuery[str] = "",
    limit: FromQuery[int] = PAGE,
) -> RunPage:
    """Return customers on cadences inside the viewer's data scope, the newest start first."""
    cadence_desk.checked(in_state, reason)
    limit = page_size(limit)
    visible = await cadence_desk.scope(db, me)
    no = None
    if cadence_id is not None:
        await queries_cadences.cadence(db, cadence_id)
    if customer_id is not None:
        no = (await customers.customer(db, customer_id, owner_ids=visible)).no
    wanted = Wanted(visible, cadence_id, no, in_state, reason)
    rows = await queries_runs.runs(db, wanted, after=place_of(cursor), limit=limit + 1)
    shown = rows[:limit]
    last = (shown[-1].run.started_at, shown[-1].run.id) if len(rows) > limit else None
    return RunPage([_view(one) for one in shown], cursor_of(last))


async def _detail(db: Read, run_id: UUID, viewer: Staff) -> RunDetail:
    visible = await cadence_desk.scope(db, viewer)
    found = await queries_runs.seen_run(db, run_id, visible=visible)
    lines = await queries_runs.runs(
        db, Wanted(visible, found.cadence_id, found.customer_no), limit=200
    )
    [line] = [one for one in lines if one.run.id == run_id]
    return RunDetail(_view(line), [_contact(c) for c in await queries_runs.contacts(db, run_id)])


@get("/cadence-runs/{run_id:uuid}", guards=SEE, summary="客户跟进详情", tags=["cadences"])
async def show_run(run_id: FromPath[UUID], db: Db, me: Me) -> RunDetail:
    """Return a customer on a cadence with each step's outcome."""
    return await _detail(db, run_id, me)


@post(
    "/cadence-runs/{run_id:uuid}/stop",
    guards=[May("cadences.start")],
    status_code=200,
    summary="停止跟进一位客户",
    tags=["cadences"],
)
async def stop_run(run_id: FromPath[UUID], db: Db, me: Me, now: Now) -> RunDetail:
    """Take a customer off a cadence."""
    await cadence_desk.stop(db, run_id, by=me, at=now)
    await db.flush()
    return await _detail(db, run_id, me)


@post(
    "/tasks/{task_id:uuid}/feedback",
    guards=[May("tasks.view")],
    status_code=200,
    summary="填写跟进结果",
    tags=["tasks"],
)
async def say(
    task_id: FromPath[UUID], data: JSONBody[FeedbackBody], db: Db, me: Me, now: Now
) -> TaskView:
    """Write down what came of one's own follow-up; it moves or ends the customer's run."""
    await check_own(db, task_id, me)
    on = within_reach("on", data.on) if data.on else None
    said = Feedback(data.outcome, on)
    return task_view(await actions_feedback.say(db, task_id, said, by=me, at=now))


HANDLERS = [
    Router(
        "/api/v1", route_handlers=[list_runs, show_run, stop_run, say], after_request=keep_answer
    ),
]
