"""智能匹配: which of an employee's customers may want which product, why, and a task of it."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Template

from contenthub.customers import queries_matching
from contenthub.customers.scoring import SCORED
from contenthub.db import Read
from contenthub.tenants import queries as tenants
from contenthub.tenants import queries_staff
from contenthub.tenants.models import Staff
from contenthub.web import matching_desk
from contenthub.web.api.customer_rights import in_reach
from contenthub.web.deps import Db, Me, Now, OurBank
from contenthub.web.pages import go, page
from contenthub.web.scope_choices import chosen_id
from contenthub.web.signin import May

HERE = "/console/matching"
SHOWN = 100


@dataclass
class NeedForm:
    """What a button of the list sends."""

    topic: str = ""


async def employee_of(db: Read, me: Staff, asked: UUID | None) -> tuple[Staff | None, list[Any]]:
    """Return the employee that was asked for, or the first one in reach, and who there is.

    Raises NotFound for somebody out of reach.
    """
    owners = await queries_matching.owners(db, within=await tenants.visible_staff_ids(db, me))
    names = await tenants.staff_names(db, [owner for owner, _ in owners])
    choices = [(str(one), f"{names.get(one, '')}（{count} 位）") for one, count in owners]
    if asked is not None:
        return await queries_staff.visible(db, asked, viewer=me), choices
    mine = [owner for owner, _ in owners if owner == me.id] or [owner for owner, _ in owners]
    return (await tenants.staff(db, mine[0]) if mine else None), choices


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
    employee, choices = await employee_of(db, me, chosen_id(employee_id, "employee_id"))
    found = None
    if employee is not None:
        found = await matching_desk.matches(
            db, employee, bank, topic=topic, item_id=item_id, limit=SHOWN, at=now
        )
    return page(
        request,
        "console/matching.html",
        found=found,
        employee=employee,
        choices=choices,
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
    data: URLEncodedBody[NeedForm],
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
