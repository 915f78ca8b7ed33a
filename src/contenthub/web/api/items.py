"""GET/POST /items and the life of an item: draft, submit, withdraw, recall."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Router, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody

from contenthub.db import Read, Write
from contenthub.errors import Invalid, NotFound
from contenthub.library import actions, kinds, queries, queries_labels, queries_lists, window
from contenthub.library.itemfilter import Filter
from contenthub.library.models import Item, Revision
from contenthub.library.models_labels import Label
from contenthub.library.queries_lists import Line
from contenthub.tenants import access
from contenthub.tenants.models import Bank, Staff
from contenthub.web.api.lint import Body, HitView, Kind, Topic, hit_view
from contenthub.web.api.revisions import RevisionView, revision_view
from contenthub.web.deps import Db, Me, Now, OurBank, keep_answer
from contenthub.web.item_figures import figures_of
from contenthub.web.item_filters import ASKED, Asked, AskedItems
from contenthub.web.keyset import page_size
from contenthub.web.patches import sent_or
from contenthub.web.signin import May
from contenthub.web.wordings import current_hits

PAGE = 50

Title = Annotated[str, msgspec.Meta(max_length=500, examples=["三年期大额存单"])]
Fields = Annotated[dict[str, Any], msgspec.Meta(examples=[{"summary": "20 万元起存"}])]
Moment = Annotated[str, msgspec.Meta(max_length=40, examples=["2026-12-31"])]
"""A day, or a time with or without offset; without one, on the bank's clock."""


class ItemBody(msgspec.Struct, forbid_unknown_fields=True):
    """A new item; `fields` by name as the kind declares them."""

    kind: Kind
    topic: Topic
    title: Title
    fields: Fields = {}
    body: Body = ""
    cover_asset_id: UUID | None = None
    valid_from: Moment | None = None
    valid_until: Moment | None = None


class DraftBody(msgspec.Struct, forbid_unknown_fields=True):
    """The wording of an item; what is left out stays as it is."""

    kind: Kind | msgspec.UnsetType = msgspec.UNSET
    topic: Topic | msgspec.UnsetType = msgspec.UNSET
    title: Title | msgspec.UnsetType = msgspec.UNSET
    fields: Fields | msgspec.UnsetType = msgspec.UNSET
    body: Body | msgspec.UnsetType = msgspec.UNSET
    cover_asset_id: UUID | msgspec.UnsetType | None = msgspec.UNSET
    valid_from: Moment | msgspec.UnsetType | None = msgspec.UNSET
    valid_until: Moment | msgspec.UnsetType | None = msgspec.UNSET
    known_hash: str = ""
    """Hash of the wording you changed; another one meanwhile is a conflict (409)."""


class RecallBody(msgspec.Struct, forbid_unknown_fields=True):
    """Why it is taken away; shown to employees."""

    reason: Annotated[str, msgspec.Meta(max_length=500, examples=["利率调整"])]


class RevisionRef(msgspec.Struct):
    """One wording in short."""

    id: UUID
    no: int
    state: str
    hash: str


class Made(msgspec.Struct, kw_only=True):
    """What a write answers: the item and its newest wording."""

    id: UUID
    code: str
    state: str
    revision: RevisionRef
    hits: list[HitView] = []


class LabelRef(msgspec.Struct):
    """A label of the bank's own on an item."""

    id: UUID
    name: str


class ItemView(msgspec.Struct, kw_only=True):
    """One line of the library."""

    id: UUID
    code: str
    kind: str
    topic: str
    title: str
    state: str
    author_id: UUID
    author: str
    revision: RevisionRef
    live_no: int | None
    valid_until: datetime | None
    labels: list[LabelRef]
    shares: int
    """Links made in the last 30 days, by employees, pushes and customers, in the own scope."""
    updated_at: datetime


class ItemCounts(msgspec.Struct):
    """How many items a filter matches, together and of each kind."""

    total: int
    kinds: dict[str, int]


class ItemPage(msgspec.Struct):
    """One page of items, latest change first."""

    items: list[ItemView]
    next_cursor: str | None


