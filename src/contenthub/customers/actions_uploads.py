"""The life of an import: kept file, mapping, trial or load in batches, error file, end.

One LongJob is one file. `params.stage` says what its run means: "mapping" waits for a
person, "trial" only counts, "load" writes. `position` is the last line of the file that
is done; it moves in the transaction of the batch that ends there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from contenthub.customers import actions_import, queries_uploads
from contenthub.customers.actions_import import Tally
from contenthub.customers.headers import wrong_columns
from contenthub.customers.models import ImportProblem
from contenthub.customers.queries_uploads import KIND
from contenthub.customers.rows import CustomerRow, RowProblem, missing_fields, repeated
from contenthub.db import Write, clock
from contenthub.errors import Conflict, Invalid
from contenthub.queue import enqueue
from contenthub.tenants import actions as tenants
from contenthub.tenants.models import LongJob, Staff
from contenthub.tenants.sealing import bank_id

LEASE = timedelta(seconds=60)
MAX_STILL_TRIES = 10
"""A run that was begun so often without moving on is given up."""
SHOWN_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was checked and kept: what it is and what was seen in it."""

    job_id: UUID
    source_key: str
    filename: str
    sha256: str
    size_bytes: int
    encoding: str
    headers: tuple[str, ...]
    row_count: int
    preview: list[list[str]]
    """The first rows, masked."""


@dataclass(frozen=True, slots=True)
class Step:
    """One batch of a file: rows and problems up to and including `last_line`."""

    after_line: int
    last_line: int
    rows: Sequence[CustomerRow]
    problems: Sequence[RowProblem]


def start_upload(
    db: Write, upload: Upload, mapping: Mapping[str, str], *, by: Staff, at: datetime
) -> LongJob:
    """Add the job of a kept file; it waits until its mapping is confirmed."""
    job = tenants.start_job(
        db,
        KIND,
        f"导入客户 {upload.filename}",
        params={
            "stage": "mapping",
            "source_key": upload.source_key,
            "filename": upload.filename,
            "sha256": upload.sha256,
            "bytes": upload.size_bytes,
            "encoding": upload.encoding,
            "headers": list(upload.headers),
            "preview": upload.preview,
            "mapping": dict(mapping),
        },
        by=by,
        at=at,
        job_id=upload.job_id,
    )
    job.total = upload.row_count
    tenants.record(
        db,
        "import.uploaded",
        "job",
        job.id,
        by=by,
        at=at,
        filename=upload.filename,
        sha256=upload.sha256,
        rows=upload.row_count,
    )
    return job


async def confirm_upload(
    db: Write,
    job_id: UUID,
    mapping: Mapping[str, str],
    *,
    dry_run: bool,
    by: Staff,
    at: datetime,
) -> LongJob:
    """Let a file be tried or loaded with this mapping (field -> header).

    Raises:
        Conflict: it runs, was loaded or given up, or its file is gone.
        Invalid: a required field has no column, or a header is not in the file.
    """
    job = await queries_uploads.upload(db, job_id, lock=True)
    refuse_unless_open(job)
    await begin_run(
        db, job, check_mapping(mapping, job.params["headers"]), dry_run=dry_run, by=by, at=at
    )
    enqueue(db, "customers.import_file", job_id=job.id)
    return job


def refuse_unless_open(job: LongJob) -> None:
    """Raise Conflict unless a file waits for its columns or was tried, and is still there."""
    tried = job.state == "done" and job.params["stage"] == "trial"
    if not (tried or (job.state == "queued" and job.params["stage"] == "mapping")):
        raise Conflict("这个文件正在处理或已经处理完，请刷新页面；要再次导入请重新上传")
    if not job.params["source_key"]:
        raise Conflict("上传的文件已按期清理，请重新上传后再导入")


