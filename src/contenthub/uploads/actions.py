"""The life of an import: kept file, columns, trial or load in batches, end, file away.

One LongJob is one file. `params.stage` says what its run means: "mapping" waits for a person,
"trial" only counts, "load" writes. `position` is the last row that is done; it moves in the
transaction of the batch that ends there, so that a killed worker neither loses nor repeats one.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from contenthub.db import Write, clock
from contenthub.errors import Conflict
from contenthub.queue import enqueue
from contenthub.tenants import actions as tenants
from contenthub.tenants.models import LongJob, Staff
from contenthub.tenants.sealing import bank_id
from contenthub.uploads import queries
from contenthub.uploads.models import ImportProblem
from contenthub.uploads.sorts import RowProblem, Sort

LEASE = timedelta(seconds=60)
MAX_STILL_TRIES = 10
"""A run that was begun so often without moving on is given up."""
PLANS = "plans"
"""In a trial's result: what the first rows of its file would change of people."""
STUCK = "多次尝试都没有进展，已停止；请联系管理员查看日志，已写入的不受影响"


def start(
    db: Write,
    sort: Sort,
    title: str,
    params: Mapping[str, Any],
    *,
    job_id: UUID,
    rows: int,
    by: Staff,
    at: datetime,
) -> LongJob:
    """Add the job of a kept file; `params` has its filename and, if known, its sha256."""
    job = tenants.start_job(db, sort.kind, title, params=params, by=by, at=at, job_id=job_id)
    job.total = rows
    facts = {name: params[name] for name in ("filename", "sha256") if name in params}
    tenants.record(db, "import.uploaded", "job", job.id, by=by, at=at, **facts, rows=rows)
    return job


def refuse_unless_open(job: LongJob) -> None:
    """Raise Conflict unless a file waits for its columns or was tried, and is still there."""
    stage = job.params["stage"]
    tried = job.state == "done" and stage == "trial"
    if not (tried or (job.state == "queued" and stage == "mapping")):
        raise Conflict("这个文件正在处理或已经处理完，请刷新页面；要再次导入请重新上传")
    if not job.params["source_key"]:
        raise Conflict("上传的文件已按期清理，请重新上传后再导入")


async def begin_run(
    db: Write,
    sort: Sort,
    job: LongJob,
    stage: str,
    *,
    facts: Mapping[str, Any],
    by: Staff,
    at: datetime,
) -> None:
    """Set a locked import to be tried or loaded from its first row, and ring its worker.

    `facts` go to the job's params.
    """
    job.params = {**job.params, **facts, "stage": stage}
    job.state, job.position, job.done, job.result = "queued", 0, 0, {}
    job.errors_key, job.message, job.finished_at, job.lease_until = "", "", None, None
    await drop_problems(db, job.id)
    tenants.record(db, "import.confirmed", "job", job.id, by=by, at=at, stage=stage)
    enqueue(db, sort.job, job_id=job.id)


async def claim(db: Write, sort: Sort, job_id: UUID, *, at: datetime) -> LongJob | None:
    """Take a queued or abandoned run for this worker, or None when there is nothing to do.

    It goes on behind the last batch that was committed. A run that never moves on is given up
    after a few tries, with a message.
    """
    job = await db.scalar(
        select(LongJob)
        .where(LongJob.tenant_id == bank_id(db), LongJob.id == job_id, LongJob.kind == sort.kind)
        .with_for_update(skip_locked=True)
    )
    if job is None or job.params["stage"] == "mapping":
        return None
    now = await clock(db)
    is_free = job.lease_until is None or job.lease_until <= now
    if not (job.state == "queued" or (job.state == "running" and is_free)):
        return None
    tries = int(job.result.get("tries", 0)) + 1
    if tries > MAX_STILL_TRIES:
        await fail(db, sort, job, STUCK, at=at)
        return None
    job.state, job.lease_until = "running", now + LEASE
    job.result = {**job.result, "tries": tries}
    return job


async def claim_in_memory(db: Write, sort: Sort, job_id: UUID, *, at: datetime) -> LongJob | None:
    """Take a run as `claim`; a trial of an abandoned one begins again with the first row.

    It writes nothing, and what it has seen so far was in the lost worker's memory.
    """
    job = await claim(db, sort, job_id, at=at)
    if job is not None and job.params["stage"] == "trial":
        job.position, job.done, job.result = 0, 0, {"tries": job.result["tries"]}
        await drop_problems(db, job.id)
    return job


async def running(db: Write, sort: Sort, job_id: UUID, *, after: int) -> LongJob | None:
    """Return a locked run that stands at `after`; None when it ended or another worker went on."""
    job = await queries.upload(db, sort, job_id, lock=True)
    return job if job.state == "running" and job.position == after else None


