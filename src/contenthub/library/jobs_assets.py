"""Worker entries for files: the virus scan, and clearing away what nobody uses."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from contenthub import log
from contenthub.channels import antivirus
from contenthub.db import Database, Platform, TenantId
from contenthub.library import (
    actions_asset_scans,
    actions_asset_waste,
    queries,
    queries_assets,
)
from contenthub.queue import job, sweep
from contenthub.settings import Settings
from contenthub.storage import Entry, storage_of

COLLECTED_EVERY = timedelta(days=1)
ORPHAN_AFTER = timedelta(days=1)
"""What lies in the store without a record for so long was never recorded: an upload died."""
Due = list[tuple[UUID, dict[str, str]]]


def _settings(database: Database) -> Settings:
    found: Settings = database.resources["settings"]  # type: ignore[assignment]  # house.py puts it there
    return found


@job("library.scan_asset")
async def scan_asset(database: Database, tenant: TenantId, /, **ids: Any) -> None:
    """Have a waiting file scanned; what cannot be scanned waits on and is given to nobody."""
    settings, storage, known = (
        _settings(database),
        storage_of(database.resources),
        UUID(ids["asset_id"]),
    )
    async with database.reading(tenant) as db:
        asset = await queries.asset(db, known)
    if asset.scan != "waiting":
        return
    if not settings.antivirus_url:
        async with database.unit_of_work(tenant) as db:
            await actions_asset_scans.skip_scan(db, known)
        return
    blocks = storage.read(asset.storage_key, 0, asset.size_bytes - 1)
    try:
        virus = await antivirus.scan(
            settings.antivirus_url, blocks, seconds=settings.antivirus_seconds
        )
    except antivirus.ScannerAway as away:
        async with database.unit_of_work(tenant) as db:
            now = datetime.now(UTC)
            await actions_asset_scans.postpone_scan(db, known, away.detail, at=now)
        return
    async with database.unit_of_work(tenant) as db:
        await actions_asset_scans.record_scan(db, known, virus, at=datetime.now(UTC))
    if virus:
        await storage.delete(asset.storage_key)


@sweep("library.scan_asset")
async def assets_to_scan(db: Platform, now: datetime) -> Due:
    """Return files that wait for the scanner."""
    found = await queries_assets.waiting_for_scan(db, now)
    return [(bank, {"asset_id": str(asset)}) for bank, asset in found]


@job("library.collect_assets")
async def collect_assets(database: Database, tenant: TenantId, /, **_ids: Any) -> None:
    """Clear a bank of deleted and late files, and of what lies in the store without a record."""
    settings = _settings(database)
    await clear(
        database,
        tenant,
        unused_days=settings.asset_unused_days,
        trash_days=settings.asset_trash_days,
        now=datetime.now(UTC),
    )


@dataclass(frozen=True, slots=True)
class Round:
    """What one clearing of a bank has done."""

    trashed: int
    files: int
    objects: int
    freed_bytes: int


async def clear(
    database: Database, tenant: TenantId, *, unused_days: int, trash_days: int, now: datetime
) -> Round:
    """Clear a bank, one short transaction after the other; return what that did.

    `unused_days` of 0 puts nothing into the waste basket that nobody has deleted.
    """
    storage, trashed = storage_of(database.resources), 0
    if unused_days:
        before = now - timedelta(days=unused_days)
        async with database.unit_of_work(tenant) as db:
            trashed = await actions_asset_waste.trash_unused(db, before=before, at=now)
    async with database.unit_of_work(tenant) as db:
        before = now - timedelta(days=trash_days)
        cleared = await actions_asset_waste.collect(db, before=before, at=now)
    for key in cleared.keys:
        await storage.delete(key)
    lost = await orphans(database, tenant, now=now)
    for entry in lost:
        await storage.delete(entry.key)
    freed = cleared.freed_bytes + sum(entry.size_bytes for entry in lost)
    async with database.unit_of_work(tenant) as db:
        await actions_asset_waste.record_collection(
            db, files=cleared.files, objects=len(lost), freed_bytes=freed, at=now
        )
    if cleared.files or lost:
        log.event("assets.collected", files=cleared.files, objects=len(lost), bytes=freed)
    return Round(trashed, cleared.files, len(lost), freed)


async def orphans(database: Database, tenant: TenantId, *, now: datetime) -> list[Entry]:
    """Return what lies among a bank's files in the store for a day and has no record."""
    storage = storage_of(database.resources)
    found = [
        entry
        for folder in ("assets", "uploads")
        for entry in await storage.entries(f"{tenant}/{folder}/")
        if entry.modified_at < now - ORPHAN_AFTER
    ]
    async with database.reading(tenant) as db:
        owned = await queries_assets.by_keys(db, [entry.key for entry in found])
    return [entry for entry in found if entry.key not in owned]


@sweep("library.collect_assets")
async def banks_to_collect(db: Platform, now: datetime) -> Due:
    """Return banks that were not cleared for a day."""
    return [(bank, {}) for bank in await queries_assets.not_collected(db, now - COLLECTED_EVERY)]
