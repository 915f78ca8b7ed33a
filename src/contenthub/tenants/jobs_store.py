"""Worker entry that measures what a bank keeps in the store, for its quota and its page."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import update

from contenthub.db import Database, Platform, TenantId
from contenthub.queue import job, sweep
from contenthub.storage import Storage
from contenthub.tenants import queries_platform
from contenthub.tenants.models import Bank

MEASURED_EVERY = timedelta(hours=1)


@job("tenants.measure_store")
async def measure_store(database: Database, tenant: TenantId, /, **_ids: Any) -> None:
    """Write down the bytes under the bank's id: photos, imports, archives, posters, pictures."""
    storage: Storage = database.resources["storage"]  # type: ignore[assignment]  # app.py puts it there
    # Taken first: a picture that comes meanwhile may count twice for an hour, never not at all.
    now = datetime.now(UTC)
    size = await storage.size_bytes(f"{tenant}/")
    async with database.unit_of_work(tenant) as db:
        await db.execute(
            update(Bank).where(Bank.id == tenant).values(stored_bytes=size, stored_at=now)
        )


@sweep("tenants.measure_store")
async def unmeasured_stores(db: Platform, now: datetime) -> list[tuple[UUID, dict[str, str]]]:
    """Return some banks whose store was last measured more than an hour ago, or never."""
    before = now - MEASURED_EVERY
    return [(bank, {}) for bank in await queries_platform.unmeasured(db, before=before, limit=20)]
