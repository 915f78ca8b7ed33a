"""Reads of what became of items that are gone: for those who shared them, and for the console."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, func, select

from contenthub.db import Read
from contenthub.scheduler.models_gone import ItemStop, Notice
from contenthub.tenants.sealing import bank_id

OPEN_MAX = 50


@dataclass(frozen=True, slots=True)
class Told:
    """One recall or expiry carried through, and how many of those who were told have seen it."""

    stop: ItemStop
    seen: int


async def open_notices(
    db: Read, employee_id: UUID, *, limit: int = OPEN_MAX
) -> Sequence[tuple[Notice, ItemStop]]:
    """Return what an employee was told and has not seen yet, the newest first."""
    rows = await db.execute(
        select(Notice, ItemStop)
        .join(
            ItemStop,
            and_(ItemStop.tenant_id == Notice.tenant_id, ItemStop.id == Notice.stop_id),
        )
        .where(
            Notice.tenant_id == bank_id(db),
            Notice.employee_id == employee_id,
            Notice.seen_at.is_(None),
        )
        .order_by(Notice.created_at.desc(), Notice.id.desc())
        .limit(limit)
    )
    return [(row[0], row[1]) for row in rows]


async def stops_of(db: Read, item_id: UUID, *, limit: int = 20) -> list[Told]:
    """Return the recalls and expiries of an item, the newest first."""
    seen = (
        select(func.count())
        .where(
            Notice.tenant_id == ItemStop.tenant_id,
            Notice.stop_id == ItemStop.id,
            Notice.seen_at.is_not(None),
        )
        .scalar_subquery()
    )
    rows = await db.execute(
        select(ItemStop, seen)
        .where(ItemStop.tenant_id == bank_id(db), ItemStop.item_id == item_id)
        .order_by(ItemStop.gone_at.desc())
        .limit(limit)
    )
    return [Told(row[0], int(row[1])) for row in rows]
