"""Writes of saved views: kept, changed, moved, deleted, brought back, opened with."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from contenthub.db import Write, new_id
from contenthub.errors import Forbidden, Invalid
from contenthub.tenants import access, queries_views
from contenthub.tenants import actions as tenants
from contenthub.tenants.models import Staff
from contenthub.tenants.models_views import ListStart, SavedView
from contenthub.tenants.sealing import bank_id

NAME_MAX_CHARS = 20
QUERY_MAX_CHARS = 1_000
OWN_MAX, SHARED_MAX = 30, 50
KEPT_DELETED = timedelta(days=30)


PLACES: dict[str, tuple[str, str]] = {
    "library": ("内容库", "library.share_views"),
    "customers": ("客户列表", "customers.tags"),
}
"""The lists that have views: slug → the word for it, and the permission to share them."""


@dataclass(frozen=True, slots=True)
class ViewDraft:
    """What a person decides about a view; `query` is the URL's, in its one spelling."""

    name: str
    query: str
    is_shared: bool = False
    place: str = "library"


def _clean(draft: ViewDraft) -> ViewDraft:
    name = " ".join(unicodedata.normalize("NFKC", draft.name).split())
    wrong = {}
    if not name or len(name) > NAME_MAX_CHARS or "\x00" in name:
        wrong["name"] = f"请填写视图名称，最多 {NAME_MAX_CHARS} 字，例如 本月到期的存款"
    if not draft.query or len(draft.query) > QUERY_MAX_CHARS:
        word = PLACES[draft.place][0]
        wrong["query"] = f"请先在{word}选好筛选条件或排序，再保存为视图"
    if wrong:
        raise Invalid(fields=wrong)
    return ViewDraft(name, draft.query, draft.is_shared, draft.place)


async def save_view(db: Write, draft: ViewDraft, *, by: Staff, at: datetime) -> SavedView:
    """Keep a filter under a name, for oneself or for the bank.

    Raises:
        Invalid: no name, one of the own views has it, or too many. Forbidden: may not share.
    """
    kept = _clean(draft)
    _check_may_share(kept, by)
    await _purge(db, by, at=at)
    own = await _own(db, by, kept.place)
    if any(one.name == kept.name for one in own):
        raise _taken(kept.name)
    if len(own) >= OWN_MAX:
        raise Invalid.of("name", f"最多保存 {OWN_MAX} 个视图，请先删除不用的")
    if kept.is_shared:
        await _check_room(db, kept.place)
    made = SavedView(
        tenant_id=bank_id(db),
        id=new_id(),
        owner_id=by.id,
        place=kept.place,
        name=kept.name,
        query=kept.query,
        is_shared=kept.is_shared,
        position=max((one.position for one in own), default=0) + 1,
        created_at=at,
        updated_at=at,
    )
    db.add(made)
    await db.flush()
    facts = _said(made)
    tenants.record(db, "library_view.saved", "library_view", made.id, by=by, at=at, **facts)
    return made


async def change_view(
    db: Write, view_id: UUID, draft: ViewDraft, *, by: Staff, at: datetime
) -> SavedView:
    """Rename a view, give it another filter, share it or stop sharing it.

    Raises:
        NotFound; Forbidden: a colleague's, without the permission to share; Invalid as `save_view`.
    """
    found = await _mine(db, view_id, by, place=draft.place)
    kept = _clean(draft)
    if kept.is_shared and not found.is_shared:
        _check_may_share(kept, by)
        await _check_room(db, found.place)
    owners = await db.scalars(_living(db, found.place).where(SavedView.owner_id == found.owner_id))
    if any(one.name == kept.name and one.id != found.id for one in owners):
        raise _taken(kept.name)
    if found.is_shared and not kept.is_shared:
        await _close(db, found, but=found.owner_id)
    found.name, found.query, found.is_shared = kept.name, kept.query, kept.is_shared
    found.updated_at = at
    await db.flush()
    facts = _said(found)
    tenants.record(db, "library_view.changed", "library_view", found.id, by=by, at=at, **facts)
    return found


async def delete_view(
    db: Write, view_id: UUID, *, by: Staff, at: datetime, place: str = "library"
) -> SavedView:
    """Delete a view; for 30 days it can be brought back."""
    found = await _mine(db, view_id, by, place=place)
    found.deleted_at = found.updated_at = at
    await _close(db, found)
    await db.flush()
    facts = _said(found)
    tenants.record(db, "library_view.deleted", "library_view", found.id, by=by, at=at, **facts)
    return found


