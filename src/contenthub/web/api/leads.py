"""GET /leads, PATCH /leads/{id}, POST /leads/{id}/reveal."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, Router, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody

from contenthub.sharing import actions_leads, leadstates, queries_leads
from contenthub.sharing.queries_contacts import Wanted
from contenthub.sharing.queries_leads import LeadRow
from contenthub.tenants import queries as tenants
from contenthub.web import sheets
from contenthub.web.api.customers import RevealBody
from contenthub.web.deps import Db, InState, Me, Now, OurBank, keep_answer
from contenthub.web.keyset import id_of, page_size
from contenthub.web.openapi import answers
from contenthub.web.signin import May

EXPORT_ROWS = 10_000


class LeadView(msgspec.Struct, kw_only=True):
    """A lead; name and phone are masked."""

    id: UUID
    name: str
    phone: str
    state: str
    state_label: str
    moves: list[str]
    note: str
    item_id: UUID
    item_title: str
    employee_id: UUID
    employee_name: str
    branch_name: str
    link_code: str
    level: int
    """1 when the employee's own link brought it, 2 when a customer had shared it on, …"""
    created_at: datetime
    updated_at: datetime


class LeadPage(msgspec.Struct):
    """One page of leads."""

    items: list[LeadView]
    next_cursor: str | None


class LeadPatch(msgspec.Struct, forbid_unknown_fields=True):
    """The new state, the new note, or both."""

    state: Annotated[str, msgspec.Meta(examples=["contacted"])] | None = None
    note: str | None = None


class Clear(msgspec.Struct):
    """The name and phone in clear, as typed."""

    name: str
    phone: str


def view_of(row: LeadRow) -> LeadView:
    """Return what the API shows of a lead."""
    lead = row.lead
    return LeadView(
        id=lead.id,
        name=lead.name_masked,
        phone=lead.phone_masked,
        state=lead.state,
        state_label=leadstates.LABELS[lead.state],
        moves=list(leadstates.moves(lead.state)),
        note=lead.note,
        item_id=lead.item_id,
        item_title=row.item.title,
        employee_id=lead.employee_id,
        employee_name=row.employee.name,
        branch_name=row.branch.name,
        link_code=row.link.code,
        level=len(row.link.path) + 1,
        created_at=lead.created_at,
        updated_at=lead.updated_at,
    )


@get(
    "/leads",
    guards=[May("leads.view")],
    summary="线索列表",
    tags=["leads"],
    responses=answers(LeadPage),
    opt=sheets.AS_SHEET_TOO,
)
async def list_leads(
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
    in_state: InState = "",
    item_id: FromQuery[UUID | None] = None,
    employee_id: FromQuery[UUID | None] = None,
    cursor: FromQuery[str] = "",
    limit: FromQuery[int] = 50,
    format: FromQuery[str] = "json",
) -> Response[Any]:
    """Return leads of the caller's data scope, newest first; masked also in the file."""
    visible = await tenants.visible_staff_ids(db, me)
    wanted = Wanted(visible, state=in_state, item_id=item_id, employee_id=employee_id)
    limit = page_size(limit)
    size = EXPORT_ROWS if format == "xlsx" else limit
    rows = await queries_leads.leads(db, wanted, before=id_of(cursor), limit=size + 1)
    views = [view_of(row) for row in rows[:size]]
    if format == "xlsx":
        columns = ["时间", "称呼", "手机号", "状态", "素材", "客户经理", "机构", "层级", "备注"]
        cells = [
            [v.created_at, v.name, v.phone, v.state_label, v.item_title, v.employee_name,
             v.branch_name, v.level, v.note]
            for v in views
        ]  # fmt: skip
        data = sheets.xlsx("线索", columns, cells, by=me.name, at=now, zone=bank.zone)
        return sheets.download(data, "线索.xlsx")
    more = str(views[-1].id) if len(rows) > size else None
    return Response(LeadPage(views, more))


@patch("/leads/{lead_id:uuid}", guards=[May("leads.write")], summary="跟进线索", tags=["leads"])
async def follow_up(
    lead_id: FromPath[UUID], data: JSONBody[LeadPatch], db: Db, me: Me, now: Now
) -> LeadView:
    """Move a lead to another state, or keep a note about it."""
    await actions_leads.advance_lead(db, lead_id, state=data.state, note=data.note, by=me, at=now)
    visible = await tenants.visible_staff_ids(db, me)
    return view_of(await queries_leads.lead_row(db, lead_id, Wanted(visible)))


@post(
    "/leads/{lead_id:uuid}/reveal",
    guards=[May("leads.write")],
    status_code=200,
    summary="查看完整手机号（写明原因，留痕）",
    tags=["leads"],
    opt={"idempotent": False},
)
async def reveal(
    lead_id: FromPath[UUID], data: JSONBody[RevealBody], db: Db, me: Me, now: Now
) -> Clear:
    """Return name and phone in clear; at most 60 looks an hour, each in the audit trail."""
    name, phone = await actions_leads.reveal_phone(db, lead_id, reason=data.reason, by=me, at=now)
    return Clear(name, phone)


HANDLERS = [
    Router("/api/v1", route_handlers=[list_leads, follow_up, reveal], after_request=keep_answer)
]
