"""Worker entry of the staff import: the list in batches, then the photos one by one."""

import asyncio
import csv
import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from contenthub.customers.sheetout import ERROR_HEADERS
from contenthub.customers.sheets import Sheet, open_sheet, safe_cell
from contenthub.db import Database, Platform, TenantId
from contenthub.errors import Invalid, NotFound
from contenthub.library import decoder
from contenthub.posters import actions_staff, photozip, staffsheet
from contenthub.posters.actions_staff import SORT
from contenthub.posters.staffsheet import StaffRow
from contenthub.queue import job, sweep
from contenthub.storage import storage_of
from contenthub.tenants import actions_store
from contenthub.tenants.models import LongJob
from contenthub.tenants.quotas import QuotaReached
from contenthub.uploads import actions as uploads
from contenthub.uploads import queries as upload_queries
from contenthub.uploads.headers import columns_of
from contenthub.uploads.jobs import drop_files
from contenthub.uploads.queries import Due
from contenthub.uploads.sorts import RowProblem

ROWS_PER_STEP = 100
PHOTO_SIDE_PX = 320


@job("posters.import_staff")
async def import_staff(database: Database, tenant: TenantId, /, **ids: Any) -> None:
    """Try or load the staff list of `job_id` from where it stands."""
    async with database.unit_of_work(tenant) as db:
        taken = await uploads.claim(db, SORT, UUID(ids["job_id"]), at=datetime.now(UTC))
    if taken is None:
        return
    with tempfile.TemporaryDirectory(prefix="contenthub-staff-") as folder:
        await _Run(database, tenant, taken, Path(folder)).go()


@sweep("posters.import_staff")
async def waiting_lists(db: Platform, _now: datetime) -> Due:
    """Return imports that wait for a worker, or whose worker is gone."""
    return await upload_queries.waiting(db, SORT)


@job("posters.drop_staff_list")
async def drop_staff_list(database: Database, tenant: TenantId, /, **ids: Any) -> None:
    """Delete the kept files of `job_id`, whose import has ended or was never confirmed."""
    await drop_files(database, tenant, SORT, UUID(ids["job_id"]))


@sweep("posters.drop_staff_list")
async def kept_lists(db: Platform, now: datetime) -> Due:
    """Return imports whose files are not needed any more."""
    return await upload_queries.kept(db, SORT, now)


