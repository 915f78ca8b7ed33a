"""GET/POST /cadences, GET/PUT /cadences/{id}, its review, and putting customers on it."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Router, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody

from contenthub.db import Write
from contenthub.errors import Invalid
from contenthub.library import queries as library
from contenthub.scheduler import actions_cadences, cadencestates, queries_cadences
from contenthub.scheduler import cadence as idea
from contenthub.scheduler.actions_cadences import CadenceDraft
from contenthub.scheduler.models_cadences import Cadence
from contenthub.scheduler.queries_runs import Reach, Whom
from contenthub.tenants.models import Staff
from contenthub.web import cadence_desk
from contenthub.web.api.pushes import CommentBody
from contenthub.web.deps import Db, InState, Me, Now, keep_answer
from contenthub.web.keyset import cursor_of, page_size, place_of
from contenthub.web.signin import May

PAGE = 50
SEE, WRITE, START = [May("cadences.view")], [May("cadences.write")], [May("cadences.start")]

Words = Annotated[str, msgspec.Meta(max_length=2000)]


class CadenceStepBody(msgspec.Struct, forbid_unknown_fields=True):
    """One step; without `day_to` the window is one day, without `item_id` it needs no content."""

    day_from: Annotated[int, msgspec.Meta(examples=[7])]
    reason: Words
    todo: Words
    day_to: Annotated[int | None, msgspec.Meta(examples=[10])] = None
    item_id: UUID | None = None


class CadenceBody(msgspec.Struct, forbid_unknown_fields=True):
    """A cadence as its author decides it."""

    title: Words
    topic: Annotated[str, msgspec.Meta(max_length=40)]
    steps: list[CadenceStepBody]
    purpose: Words = ""


class StopCadenceBody(msgspec.Struct, forbid_unknown_fields=True):
    """Why a cadence is stopped."""

    reason: Words = ""


class ReachBody(msgspec.Struct, forbid_unknown_fields=True):
    """Who is meant: some customers, or all that match an expression."""

    customer_ids: list[UUID] = []
    expr: Annotated[str, msgspec.Meta(max_length=4000)] = ""


class StartBody(msgspec.Struct, forbid_unknown_fields=True):
    """Who is put on a cadence, and why now."""

    customer_ids: list[UUID] = []
    expr: Annotated[str, msgspec.Meta(max_length=4000)] = ""
    why: Words = ""


class CadenceStepView(msgspec.Struct):
    """A step, with what it brings and why that cannot be used now (empty when it can)."""

    day_from: int
    day_to: int
    reason: str
    todo: str
    item_id: str
    item_title: str
    why_not: str


class CadenceFigures(msgspec.Struct):
    """How many customers are on it, and what became of the others, inside the viewer's scope."""

    running: int
    answered: int
    refused: int
    finished: int
    stopped: int


class CadenceLine(msgspec.Struct, kw_only=True):
    """A cadence in a list."""

    id: UUID
    code: str
    title: str
    topic: str
    state: str
    step_count: int
    figures: CadenceFigures
    updated_at: datetime


class CadenceView(msgspec.Struct, kw_only=True):
    """A cadence with its steps and figures; `actions` is what the viewer may do now."""

    id: UUID
    code: str
    title: str
    purpose: str
    topic: str
    state: str
    state_label: str
    stop_reason: str
    steps: list[CadenceStepView]
    hash: str
    author_id: UUID
    author_name: str
    figures: CadenceFigures
    actions: list[str]
    created_at: datetime
    updated_at: datetime
    submitted_at: datetime | None
    approved_at: datetime | None


class CadencePage(msgspec.Struct):
    """One page of cadences, latest change first."""

    items: list[CadenceLine]
    next_cursor: str | None


class RemovedView(msgspec.Struct):
    """How many customers are not put on it for one reason."""

    reason: str
    label: str
    customers: int


class ReachView(msgspec.Struct):
    """Who is meant: how many match, how many of them can be (or were) put on it, and who not."""

    matched: int
    ready: int
    removed: list[RemovedView]


def draft_of(body: CadenceBody) -> CadenceDraft:
    """Return what the scheduler takes of a body."""
    steps = [msgspec.to_builtins(step) for step in body.steps]
    return CadenceDraft(body.title, body.topic, steps, body.purpose)


