"""Worker entries of the import of items: a workbook into drafts, and its file away afterwards."""

import asyncio
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select

from contenthub.db import Database, Platform, TenantId
from contenthub.errors import Forbidden, Invalid, NotFound
from contenthub.library import (
    actions_item_import,
    actions_item_judge,
    actions_item_undo,
    actions_item_uploads,
    itembook,
    itemsheets,
    queries_item_imports,
)
from contenthub.library.actions_item_import import Step
from contenthub.library.itembook import BookRow
from contenthub.library.itemclaims import Claims
from contenthub.library.queries_item_imports import SORT
from contenthub.queue import job, sweep
from contenthub.storage import storage_of
from contenthub.tenants.models import LongJob
from contenthub.uploads import actions as uploads
from contenthub.uploads import queries as upload_queries
from contenthub.uploads.jobs import drop_files
from contenthub.uploads.queries import KEEP, Due

ROWS_PER_STEP = 200
SENT_PER_STEP = 25
"""A submission takes a dozen statements; a batch of them holds its locks not too long."""
KEEP_ROWS = timedelta(days=actions_item_uploads.ROWS_KEPT_DAYS)
ROWS_PER_DROP = 5_000
BATCH = 100
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@job("library.import_items")
async def import_items(database: Database, tenant: TenantId, /, **ids: Any) -> None:
    """Try, load or take back the workbook of `job_id` from where it stands, batch by batch."""
    async with database.unit_of_work(tenant) as db:
        taken = await uploads.claim(db, SORT, UUID(ids["job_id"]), at=datetime.now(UTC))
    if taken is None:
        return
    with tempfile.TemporaryDirectory(prefix="contenthub-items-") as folder:
        run = _Run(database, tenant, taken, Path(folder))
        try:
            await (run.undo() if taken.params["stage"] == "undo" else run.load())
        except (Invalid, NotFound, Forbidden) as error:
            async with database.unit_of_work(tenant) as db:
                found = await queries_item_imports.import_job(db, taken.id, lock=True)
                await uploads.fail(db, SORT, found, error.detail, at=datetime.now(UTC))


@sweep("library.import_items")
async def waiting_imports(db: Platform, _now: datetime) -> Due:
    """Return imports that wait for a worker, or whose worker is gone."""
    return await upload_queries.waiting(db, SORT)


