"""Reads of imports of customers: their jobs, and what columns their files had."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from contenthub.customers import headers, rows
from contenthub.db import Read
from contenthub.tenants.models import LongJob
from contenthub.tenants.sealing import bank_id
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
    guessed = headers.guess_mapping(names)
    last = await _last(db, "mapping")
    known = {field: name for field, name in (last or {}).items() if name in names}
    taken = set(known.values())
    return known | {f: n for f, n in guessed.items() if f not in known and n not in taken}


async def merge_for(db: Read) -> dict[str, str]:
    """Return field -> rule of what a file does to what is there, as the bank chose last time."""
    return await _last(db, "merge")


async def _last(db: Read, name: str) -> dict[str, str]:
    found = await db.scalar(
        select(LongJob.params[name])
        .where(
            LongJob.tenant_id == bank_id(db),
            LongJob.kind == KIND,
            LongJob.params["stage"].as_string().in_(("trial", "load")),
        )
        .order_by(LongJob.created_at.desc())
        .limit(1)
    )
    return dict(found or {})
