"""客户列表的常用视图: filters of the customers' list kept under a name."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Template

from contenthub.customers import queries_tags
from contenthub.db import Read
from contenthub.errors import Invalid
from contenthub.tenants import access, actions_views, queries_views
from contenthub.tenants import queries as tenants
from contenthub.tenants.actions_views import ViewDraft
from contenthub.tenants.models import Staff
from contenthub.web.customer_filters import HERE as CUSTOMERS
from contenthub.web.customer_filters import Asked
from contenthub.web.deps import Db, Me, Now
from contenthub.web.pages import go, page
from contenthub.web.signin import May

HERE = f"{CUSTOMERS}/views"
PLACE = "customers"
MANAGE = [May("customers.view")]


@dataclass
class ViewForm:
    """What the form of a view sends; a box that is not ticked sends nothing."""

    name: str = ""
    query: str = ""
    is_shared: str = ""


@get(HERE, guards=MANAGE, include_in_schema=False)
async def views_page(
    request: Request[Any, Any, Any], db: Db, me: Me, deleted: FromQuery[str] = ""
) -> Template:
    """Show the own views and those shared; after a deletion, how to take it back."""
    return page(
        request,
        "console/customer_views.html",
        rows=await _rows(db, me),
        gone=await _gone(db, me, deleted),
        may_share=access.may(me.roles, "customers.tags"),
    )


async def _rows(db: Read, me: Staff) -> list[dict[str, Any]]:
    tags = {str(tag.id): tag.name for _, tags in await queries_tags.groups(db) for tag in tags}
    branches = {str(b.id): b.name for b in await tenants.branches(db)}
    return [
        {
            "view": one.view,
            "owner": one.owner,
            "is_own": one.view.owner_id == me.id,
            "is_start": one.is_start,
            "url": f"{CUSTOMERS}?{one.view.query}",
            "words": _words(one.view.query, tags, branches),
        }
        for one in await queries_views.views(db, me, place=PLACE)
    ]


def _words(query: str, tags: dict[str, str], branches: dict[str, str]) -> str:
    """Return a view's filter in words; one kept before the filters changed says so."""
    try:
        return Asked.of_text(query).words(tags, branches)
    except Invalid:
        return "条件已不适用，请删除后重新保存"


async def _gone(db: Read, me: Staff, deleted: str) -> Any:
    """Return the view that was just deleted, or None for anything else in the address."""
    try:
        return await queries_views.deleted_view(db, UUID(deleted), me=me) if deleted else None
    except ValueError:
        return None


@post(HERE, guards=MANAGE, include_in_schema=False)
async def save_view(
    request: Request[Any, Any, Any], data: URLEncodedBody[ViewForm], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Keep what is filtered under a name, and show it."""
    query = Asked.of_text(data.query).query()
    draft = ViewDraft(data.name, query, bool(data.is_shared), PLACE)
    made = await actions_views.save_view(db, draft, by=me, at=now)
    return go(request, f"{CUSTOMERS}?{made.query}")


@post(f"{HERE}/{{customer_view_id:uuid}}/change", guards=MANAGE, include_in_schema=False)
async def change_view(
    request: Request[Any, Any, Any],
    customer_view_id: FromPath[UUID],
    data: URLEncodedBody[ViewForm],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Call a view otherwise, share it or stop sharing it; its filter stays."""
    held = await queries_views.view(db, customer_view_id, me=me, place=PLACE)
    draft = ViewDraft(data.name, held.query, bool(data.is_shared), PLACE)
    await actions_views.change_view(db, customer_view_id, draft, by=me, at=now)
    return go(request, HERE)


@post(f"{HERE}/{{customer_view_id:uuid}}/delete", guards=MANAGE, include_in_schema=False)
async def delete_view(
    request: Request[Any, Any, Any], customer_view_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Delete a view; the page then offers to bring it back."""
    await actions_views.delete_view(db, customer_view_id, by=me, at=now, place=PLACE)
    return go(request, f"{HERE}?{urlencode({'deleted': customer_view_id})}")


@post(f"{HERE}/{{customer_view_id:uuid}}/start", guards=MANAGE, include_in_schema=False)
async def start_with(
    request: Request[Any, Any, Any], customer_view_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Let the customers' list open with a view for oneself."""
    await actions_views.start_with(db, customer_view_id, by=me, at=now, place=PLACE)
    return go(request, HERE)


@post(f"{HERE}/start/clear", guards=MANAGE, include_in_schema=False)
async def clear_start(request: Request[Any, Any, Any], db: Db, me: Me, now: Now) -> Response[Any]:
    """Let the customers' list open with everybody again."""
    await actions_views.start_with(db, None, by=me, at=now, place=PLACE)
    return go(request, HERE)


@post(f"{HERE}/{{customer_view_id:uuid}}/restore", guards=MANAGE, include_in_schema=False)
async def restore_view(
    request: Request[Any, Any, Any], customer_view_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Bring a deleted view back."""
    await actions_views.restore_view(db, customer_view_id, by=me, at=now, place=PLACE)
    return go(request, HERE)


HANDLERS = [
    views_page,
    save_view,
    change_view,
    delete_view,
    restore_view,
    start_with,
    clear_start,
]
