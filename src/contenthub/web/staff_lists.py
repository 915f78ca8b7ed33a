"""An uploaded staff list with its photos: checked, kept in the store, put to the importer."""

import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import BinaryIO, cast

from litestar.datastructures import UploadFile

from contenthub.db import TenantId, new_id
from contenthub.errors import Invalid
from contenthub.posters import photozip
from contenthub.posters.actions_staff import StaffFile
from contenthub.tenants import actions_store, filesizes
from contenthub.web.house import House
from contenthub.web.uploads import Checked

_MIMES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


async def keep(
    found: Checked, photos: UploadFile | None, house: House, tenant: TenantId
) -> StaffFile:
    """Put list and photos into the store and return what their job will remember of them.

    Raises:
        Invalid: as keep_files.
    """
    if photos is None or not photos.filename:
        return await keep_files(found, None, house, tenant)
    with tempfile.TemporaryDirectory(prefix="contenthub-photos-") as folder:
        path = Path(folder) / "photos.zip"
        await asyncio.to_thread(_copy, cast(BinaryIO, photos.file), path)
        return await keep_files(found, path, house, tenant)


def _copy(source: BinaryIO, path: Path) -> None:
    with path.open("wb") as target:
        shutil.copyfileobj(source, target, 1024 * 1024)


def _counted(photos: Path, most: int) -> tuple[int, int]:
    """Return how many photos a ZIP has and its own size in bytes."""
    size = photos.stat().st_size
    if size > most:
        raise Invalid.of("photos", f"照片包超过 {filesizes.shown(most)}，请按机构分成几包")
    return len(photozip.names(photos)), size


async def keep_files(
    found: Checked, photos: Path | None, house: House, tenant: TenantId
) -> StaffFile:
    """Put a list and a ZIP of photos on this disk into the store.

    Raises:
        Invalid: field `photos`: as photozip.names, or larger than an import may be.
        QuotaReached: the bank's store is full.
    """
    job_id, photos_key, count = new_id(), "", 0
    size = found.path.stat().st_size
    if photos is not None:
        count, weight = await asyncio.to_thread(_counted, photos, house.settings.import_max_bytes)
        size += weight
    async with house.database.unit_of_work(tenant) as db:
        await actions_store.take_room(db, size)
    if photos is not None:
        photos_key = f"{tenant}/imports/{job_id}.photos.zip"
        await house.storage.put_file(photos_key, photos, mime="application/zip")
    kind = found.sheet.kind
    source_key = f"{tenant}/imports/{job_id}.{kind}"
    await house.storage.put_file(source_key, found.path, mime=_MIMES[kind])
    return StaffFile(
        job_id=job_id,
        source_key=source_key,
        photos_key=photos_key,
        filename=found.filename,
        headers=found.sheet.headers,
        row_count=found.sheet.row_count,
        photo_count=count,
    )
