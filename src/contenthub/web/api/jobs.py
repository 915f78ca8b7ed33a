"""GET /jobs/{id}: how far long work is; its error list and its result as files."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote
from uuid import UUID

import msgspec
from litestar import Request, Response, Router, get
from litestar.params import FromPath
from litestar.response import Stream

from contenthub.customers.queries_lists import SORT as LIST_SORT
from contenthub.customers.queries_uploads import KIND as IMPORT
from contenthub.db import Read
from contenthub.errors import NotFound
from contenthub.kits.actions_adoptions import KIND as ADOPTION
from contenthub.library.queries_item_imports import KIND as ITEMS
from contenthub.posters import archive
from contenthub.posters.ziparchive import safe_name
from contenthub.storage import Storage
from contenthub.tenants import access, queries
from contenthub.tenants import actions as tenants
from contenthub.tenants.models import LongJob, Staff
from contenthub.web.deps import Db, Me, Now, TheHouse
from contenthub.web.files import ranged
from contenthub.web.signin import SignedIn, principal_of

BLOCK_BYTES = 256 * 1024
_SHARED = {
    IMPORT: "customers.import",
    LIST_SORT.kind: "customers.import",
    ITEMS: "library.write",
    ADOPTION: "kits.adopt",
}
"""Imports and adoptions are the work of all who may begin one."""
_MIMES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "zip": "application/zip",
    "json": "application/json",
}


class JobView(msgspec.Struct):
    """How far a long job is; the URLs are there once there is something to fetch."""

    id: UUID
    kind: str
    title: str
    state: str
    done: int
    total: int
    message: str
    errors_url: str | None
    result_url: str | None


def job_view(job: LongJob) -> JobView:
    """Return what is shown of a long job."""
    here = f"/api/v1/jobs/{job.id}"
    return JobView(
        id=job.id,
        kind=job.kind,
        title=job.title,
        state=job.state,
        done=job.done,
        total=job.total,
        message=job.message,
        errors_url=errors_url(job) if job.errors_key else None,
        result_url=f"{here}/result" if job.result_key else None,
    )


def errors_url(job: LongJob) -> str:
    """Return where a job's refused rows are: a CSV, or the workbook of an import of items."""
    if job.kind == ITEMS:
        return f"/api/v1/items/imports/{job.id}/errors.xlsx"
    return f"/api/v1/jobs/{job.id}/errors.csv"


async def own_job(db: Read, job_id: UUID, viewer: Staff) -> LongJob:
    """Return a long job that `viewer` may see; raises NotFound.

    One's own; any for an administrator; imports and adoptions are everybody's who may begin one.
    """
    job = await queries.long_job(db, job_id)
    needed = _SHARED.get(job.kind)
    shared = needed is not None and access.may(viewer.roles, needed)
    if job.created_by != viewer.id and "bank_admin" not in viewer.roles and not shared:
        raise NotFound("没有找到这个后台任务")
    return job


@get("/jobs/{job_id:uuid}", guards=[SignedIn()], summary="后台任务进度", tags=["jobs"])
async def show_job(job_id: FromPath[UUID], db: Db, me: Me) -> JobView:
    """Return the progress of a long job one started."""
    return job_view(await own_job(db, job_id, me))


@get(
    "/jobs/{job_id:uuid}/errors.csv",
    guards=[SignedIn()],
    summary="错误明细",
    tags=["jobs"],
    opt={"files": ("text/csv",)},
)
async def download_errors(
    job_id: FromPath[UUID], request: Request[Any, Any, Any], house: TheHouse, now: Now
) -> Response[Any]:
    """Return the rows that were refused, each with its reason."""
    return await _download(request, job_id, "errors", house=house, now=now)


@get(
    "/jobs/{job_id:uuid}/result",
    guards=[SignedIn()],
    summary="下载结果",
    tags=["jobs"],
    opt={"files": ("application/zip", _MIMES["xlsx"], "text/csv")},
)
async def download_result(
    job_id: FromPath[UUID], request: Request[Any, Any, Any], house: TheHouse, now: Now
) -> Response[Any]:
    """Return what the job made; of a batch of posters also the `Range` that is asked for."""
    return await _download(request, job_id, "result", house=house, now=now)


async def _download(
    request: Request[Any, Any, Any], job_id: UUID, what: str, *, house: TheHouse, now: Now
) -> Response[Any]:
    principal = principal_of(request)
    # The store may be slow: the transaction ends before it is asked.
    async with house.database.unit_of_work(principal.tenant) as db:
        job = await own_job(db, job_id, principal.staff)
        key = job.errors_key if what == "errors" else job.result_key
        if not key:
            raise NotFound("这个任务还没有可以下载的文件")
        tenants.record(db, "job.downloaded", "job", job.id, by=principal.staff, at=now, what=what)
    if key.endswith(f".{archive.ENDING}"):
        return await _zip_answer(request, job, house.storage)
    file = await fetched(house.storage, key)
    ending = key.rsplit(".", 1)[-1]
    named = f'attachment; filename="{job.kind}-{what}.{ending}"'
    mime = _MIMES.get(ending, "application/octet-stream")
    return stream_of(file, mime=mime, headers={"Content-Disposition": named})


async def _zip_answer(
    request: Request[Any, Any, Any], job: LongJob, storage: Storage
) -> Response[Any]:
    """Return a batch of posters as the ZIP that it is only while it is read."""
    opened = await archive.opened(storage, job.result_key)
    told = {
        "ETag": f'"{job.id}"',
        "Cache-Control": "no-store",
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(safe_name(job.title))}.zip",
    }
    return await ranged(
        request, told, mime=_MIMES["zip"], size_bytes=opened.size_bytes, read=opened.read
    )


def stream_of(file: BinaryIO, *, mime: str, headers: Mapping[str, str]) -> Stream:
    """Return an open file as an answer, block by block; it is closed at the end."""
    size = str(os.fstat(file.fileno()).st_size)
    more = {"Content-Length": size, "Cache-Control": "no-store"}
    return Stream(_blocks(file), media_type=mime, headers={**headers, **more})


async def fetched(storage: Storage, key: str) -> BinaryIO:
    """Return a blob as an open local file that is gone from the disk once it is closed.

    An export may be gigabytes: it passes through the disk, not through memory.
    Raises NotFound.
    """
    scratch = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="contenthub-download-"))
    path = scratch / "file"
    try:
        await storage.get_file(key, path)
        return await asyncio.to_thread(path.open, "rb")
    finally:
        await asyncio.to_thread(shutil.rmtree, scratch)


async def _blocks(file: BinaryIO) -> AsyncIterator[bytes]:
    with file:
        while block := await asyncio.to_thread(file.read, BLOCK_BYTES):
            yield block


HANDLERS = [Router("/api/v1", route_handlers=[show_job, download_errors, download_result])]