async def move_on(db: Write, job: LongJob, *, done: int, position: int | None = None) -> None:
    """Count rows as done, up to `position`; what has moved has its lease and its tries anew."""
    if position is not None:
        job.position = position
    job.done += done
    job.lease_until = await clock(db) + LEASE
    job.result = {**job.result, "tries": 0}


async def keep_problems(db: Write, job_id: UUID, problems: Sequence[RowProblem]) -> None:
    """Keep the lines of a batch that were not taken, in its own transaction."""
    if problems:
        await db.execute(
            insert(ImportProblem).on_conflict_do_nothing(),
            [
                {
                    "tenant_id": bank_id(db),
                    "job_id": job_id,
                    "line": problem.line,
                    "field": problem.field,
                    "value_shown": problem.value_shown,
                    "message": problem.message,
                }
                for problem in problems
            ],
        )


async def drop_problems(db: Write, job_id: UUID) -> None:
    """Forget the problems of a job: they are in its error file, or it begins anew."""
    await db.execute(
        delete(ImportProblem).where(
            ImportProblem.tenant_id == bank_id(db), ImportProblem.job_id == job_id
        )
    )


async def finish(
    db: Write, sort: Sort, job: LongJob, message: str, *, told: Mapping[str, Any], at: datetime
) -> None:
    """End a locked run that came to the end of its file; `told` goes to the audit trail."""
    await _end(db, job, "done", message, at=at)
    by = await db.get(Staff, (bank_id(db), job.created_by))
    event = "import.tried" if job.params["stage"] == "trial" else "import.finished"
    tenants.record(db, event, "job", job.id, by=by, at=at, **told)
    if job.params["stage"] == "load":
        enqueue(db, sort.drop_job, job_id=job.id)


async def fail(db: Write, sort: Sort, job: LongJob, message: str, *, at: datetime) -> None:
    """End a run that cannot go on; rows that were loaded stay."""
    await _end(db, job, "failed", message, at=at)
    tenants.record(db, "import.failed", "job", job.id, by=None, at=at, message=message)
    enqueue(db, sort.drop_job, job_id=job.id)


async def cancel(
    db: Write, sort: Sort, job: LongJob, message: str, *, written: int, by: Staff, at: datetime
) -> None:
    """Stop a locked import; batches that were loaded stay. Raises Conflict when it has ended."""
    tried = job.state == "done" and job.params["stage"] == "trial" and job.params["source_key"]
    if job.state not in ("queued", "running") and not tried:
        raise Conflict("这个导入已经结束，不能取消")
    await _end(db, job, "cancelled", message, at=at)
    tenants.record(db, "import.cancelled", "job", job.id, by=by, at=at, done=written)
    enqueue(db, sort.drop_job, job_id=job.id)


async def _end(db: Write, job: LongJob, state: str, message: str, *, at: datetime) -> None:
    job.state, job.finished_at, job.lease_until, job.message = state, at, None, message
    await drop_problems(db, job.id)


def begin_undo(db: Write, sort: Sort, job: LongJob, *, total: int, by: Staff, at: datetime) -> None:
    """Set a locked load that has ended to be taken back, and ring its worker."""
    job.params = {**job.params, "stage": "undo", "undone_by": str(by.id)}
    job.state, job.position, job.done, job.total = "queued", 0, 0, total
    job.message, job.finished_at, job.lease_until = "", None, None
    tenants.record(db, "import.undo_started", "job", job.id, by=by, at=at, rows=total)
    enqueue(db, sort.job, job_id=job.id)


async def finish_undo(
    db: Write, job: LongJob, message: str, *, told: Mapping[str, Any], at: datetime
) -> None:
    """End a locked undo that has nothing left to take back; `told` goes to the audit trail."""
    job.state, job.finished_at, job.lease_until = "done", at, None
    job.message = message
    by = await db.get(Staff, (bank_id(db), UUID(job.params["undone_by"])))
    tenants.record(db, "import.undone", "job", job.id, by=by, at=at, **told)


async def forget_files(db: Write, sort: Sort, job_id: UUID) -> None:
    """Remember that the files of a job are gone from the store."""
    job = await queries.upload(db, sort, job_id, lock=True)
    gone: dict[str, Any] = dict.fromkeys(sort.files, "")
    if "preview" in job.params:
        gone["preview"] = []
    job.params = {**job.params, **gone}
    # What a trial showed of people goes with the file it was about.
    job.result = {name: value for name, value in job.result.items() if name != PLANS}
    if job.state == "queued":
        job.state, job.message = "cancelled", "上传后 7 天没有确认，文件已清理"
