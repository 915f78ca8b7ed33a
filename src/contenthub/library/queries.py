"""Reads of items, revisions, reviews and pictures."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, func, select
from sqlalchemy.orm import aliased

from contenthub.db import Read
from contenthub.errors import Conflict, NotFound
from contenthub.library.models import Asset, Item, Review, Revision
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import BANK, bank_id

_REVISIONS = (
    select(Revision)
    .where(Revision.tenant_id == BANK, Revision.item_id == bindparam("item"))
    .order_by(Revision.no.desc())
)
_NAMES = select(Staff.id, Staff.name).where(
    Staff.tenant_id == BANK, Staff.id.in_(bindparam("people", expanding=True))
)


class NotLive(Conflict):
    """The item has no live revision inside its validity window."""

    code = "not_live"
    title = "这条内容没有已发布且在有效期内的版本，不能使用"
    field = "item_id"
    """What the sender named it by."""

    def __init__(self, detail: str = "", *, plainly: str = "", kind: str = "") -> None:
        super().__init__(detail)
        self.kind = kind
        """Of which kind of item, where it is one."""
        self.plainly = plainly or self.detail
        """The same for who can change nothing about it: an employee with a phone."""


async def item(db: Read, item_id: UUID, *, lock: bool = False) -> Item:
    """Return one item; raises NotFound. With `lock`, nobody else changes it meanwhile."""
    found = await db.get(Item, (bank_id(db), item_id), with_for_update=lock or None)
    if found is None:
        raise NotFound("没有找到这条内容")
    return found


async def copies_of(db: Read, item_id: UUID) -> Sequence[Item]:
    """Return the items that are copies of one, or copies of its copies, locked."""
    rows = await db.scalars(
        select(Item)
        .where(Item.tenant_id == bank_id(db), Item.copy_of_id == item_id)
        .order_by(Item.id)
        .with_for_update()
    )
    return rows.all()


async def was_live(db: Read, item: Item) -> bool:
    """Return whether anything of an item is, or once was, live."""
    return await last_shown(db, item) is not None


async def last_shown(db: Read, item: Item) -> Revision | None:
    """Return what customers see of an item, or saw last; None where nothing ever was live."""
    if item.live_revision_id is not None:
        return await revision(db, item.live_revision_id)
    return await _last_live(db, item.id)


# Made once: copying a table's columns for an alias takes longer than asking the database.
_Past = aliased(Revision)
_LAST = (
    select(_Past.id)
    .where(
        _Past.tenant_id == Item.tenant_id,
        _Past.item_id == Item.id,
        _Past.live_at.is_not(None),
    )
    .order_by(_Past.live_at.desc(), _Past.no.desc())
    .limit(1)
    .correlate(Item)
    .scalar_subquery()
)


def is_last_shown(shown: type[Revision]) -> ColumnElement[bool]:
    """Match `shown` to the Item beside it as what customers see of it, or saw last."""
    return and_(
        shown.tenant_id == Item.tenant_id, shown.id == func.coalesce(Item.live_revision_id, _LAST)
    )


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


async def revision(db: Read, revision_id: UUID, *, lock: bool = False) -> Revision:
    """Return one revision; raises NotFound."""
    found = await db.get(Revision, (bank_id(db), revision_id), with_for_update=lock or None)
    if found is None:
        raise NotFound("没有找到这个版本")
    return found


async def revisions(db: Read, item_id: UUID) -> Sequence[Revision]:
    """Return the revisions of an item, newest first."""
    return (await db.scalars(_REVISIONS, {"bank": bank_id(db), "item": item_id})).all()


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
        raise _not_live(found, state)
    current = await revision(db, found.live_revision_id)
    if not is_in_window(current, at):
        is_early = current.valid_from is not None and at < current.valid_from
        raise _not_live(found, "approved" if is_early else "expired")
    return found, current


def _not_live(item: Item, state: str) -> NotLive:
    words = {"recalled": "已下架", "expired": "已过有效期", "approved": "还没到生效时间"}
    reason = item.recall_reason if state == "recalled" else ""
    plainly = f"“{item.title}”{words.get(state, '还没有发布')}"
    plainly += f"，原因：{reason}" if reason else ""
    return NotLive(why_not_live(item, state), plainly=f"{plainly}。请换一条内容", kind=item.kind)


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
    rows = await db.execute(_NAMES, {"bank": bank_id(db), "people": wanted})
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
