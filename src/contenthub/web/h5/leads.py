"""新留资: an employee's own leads on the phone: how they came, call back, move on."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Template

from contenthub.db import Read
from contenthub.sharing import actions_leads, leadstates, queries_leads
from contenthub.sharing.queries_contacts import Wanted
from contenthub.sharing.queries_leads import LeadRow
from contenthub.tenants import reveals
from contenthub.tenants.models import Staff
from contenthub.web.contact_desk import ReasonForm, StateForm, in_clear
from contenthub.web.deps import Db, Me, Now
from contenthub.web.pages import go, page
from contenthub.web.signin import May

BUTTONS = {
    "contacted": ("已联系", "check"),
    "won": ("已办理", "trophy"),
    "lost": ("无效", "circle-x"),
}
"""What an employee does with a lead; handing it to another is the office's."""


async def _own(db: Read, lead_id: UUID, me: Staff) -> LeadRow:
    return await queries_leads.lead_row(db, lead_id, Wanted({me.id}))


def buttons(state: str) -> list[tuple[str, str, str]]:
    """Return (state, label, icon) of the buttons a lead in `state` has on the phone."""
    return [(to, *BUTTONS[to]) for to in leadstates.moves(state) if to in BUTTONS]


@get("/m/leads/{lead_id:uuid}", guards=[May("leads.view")], include_in_schema=False)
async def lead_page(
    request: Request[Any, Any, Any], lead_id: FromPath[UUID], db: Db, me: Me
) -> Template:
    """Show one lead of the employee's own."""
    row = await _own(db, lead_id, me)
    return page(request, "h5/lead.html", **_shown(row))


@post(
    "/m/leads/{lead_id:uuid}/call",
    guards=[May("leads.write")],
    status_code=200,
    include_in_schema=False,
)
async def call_lead(
    request: Request[Any, Any, Any],
    lead_id: FromPath[UUID],
    data: URLEncodedBody[ReasonForm],
    db: Db,
    me: Me,
    now: Now,
) -> Template:
    """Show the number to dial; the look is written to the audit trail."""
    row = await _own(db, lead_id, me)
    name, phone = await actions_leads.reveal_phone(db, lead_id, reason=data.reason, by=me, at=now)
    return in_clear(request, "h5/lead.html", _shown(row) | {"name": name, "phone": phone})


@post("/m/leads/{lead_id:uuid}/state", guards=[May("leads.write")], include_in_schema=False)
async def move_lead(
    request: Request[Any, Any, Any],
    lead_id: FromPath[UUID],
    data: URLEncodedBody[StateForm],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Write down what became of a lead."""
    await _own(db, lead_id, me)
    wanted = data.state if data.state in BUTTONS else "?"
    await actions_leads.advance_lead(db, lead_id, state=wanted, note=None, by=me, at=now)
    return go(request, f"/m/leads/{lead_id}")


def _shown(row: LeadRow) -> dict[str, Any]:
    return {
        "row": row,
        "buttons": buttons(row.lead.state),
        "name": "",
        "phone": "",
        "reasons": reveals.REASONS,
    }


HANDLERS = [lead_page, call_lead, move_lead]
