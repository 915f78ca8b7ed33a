"""Reads of items, revisions, reviews and pictures."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import aliased

from contenthub.db import Read
from contenthub.errors import Conflict, NotFound
from contenthub.library.models import Asset, Item, ItemToken, Review, Revision
from contenthub.library.search_tokens import query_tokens
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id

EXPIRING = timedelta(days=7)
_OF_WORKING = frozenset({"draft", "in_review", "returned", "approved"})
"""States in which a new revision may be while an older one is live."""


class NotLive(Conflict):
    """The item has no live revision inside its validity window."""

    code = "not_live"
    title = "这条内容没有已发布且在有效期内的版本，不能使用"
    field = "item_id"
    """What the sender named it by."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which items a list shows; empty values do not filter."""

    kind: str = ""
    state: str = ""
    """`draft`, `in_review`, `returned`, `approved` also find a live item's newer revision."""
    topic: str = ""
    q: str = ""
    author_id: UUID | None = None
    expiring_at: datetime | None = None
    """Only items whose live revision ends within seven days of this instant."""
    live_only: bool = False
    """Only items with a live revision: all that those without `library.drafts` may see."""


async def item(db: Read, item_id: UUID, *, lock: bool = False) -> Item:
    """Return one item; raises NotFound. With `lock`, nobody else changes it meanwhile."""
    found = await db.get(Item, (bank_id(db), item_id), with_for_update=lock or None)
    if found is None:
        raise NotFound("没有找到这条内容")
    return found


async def items(
    db: Read, wanted: Filter, *, after: tuple[datetime, UUID] | None = None, limit: int = 20
) -> Sequence[Item]:
    """Return items, latest change first, after the (updated_at, id) of the last one seen."""
    rows = await db.scalars(_after(_filtered(db, select(Item), wanted), after).limit(limit))
    return rows.all()


def _after(query: Select[Any], after: tuple[datetime, UUID] | None) -> Select[Any]:
    if after is not None:
        query = query.where(
            or_(Item.updated_at < after[0], and_(Item.updated_at == after[0], Item.id < after[1]))
        )
    return query.order_by(Item.updated_at.desc(), Item.id.desc())


async def item_count(db: Read, wanted: Filter) -> int:
    """Return how many items a filter matches."""
    return int(await db.scalar(_filtered(db, select(func.count(Item.id)), wanted)) or 0)


async def kind_counts(db: Read) -> dict[str, int]:
    """Return the number of items per kind."""
    rows = await db.execute(
        select(Item.kind, func.count()).where(Item.tenant_id == bank_id(db)).group_by(Item.kind)
    )
    return {row[0]: int(row[1]) for row in rows}


def _filtered(db: Read, query: Any, wanted: Filter) -> Any:  # any select, same select back
    query = query.where(Item.tenant_id == bank_id(db))
    if wanted.live_only:
        query = query.where(Item.live_revision_id.is_not(None))
    if wanted.kind:
        query = query.where(Item.kind == wanted.kind)
    if wanted.state in _OF_WORKING and not wanted.live_only:
        newest = select(Revision.id).where(
            Revision.tenant_id == Item.tenant_id,
            Revision.id == Item.working_revision_id,
            Revision.state == wanted.state,
        )
        query = query.where(newest.exists())
    elif wanted.state:
        query = query.where(Item.state == wanted.state)
    if wanted.topic:
        query = query.where(Item.topic == wanted.topic)
    if wanted.author_id:
        query = query.where(Item.author_id == wanted.author_id)
    if wanted.expiring_at is not None:
        ends = select(Revision.id).where(
            Revision.tenant_id == Item.tenant_id,
            Revision.id == Item.live_revision_id,
            Revision.valid_until > wanted.expiring_at,
            Revision.valid_until <= wanted.expiring_at + EXPIRING,
        )
        query = query.where(ends.exists())
    for token in query_tokens(wanted.q.replace("\x00", " ")):
        has = select(ItemToken.item_id).where(
            ItemToken.tenant_id == Item.tenant_id,
            ItemToken.token == token,
            ItemToken.item_id == Item.id,
        )
        if wanted.live_only:
            has = has.where(ItemToken.of_live)
        query = query.where(has.exists())
    return query


