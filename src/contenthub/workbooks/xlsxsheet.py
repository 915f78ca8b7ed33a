"""xlsx through calamine, after the zip was unpacked once for counting only.

calamine holds one sheet as a full rectangle, so a forged file can ask for any memory; what is
counted here is what really unpacks, not what the archive claims about itself.
"""

import html
import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetVisibleEnum

from contenthub.workbooks.sheetlimits import MAX_COLUMNS, NO_RESULT, Row, SheetInvalid

MAX_UNPACKED_BYTES = 1_000_000_000
MAX_RATIO = 100
#: Below this a high ratio is only a small repetitive sheet.
RATIO_FROM_BYTES = 4_000_000
#: About 200 MB as calamine holds them (measured with 14 columns of text).
MAX_CELLS = 5_000_000
MAX_MEMBERS = 2_000
#: More formulas without a result than these: nobody ever opened the file.
MAX_UNREAD = 10_000
_BLOCK_BYTES = 1 << 18
#: (line of the sheet counted from 1, cells as they are kept)
RawRow: TypeAlias = tuple[int, list[Any]]
#: Sheet -> line -> places (from 0) of the cells whose formula has no result.
Unread: TypeAlias = dict[str, dict[int, list[int]]]
_PLACED = re.compile(rb"<(?:\w+:)?c\s[^<>]*?\br=[\"']([A-Za-z]{1,3})(?=[0-9])")
#: Up to the last cell of a stretch.
_LAST = re.compile(rb".*<(?:\w+:)?c\s[^<>]*?\br=[\"']([A-Za-z]{1,3})([0-9]{1,7})[\"']", re.DOTALL)
_CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")
#: A formula whose result the file does not hold: nobody ever opened it in a spreadsheet program.
_UNREAD = re.compile(
    rb"</(?:\w+:)?f>\s*(?:(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)\s*)?</(?:\w+:)?c>"
)
#: Such a cell whose end comes with the next block.
_TORN = re.compile(rb"</(?:\w+:)?f>\s*(?:<(?:\w+:)?v\s*/?>\s*(?:</(?:\w+:)?v>\s*)?)?$")
_TORN_BYTES = 100
_ROW = re.compile(rb"<(?:\w+:)?row[\s/>]")
_ROW_NUMBER = re.compile(rb"<(?:\w+:)?row\b[^<>]*?\br=[\"']([0-9]{1,9})[\"']")
_INDEX = ("xl/workbook.xml", "xl/_rels/workbook.xml.rels")
_INDEX_BYTES = 1 << 20
_SHEET = re.compile(r"<(?:\w+:)?sheet\s[^<>]*>")
_RELATION = re.compile(r"<(?:\w+:)?Relationship\s[^<>]*>")
_ATTRIBUTE = re.compile(r"([\w:]+)\s*=\s*[\"']([^\"']*)[\"']")
_FIX = "请用 WPS 或 Excel 打开，另存为新的 .xlsx 后重新上传"


def opener(path: Path, filename: str) -> Callable[[], Iterator[Row]]:
    """Return what gives the rows of the first visible sheet, each time anew.

    Raises SheetInvalid for macros, bombs, passwords, oversize and broken archives.
    """
    unread = _guard(path, filename)
    sheet = _first_sheet(path)

    def rows() -> Iterator[Row]:
        for line, cells in _rows(sheet, unread):
            yield line, [shown(cell) for cell in cells]

    return rows


def pages(path: Path, filename: str) -> Iterator[tuple[str, Iterator[RawRow]]]:
    """Yield the name and the rows of each visible sheet that holds anything, one at a time.

    Cells come as they are kept (a percentage is a small number), so that a reader who knows
    the column may doubt one; `shown` gives their text. Raises SheetInvalid as `opener`.
    """
    unread = _guard(path, filename)
    try:
        with path.open("rb") as file:
            book = CalamineWorkbook.from_filelike(file)
            for place, about in enumerate(book.sheets_metadata):
                if about.visible is not SheetVisibleEnum.Visible:
                    continue
                sheet = book.get_sheet_by_index(place)
                if sheet.start is not None:
                    yield about.name, _rows(sheet, unread)
    except CalamineError as broken:
        raise _unreadable() from broken


