"""GET/POST /customer-views: filters of the customers' list kept under a name."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Router, delete, get, patch, post, put
from litestar.params import FromPath, JSONBody

from contenthub.db import Read
from contenthub.tenants import actions_views, queries_views
from contenthub.tenants.actions_views import ViewDraft
from contenthub.tenants.models import Staff
from contenthub.web.customer_filters import Asked
from contenthub.web.deps import Db, Me, Now, keep_answer
from contenthub.web.patches import sent_or
from contenthub.web.signin import May

PLACE = "customers"
MANAGE = [May("customers.view")]
Name = Annotated[str, msgspec.Meta(max_length=100, examples=["三个月没联系"])]
Query = Annotated[str, msgspec.Meta(max_length=9_000, examples=["idle=90&stage=active"])]
"""The query of the console's list of customers that the view stands for."""


class CustomerViewBody(msgspec.Struct, forbid_unknown_fields=True):
    """A filter to keep; `is_shared` shows it to everybody who may see customers."""

    name: Name
    query: Query
    is_shared: bool = False


class CustomerViewPatch(msgspec.Struct, forbid_unknown_fields=True):
    """What to change of a view; what is left out stays as it is."""

    name: Name | msgspec.UnsetType = msgspec.UNSET
    query: Query | msgspec.UnsetType = msgspec.UNSET
    is_shared: bool | msgspec.UnsetType = msgspec.UNSET


class FirstCustomerViewBody(msgspec.Struct, forbid_unknown_fields=True):
    """The view that the console's list of customers opens with; null: everybody."""

    view_id: UUID | None


class KeptView(msgspec.Struct, kw_only=True):
    """A saved view; `query` goes behind /console/customers?."""

    id: UUID
    name: str
    query: str
    is_shared: bool
    is_own: bool
    is_start: bool
    """Whether the console's list opens with it for the caller."""
    owner: str


class KeptViewList(msgspec.Struct):
    """The own views, then those shared; there is one page."""

    items: list[KeptView]
    next_cursor: str | None = None


async def _list(db: Read, me: Staff) -> KeptViewList:
    shown = await queries_views.views(db, me, place=PLACE)
    return KeptViewList(
        [
            KeptView(
                id=one.view.id,
                name=one.view.name,
                query=one.view.query,
                is_shared=one.view.is_shared,
                is_own=one.view.owner_id == me.id,
                is_start=one.is_start,
                owner=one.owner,
            )
            for one in shown
        ]
    )


async def _one(db: Read, view_id: UUID, me: Staff) -> KeptView:
    return next(one for one in (await _list(db, me)).items if one.id == view_id)


@get("/customer-views", guards=MANAGE, summary="客户列表视图", tags=["customers"])
async def list_views(db: Db, me: Me) -> KeptViewList:
    """Return the own views and those shared with the bank."""
    return await _list(db, me)


@post("/customer-views", guards=MANAGE, summary="保存客户列表视图", tags=["customers"])
async def save_view(data: JSONBody[CustomerViewBody], db: Db, me: Me, now: Now) -> KeptView:
    """Keep a filter under a name; sharing it needs `customers.tags`."""
    query = Asked.of_text(data.query).query()
    draft = ViewDraft(data.name, query, data.is_shared, PLACE)
    made = await actions_views.save_view(db, draft, by=me, at=now)
    return await _one(db, made.id, me)


@patch(
    "/customer-views/{customer_view_id:uuid}",
    guards=MANAGE,
    summary="修改客户列表视图",
    tags=["customers"],
)
async def change_view(
    customer_view_id: FromPath[UUID],
    data: JSONBody[CustomerViewPatch],
    db: Db,
    me: Me,
    now: Now,
) -> KeptViewList:
    """Rename a view, give it another filter, share it or stop sharing it; return all shown."""
    held = await queries_views.view(db, customer_view_id, me=me, place=PLACE)
    query = held.query if data.query is msgspec.UNSET else Asked.of_text(data.query).query()
    name, is_shared = sent_or(data.name, held.name), sent_or(data.is_shared, held.is_shared)
    draft = ViewDraft(name, query, is_shared, PLACE)
    await actions_views.change_view(db, customer_view_id, draft, by=me, at=now)
    return await _list(db, me)


@put("/customer-views/start", guards=MANAGE, summary="设定客户列表的默认视图", tags=["customers"])
async def start_customers_with(
    data: JSONBody[FirstCustomerViewBody], db: Db, me: Me, now: Now
) -> KeptViewList:
    """Let the console's list of customers open with a view, or with everybody."""
    await actions_views.start_with(db, data.view_id, by=me, at=now, place=PLACE)
    return await _list(db, me)


@delete(
    "/customer-views/{customer_view_id:uuid}",
    guards=MANAGE,
    summary="删除客户列表视图",
    tags=["customers"],
)
async def delete_view(customer_view_id: FromPath[UUID], db: Db, me: Me, now: Now) -> None:
    """Delete a view; for 30 days it can be brought back."""
    await actions_views.delete_view(db, customer_view_id, by=me, at=now, place=PLACE)


@post(
    "/customer-views/{customer_view_id:uuid}/restore",
    guards=MANAGE,
    status_code=200,
    summary="恢复客户列表视图",
    tags=["customers"],
)
async def restore_view(customer_view_id: FromPath[UUID], db: Db, me: Me, now: Now) -> KeptView:
    """Bring a deleted view back."""
    found = await actions_views.restore_view(db, customer_view_id, by=me, at=now, place=PLACE)
    return await _one(db, found.id, me)


HANDLERS = [
    Router(
        "/api/v1",
        route_handlers=[
            list_views,
            save_view,
            change_view,
            start_customers_with,
            delete_view,
            restore_view,
        ],
        after_request=keep_answer,
    )
]
