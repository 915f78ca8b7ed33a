"""Imports of customers: what their life (uploads) writes, counts and says.

A phone counts once: its lines are put together, and the earlier is pointed at.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from contenthub.customers import (
    actions_import,
    actions_import_trace,
    actions_plans,
    mergerules,
    queries_uploads,
)
from contenthub.customers.actions_import import Tally
from contenthub.customers.filerows import Batch
from contenthub.customers.mergerules import Rules
from contenthub.customers.queries_uploads import SORT
from contenthub.customers.rows import REQUIRED, repeated
from contenthub.customers.seenphones import SeenPhones
from contenthub.db import Write
from contenthub.tenants.models import LongJob, Staff
from contenthub.uploads import actions as uploads
from contenthub.uploads import headers as upload_headers
from contenthub.uploads import queries as upload_queries


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

    def kept(self, mapping: Mapping[str, str]) -> dict[str, Any]:
        """Return what its job remembers of it, with its columns (field -> header) as guessed."""
        return {
            "stage": "mapping",
            "source_key": self.source_key,
            "filename": self.filename,
            "sha256": self.sha256,
            "bytes": self.size_bytes,
            "encoding": self.encoding,
            "headers": list(self.headers),
            "preview": self.preview,
            "mapping": dict(mapping),
        }


def start_upload(
    db: Write, upload: Upload, mapping: Mapping[str, str], *, by: Staff, at: datetime
) -> LongJob:
    """Add the job of a kept file; it waits until its mapping is confirmed."""
    title, facts = f"导入客户 {upload.filename}", upload.kept(mapping)
    return uploads.start(
        db, SORT, title, facts, job_id=upload.job_id, rows=upload.row_count, by=by, at=at
    )


async def confirm_upload(
    db: Write,
    job_id: UUID,
    mapping: Mapping[str, str],
    *,
    merge: Mapping[str, str] | None = None,
    dry_run: bool,
    by: Staff,
    at: datetime,
) -> LongJob:
    """Let a file be tried or loaded with this mapping (field -> header).

    `merge` (field -> rule of mergerules) says what the file does to what is there; None: as
    the bank chose last time.

    Raises:
        Conflict: it runs, was loaded or given up, or its file is gone.
        Invalid: a required field has no column, a header is not in the file, or a rule is
            none or needs a day that the file does not tell.
    """
    job = await queries_uploads.upload(db, job_id, lock=True)
    uploads.refuse_unless_open(job)
    columns = check_mapping(mapping, job.params["headers"])
    chosen = await queries_uploads.merge_for(db) if merge is None else merge
    facts = {"mapping": columns, "merge": mergerules.check_rules(chosen, columns)}
    await uploads.begin_run(
        db, SORT, job, "trial" if dry_run else "load", facts=facts, by=by, at=at
    )
    return job


def check_mapping(mapping: Mapping[str, str], headers: Sequence[str]) -> dict[str, str]:
    """Return the mapping without empty choices; raises Invalid as uploads.headers."""
    return upload_headers.check_mapping(
        mapping, headers, labels=queries_uploads.LABELS, required=REQUIRED
    )


async def take_step(
    db: Write, job_id: UUID, step: Batch, *, seen: SeenPhones, at: datetime
) -> Tally | None:
    """Load (or try) one batch and move the position past it, all in this transaction.

    `seen` holds the phones of this run's earlier batches with their lines, so that a phone
    counts once and its earlier line is pointed at.
    Returns None when the job was cancelled or another worker has moved on: stop.
    """
    job = await uploads.running(db, SORT, job_id, after=step.after_line)
    if job is None:
        return None
    trial = job.params["stage"] == "trial"
    tally = Tally()
    if step.rows:
        rules = Rules(job.params.get("merge", {}))
        tally = await actions_import.add_batch(
            db, step.rows, step, rules=rules, dry_run=trial, by=job.created_by, at=at
        )
        if trial and not step.after_line:
            shown = await actions_plans.plans(db, tally.met, tally.rules, at=at)
            job.result = {**job.result, uploads.PLANS: msgspec.to_builtins(shown)}
    _count_again(tally, seen)
    if tally.trace is not None:
        await actions_import_trace.keep(db, job.id, step.last_line, tally.trace, at=at)
    problems = [*step.problems, *tally.problems]
    await uploads.keep_problems(db, job.id, [*problems, *tally.warnings])
    _add_up(job, tally, failed=len(problems))
    done = len(step.rows) + len(step.problems)
    await uploads.move_on(db, job, done=done, position=step.last_line)
    return tally


def _count_again(tally: Tally, seen: SeenPhones) -> None:
    """Count a phone that an earlier batch of the run had as repeated; point at its line there."""
    fresh = set(tally.fresh)
    for phone, line in seen.lines(list(tally.lines)).items():
        tally.warnings.append(repeated(line, tally.lines[phone], phone=phone))
        tally.repeated += 1
        if phone in fresh:
            tally.added -= 1
        else:
            tally.updated -= 1
    seen.add(tally.lines)


def _add_up(job: LongJob, tally: Tally, *, failed: int) -> None:
    """Add a batch's figures to the job's result."""
    was = job.result
    job.result = {
        **was,
        "added": was.get("added", 0) + tally.added,
        "updated": was.get("updated", 0) + tally.updated,
        "repeated": was.get("repeated", 0) + tally.repeated,
        "failed": was.get("failed", 0) + failed,
    }


async def finish(db: Write, job_id: UUID, *, errors_key: str, at: datetime) -> LongJob | None:
    """End a run that came to the end of its file; None if it was cancelled meanwhile."""
    job = await queries_uploads.upload(db, job_id, lock=True)
    if job.state != "running":
        return None
    found = {k: job.result.get(k, 0) for k in ("added", "updated", "repeated", "failed")}
    job.result = {
        **found,
        "first_problems": await upload_queries.first_problems(db, job.id),
        uploads.PLANS: job.result.get(uploads.PLANS, []),
    }
    job.errors_key = errors_key
    message = _summary(found, trial=job.params["stage"] == "trial")
    await uploads.finish(db, SORT, job, message, told=found, at=at)
    return job


def _summary(found: Mapping[str, Any], *, trial: bool) -> str:
    verb = "试算完成，没有写入：将" if trial else "导入完成："
    said = f"{verb}新增 {found['added']:,} 位，更新 {found['updated']:,} 位"
    if found["repeated"]:
        said += f"，{found['repeated']:,} 行与后面的行手机号相同"
        said += "（已合成一位，标签和拒绝都保留，行号见错误明细）"
    if found["failed"]:
        said += f"；{found['failed']:,} 行有误没有导入，请下载错误明细，改好后单独再导入"
    return said


async def cancel_upload(db: Write, job_id: UUID, *, by: Staff, at: datetime) -> LongJob:
    """Stop an import; batches that were loaded stay. Raises Conflict when it has ended."""
    job = await queries_uploads.upload(db, job_id, lock=True)
    written = job.done if job.params["stage"] == "load" else 0
    message = (
        f"已取消；取消前处理的 {written:,} 行保留，可以撤销" if written else "已取消，没有写入客户"
    )
    if job.params["stage"] == "undo":
        message = f"撤销已中途取消：处理了 {job.done:,} 位，其余保留，可以再次撤销"
    await uploads.cancel(db, SORT, job, message, written=written, by=by, at=at)
    return job
