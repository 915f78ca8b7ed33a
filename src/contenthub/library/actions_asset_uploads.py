"""Writes of files that come in on their own: begun, finished or given up."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from contenthub.db import Write, new_id
from contenthub.errors import Conflict
from contenthub.library import filesorts, queries_assets
from contenthub.library.actions_assets import Stored, keep_asset
from contenthub.library.models import Asset
from contenthub.library.models_assets import AssetUpload
from contenthub.tenants import actions_store
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id

UPLOAD_SECONDS = 15 * 60
"""How long an address takes a file; source: design/reliability.md A11."""
UPLOAD_TIME = timedelta(seconds=UPLOAD_SECONDS)
FINISH_TIME = timedelta(hours=1)
"""How long room is held for one: an upload that began in time may still arrive."""


async def begin_upload(
    db: Write, *, filename: str, size_bytes: int, alt_text: str = "", by: Staff, at: datetime
) -> AssetUpload:
    """Hold room for a file that somebody is about to send.

    Raises:
        Invalid: not a sort that is kept, or too large (`file`); `alt_text`.
        QuotaReached: the bank's store does not hold it.
    """
    name = filesorts.clean_filename(filename)
    sort = filesorts.claimed(name, size_bytes)
    await actions_store.hold_room(db, size_bytes)
    upload_id = new_id()
    made = AssetUpload(
        tenant_id=bank_id(db),
        id=upload_id,
        filename=name,
        alt_text=filesorts.clean_alt(alt_text),
        mime=sort.mime,
        # 128 random bits beside the bank's id: nobody guesses where it lies.
        storage_key=f"{bank_id(db)}/uploads/{upload_id.hex}.{sort.ending}",
        size_bytes=size_bytes,
        state="open",
        created_by=by.id,
        created_at=at,
        expires_at=at + FINISH_TIME,
    )
    db.add(made)
    await db.flush()
    return made


async def finish_upload(
    db: Write, upload_id: UUID, stored: Stored, *, by: Staff, at: datetime, scan: str = "off"
) -> Asset:
    """Record the file that an upload brought; a second call returns the same.

    Raises:
        NotFound, Conflict: given up before. QuotaReached.
    """
    upload = await queries_assets.upload(db, upload_id, by=by.id, lock=True)
    if upload.state == "failed":
        raise Conflict("这次上传已经作废，请重新选择文件上传")
    # Its own row stops holding room before the file's row takes it.
    upload.state = "done"
    await db.flush()
    asset = await keep_asset(db, stored, by=by, at=at, scan=scan)
    upload.asset_id = asset.id
    return asset


async def give_up_upload(db: Write, upload_id: UUID, *, by: Staff) -> str:
    """Let go of the room an upload held; return where its bytes may lie."""
    upload = await queries_assets.upload(db, upload_id, by=by.id, lock=True)
    if upload.state == "open":
        upload.state = "failed"
    return upload.storage_key


async def expire_uploads(db: Write, *, at: datetime, limit: int = 100) -> list[str]:
    """Give up uploads that came too late; return where their bytes may lie."""
    late = await db.scalars(
        select(AssetUpload)
        .where(
            AssetUpload.tenant_id == bank_id(db),
            AssetUpload.state == "open",
            AssetUpload.expires_at <= at,
        )
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    keys = []
    for upload in late:
        upload.state = "failed"
        keys.append(upload.storage_key)
    return keys