def _rows(sheet: CalamineSheet, unread: Unread) -> Iterator[RawRow]:
    """Yield the rows of a sheet, NO_RESULT where a formula stands that nobody computed."""
    marked = unread.get(sheet.name, {})
    last = 0
    for last, cells in enumerate(sheet.iter_rows(), start=1):
        yield last, _marked(cells, marked[last]) if last in marked else cells
    for line in sorted(line for line in marked if line > last):
        yield line, _marked([], marked[line])


def _marked(cells: list[Any], places: list[int]) -> list[Any]:
    made = cells + [""] * (max(places) + 1 - len(cells))
    for place in places:
        made[place] = NO_RESULT
    return made


def _guard(path: Path, filename: str) -> Unread:
    """Return the formulas without a result, of files that are safe to open."""
    found: Unread = {}
    try:
        with zipfile.ZipFile(path) as archive, path.open("rb") as file:
            members = archive.infolist()
            _refuse_macros([member.filename for member in members], filename)
            unpacked = 0
            for member in members:
                # Any member may be a worksheet: its name is only what the archive claims.
                area = _Area(partial(_sheet_of, archive, member.filename))
                unpacked += _unpacked_bytes(
                    file, member, area, budget=MAX_UNPACKED_BYTES - unpacked
                )
                if area.unread:
                    found[area.sheet()] = area.unread
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError) as torn:
        raise SheetInvalid.whole(f"文件已损坏或没有传完整，{_FIX}") from torn
    if unpacked > RATIO_FROM_BYTES and unpacked > MAX_RATIO * path.stat().st_size:
        raise _bomb()
    return found


def _bomb() -> SheetInvalid:
    return SheetInvalid.whole(f"文件解压后大得不正常（超过 100 倍或 1 GB），{_FIX}")


def _refuse_macros(names: list[str], filename: str) -> None:
    if len(names) > MAX_MEMBERS:
        raise _bomb()
    lower = [name.lower() for name in names]
    if filename.lower().endswith(".xlsm") or any("vbaproject" in name for name in lower):
        raise SheetInvalid.whole("文件带有宏，为了安全不能导入，请另存为不带宏的 .xlsx 后上传")
    if not any(name.endswith("workbook.xml") for name in lower):
        raise SheetInvalid.whole(
            "这是压缩包，不是 .xlsx 表格，请解压后上传里面的 .csv 或 .xlsx 文件"
        )


def _sheet_of(archive: zipfile.ZipFile, member: str) -> str:
    """Return the name of a worksheet's file, "" when the workbook does not tell it."""
    try:
        parts = [_start_of(archive, name) for name in _INDEX]
    except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, OSError):
        return ""
    named = {key: name for tag in _SHEET.findall(parts[0]) for key, name in _named(tag)}
    for tag in _RELATION.findall(parts[1]):
        said = dict(_ATTRIBUTE.findall(tag))
        path = posixpath.normpath(posixpath.join("/xl", html.unescape(said.get("Target", ""))))
        if path == f"/{member}" and said.get("Id") in named:
            return named[said["Id"]]
    return ""


def _start_of(archive: zipfile.ZipFile, name: str) -> str:
    with archive.open(name) as part:
        return part.read(_INDEX_BYTES).decode("utf-8", "replace")


def _named(tag: str) -> Iterator[tuple[str, str]]:
    said = {name.rpartition(":")[2]: value for name, value in _ATTRIBUTE.findall(tag)}
    if "id" in said and "name" in said:
        yield said["id"], html.unescape(said["name"])


def _unpacked_bytes(file: BinaryIO, member: zipfile.ZipInfo, area: "_Area", *, budget: int) -> int:
    """Return how many bytes the member truly unpacks to, holding one block at a time."""
    file.seek(member.header_offset)
    local = file.read(30)
    file.seek(member.header_offset + 30 + sum(struct.unpack("<HH", local[26:30])))
    left, total, method = member.compress_size, 0, member.compress_type
    if method not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError("a compression no spreadsheet program writes")
    inflate = zlib.decompressobj(-15)
    while left > 0:
        packed = file.read(min(_BLOCK_BYTES, left))
        if not packed:
            raise EOFError
        left -= len(packed)
        while packed:
            if method == zipfile.ZIP_STORED:
                block, packed = packed, b""
            else:
                block = inflate.decompress(packed, _BLOCK_BYTES)
                packed = inflate.unconsumed_tail
            total += len(block)
            if total > budget:
                raise _bomb()
            area.see(block)
    return total


