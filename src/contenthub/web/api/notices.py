"""GET /notices and POST /notices/{id}/seen; GET /items/{id}/stops: what is gone, who was told."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Router, get, post
from litestar.params import FromPath

from contenthub.library import queries as library
from contenthub.scheduler import actions_gone, queries_gone
from contenthub.web.deps import Db, Me, Now, keep_answer
from contenthub.web.signin import May

Code = Annotated[str, msgspec.Meta(examples=["P-1006"])]
Cause = Annotated[str, msgspec.Meta(examples=["recalled"])]
Reason = Annotated[str, msgspec.Meta(examples=["利率调整，请换新版"])]


class NoticeView(msgspec.Struct, kw_only=True):
    """Something the employee has shared and must not share any more; `cause` is recalled or
    expired.
    """

    id: UUID
    item_id: UUID
    code: Code
    title: str
    cause: Cause
    reason: Reason
    gone_at: datetime
    is_back: Annotated[bool, msgspec.Meta(examples=[False], description="已重新发布，可以再分享")]


class NoticeList(msgspec.Struct):
    """What one has not seen yet, the newest first: at most fifty."""

    items: list[NoticeView]
    next_cursor: str | None


class StopView(msgspec.Struct, kw_only=True):
    """One recall or expiry carried through: what was cancelled, how many were told and saw it."""

    id: UUID
    cause: Cause
    reason: Reason
    gone_at: datetime
    done_at: datetime
    pushes: Annotated[int, msgspec.Meta(examples=[1])]
    deliveries: Annotated[int, msgspec.Meta(examples=[860])]
    tasks: Annotated[int, msgspec.Meta(examples=[42])]
    templates: Annotated[int, msgspec.Meta(examples=[2])]
    taken_back: Annotated[int, msgspec.Meta(examples=[744], description="从企业微信收回的条数")]
    open: Annotated[int, msgspec.Meta(examples=[0], description="正在从企业微信收回的条数")]
    signups: Annotated[int, msgspec.Meta(examples=[12], description="当时已报名、要通知的客户数")]
    told: Annotated[int, msgspec.Meta(examples=[45])]
    seen: Annotated[int, msgspec.Meta(examples=[31])]


class StopList(msgspec.Struct):
    """The recalls and expiries of an item, the newest first: at most twenty."""

    items: list[StopView]
    next_cursor: str | None


@get("/notices", guards=[May("tasks.view")], summary="我的下架通知", tags=["tasks"])
async def list_notices(db: Db, me: Me) -> NoticeList:
    """Return what one has shared that is gone, until one says that one saw it."""
    found = await queries_gone.open_notices(db, me.id)
    views = [
        NoticeView(
            id=each.notice.id,
            item_id=each.stop.item_id,
            code=each.stop.code,
            title=each.stop.title,
            cause=each.stop.cause,
            reason=each.stop.reason,
            gone_at=each.stop.gone_at,
            is_back=each.is_back,
        )
        for each in found
    ]
    return NoticeList(views, None)


@post(
    "/notices/{notice_id:uuid}/seen",
    guards=[May("tasks.view")],
    status_code=204,
    summary="下架通知已看",
    tags=["tasks"],
)
async def see_notice(notice_id: FromPath[UUID], db: Db, me: Me, now: Now) -> None:
    """Note that one saw a notice of one's own; a second time changes nothing."""
    await actions_gone.see_notice(db, notice_id, by=me, at=now)


@get(
    "/items/{item_id:uuid}/stops",
    guards=[May("library.drafts")],
    summary="下架与到期的处理结果",
    tags=["library"],
)
async def list_stops(item_id: FromPath[UUID], db: Db) -> StopList:
    """Return what each recall or expiry of an item has stopped, and whom it was told."""
    item = await library.item(db, item_id)
    found = await queries_gone.stops_of(db, item.id)
    counted = ("seen", "taken_back", "open")  # as the ledger has them now
    own = [name for name in StopView.__struct_fields__ if name not in (*counted, "deliveries")]
    views = [
        StopView(
            **{name: getattr(each.stop, name) for name in own},
            **{name: getattr(each, name) for name in counted},
            deliveries=each.stopped,
        )
        for each in found
    ]
    return StopList(views, None)


HANDLERS = [
    Router(
        "/api/v1",
        route_handlers=[list_notices, see_notice, list_stops],
        after_request=keep_answer,
    )
]