async def was_live(db: Read, item: Item) -> bool:
    """Return whether anything of an item is, or once was, live."""
    return item.live_revision_id is not None or await _last_live(db, item.id) is not None


async def _last_live(db: Read, item_id: UUID) -> Revision | None:
    return await db.scalar(
        select(Revision)
        .where(
            Revision.tenant_id == bank_id(db),
            Revision.item_id == item_id,
            Revision.live_at.is_not(None),
        )
        .order_by(Revision.live_at.desc(), Revision.no.desc())
        .limit(1)
    )


async def item_wordings(db: Read, item_id: UUID) -> tuple[Item, Revision, Revision | None]:
    """Return an item, its newest revision and its live one (or None); raises NotFound."""
    found = await item(db, item_id)
    if found.working_revision_id is None:
        raise NotFound("没有找到这条内容")
    newest = await revision(db, found.working_revision_id)
    if found.live_revision_id is None:
        return found, newest, None
    return found, newest, await revision(db, found.live_revision_id)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list: the item, its newest and its live revision in short, its author.

    The item's own title is the live one; `title` and `topic` are those of the newest revision,
    which only those who may see drafts are shown.
    """

    item: Item
    revision_id: UUID
    no: int
    state: str
    hash: str
    title: str
    topic: str
    live_no: int | None
    live_id: UUID | None
    live_hash: str | None
    valid_until: datetime | None
    """Of the live revision, else of the newest one."""
    author: str


async def lines(
    db: Read, wanted: Filter, *, after: tuple[datetime, UUID] | None = None, limit: int = 20
) -> list[Line]:
    """Return items as `items` does, each with what a list shows, in one statement."""
    working, current = aliased(Revision), aliased(Revision)
    query = _after(
        _filtered(
            db,
            select(
                Item,
                working.id,
                working.no,
                working.state,
                working.hash,
                working.title,
                working.topic,
                current.no,
                current.id,
                current.hash,
                func.coalesce(current.valid_until, working.valid_until),
                Staff.name,
            )
            .join(
                working,
                and_(working.tenant_id == Item.tenant_id, working.id == Item.working_revision_id),
            )
            .outerjoin(
                current,
                and_(current.tenant_id == Item.tenant_id, current.id == Item.live_revision_id),
            )
            .join(Staff, and_(Staff.tenant_id == Item.tenant_id, Staff.id == Item.author_id)),
            wanted,
        ),
        after,
    )
    rows = await db.execute(query.limit(limit))
    return [Line(*row) for row in rows]


async def view_counts(db: Read, views: Mapping[str, Filter]) -> dict[str, int]:
    """Return how many items each named filter matches, in one statement."""
    counts = {
        name: _filtered(db, select(func.count(Item.id)), wanted).scalar_subquery().label(name)
        for name, wanted in views.items()
    }
    row = (await db.execute(select(*counts.values()))).one()
    return {name: int(value) for name, value in zip(counts, row, strict=True)}


async def revision(db: Read, revision_id: UUID, *, lock: bool = False) -> Revision:
    """Return one revision; raises NotFound."""
    found = await db.get(Revision, (bank_id(db), revision_id), with_for_update=lock or None)
    if found is None:
        raise NotFound("没有找到这个版本")
    return found


async def revisions(db: Read, item_id: UUID) -> Sequence[Revision]:
    """Return the revisions of an item, newest first."""
    rows = await db.scalars(
        select(Revision)
        .where(Revision.tenant_id == bank_id(db), Revision.item_id == item_id)
        .order_by(Revision.no.desc())
    )
    return rows.all()


async def revisions_in(
    db: Read, item_id: UUID, states: Collection[str], *, lock: bool = False
) -> Sequence[Revision]:
    """Return the revisions of an item that are in one of `states`, oldest first."""
    query = (
        select(Revision)
        .where(
            Revision.tenant_id == bank_id(db),
            Revision.item_id == item_id,
            Revision.state.in_(states),
        )
        .order_by(Revision.no)
        .execution_options(populate_existing=True)
    )
    return (await db.scalars(query.with_for_update() if lock else query)).all()


async def revision_no(db: Read, item_id: UUID, no: int) -> Revision:
    """Return revision number `no` of an item; raises NotFound."""
    found = await db.scalar(
        select(Revision).where(
            Revision.tenant_id == bank_id(db), Revision.item_id == item_id, Revision.no == no
        )
    )
    if found is None:
        raise NotFound("没有找到这个版本")
    return found


def is_in_window(revision: Revision, at: datetime) -> bool:
    """Return whether a revision is live and its validity window holds `at`."""
    if revision.state != "live":
        return False
    begun = revision.valid_from is None or revision.valid_from <= at
    return begun and (revision.valid_until is None or at < revision.valid_until)


async def live(db: Read, item_id: UUID, *, at: datetime) -> tuple[Item, Revision]:
    """Return an item and its live, in-window revision: all that may be shown or sent.

    Raises:
        NotFound: no such item. NotLive: nothing of it may be used at `at`.
    """
    found = await item(db, item_id)
    if found.live_revision_id is None:
        last = await _last_live(db, item_id)
        state = last.state if last is not None else found.state
        raise NotLive(why_not_live(found, state))
    current = await revision(db, found.live_revision_id)
    if not is_in_window(current, at):
        is_early = current.valid_from is not None and at < current.valid_from
        raise NotLive(why_not_live(found, "approved" if is_early else "expired"))
    return found, current


def why_not_live(item: Item, state: str) -> str:
    """Return why nothing of an item may be used, from the state of what was last live."""
    if state == "recalled":
        why = f"（原因：{item.recall_reason}）" if item.recall_reason else ""
        return f"“{item.title}”已下架{why}，不能使用；请换一条内容，或修改后重新送审并发布"
    if state == "expired":
        return f"“{item.title}”已到期，不能使用；请换一条内容，或改好有效期重新送审并发布"
    if state == "approved":
        return f"“{item.title}”已通过审核，还没到生效时间，不能使用；请到时再用，或换一条内容"
    return f"“{item.title}”还没有已发布的版本，不能使用；请先送审并发布，或换一条内容"


async def review(db: Read, review_id: UUID, *, lock: bool = False) -> Review:
    """Return one review; raises NotFound."""
    found = await db.get(Review, (bank_id(db), review_id), with_for_update=lock or None)
    if found is None:
        raise NotFound("没有找到这条审核记录")
    return found


async def waiting_review(db: Read, subject_id: UUID, *, lock: bool = False) -> Review | None:
    """Return the review a subject waits for, or None."""
    query = select(Review).where(
        Review.tenant_id == bank_id(db),
        Review.subject_id == subject_id,
        Review.state == "waiting",
    )
    found: Review | None = await db.scalar(query.with_for_update() if lock else query)
    return found


async def names(db: Read, staff_ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """Return the names of some people of the bank by id."""
    wanted = {one for one in staff_ids if one is not None}
    if not wanted:
        return {}
    rows = await db.execute(
        select(Staff.id, Staff.name).where(Staff.tenant_id == bank_id(db), Staff.id.in_(wanted))
    )
    return {row[0]: row[1] for row in rows}


async def reviews_of(db: Read, subject_id: UUID) -> Sequence[Review]:
    """Return the reviews of one revision, template revision or push, newest first."""
    rows = await db.scalars(
        select(Review)
        .where(Review.tenant_id == bank_id(db), Review.subject_id == subject_id)
        .order_by(Review.id.desc())
    )
    return rows.all()


async def asset(db: Read, asset_id: UUID) -> Asset:
    """Return one picture's record; raises NotFound."""
    found = await db.get(Asset, (bank_id(db), asset_id))
    if found is None:
        raise NotFound("没有找到这张图片")
    return found


async def asset_by_sha256(db: Read, sha256: str) -> Asset | None:
    """Return the bank's picture with this content, or None."""
    return await db.scalar(
        select(Asset).where(Asset.tenant_id == bank_id(db), Asset.sha256 == sha256)
    )
