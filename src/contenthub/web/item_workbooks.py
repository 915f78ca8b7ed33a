"""Workbooks of items on their way in and out: uploaded and read, a template, an export."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, cast
from urllib.parse import quote
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar.datastructures import UploadFile
from litestar.response import Stream

from contenthub.db import Read, TenantId, new_id
from contenthub.errors import Invalid
from contenthub.library import (
    actions_item_uploads,
    itembook,
    itemheaders,
    itempages,
    itemsheets,
    kinds,
    queries_item_imports,
    queries_labels,
    queries_lists,
    review,
    sheetkinds,
)
from contenthub.library.actions_item_uploads import Upload
from contenthub.library.itembook import Book, Reading, SheetFacts
from contenthub.library.itemfilter import Filter
from contenthub.library.models import Item
from contenthub.tenants import actions as tenants
from contenthub.tenants import actions_store, filesizes
from contenthub.tenants.models import LongJob
from contenthub.tenants.topics import topic_slug
from contenthub.uploads import actions as uploads
from contenthub.web.api.jobs import stream_of
from contenthub.web.house import House
from contenthub.web.sheets import MIME
from contenthub.web.signin import Principal

MAX_BYTES = 30 * 1024 * 1024
MAX_BODY_BYTES = MAX_BYTES + 1024 * 1024
"""What the routes let in: the file and the form around it."""
EXPORT_MAX = itembook.MAX_ROWS
HEADER_CHARS = 120
COLUMNS_SHOWN = 100
SKIPPED_SHOWN = 20
_PAGE = 500
_COPY_BYTES = 1024 * 1024
_heavy = asyncio.Semaphore(2)
"""Reading or writing a large workbook takes memory and a core: two at a time in one process."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A workbook that was read, on this machine's disk, not yet kept."""

    path: Path
    filename: str
    sha256: str
    book: Book
    reading: Reading


def kind_asked(kind: str) -> str:
    """Return the slug of a kind named by slug or Chinese word, "" for none; raises Invalid."""
    return kinds.kind_slug(kind) if kind.strip() else ""


@asynccontextmanager
async def checked(file: UploadFile, reading: Reading) -> AsyncIterator[Checked]:
    """Yield the uploaded workbook when it holds items; raises Invalid naming what is wrong."""
    filename = Path(file.filename.replace("\\", "/")).name[:120] or "内容.xlsx"
    with tempfile.TemporaryDirectory(prefix="contenthub-upload-") as folder:
        path = Path(folder) / "upload.xlsx"
        await asyncio.to_thread(_copy, cast(BinaryIO, file.file), path)
        async with checked_file(path, filename, reading) as found:
            yield found


@asynccontextmanager
async def checked_file(path: Path, filename: str, reading: Reading) -> AsyncIterator[Checked]:
    """Yield a workbook on this disk as `checked` does; `filename` is what people call it."""
    async with _heavy:
        digest, first, size = await asyncio.to_thread(_digest, path)
        if size > MAX_BYTES:
            most = filesizes.shown(MAX_BYTES)
            raise Invalid.of("file", f"文件超过 {most}，请拆成几个文件分别导入")
        if not first.startswith(b"PK"):
            raise Invalid.of(
                "file", "这不是 .xlsx 表格，请用 WPS 或 Excel 另存为 .xlsx 后上传，或先下载模板"
            )
        book = await asyncio.to_thread(itembook.read_book, path, filename, reading=reading)
    yield Checked(path, filename, digest, book, reading)


def _copy(source: BinaryIO, path: Path) -> None:
    with path.open("wb") as target:
        shutil.copyfileobj(source, target, _COPY_BYTES)


def _digest(path: Path) -> tuple[str, bytes, int]:
    """Return a file's digest, its first bytes and its size."""
    digest, first = sha256(), b""
    with path.open("rb") as file:
        while block := file.read(_COPY_BYTES):
            digest.update(block)
            first = first or block[:8]
    return digest.hexdigest(), first, path.stat().st_size


async def keep(found: Checked, house: House, tenant: TenantId) -> Upload:
    """Put the workbook into the store and return what its job will remember of it.

    Raises:
        QuotaReached: the bank's store is full.
    """
    async with house.database.unit_of_work(tenant) as db:
        await actions_store.take_room(db, found.path.stat().st_size)
    job_id = new_id()
    key = f"{tenant}/imports/{job_id}.xlsx"
    await house.storage.put_file(key, found.path, mime=MIME)
    return _upload(found, job_id, key)