class _Area:
    """Counts the rectangle a worksheet spans while its XML passes by.

    `sheet` says which one it is; it is asked only when there is something wrong with it.
    """

    def __init__(self, sheet: Callable[[], str]) -> None:
        self.sheet = sheet
        self.unread: dict[int, list[int]] = {}
        self.unread_count = 0
        self.cell = (b"A", b"1")
        self.tail = b""
        self.columns: set[bytes] = set()
        self.rows = 0
        self.last_row = 0

    def see(self, block: bytes) -> None:
        """Take the next block of XML. Raises SheetInvalid once the sheet is too big."""
        # Whole tags only; the torn one waits for the next block.
        whole, close, self.tail = (self.tail + block).rpartition(b">")
        whole += close
        if torn := _TORN.search(whole, max(0, len(whole) - _TORN_BYTES)):
            whole, self.tail = whole[: torn.start()], whole[torn.start() :] + self.tail
        if len(self.tail) > _BLOCK_BYTES:  # a picture, or one endless tag
            self.tail = b""
        placed = _PLACED.findall(whole)
        # Without its place a cell may lie anywhere, and the rectangle cannot be counted.
        if len(_CELL.findall(whole)) > len(placed):
            raise SheetInvalid.whole(f"{self.whose() or '表格里的'}单元格没有写明位置，{_FIX}")
        self.columns.update(placed)
        self._see_unread(whole)
        self.rows += len(_ROW.findall(whole))
        self.last_row = max(self.last_row, *map(int, _ROW_NUMBER.findall(whole)), 0)
        self._check()

    def whose(self) -> str:
        """Return 工作表“name”, nothing when the workbook does not name it."""
        name = self.sheet()
        return f"工作表“{name[:31]}”" if name else ""

    def _see_unread(self, whole: bytes) -> None:
        at = 0
        for unread in _UNREAD.finditer(whole):
            # A cell that was begun in the block before is the last one of that.
            cell = _LAST.match(whole, at, unread.start())
            column, line = cell.groups() if cell else self.cell
            at = unread.end()
            is_told = bool(self.unread or self.sheet())
            self.unread.setdefault(int(line), []).append(_column_number(column) - 1)
            self.unread_count += 1
            if not is_told or self.unread_count > MAX_UNREAD:
                raise SheetInvalid.whole(
                    f"{self.whose()}单元格 {(column + line).decode().upper()} 等处的公式"
                    "没有计算结果，读出来会是空的；"
                    "请用 WPS 或 Excel 打开后另存一次，或把公式“选择性粘贴”为数值，再上传"
                )
        if cell := _LAST.match(whole, at):
            self.cell = cell[1], cell[2]

    def _check(self) -> None:
        width = max(map(_column_number, self.columns), default=0)
        if width > MAX_COLUMNS:
            raise SheetInvalid.whole(
                f"{self.whose() or '表格'}有 {width} 列，最多 {MAX_COLUMNS} 列，"
                "请删去用不到的列后重新上传"
            )
        height = max(self.last_row, self.rows)
        if width * height > MAX_CELLS:
            raise SheetInvalid.whole(
                f"{self.whose() or '表格'}太大（{height:,} 行 × {width} 列），"
                "请把数据下方、右侧用不到的行和列整行整列删除，保存后再上传"
            )


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _first_sheet(path: Path) -> CalamineSheet:
    try:
        with path.open("rb") as file:
            book = CalamineWorkbook.from_filelike(file)
            for place, about in enumerate(book.sheets_metadata):
                if about.visible is not SheetVisibleEnum.Visible:
                    continue
                sheet = book.get_sheet_by_index(place)
                if sheet.start is not None:
                    return sheet
    except CalamineError as broken:
        raise _unreadable() from broken
    raise SheetInvalid.whole("工作簿里没有内容，请检查导出条件后重新上传")


def _unreadable() -> SheetInvalid:
    return SheetInvalid.whole(f"表格无法打开，可能已损坏或加了密码，{_FIX}")


def shown(cell: int | float | str | bool | date | time | object) -> str:
    """Return the cell as a clerk would have typed it: 13800000001.0 is 13800000001."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ")
    return cell.isoformat() if isinstance(cell, date) else str(cell)
