"""Writes small workbooks of items, and lets a worker import one."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import xlsxwriter
from tests.personas import Personas, Side

from contenthub.db import new_id
from contenthub.library import actions_item_uploads, itembook, queries_item_imports
from contenthub.library.actions_item_uploads import Upload
from contenthub.queue import jobs as registered
from contenthub.tenants.models import LongJob, Staff

FAQ = ("编号", "标题", "业务类别", "标准问", "答复")
DEPOSIT = ("编号", "标题", "业务类别", "年化利率", "起存金额", "期限", "版本（请勿改）")


def write_book(path: Path, sheets: Mapping[str, Sequence[Sequence[Any]]]) -> Path:
    """Write a workbook of sheets, each a header row and rows, and return its path."""
    book = xlsxwriter.Workbook(str(path))
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for line, row in enumerate(rows):
            sheet.write_row(line, 0, list(row))
    book.close()
    return path


def faq(count: int) -> list[Sequence[Any]]:
    """Return a sheet of so many questions that pass every rule."""
    rows = [
        ("", f"第 {no} 问：社保卡怎么激活", "存款", "", f"带身份证到网点办理，窗口 {no}。")
        for no in range(1, count + 1)
    ]
    return [FAQ, *rows]


async def start(
    people: Personas,
    side: Side,
    path: Path,
    *,
    by: Staff | None = None,
    trial: bool = False,
    submit: bool = False,
) -> LongJob:
    """Keep a workbook and start its import."""
    house = people.house
    read = itembook.read_book(path, path.name)
    key = f"{side.tenant}/imports/{new_id()}.xlsx"
    await house.storage.put_file(key, path, mime="application/zip")
    upload = Upload(
        job_id=new_id(),
        source_key=key,
        filename=path.name,
        sha256=sha256(path.read_bytes()).hexdigest(),
        kind="",
        row_count=len(read.rows),
        sheets=[],
        skipped={},
    )
    async with house.database.unit_of_work(side.tenant) as db:
        return await actions_item_uploads.start_import(
            db, upload, is_trial=trial, is_sent=submit, by=by or side.author, at=datetime.now(UTC)
        )


async def work(people: Personas, side: Side, job: LongJob) -> LongJob:
    """Let a worker do what is due of an import, and return it as it stands then."""
    database = people.house.database
    await registered["library.import_items"](database, side.tenant, job_id=str(job.id))
    async with database.reading(side.tenant) as db:
        return await queries_item_imports.import_job(db, job.id)


async def imported(people: Personas, side: Side, path: Path, **how: Any) -> LongJob:
    """Import a workbook to the end."""
    return await work(people, side, await start(people, side, path, **how))