class _Run:
    """One worker's work on one list; every step is a unit of work of its own."""

    def __init__(self, database: Database, tenant: TenantId, taken: LongJob, folder: Path) -> None:
        self.database, self.tenant, self.job = database, tenant, taken
        self.source, self.photos = folder / "source", folder / "photos.zip"
        self.errors = folder / "errors.csv"
        self.coming = frozenset[str]()
        """Of a trial: the staff numbers that the list would bring."""
        self.storage = storage_of(database.resources)

    async def go(self) -> None:
        """Work through list and photos; what cannot be used ends the job with the reason."""
        params = self.job.params
        try:
            await self.storage.get_file(params["source_key"], self.source)
            sheet = await asyncio.to_thread(open_sheet, self.source, params["filename"])
            through = await self._rows(sheet)
            if through and params["photos_key"]:
                await self.storage.get_file(params["photos_key"], self.photos)
                if params["stage"] == "trial":
                    self.coming = await self._brought(sheet)
                through = await self._pictures()
        except (Invalid, NotFound, QuotaReached) as error:
            async with self.database.unit_of_work(self.tenant) as db:
                job = await actions_staff.staff_import(db, self.job.id, lock=True)
                await uploads.fail(db, SORT, job, error.detail, at=datetime.now(UTC))
            return
        if through:
            await self._finish()

    async def _rows(self, sheet: Sheet) -> bool:
        columns = columns_of(sheet.headers, self.job.params["mapping"])
        after, seen = self.job.position, dict[str, int]()
        lines = sheet.rows(after_line=after)
        while batch := await asyncio.to_thread(lambda: list(islice(lines, ROWS_PER_STEP))):
            read = [staffsheet.read_row(cells, columns, line=line) for line, cells in batch]
            rows = [_once(row, seen) for row in read]
            async with self.database.unit_of_work(self.tenant) as db:
                goes_on = await actions_staff.take_rows(
                    db,
                    self.job.id,
                    rows,
                    after_line=after,
                    last_line=batch[-1][0],
                    at=datetime.now(UTC),
                )
            if not goes_on:
                return False
            after = batch[-1][0]
        return True

    async def _brought(self, sheet: Sheet) -> frozenset[str]:
        """Return the numbers of the rows that a trial found nothing wrong with."""
        columns = columns_of(sheet.headers, self.job.params["mapping"])
        async with self.database.reading(self.tenant) as db:
            found = await upload_queries.problems(db, self.job.id, limit=100_000)
        refused = {problem.line for problem in found}
        return await asyncio.to_thread(_numbers, sheet, columns, refused)

    async def _pictures(self) -> bool:
        wanted = await asyncio.to_thread(photozip.names, self.photos)
        done = int(self.job.result.get("photo", 0))
        found = photozip.pictures(self.photos, wanted[done:])
        place = done
        while (one := await asyncio.to_thread(next, found, None)) is not None:
            key, why = await self._store(*one)
            async with self.database.unit_of_work(self.tenant) as db:
                goes_on = await actions_staff.photo_taken(
                    db, self.job.id, one[0], place=place, key=key, why=why, at=datetime.now(UTC)
                )
            if not goes_on:
                return False
            place += 1
        return True

    async def _store(self, staff_no: str, data: bytes | str) -> tuple[str, str]:
        """Return (key, '') of a photo that was decoded and stored, or ('', why not)."""
        if isinstance(data, str):
            return "", data
        async with self.database.reading(self.tenant) as db:
            owner = await actions_staff.by_number(db, staff_no)
        if owner is None and staff_no not in self.coming:
            return "", f"没有工号为 {staff_no} 的员工，照片没有导入；照片请以工号命名"
        try:
            photo = await decoder.photo(data, PHOTO_SIDE_PX)
        except Invalid as refused:
            return "", refused.detail
        if owner is None or self.job.params["stage"] == "trial":
            return "", ""
        async with self.database.unit_of_work(self.tenant) as write:
            await actions_store.take_room(write, len(photo.data))
        key = f"{self.tenant}/photos/{owner.id}.jpg"
        await self.storage.put(key, photo.data, mime="image/jpeg")
        return key, ""

    async def _finish(self) -> None:
        async with self.database.reading(self.tenant) as db:
            some = await upload_queries.problems(db, self.job.id, limit=100_000)
        found = [(p.line, p.field, p.value_shown, p.message) for p in some]
        key = ""
        if found:
            key = f"{self.tenant}/imports/{self.job.id}.errors.csv"
            await asyncio.to_thread(_write_errors, self.errors, found)
            await self.storage.put_file(key, self.errors, mime="text/csv")
        async with self.database.unit_of_work(self.tenant) as db:
            await actions_staff.finish(
                db,
                self.job.id,
                errors_key=key,
                first=found[: actions_staff.SHOWN_PROBLEMS],
                at=datetime.now(UTC),
            )


def _numbers(sheet: Sheet, columns: Mapping[str, int], refused: set[int]) -> frozenset[str]:
    read = (staffsheet.read_row(cells, columns, line=line) for line, cells in sheet.rows())
    return frozenset(
        row.staff_no for row in read if isinstance(row, StaffRow) and row.line not in refused
    )


def _once(row: StaffRow | RowProblem, seen: dict[str, int]) -> StaffRow | RowProblem:
    """Return the row, or a problem when its staff number stood in the list before."""
    if isinstance(row, RowProblem):
        return row
    first = seen.setdefault(row.staff_no, row.line)
    if first == row.line:
        return row
    message = f"工号与第 {first} 行重复，这一行没有导入，请删去其中一行"
    return RowProblem(row.line, "staff_no", row.staff_no, message)


def _write_errors(path: Path, found: Iterator[Any] | list[tuple[int, str, str, str]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(ERROR_HEADERS)
        for line, field, shown, message in found:
            label = staffsheet.LABELS.get(field, "整行")
            number = "照片" if line >= actions_staff.PHOTO_LINES else line
            writer.writerow([number, "未导入", label, safe_cell(shown), safe_cell(message)])
