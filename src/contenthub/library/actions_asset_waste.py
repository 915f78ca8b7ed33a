"""Writes that clear away files nobody uses; what anything names is kept by the database itself."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from contenthub.db import Write
from contenthub.library import queries_assets
from contenthub.library.actions_asset_uploads import expire_uploads
from contenthub.library.models import Asset
from contenthub.library.models_assets import AssetCollection
from contenthub.tenants import actions as tenants
from contenthub.tenants.sealing import bank_id

AT_ONCE = 500


@dataclass(slots=True)
class Cleared:
    """What a round has taken away, and the places in the store that nothing owns any more."""

    files: int = 0
    freed_bytes: int = 0
    keys: list[str] = field(default_factory=list)


async def trash_unused(db: Write, *, before: datetime, at: datetime) -> int:
    """Put files into the waste basket that came before a day and that nothing names."""
    found = await queries_assets.unused(db, before=before, limit=AT_ONCE, lock=True)
    for asset in found:
        asset.deleted_at = at
    if found:
        names = "、".join(asset.filename for asset in found[:5])
        tenants.record(
            db, "asset.trashed", "bank", bank_id(db), by=None, at=at, files=len(found), names=names
        )
    return len(found)


async def collect(db: Write, *, before: datetime, at: datetime) -> Cleared:
    """Forget files that lie in the waste basket since before a day, and uploads that are late.

    The bytes are deleted by the caller, once this has been committed.
    """
    cleared = Cleared(keys=await expire_uploads(db, at=at))
    found = await queries_assets.deleted(db, before=before, limit=AT_ONCE, lock=True)
    for asset in found:
        tenants.record(
            db,
            "asset.collected",
            "asset",
            asset.id,
            by=None,
            at=at,
            filename=asset.filename,
            sha256=asset.sha256,
        )
        cleared.files += 1
        cleared.freed_bytes += asset.size_bytes
        cleared.keys += [key for key in (asset.storage_key, asset.thumb_key) if key]
    await db.execute(
        delete(Asset).where(
            Asset.tenant_id == bank_id(db), Asset.id.in_([asset.id for asset in found])
        )
    )
    return cleared


async def record_collection(
    db: Write, *, files: int, objects: int, freed_bytes: int, at: datetime
) -> None:
    """Write down when the bank was last cleared, and what that freed."""
    row = {"collected_at": at, "files": files, "objects": objects, "freed_bytes": freed_bytes}
    await db.execute(
        insert(AssetCollection)
        .values(tenant_id=bank_id(db), **row)
        .on_conflict_do_update(index_elements=["tenant_id"], set_=row)
    )
    if objects:
        tenants.record(
            db,
            "asset.orphans_deleted",
            "bank",
            bank_id(db),
            by=None,
            at=at,
            objects=objects,
            freed_bytes=freed_bytes,
        )
