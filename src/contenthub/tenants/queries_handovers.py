"""Reads of what passed from somebody who left."""

from uuid import UUID

from sqlalchemy import select

from contenthub.db import Read
from contenthub.tenants.models import Handover
from contenthub.tenants.sealing import bank_id


async def handover_of(db: Read, staff_id: UUID) -> Handover | None:
    """Return what passed when a person left, or None when nothing was kept of it."""
    rows = await db.scalars(
        select(Handover)
        .where(Handover.tenant_id == bank_id(db), Handover.from_id == staff_id)
        .order_by(Handover.at.desc())
        .limit(1)
    )
    return rows.first()