def reach_view(found: Reach) -> ReachView:
    """Return what the API shows of who is meant."""
    gone = [RemovedView(*one) for one in cadence_desk.removed(found)]
    return ReachView(found.matched, len(found.ready), gone)


def _figures(found: queries_cadences.Figures) -> CadenceFigures:
    return CadenceFigures(
        **{name: getattr(found, name) for name in CadenceFigures.__struct_fields__}
    )


async def view_of(db: Write, found: Cadence, viewer: Staff, *, at: datetime) -> CadenceView:
    """Return what the API shows of a cadence inside the viewer's data scope."""
    await db.flush()
    steps = idea.read(found.steps)
    brought = await queries_cadences.contents(db, steps, at=at)
    visible = await cadence_desk.scope(db, viewer)
    named = await library.names(db, [found.author_id])
    shown = []
    for step in steps:
        one = brought.get(step.item_id)
        title, why_not = (one.item.title, one.why_not) if one else ("", "")
        shown.append(CadenceStepView(**step.as_dict(), item_title=title, why_not=why_not))
    plain = [n for n in CadenceView.__struct_fields__ if hasattr(Cadence, n) and n != "steps"]
    return CadenceView(
        **{name: getattr(found, name) for name in plain},
        state_label=cadencestates.STATES[found.state],
        steps=shown,
        author_name=named.get(found.author_id, ""),
        figures=_figures(
            (await queries_cadences.figures(db, [found.id], employee_ids=visible))[found.id]
        ),
        actions=cadence_desk.buttons(found, viewer),
    )


@get("/cadences", guards=SEE, summary="跟进节奏列表", tags=["cadences"])
async def list_cadences(
    db: Db,
    me: Me,
    in_state: InState = "",
    q: FromQuery[str] = "",
    cursor: FromQuery[str] = "",
    limit: FromQuery[int] = PAGE,
) -> CadencePage:
    """Return cadences, latest change first; `q` is part of a name, or a code."""
    if in_state and in_state not in cadencestates.STATES:
        raise Invalid.of("state", f"状态应是 {'、'.join(cadencestates.STATES)} 之一")
    limit = page_size(limit)
    rows = await queries_cadences.cadences(
        db, state=in_state, title=q[:60], after=place_of(cursor), limit=limit + 1
    )
    shown = rows[:limit]
    visible = await cadence_desk.scope(db, me)
    sums = await queries_cadences.figures(db, [one.id for one in shown], employee_ids=visible)
    lines = [
        CadenceLine(
            id=one.id,
            code=one.code,
            title=one.title,
            topic=one.topic,
            state=one.state,
            step_count=len(one.steps),
            figures=_figures(sums[one.id]),
            updated_at=one.updated_at,
        )
        for one in shown
    ]
    last = (shown[-1].updated_at, shown[-1].id) if len(rows) > limit else None
    return CadencePage(lines, cursor_of(last))


@post("/cadences", guards=WRITE, summary="新建跟进节奏", tags=["cadences"])
async def write_cadence(data: JSONBody[CadenceBody], db: Db, me: Me, now: Now) -> CadenceView:
    """Start a cadence as a draft."""
    made = await actions_cadences.write_cadence(db, draft_of(data), by=me, at=now)
    return await view_of(db, made, me, at=now)


@get("/cadences/{cadence_id:uuid}", guards=SEE, summary="跟进节奏详情", tags=["cadences"])
async def show_cadence(cadence_id: FromPath[UUID], db: Db, me: Me, now: Now) -> CadenceView:
    """Return one cadence with its steps and figures."""
    return await view_of(db, await queries_cadences.cadence(db, cadence_id), me, at=now)


@put("/cadences/{cadence_id:uuid}", guards=WRITE, summary="修改跟进节奏", tags=["cadences"])
async def rewrite_cadence(
    cadence_id: FromPath[UUID], data: JSONBody[CadenceBody], db: Db, me: Me, now: Now
) -> CadenceView:
    """Change a cadence; an approval is void, customers on it go on as they were."""
    found = await actions_cadences.rewrite_cadence(db, cadence_id, draft_of(data), by=me, at=now)
    return await view_of(db, found, me, at=now)


