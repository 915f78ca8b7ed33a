"""Worker entries of the library: windows that begin and end."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from contenthub.db import Database, Platform, TenantId
from contenthub.library import actions_windows
from contenthub.library.models import Revision
from contenthub.queue import job, sweep

BATCH = 100


@job("library.expire_item")
async def expire(database: Database, tenant: TenantId, /, **ids: Any) -> None:
    """End the live revision of `item_id` when its window has passed."""
    async with database.unit_of_work(tenant) as db:
        await actions_windows.expire(db, UUID(ids["item_id"]), at=datetime.now(UTC))


@sweep("library.expire_item")
async def expired(db: Platform, now: datetime) -> list[tuple[UUID, dict[str, str]]]:
    """Return the items whose live revision has ended."""
    rows = await db.execute(
        select(Revision.tenant_id, Revision.item_id)
        .where(Revision.state == "live", Revision.valid_until <= now)
        .limit(BATCH)
    )
    return [(row[0], {"item_id": str(row[1])}) for row in rows]


@job("library.start_window")
async def start_window(database: Database, tenant: TenantId, /, **ids: Any) -> None:
    """Publish the approved revision of `item_id` when its window begins."""
    async with database.unit_of_work(tenant) as db:
        await actions_windows.start_window(db, UUID(ids["item_id"]), at=datetime.now(UTC))


@sweep("library.start_window")
async def begun(db: Platform, now: datetime) -> list[tuple[UUID, dict[str, str]]]:
    """Return the items whose approved revision may go live."""
    rows = await db.execute(
        select(Revision.tenant_id, Revision.item_id)
        .where(Revision.state == "approved", Revision.valid_from <= now)
        .limit(BATCH)
    )
    return [(row[0], {"item_id": str(row[1])}) for row in rows]
