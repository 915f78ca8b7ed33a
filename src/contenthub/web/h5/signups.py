"""报名: an employee's own sign-ups on the phone: who comes, confirm them, note who came."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Template

from contenthub.db import Read
from contenthub.sharing import (
    actions_amends,
    actions_signups,
    queries_claims,
    queries_signups,
    signupstates,
)
from contenthub.sharing.queries_contacts import Wanted
from contenthub.sharing.queries_signups import SignupRow
from contenthub.tenants import reveals
from contenthub.tenants.models import Bank, Staff
from contenthub.web import signup_desk
from contenthub.web.contact_desk import ReasonForm, StateForm, in_clear
from contenthub.web.deps import Db, InState, Me, Now, OurBank
from contenthub.web.pages import go, page
from contenthub.web.signin import May
from contenthub.web.signup_desk import AnswersForm

PAGE = 30
_ICONS = {"confirmed": "phone-call", "attended": "check", "absent": "user-off", "cancelled": "ban"}


async def _own(db: Read, signup_id: UUID, me: Staff) -> SignupRow:
    return await queries_signups.signup_row(db, signup_id, Wanted({me.id}))


def buttons(row: SignupRow, *, bank: Bank, at: datetime) -> list[tuple[str, str, str]]:
    """Return (state, label, icon) of the buttons a sign-up has on the phone now."""
    undo = row.signup.state in signupstates.OUTCOMES
    return [
        (to, row.action(to), "arrow-back-up" if undo and to == "confirmed" else _ICONS[to])
        for to in row.moves(zone=bank.zone, at=at)
    ]


@get("/m/signups", guards=[May("leads.view")], include_in_schema=False)
async def signups_page(
    request: Request[Any, Any, Any],
    db: Db,
    me: Me,
    in_state: InState = "",
    to_call: FromQuery[bool] = False,
    to_tell: FromQuery[bool] = False,
    cursor: FromQuery[UUID | None] = None,
) -> Template:
    """Show the employee's own sign-ups, newest first.

    `to_call` shows those of what is recalled, `to_tell` those whose time or place changed.
    """
    state = in_state if in_state in signupstates.LABELS and not (to_call or to_tell) else ""
    wanted = Wanted({me.id}, state=state, to_call=to_call, to_tell=to_tell)
    rows = await queries_signups.signups(db, wanted, before=cursor, limit=PAGE + 1)
    counts = await queries_signups.signup_counts(db, wanted)
    waiting = sum(n for _, n in await queries_signups.to_call_counts(db, wanted))
    untold = sum(n for _, n in await queries_signups.to_tell_counts(db, wanted))
    is_all = not (state or to_call or to_tell)
    chips = [(f"全部 {sum(counts.values())}", "/m/signups", is_all)]
    if waiting or to_call:
        chips.append((f"已下架待通知 {waiting}", "/m/signups?to_call=true", to_call))
    if untold or to_tell:
        chips.append((f"变更待通知 {untold}", "/m/signups?to_tell=true", to_tell))
    chips += [
        (f"{label} {counts[slug]}", f"/m/signups?state={slug}", state == slug)
        for slug, label in signupstates.LABELS.items()
        if counts.get(slug) or slug == state
    ]
    return page(
        request,
        "h5/signups.html",
        rows=rows[:PAGE],
        label_of=signupstates.label,
        chips=chips,
        state=state,
        to_call=to_call,
        to_tell=to_tell,
        next_cursor=str(rows[PAGE - 1].signup.id) if len(rows) > PAGE else None,
    )


@get("/m/signups/{signup_id:uuid}", guards=[May("leads.view")], include_in_schema=False)
async def signup_page(
    request: Request[Any, Any, Any],
    signup_id: FromPath[UUID],
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
) -> Template:
    """Show one sign-up of the employee's own."""
    row = await _own(db, signup_id, me)
    return page(request, "h5/signup.html", **await _shown(db, row, bank=bank, at=now))


@post(
    "/m/signups/{signup_id:uuid}/call",
    guards=[May("leads.write")],
    status_code=200,
    include_in_schema=False,
)
async def call_signup(
    request: Request[Any, Any, Any],
    signup_id: FromPath[UUID],
    data: URLEncodedBody[ReasonForm],
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
) -> Template:
    """Show the number to dial; the look is written to the audit trail."""
    row = await _own(db, signup_id, me)
    name, phone = await actions_signups.reveal_phone(
        db, signup_id, reason=data.reason, by=me, at=now
    )
    values = await _shown(db, row, bank=bank, at=now) | {"name": name, "phone": phone}
    return in_clear(request, "h5/signup.html", values)


@post("/m/signups/{signup_id:uuid}/state", guards=[May("leads.write")], include_in_schema=False)
async def move_signup(
    request: Request[Any, Any, Any],
    signup_id: FromPath[UUID],
    data: URLEncodedBody[StateForm],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Write down what became of a sign-up."""
    await _own(db, signup_id, me)
    await actions_signups.advance_signup(db, signup_id, state=data.state, note=None, by=me, at=now)
    return go(request, f"/m/signups/{signup_id}")


@post("/m/signups/{signup_id:uuid}/told", guards=[May("leads.write")], include_in_schema=False)
async def tell_change(
    request: Request[Any, Any, Any], signup_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Tick a customer off who was told of the new time or place."""
    await _own(db, signup_id, me)
    await actions_signups.tell_change(db, signup_id, by=me, at=now)
    return go(request, f"/m/signups/{signup_id}")


@post("/m/signups/{signup_id:uuid}/untold", guards=[May("leads.write")], include_in_schema=False)
async def untell_change(
    request: Request[Any, Any, Any], signup_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Take the tick back: the customer waits to be told once more."""
    await _own(db, signup_id, me)
    await actions_signups.untell_change(db, signup_id, by=me, at=now)
    return go(request, f"/m/signups/{signup_id}")


@post("/m/signups/{signup_id:uuid}/answers", guards=[May("leads.write")], include_in_schema=False)
async def change_answers(
    request: Request[Any, Any, Any],
    signup_id: FromPath[UUID],
    data: URLEncodedBody[AnswersForm],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Change how many come, or another answer, for the customer who calls."""
    await _own(db, signup_id, me)
    await actions_amends.amend_signup(db, signup_id, data.said(), by=me, at=now)
    return go(request, f"/m/signups/{signup_id}")


async def _shown(db: Read, row: SignupRow, *, bank: Bank, at: datetime) -> dict[str, Any]:
    return {
        "row": row,
        "stand": await queries_claims.standing_of(db, row, zone=bank.zone, at=at),
        "buttons": buttons(row, bank=bank, at=at),
        **await signup_desk.changeable(db, row),
        "word": signupstates.label(row.signup.state, row.item.kind),
        "name": "",
        "phone": "",
        "reasons": reveals.REASONS,
    }


HANDLERS = [
    signups_page,
    signup_page,
    call_signup,
    move_signup,
    tell_change,
    untell_change,
    change_answers,
]
