"""线索: who left a number, and following them up."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Template

from contenthub.sharing import actions_leads, leadstates, queries_leads
from contenthub.sharing.queries_contacts import Wanted
from contenthub.tenants import access, reveals
from contenthub.tenants import queries as tenants
from contenthub.web.contact_desk import ReasonForm
from contenthub.web.deps import Db, InState, Me, Now
from contenthub.web.pages import go, page
from contenthub.web.signin import May

PAGE = 30


@dataclass
class FollowForm:
    """What the follow-up form sends."""

    state: str = ""
    note: str = ""


@get("/console/leads", guards=[May("leads.view")], include_in_schema=False)
async def leads_page(
    request: Request[Any, Any, Any],
    db: Db,
    me: Me,
    in_state: InState = "",
    cursor: FromQuery[UUID | None] = None,
) -> Template:
    """Show the leads of the person's data scope, masked."""
    visible = await tenants.visible_staff_ids(db, me)
    wanted = Wanted(visible, state=in_state if in_state in leadstates.LABELS else "")
    rows = await queries_leads.leads(db, wanted, before=cursor, limit=PAGE + 1)
    counts = await queries_leads.lead_counts(db, visible)
    tabs = [("全部", "/console/leads", not wanted.state, sum(counts.values()))]
    tabs += [
        (label, f"/console/leads?state={slug}", wanted.state == slug, counts.get(slug, 0))
        for slug, label in leadstates.LABELS.items()
    ]
    return page(
        request,
        "console/leads.html",
        rows=rows[:PAGE],
        next_cursor=str(rows[PAGE - 1].lead.id) if len(rows) > PAGE else None,
        is_first=cursor is None,
        tabs=tabs,
        kept=urlencode({"state": wanted.state} if wanted.state else {}),
        export_url="/api/v1/leads?" + urlencode({"format": "xlsx", "state": wanted.state}),
    )


@get("/console/leads/{lead_id:uuid}", guards=[May("leads.view")], include_in_schema=False)
async def lead_page(
    request: Request[Any, Any, Any], lead_id: FromPath[UUID], db: Db, me: Me
) -> Template:
    """Show one lead, how it came, and what may be done with it."""
    visible = await tenants.visible_staff_ids(db, me)
    row = await queries_leads.lead_row(db, lead_id, Wanted(visible))
    return page(
        request,
        "console/lead.html",
        row=row,
        moves=[(slug, leadstates.LABELS[slug]) for slug in leadstates.moves(row.lead.state)],
        may_write=access.may(me.roles, "leads.write"),
        reasons=reveals.REASONS,
    )


@post(
    "/console/leads/{lead_id:uuid}/follow-up", guards=[May("leads.write")], include_in_schema=False
)
async def follow_up(
    request: Request[Any, Any, Any],
    lead_id: FromPath[UUID],
    data: URLEncodedBody[FollowForm],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Move a lead on and keep the note."""
    await actions_leads.advance_lead(
        db, lead_id, state=data.state or None, note=data.note, by=me, at=now
    )
    return go(request, f"/console/leads/{lead_id}")


@post(
    "/console/leads/{lead_id:uuid}/reveal",
    guards=[May("leads.write")],
    status_code=200,
    include_in_schema=False,
)
async def reveal(
    request: Request[Any, Any, Any],
    lead_id: FromPath[UUID],
    data: URLEncodedBody[ReasonForm],
    db: Db,
    me: Me,
    now: Now,
) -> Template:
    """Show the number in clear; the look is written to the audit trail."""
    name, phone = await actions_leads.reveal_phone(db, lead_id, reason=data.reason, by=me, at=now)
    answer = page(request, "console/_lead_phone.html", name=name, phone=phone)
    answer.headers["Cache-Control"] = "no-store"
    return answer


HANDLERS = [leads_page, lead_page, follow_up, reveal]
