"""Reads of the filters that people of a bank keep under a name."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import BindParameter, and_, bindparam, or_, select

from contenthub.db import Read
from contenthub.errors import NotFound
from contenthub.tenants.models import Staff
from contenthub.tenants.models_views import ListStart, SavedView
from contenthub.tenants.sealing import BANK, bank_id

_ME: BindParameter[UUID] = bindparam("me")
_PLACE: BindParameter[str] = bindparam("place")
_OPENS = and_(
    ListStart.tenant_id == SavedView.tenant_id,
    ListStart.view_id == SavedView.id,
    ListStart.staff_id == _ME,
)
_OWNER = and_(Staff.tenant_id == SavedView.tenant_id, Staff.id == SavedView.owner_id)
_VIEWS = (
    select(SavedView, ListStart.view_id.is_not(None), Staff.name)
    .join(Staff, _OWNER)
    .outerjoin(ListStart, _OPENS)
    .where(
        SavedView.tenant_id == BANK,
        SavedView.place == _PLACE,
        SavedView.deleted_at.is_(None),
        or_(SavedView.owner_id == _ME, SavedView.is_shared),
    )
    .order_by(SavedView.owner_id != _ME, SavedView.position, SavedView.name, SavedView.id)
)
NOT_FOUND = "没有找到这个视图，可能已被删除或不再共享，请刷新后再试"


@dataclass(frozen=True, slots=True)
class Shown:
    """A view as a person is shown it; `is_start`: the list opens with it for them."""

    view: SavedView
    is_start: bool
    owner: str


async def views(db: Read, me: Staff, *, place: str = "library") -> list[Shown]:
    """Return what a person is shown: the own views in their order, then those shared."""
    rows = await db.execute(_VIEWS, {"bank": bank_id(db), "me": me.id, "place": place})
    return [Shown(*row) for row in rows]


async def view(
    db: Read,
    view_id: UUID,
    *,
    me: Staff,
    place: str = "library",
    lock: bool = False,
    with_deleted: bool = False,
) -> SavedView:
    """Return a view of a list that a person is shown; raises NotFound for others' own ones."""
    found = await db.get(SavedView, (bank_id(db), view_id), with_for_update=lock or None)
    if found is None or (found.owner_id != me.id and not found.is_shared):
        raise NotFound(NOT_FOUND)
    if found.place != place:
        raise NotFound(NOT_FOUND)
    if found.deleted_at is not None and not with_deleted:
        raise NotFound(NOT_FOUND)
    return found


async def deleted_view(db: Read, view_id: UUID, *, me: Staff) -> SavedView | None:
    """Return a view that was deleted and that `me` was shown before, or None."""
    found = await db.get(SavedView, (bank_id(db), view_id))
    if found is None or found.deleted_at is None:
        return None
    return found if found.owner_id == me.id or found.is_shared else None
