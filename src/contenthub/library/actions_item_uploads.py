"""The life of an import of items: kept file, trial, load in batches, error file, end, undo.

One LongJob is one file. `params.stage` says what its run means: "trial" only notes, "load"
writes drafts, "undo" takes them back. `position` is the last row that is done; it moves in the
transaction of the batch that ends there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from contenthub.db import Write
from contenthub.errors import Conflict, Invalid
from contenthub.library import queries_item_imports
from contenthub.library.itemheaders import Chosen
from contenthub.library.models_imports import ItemImportRow
from contenthub.library.queries_item_imports import SORT
from contenthub.queue import enqueue
from contenthub.tenants import actions as tenants
from contenthub.tenants.models import LongJob, Staff
from contenthub.tenants.sealing import bank_id
from contenthub.uploads import actions as uploads
from contenthub.uploads.queries import KEEP

SEND_MAX = 500
"""Submitting more at once would bury the reviewers."""
KEPT_DAYS = KEEP.days
ROWS_KEPT_DAYS = 90
"""What became of each row is kept, and can be taken back, for so long after the end."""
ROWS_GONE = "rows_gone"
"""In a job's params: that its rows are no longer kept."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A workbook that was read and kept: what it is and what was seen in it."""

    job_id: UUID
    source_key: str
    filename: str
    sha256: str
    kind: str
    """For sheets that do not tell theirs."""
    row_count: int
    sheets: Sequence[Mapping[str, Any]]
    skipped: Mapping[str, str]
    """Sheet that was not read -> why."""
    columns: Chosen = field(default_factory=dict)
    """What somebody chose for headers of the bank's own."""
    topics: Mapping[str, str] = field(default_factory=dict)
    """Sheet -> slug of the topic of rows that do not say theirs."""
    kinds: Mapping[str, str] = field(default_factory=dict)
    """Sheet -> the kind somebody chose for it."""

    def read_as(self) -> dict[str, Any]:
        """Return what a job remembers of how the workbook is read."""
        return {
            "kind": self.kind,
            "sheets": list(self.sheets),
            "skipped": list(self.skipped),
            "columns": {kind: dict(names) for kind, names in self.columns.items()},
            "topics": dict(self.topics),
            "why_skipped": dict(self.skipped),
            "kinds": dict(self.kinds),
        }


async def start_import(
    db: Write, upload: Upload, *, is_trial: bool, is_sent: bool, by: Staff, at: datetime
) -> LongJob:
    """Add the job of a kept file and let it be tried or loaded at once."""
    facts = {
        "stage": "trial",
        "source_key": upload.source_key,
        "filename": upload.filename,
        "sha256": upload.sha256,
        "submit": False,
        **upload.read_as(),
    }
    title, rows = f"导入内容 {upload.filename}", upload.row_count
    job = uploads.start(db, SORT, title, facts, job_id=upload.job_id, rows=rows, by=by, at=at)
    await db.flush()
    await _begin(db, job, "trial" if is_trial else "load", is_sent=is_sent, by=by, at=at)
    return job


async def run_import(db: Write, job_id: UUID, *, is_sent: bool, by: Staff, at: datetime) -> LongJob:
    """Load a file that was tried. Its rows are looked at again: days may have passed.

    Raises:
        Conflict: it runs, was loaded, failed, or its file is gone.
        Invalid: too many rows to be submitted at once (field `submit`).
    """
    job = await queries_item_imports.import_job(db, job_id, lock=True)
    uploads.refuse_unless_open(job)
    # Who confirms writes: the drafts are theirs, and theirs are the eyes that may not review.
    job.created_by = by.id
    await _begin(db, job, "load", is_sent=is_sent, by=by, at=at)
    return job


async def try_again(db: Write, upload: Upload, *, by: Staff, at: datetime) -> LongJob:
    """Try a file anew that was read with other columns; the bank's next files are read so too.

    Raises Conflict as `run_import`.
    """
    job = await queries_item_imports.import_job(db, upload.job_id, lock=True)
    uploads.refuse_unless_open(job)
    job.params = {**job.params, **upload.read_as()}
    job.total = upload.row_count
    await _begin(db, job, "trial", is_sent=False, by=by, at=at)
    return job


async def _begin(
    db: Write, job: LongJob, stage: str, *, is_sent: bool, by: Staff, at: datetime
) -> None:
    if is_sent and stage == "load" and job.total > SEND_MAX:
        raise Invalid.of(
            "submit", f"一次最多送审 {SEND_MAX} 条，这个文件有 {job.total:,} 条；请先存为草稿"
        )
    await db.execute(
        delete(ItemImportRow).where(
            ItemImportRow.tenant_id == bank_id(db), ItemImportRow.job_id == job.id
        )
    )
    facts = {"submit": is_sent, ROWS_GONE: None}
    await uploads.begin_run(db, SORT, job, stage, facts=facts, by=by, at=at)


async def finish(db: Write, job_id: UUID, *, errors_key: str, at: datetime) -> LongJob | None:
    """End a run that came to the end of its rows; None if it was cancelled meanwhile."""
    job = await queries_item_imports.import_job(db, job_id, lock=True)
    if job.state != "running":
        return None
    await db.flush()
    found = await queries_item_imports.counts(db, job.id)
    stage, job.result = job.params["stage"], found
    job.errors_key = errors_key or job.errors_key
    if stage == "undo":
        why = await queries_item_imports.kept_reasons(db, job.id)
        job.state, job.finished_at, job.lease_until = "done", at, None
        job.message = _undone(found, why, job.params)
        by = await db.get(Staff, (bank_id(db), job.created_by))
        facts = {"rows": found["undone"], "kept": found["kept"]}
        tenants.record(db, "import.undone", "job", job.id, by=by, at=at, **facts)
        return job
    told = {name: found[name] for name in ("added", "changed", "unchanged", "failed")}
    message = _summary(found, stage, is_sent=job.params["submit"])
    await uploads.finish(db, SORT, job, message, told=told, at=at)
    return job


