"""Lists that others made of our customers: kept file, columns, trial or load, end, undo.

A list is one LongJob with the life of every import (uploads). Scores follow a model's result
when it was loaded to the end, and at once no more when it is taken back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from pyroaring import BitMap

from contenthub.customers import actions_list_rows, actions_scores, listrows, queries_lists
from contenthub.customers.actions_list_rows import Seen
from contenthub.customers.actions_uploads import Upload
from contenthub.customers.listrows import KINDS, SCORES, ListRow, Wish
from contenthub.customers.models_lists import CustomerList
from contenthub.customers.queries_lists import SORT
from contenthub.db import Write
from contenthub.errors import Conflict
from contenthub.queue import enqueue
from contenthub.tenants import queries as tenants_queries
from contenthub.tenants.models import LongJob, Staff
from contenthub.tenants.sealing import bank_id
from contenthub.uploads import actions as uploads
from contenthub.uploads import headers as upload_headers
from contenthub.uploads import queries as upload_queries
from contenthub.uploads.sorts import RowProblem

FIGURES = ("told", "repeated", "empty", "failed", "people")


@dataclass(frozen=True, slots=True)
class ListStep:
    """One batch of a list: lines and problems up to and including `last_line`."""

    after_line: int
    last_line: int
    rows: Sequence[ListRow]
    problems: Sequence[RowProblem]


@dataclass(slots=True)
class Run:
    """What one worker remembers of the list it works through."""

    seen: Seen
    people: BitMap


def start_list(
    db: Write,
    kind: str,
    upload: Upload,
    defaults: tuple[Mapping[str, str], Mapping[str, str]],
    *,
    by: Staff,
    at: datetime,
) -> LongJob:
    """Add the job of a kept list; it waits until its columns and the rest are confirmed.

    `defaults` are what queries_lists.defaults_for says of it.
    """
    mapping, wish = defaults
    facts = {**upload.kept(mapping), "kind": kind, "wish": dict(wish)}
    title = f"导入{KINDS[kind]}名单 {upload.filename}"
    return uploads.start(
        db, SORT, title, facts, job_id=upload.job_id, rows=upload.row_count, by=by, at=at
    )


async def confirm_list(
    db: Write,
    job_id: UUID,
    mapping: Mapping[str, str],
    wish: Mapping[str, str],
    *,
    dry_run: bool,
    by: Staff,
    at: datetime,
) -> LongJob:
    """Let a list be tried or loaded with these columns (field -> header) and this wish.

    Raises:
        Conflict: it runs, was loaded or given up, or its file is gone.
        Invalid: a column, or what holds for the whole list, is missing or wrong.
    """
    job = await queries_lists.job(db, job_id, lock=True)
    uploads.refuse_unless_open(job)
    kind = job.params["kind"]
    fields = listrows.fields_of(kind)
    columns = upload_headers.check_mapping(
        mapping,
        job.params["headers"],
        labels={field.name: field.label for field in fields},
        required=[field.name for field in fields if field.is_required],
    )
    today = await tenants_queries.today(db, at=at)
    wished = listrows.check_wish(kind, wish, columns, today=today)
    facts = {"mapping": columns, "wish": msgspec.to_builtins(wished)}
    stage = "trial" if dry_run else "load"
    await uploads.begin_run(db, SORT, job, stage, facts=facts, by=by, at=at)
    if not dry_run:
        db.add(
            CustomerList(
                tenant_id=bank_id(db),
                id=job.id,
                kind=kind,
                source=wished.source,
                said_on=wished.said_on,
                until_on=wished.until_on,
                half_life_days=wished.half_life_days,
                created_by=by.id,
                created_at=at,
            )
        )
    return job


def wish_of(job: LongJob) -> Wish:
    """Return what holds for the whole list of a confirmed job."""
    return msgspec.convert(job.params["wish"], Wish)


async def take_step(db: Write, job_id: UUID, step: ListStep, run: Run) -> bool:
    """Load (or try) one batch and move past it; False when somebody else has the job: stop."""
    job = await uploads.running(db, SORT, job_id, after=step.after_line)
    if job is None:
        return False
    seen = run.seen if job.params["stage"] == "trial" else None
    tally = await actions_list_rows.take(db, step.rows, wish_of(job), list_id=job.id, seen=seen)
    problems = [*step.problems, *tally.problems]
    await uploads.keep_problems(db, job.id, problems)
    run.people |= tally.people
    was = job.result
    added = {
        "told": tally.told,
        "repeated": tally.repeated,
        "empty": tally.empty,
        "failed": len(problems),
    }
    counted = {name: was.get(name, 0) + count for name, count in added.items()}
    topics = sorted({*was.get("topics", []), *tally.topics})
    job.result = {**was, **counted, "topics": topics, "people": len(run.people)}
    done = len(step.rows) + len(step.problems)
    await uploads.move_on(db, job, done=done, position=step.last_line)
    return True


async def finish(db: Write, job_id: UUID, *, errors_key: str, at: datetime) -> LongJob | None:
    """End a run that came to the end of its list; None if it was cancelled meanwhile."""
    job = await queries_lists.job(db, job_id, lock=True)
    if job.state != "running":
        return None
    is_load = job.params["stage"] == "load"
    if is_load:
        # Counted in the rows: a worker that died had counted some of them.
        job.result = {**job.result, "people": await queries_lists.people_in(db, job.id)}
        await _put_to_work(db, job, at=at)
    found = {name: job.result.get(name, 0) for name in FIGURES}
    job.result = {**found, "first_problems": await upload_queries.first_problems(db, job.id)}
    job.errors_key = errors_key
    message = _summary(job.params["kind"], found, trial=not is_load)
    await uploads.finish(db, SORT, job, message, told=found, at=at)
    return job


async def _put_to_work(db: Write, job: LongJob, *, at: datetime) -> None:
    held = await queries_lists.the_list(db, job.id, lock=True)
    if held is None:
        return
    held.state = "on"
    if held.kind == SCORES:
        held.topics = " ".join(job.result.get("topics", []))
        for topic in held.topics.split():
            await actions_scores.settle(db, topic, at=at)
        enqueue(db, actions_scores.JOB)


def _summary(kind: str, found: Mapping[str, Any], *, trial: bool) -> str:
    what = "条评分" if kind == SCORES else "次行为"
    verb = "试算完成，没有写入：将记下" if trial else "导入完成：记下"
    said = f"{verb} {found['people']:,} 位客户的 {found['told']:,} {what}"
    if found["repeated"]:
        said += f"，{found['repeated']:,} 行重复"
        said += "（以后面的行为准）" if kind == SCORES else "（只算一次）"
    if found["empty"]:
        said += f"，{found['empty']:,} 行是 0 分"
    if found["failed"]:
        said += f"；{found['failed']:,} 行有误没有导入，请下载错误明细，改好后单独再导入"
    return said


async def cancel_list(db: Write, job_id: UUID, *, by: Staff, at: datetime) -> LongJob:
    """Stop a list; what was loaded of it can be undone. Raises Conflict when it has ended."""
    job = await queries_lists.job(db, job_id, lock=True)
    if job.params["stage"] == "undo":
        raise Conflict("撤销开始后不能取消，请等它完成")
    written = job.done if job.params["stage"] == "load" else 0
    message = "已取消，没有写入"
    if written:
        message = f"已取消；取消前处理的 {written:,} 行可以撤销"
    await uploads.cancel(db, SORT, job, message, written=written, by=by, at=at)
    return job


def may_undo(job: LongJob, held: CustomerList) -> bool:
    """Return whether what was loaded of a list can be taken back."""
    return job.state in ("done", "cancelled", "failed") and held.state != "undone"


async def undo_list(db: Write, job_id: UUID, *, by: Staff, at: datetime) -> LongJob:
    """Take a loaded list back: its scores count no more, its acts were never done.

    An older result of the same model counts again. Raises Conflict when there is nothing to
    take back.
    """
    job = await queries_lists.job(db, job_id, lock=True)
    held = await queries_lists.the_list(db, job.id, lock=True)
    if held is None or not may_undo(job, held):
        raise Conflict("这份名单没有可以撤销的内容：没有正式导入，或已经撤销，请刷新页面")
    held.state = "undone"
    total = await queries_lists.people_in(db, job.id)
    uploads.begin_undo(db, SORT, job, total=total, by=by, at=at)
    if held.kind == SCORES:
        enqueue(db, actions_scores.JOB)
    return job


async def undo_step(db: Write, job_id: UUID, *, at: datetime) -> bool:
    """Take the next customers of a list back; False when none is left or somebody else does it."""
    job = await queries_lists.job(db, job_id, lock=True)
    if job.state != "running":
        return False
    gone = await actions_list_rows.take_back(db, job.id, job.params["kind"], at=at)
    if gone:
        await uploads.move_on(db, job, done=gone)
    return bool(gone)


async def finish_undo(db: Write, job_id: UUID, *, at: datetime) -> None:
    """End an undo that has nothing left to take back."""
    job = await queries_lists.job(db, job_id, lock=True)
    if job.state != "running":
        return
    message = f"已撤销：取下了 {job.done:,} 位客户的记录"
    await uploads.finish_undo(db, job, message, told={"people": job.done}, at=at)


async def forget(db: Write, list_id: UUID, *, at: datetime) -> int:
    """Drop some rows of a model's result that has long ended to count; return of how many."""
    return await actions_list_rows.take_back(db, list_id, SCORES, at=at)
