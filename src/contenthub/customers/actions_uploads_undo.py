"""The life of an import's undo: begun at a wish, ended with its figures, past after 90 days."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, tuple_

from contenthub.customers import queries_imports, queries_uploads
from contenthub.customers.actions_import_undo import UNDONE
from contenthub.customers.models_imports import ImportChange, ImportStep
from contenthub.customers.queries_imports import KEPT, KEPT_DAYS
from contenthub.customers.queries_uploads import SORT
from contenthub.db import Write
from contenthub.errors import Conflict
from contenthub.tenants.models import LongJob, Staff
from contenthub.tenants.sealing import bank_id
from contenthub.uploads import actions as uploads

FIGURES = ("deleted", "restored", "untagged", "kept")
FORGOTTEN_AT_ONCE = 100


async def undo_import(db: Write, job_id: UUID, *, by: Staff, at: datetime) -> LongJob:
    """Let a load be taken back, as far as nobody went on with its customers since.

    Raises Conflict when it is no load that has ended, when it is too long ago, or when there is
    nothing left to take back.
    """
    job = await queries_uploads.upload(db, job_id, lock=True)
    ended = job.state in ("done", "cancelled", "failed")
    if not ended or job.params["stage"] not in ("load", "undo"):
        raise Conflict("只有正式导入、已经结束的可以撤销，请刷新页面")
    ahead = await queries_imports.ahead(db, job, at=at)
    if ahead is None:
        raise Conflict(
            f"这次导入没有可以撤销的内容：已经撤销，或已超过 {KEPT_DAYS} 天、逐批记录已清理"
        )
    uploads.begin_undo(db, SORT, job, total=ahead.people, by=by, at=at)
    return job


async def finish(db: Write, job_id: UUID, *, at: datetime) -> LongJob | None:
    """End an undo that has come to the first batch; None if it was cancelled meanwhile."""
    job = await queries_uploads.upload(db, job_id, lock=True)
    if job.state != "running":
        return None
    told = {name: job.result.get(UNDONE, {}).get(name, 0) for name in FIGURES}
    await uploads.finish_undo(db, job, _summary(told), told=told, at=at)
    return job


def _summary(told: Mapping[str, int]) -> str:
    said = f"已撤销：删除新增的 {told['deleted']:,} 位，恢复更新的 {told['restored']:,} 位，"
    said += f"从原有客户取下 {told['untagged']:,} 个标签"
    if told["kept"]:
        said += f"；{told['kept']:,} 位没有撤销，名单和原因见下方"
    return said


async def forget(db: Write, *, at: datetime) -> int:
    """Drop what is kept of batches past undo, some at a time; return how many."""
    old = (ImportStep.tenant_id == bank_id(db), ImportStep.at < at - KEPT)
    steps = await db.execute(
        select(ImportStep.job_id, ImportStep.last_line).where(*old).limit(FORGOTTEN_AT_ONCE)
    )
    keys = [(job_id, line) for job_id, line in steps]
    for model, columns in (
        (ImportChange, ImportChange.job_id.in_({job_id for job_id, _ in keys})),
        (ImportStep, tuple_(ImportStep.job_id, ImportStep.last_line).in_(keys)),
    ):
        await db.execute(delete(model).where(model.tenant_id == bank_id(db), columns))
    return len(keys)
