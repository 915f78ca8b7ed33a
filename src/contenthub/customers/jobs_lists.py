"""Worker entries of lists: lines into results and acts, lists taken back, old ones dropped."""

import asyncio
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from pyroaring import BitMap

from contenthub.customers import actions_lists, listrows, queries_lists
from contenthub.customers.actions_list_rows import Seen
from contenthub.customers.actions_lists import ListStep, Run
from contenthub.customers.queries_lists import SORT
from contenthub.customers.rows import shown
from contenthub.customers.sheetout import write_errors
from contenthub.customers.sheets import Sheet, open_sheet
from contenthub.db import Database, Platform, TenantId
from contenthub.errors import Invalid, NotFound
from contenthub.queue import job, sweep
from contenthub.storage import storage_of
from contenthub.tenants import queries as tenants
from contenthub.tenants.models import LongJob
from contenthub.uploads import actions as uploads
from contenthub.uploads import queries as upload_queries
from contenthub.uploads.headers import columns_of, pick
from contenthub.uploads.jobs import drop_files, keep_errors
from contenthub.uploads.queries import Due
from contenthub.uploads.sorts import RowProblem

ROWS_PER_STEP = 5_000


@job(SORT.job)
async def import_list(database: Database, tenant: TenantId, /, **ids: Any) -> None:
    """Try, load or take back the list of `job_id` from where it stands, batch by batch."""
    async with database.unit_of_work(tenant) as db:
        taken = await uploads.claim_in_memory(db, SORT, UUID(ids["job_id"]), at=datetime.now(UTC))
        today = await tenants.today(db, at=datetime.now(UTC))
    if taken is None:
        return
    if taken.params["stage"] == "undo":
        await _take_back(database, tenant, taken.id)
        return
    with tempfile.TemporaryDirectory(prefix="contenthub-list-") as folder:
        try:
            await _work_through(database, tenant, taken, today=today, folder=Path(folder))
        except (Invalid, NotFound) as error:
            async with database.unit_of_work(tenant) as db:
                held = await queries_lists.job(db, taken.id, lock=True)
                await uploads.fail(db, SORT, held, error.detail, at=datetime.now(UTC))


async def _take_back(database: Database, tenant: TenantId, job_id: UUID) -> None:
    has_more = True
    while has_more:
        async with database.unit_of_work(tenant) as db:
            has_more = await actions_lists.undo_step(db, job_id, at=datetime.now(UTC))
    async with database.unit_of_work(tenant) as db:
        await actions_lists.finish_undo(db, job_id, at=datetime.now(UTC))


async def _work_through(
    database: Database, tenant: TenantId, taken: LongJob, *, today: date, folder: Path
) -> None:
    source, errors = folder / "source", folder / "errors.csv"
    await storage_of(database.resources).get_file(taken.params["source_key"], source)
    sheet = await asyncio.to_thread(open_sheet, source, taken.params["filename"])
    steps, run = _steps(sheet, taken, today), Run(Seen(), BitMap())
    while (step := await asyncio.to_thread(next, steps, None)) is not None:
        async with database.unit_of_work(tenant) as db:
            if not await actions_lists.take_step(db, taken.id, step, run):
                return
    write = partial(write_errors, label=partial(listrows.label_of, taken.params["kind"]))
    key = await keep_errors(database, tenant, taken.id, errors, write=write)
    async with database.unit_of_work(tenant) as db:
        await actions_lists.finish(db, taken.id, errors_key=key, at=datetime.now(UTC))


def _steps(sheet: Sheet, taken: LongJob, today: date) -> Iterator[ListStep]:
    wish = actions_lists.wish_of(taken)
    columns = columns_of(sheet.headers, taken.params["mapping"])
    width, after = len(sheet.headers), taken.position
    lines = sheet.rows(after_line=after)
    while batch := list(islice(lines, ROWS_PER_STEP)):
        rows, problems = [], []
        for line, cells in batch:
            if any(cell.strip() for cell in cells[width:]):
                said = f"这一行有 {len(cells)} 格，表头只有 {width} 列，列已错位"
                problems.append(RowProblem(line, "", shown(" ".join(cells[width:])), said))
                continue
            found = listrows.read_row(pick(cells, columns), wish, line=line, today=today)
            if isinstance(found, RowProblem):
                problems.append(found)
            else:
                rows.append(found)
        yield ListStep(after, batch[-1][0], rows, problems)
        after = batch[-1][0]


@sweep(SORT.job)
async def waiting_lists(db: Platform, _now: datetime) -> Due:
    """Return lists that wait for a worker, or whose worker is gone."""
    return await upload_queries.waiting(db, SORT)


@job(SORT.drop_job)
async def drop_list(database: Database, tenant: TenantId, /, **ids: Any) -> None:
    """Delete the uploaded file of `job_id`, whose list has ended or was never confirmed."""
    await drop_files(database, tenant, SORT, UUID(ids["job_id"]))


@sweep(SORT.drop_job)
async def kept_lists(db: Platform, now: datetime) -> Due:
    """Return lists whose file is not needed any more."""
    return await upload_queries.kept(db, SORT, now)


@job("customers.forget_list")
async def forget_list(database: Database, tenant: TenantId, /, **ids: Any) -> None:
    """Drop what a model's result told that has long ended to count."""
    gone = 1
    while gone:
        async with database.unit_of_work(tenant) as db:
            gone = await actions_lists.forget(db, UUID(ids["list_id"]), at=datetime.now(UTC))


@sweep("customers.forget_list")
async def past_lists(db: Platform, now: datetime) -> Due:
    """Return lists with results that have long ended to count."""
    return await queries_lists.past(db, now)
