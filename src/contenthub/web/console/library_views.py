"""常用视图: filters of the library kept under a name, for oneself or for the bank."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Template

from contenthub.db import Read
from contenthub.library import queries_labels, queries_lists
from contenthub.tenants import access, actions_views, queries_views
from contenthub.tenants.actions_views import ViewDraft
from contenthub.tenants.models import Staff
from contenthub.web.deps import Db, Me, Now
from contenthub.web.item_filters import HERE as LIBRARY
from contenthub.web.item_filters import Asked, Called, conditions
from contenthub.web.pages import go, page
from contenthub.web.signin import May

HERE = f"{LIBRARY}/views"
MANAGE = [May("library.views")]


@dataclass
class ViewForm:
    """What the form of a view sends; a box that is not ticked sends nothing."""

    name: str = ""
    query: str = ""
    is_shared: str = ""


def _draft(form: ViewForm) -> ViewDraft:
    asked, _ = Asked.of_text(form.query)
    return ViewDraft(form.name, asked.query(), bool(form.is_shared))


@get(HERE, guards=MANAGE, include_in_schema=False)
async def views_page(
    request: Request[Any, Any, Any], db: Db, me: Me, deleted: FromQuery[str] = ""
) -> Template:
    """Show the own views and those shared; after a deletion, how to take it back."""
    return page(
        request,
        "console/library_views.html",
        rows=await _rows(db, me),
        gone=await _gone(db, me, deleted),
        may_share=access.may(me.roles, "library.share_views"),
    )


async def _rows(db: Read, me: Staff) -> list[dict[str, Any]]:
    labels = {str(one.id): one.name for one in await queries_labels.labels(db)}
    called = Called(labels, await queries_lists.authors(db))
    found = []
    for one in await queries_views.views(db, me):
        asked, _ = Asked.of_text(one.view.query)
        found.append(
            {
                "view": one.view,
                "owner": one.owner,
                "is_start": one.is_start,
                "is_own": one.view.owner_id == me.id,
                "url": f"{LIBRARY}?{one.view.query}",
                "words": [text for text, _ in conditions(asked, called)],
            }
        )
    return found


async def _gone(db: Read, me: Staff, deleted: str) -> Any:
    """Return the view that was just deleted, or None for anything else in the address."""
    try:
        found = await queries_views.deleted_view(db, UUID(deleted), me=me) if deleted else None
    except ValueError:
        return None
    return found


@post(HERE, guards=MANAGE, include_in_schema=False)
async def save_view(
    request: Request[Any, Any, Any], data: URLEncodedBody[ViewForm], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Keep what is filtered under a name, and show it."""
    made = await actions_views.save_view(db, _draft(data), by=me, at=now)
    return go(request, f"{LIBRARY}?{made.query}")


@post(f"{HERE}/{{view_id:uuid}}/change", guards=MANAGE, include_in_schema=False)
async def change_view(
    request: Request[Any, Any, Any],
    view_id: FromPath[UUID],
    data: URLEncodedBody[ViewForm],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Call a view otherwise, share it or stop sharing it; its filter stays."""
    held = await queries_views.view(db, view_id, me=me)
    draft = ViewDraft(data.name, held.query, bool(data.is_shared))
    await actions_views.change_view(db, view_id, draft, by=me, at=now)
    return go(request, HERE)


@post(f"{HERE}/{{view_id:uuid}}/delete", guards=MANAGE, include_in_schema=False)
async def delete_view(
    request: Request[Any, Any, Any], view_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Delete a view; the page then offers to bring it back."""
    await actions_views.delete_view(db, view_id, by=me, at=now)
    return go(request, f"{HERE}?{urlencode({'deleted': view_id})}")


@post(f"{HERE}/{{view_id:uuid}}/restore", guards=MANAGE, include_in_schema=False)
async def restore_view(
    request: Request[Any, Any, Any], view_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Bring a deleted view back."""
    await actions_views.restore_view(db, view_id, by=me, at=now)
    return go(request, HERE)


@post(f"{HERE}/{{view_id:uuid}}/up", guards=MANAGE, include_in_schema=False)
async def raise_view(
    request: Request[Any, Any, Any], view_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Show an own view one place earlier."""
    await actions_views.move_view(db, view_id, step=-1, by=me, at=now)
    return go(request, HERE)


@post(f"{HERE}/{{view_id:uuid}}/down", guards=MANAGE, include_in_schema=False)
async def lower_view(
    request: Request[Any, Any, Any], view_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Show an own view one place later."""
    await actions_views.move_view(db, view_id, step=1, by=me, at=now)
    return go(request, HERE)


@post(f"{HERE}/{{view_id:uuid}}/start", guards=MANAGE, include_in_schema=False)
async def start_with(
    request: Request[Any, Any, Any], view_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Let the library open with a view for oneself."""
    await actions_views.start_with(db, view_id, by=me, at=now)
    return go(request, HERE)


@post(f"{HERE}/start/clear", guards=MANAGE, include_in_schema=False)
async def clear_start(request: Request[Any, Any, Any], db: Db, me: Me, now: Now) -> Response[Any]:
    """Let the library open with everything again."""
    await actions_views.start_with(db, None, by=me, at=now)
    return go(request, HERE)


HANDLERS = [
    views_page,
    save_view,
    change_view,
    delete_view,
    restore_view,
    raise_view,
    lower_view,
    start_with,
    clear_start,
]
