"""Reads of imports: the jobs of customer files, their problems, what was loaded before."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from contenthub.customers import headers, rows
from contenthub.customers.models import ImportProblem
from contenthub.db import Read
from contenthub.errors import NotFound
from contenthub.tenants.models import LongJob
from contenthub.tenants.sealing import bank_id

KIND = "customers.import"
LABELS = rows.LABELS


async def upload(db: Read, job_id: UUID, *, lock: bool = False) -> LongJob:
    """Return the job of a customer file; raises NotFound."""
    found = await db.get(
        LongJob, (bank_id(db), job_id), with_for_update=lock or None, populate_existing=lock
    )
    if found is None or found.kind != KIND:
        raise NotFound("没有找到这次导入")
    return found


async def loaded_before(db: Read, sha256: str) -> LongJob | None:
    """Return the newest job that loads, or has loaded, a file of exactly this content."""
    return await db.scalar(
        select(LongJob)
        .where(
            LongJob.tenant_id == bank_id(db),
            LongJob.kind == KIND,
            LongJob.state.in_(("queued", "running", "done")),
            LongJob.params["sha256"].as_string() == sha256,
            LongJob.params["stage"].as_string() == "load",
        )
        .order_by(LongJob.created_at.desc())
        .limit(1)
    )


async def mapping_for(db: Read, names: Sequence[str]) -> dict[str, str]:
    """Return field -> header for a file: as the bank chose last time, else as the names say."""
    guessed = headers.guess_mapping(names)
    last = await db.scalar(
        select(LongJob.params["mapping"])
        .where(
            LongJob.tenant_id == bank_id(db),
            LongJob.kind == KIND,
            LongJob.params["stage"].as_string().in_(("trial", "load")),
        )
        .order_by(LongJob.created_at.desc())
        .limit(1)
    )
    known = {field: name for field, name in (last or {}).items() if name in names}
    taken = set(known.values())
    return known | {f: n for f, n in guessed.items() if f not in known and n not in taken}


async def problems(
    db: Read, job_id: UUID, *, after_line: int = 0, limit: int = 1000
) -> Sequence[ImportProblem]:
    """Return lines of a running import that were not taken, in the file's order."""
    found = await db.scalars(
        select(ImportProblem)
        .where(
            ImportProblem.tenant_id == bank_id(db),
            ImportProblem.job_id == job_id,
            ImportProblem.line > after_line,
        )
        .order_by(ImportProblem.line)
        .limit(limit)
    )
    return found.all()
