"""智能匹配: which of an employee's customers may want which product, why, and a task of it."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Template

from contenthub.customers.scoring import SCORED
from contenthub.tenants import queries as tenants
from contenthub.web import matching_desk
from contenthub.web.api.customer_rights import in_reach
from contenthub.web.deps import Db, Me, Now, OurBank
from contenthub.web.pages import go, page
from contenthub.web.scope_choices import chosen_id
from contenthub.web.signin import May

HERE = "/console/matching"


@get(HERE, guards=[May("customers.view")], include_in_schema=False)
async def matching_page(
    request: Request[Any, Any, Any],
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
    employee_id: FromQuery[str] = "",
    topic: FromQuery[str] = "",
    item_id: FromQuery[UUID | None] = None,
) -> Template:
    """Show an employee's customers who may want something, of a topic or an item only."""
    owners = await matching_desk.owners(db, me)
    names = await tenants.staff_names(db, [owner for owner, _ in owners])
    asked = chosen_id(employee_id, "employee_id")
    employee = await matching_desk.employee_of(db, me, asked, owners)
    found = None
    if employee is not None:
        found = await matching_desk.matches(
            db, employee, bank, topic=topic, item_id=item_id, limit=matching_desk.SHOWN, at=now
        )
    return page(
        request,
        "console/matching.html",
        found=found,
        employee=employee,
        choices=[(str(one), f"{names.get(one, '')}（{count} 位）") for one, count in owners],
        topics=[("", "全部业务"), *SCORED.items()],
        topic=topic,
        item_id=item_id,
    )


@post(
    "/console/customers/{customer_id:uuid}/needs",
    guards=[May("customers.write")],
    include_in_schema=False,
)
async def take_up(
    request: Request[Any, Any, Any],
    customer_id: FromPath[UUID],
    data: URLEncodedBody[matching_desk.NeedForm],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Make a match a task of whoever serves the customer."""
    customer = await in_reach(db, customer_id, me, lock=True)
    await matching_desk.take_up(db, customer, data.topic, by=me, at=now)
    kept = {"employee_id": str(customer.owner_id)} if customer.owner_id else {}
    return go(request, f"{HERE}?{urlencode(kept)}")


HANDLERS = [matching_page, take_up]
