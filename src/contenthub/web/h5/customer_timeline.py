"""我的客户的往来: what happened with an employee's own customer, and a contact written down."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Template

from contenthub.customers import actions_contacts, queries
from contenthub.web import customer_timeline
from contenthub.web.console.customer_timeline import ContactForm, draft
from contenthub.web.deps import Db, Me, Now, OurBank
from contenthub.web.pages import go, page
from contenthub.web.signin import May

SHOWN = 12


@get(
    "/m/customers/{customer_id:uuid}/timeline",
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
    """Return the newest of what happened with an own customer, and what to talk about next."""
    found = await queries.customer(db, customer_id, owner_ids={me.id})
    story = await customer_timeline.story(db, found, bank, at=now)
    return page(request, "h5/_customer_timeline.html", story=story, shown=SHOWN)


@post(
    "/m/customers/{customer_id:uuid}/contacts",
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
    """Write a contact with an own customer down."""
    found = await queries.customer(db, customer_id, owner_ids={me.id}, lock=True)
    await actions_contacts.record_contact(db, found, draft(data), by=me, at=now)
    return go(request, f"/m/customers/{customer_id}")


HANDLERS = [timeline, record_contact]
