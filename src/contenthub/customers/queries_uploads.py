"""Reads of imports of customers: their jobs, and what columns their files had."""

from collections.abc import Sequence
from uuid import UUID

from contenthub.customers import headers, rows
from contenthub.db import Read
from contenthub.tenants.models import LongJob
from contenthub.uploads import headers as upload_headers
from contenthub.uploads import queries as uploads
from contenthub.uploads.sorts import Sort

SORT = Sort("customers.import", "customers.import_file", "customers.drop_upload")
KIND = SORT.kind
LABELS = rows.LABELS


async def upload(db: Read, job_id: UUID, *, lock: bool = False) -> LongJob:
    """Return the job of a customer file; raises NotFound."""
    return await uploads.upload(db, SORT, job_id, lock=lock)


async def loaded_before(db: Read, sha256: str) -> LongJob | None:
    """Return the newest job that loads, or has loaded, a file of exactly this content."""
    return await uploads.loaded_before(db, SORT, sha256)


async def mapping_for(db: Read, names: Sequence[str]) -> dict[str, str]:
    """Return field -> header for a file: as the bank chose last time, else as the names say."""
    last = await uploads.last_params(db, SORT)
    guessed = headers.guess_mapping(names)
    return upload_headers.as_before(names, last.get("mapping", {}), guessed)


async def merge_for(db: Read) -> dict[str, str]:
    """Return field -> rule of what a file does to what is there, as the bank chose last time."""
    merge: dict[str, str] = (await uploads.last_params(db, SORT)).get("merge", {})
    return merge