def _undone(found: Mapping[str, int], why: Mapping[str, int], facts: Mapping[str, Any]) -> str:
    """Return what an undo took back, and what it left and why."""
    said = f"已撤销 {found['undone']:,} 条"
    if found["kept"]:
        reasons = "、".join(f"{reason} {count:,} 条" for reason, count in why.items())
        said += f"；{found['kept']:,} 条没有撤销：{reasons}"
    if gone := facts.get("labels_gone"):
        said += f"；一并删除了导入时新建的标签：{'、'.join(gone[:10])}"
        said += f" 等 {len(gone)} 个" if len(gone) > 10 else ""
    if left := facts.get("labels_left"):
        some = "、".join(f"“{name}”{reason}" for name, reason in list(left.items())[:10])
        said += f"；这些新建的标签没有删除：{some}"
    return said


def _summary(found: Mapping[str, int], stage: str, *, is_sent: bool) -> str:
    verb = "试算完成，没有写入：将" if stage == "trial" else "导入完成，都是草稿："
    said = f"{verb}新增 {found['added']:,} 条，修改 {found['changed']:,} 条"
    said += f"，{found['unchanged']:,} 条没有变化"
    if is_sent and stage == "load":
        said = said.replace("，都是草稿：", "：") + f"；已送审 {found['sent']:,} 条"
    if found["blocked"]:
        said += f"；{found['blocked']:,} 条有必须修改的地方，改好才能通过审核"
    if found["failed"]:
        said += f"；{found['failed']:,} 条有误没有导入，请下载错误明细，改好后再传这个明细文件即可"
    return said


async def cancel_import(db: Write, job_id: UUID, *, by: Staff, at: datetime) -> LongJob:
    """Stop an import; batches that were written stay. Raises Conflict when it has ended."""
    job = await queries_item_imports.import_job(db, job_id, lock=True)
    stage = job.params["stage"]
    written = job.done if stage == "load" else 0
    message = (
        f"已取消；取消前处理的 {written:,} 行保留，可以撤销" if written else "已取消，没有写入"
    )
    if stage == "undo":
        message = f"撤销已中途取消：处理了 {job.done:,} 行"
    await uploads.cancel(db, SORT, job, message, written=written, by=by, at=at)
    return job


async def undo_import(db: Write, job_id: UUID, *, by: Staff, at: datetime) -> LongJob:
    """Let the drafts of a load be taken back, as far as nobody has worked on them since.

    Raises Conflict when it is no load that has ended, or there is nothing left to take back.
    """
    job = await queries_item_imports.import_job(db, job_id, lock=True)
    ended = job.state in ("done", "cancelled", "failed")
    if not ended or job.params["stage"] not in ("load", "undo"):
        raise Conflict("只有正式导入、已经结束的可以撤销，请刷新页面")
    if job.params.get(ROWS_GONE):
        raise Conflict(
            f"这次导入结束已超过 {ROWS_KEPT_DAYS} 天，逐行记录已清理，不能再撤销；请逐条处理"
        )
    found = await queries_item_imports.counts(db, job.id)
    left = found["added"] + found["changed"]
    if not left:
        raise Conflict("这次导入没有可以撤销的内容")
    facts = {"undone_by": str(by.id), "labels_gone": [], "labels_left": {}}
    job.params = {**job.params, **facts, "stage": "undo"}
    job.state, job.position, job.done, job.result = "queued", 0, 0, {}
    job.total, job.message, job.finished_at, job.lease_until = left, "", None, None
    tenants.record(db, "import.undo_started", "job", job.id, by=by, at=at, rows=left)
    enqueue(db, SORT.job, job_id=job.id)
    return job


def rows_kept_until(job: LongJob) -> datetime | None:
    """Return when the rows of an import that has ended go, None while it has not."""
    if job.finished_at is None:
        return None
    days = KEPT_DAYS if job.params["stage"] == "trial" else ROWS_KEPT_DAYS
    return job.finished_at + timedelta(days=days)


async def drop_rows(db: Write, job_id: UUID, *, limit: int, at: datetime) -> bool:
    """Delete some rows of an import whose time is over; return whether there may be more.

    The last time, it is noted: how the import ended stays, what became of each row does not.
    """
    job = await queries_item_imports.import_job(db, job_id, lock=True)
    until = rows_kept_until(job)
    if until is None or until > at or job.params.get(ROWS_GONE):
        return False
    some = (
        select(ItemImportRow.no)
        .where(ItemImportRow.tenant_id == bank_id(db), ItemImportRow.job_id == job_id)
        .limit(limit)
    )
    gone = await db.execute(
        delete(ItemImportRow).where(
            ItemImportRow.tenant_id == bank_id(db),
            ItemImportRow.job_id == job_id,
            ItemImportRow.no.in_(some),
        )
    )
    count = int(getattr(gone, "rowcount", 0))
    dropped = int(job.params.get("rows_dropped", 0)) + count
    job.params = {**job.params, "rows_dropped": dropped}
    if count == limit:
        return True
    job.params = {**job.params, ROWS_GONE: True}
    tenants.record(db, "import.rows_dropped", "job", job.id, by=None, at=at, rows=dropped)
    return False