async def begin_run(  # an import of whatever kind begins again from its first line
    db: Write,
    job: LongJob,
    mapping: Mapping[str, str],
    *,
    dry_run: bool,
    by: Staff,
    at: datetime,
) -> None:
    """Set a locked import's job to be tried or loaded; the caller rings its worker."""
    stage = "trial" if dry_run else "load"
    job.params = {**job.params, "mapping": dict(mapping), "stage": stage}
    job.state, job.position, job.done, job.result = "queued", 0, 0, {}
    job.errors_key, job.message, job.finished_at, job.lease_until = "", "", None, None
    await drop_problems(db, job.id)
    tenants.record(db, "import.confirmed", "job", job.id, by=by, at=at, stage=stage)


def check_mapping(mapping: Mapping[str, str], headers: Sequence[str]) -> dict[str, str]:
    """Return the mapping without empty choices.

    Raises Invalid naming the fields that are missing, unknown, or mapped to no or one column twice.
    """
    chosen = {field: header for field, header in mapping.items() if header}
    wrong: dict[str, str] = {}
    for missing in missing_fields(chosen):
        wrong[f"mapping.{missing.name}"] = (
            f"文件里没有认出“{missing.label}”这一列，请指定是哪一列，或把表头改成“{missing.label}”"
        )
    wrong |= wrong_columns(chosen, headers, known=queries_uploads.LABELS)
    if wrong:
        raise Invalid(fields=wrong)
    return chosen


async def claim(db: Write, job_id: UUID, *, at: datetime) -> LongJob | None:
    """Take a queued or abandoned run for this worker, or None when there is nothing to do.

    A run that never moves on is given up after a few tries, with a message.
    """
    job = await db.scalar(
        select(LongJob)
        .where(LongJob.tenant_id == bank_id(db), LongJob.id == job_id, LongJob.kind == KIND)
        .with_for_update(skip_locked=True)
    )
    if job is None or job.params.get("stage") == "mapping":
        return None
    now = await clock(db)
    free = job.state == "queued" or (
        job.state == "running" and (job.lease_until is None or job.lease_until <= now)
    )
    if not free:
        return None
    tries = int(job.result.get("tries", 0)) + 1
    if tries > MAX_STILL_TRIES:
        fail(db, job, "多次尝试都没有进展，已停止；请联系管理员查看日志，已导入的行不受影响", at=at)
        return None
    job.state, job.lease_until = "running", now + LEASE
    job.result = {**job.result, "tries": tries}
    if job.params["stage"] == "trial":
        # A trial writes nothing, and what it has seen so far was in the lost worker's memory.
        job.position, job.done, job.result = 0, 0, {"tries": tries}
        await drop_problems(db, job.id)
    return job


async def take_step(
    db: Write, job_id: UUID, step: Step, *, seen: dict[str, int], at: datetime
) -> Tally | None:
    """Load (or try) one batch and move the position past it, all in this transaction.

    `seen` holds the phones of this run's earlier batches with their lines, so that a phone
    counts once and its earlier line is pointed at.
    Returns None when the job was cancelled or another worker has moved on: stop.
    """
    job = await queries_uploads.upload(db, job_id, lock=True)
    if job.state != "running" or job.position != step.after_line:
        return None
    trial = job.params["stage"] == "trial"
    tally = Tally()
    if step.rows:
        tally = await actions_import.add_batch(
            db, step.rows, dry_run=trial, by=job.created_by, at=at
        )
    _count_again(tally, seen)
    problems = [*step.problems, *tally.problems]
    await keep_problems(db, job.id, [*problems, *tally.warnings])
    job.position = step.last_line
    job.done += len(step.rows) + len(step.problems)
    job.lease_until = await clock(db) + LEASE
    _add_up(job, tally, failed=len(problems))
    return tally


def _count_again(tally: Tally, seen: dict[str, int]) -> None:
    """Count a phone that an earlier batch of the run had as repeated; point at its line there."""
    fresh = set(tally.fresh)
    for phone, line in tally.lines.items():
        if phone not in seen:
            continue
        tally.warnings.append(repeated(seen[phone], line, phone=phone))
        tally.repeated += 1
        if phone in fresh:
            tally.added -= 1
        else:
            tally.updated -= 1
    seen.update(tally.lines)


