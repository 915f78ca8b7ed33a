"""客户时间线: what happened with one customer, and a contact written down."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Template

from contenthub.customers import actions_contacts
from contenthub.customers.contacts import ContactDraft
from contenthub.errors import Invalid
from contenthub.web import customer_timeline
from contenthub.web.api.customer_rights import in_reach
from contenthub.web.deps import Db, Me, Now, OurBank
from contenthub.web.pages import go, page
from contenthub.web.signin import May


@dataclass
class ContactForm:
    """A contact as a page sends it: the day may be left out, a box not ticked sends nothing."""

    way: str = ""
    note: str = ""
    on: str = ""
    missed: str = ""


def draft(form: ContactForm) -> ContactDraft:
    """Return the contact of a form. Raises Invalid (`on`) for what is no day."""
    try:
        on = date.fromisoformat(form.on) if form.on else None
    except ValueError as wrong:
        raise Invalid.of("on", "日期应写成 2026-11-02，今天联系的请不要填") from wrong
    return ContactDraft(form.way, form.note, not form.missed, on)


@get(
    "/console/customers/{customer_id:uuid}/timeline",
    guards=[May("customers.view")],
    include_in_schema=False,
)
async def timeline(
    request: Request[Any, Any, Any],
    customer_id: FromPath[UUID],
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
) -> Template:
    """Return what a customer's page shows of what happened."""
    found = await in_reach(db, customer_id, me)
    story = await customer_timeline.story(db, found, bank, at=now)
    return page(request, "console/_customer_timeline.html", story=story)


@post(
    "/console/customers/{customer_id:uuid}/contacts",
    guards=[May("customers.write")],
    include_in_schema=False,
)
async def record_contact(
    request: Request[Any, Any, Any],
    customer_id: FromPath[UUID],
    data: URLEncodedBody[ContactForm],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Write a contact down."""
    found = await in_reach(db, customer_id, me, lock=True)
    await actions_contacts.record_contact(db, found, draft(data), by=me, at=now)
    return go(request, f"/console/customers/{customer_id}")


HANDLERS = [timeline, record_contact]
