"""报名: who signed up for an activity or claimed a right, confirming them, noting who came."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Template

from contenthub.db import Read
from contenthub.library import queries as library
from contenthub.library.models import Item
from contenthub.sharing import (
    actions_amends,
    actions_signups,
    queries_claims,
    queries_signups,
    signupstates,
)
from contenthub.sharing import queries as sharing
from contenthub.sharing.queries_contacts import Wanted
from contenthub.sharing.queries_signups import SignupRow
from contenthub.tenants import access, reveals
from contenthub.tenants import queries as tenants
from contenthub.tenants.models import Bank, Staff
from contenthub.web import signup_desk, signup_lists
from contenthub.web.contact_desk import ReasonForm
from contenthub.web.deps import Db, InState, Me, Now, OurBank
from contenthub.web.pages import go, page
from contenthub.web.scope_choices import branch_options, chosen_id
from contenthub.web.signin import May
from contenthub.web.signup_desk import AnswersForm

HERE = "/console/signups"
PAGE = 30

Counts: TypeAlias = list[tuple[Item, int]]
"""Items, each with how many customers wait to be told something of it."""


@dataclass
class FollowForm:
    """What the follow-up form, or a button of the list, sends."""

    state: str = ""
    note: str | None = None
    back: str = ""


async def _choices(db: Read, me: Staff, wanted: Wanted) -> dict[str, Any]:
    items = await queries_signups.items_with_signups(db, wanted.visible)
    return {
        "branch_options": await branch_options(db, me, wanted.visible),
        "item_options": [("", "全部活动和权益"), *((str(i), title) for i, title in items)],
    }


def moves_of(row: SignupRow, *, bank: Bank, at: datetime) -> list[tuple[str, str]]:
    """Return (state, what the button says) of where a sign-up may go now."""
    return [(to, row.action(to)) for to in row.moves(zone=bank.zone, at=at)]


def _tabs(
    kept: dict[str, str],
    wanted: Wanted,
    counts: dict[str, int],
    *,
    off: Counts,
    changed: Counts,
) -> list[tuple[str, str, bool, int]]:
    """Return the tabs of the list: every state, and whom to call while there is anybody."""

    def at(**more: str) -> str:
        return f"{HERE}?" + urlencode({**kept, "state": "", **more})

    is_all = not (wanted.state or wanted.to_call or wanted.to_tell)
    tabs = [("全部", at(), is_all, sum(counts.values()))]
    for label, name, is_on, found in (
        ("已下架待通知", "to_call", wanted.to_call, off),
        ("变更待通知", "to_tell", wanted.to_tell, changed),
    ):
        if found or is_on:
            tabs.append((label, at(**{name: "true"}), is_on, sum(n for _, n in found)))
    return tabs + [
        (label, at(state=slug), wanted.state == slug, counts.get(slug, 0))
        for slug, label in signupstates.LABELS.items()
    ]


async def _to_be_told(db: Read, wanted: Wanted) -> tuple[Counts, Counts]:
    """Return what is recalled and what changed, each with how many customers do not know it."""
    off = await queries_signups.to_call_counts(db, wanted)
    return off, await queries_signups.to_tell_counts(db, wanted)


async def _room(
    db: Read, item_id: UUID | None, *, bank: Bank, at: datetime
) -> tuple[int, int | None] | None:
    """Return how many places of the one activity shown are taken and left, None of any other."""
    if item_id is None:
        return None
    item = await library.item(db, item_id)
    shown = await library.last_shown(db, item)
    if item.kind != "activity" or shown is None:
        return None
    left = await sharing.places_left(db, item_id, shown.fields, zone=bank.zone, at=at)
    return await sharing.seats_taken(db, item_id), left


@get(HERE, guards=[May("leads.view")], include_in_schema=False)
async def signups_page(
    request: Request[Any, Any, Any],
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
    in_state: InState = "",
    item_id: FromQuery[str] = "",
    branch_id: FromQuery[str] = "",
    to_call: FromQuery[bool] = False,
    to_tell: FromQuery[bool] = False,
    cursor: FromQuery[UUID | None] = None,
) -> Template:
    """Show the sign-ups of the person's data scope, masked."""
    wanted = await signup_lists.wanted_of(
        db,
        me,
        state=in_state if in_state in signupstates.LABELS and not (to_call or to_tell) else "",
        to_call=to_call,
        to_tell=to_tell,
        item_id=chosen_id(item_id, "item_id"),
        branch_id=chosen_id(branch_id, "branch_id"),
    )
    rows = await queries_signups.signups(db, wanted, before=cursor, limit=PAGE + 1)
    named = (("item_id", item_id), ("branch_id", branch_id), ("state", wanted.state))
    kept = {name: value for name, value in named if value}
    off, changed = await _to_be_told(db, wanted)
    counts = await queries_signups.signup_counts(db, wanted)
    tabs = _tabs(kept, wanted, counts, off=off, changed=changed)
    kept |= {"to_call": "true"} if to_call else {"to_tell": "true"} if to_tell else {}
    return page(
        request,
        "console/signups.html",
        rows=[(row, moves_of(row, bank=bank, at=now)) for row in rows[:PAGE]],
        label_of=signupstates.label,
        off=off,
        changed=changed,
        room=await _room(db, wanted.item_id, bank=bank, at=now),
        to_be_told=[name for name in ("to_call", "to_tell") if name in kept],
        next_cursor=str(rows[PAGE - 1].signup.id) if len(rows) > PAGE else None,
        is_first=cursor is None,
        tabs=tabs,
        kept=urlencode(kept),
        state=wanted.state,
        item_id=item_id,
        branch_id=branch_id,
        may_write=access.may(me.roles, "leads.write"),
        export_url="/api/v1/signups?" + urlencode({**kept, "format": "xlsx"}),
        **await _choices(db, me, wanted),
    )


