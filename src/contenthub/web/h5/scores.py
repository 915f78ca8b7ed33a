"""需求评分: how much an employee's own customer seems to need what, and why."""

from typing import Any
from uuid import UUID

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Template

from contenthub.customers import queries, queries_score_reasons
from contenthub.web.deps import Db, Me, Now
from contenthub.web.pages import page
from contenthub.web.signin import May


@get(
    "/m/customers/{customer_id:uuid}/scores",
    guards=[May("customers.view")],
    include_in_schema=False,
)
async def of_customer(
    request: Request[Any, Any, Any], customer_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Template:
    """Return the scores of an employee's own customer, with why."""
    found = await queries.customer(db, customer_id, owner_ids={me.id})
    scores = await queries_score_reasons.of_customer(db, found.no, at=now)
    return page(request, "h5/_customer_scores.html", scores=scores)


HANDLERS = [of_customer]