Acting = Callable[..., Awaitable[Cadence]]


def _plain(action: str, summary: str, act: Acting) -> Any:
    """Return the handler of an action that takes nothing but the cadence."""

    @post(
        f"/cadences/{{cadence_id:uuid}}/{action}",
        guards=WRITE,
        status_code=200,
        summary=summary,
        tags=["cadences"],
        operation_id=f"cadence_{action}",
    )
    async def handler(cadence_id: FromPath[UUID], db: Db, me: Me, now: Now) -> CadenceView:
        return await view_of(db, await act(db, cadence_id, by=me, at=now), me, at=now)

    return handler


@post(
    "/cadences/{cadence_id:uuid}/approve",
    guards=[May("reviews.decide")],
    status_code=200,
    summary="审核通过跟进节奏",
    tags=["cadences"],
)
async def approve_cadence(
    cadence_id: FromPath[UUID], db: Db, me: Me, now: Now, data: JSONBody[CommentBody | None] = None
) -> CadenceView:
    """Approve exactly what was submitted; never one's own work."""
    comment = data.comment if data else ""
    await cadence_desk.approve(db, cadence_id, comment=comment, by=me, at=now)
    return await view_of(db, await queries_cadences.cadence(db, cadence_id), me, at=now)


@post(
    "/cadences/{cadence_id:uuid}/return",
    guards=[May("reviews.decide")],
    status_code=200,
    summary="退回跟进节奏",
    tags=["cadences"],
)
async def return_cadence(
    cadence_id: FromPath[UUID], data: JSONBody[CommentBody], db: Db, me: Me, now: Now
) -> CadenceView:
    """Return it to its author with the reason."""
    await cadence_desk.give_back(db, cadence_id, comment=data.comment, by=me, at=now)
    return await view_of(db, await queries_cadences.cadence(db, cadence_id), me, at=now)


@post(
    "/cadences/{cadence_id:uuid}/stop",
    guards=[May("cadences.stop")],
    status_code=200,
    summary="停用跟进节奏",
    tags=["cadences"],
)
async def stop_cadence(
    cadence_id: FromPath[UUID],
    db: Db,
    me: Me,
    now: Now,
    data: JSONBody[StopCadenceBody | None] = None,
) -> CadenceView:
    """Stop a cadence and every run of it at once; 422 on `reason` without one."""
    reason = data.reason if data else ""
    found = await actions_cadences.stop_cadence(db, cadence_id, reason=reason, by=me, at=now)
    return await view_of(db, found, me, at=now)


@post(
    "/cadences/{cadence_id:uuid}/reach",
    guards=START,
    status_code=200,
    summary="跟进人数试算",
    tags=["cadences"],
)
async def count_reach(
    cadence_id: FromPath[UUID], data: JSONBody[ReachBody], db: Db, me: Me, now: Now
) -> ReachView:
    """Return how many customers a start would put on it, and how many not, by reason."""
    whom = Whom(data.customer_ids, data.expr)
    return reach_view(await cadence_desk.reach(db, cadence_id, whom, by=me, at=now))


@post(
    "/cadences/{cadence_id:uuid}/start", guards=START, summary="给客户开始跟进", tags=["cadences"]
)
async def start_runs(
    cadence_id: FromPath[UUID], data: JSONBody[StartBody], db: Db, me: Me, now: Now
) -> ReachView:
    """Put customers on a cadence, 2,000 at most; who is on one already stays on that."""
    whom = Whom(data.customer_ids, data.expr)
    done = await cadence_desk.start(db, cadence_id, whom, why=data.why, by=me, at=now)
    return reach_view(done)


HANDLERS = [
    Router(
        "/api/v1",
        route_handlers=[
            list_cadences,
            write_cadence,
            show_cadence,
            rewrite_cadence,
            _plain("submit", "提交跟进节奏审核", actions_cadences.submit),
            _plain("withdraw", "撤回跟进节奏", actions_cadences.withdraw),
            approve_cadence,
            return_cadence,
            stop_cadence,
            count_reach,
            start_runs,
        ],
        after_request=keep_answer,
    )
]