def _upload(found: Checked, job_id: UUID, key: str) -> Upload:
    return Upload(
        job_id=job_id,
        source_key=key,
        filename=found.filename,
        sha256=found.sha256,
        kind=found.reading.kind,
        row_count=len(found.book.rows),
        sheets=[_sheet(one) for one in found.book.sheets],
        skipped={name[:31]: why for name, why in islice(found.book.skipped.items(), SKIPPED_SHOWN)},
        columns=found.reading.columns,
        topics=found.reading.topics,
        kinds=found.reading.kinds,
    )


def _sheet(facts: SheetFacts) -> dict[str, Any]:
    """Return what is shown of a sheet; of each column header, name, whether guessed, a sample."""
    sample = [*facts.sample, *[""] * len(facts.heads)]
    return {
        "name": facts.name[:31],
        "kind": facts.kind,
        "rows": facts.rows,
        "topic": facts.topic,
        "unknown": [[word[:60], near] for word, near in facts.unknown[:20]],
        "columns": [
            [head.header[:HEADER_CHARS], head.name or "", head.is_guess, text]
            for head, text in zip(facts.heads[:COLUMNS_SHOWN], sample, strict=False)
            if head.header
        ],
    }


@dataclass(frozen=True, slots=True)
class SheetWish:
    """What somebody chose for one sheet: header -> column name, and the topic of its rows.

    `kind` is what the sheet holds, sheetkinds.LEAVE_OUT for nothing, "" for what was told before.
    """

    name: str
    columns: Mapping[str, str]
    topic: str = ""
    kind: str = ""


def wished(job: LongJob, wishes: Sequence[SheetWish]) -> Reading:
    """Return how a workbook is to be read from now on.

    Raises Invalid for a sheet that is not there or tells kinds row by row, and as check_choice.
    """
    known = {*(sheet["name"] for sheet in job.params["sheets"]), *job.params["skipped"]}
    moved = {wish.name: _kind_wished(job, wish) for wish in wishes if wish.kind}
    if lost := next((wish.name for wish in wishes if wish.name not in known), None):
        raise Invalid.of("columns", f"文件里没有工作表“{lost[:31]}”，请核对名称")
    wishes = [wish for wish in wishes if not moved.get(wish.name)]
    before = queries_item_imports.reading(job)
    columns = {kind: dict(names) for kind, names in before.columns.items()}
    topics = dict(before.topics)
    sheets = {sheet["name"]: sheet for sheet in job.params["sheets"]}
    for wish in wishes:
        sheet = sheets.get(wish.name)
        if sheet is None or not sheet["kind"] or "columns" not in sheet:
            told = f"工作表“{wish.name[:31]}”不能在这里指定列，请改表头后重新上传"
            raise Invalid.of("columns", told)
        words = [word for word, *_ in sheet["columns"]]
        names = [wish.columns.get(word, name) for word, name, *_ in sheet["columns"]]
        kept = itemheaders.check_choice(sheet["kind"], words, names)
        columns[sheet["kind"]] = {**columns.get(sheet["kind"], {}), **kept}
        if wish.topic:
            topics[wish.name] = topic_slug(wish.topic)
    chosen = {name: kind for name, kind in moved.items() if kind}
    return Reading(before.kind, columns, topics, {**before.kinds, **chosen})


def _kind_wished(job: LongJob, wish: SheetWish) -> str:
    """Return the kind that a sheet is to have from now on, "" when it has it already."""
    kind = wish.kind if wish.kind == sheetkinds.LEAVE_OUT else kind_asked(wish.kind)
    now = {sheet["name"]: sheet["kind"] for sheet in job.params["sheets"]}
    return "" if now.get(wish.name) == kind else kind


