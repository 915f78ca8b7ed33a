"""A bank's customer file, CSV or xlsx, opened and checked once, then read row by row.

`open_sheet` reads the whole file once, so a torn file is refused before any row is used, and
gives a Sheet whose rows can be read again and again. A CSV is never held in memory.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from contenthub.customers import csvsheet
from contenthub.workbooks import xlsxsheet
from contenthub.workbooks.sheetlimits import (
    HEADER_SEARCH_ROWS,
    MAX_CELL_CHARS,
    MAX_COLUMNS,
    Opener,
    Row,
    SheetInvalid,
)

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Sheet:
    """A readable customer file: its header, how it is written, and how many rows follow."""

    headers: tuple[str, ...]
    kind: Literal["csv", "xlsx"]
    encoding: str
    header_line: int
    row_count: int
    reopen: Opener

    def rows(self, *, after_line: int = 0) -> Iterator[Row]:
        """Yield (line, cells) of every row that is not blank, from the one after `after_line`."""
        start = max(after_line, self.header_line)
        return (row for row in self.reopen() if row[0] > start and any(map(str.strip, row[1])))


def open_sheet(path: Path, filename: str, *, is_checked: bool = False) -> Sheet:
    """Return the sheet in the file at `path`; `filename` is what the user called it.

    With `is_checked` these very bytes were opened before: rows are neither checked nor counted
    (`row_count` is 0). The first bytes decide between CSV and xlsx, not the name.
    Raises SheetInvalid.
    """
    with path.open("rb") as file:
        head = file.read(8)
    if not head:
        raise SheetInvalid.whole("文件是空的，请重新导出后上传")
    if head.startswith(b"PK"):
        return _sheet(xlsxsheet.opener(path, filename), "xlsx", is_checked=is_checked)
    _refuse_other_kinds(head, filename)
    source = csvsheet.inspect(path, is_checked=is_checked)
    return _sheet(source.rows, "csv", encoding=source.encoding, is_checked=is_checked)


def _refuse_other_kinds(head: bytes, filename: str) -> None:
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise SheetInvalid.whole(
            "这是旧版 .xls 或加了密码的工作簿，请用 WPS 或 Excel 取消密码并另存为 .xlsx 后上传"
        )
    if head.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"Rar!", b"7z\xbc\xaf")):
        raise SheetInvalid.whole("这不是表格文件，请上传 .csv 或 .xlsx 文件")
    if head.lstrip()[:1] == b"<":
        raise SheetInvalid.whole(
            "这是网页文件改名的表格，请用 WPS 或 Excel 打开并另存为 .xlsx 后上传"
        )
    if filename.lower().endswith((".xlsx", ".xlsm", ".xls", ".et")):
        raise SheetInvalid.whole(
            "文件名是表格，内容却不是有效的 .xlsx，文件可能没有传完整，请重新另存为 .xlsx 后上传"
        )


def _sheet(
    reopen: Opener, kind: Literal["csv", "xlsx"], *, encoding: str = "", is_checked: bool
) -> Sheet:
    header_line, names = _header(reopen())
    headers = _header_names(names, header_line)
    count = 0 if is_checked else _check_rows(reopen, header_line)
    return Sheet(
        headers=headers,
        kind=kind,
        encoding=encoding,
        header_line=header_line,
        row_count=count,
        reopen=reopen,
    )


def _check_rows(reopen: Opener, header_line: int) -> int:
    count = 0
    for line, cells in reopen():
        _check_row(line, cells)
        count += line > header_line and any(map(str.strip, cells))
    if not count:
        raise SheetInvalid.whole("文件里只有表头，没有客户，请检查导出条件后重新上传")
    return count


def _header(rows: Iterator[Row]) -> Row:
    """Return the first row with two filled cells, else the first filled one."""
    first: Row | None = None
    for seen, (line, cells) in enumerate(rows):
        filled = sum(1 for cell in cells if cell.strip())
        if filled >= 2:
            return line, cells
        if filled and first is None:
            first = (line, cells)
        if seen >= HEADER_SEARCH_ROWS:
            break
    if first is None:
        raise SheetInvalid.whole("文件里没有内容，请检查导出条件后重新上传")
    return first


def _header_names(cells: list[str], line: int) -> tuple[str, ...]:
    named = [" ".join(cell.replace("\ufeff", "").split()) for cell in cells]
    while named and not named[-1]:
        named.pop()
    if len(named) > MAX_COLUMNS:
        raise SheetInvalid.at(line, f"有 {len(named)} 列，最多 {MAX_COLUMNS} 列，请删去用不到的列")
    headers: list[str] = []
    for place, name in enumerate(named, start=1):
        if name and name in headers:
            raise SheetInvalid.at(line, f"表头“{name[:20]}”出现了两次，请改名或删去其中一列")
        headers.append(name[:100] or f"第 {place} 列")
    return tuple(headers)


def _check_row(line: int, cells: list[str]) -> None:
    if len(cells) > MAX_COLUMNS and any(cell.strip() for cell in cells[MAX_COLUMNS:]):
        raise SheetInvalid.at(line, f"有 {len(cells)} 列，最多 {MAX_COLUMNS} 列，请检查分隔符")
    if max(map(len, cells), default=0) > MAX_CELL_CHARS:
        raise SheetInvalid.at(
            line, f"有一格超过 {MAX_CELL_CHARS:,} 个字，请检查双引号是否成对，或缩短这一格"
        )


def safe_cell(value: str) -> str:
    """Return `value` so that no spreadsheet runs it as a formula when a file of ours is opened."""
    return f"'{value}" if value.startswith(_FORMULA_STARTS) else value
