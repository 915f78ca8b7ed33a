"""Copies, restored versions, the history and a telephone's preview of an item."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Router, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from contenthub.library import actions_copies, actions_windows, queries
from contenthub.tenants import queries_audit
from contenthub.web import previews
from contenthub.web.api.items import Made, made
from contenthub.web.audit_events import EVENTS
from contenthub.web.deps import Db, Me, Now, TheHouse, keep_answer
from contenthub.web.keyset import id_of, page_size
from contenthub.web.signin import May


class RestoreBody(msgspec.Struct, forbid_unknown_fields=True):
    """Which wording comes back; the newest one is kept as it is."""

    no: Annotated[int, msgspec.Meta(ge=1, le=100_000, examples=[1])]
    known_hash: str = ""
    """Hash of the newest wording you saw; another one meanwhile is a conflict (409)."""


class CallOffBody(msgspec.Struct, forbid_unknown_fields=True):
    """Which approved version is not to come into force."""

    no: Annotated[int, msgspec.Meta(ge=1, le=100_000, examples=[1])]


class HistoryEntry(msgspec.Struct, kw_only=True):
    """One thing that happened to an item: who, when, what."""

    id: UUID
    at: datetime
    actor_id: UUID | None
    """None for the system itself."""
    actor_name: str
    event: str
    label: str
    no: int | None
    """Of the version it happened to."""
    detail: dict[str, Any]


class HistoryPage(msgspec.Struct):
    """One page of what happened, newest first."""

    items: list[HistoryEntry]
    next_cursor: str | None


class PreviewView(msgspec.Struct):
    """An address that one telephone may open, told once."""

    url: str
    expires_at: datetime


@post(
    "/items/{item_id:uuid}/call-off",
    guards=[May("library.write")],
    status_code=200,
    summary="取消一版的排期",
    tags=["library"],
)
async def call_off_version(
    item_id: FromPath[UUID], data: JSONBody[CallOffBody], db: Db, me: Me, now: Now
) -> Made:
    """Take an approved version back before its hour; what is live serves on."""
    await actions_windows.call_off(db, item_id, data.no, by=me, at=now)
    item, newest, _ = await queries.item_wordings(db, item_id)
    return await made(db, item, newest)


@post(
    "/items/{item_id:uuid}/preview",
    guards=[May("library.write")],
    summary="生成手机预览地址",
    tags=["library"],
    opt={"idempotent": False},
)
async def preview_item(
    item_id: FromPath[UUID], db: Db, me: Me, now: Now, house: TheHouse
) -> PreviewView:
    """Return an address of the newest wording for the first telephone that opens it."""
    return PreviewView(*await previews.preview_of(db, house, item_id, by=me, at=now))


@post(
    "/items/{item_id:uuid}/copy",
    guards=[May("library.write")],
    summary="复制内容",
    tags=["library"],
)
async def copy_item(item_id: FromPath[UUID], db: Db, me: Me, now: Now) -> Made:
    """Start a new item with this one's newest wording; its validity is not copied."""
    return await made(db, *await actions_copies.copy_item(db, item_id, by=me, at=now))


@post(
    "/items/{item_id:uuid}/restore",
    guards=[May("library.write")],
    summary="恢复旧版本",
    tags=["library"],
)
async def restore_item(
    item_id: FromPath[UUID], data: JSONBody[RestoreBody], db: Db, me: Me, now: Now
) -> Made:
    """Make a new draft of an older wording; the live one serves on until the draft is approved."""
    return await made(
        db,
        *await actions_copies.restore_revision(
            db, item_id, data.no, known_hash=data.known_hash, by=me, at=now
        ),
    )


@get(
    "/items/{item_id:uuid}/history",
    guards=[May("library.drafts")],
    summary="内容的修改与审核记录",
    tags=["library"],
)
async def show_history(
    item_id: FromPath[UUID], db: Db, cursor: FromQuery[str] = "", limit: FromQuery[int] = 50
) -> HistoryPage:
    """Return who did what to an item and when, newest first."""
    limit = page_size(limit)
    await queries.item(db, item_id)
    revisions = await queries.revisions(db, item_id)
    numbers = {one.id: one.no for one in revisions}
    wanted = queries_audit.Filter(subject_ids=(item_id, *numbers))
    found = await queries_audit.trail(db, wanted, before=id_of(cursor), limit=limit + 1)
    rows = [
        HistoryEntry(
            id=entry.id,
            at=entry.at,
            actor_id=entry.actor_id,
            actor_name=entry.actor_name,
            event=entry.event,
            label=EVENTS.get(entry.event, entry.event),
            no=entry.detail.get("no", numbers.get(entry.subject_id or item_id)),
            detail=entry.detail,
        )
        for entry in found[:limit]
    ]
    return HistoryPage(rows, str(rows[-1].id) if len(found) > limit else None)


HANDLERS = [
    Router(
        "/api/v1",
        route_handlers=[copy_item, restore_item, call_off_version, show_history, preview_item],
        after_request=keep_answer,
    )
]
