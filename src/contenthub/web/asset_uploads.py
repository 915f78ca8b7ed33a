"""A large file on its way in: an address for one PUT, its bytes to the store, then looked at."""

import asyncio
import base64
import binascii
import hashlib
import shutil
import struct
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from litestar import Request

from contenthub.db import TenantId
from contenthub.errors import Conflict, Forbidden, Invalid, NotFound
from contenthub.library import (
    actions_asset_uploads,
    actions_assets,
    filesorts,
    queries,
    queries_assets,
)
from contenthub.library.actions_assets import Stored
from contenthub.library.models import Asset
from contenthub.library.models_assets import AssetUpload
from contenthub.queue import enqueue
from contenthub.web.house import House
from contenthub.web.picture_uploads import store_upload
from contenthub.web.signin import Principal

_PURPOSE = "asset-upload"
_NOBODY = UUID(int=0)
_looking = asyncio.Semaphore(2)
"""A file of 200 MB is on this machine's disk while it is looked at: two at a time."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a file is to be PUT, and with which headers; it takes that one file and no other."""

    url: str
    headers: dict[str, str]
    is_direct: bool


def address_of(house: House, upload: AssetUpload, *, at: datetime) -> Address:
    """Return where the bytes of an upload go: the object store itself, or our own door."""
    seconds = actions_asset_uploads.UPLOAD_SECONDS
    headers = {"Content-Type": upload.mime}
    url = house.storage.upload_url(
        upload.storage_key, mime=upload.mime, size_bytes=upload.size_bytes, seconds=seconds
    )
    if url:
        return Address(url, headers, is_direct=True)
    until = int(at.timestamp()) + seconds
    told = upload.tenant_id.bytes + upload.id.bytes + struct.pack(">I", until)
    token = told + house.keyring.sign(_NOBODY, _PURPOSE, told)
    name = base64.urlsafe_b64encode(token).decode().rstrip("=")
    return Address(f"/uploads/{name}", headers, is_direct=False)


def opened(house: House, token: str, *, at: datetime) -> tuple[TenantId, UUID]:
    """Return the bank and the upload that an address of ours is for.

    Raises:
        NotFound: not signed by us. Forbidden: too late.
    """
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as wrong:
        raise NotFound("上传地址不正确，请重新选择文件") from wrong
    told, signature = raw[:36], raw[36:]
    is_ours = len(raw) == 52 and house.keyring.check(_NOBODY, _PURPOSE, told, signature=signature)
    if not is_ours:
        raise NotFound("上传地址不正确，请重新选择文件")
    if struct.unpack(">I", told[32:])[0] < at.timestamp():
        raise Forbidden("上传地址已过期（15 分钟内有效），请重新选择文件上传")
    return TenantId(UUID(bytes=told[:16])), UUID(bytes=told[16:32])


async def receive(request: Request[Any, Any, Any], house: House, upload: AssetUpload) -> None:
    """Stream a PUT's body to the store; what is not exactly the promised file is refused.

    Raises:
        Conflict: finished or given up. Invalid: another length or type than promised.
    """
    if upload.state != "open":
        raise Conflict("这次上传已经结束，请重新选择文件")
    if request.headers.get("content-type", "") != upload.mime:
        raise Invalid.of("Content-Type", f"这个地址只接收 {upload.mime}，请按返回的 headers 上传")
    if request.headers.get("content-length", "") != str(upload.size_bytes):
        raise Invalid.of(
            "Content-Length", f"这个地址只接收 {upload.size_bytes} 字节的文件，请重新选择文件"
        )
    async with _scratch() as path:
        await _write(request, path, upload.size_bytes)
        await house.storage.put_file(upload.storage_key, path, mime=upload.mime)


async def _write(request: Request[Any, Any, Any], path: Path, size_bytes: int) -> None:
    taken = 0
    with await asyncio.to_thread(path.open, "wb") as file:
        async for block in request.stream():
            taken += len(block)
            if taken > size_bytes:
                break
            await asyncio.to_thread(file.write, block)
    if taken != size_bytes:
        raise Invalid.of("file", "文件没有传完整，请检查网络后重新上传")


