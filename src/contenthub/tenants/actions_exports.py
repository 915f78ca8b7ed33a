"""Writes of a bank's export: asked for, worked on, done or failed, cleared away."""

from datetime import datetime, timedelta
from uuid import UUID

from contenthub.db import Write
from contenthub.errors import Conflict
from contenthub.queue import enqueue
from contenthub.tenants import actions, queries
from contenthub.tenants.models import LongJob, Staff
from contenthub.tenants.sealing import bank_id

KIND, JOB = "bank_export", "tenants.export_bank"
LEASE = timedelta(minutes=30)
KEEP = timedelta(days=7)
"""A copy of everything lies around no longer than it takes to fetch it."""


async def start_export(db: Write, *, by: Staff, at: datetime) -> LongJob:
    """Ask for an archive of a bank, personal data masked; raises Conflict while one runs."""
    for known in await queries.long_jobs(db, KIND, limit=5):
        if known.state in ("queued", "running"):
            raise Conflict("已有一个导出正在进行，请等它完成")
    job = actions.start_job(db, KIND, "导出本行全部数据", params={}, by=by, at=at)
    job.total = 1
    actions.record(db, "bank.exported", "bank", bank_id(db), by=by, at=at, clear=False)
    enqueue(db, JOB, job_id=job.id)
    return job


async def claim(db: Write, job_id: UUID) -> LongJob | None:
    """Take an export for one lease; None when it is done or somebody works on it."""
    return await actions.take_job(db, job_id, KIND, lease=LEASE)


async def finish(db: Write, job_id: UUID, key: str, *, rows: int, at: datetime) -> None:
    """Note that the archive lies in the store."""
    job = await queries.long_job(db, job_id, lock=True)
    job.state, job.done, job.result_key, job.finished_at = "done", 1, key, at
    job.result, job.lease_until = {"rows": rows}, None
    job.message = f"共 {rows:,} 行；文件保留 7 天，请尽快下载"


async def forget(db: Write, job_id: UUID) -> str:
    """Return the store's key of an archive whose time is over, and forget it here."""
    job = await queries.long_job(db, job_id, lock=True)
    key, job.result_key = job.result_key, ""
    job.message = "文件已按期清理，需要时请重新导出"
    return key


def archive_key(tenant: UUID, job_id: UUID) -> str:
    """Return where an export's archive lies."""
    return f"{tenant}/exports/{job_id}.zip"
