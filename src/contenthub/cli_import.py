"""`contenthub import`: a file goes through the very importer of the page and the API."""

import asyncio
import hashlib
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from contenthub import engines
from contenthub.cli_operate import bank_id, check_schema
from contenthub.customers import actions_uploads, jobs, queries_uploads
from contenthub.customers.sheets import open_sheet
from contenthub.db import TenantId
from contenthub.errors import Conflict, Invalid
from contenthub.posters import actions_staff, jobs_staff, staffsheet
from contenthub.settings import Settings
from contenthub.tenants import filesizes, queries, queries_staff
from contenthub.tenants.models import LongJob, Staff
from contenthub.tenants.queries_staff import Filter
from contenthub.web import staff_lists
from contenthub.web.house import House, close_house, make_house
from contenthub.web.uploads import Checked, keep

LOOK_SECONDS = 0.5
_ADMINS = Filter(role="bank_admin", state="active")
Progress = Callable[[str], None]
Work = Callable[..., Coroutine[Any, Any, None]]
_WORK: dict[str, Work] = {"customers": jobs.import_file, "staff": jobs_staff.import_staff}
_COUNTS = {
    "customers": ("added", "updated", "repeated", "failed"),
    "staff": actions_staff.COUNTS,
}


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is imported, how, and with which photos."""

    kind: str
    dry_run: bool
    photos: Path | None


def run(
    settings: Settings,
    kind: str,
    path: Path,
    *,
    bank: str,
    dry_run: bool,
    progress: Progress,
    photos: Path | None = None,
) -> dict[str, Any]:
    """Import a file of customers or staff into a bank, or only try it; return its counts.

    The same file may be run again: customers are found by phone and staff by number, so
    nobody is doubled. `photos` is a ZIP of the staff's portraits.

    Raises:
        Invalid: another kind, an unreadable file, or a required column missing.
        Conflict: the job ended without success; the message says why.
        NotFound: no such bank.
    """
    if kind not in _COUNTS:
        raise Invalid.of("KIND", f"可以导入 customers（客户）或 staff（员工），不支持 {kind}")
    if photos is not None and kind != "staff":
        raise Invalid.of("--photos", "照片包只能和员工清单（staff）一起导入")
    wish = _Wish(kind, dry_run, photos)
    return asyncio.run(_run(settings, path, wish, bank=bank, progress=progress))


async def _run(
    settings: Settings, path: Path, wish: _Wish, *, bank: str, progress: Progress
) -> dict[str, Any]:
    progress(f"检查 {path.name}")
    found = await asyncio.to_thread(_checked, settings, path)
    with engines.ready(settings, create=False) as ready:
        house = make_house(ready.settings)
        try:
            await check_schema(house.database)
            tenant = await bank_id(house.database, bank)
            job_id = await _start(house, tenant, found, wish)
            job = await _follow(house, tenant, job_id, progress, work=_WORK[wish.kind])
            return await _told(house, job, path, wish)
        finally:
            await close_house(house)


def _checked(settings: Settings, path: Path) -> Checked:
    most = settings.import_max_bytes
    if path.stat().st_size > most:
        raise Invalid.of("FILE", f"文件超过 {filesizes.shown(most)}，请按机构拆成几个文件")
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Checked(path, path.name, digest, open_sheet(path, path.name))


async def _start(house: House, tenant: TenantId, found: Checked, wish: _Wish) -> UUID:
    now = datetime.now(UTC)
    async with house.database.reading(tenant) as read:
        admins = await queries_staff.staff_list(read, _ADMINS, limit=1)
        guessed = await queries_uploads.mapping_for(read, found.sheet.headers)
    if not admins:
        raise Conflict("这家银行没有在职的管理员，导入没有人可以记在名下；请先新增一位管理员")
    by = admins[0]
    if wish.kind == "staff":
        return await _start_staff(house, tenant, found, wish, by=by, at=now)
    mapping = actions_uploads.check_mapping(guessed, found.sheet.headers)
    upload = await keep(found, house, tenant, mapping)
    async with house.database.unit_of_work(tenant) as db:
        actions_uploads.start_upload(db, upload, mapping, by=by, at=now)
        await db.flush()
        await actions_uploads.confirm_upload(
            db, upload.job_id, mapping, dry_run=wish.dry_run, by=by, at=now
        )
    return upload.job_id


async def _start_staff(  # a list, whose bank, how, by whom and when
    house: House, tenant: TenantId, found: Checked, wish: _Wish, *, by: Staff, at: datetime
) -> UUID:
    guessed = staffsheet.guess_mapping(found.sheet.headers)
    mapping = actions_staff.check_mapping(guessed, found.sheet.headers)
    kept = await staff_lists.keep_files(found, wish.photos, house, tenant)
    async with house.database.unit_of_work(tenant) as db:
        actions_staff.start_import(db, kept, mapping, by=by, at=at)
        await db.flush()
        await actions_staff.confirm_import(
            db, kept.job_id, mapping, dry_run=wish.dry_run, by=by, at=at
        )
    return kept.job_id


async def _follow(
    house: House, tenant: TenantId, job_id: UUID, progress: Progress, *, work: Work
) -> LongJob:
    """Do the job here, unless a worker of a running `up` was quicker; tell how far it is."""
    told = -1
    mine = asyncio.create_task(work(house.database, tenant, job_id=str(job_id)))
    try:
        while True:
            await asyncio.wait({mine}, timeout=LOOK_SECONDS)
            async with house.database.reading(tenant) as db:
                job = await queries.long_job(db, job_id)
            if job.state not in ("queued", "running"):
                return job
            if job.done != told:
                progress(f"已处理 {job.done:,} / {job.total:,} 行")
            told = job.done
            if mine.done():
                await mine  # shows what went wrong here; a worker's turn is only waited for
                await asyncio.sleep(LOOK_SECONDS)
    finally:
        mine.cancel()
        await asyncio.gather(mine, return_exceptions=True)


async def _told(house: House, job: LongJob, path: Path, wish: _Wish) -> dict[str, Any]:
    if job.state != "done":
        raise Conflict(job.message or "导入没有完成，请查看后台任务日志")
    result: dict[str, Any] = {name: job.result.get(name, 0) for name in _COUNTS[wish.kind]}
    if job.errors_key:
        errors = path.with_name(path.stem + ".errors.csv")
        await house.storage.get_file(job.errors_key, errors)
        result["errors_file"] = str(errors)
    return {"dry_run": wish.dry_run, "job_id": str(job.id), **result, "message": job.message}
