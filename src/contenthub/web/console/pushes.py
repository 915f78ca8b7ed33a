"""推送计划: the list, one push as it runs, its ledger, and the buttons."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Template

from contenthub.db import Read
from contenthub.errors import Invalid
from contenthub.library import queries as library
from contenthub.posters import queries as posters
from contenthub.scheduler import actions, pushstates, queries, queries_ledger
from contenthub.scheduler.models import Push
from contenthub.tenants import access
from contenthub.tenants import queries as tenants
from contenthub.tenants.models import Staff
from contenthub.web import push_desk, push_form, push_words, sheets
from contenthub.web.deps import Db, InState, Me, Now, OurBank
from contenthub.web.keyset import cursor_of, place_of
from contenthub.web.pages import go, page
from contenthub.web.signin import May

PAGE = 20
LEDGER_PAGE = 50
LOOKS_AGAIN_SECONDS = {"in_review": 5, "scheduled": 5, "running": 2}
"""How often a push's page looks again by itself, in the states somebody else ends."""


@dataclass
class ReasonForm:
    """Why a push is paused."""

    reason: str = ""


@dataclass
class CommentForm:
    """What a reviewer writes."""

    comment: str = ""


@get("/console/pushes", guards=[May("pushes.view")], include_in_schema=False)
async def list_page(
    request: Request[Any, Any, Any],
    db: Db,
    me: Me,
    bank: OurBank,
    in_state: InState = "",
    cursor: FromQuery[str] = "",
) -> Template:
    """Show the pushes, latest change first."""
    if in_state not in ("", *pushstates.STATES):
        raise Invalid.of("state", "没有这种推送状态")
    found = await queries.pushes(db, state=in_state, after=place_of(cursor), limit=PAGE + 1)
    shown = found[:PAGE]
    visible = await push_desk.scope(db, me)
    last = (shown[-1].updated_at, shown[-1].id) if len(found) > PAGE else None
    return page(
        request,
        "console/pushes.html",
        pushes=shown,
        counts=await queries.counts_of(db, [p.id for p in shown], employee_ids=visible),
        names=await library.names(db, [p.author_id for p in shown]),
        when={p.id: push_form.schedule_words(p, bank.zone) for p in shown},
        next_cursor=cursor_of(last) or "",
        is_first=not cursor,
        state=in_state,
        totals=await queries.state_counts(db),
        states=pushstates.STATES,
        can_write=access.may(me.roles, "pushes.write"),
    )


async def _moving(db: Read, push: Push, me: Staff) -> dict[str, Any]:
    """Return what changes while a push runs, inside the viewer's scope."""
    visible = await push_desk.scope(db, me)
    fired = await queries.occurrences(db, push.id)
    counts = await queries.counts(db, push.id, employee_ids=visible)
    total = sum(counts.values())
    reviews = await library.reviews_of(db, push.id)
    people = [push.author_id, *(one.reviewer_id for one in reviews if one.reviewer_id)]
    return {
        "push": push,
        "reviews": reviews,
        "names": await library.names(db, people),
        "counts": counts,
        "total": total,
        "to_send": total - counts["skipped"],
        "reasons": await queries.reasons(db, push.id, employee_ids=visible),
        "progress": await queries_ledger.progress(db, push.id, employee_ids=visible),
        "sends": await queries_ledger.sends(db, push.id, employee_ids=visible, limit=20),
        "firings": fired,
        "waterfall": fired[0].waterfall if fired and visible is None else None,
        "branch_names": {b.id: b.name for b in await tenants.branches(db)},
        "states": push_desk.STATE_WORDS,
        "reason_word": push_desk.reason_word,
        "looks_again_seconds": LOOKS_AGAIN_SECONDS.get(push.state),
        "buttons": push_desk.buttons(push, me),
    }


@get("/console/pushes/{push_id:uuid}", guards=[May("pushes.view")], include_in_schema=False)
async def one_page(
    request: Request[Any, Any, Any], push_id: FromPath[UUID], db: Db, me: Me, bank: OurBank
) -> Template:
    """Show one push: what it says, to whom, and its ledger as it moves."""
    push = await queries.push(db, push_id)
    poster = None
    if push.template_id is not None:
        poster = await posters.template(db, push.template_id)
    return page(
        request,
        "console/push.html",
        **await _moving(db, push, me),
        item=await library.item(db, push.item_id),
        valid_until=(await library.revision(db, push.revision_id)).valid_until,
        poster=poster,
        whom=push_words.whom(push.expr),
        when=push_form.schedule_words(push, bank.zone),
        can_write=access.may(me.roles, "pushes.write"),
        can_reach=access.may(me.roles, "audiences.view"),
    )


@get("/console/pushes/{push_id:uuid}/live", guards=[May("pushes.view")], include_in_schema=False)
async def live_part(
    request: Request[Any, Any, Any], push_id: FromPath[UUID], db: Db, me: Me
) -> Template:
    """Return the moving part of a push's page, and its reviews to stand beside it."""
    push = await queries.push(db, push_id)
    moving = await _moving(db, push, me)
    return page(request, "console/_push_live.html", out_of_band=True, **moving)


