"""GET/POST /item-views: filters of the library kept under a name, and the one it opens with."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Router, delete, get, patch, post, put
from litestar.params import FromPath, JSONBody

from contenthub.db import Read
from contenthub.errors import Invalid
from contenthub.tenants import actions_views, queries_views
from contenthub.tenants.actions_views import ViewDraft
from contenthub.tenants.models import Staff
from contenthub.tenants.queries_views import Shown
from contenthub.web.deps import Db, Me, Now, keep_answer
from contenthub.web.item_filters import Asked
from contenthub.web.patches import sent_or
from contenthub.web.signin import May

MANAGE = [May("library.views")]
Name = Annotated[str, msgspec.Meta(max_length=100, examples=["本月到期的存款"])]
Query = Annotated[
    str, msgspec.Meta(max_length=1_000, examples=["kind=product&topic=deposit&validity=expiring"])
]
"""The query of GET /items that the view stands for, without cursor and limit."""


class ViewBody(msgspec.Struct, forbid_unknown_fields=True):
    """A filter to keep; `is_shared` shows it to everybody who may see the library."""

    name: Name
    query: Query
    is_shared: bool = False


class ViewPatch(msgspec.Struct, forbid_unknown_fields=True):
    """What to change of a view; what is left out stays as it is."""

    name: Name | msgspec.UnsetType = msgspec.UNSET
    query: Query | msgspec.UnsetType = msgspec.UNSET
    is_shared: bool | msgspec.UnsetType = msgspec.UNSET


class MoveViewBody(msgspec.Struct, forbid_unknown_fields=True):
    """One place earlier (-1) or later (1) among the own views."""

    step: Literal[-1, 1]


class FirstViewBody(msgspec.Struct, forbid_unknown_fields=True):
    """The view with which the library opens for oneself; null: with everything."""

    view_id: UUID | None


class ViewView(msgspec.Struct, kw_only=True):
    """A saved view; `query` goes behind GET /items?."""

    id: UUID
    name: str
    query: str
    is_shared: bool
    is_own: bool
    is_start: bool
    owner: str


class ViewList(msgspec.Struct):
    """The own views in their order, then those shared; there is one page."""

    items: list[ViewView]
    next_cursor: str | None = None


def _shown(one: Shown, me: Staff) -> ViewView:
    return ViewView(
        id=one.view.id,
        name=one.view.name,
        query=one.view.query,
        is_shared=one.view.is_shared,
        is_own=one.view.owner_id == me.id,
        is_start=one.is_start,
        owner=one.owner,
    )


async def _one(db: Read, view_id: UUID, me: Staff) -> ViewView:
    found = next(one for one in await queries_views.views(db, me) if one.view.id == view_id)
    return _shown(found, me)


def _checked(query: str) -> str:
    """Return a filter in its one spelling; raises Invalid naming what is wrong with it."""
    asked, wrong = Asked.of_text(query)
    if wrong:
        raise Invalid(fields={f"query.{name}": why for name, why in wrong.items()})
    return asked.query()


@get("/item-views", guards=MANAGE, summary="内容库视图", tags=["library"])
async def list_views(db: Db, me: Me) -> ViewList:
    """Return the own views and those shared with the bank."""
    return ViewList([_shown(one, me) for one in await queries_views.views(db, me)])


@post("/item-views", guards=MANAGE, summary="保存内容库视图", tags=["library"])
async def save_view(data: JSONBody[ViewBody], db: Db, me: Me, now: Now) -> ViewView:
    """Keep a filter under a name; sharing it needs `library.share_views`."""
    draft = ViewDraft(data.name, _checked(data.query), data.is_shared)
    made = await actions_views.save_view(db, draft, by=me, at=now)
    return await _one(db, made.id, me)


@patch("/item-views/{view_id:uuid}", guards=MANAGE, summary="修改内容库视图", tags=["library"])
async def change_view(
    view_id: FromPath[UUID], data: JSONBody[ViewPatch], db: Db, me: Me, now: Now
) -> ViewList:
    """Rename a view, give it another filter, share it or stop sharing it.

    The answer is all that one is shown now: a colleague's view that is shared no more is gone.
    """
    held = await queries_views.view(db, view_id, me=me)
    draft = ViewDraft(
        sent_or(data.name, held.name),
        held.query if data.query is msgspec.UNSET else _checked(data.query),
        sent_or(data.is_shared, held.is_shared),
    )
    await actions_views.change_view(db, view_id, draft, by=me, at=now)
    return ViewList([_shown(one, me) for one in await queries_views.views(db, me)])


@delete("/item-views/{view_id:uuid}", guards=MANAGE, summary="删除内容库视图", tags=["library"])
async def delete_view(view_id: FromPath[UUID], db: Db, me: Me, now: Now) -> None:
    """Delete a view; for 30 days it can be brought back."""
    await actions_views.delete_view(db, view_id, by=me, at=now)


@post(
    "/item-views/{view_id:uuid}/restore",
    guards=MANAGE,
    status_code=200,
    summary="恢复内容库视图",
    tags=["library"],
)
async def restore_view(view_id: FromPath[UUID], db: Db, me: Me, now: Now) -> ViewView:
    """Bring a deleted view back."""
    found = await actions_views.restore_view(db, view_id, by=me, at=now)
    return await _one(db, found.id, me)


@post(
    "/item-views/{view_id:uuid}/move",
    guards=MANAGE,
    status_code=200,
    summary="调整内容库视图的顺序",
    tags=["library"],
)
async def move_view(
    view_id: FromPath[UUID], data: JSONBody[MoveViewBody], db: Db, me: Me, now: Now
) -> ViewList:
    """Move an own view one place; return them all in their order."""
    await actions_views.move_view(db, view_id, step=data.step, by=me, at=now)
    return ViewList([_shown(one, me) for one in await queries_views.views(db, me)])


@put("/item-views/start", guards=MANAGE, summary="设定内容库的默认视图", tags=["library"])
async def start_with(data: JSONBody[FirstViewBody], db: Db, me: Me, now: Now) -> ViewList:
    """Let the console's library open with a view, or with everything."""
    await actions_views.start_with(db, data.view_id, by=me, at=now)
    return ViewList([_shown(one, me) for one in await queries_views.views(db, me)])


HANDLERS = [
    Router(
        "/api/v1",
        route_handlers=[
            list_views,
            save_view,
            change_view,
            delete_view,
            restore_view,
            move_view,
            start_with,
        ],
        after_request=keep_answer,
    )
]
