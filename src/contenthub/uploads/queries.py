"""Reads of imports: their jobs, the lines that were not taken, what waits for a worker."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select

from contenthub.db import Platform, Read
from contenthub.errors import NotFound
from contenthub.tenants.models import LongJob
from contenthub.tenants.sealing import bank_id
from contenthub.uploads.models import ImportProblem
from contenthub.uploads.sorts import Sort

KEEP = timedelta(days=7)
"""A file that nobody confirms is kept so long."""
SHOWN_PROBLEMS = 20
_BATCH = 100
_STAGE = LongJob.params["stage"].as_string()
Due = list[tuple[UUID, dict[str, str]]]


async def upload(db: Read, sort: Sort, job_id: UUID, *, lock: bool = False) -> LongJob:
    """Return the job of an import; raises NotFound, also for a job of another sort."""
    found = await db.get(
        LongJob, (bank_id(db), job_id), with_for_update=lock or None, populate_existing=lock
    )
    if found is None or found.kind != sort.kind:
        raise NotFound("没有找到这次导入")
    return found


async def loaded_before(db: Read, sort: Sort, sha256: str) -> LongJob | None:
    """Return the newest job that loads, or has loaded, a file of exactly this content."""
    return await db.scalar(
        select(LongJob)
        .where(
            LongJob.tenant_id == bank_id(db),
            LongJob.kind == sort.kind,
            LongJob.state.in_(("queued", "running", "done")),
            LongJob.params["sha256"].as_string() == sha256,
            _STAGE == "load",
        )
        .order_by(LongJob.created_at.desc())
        .limit(1)
    )


async def last_params(db: Read, sort: Sort, *which: ColumnElement[bool]) -> dict[str, Any]:
    """Return what was chosen for the bank's newest file that was tried or loaded; empty: none."""
    found = await db.scalar(
        select(LongJob.params)
        .where(
            LongJob.tenant_id == bank_id(db),
            LongJob.kind == sort.kind,
            _STAGE.in_(("trial", "load")),
            *which,
        )
        .order_by(LongJob.created_at.desc())
        .limit(1)
    )
    return found or {}


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


async def first_problems(db: Read, job_id: UUID) -> list[list[object]]:
    """Return some (line, field, masked value, message), as a job that has ended keeps them."""
    first = await problems(db, job_id, limit=SHOWN_PROBLEMS)
    return [[p.line, p.field, p.value_shown, p.message] for p in first]


async def waiting(db: Platform, sort: Sort) -> Due:
    """Return imports of all banks that wait for a worker, or whose worker is gone."""
    rows = await db.execute(
        select(LongJob.tenant_id, LongJob.id)
        .where(
            LongJob.kind == sort.kind,
            or_(
                and_(LongJob.state == "queued", _STAGE != "mapping"),
                and_(LongJob.state == "running", LongJob.lease_until <= func.clock_timestamp()),
            ),
        )
        .limit(_BATCH)
    )
    return [(row[0], {"job_id": str(row[1])}) for row in rows]


async def kept(db: Platform, sort: Sort, now: datetime) -> Due:
    """Return imports of all banks whose files are not needed any more."""
    unconfirmed = or_(LongJob.state == "done", and_(LongJob.state == "queued", _STAGE == "mapping"))
    rows = await db.execute(
        select(LongJob.tenant_id, LongJob.id)
        .where(
            LongJob.kind == sort.kind,
            LongJob.params[sort.files[0]].as_string() != "",
            or_(
                LongJob.state.in_(("failed", "cancelled")),
                and_(LongJob.state == "done", _STAGE != "trial"),
                and_(LongJob.created_at < now - KEEP, unconfirmed),
            ),
        )
        .limit(_BATCH)
    )
    return [(row[0], {"job_id": str(row[1])}) for row in rows]
