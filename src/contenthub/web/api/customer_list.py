"""GET /customers: who is found by tags, owner, branch and stage, within one's scope."""

from uuid import UUID

import msgspec
from litestar import Router, get
from litestar.params import FromQuery

from contenthub.customers import queries_found, queries_mine
from contenthub.customers.queries_found import Filter
from contenthub.customers.stages import stage_slug
from contenthub.customers.tagexpr import parse
from contenthub.tenants import queries as tenants
from contenthub.web.api.customers import PAGE, CustomerRow, add_customer, customer_row, place
from contenthub.web.deps import Db, Me, Now, keep_answer
from contenthub.web.keyset import page_size
from contenthub.web.signin import May


class CustomerList(msgspec.Struct):
    """One page of customers by number, and how many are found in all."""

    items: list[CustomerRow]
    next_cursor: str | None
    total: int


@get("/customers", guards=[May("customers.view")], summary="客户列表", tags=["customers"])
async def list_customers(
    db: Db,
    me: Me,
    now: Now,
    q: FromQuery[str] = "",
    tag_id: FromQuery[list[UUID] | None] = None,
    without_tag_id: FromQuery[list[UUID] | None] = None,
    owner_id: FromQuery[UUID | None] = None,
    is_owned: FromQuery[bool | None] = None,
    branch_id: FromQuery[UUID | None] = None,
    stage: FromQuery[str] = "",
    expr: FromQuery[str] = "",
    cursor: FromQuery[str] = "",
    limit: FromQuery[int] = PAGE,
) -> CustomerList:
    """Return customers in scope; `q` is a whole name, phone or CRM number.

    Several `tag_id`: a customer has them all. A branch is meant with those below it. `expr` is a
    condition as of an audience, such as `存款到期 within 30天 and holds(定期存款)`.
    """
    limit = page_size(limit)
    asked = Filter(
        q=q[:60].strip(),
        tag_ids=tuple(tag_id or ()),
        without_tag_ids=tuple(without_tag_id or ()),
        owner_id=owner_id,
        is_owned=is_owned,
        branch_id=branch_id,
        stage=stage_slug(stage) if stage else "",
        condition=parse(expr) if expr.strip() else None,
    )
    reach = await tenants.visible_staff_ids(db, me)
    some = await queries_found.found(db, asked, owner_ids=reach, at=now)
    rows = await queries_found.rows_of(db, some, after=place(cursor), limit=limit)
    tags = await queries_mine.tags_of(db, [row.no for row in rows])
    has_more = bool(rows) and some.rank(rows[-1].no) < len(some)
    return CustomerList(
        [customer_row(row, tags.get(row.no, [])) for row in rows],
        str(rows[-1].no) if has_more else None,
        len(some),
    )


# Both answer at one address, so they stand in one router.
HANDLERS = [
    Router("/api/v1", route_handlers=[list_customers, add_customer], after_request=keep_answer)
]
