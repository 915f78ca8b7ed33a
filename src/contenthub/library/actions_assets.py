"""Writes of pictures: kept once per bank and content."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import PurePath

from sqlalchemy.dialects.postgresql import insert

from contenthub.db import TenantId, Write, new_id
from contenthub.errors import NotFound
from contenthub.library import queries
from contenthub.library.intake import Picture
from contenthub.library.models import Asset
from contenthub.storage import Storage
from contenthub.tenants import actions as tenants
from contenthub.tenants import actions_store
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id

FILENAME_MAX_CHARS = 120
_ENDINGS = {"image/jpeg": "jpg", "image/png": "png"}


@dataclass(frozen=True, slots=True)
class Stored:
    """A picture whose bytes are in the store already, and the name it came with."""

    picture: Picture
    sha256: str
    key: str
    filename: str


async def store_picture(
    storage: Storage, tenant: TenantId, picture: Picture, *, filename: str
) -> Stored:
    """Put a picture's bytes into the store under its content's hash; no transaction is open.

    The same content has the same key, so a second upload changes nothing.
    """
    digest = sha256(picture.data).hexdigest()
    key = f"{tenant}/assets/{digest}.{_ENDINGS[picture.mime]}"
    await storage.put(key, picture.data, mime=picture.mime)
    # Only the last part of a path, and nothing a page or a file system would trip over.
    name = "".join(c for c in PurePath(filename.replace("\\", "/")).name if c.isprintable())
    return Stored(picture, digest, key, name[:FILENAME_MAX_CHARS] or "picture")


async def keep_asset(db: Write, stored: Stored, *, by: Staff, at: datetime) -> Asset:
    """Return the record of a stored picture; one the bank has already comes back as it is."""
    row = {
        "tenant_id": bank_id(db),
        "id": new_id(),
        "sha256": stored.sha256,
        "mime": stored.picture.mime,
        "width_px": stored.picture.width_px,
        "height_px": stored.picture.height_px,
        "size_bytes": len(stored.picture.data),
        "storage_key": stored.key,
        "filename": stored.filename,
        "created_by": by.id,
        "created_at": at,
    }
    if await queries.asset_by_sha256(db, stored.sha256) is None:
        await actions_store.hold_room(db, len(stored.picture.data))
    added = await db.execute(
        insert(Asset).values(**row).on_conflict_do_nothing().returning(Asset.id)
    )
    asset = await queries.asset_by_sha256(db, stored.sha256)
    if asset is None:
        raise NotFound("没有找到这张图片")
    if added.first() is not None:
        tenants.record(db, "asset.uploaded", "asset", asset.id, by=by, at=at, sha256=asset.sha256)
    return asset
