"""GET /items/{id}/revisions, GET /items/{id}/diff: the wordings of an item and what changed."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Router, get
from litestar.params import FromPath, QueryParameter

from contenthub.db import Read
from contenthub.library import queries
from contenthub.library.models import Revision
from contenthub.web.api.lint import HitView, hit_view
from contenthub.web.deps import Db, OurBank
from contenthub.web.signin import May
from contenthub.web.wordings import changes, current_hits


class RevisionView(msgspec.Struct, kw_only=True):
    """One wording in full."""

    id: UUID
    no: int
    state: str
    hash: str
    kind: str
    topic: str
    title: str
    fields: dict[str, Any]
    body: str
    cover_asset_id: UUID | None
    valid_from: datetime | None
    valid_until: datetime | None
    hits: list[HitView]
    rule_pack: str
    author_id: UUID
    created_at: datetime
    updated_at: datetime
    submitted_at: datetime | None
    approved_at: datetime | None
    live_at: datetime | None


class RevisionPage(msgspec.Struct):
    """Every wording of an item, newest first."""

    items: list[RevisionView]
    next_cursor: str | None


class SegmentView(msgspec.Struct):
    """A run of text: `same`, `del` (went), `ins` (came) or `fmt` (looks different: `note`)."""

    change: str
    text: str
    note: str = ""


class ChangeView(msgspec.Struct):
    """One field that changed; with all segments `same`, `note` says what else did."""

    name: str
    label: str
    before: str
    after: str
    segments: list[SegmentView]
    note: str = ""


class DiffView(msgspec.Struct, rename={"from_no": "from", "to_no": "to"}):
    """What changed from one revision number to another."""

    from_no: int | None
    to_no: int
    fields: list[ChangeView]


async def revision_view(db: Read, revision: Revision) -> RevisionView:
    """Return what the API shows of a wording."""
    plain = {
        name: getattr(revision, name) for name in RevisionView.__struct_fields__ if name != "hits"
    }
    hits = [hit_view(hit) for hit in await current_hits(db, revision)]
    return RevisionView(hits=hits, **plain)


@get(
    "/items/{item_id:uuid}/revisions",
    guards=[May("library.drafts")],
    summary="全部版本",
    tags=["library"],
)
async def list_revisions(item_id: FromPath[UUID], db: Db) -> RevisionPage:
    """Return every wording of an item, newest first."""
    await queries.item(db, item_id)
    found = await queries.revisions(db, item_id)
    return RevisionPage([await revision_view(db, one) for one in found], None)


@get(
    "/items/{item_id:uuid}/diff",
    guards=[May("library.drafts")],
    summary="两个版本的差别",
    tags=["library"],
)
async def show_diff(
    item_id: FromPath[UUID],
    db: Db,
    bank: OurBank,
    from_no: Annotated[int | None, QueryParameter(name="from", ge=1, le=100_000)] = None,
    to_no: Annotated[int | None, QueryParameter(name="to", ge=1, le=100_000)] = None,
) -> DiffView:
    """Return what changed; without numbers, to the newest wording from what customers see.

    Of an item that was recalled or has ended, from what they saw last.
    """
    item, newest, _ = await queries.item_wordings(db, item_id)
    if from_no is None:
        before = await queries.last_shown(db, item)
    else:
        before = await queries.revision_no(db, item_id, from_no)
    after = newest if to_no is None else await queries.revision_no(db, item_id, to_no)
    found = await changes(db, before, after, zone=bank.zone)
    fields = [
        ChangeView(
            one.name,
            one.label,
            one.before,
            one.after,
            [SegmentView(part.change, part.text, part.note) for part in one.segments],
            one.note,
        )
        for one in found
    ]
    return DiffView(None if before is None else before.no, after.no, fields)


HANDLERS = [Router("/api/v1", route_handlers=[list_revisions, show_diff])]