def _add_up(job: LongJob, tally: Tally, *, failed: int) -> None:
    """Add a batch's figures to the job's result; moving on clears the count of tries."""
    was = job.result
    job.result = {
        "added": was.get("added", 0) + tally.added,
        "updated": was.get("updated", 0) + tally.updated,
        "repeated": was.get("repeated", 0) + tally.repeated,
        "failed": was.get("failed", 0) + failed,
        "tries": 0,
    }


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


async def finish(db: Write, job_id: UUID, *, errors_key: str, at: datetime) -> LongJob | None:
    """End a run that came to the end of its file; None if it was cancelled meanwhile."""
    job = await queries_uploads.upload(db, job_id, lock=True)
    if job.state != "running":
        return None
    first = await queries_uploads.problems(db, job.id, limit=SHOWN_PROBLEMS)
    await drop_problems(db, job.id)
    found = {k: job.result.get(k, 0) for k in ("added", "updated", "repeated", "failed")}
    shown = [[p.line, p.field, p.value_shown, p.message] for p in first]
    job.result = {**found, "first_problems": shown}
    job.state, job.finished_at, job.lease_until = "done", at, None
    job.errors_key = errors_key
    job.message = _summary(found, trial=job.params["stage"] == "trial")
    by = await db.get(Staff, (bank_id(db), job.created_by))
    event = "import.tried" if job.params["stage"] == "trial" else "import.finished"
    tenants.record(db, event, "job", job.id, by=by, at=at, **found)
    if job.params["stage"] == "load":
        enqueue(db, "customers.drop_upload", job_id=job.id)
    return job


def _summary(found: Mapping[str, Any], *, trial: bool) -> str:
    verb = "试算完成，没有写入：将" if trial else "导入完成："
    said = f"{verb}新增 {found['added']:,} 位，更新 {found['updated']:,} 位"
    if found["repeated"]:
        said += f"，{found['repeated']:,} 行与后面的行手机号相同（以后面的行为准，行号见错误明细）"
    if found["failed"]:
        said += f"；{found['failed']:,} 行有误没有导入，请下载错误明细，改好后单独再导入"
    return said


def fail(db: Write, job: LongJob, message: str, *, at: datetime) -> None:
    """End a run that cannot go on; rows that were loaded stay."""
    job.state, job.finished_at, job.lease_until, job.message = "failed", at, None, message
    tenants.record(db, "import.failed", "job", job.id, by=None, at=at, message=message)
    enqueue(db, "customers.drop_upload", job_id=job.id)


async def cancel_upload(db: Write, job_id: UUID, *, by: Staff, at: datetime) -> LongJob:
    """Stop an import; batches that were loaded stay. Raises Conflict when it has ended."""
    job = await queries_uploads.upload(db, job_id, lock=True)
    if job.state not in ("queued", "running"):
        raise Conflict("这个导入已经结束，不能取消")
    job.state, job.finished_at, job.lease_until = "cancelled", at, None
    written = job.done if job.params["stage"] == "load" else 0
    job.message = f"已取消；取消前处理的 {written:,} 行保留" if written else "已取消，没有写入客户"
    await drop_problems(db, job.id)
    tenants.record(db, "import.cancelled", "job", job.id, by=by, at=at, done=written)
    enqueue(db, "customers.drop_upload", job_id=job.id)
    return job


async def forget_source(db: Write, job_id: UUID) -> None:
    """Remember that the uploaded file of a job is gone from the store."""
    job = await queries_uploads.upload(db, job_id, lock=True)
    job.params = {**job.params, "source_key": "", "preview": []}
    if job.state == "queued":
        job.state, job.message = "cancelled", "上传后 7 天没有确认，文件已清理"
