"""Reads of the filters that people of a bank keep under a name."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import BindParameter, and_, bindparam, or_, select

from contenthub.db import Read
from contenthub.errors import NotFound
from contenthub.library.models_labels import LibraryStart, LibraryView
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import BANK, bank_id

_ME: BindParameter[UUID] = bindparam("me")
_OPENS = and_(
    LibraryStart.tenant_id == LibraryView.tenant_id,
    LibraryStart.view_id == LibraryView.id,
    LibraryStart.staff_id == _ME,
)
_OWNER = and_(Staff.tenant_id == LibraryView.tenant_id, Staff.id == LibraryView.owner_id)
_VIEWS = (
    select(LibraryView, LibraryStart.view_id.is_not(None), Staff.name)
    .join(Staff, _OWNER)
    .outerjoin(LibraryStart, _OPENS)
    .where(
        LibraryView.tenant_id == BANK,
        LibraryView.deleted_at.is_(None),
        or_(LibraryView.owner_id == _ME, LibraryView.is_shared),
    )
    .order_by(LibraryView.owner_id != _ME, LibraryView.position, LibraryView.name, LibraryView.id)
)
NOT_FOUND = "没有找到这个视图，可能已被删除或不再共享，请刷新后再试"


@dataclass(frozen=True, slots=True)
class Shown:
    """A view as a person is shown it; `is_start`: the library opens with it for them."""

    view: LibraryView
    is_start: bool
    owner: str


async def views(db: Read, me: Staff) -> list[Shown]:
    """Return what a person is shown: the own views in their order, then those shared."""
    rows = await db.execute(_VIEWS, {"bank": bank_id(db), "me": me.id})
    return [Shown(*row) for row in rows]


async def view(
    db: Read, view_id: UUID, *, me: Staff, lock: bool = False, with_deleted: bool = False
) -> LibraryView:
    """Return a view that a person is shown; raises NotFound for others' own ones."""
    found = await db.get(LibraryView, (bank_id(db), view_id), with_for_update=lock or None)
    if found is None or (found.owner_id != me.id and not found.is_shared):
        raise NotFound(NOT_FOUND)
    if found.deleted_at is not None and not with_deleted:
        raise NotFound(NOT_FOUND)
    return found


async def deleted_view(db: Read, view_id: UUID, *, me: Staff) -> LibraryView | None:
    """Return a view that was deleted and that `me` was shown before, or None."""
    found = await db.get(LibraryView, (bank_id(db), view_id))
    if found is None or found.deleted_at is None:
        return None
    return found if found.owner_id == me.id or found.is_shared else None