@get(f"{HERE}/{{signup_id:uuid}}", guards=[May("leads.view")], include_in_schema=False)
async def signup_page(
    request: Request[Any, Any, Any],
    signup_id: FromPath[UUID],
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
) -> Template:
    """Show one sign-up, how it came, and what may be done with it."""
    visible = await tenants.visible_staff_ids(db, me)
    row = await queries_signups.signup_row(db, signup_id, Wanted(visible))
    return page(
        request,
        "console/signup.html",
        row=row,
        stand=await queries_claims.standing_of(db, row, zone=bank.zone, at=now),
        label_of=signupstates.label,
        moves=moves_of(row, bank=bank, at=now),
        **await signup_desk.changeable(db, row),
        may_write=access.may(me.roles, "leads.write"),
        reasons=reveals.REASONS,
    )


@post(f"{HERE}/{{signup_id:uuid}}/follow-up", guards=[May("leads.write")], include_in_schema=False)
async def follow_up(
    request: Request[Any, Any, Any],
    signup_id: FromPath[UUID],
    data: URLEncodedBody[FollowForm],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Move a sign-up on and keep the note; a button of the list comes back to the list."""
    await actions_signups.advance_signup(
        db, signup_id, state=data.state or None, note=data.note, by=me, at=now
    )
    return _back(request, signup_id, data)


@post(f"{HERE}/{{signup_id:uuid}}/told", guards=[May("leads.write")], include_in_schema=False)
async def tell_change(
    request: Request[Any, Any, Any],
    signup_id: FromPath[UUID],
    data: URLEncodedBody[FollowForm],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Tick a customer off who was told of the new time or place."""
    await actions_signups.tell_change(db, signup_id, by=me, at=now)
    return _back(request, signup_id, data)


@post(f"{HERE}/{{signup_id:uuid}}/untold", guards=[May("leads.write")], include_in_schema=False)
async def untell_change(
    request: Request[Any, Any, Any], signup_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Take the tick back: the customer waits to be told once more."""
    await actions_signups.untell_change(db, signup_id, by=me, at=now)
    return go(request, f"{HERE}/{signup_id}")


@post(f"{HERE}/{{signup_id:uuid}}/answers", guards=[May("leads.write")], include_in_schema=False)
async def change_answers(
    request: Request[Any, Any, Any],
    signup_id: FromPath[UUID],
    data: URLEncodedBody[AnswersForm],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Change how many come, or another answer, for the customer who calls."""
    await actions_amends.amend_signup(db, signup_id, data.said(), by=me, at=now)
    return go(request, f"{HERE}/{signup_id}")


def _back(request: Request[Any, Any, Any], signup_id: UUID, data: FollowForm) -> Response[Any]:
    is_list = data.back.startswith(f"{HERE}?")
    return go(request, data.back if is_list else f"{HERE}/{signup_id}")


@post(
    f"{HERE}/{{signup_id:uuid}}/reveal",
    guards=[May("leads.write")],
    status_code=200,
    include_in_schema=False,
)
async def reveal(
    request: Request[Any, Any, Any],
    signup_id: FromPath[UUID],
    data: URLEncodedBody[ReasonForm],
    db: Db,
    me: Me,
    now: Now,
) -> Template:
    """Show the number in clear; the look is written to the audit trail."""
    name, phone = await actions_signups.reveal_phone(
        db, signup_id, reason=data.reason, by=me, at=now
    )
    answer = page(request, "console/_lead_phone.html", name=name, phone=phone)
    answer.headers["Cache-Control"] = "no-store"
    return answer


HANDLERS = [
    signups_page,
    signup_page,
    follow_up,
    tell_change,
    untell_change,
    change_answers,
    reveal,
]
