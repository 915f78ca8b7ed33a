"""Writes of what a virus scanner found in a file."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from contenthub.db import Write
from contenthub.library.models import Asset
from contenthub.tenants import actions as tenants
from contenthub.tenants.sealing import bank_id

AGAIN_AFTER = timedelta(seconds=30)


async def record_scan(db: Write, asset_id: UUID, virus: str, *, at: datetime) -> Asset | None:
    """Write down that a waiting file is clean, or which virus is in it; None if none waits."""
    asset = await _waiting(db, asset_id)
    if asset is None:
        return None
    name = asset.filename
    if virus:
        asset.scan, asset.scan_note = "infected", virus[:120]
        tenants.record(
            db,
            "asset.infected",
            "asset",
            asset.id,
            by=None,
            at=at,
            filename=name,
            virus=virus[:120],
        )
    else:
        asset.scan, asset.scan_note = "clean", ""
        tenants.record(db, "asset.scanned", "asset", asset.id, by=None, at=at, filename=name)
    return asset


async def postpone_scan(db: Write, asset_id: UUID, why: str, *, at: datetime) -> None:
    """Let a file wait on, because nobody knows what is in it."""
    asset = await _waiting(db, asset_id)
    if asset is not None:
        asset.scan_note, asset.scan_after = why[:200], at + AGAIN_AFTER


async def skip_scan(db: Write, asset_id: UUID) -> None:
    """Let a file go unscanned, as every other: the scanner was taken away."""
    asset = await _waiting(db, asset_id)
    if asset is not None:
        asset.scan, asset.scan_note = "off", ""


async def _waiting(db: Write, asset_id: UUID) -> Asset | None:
    rows = select(Asset).where(
        Asset.tenant_id == bank_id(db), Asset.id == asset_id, Asset.scan == "waiting"
    )
    found: Asset | None = await db.scalar(rows.with_for_update())
    return found
