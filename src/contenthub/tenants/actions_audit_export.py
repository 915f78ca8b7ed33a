"""A long range of the audit trail as a file: a long job that writes it page by page."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from contenthub.db import Write, clock
from contenthub.errors import Conflict
from contenthub.queue import enqueue
from contenthub.tenants import actions as tenants
from contenthub.tenants import queries, queries_audit
from contenthub.tenants.models import LongJob, Staff
from contenthub.tenants.queries_audit import Filter

KIND = "audit.export"
JOB = "tenants.export_audit"
LEASE = timedelta(seconds=60)
PAGE = 2_000
MOST = 1_000_000


@dataclass(frozen=True, slots=True)
class Turn:
    """A claimed export: whose lease it is, and what it looks for."""

    job_id: UUID
    lease_until: datetime
    wanted: Filter


async def start_export(db: Write, wanted: Filter, *, by: Staff, at: datetime) -> LongJob:
    """Start writing the filtered trail into a file; taking it is an entry of the trail itself.

    Raises:
        Conflict: nothing matches, or the same export is under way.
    """
    params = wanted.as_params()
    for known in await queries.long_jobs(db, KIND):
        same = known.params == params and known.created_by == by.id
        if same and known.state in ("queued", "running"):
            raise Conflict("同样的导出正在进行，请等它完成")
    total = await queries_audit.matching(db, wanted, most=MOST)
    if total == 0:
        raise Conflict("没有符合条件的记录，请换一个条件再导出")
    job = tenants.start_job(db, KIND, "导出操作留痕", params=params, by=by, at=at)
    job.total = total
    tenants.record(
        db, "audit.exported", "audit", None, by=by, at=at, rows=total, filter=_told(params)
    )
    enqueue(db, JOB, job_id=job.id)
    return job


def _told(params: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in params.items() if value}


async def claim(db: Write, job_id: UUID) -> Turn | None:
    """Take an export for one lease, or return None: somebody has it, or it has ended.

    The file of a worker that died is gone with it: the next one begins at the first line.
    """
    job = await tenants.take_job(db, job_id, KIND, lease=LEASE)
    if job is None or job.lease_until is None:
        return None
    job.done = 0
    return Turn(job.id, job.lease_until, queries_audit.filter_of(job.params))


async def tell(db: Write, turn: Turn, *, done: int) -> Turn | None:
    """Write down how far an export is and renew the lease; None when it was taken away."""
    job = await queries.long_job(db, turn.job_id, lock=True)
    if job.state != "running" or job.lease_until != turn.lease_until:
        return None
    job.done, job.total = done, max(job.total, done)
    job.lease_until = await clock(db) + LEASE
    return Turn(turn.job_id, job.lease_until, turn.wanted)


async def finish(db: Write, turn: Turn, *, key: str, at: datetime) -> None:
    """Close an export whose file is in the store."""
    job = await queries.long_job(db, turn.job_id, lock=True)
    if job.state == "running" and job.lease_until == turn.lease_until:
        job.state, job.finished_at, job.lease_until = "done", at, None
        job.result_key, job.total, job.message = key, job.done, f"共 {job.done} 条"
