"""`contenthub import`: a file goes through the very importer of the page and the API."""

import asyncio
import hashlib
from collections.abc import Callable
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
from contenthub.settings import Settings
from contenthub.tenants import queries_staff
from contenthub.tenants.models import LongJob
from contenthub.tenants.queries_staff import Filter
from contenthub.web.house import House, close_house, make_house
from contenthub.web.uploads import Checked, keep

LOOK_SECONDS = 0.5
_ADMINS = Filter(role="bank_admin", state="active")
Progress = Callable[[str], None]


def run(
    settings: Settings, kind: str, path: Path, *, bank: str, dry_run: bool, progress: Progress
) -> dict[str, Any]:
    """Import a customer file into a bank, or only try it; return its counts.

    The same file may be run again: customers are found by phone, so nobody is doubled.

    Raises:
        Invalid: another kind than customers, an unreadable file, or a required column missing.
        Conflict: the job ended without success; the message says why.
        NotFound: no such bank.
    """
    if kind != "customers":
        raise Invalid.of("KIND", f"目前只支持导入 customers（客户），还不支持 {kind}")
    return asyncio.run(_run(settings, path, bank=bank, dry_run=dry_run, progress=progress))


async def _run(
    settings: Settings, path: Path, *, bank: str, dry_run: bool, progress: Progress
) -> dict[str, Any]:
    progress(f"检查 {path.name}")
    found = await asyncio.to_thread(_checked, settings, path)
    with engines.ready(settings, create=False) as ready:
        house = make_house(ready.settings)
        try:
            await check_schema(house.database)
            tenant = await bank_id(house.database, bank)
            job_id = await _start(house, tenant, found, dry_run=dry_run)
            job = await _follow(house, tenant, job_id, progress)
            return await _told(house, job, path, dry_run=dry_run)
        finally:
            await close_house(house)


def _checked(settings: Settings, path: Path) -> Checked:
    most = settings.import_max_bytes
    if path.stat().st_size > most:
        raise Invalid.of("FILE", f"文件超过 {most // (1024 * 1024)} MB，请按机构拆成几个文件")
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Checked(path, path.name, digest, open_sheet(path, path.name))


async def _start(house: House, tenant: TenantId, found: Checked, *, dry_run: bool) -> UUID:
    now = datetime.now(UTC)
    async with house.database.reading(tenant) as read:
        admins = await queries_staff.staff_list(read, _ADMINS, limit=1)
        guessed = await queries_uploads.mapping_for(read, found.sheet.headers)
    if not admins:
        raise Conflict("这家银行没有在职的管理员，导入没有人可以记在名下；请先新增一位管理员")
    by = admins[0]
    mapping = actions_uploads.check_mapping(guessed, found.sheet.headers)
    upload = await keep(found, house, tenant, mapping)
    async with house.database.unit_of_work(tenant) as db:
        actions_uploads.start_upload(db, upload, mapping, by=by, at=now)
        await db.flush()
        await actions_uploads.confirm_upload(
            db, upload.job_id, mapping, dry_run=dry_run, by=by, at=now
        )
    return upload.job_id


async def _follow(house: House, tenant: TenantId, job_id: UUID, progress: Progress) -> LongJob:
    """Do the job here, unless a worker of a running `up` was quicker; tell how far it is."""
    told = -1
    mine = asyncio.create_task(jobs.import_file(house.database, tenant, job_id=str(job_id)))
    try:
        while True:
            await asyncio.wait({mine}, timeout=LOOK_SECONDS)
            async with house.database.reading(tenant) as db:
                job = await queries_uploads.upload(db, job_id)
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


async def _told(house: House, job: LongJob, path: Path, *, dry_run: bool) -> dict[str, Any]:
    if job.state != "done":
        raise Conflict(job.message or "导入没有完成，请查看后台任务日志")
    names = ("added", "updated", "repeated", "failed")
    result: dict[str, Any] = {name: job.result.get(name, 0) for name in names}
    if job.errors_key:
        errors = path.with_name(path.stem + ".errors.csv")
        await house.storage.get_file(job.errors_key, errors)
        result["errors_file"] = str(errors)
    return {"dry_run": dry_run, "job_id": str(job.id), **result, "message": job.message}