@asynccontextmanager
async def _scratch() -> AsyncIterator[Path]:
    folder = await asyncio.to_thread(tempfile.mkdtemp, prefix="contenthub-asset-")
    try:
        yield Path(folder) / "file"
    finally:
        await asyncio.to_thread(shutil.rmtree, folder)


async def finish(house: House, who: Principal, upload_id: UUID, *, at: datetime) -> Asset:
    """Look at a file that has arrived, keep it, and let its upload go; harmless again.

    It is read from the store to this machine's disk first: whoever still holds the address
    cannot change what was looked at.

    Raises:
        NotFound; Conflict: given up, or not arrived yet. Invalid (`file`): another length, not
        what its name says, damaged, a virus. ScannerAway. QuotaReached.
    """
    async with house.database.reading(who.tenant) as db:
        upload = await queries_assets.upload(db, upload_id, by=who.staff.id)
        if upload.state == "done" and upload.asset_id is not None:
            return await queries.asset(db, upload.asset_id)
    if upload.state != "open":
        raise Conflict("这次上传已经作废，请重新选择文件上传")
    try:
        async with _looking, _scratch() as path:
            await _arrived(house, upload, path)
            stored = await _kept(house, who, upload, path)
    except Invalid:
        await give_up(house, who, upload_id)
        raise
    async with house.database.unit_of_work(who.tenant) as db:
        wait = "waiting" if house.settings.antivirus_url else "off"
        asset = await actions_asset_uploads.finish_upload(
            db, upload_id, stored, by=who.staff, at=at, scan=wait
        )
        if asset.scan == "waiting":
            enqueue(db, "library.scan_asset", asset_id=asset.id)
    await house.storage.delete(upload.storage_key)
    return asset


async def give_up(house: House, who: Principal, upload_id: UUID) -> None:
    """Let go of an upload and of what has arrived of it; raises NotFound."""
    async with house.database.unit_of_work(who.tenant) as db:
        key = await actions_asset_uploads.give_up_upload(db, upload_id, by=who.staff)
    await house.storage.delete(key)


async def _arrived(house: House, upload: AssetUpload, path: Path) -> None:
    try:
        size = await house.storage.size_of(upload.storage_key)
    except NotFound as away:
        raise Conflict("文件还没有传上来，请先上传再完成") from away
    if size != upload.size_bytes:
        raise Invalid.of("file", "传上来的文件大小不对，请重新选择文件上传")
    await house.storage.get_file(upload.storage_key, path)


async def _kept(house: House, who: Principal, upload: AssetUpload, path: Path) -> Stored:
    """Return the file checked and in its own place in the store, or the bank's own of before."""
    sort = filesorts.SORTS[upload.mime]
    if sort.kind == "image":
        data = await asyncio.to_thread(path.read_bytes)
        names = {"filename": upload.filename, "alt_text": upload.alt_text}
        return await store_upload(house, who, data, **names)
    digest = await asyncio.to_thread(_looked_through, path, sort, upload.filename)
    async with house.database.reading(who.tenant) as db:
        known = await queries.asset_by_sha256(db, digest)
    key = known.storage_key if known else actions_assets.new_key(who.tenant, digest, sort.mime)
    if known is None:
        await house.storage.put_file(key, path, mime=sort.mime)
    return Stored(
        sha256=digest,
        key=key,
        filename=upload.filename,
        mime=sort.mime,
        size_bytes=upload.size_bytes,
        alt_text=upload.alt_text,
        is_known=known is not None,
    )


def _looked_through(path: Path, sort: filesorts.Sort, name: str) -> str:
    with path.open("rb") as file:
        filesorts.check(file, sort, name=name)
        file.seek(0)
        return hashlib.file_digest(file, "sha256").hexdigest()
