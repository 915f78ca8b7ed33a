"""智能匹配: which of an employee's customers may want what, why, and one tap to a task."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Template

from contenthub.customers import queries
from contenthub.customers.scoring import SCORED
from contenthub.web import matching_desk
from contenthub.web.deps import Db, Me, Now, OurBank
from contenthub.web.pages import go, page
from contenthub.web.signin import May

HERE = "/m/matches"
SHOWN = 50


@get(HERE, guards=[May("customers.view")], include_in_schema=False)
async def my_matches(
    request: Request[Any, Any, Any],
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
    topic: FromQuery[str] = "",
    item_id: FromQuery[UUID | None] = None,
) -> Template:
    """Show the employee's own customers who may want something, of a topic or an item only."""
    found = await matching_desk.matches(
        db, me, bank, topic=topic, item_id=item_id, limit=SHOWN, at=now
    )
    chips = [("全部", HERE, not topic and not found.offer)]
    chips += [
        (f"{SCORED[slug]} {count}", f"{HERE}?topic={slug}", slug == topic)
        for slug, count in found.by_topic.items()
    ]
    return page(request, "h5/matches.html", found=found, chips=chips, shown=SHOWN)


@post(
    "/m/customers/{customer_id:uuid}/needs",
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
    """Make a task of a match, and go on to it."""
    customer = await queries.customer(db, customer_id, owner_ids={me.id}, lock=True)
    task = await matching_desk.take_up(db, customer, data.topic, by=me, at=now)
    return go(request, f"/m/needs/{task.id}" if task.employee_id == me.id else HERE)


HANDLERS = [my_matches, take_up]