class _Run:
    """One worker's work on one workbook; every step is a unit of work of its own."""

    def __init__(self, database: Database, tenant: TenantId, taken: LongJob, folder: Path) -> None:
        self.database = database
        self.tenant = tenant
        self.job = taken
        self.source = folder / "source.xlsx"
        self.errors = folder / "errors.xlsx"

    async def load(self) -> None:
        """Work through the rows behind the position, then write the error file."""
        facts = self.job.params
        await storage_of(self.database.resources).get_file(facts["source_key"], self.source)
        book = await asyncio.to_thread(
            itembook.read_book,
            self.source,
            facts["filename"],
            reading=queries_item_imports.reading(self.job),
        )
        size = SENT_PER_STEP if facts["submit"] and facts["stage"] == "load" else ROWS_PER_STEP
        batches = [
            book.rows[no : no + size] for no in range(self.job.position, len(book.rows), size)
        ]
        if await self._take(batches):
            await self._finish(await self._write_failed(book))

    async def _take(self, batches: Sequence[Sequence[BookRow]]) -> bool:
        """Judge and write batch after batch; False when somebody else took or ended the job.

        While one is written the next is judged: that is work of this process, writing is of the
        database's.
        """
        async with self.database.reading(self.tenant) as read:
            earlier = await queries_item_imports.claims(read, self.job)
        step = await self._judged(batches[0], earlier) if batches else None
        for following in (*batches[1:], ()):
            is_mine, ahead = await asyncio.gather(
                self._written(step), self._judged(following, earlier), return_exceptions=True
            )
            # Both are waited for: none is left behind at work when the other fails.
            if isinstance(is_mine, BaseException):
                raise is_mine
            if isinstance(ahead, BaseException):
                raise ahead
            if not is_mine:
                return False
            step = ahead
        return True

    async def _judged(self, batch: Sequence[BookRow], earlier: Claims) -> Step | None:
        if not batch:
            return None
        async with self.database.reading(self.tenant) as read:
            found = await queries_item_imports.look_up(
                read, self.job, batch, earlier, at=datetime.now(UTC)
            )
        judged = await asyncio.to_thread(actions_item_judge.judge, batch, found)
        return Step(batch[0].no - 1, batch[-1].no, judged)

    async def _written(self, step: Step | None) -> bool:
        if step is None:
            return True
        async with self.database.unit_of_work(self.tenant) as db:
            return await actions_item_import.take_step(db, self.job.id, step, at=datetime.now(UTC))

    async def undo(self) -> None:
        """Take the rows back, some at a time."""
        last = self.job.position
        while True:
            async with self.database.unit_of_work(self.tenant) as db:
                done = await actions_item_undo.undo_step(
                    db, self.job.id, after_no=last, limit=BATCH, at=datetime.now(UTC)
                )
            if not done:
                break
            last = done
        async with self.database.unit_of_work(self.tenant) as db:
            await actions_item_undo.take_back_labels(db, self.job.id, at=datetime.now(UTC))
        await self._finish("")

    async def _finish(self, errors_key: str) -> None:
        async with self.database.unit_of_work(self.tenant) as db:
            await actions_item_uploads.finish(
                db, self.job.id, errors_key=errors_key, at=datetime.now(UTC)
            )

    async def _write_failed(self, book: itembook.Book) -> str:
        """Write the rows that were not taken as a workbook; return its key, "" without any."""
        failed: dict[str, dict[int, tuple[list[str], str]]] = {}
        last = 0
        while True:
            async with self.database.reading(self.tenant) as read:
                some = await queries_item_imports.rows(
                    read, self.job.id, outcome="failed", after_no=last, limit=1_000
                )
            if not some:
                break
            for row in some:
                failed.setdefault(row.sheet, {})[row.line] = (row.changes, row.message)
            last = some[-1].no
        if not failed:
            return ""
        await asyncio.to_thread(self._write_workbook, book, failed)
        key = f"{self.tenant}/imports/{self.job.id}.errors.xlsx"
        await storage_of(self.database.resources).put_file(key, self.errors, mime=XLSX)
        return key

    def _write_workbook(
        self, book: itembook.Book, failed: dict[str, dict[int, tuple[list[str], str]]]
    ) -> None:
        sheets = itembook.failed_rows(self.source, self.job.params["filename"], book, failed)
        itemsheets.write_failed(self.errors, sheets)


@job("library.drop_import")
async def drop_import(database: Database, tenant: TenantId, /, **ids: Any) -> None:
    """Delete the uploaded workbook of `job_id`, whose import has ended or was never confirmed."""
    await drop_files(database, tenant, SORT, UUID(ids["job_id"]))


@sweep("library.drop_import")
async def kept_workbooks(db: Platform, now: datetime) -> Due:
    """Return imports whose workbook is not needed any more."""
    return await upload_queries.kept(db, SORT, now)


@job("library.drop_import_rows")
async def drop_import_rows(database: Database, tenant: TenantId, /, **ids: Any) -> None:
    """Delete what became of the rows of `job_id`, past the time in which it can be undone."""
    more = True
    while more:
        async with database.unit_of_work(tenant) as db:
            more = await actions_item_uploads.drop_rows(
                db, UUID(ids["job_id"]), limit=ROWS_PER_DROP, at=datetime.now(UTC)
            )


@sweep("library.drop_import_rows")
async def kept_rows(db: Platform, now: datetime) -> Due:
    """Return imports whose rows are past their time."""
    is_trial = LongJob.params["stage"].as_string() == "trial"
    rows = await db.execute(
        select(LongJob.tenant_id, LongJob.id)
        .where(
            LongJob.kind == SORT.kind,
            LongJob.state.in_(("done", "failed", "cancelled")),
            LongJob.params[actions_item_uploads.ROWS_GONE].as_string().is_(None),
            or_(
                LongJob.finished_at < now - KEEP_ROWS,
                and_(is_trial, LongJob.finished_at < now - KEEP),
            ),
        )
        .limit(BATCH)
    )
    return [(row[0], {"job_id": str(row[1])}) for row in rows]