async def try_again(
    house: House,
    principal: Principal,
    job_id: UUID,
    wishes: Sequence[SheetWish],
    *,
    at: datetime,
) -> LongJob:
    """Read a tried workbook anew with chosen columns, and let it be tried again.

    Raises:
        Conflict: it runs, was loaded, or its file is gone. Invalid: as `wished`.
    """
    async with house.database.reading(principal.tenant) as read:
        job = await queries_item_imports.import_job(read, job_id)
    uploads.refuse_unless_open(job)
    reading, key = wished(job, wishes), job.params["source_key"]
    with tempfile.TemporaryDirectory(prefix="contenthub-again-") as folder:
        path = Path(folder) / "source.xlsx"
        await house.storage.get_file(key, path)
        async with checked_file(path, job.params["filename"], reading) as found:
            upload = _upload(found, job.id, key)
    async with house.database.unit_of_work(principal.tenant) as db:
        return await actions_item_uploads.try_again(db, upload, by=principal.staff, at=at)


async def template(kind: str) -> Stream:
    """Return the workbook that a clerk fills in for a kind (slug)."""
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="contenthub-template-"))
    path = folder / "template.xlsx"
    try:
        async with _heavy:
            await asyncio.to_thread(itemsheets.write_template, path, kind)
        file = await asyncio.to_thread(path.open, "rb")
    finally:
        await asyncio.to_thread(shutil.rmtree, folder)
    return download(file, f"{kinds.KINDS[kind].label}导入模板.xlsx")


def download(file: BinaryIO, name: str) -> Stream:
    """Return an open workbook as an attachment called `name`, block by block."""
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    return stream_of(file, mime=MIME, headers=headers)


async def export(
    house: House, principal: Principal, wanted: Filter, *, query: str, at: datetime
) -> Stream:
    """Return exactly what a filter matches, sheet by sheet as the template has it.

    The rows pass through the disk a page at a time. Taking them is an audit entry.
    Raises Invalid for more than 10,000 items.
    """
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="contenthub-export-"))
    path = folder / "export.xlsx"
    try:
        async with _heavy, house.database.snapshot(principal.tenant) as db:
            count = await queries_lists.item_count(db, wanted)
            if count > EXPORT_MAX:
                raise Invalid.of(
                    "q", f"筛出 {count:,} 条，一次最多导出 {EXPORT_MAX:,} 条，请再缩小筛选范围"
                )
            await write_export(db, path, wanted, zone=principal.bank.zone)
        async with house.database.unit_of_work(principal.tenant) as write:
            tenants.record(
                write,
                "item.exported",
                "item",
                None,
                by=principal.staff,
                at=at,
                rows=count,
                filter=query,
            )
        file = await asyncio.to_thread(path.open, "rb")
    finally:
        await asyncio.to_thread(shutil.rmtree, folder)
    day = at.astimezone(ZoneInfo(principal.bank.zone))
    return download(file, f"内容-{day:%Y%m%d}.xlsx")


async def write_export(db: Read, path: Path, wanted: Filter, *, zone: str) -> None:
    """Write the newest wordings of what a filter matches to `path`, a page at a time."""
    book = itemsheets.Export(path, await queries_item_imports.own_names(db))
    after = None
    while True:
        items = await queries_lists.items(db, wanted, after=after, limit=_PAGE)
        if not items:
            break
        rows = await _texts(db, items, zone=zone)
        await asyncio.to_thread(_add, book, rows)
        after = queries_lists.place(wanted, items[-1])
    await asyncio.to_thread(book.close)


async def _texts(
    db: Read, items: Sequence[Item], *, zone: str
) -> list[tuple[str, str, Mapping[str, str]]]:
    """Return kind, topic and the texts of each item's newest wording."""
    newest = await queries_item_imports.newest(db, items)
    labels = await queries_labels.labels_of(db, [item.id for item in items])
    names = await queries_item_imports.filenames(db, newest.values())
    rows: list[tuple[str, str, Mapping[str, str]]] = []
    for item in items:
        revision = newest[item.id]
        shown = queries_item_imports.wording_of(
            item,
            revision,
            state=review.STATES.get(revision.state, revision.state),
            labels=[one.name for one in labels.get(item.id, [])],
        )
        rows.append((revision.kind, revision.topic, itempages.texts(shown, zone, files=names)))
    return rows


def _add(book: itemsheets.Export, rows: Sequence[tuple[str, str, Mapping[str, str]]]) -> None:
    for kind, topic, texts in rows:
        book.add(kind, topic, texts)
