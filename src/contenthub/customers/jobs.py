"""Worker entries of the customers room: files into customers, refusals that end, the index."""

import asyncio
import hashlib
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, select

from contenthub.customers import (
    actions,
    actions_audience,
    actions_import_undo,
    actions_uploads,
    actions_uploads_undo,
    filerows,
    queries_uploads,
)
from contenthub.customers import queries_truth as truths
from contenthub.customers.bitmaps import CHUNK_BITS, Key
from contenthub.customers.filerows import Batch, Task
from contenthub.customers.models import Customer, Refusal
from contenthub.customers.queries_uploads import SORT
from contenthub.customers.seenphones import SeenPhones
from contenthub.customers.sheetout import write_errors
from contenthub.db import Database, Platform, TenantId
from contenthub.errors import Invalid, NotFound
from contenthub.queue import job, sweep
from contenthub.storage import storage_of
from contenthub.tenants import queries as tenants
from contenthub.tenants.bankday import bank_day
from contenthub.tenants.models import Bank, LongJob
from contenthub.tenants.quotas import QuotaReached
from contenthub.tenants.sealer import SealingKeys
from contenthub.tenants.sealing import keyring
from contenthub.uploads import actions as uploads
from contenthub.uploads import queries as upload_queries
from contenthub.uploads.jobs import drop_files, keep_errors
from contenthub.uploads.queries import Due

ROWS_PER_STEP = 5_000
"""Each step writes the bitmaps it touches: fewer steps, fewer writes; a step takes a second."""
MENDED_AT_ONCE = 16_384
"""Customers whose bits are made anew in one transaction."""


@job("customers.import_file")
async def import_file(database: Database, tenant: TenantId, /, **ids: Any) -> None:
    """Try or load the file of `job_id` from where it stands, batch by batch."""
    async with database.unit_of_work(tenant) as db:
        taken = await uploads.claim_in_memory(db, SORT, UUID(ids["job_id"]), at=datetime.now(UTC))
        bank = await tenants.bank(db)
        keys = keyring(db).for_files(tenant)
    if taken is None:
        return
    if taken.params["stage"] == "undo":
        await _take_back(database, tenant, taken)
        return
    with tempfile.TemporaryDirectory(prefix="contenthub-import-") as folder:
        await _Run(database, tenant, taken, bank=bank, keys=keys, folder=Path(folder)).go()


async def _take_back(database: Database, tenant: TenantId, taken: LongJob) -> None:
    """Undo an import from where it stands, the last batch first."""
    last = taken.position
    while True:
        async with database.unit_of_work(tenant) as db:
            done = await actions_import_undo.undo_step(
                db, taken.id, after=last, at=datetime.now(UTC)
            )
        if not done:
            break
        last = done
    async with database.unit_of_work(tenant) as db:
        await actions_uploads_undo.finish(db, taken.id, at=datetime.now(UTC))


@sweep("customers.import_file")
async def waiting_files(db: Platform, _now: datetime) -> Due:
    """Return imports that wait for a worker, or whose worker is gone."""
    return await upload_queries.waiting(db, SORT)


class _Run:
    """One worker's work on one file; every step is a unit of work of its own."""

    def __init__(
        self,
        database: Database,
        tenant: TenantId,
        taken: LongJob,
        *,
        bank: Bank,
        keys: SealingKeys,
        folder: Path,
    ) -> None:
        self.database = database
        self.tenant = tenant
        self.job = taken
        self.bank = bank
        self.keys = keys
        self.source = folder / "source"
        self.errors = folder / "errors.csv"
        self.seen = SeenPhones()

    async def go(self) -> None:
        """Work through the file; a file that cannot be used ends the job with the reason."""
        try:
            await storage_of(self.database.resources).get_file(
                self.job.params["source_key"], self.source
            )
            is_through = await self._work_through(await asyncio.to_thread(self._task))
        except (Invalid, NotFound, QuotaReached) as error:
            async with self.database.unit_of_work(self.tenant) as db:
                job = await queries_uploads.upload(db, self.job.id, lock=True)
                await uploads.fail(db, SORT, job, error.detail, at=datetime.now(UTC))
            return
        if is_through:
            await self._finish()

    def _task(self) -> Task:
        """Say what is to be read; the very file that was checked when it came is not read twice."""
        with self.source.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        params = self.job.params
        return Task(
            path=str(self.source),
            filename=params["filename"],
            is_checked=digest == params.get("sha256"),
            mapping=params["mapping"],
            after_line=self.job.position,
            rows_at_once=ROWS_PER_STEP,
            today=bank_day(self.bank, datetime.now(UTC)),
            keys=self.keys,
            seals=params["stage"] == "load",
        )

    async def _work_through(self, task: Task) -> bool:
        """Return True at the end of the file, False when somebody else took or ended the job."""
        read = filerows.batches(task)
        ahead = _read_ahead(read)
        try:
            # Shielded: of a run that is stopped the reader is still waited for.
            while (step := await asyncio.shield(ahead)) is not None:
                ahead = _read_ahead(read)
                async with self.database.unit_of_work(self.tenant) as db:
                    done = await actions_uploads.take_step(
                        db, self.job.id, step, seen=self.seen, at=datetime.now(UTC)
                    )
                if done is None:
                    return False
        finally:
            await asyncio.wait([ahead])  # the file is not closed under its reader
            read.close()
        return True

    async def _finish(self) -> None:
        key = await keep_errors(
            self.database, self.tenant, self.job.id, self.errors, write=write_errors
        )
        async with self.database.unit_of_work(self.tenant) as db:
            await actions_uploads.finish(db, self.job.id, errors_key=key, at=datetime.now(UTC))