class ItemDetail(msgspec.Struct, kw_only=True):
    """An item with its newest and its live wording."""

    id: UUID
    code: str
    kind: str
    topic: str
    title: str
    state: str
    author_id: UUID
    recall_reason: str
    created_at: datetime
    updated_at: datetime
    revision: RevisionView
    live: RevisionView | None


async def made(db: Read, item: Item, revision: Revision) -> Made:
    """Return what a write answers."""
    return Made(
        id=item.id,
        code=item.code,
        state=item.state,
        revision=RevisionRef(revision.id, revision.no, revision.state, revision.hash),
        hits=[hit_view(hit) for hit in await current_hits(db, revision)],
    )


def line_view(line: Line, labels: Sequence[Label], *, shares: int, with_drafts: bool) -> ItemView:
    """Return what the API shows of a line of the library; without drafts, its live wording."""
    item = line.item
    shown = RevisionRef(line.revision_id, line.no, line.state, line.hash)
    if not with_drafts and line.live_id and line.live_no and line.live_hash:
        shown = RevisionRef(line.live_id, line.live_no, "live", line.live_hash)
    return ItemView(
        id=item.id,
        code=item.code,
        kind=item.kind,
        topic=line.topic if with_drafts else item.topic,
        title=line.title if with_drafts else item.title,
        state=item.state,
        author_id=item.author_id,
        author=line.author,
        revision=shown,
        live_no=line.live_no,
        valid_until=line.valid_until,
        labels=[LabelRef(one.id, one.name) for one in labels],
        shares=shares,
        updated_at=item.updated_at,
    )


def _drafts(me: Staff) -> bool:
    return access.may(me.roles, "library.drafts")


@get(
    "/items",
    guards=[May("library.view")],
    dependencies=ASKED,
    summary="内容列表",
    tags=["library"],
)
async def list_items(
    asked: AskedItems,
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
    cursor: FromQuery[str] = "",
    limit: FromQuery[int] = PAGE,
) -> ItemPage:
    """Return items in the order asked for; those who may not see drafts get live items only."""
    limit = page_size(limit)
    wanted = _wanted(asked, me, bank, at=now)
    found = await queries_lists.lines(db, wanted, after=asked.place(cursor), limit=limit + 1)
    last = found[limit - 1].item if len(found) > limit else None
    shown = found[:limit]
    ids = [line.item.id for line in shown]
    labels = await queries_labels.labels_of(db, ids)
    brought = await figures_of(db, ids, me, bank=bank, at=now)
    views = [
        line_view(
            line,
            labels.get(line.item.id, []),
            shares=brought.get(line.item.id, {}).get("links", 0),
            with_drafts=_drafts(me),
        )
        for line in shown
    ]
    place = None if last is None else queries_lists.place(wanted, last)
    return ItemPage(views, asked.cursor(place))


def _wanted(asked: Asked, me: Staff, bank: Bank, *, at: datetime) -> Filter:
    """Return the filter; whom the library shows live items only does not learn who shares."""
    if asked.shares and not _drafts(me):
        raise Invalid.of("shares", "您的角色不能按分享情况筛选，请去掉这个条件")
    return asked.filter(me, at=at, zone=bank.zone, live_only=not _drafts(me))


@get(
    "/items/counts",
    guards=[May("library.view")],
    dependencies=ASKED,
    summary="各类内容条数",
    tags=["library"],
)
async def count_items(asked: AskedItems, db: Db, me: Me, bank: OurBank, now: Now) -> ItemCounts:
    """Return how many items of each kind the same filter matches; `kind` itself is left aside."""
    wanted = replace(_wanted(asked, me, bank, at=now), kind="")
    counts = await queries_lists.kind_counts(db, wanted)
    return ItemCounts(sum(counts.values()), {slug: counts.get(slug, 0) for slug in kinds.KINDS})


@post("/items", guards=[May("library.write")], summary="新建内容", tags=["library"])
async def write_item(data: JSONBody[ItemBody], db: Db, me: Me, bank: OurBank, now: Now) -> Made:
    """Start an item with its first draft."""
    draft = actions.Draft(
        kind=data.kind,
        topic=data.topic,
        title=data.title,
        fields=data.fields,
        body=data.body,
        cover_asset_id=data.cover_asset_id,
        **window.both(data.valid_from or "", data.valid_until or "", bank.zone),
    )
    return await made(db, *await actions.write_item(db, draft, by=me, at=now))


