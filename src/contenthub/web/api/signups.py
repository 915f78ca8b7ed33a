"""GET /signups, PATCH /signups/{id}, POST /signups/{id}/reveal."""

from datetime import datetime
from typing import Annotated, Any, TypeAlias
from uuid import UUID

import msgspec
from litestar import Response, Router, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody

from contenthub.db import Read
from contenthub.errors import Invalid
from contenthub.sharing import actions_amends, actions_signups, queries_signups, signupstates
from contenthub.sharing.queries_contacts import Wanted
from contenthub.sharing.queries_signups import SignupRow
from contenthub.tenants import queries as tenants
from contenthub.tenants.models import Bank, Staff
from contenthub.web import sheets, signup_lists
from contenthub.web.api.customers import RevealBody
from contenthub.web.api.leads import EXPORT_ROWS, Clear
from contenthub.web.deps import Db, InState, Me, Now, OurBank, keep_answer
from contenthub.web.keyset import id_of, page_size
from contenthub.web.openapi import answers
from contenthub.web.signin import May


class SignupView(msgspec.Struct, kw_only=True):
    """A sign-up for an activity, or a claim of a right; name and phone are masked."""

    id: UUID
    name: str
    phone: str
    state: Annotated[str, msgspec.Meta(examples=["confirmed"])]
    state_label: Annotated[str, msgspec.Meta(examples=["已确认"])]
    moves: Annotated[list[str], msgspec.Meta(examples=[["attended", "absent", "cancelled"]])]
    is_off: bool
    """Whether what was signed up for is recalled: the customer has to be told."""
    change: Annotated[str, msgspec.Meta(examples=["地点：城关支行 → 文化广场"])]
    """What is new of time or place since this customer read of it and was not told; else empty."""
    note: str
    answers: dict[str, Any]
    seats: int
    """How many come, the customer among them; each takes a place. 1 for a right."""
    claim_no: int
    """Of a right, which piece of this person's; 1 of an activity."""
    item_id: UUID
    item_title: Annotated[str, msgspec.Meta(examples=["反诈与反假币讲座"])]
    starts_at: Annotated[str, msgspec.Meta(examples=["2026-12-10 09:00"])]
    """When the activity begins, a wall-clock text of the bank's zone; empty for a right."""
    employee_id: UUID
    employee_name: str
    branch_name: str
    link_code: str
    level: int
    """1 when the employee's own link brought it, 2 when a customer had shared it on, …"""
    created_at: datetime
    updated_at: datetime
    attended_at: datetime | None


class SignupPage(msgspec.Struct):
    """One page of sign-ups."""

    items: list[SignupView]
    next_cursor: str | None


Said: TypeAlias = dict[str, str | int | None]


class SignupPatch(msgspec.Struct, forbid_unknown_fields=True):
    """The new state, a note, how many come and other answers; what is not sent stays."""

    state: Annotated[str, msgspec.Meta(examples=["confirmed"])] | None = None
    note: str | None = None
    answers: Annotated[Said, msgspec.Meta(examples=[{"people": 4, "remark": "要轮椅"}])] | None = (
        None
    )
    """By name: people, branch, visit_on, remark, as the activity asks; null takes one away."""


def view_of(row: SignupRow, *, bank: Bank, at: datetime) -> SignupView:
    """Return what the API shows of a sign-up."""
    signup, kind = row.signup, row.item.kind
    return SignupView(
        id=signup.id,
        name=signup.name_masked,
        phone=signup.phone_masked,
        state=signup.state,
        state_label=signupstates.label(signup.state, kind),
        moves=list(row.moves(zone=bank.zone, at=at)),
        is_off=row.is_off,
        change=row.change,
        note=signup.note,
        seats=signup.seats,
        answers=signup.answers,
        claim_no=signup.claim_no,
        item_id=signup.item_id,
        item_title=row.title,
        starts_at=row.starts_at,
        employee_id=signup.employee_id,
        employee_name=row.employee.name,
        branch_name=row.branch.name,
        link_code=row.link.code,
        level=len(row.link.path) + 1,
        created_at=signup.created_at,
        updated_at=signup.updated_at,
        attended_at=signup.attended_at,
    )


