"""Writes of files: kept once per bank and content, described, put into the waste basket."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from contenthub.db import TenantId, Write, new_id
from contenthub.errors import Conflict, NotFound
from contenthub.library import filesorts, queries, queries_assets
from contenthub.library.intake import Picture
from contenthub.library.models import Asset
from contenthub.storage import Storage
from contenthub.tenants import actions as tenants
from contenthub.tenants import actions_store
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id


class AssetInUse(Conflict):
    """A file is named by a wording, a poster or a kit, also by an old version of one."""

    code = "asset_in_use"
    title = "文件正在使用，不能删除"


@dataclass(frozen=True, slots=True)
class Stored:
    """A file whose bytes are in the store already, and the name it came with."""

    sha256: str
    key: str
    filename: str
    mime: str
    size_bytes: int
    width_px: int = 0
    height_px: int = 0
    thumb_key: str = ""
    alt_text: str = ""
    is_scanned: bool = False
    """Whether a scanner has found it clean."""
    is_known: bool = False
    """Whether the bank has it: then nothing was written for it."""


def new_key(tenant: TenantId, digest: str, mime: str) -> str:
    """Return a place in the store that nothing else is ever written to.

    A clean-up that deletes what nobody has recorded can so never meet an upload of today.
    """
    return f"{tenant}/assets/{digest}-{new_id().hex}.{filesorts.SORTS[mime].ending}"


async def store_picture(
    storage: Storage,
    tenant: TenantId,
    picture: Picture,
    *,
    filename: str,
    known: Asset | None = None,
    alt_text: str = "",
    is_scanned: bool = False,
) -> Stored:
    """Put a picture's bytes and its thumbnail into the store; no transaction is open.

    With `known`, the bank's own file of the same content, nothing is written.
    """
    digest = sha256(picture.data).hexdigest()
    key = known.storage_key if known else new_key(tenant, digest, picture.mime)
    thumb_key = ""
    if known is None:
        await storage.put(key, picture.data, mime=picture.mime)
        if picture.thumb:
            thumb_key = f"{key.rsplit('.', 1)[0]}.thumb.jpg"
            await storage.put(thumb_key, picture.thumb, mime="image/jpeg")
    return Stored(
        sha256=digest,
        key=key,
        filename=filesorts.clean_filename(filename),
        mime=picture.mime,
        size_bytes=len(picture.data),
        width_px=picture.width_px,
        height_px=picture.height_px,
        thumb_key=thumb_key,
        alt_text=alt_text,
        is_scanned=is_scanned,
        is_known=known is not None,
    )


async def keep_asset(
    db: Write, stored: Stored, *, by: Staff, at: datetime, scan: str = "off"
) -> Asset:
    """Return the record of a stored file; one the bank has already comes back as it is.

    One from the waste basket is taken out of it. `scan` is how a new one begins: 'off',
    'waiting' or 'clean'. A new record has `created_at == at`.
    """
    row = {
        "tenant_id": bank_id(db),
        "id": new_id(),
        "sha256": stored.sha256,
        "mime": stored.mime,
        "width_px": stored.width_px,
        "height_px": stored.height_px,
        "size_bytes": stored.size_bytes,
        "storage_key": stored.key,
        "thumb_key": stored.thumb_key,
        "filename": stored.filename,
        "alt_text": stored.alt_text,
        "scan": "clean" if stored.is_scanned else scan,
        "scan_after": at,
        "created_by": by.id,
        "created_at": at,
    }
    if await queries.asset_by_sha256(db, stored.sha256) is None:
        if stored.is_known:
            raise Conflict("这个文件刚刚被清理掉了，请再上传一次")
        await actions_store.hold_room(db, stored.size_bytes)
    added = await db.execute(
        insert(Asset).values(**row).on_conflict_do_nothing().returning(Asset.id)
    )
    asset = await queries.asset_by_sha256(db, stored.sha256)
    if asset is None:
        raise NotFound("没有找到这个文件")
    if added.first() is not None:
        tenants.record(db, "asset.uploaded", "asset", asset.id, by=by, at=at, sha256=asset.sha256)
        return asset
    if asset.deleted_at is not None:
        _restore(db, asset, by=by, at=at)
    if stored.alt_text and not asset.alt_text:
        asset.alt_text = stored.alt_text
    return asset


async def describe_asset(
    db: Write,
    asset_id: UUID,
    *,
    filename: str | None = None,
    alt_text: str | None = None,
    by: Staff,
    at: datetime,
) -> Asset:
    """Give a file another name or description; None leaves one as it is.

    Raises:
        NotFound, Invalid (`filename`, `alt_text`).
    """
    asset = await _locked(db, asset_id)
    before = (asset.filename, asset.alt_text)
    if filename is not None:
        asset.filename = filesorts.renamed(filename, asset.filename)
    if alt_text is not None:
        asset.alt_text = filesorts.clean_alt(alt_text)
    if before != (asset.filename, asset.alt_text):
        tenants.record(
            db,
            "asset.described",
            "asset",
            asset.id,
            by=by,
            at=at,
            filename=asset.filename,
            alt_text=asset.alt_text,
        )
    return asset


async def delete_asset(db: Write, asset_id: UUID, *, by: Staff, at: datetime) -> Asset:
    """Put a file that nothing names into the waste basket.

    Raises:
        NotFound. AssetInUse: says where it is used.
    """
    # A wording that names the file meanwhile waits for this lock, and then takes it out again.
    asset = await _locked(db, asset_id)
    uses = await queries_assets.uses_of(db, asset.id)
    if uses:
        first = "、".join(f"“{use.title}”" for use in uses[:3])
        more = f"等 {len(uses)} 处" if len(uses) > 3 else ""
        raise AssetInUse(
            f"{first}{more}用到了“{asset.filename}”（旧版本和内容包里的也算），不能删除；"
            "历史版本要能原样查看"
        )
    if asset.deleted_at is None:
        asset.deleted_at = at
        name = asset.filename
        tenants.record(db, "asset.deleted", "asset", asset.id, by=by, at=at, filename=name)
    return asset


async def restore_asset(db: Write, asset_id: UUID, *, by: Staff, at: datetime) -> Asset:
    """Take a file out of the waste basket; harmless for one that is not in it."""
    asset = await _locked(db, asset_id)
    if asset.deleted_at is not None:
        _restore(db, asset, by=by, at=at)
    return asset


def _restore(db: Write, asset: Asset, *, by: Staff, at: datetime) -> None:
    asset.deleted_at = None
    name = asset.filename
    tenants.record(db, "asset.restored", "asset", asset.id, by=by, at=at, filename=name)


async def _locked(db: Write, asset_id: UUID) -> Asset:
    wanted = select(Asset).where(Asset.tenant_id == bank_id(db), Asset.id == asset_id)
    found = await db.scalar(wanted.with_for_update().execution_options(populate_existing=True))
    if found is None:
        raise NotFound("没有找到这个文件")
    return found