def _read_ahead(read: Iterator[Batch]) -> asyncio.Task[Batch | None]:
    """Take the next batch in a thread, while the one before it is written."""
    return asyncio.create_task(asyncio.to_thread(next, read, None))


@job("customers.drop_upload")
async def drop_upload(database: Database, tenant: TenantId, /, **ids: Any) -> None:
    """Delete the uploaded file of `job_id`, whose import has ended or was never confirmed."""
    await drop_files(database, tenant, SORT, UUID(ids["job_id"]))


@sweep("customers.drop_upload")
async def kept_files(db: Platform, now: datetime) -> Due:
    """Return imports whose file is not needed any more."""
    return await upload_queries.kept(db, SORT, now)


@job("customers.end_refusals")
async def end_refusals(database: Database, tenant: TenantId, /, **_ids: Any) -> None:
    """End the bank's refusals whose last day is over."""
    async with database.unit_of_work(tenant) as db:
        await actions.end_refusals(db, at=datetime.now(UTC))


@sweep("customers.end_refusals")
async def ended_refusals(db: Platform, now: datetime) -> Due:
    """Return banks with a refusal whose last day is over on their own clock."""
    day = func.date(func.timezone(Bank.zone, now))
    rows = await db.execute(
        select(Bank.id).where(exists().where(Refusal.tenant_id == Bank.id, Refusal.until_on < day))
    )
    return [(row[0], {}) for row in rows]


@job("customers.end_assessments")
async def end_assessments(database: Database, tenant: TenantId, /, **_ids: Any) -> None:
    """End the bank's risk assessments whose last day is over, in steps."""
    ended = 1
    while ended:
        async with database.unit_of_work(tenant) as db:
            ended = await actions.end_assessments(db, at=datetime.now(UTC))


@sweep("customers.end_assessments")
async def ended_assessments(db: Platform, now: datetime) -> Due:
    """Return banks with an assessment whose last day is over on their own clock."""
    day = func.date(func.timezone(Bank.zone, now))
    # Column by column: the platform role reads these of a customer and nothing else.
    over = select(Customer.tenant_id).where(
        Customer.tenant_id == Bank.id, Customer.risk_grade > 0, Customer.risk_until < day
    )
    return [(row[0], {}) for row in await db.execute(select(Bank.id).where(over.exists()))]


async def audience_differences(database: Database, tenant: TenantId) -> dict[Key, tuple[int, int]]:
    """Return the keys in which the bank's index is not what its truth rows say; none is well.

    Each with how many customers the index lacks and has too many. Every bit is compared, a
    chunk at a time in a snapshot of its own, so that writers neither wait nor disturb.
    """
    found: dict[Key, tuple[int, int]] = {}
    async with database.reading(tenant) as db:
        parts = list(await truths.ranges(db, 1 << CHUNK_BITS))
    for first, last in parts:
        async with database.snapshot(tenant) as db:
            wrong = await truths.disagreements(db, first, last)
        for key, (lacks, extra) in wrong.items():
            had = found.get(key, (0, 0))
            found[key] = (had[0] + len(lacks), had[1] + len(extra))
    return dict(sorted(found.items()))


async def mend_audience(database: Database, tenant: TenantId) -> int:
    """Make the bank's index what its truth rows say, while it is used; return the mended keys.

    Writers of the bank wait for one portion at most. `touched` days stay as they are: the
    ledger, not the customer, is their truth.
    """
    async with database.reading(tenant) as db:
        parts = list(await truths.ranges(db, MENDED_AT_ONCE))
    mended = 0
    for first, last in parts:
        async with database.unit_of_work(tenant) as db:
            mended += await actions_audience.mend(db, first, last)
    return mended