@get(
    "/console/pushes/{push_id:uuid}/deliveries",
    guards=[May("pushes.ledger")],
    include_in_schema=False,
)
async def ledger_page(
    request: Request[Any, Any, Any],
    push_id: FromPath[UUID],
    db: Db,
    me: Me,
    in_state: InState = "",
    reason: FromQuery[str] = "",
    employee_id: FromQuery[UUID | None] = None,
    cursor: FromQuery[str] = "",
) -> Template:
    """Show the people behind a number."""
    push = await queries.push(db, push_id)
    which = await push_desk.wanted(db, me, state=in_state, reason=reason, employee_id=employee_id)
    found = await queries_ledger.ledger(
        db, push_id, which, after=push_desk.place_of(cursor), limit=LEDGER_PAGE + 1
    )
    kept = {"state": in_state, "reason": reason, "employee_id": str(employee_id or "")}
    visible = await push_desk.scope(db, me)
    return page(
        request,
        "console/push_ledger.html",
        push=push,
        rows=found[:LEDGER_PAGE],
        next_cursor=push_desk.cursor_of(found[LEDGER_PAGE - 1]) if len(found) > LEDGER_PAGE else "",
        kept=urlencode({name: value for name, value in kept.items() if value}),
        is_first=not cursor,
        state=in_state,
        reason=reason,
        employee=await tenants.staff(db, employee_id) if employee_id else None,
        counts=await queries.counts(db, push_id, employee_ids=visible),
        reasons=await queries.reasons(db, push_id, employee_ids=visible),
        states=push_desk.STATE_WORDS,
        reason_word=push_desk.reason_word,
        can_open=access.may(me.roles, "customers.view"),
    )


@get(
    "/console/pushes/{push_id:uuid}/deliveries/export",
    guards=[May("pushes.ledger")],
    include_in_schema=False,
)
async def export_ledger(
    push_id: FromPath[UUID],
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
    in_state: InState = "",
    reason: FromQuery[str] = "",
    employee_id: FromQuery[UUID | None] = None,
) -> Response[bytes]:
    """Return exactly what is filtered, as xlsx; taking it is an audit entry."""
    push = await queries.push(db, push_id)
    which = await push_desk.wanted(db, me, state=in_state, reason=reason, employee_id=employee_id)
    data = await push_desk.workbook(db, push, which, bank=bank, by=me, at=now)
    return sheets.download(data, f"{push.title}送达明细.xlsx")


def _button(action: str, permission: str, act: Callable[..., Awaitable[Any]]) -> Any:
    """Return the form handler of an action that takes nothing but the push."""

    @post(
        f"/console/pushes/{{push_id:uuid}}/{action}",
        guards=[May(permission)],
        include_in_schema=False,
    )
    async def handler(
        request: Request[Any, Any, Any], push_id: FromPath[UUID], db: Db, me: Me, now: Now
    ) -> Response[Any]:
        await push_desk.check_may(db, push_id, action, by=me)
        await act(db, push_id, by=me, at=now)
        return go(request, f"/console/pushes/{push_id}")

    return handler


@post(
    "/console/pushes/{push_id:uuid}/pause", guards=[May("pushes.control")], include_in_schema=False
)
async def pause(
    request: Request[Any, Any, Any],
    push_id: FromPath[UUID],
    data: URLEncodedBody[ReasonForm],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Stop a push, with the reason for the others."""
    await actions.pause(db, push_id, reason=data.reason, by=me, at=now)
    return go(request, f"/console/pushes/{push_id}")


@post(
    "/console/pushes/{push_id:uuid}/approve",
    guards=[May("reviews.decide")],
    include_in_schema=False,
)
async def approve(
    request: Request[Any, Any, Any],
    push_id: FromPath[UUID],
    data: URLEncodedBody[CommentForm],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Approve somebody else's push; it fires at its hour."""
    await push_desk.approve(db, push_id, comment=data.comment, by=me, at=now)
    return go(request, f"/console/pushes/{push_id}")


@post(
    "/console/pushes/{push_id:uuid}/return",
    guards=[May("reviews.decide")],
    include_in_schema=False,
)
async def give_back(
    request: Request[Any, Any, Any],
    push_id: FromPath[UUID],
    data: URLEncodedBody[CommentForm],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Return a push to its author with the reason."""
    await push_desk.give_back(db, push_id, comment=data.comment, by=me, at=now)
    return go(request, f"/console/pushes/{push_id}")


HANDLERS = [
    list_page,
    one_page,
    live_part,
    ledger_page,
    export_ledger,
    _button("submit", "pushes.write", actions.submit),
    _button("withdraw", "pushes.write", actions.withdraw),
    _button("resume", "pushes.control", actions.resume),
    _button("cancel", "pushes.control", actions.cancel),
    pause,
    approve,
    give_back,
]
