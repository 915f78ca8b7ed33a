"""GET/POST /pushes, GET/PUT /pushes/{id}, and its actions."""

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
from contenthub.library import queries_rules
from contenthub.posters import queries as posters
from contenthub.scheduler import actions, pushstates, queries, schedule
from contenthub.scheduler.models import Push
from contenthub.tenants.models import Staff
from contenthub.web import push_desk
from contenthub.web.api.lint import HitView, hit_view
from contenthub.web.deps import Db, InState, Me, Now, keep_answer
from contenthub.web.keyset import cursor_of, page_size, place_of
from contenthub.web.signin import May

PAGE = 50

Title = Annotated[str, msgspec.Meta(max_length=500, examples=["金秋存款季"])]
Expr = Annotated[
    str,
    msgspec.Meta(
        max_length=4000, examples=["(银发 and 代发工资) and not refused(理财) and aum >= 50000"]
    ),
]
Text = Annotated[
    str,
    msgspec.Meta(
        max_length=8192, examples=["您好，我是{{ employee.name }}。{{ item.title }}：{{ link }}"]
    ),
]
Comment = Annotated[str, msgspec.Meta(max_length=4000, examples=["客群与时间已核对"])]


class ScheduleBody(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """When it fires: `once` at an instant, or `cron` (five fields), on the bank's own clock."""

    kind: Annotated[str, msgspec.Meta(examples=["once"])]
    at: Annotated[str, msgspec.Meta(max_length=40, examples=["2027-01-04T10:00:00+08:00"])] = ""
    expr: Annotated[str, msgspec.Meta(max_length=200, examples=["0 9 * * 1"])] = ""


class PushBody(msgspec.Struct, forbid_unknown_fields=True):
    """A push as its author decides it; `cadence_id` is kept for follow-up rhythms."""

    title: Title
    item_id: UUID
    expr: Expr
    schedule: ScheduleBody
    template_id: UUID | None = None
    channel: Annotated[str, msgspec.Meta(max_length=20, examples=["wecom"])] = "wecom"
    message: Text = ""
    cadence_id: None = None


class CommentBody(msgspec.Struct, forbid_unknown_fields=True):
    """What the reviewer adds."""

    comment: Comment = ""


class PauseBody(msgspec.Struct, forbid_unknown_fields=True):
    """Why it stops; shown large on its page."""

    reason: Annotated[str, msgspec.Meta(max_length=200, examples=["利率有调整，先停一停"])] = ""


class Ref(msgspec.Struct):
    """Something named: its id and its title."""

    id: UUID
    title: str


class Reason(msgspec.Struct):
    """How many customers are skipped, failed or unknown for one reason."""

    state: str
    reason: str
    label: str
    customers: int


class Firing(msgspec.Struct):
    """One firing, with the waterfall of its plan."""

    step: int
    fire_at: datetime
    planned_at: datetime | None
    waterfall: dict[str, Any] | None


class PushLine(msgspec.Struct, kw_only=True):
    """A push in a list."""

    id: UUID
    title: str
    state: str
    item_id: UUID
    fire_at: datetime
    author_id: UUID
    updated_at: datetime
    counts: dict[str, int]


class PushView(msgspec.Struct, kw_only=True):
    """A push with its ledger's counts; `waterfall` is of the newest firing.

    Inside a branch's data scope the counts are of its own employees, and the waterfall,
    which is the whole bank's, is null.
    """

    id: UUID
    title: str
    state: str
    state_label: str
    paused_reason: str
    item: Ref
    revision_id: UUID
    template: Ref | None
    topic: str
    message: str
    hits: list[HitView]
    """What the rules, as they are now, find in the message."""
    expr: str
    schedule: dict[str, Any]
    fire_at: datetime
    channel: str
    cadence_id: None
    hash: str
    author: Ref
    counts: dict[str, int]
    waterfall: dict[str, Any] | None
    reasons: list[Reason]
    firings: list[Firing]
    actions: list[str]
    created_at: datetime
    updated_at: datetime
    submitted_at: datetime | None
    approved_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None


class PushPage(msgspec.Struct):
    """One page of pushes, latest change first."""

    items: list[PushLine]
    next_cursor: str | None


def draft_of(body: PushBody) -> actions.PushDraft:
    """Return what the scheduler takes of a body."""
    return actions.PushDraft(
        title=body.title,
        item_id=body.item_id,
        expr=body.expr,
        schedule=msgspec.to_builtins(body.schedule),
        template_id=body.template_id,
        message=body.message,
        channel=body.channel,
    )


async def view_of(db: Write, push: Push, viewer: Staff) -> PushView:
    """Return what the API shows of a push inside the viewer's data scope."""
    await db.flush()
    visible = await push_desk.scope(db, viewer)
    whole = visible is None
    item = await library.item(db, push.item_id)
    template = None
    if push.template_id is not None:
        found = await posters.template(db, push.template_id)
        template = Ref(found.id, found.title)
    named = await library.names(db, [push.author_id])
    fired = await queries.occurrences(db, push.id)
    firings = [
        Firing(o.step, o.fire_at, o.planned_at, o.waterfall if whole else None) for o in fired
    ]
    reasons = await queries.reasons(db, push.id, employee_ids=visible)
    plain = [n for n in PushView.__struct_fields__ if hasattr(Push, n) and n != "schedule"]
    return PushView(
        **{name: getattr(push, name) for name in plain},
        state_label=pushstates.STATES[push.state],
        item=Ref(item.id, item.title),
        template=template,
        hits=[
            hit_view(hit.as_dict())
            for hit in await queries_rules.message_hits(db, push.topic, push.message)
        ],
        schedule=schedule.wanted(push.schedule),
        cadence_id=None,
        author=Ref(push.author_id, named.get(push.author_id, "")),
        counts=await queries.counts(db, push.id, employee_ids=visible),
        waterfall=firings[0].waterfall if firings else None,
        reasons=[Reason(s, r, push_desk.reason_word(r), n) for s, r, n in reasons],
        firings=firings,
        actions=push_desk.buttons(push, viewer),
    )


@get("/pushes", guards=[May("pushes.view")], summary="推送列表", tags=["pushes"])
async def list_pushes(
    db: Db,
    me: Me,
    in_state: InState = "",
    item_id: FromQuery[UUID | None] = None,
    cursor: FromQuery[str] = "",
    limit: FromQuery[int] = PAGE,
) -> PushPage:
    """Return pushes, latest change first, with their ledgers' counts."""
    if in_state and in_state not in pushstates.STATES:
        raise Invalid.of("state", f"推送状态应是 {'、'.join(pushstates.STATES)} 之一")
    limit = page_size(limit)
    found = await queries.pushes(
        db, state=in_state, item_id=item_id, after=place_of(cursor), limit=limit + 1
    )
    shown = found[:limit]
    visible = await push_desk.scope(db, me)
    counts = await queries.counts_of(db, [p.id for p in shown], employee_ids=visible)
    lines = [
        PushLine(
            counts=counts[push.id],
            **{n: getattr(push, n) for n in PushLine.__struct_fields__ if n != "counts"},
        )
        for push in shown
    ]
    last = (shown[-1].updated_at, shown[-1].id) if len(found) > limit else None
    return PushPage(lines, cursor_of(last))


@post("/pushes", guards=[May("pushes.write")], summary="新建推送", tags=["pushes"])
async def write_push(data: JSONBody[PushBody], db: Db, me: Me, now: Now) -> PushView:
    """Start a push as a draft."""
    return await view_of(db, await actions.write_push(db, draft_of(data), by=me, at=now), me)


@get("/pushes/{push_id:uuid}", guards=[May("pushes.view")], summary="推送详情", tags=["pushes"])
async def show_push(push_id: FromPath[UUID], db: Db, me: Me) -> PushView:
    """Return one push with its counts and reasons."""
    return await view_of(db, await queries.push(db, push_id), me)


@put("/pushes/{push_id:uuid}", guards=[May("pushes.write")], summary="修改推送", tags=["pushes"])
async def rewrite_push(
    push_id: FromPath[UUID], data: JSONBody[PushBody], db: Db, me: Me, now: Now
) -> PushView:
    """Change a push that has not started; an approval given before is void."""
    push = await actions.rewrite_push(db, push_id, draft_of(data), by=me, at=now)
    return await view_of(db, push, me)


Acting = Callable[..., Awaitable[Push]]


def _plain(action: str, permission: str, summary: str, act: Acting) -> Any:
    """Return the handler of an action that takes nothing but the push."""

    @post(
        f"/pushes/{{push_id:uuid}}/{action}",
        guards=[May(permission)],
        status_code=200,
        summary=summary,
        tags=["pushes"],
        operation_id=f"push_{action}",
    )
    async def handler(push_id: FromPath[UUID], db: Db, me: Me, now: Now) -> PushView:
        return await view_of(db, await act(db, push_id, by=me, at=now), me)

    return handler


@post(
    "/pushes/{push_id:uuid}/cancel",
    guards=[May("pushes.control")],
    status_code=200,
    summary="取消推送",
    tags=["pushes"],
)
async def cancel_push(push_id: FromPath[UUID], db: Db, me: Me, now: Now) -> PushView:
    """End a push: a draft by who may write, a scheduled or running one by who may control."""
    await push_desk.check_may(db, push_id, "cancel", by=me)
    return await view_of(db, await actions.cancel(db, push_id, by=me, at=now), me)


@post(
    "/pushes/{push_id:uuid}/pause",
    guards=[May("pushes.control")],
    status_code=200,
    summary="暂停推送",
    tags=["pushes"],
)
async def pause_push(
    push_id: FromPath[UUID], db: Db, me: Me, now: Now, data: JSONBody[PauseBody | None] = None
) -> PushView:
    """Stop a push between calls."""
    reason = data.reason if data else ""
    return await view_of(db, await actions.pause(db, push_id, reason=reason, by=me, at=now), me)


@post(
    "/pushes/{push_id:uuid}/approve",
    guards=[May("reviews.decide")],
    status_code=200,
    summary="审核通过推送",
    tags=["pushes"],
)
async def approve_push(
    push_id: FromPath[UUID], db: Db, me: Me, now: Now, data: JSONBody[CommentBody | None] = None
) -> PushView:
    """Approve exactly what was submitted; never one's own work."""
    await push_desk.approve(db, push_id, comment=data.comment if data else "", by=me, at=now)
    return await view_of(db, await queries.push(db, push_id), me)


@post(
    "/pushes/{push_id:uuid}/return",
    guards=[May("reviews.decide")],
    status_code=200,
    summary="退回推送",
    tags=["pushes"],
)
async def return_push(
    push_id: FromPath[UUID], data: JSONBody[CommentBody], db: Db, me: Me, now: Now
) -> PushView:
    """Return it to its author with the reason."""
    await push_desk.give_back(db, push_id, comment=data.comment, by=me, at=now)
    return await view_of(db, await queries.push(db, push_id), me)


HANDLERS = [
    Router(
        "/api/v1",
        route_handlers=[
            list_pushes,
            write_push,
            show_push,
            rewrite_push,
            _plain("submit", "pushes.write", "提交推送审核", actions.submit),
            _plain("withdraw", "pushes.write", "撤回推送", actions.withdraw),
            _plain("resume", "pushes.control", "恢复推送", actions.resume),
            approve_push,
            return_push,
            pause_push,
            cancel_push,
        ],
        after_request=keep_answer,
    )
]
