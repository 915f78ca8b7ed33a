"""Worker entry that measures what a bank keeps in the store, for its quota and its page."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from contenthub.db import Database, Platform, TenantId
from contenthub.queue import job, sweep
from contenthub.storage import storage_of
from contenthub.tenants import actions_store, queries_banks, queries_platform

MEASURED_EVERY = timedelta(hours=1)


@job("tenants.measure_store")
async def measure_store(database: Database, tenant: TenantId, /, **_ids: Any) -> None:
    """Write down the bytes under the bank's id: photos, imports, archives, posters, pictures."""
    storage = storage_of(database.resources)
    # Taken first: a picture that comes meanwhile may count twice for an hour, never not at all.
    now = datetime.now(UTC)
    async with database.reading(tenant) as db:
        added = await queries_banks.added_since_measured(db)
    size = await storage.size_bytes(f"{tenant}/")
    async with database.unit_of_work(tenant) as db:
        await actions_store.measured(db, size, added_bytes=added, at=now)


@sweep("tenants.measure_store")
async def unmeasured_stores(db: Platform, now: datetime) -> list[tuple[UUID, dict[str, str]]]:
    """Return some banks whose store was last measured more than an hour ago, or never."""
    before = now - MEASURED_EVERY
    return [(bank, {}) for bank in await queries_platform.unmeasured(db, before=before, limit=20)]