@get(
    "/signups",
    guards=[May("leads.view")],
    summary="报名列表（活动报名、权益领取）",
    tags=["leads"],
    responses=answers(SignupPage),
    opt=sheets.AS_SHEET_TOO,
)
async def list_signups(
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
    in_state: InState = "",
    item_id: FromQuery[UUID | None] = None,
    employee_id: FromQuery[UUID | None] = None,
    branch_id: FromQuery[UUID | None] = None,
    to_call: FromQuery[bool] = False,
    to_tell: FromQuery[bool] = False,
    cursor: FromQuery[str] = "",
    limit: FromQuery[int] = 50,
    format: FromQuery[str] = "json",
) -> Response[Any]:
    """Return sign-ups of the caller's data scope, newest first; masked also in the file.

    `to_call` keeps those still open for what is recalled, `to_tell` those whose activity has
    another time or place now: whom somebody has to call.
    """
    wanted = await signup_lists.wanted_of(
        db,
        me,
        state=in_state,
        item_id=item_id,
        employee_id=employee_id,
        branch_id=branch_id,
        to_call=to_call,
        to_tell=to_tell,
    )
    limit = page_size(limit)
    size = EXPORT_ROWS if format == "xlsx" else limit
    rows = await queries_signups.signups(db, wanted, before=id_of(cursor), limit=size + 1)
    if format == "xlsx":
        data = signup_lists.workbook(rows[:size], bank=bank, by=me, at=now)
        return sheets.download(data, "报名.xlsx")
    views = [view_of(row, bank=bank, at=now) for row in rows[:size]]
    more = str(views[-1].id) if len(rows) > size else None
    return Response(SignupPage(views, more))


@patch(
    "/signups/{signup_id:uuid}",
    guards=[May("leads.write")],
    summary="跟进报名：确认、登记到场、取消；替客户改人数和信息",
    tags=["leads"],
)
async def follow_up_signup(
    signup_id: FromPath[UUID], data: JSONBody[SignupPatch], db: Db, me: Me, bank: OurBank, now: Now
) -> SignupView:
    """Move a sign-up to another state, keep a note, or change its party for who calls.

    Answers are read before the state moves; more people than places are left is refused.
    """
    if data.answers is not None:
        said = {name: "" if each is None else str(each) for name, each in data.answers.items()}
        try:
            await actions_amends.amend_signup(db, signup_id, said, by=me, at=now)
        except Invalid as error:
            named = {f"answers.{name}": why for name, why in error.fields.items()}
            raise Invalid(fields=named) from error
    if data.answers is None or data.state is not None or data.note is not None:
        await actions_signups.advance_signup(
            db, signup_id, state=data.state, note=data.note, by=me, at=now
        )
    return await _view(db, signup_id, me, bank=bank, at=now)


@post(
    "/signups/{signup_id:uuid}/told",
    guards=[May("leads.write")],
    status_code=200,
    summary="登记：已把时间或地点的变更告诉客户",
    tags=["leads"],
)
async def tell_signup(
    signup_id: FromPath[UUID], db: Db, me: Me, bank: OurBank, now: Now
) -> SignupView:
    """Note that the customer knows the new time or place; `change` is empty from then on."""
    await actions_signups.tell_change(db, signup_id, by=me, at=now)
    return await _view(db, signup_id, me, bank=bank, at=now)


@post(
    "/signups/{signup_id:uuid}/untold",
    guards=[May("leads.write")],
    status_code=200,
    summary="撤销登记：客户还没有被告知时间或地点的变更",
    tags=["leads"],
)
async def untell_signup(
    signup_id: FromPath[UUID], db: Db, me: Me, bank: OurBank, now: Now
) -> SignupView:
    """Take a tick of `told` back; `change` says again what the customer has to be told."""
    await actions_signups.untell_change(db, signup_id, by=me, at=now)
    return await _view(db, signup_id, me, bank=bank, at=now)


async def _view(db: Read, signup_id: UUID, me: Staff, *, bank: Bank, at: datetime) -> SignupView:
    visible = await tenants.visible_staff_ids(db, me)
    row = await queries_signups.signup_row(db, signup_id, Wanted(visible))
    return view_of(row, bank=bank, at=at)


@post(
    "/signups/{signup_id:uuid}/reveal",
    guards=[May("leads.write")],
    status_code=200,
    summary="查看报名人的完整姓名和手机号（写明原因，留痕）",
    tags=["leads"],
    opt={"idempotent": False},
)
async def reveal_signup(
    signup_id: FromPath[UUID], data: JSONBody[RevealBody], db: Db, me: Me, now: Now
) -> Clear:
    """Return name and phone in clear; at most 60 looks an hour, each in the audit trail."""
    name, phone = await actions_signups.reveal_phone(
        db, signup_id, reason=data.reason, by=me, at=now
    )
    return Clear(name, phone)


HANDLERS = [
    Router(
        "/api/v1",
        route_handlers=[list_signups, follow_up_signup, tell_signup, untell_signup, reveal_signup],
        after_request=keep_answer,
    )
]