async def restore_view(
    db: Write, view_id: UUID, *, by: Staff, at: datetime, place: str = "library"
) -> SavedView:
    """Bring a deleted view back; one that is there stays as it is.

    Raises:
        Invalid: its name is another view's by now.
    """
    found = await _mine(db, view_id, by, place=place, with_deleted=True)
    if found.deleted_at is None:
        return found
    owners = await db.scalars(_living(db, found.place).where(SavedView.owner_id == found.owner_id))
    if any(one.name == found.name for one in owners):
        raise _taken(found.name)
    found.deleted_at, found.updated_at = None, at
    await db.flush()
    facts = _said(found)
    tenants.record(db, "library_view.restored", "library_view", found.id, by=by, at=at, **facts)
    return found


async def move_view(db: Write, view_id: UUID, *, step: int, by: Staff, at: datetime) -> None:
    """Move an own view of the library up (`step` -1) or down (1); no further than the end."""
    found = await _mine(db, view_id, by, place="library")
    own = await _own(db, by, found.place)
    places = [one.id for one in own]
    if found.id not in places:
        raise Forbidden("只能调整自己的视图的顺序")
    old = places.index(found.id)
    new = min(max(old + step, 0), len(own) - 1)
    own.insert(new, own.pop(old))
    for position, one in enumerate(own, start=1):
        one.position = position
    await db.flush()
    if new != old:
        facts = _said(found)
        tenants.record(db, "library_view.moved", "library_view", found.id, by=by, at=at, **facts)


async def start_with(
    db: Write, view_id: UUID | None, *, by: Staff, at: datetime, place: str = "library"
) -> None:
    """Let a list open with a view for `by`; None: with everything, as at first."""
    key = {"tenant_id": bank_id(db), "staff_id": by.id, "place": place}
    word = PLACES[place][0]
    if view_id is None:
        mine = (getattr(ListStart, name) == value for name, value in key.items())
        await db.execute(delete(ListStart).where(*mine))
        tenants.record(db, "library_start.cleared", "staff", by.id, by=by, at=at, place=word)
        return
    found = await queries_views.view(db, view_id, me=by, place=place)
    await db.execute(
        insert(ListStart)
        .values(**key, view_id=found.id)
        .on_conflict_do_update(index_elements=list(key), set_={"view_id": found.id})
    )
    facts = _said(found)
    tenants.record(db, "library_start.set", "staff", by.id, by=by, at=at, **facts)


def _said(view: SavedView) -> dict[str, str]:
    """Return what the audit trail says of a view: its name, and which list it belongs to."""
    return {"name": view.name, "place": PLACES[view.place][0]}


def _living(db: Write, place: str) -> Select[SavedView]:
    return select(SavedView).where(
        SavedView.tenant_id == bank_id(db),
        SavedView.place == place,
        SavedView.deleted_at.is_(None),
    )


async def _own(db: Write, by: Staff, place: str) -> list[SavedView]:
    rows = await db.scalars(
        _living(db, place)
        .where(SavedView.owner_id == by.id)
        .order_by(SavedView.position, SavedView.name)
        .with_for_update()
    )
    return list(rows)


async def _mine(
    db: Write, view_id: UUID, by: Staff, *, place: str, with_deleted: bool = False
) -> SavedView:
    """Return a view that `by` may change: the own, or a shared one for those who may share."""
    found = await queries_views.view(
        db, view_id, me=by, place=place, lock=True, with_deleted=with_deleted
    )
    if found.owner_id != by.id and not access.may(by.roles, PLACES[found.place][1]):
        raise Forbidden("这是同事共享的视图，只有本人和有共享权限的人可以修改或删除")
    return found


def _check_may_share(draft: ViewDraft, by: Staff) -> None:
    if draft.is_shared and not access.may(by.roles, PLACES[draft.place][1]):
        raise Forbidden("您的角色不能把视图共享给全行，请只保存给自己，或请银行管理员共享")


async def _check_room(db: Write, place: str) -> None:
    count = await db.scalar(
        select(func.count()).select_from(_living(db, place).where(SavedView.is_shared).subquery())
    )
    if (count or 0) >= SHARED_MAX:
        raise Invalid.of("is_shared", f"全行共享的视图最多 {SHARED_MAX} 个，请先删除不用的")


def _taken(name: str) -> Invalid:
    return Invalid.of("name", f"已经有叫“{name}”的视图，请换一个名称，或修改原来的那个")


async def _close(db: Write, view: SavedView, *, but: UUID | None = None) -> None:
    """Let the library open with a view for nobody any more, or for `but` only."""
    query = delete(ListStart).where(
        ListStart.tenant_id == bank_id(db), ListStart.view_id == view.id
    )
    await db.execute(query if but is None else query.where(ListStart.staff_id != but))


async def _purge(db: Write, by: Staff, *, at: datetime) -> None:
    """Forget what a person deleted long ago; nothing opens with it since."""
    await db.execute(
        delete(SavedView).where(
            SavedView.tenant_id == bank_id(db),
            SavedView.owner_id == by.id,
            SavedView.deleted_at < at - KEPT_DELETED,
        )
    )
