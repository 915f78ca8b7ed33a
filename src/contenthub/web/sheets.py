"""Tables as xlsx files: text stays text, whoever takes one is named in it."""

import io
import re
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import quote
from zoneinfo import ZoneInfo

from litestar import Response

MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
AS_SHEET_TOO: dict[str, Any] = {"files": (MIME,), "files_or_json": True}
"""The `opt` of a list that `format=xlsx` answers as a workbook (web/openapi.py reads it)."""
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_CELL_CHARS = 32_000
_MAX_WIDTH = 60


class Sheet(NamedTuple):
    """One sheet of a workbook."""

    title: str
    columns: Sequence[str]
    rows: Iterable[Sequence[object]]


def xlsx(
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    by: str,
    at: datetime,
    zone: str,
    note: str = "内部资料请勿外传",
    more: Sequence[Sheet] = (),
) -> bytes:
    """Return a workbook: a line saying who exported it and when, the columns, the rows.

    `more` are further sheets of the same make.

    Every text is written as text: `=cmd()` typed by a customer is no formula (A10).
    """
    held = io.BytesIO()
    options = {
        "in_memory": True,
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    import xlsxwriter

    with closing(xlsxwriter.Workbook(held, options)) as book:
        bold = book.add_format({"bold": True})
        day = at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")
        for one in (Sheet(title, columns, rows), *more):
            page = book.add_worksheet(re.sub(r"[\[\]:*?/\\]", " ", one.title)[:31] or "导出")
            for index, name in enumerate(one.columns):
                page.set_column(index, index, min(max(len(name) * 2 + 4, 14), _MAX_WIDTH))
            page.write_string(0, 0, f"{one.title}　由 {by} 于 {day} 导出，{note}")
            for index, name in enumerate(one.columns):
                page.write_string(2, index, name, bold)
            for number, row in enumerate(one.rows, start=3):
                for index, value in enumerate(row):
                    _write(page, number, index, value, zone=zone)
    return held.getvalue()


def _write(page: Any, row: int, column: int, value: object, *, zone: str) -> None:
    if value is None:
        return
    if isinstance(value, int | float) and not isinstance(value, bool):
        page.write_number(row, column, value)
        return
    if isinstance(value, datetime):
        value = value.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S")
    page.write_string(row, column, _CONTROL.sub(" ", str(value))[:_CELL_CHARS])


def download(data: bytes, name: str, *, mime: str = MIME) -> Response[bytes]:
    """Return the file as an attachment called `name` (Chinese is fine)."""
    return Response(
        data,
        media_type=mime,
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}",
            "Cache-Control": "no-store",
        },
    )