@get("/items/{item_id:uuid}", guards=[May("library.view")], summary="内容详情", tags=["library"])
async def show_item(item_id: FromPath[UUID], db: Db, me: Me) -> ItemDetail:
    """Return an item with its newest and its live wording; drafts only to those who may."""
    item, newest, current = await queries.item_wordings(db, item_id)
    if not _drafts(me):
        if current is None:
            raise NotFound("没有找到这条内容")
        newest = current
    plain = {
        name: getattr(newest if name in ("title", "topic") else item, name)
        for name in ItemDetail.__struct_fields__
        if name not in ("revision", "live")
    }
    live = None if current is None else await revision_view(db, current)
    return ItemDetail(revision=await revision_view(db, newest), live=live, **plain)


@put(
    "/items/{item_id:uuid}/draft",
    guards=[May("library.write")],
    summary="保存草稿",
    tags=["library"],
)
async def write_draft(
    item_id: FromPath[UUID], data: JSONBody[DraftBody], db: Db, me: Me, bank: OurBank, now: Now
) -> Made:
    """Change the wording; past draft, this starts a new draft revision."""
    _, newest, _ = await queries.item_wordings(db, item_id)
    draft = _changed(newest, data, bank.zone)
    return await made(
        db,
        *await actions.write_draft(db, item_id, draft, known_hash=data.known_hash, by=me, at=now),
    )


def _changed(newest: Revision, data: DraftBody, zone: str) -> actions.Draft:
    def sent(name: str) -> Any:
        return sent_or(getattr(data, name), getattr(newest, name))

    times: dict[str, Any] = {
        name: window.instant(value or "", zone, field=name, is_end=name == "valid_until")
        if isinstance(value := sent(name), str)
        else value
        for name in ("valid_from", "valid_until")
    }
    names = ("kind", "topic", "title", "fields", "body", "cover_asset_id")
    facts = {name: sent(name) for name in names}
    if data.fields is msgspec.UNSET:
        # Fields of the topic before go with it; those that were sent are judged as sent.
        facts["fields"] = kinds.drop_elsewhere(newest.kind, facts["topic"], newest.fields)
    return actions.Draft(**facts, **times)


@post(
    "/items/{item_id:uuid}/submit",
    guards=[May("library.write")],
    status_code=200,
    summary="提交审核",
    tags=["library"],
)
async def submit_item(item_id: FromPath[UUID], db: Db, me: Me, now: Now) -> Made:
    """Hand the draft to review; the answer carries the rule hits the reviewer will see."""
    return await made(db, *await actions.submit(db, item_id, by=me, at=now))


@post(
    "/items/{item_id:uuid}/withdraw",
    guards=[May("library.write")],
    status_code=200,
    summary="撤回提交",
    tags=["library"],
)
async def withdraw_item(item_id: FromPath[UUID], db: Db, me: Me, now: Now) -> Made:
    """Take the own submission back to draft."""
    await actions.withdraw(db, item_id, by=me, at=now)
    return await _now(db, item_id)


async def _now(db: Write, item_id: UUID) -> Made:
    item, newest, _ = await queries.item_wordings(db, item_id)
    return await made(db, item, newest)


@post(
    "/items/{item_id:uuid}/recall",
    guards=[May("library.recall")],
    status_code=200,
    summary="下架",
    tags=["library"],
)
async def recall_item(
    item_id: FromPath[UUID], data: JSONBody[RecallBody], db: Db, me: Me, now: Now
) -> Made:
    """Take the item away from everybody, at once."""
    await actions.recall(db, item_id, reason=data.reason, by=me, at=now)
    return await _now(db, item_id)


HANDLERS = [
    Router(
        "/api/v1",
        route_handlers=[
            list_items,
            count_items,
            write_item,
            show_item,
            write_draft,
            submit_item,
            withdraw_item,
            recall_item,
        ],
        after_request=keep_answer,
    )
]
