"""Idea: workbooks of items that we hand out: the template, an export, the rows that failed.

All cells are text, so that a phone stays a phone, 2.05% stays what was typed and nothing is a
formula.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from contenthub.library import itemexamples, itempages, kinds
from contenthub.library.fieldtypes import Field
from contenthub.library.itembook import (
    EXAMPLE_MARK,
    EXAMPLE_TITLE,
    MAX_ROWS,
    NOTE_MARK,
    FailedSheet,
)
from contenthub.library.itempages import CELL_MAX_CHARS, CLEAR, FIELD, IGNORED, Column, Page
from contenthub.tenants.topics import TOPICS

_OPTIONS = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_LISTS, _NOTES = itempages.ASIDE[1], itempages.ASIDE[0]
_WIDE = frozenset({"longtext", "rich", "message", "table", "list"})
_FIRST_ROW = 3
"""Below the header, the notes and the example."""
_YEARS = (2000, 2100)


class Book:
    """A workbook being written, sheet by sheet; `constant` keeps one row of each in memory."""

    def __init__(self, path: Path, *, constant: bool = False) -> None:
        import xlsxwriter

        self.book = xlsxwriter.Workbook(str(path), {**_OPTIONS, "constant_memory": constant})
        self.bold = self.book.add_format(
            {"bold": True, "bg_color": "#E8F0FE", "border": 1, "text_wrap": True}
        )
        self.must = self.book.add_format(
            {"bold": True, "bg_color": "#FDE7E9", "border": 1, "text_wrap": True}
        )
        self.plain = self.book.add_format({"num_format": "@", "valign": "top"})
        self.note = self.book.add_format(
            {"italic": True, "font_color": "#5F6368", "text_wrap": True, "valign": "top"}
        )
        self.wrong = self.book.add_format(
            {"num_format": "@", "bg_color": "#FFD7D7", "valign": "top"}
        )

    def page(self, name: str, columns: Sequence[Column]) -> Any:
        """Add a sheet with its header and return it."""
        sheet = self.book.add_worksheet(name)
        for place, column in enumerate(columns):
            is_wide = column.name == "body" or (column.spec and column.spec.type in _WIDE)
            sheet.set_column(place, place, 36 if is_wide else 18, self.plain)
            star = "*" if column.required else ""
            head = self.must if column.required else self.bold
            sheet.write_string(0, place, column.label + star, head)
        sheet.freeze_panes(1, 2)
        return sheet

    def close(self) -> None:
        """Finish the file."""
        self.book.close()


def write_template(path: Path, kind: str) -> None:
    """Write the workbook that a clerk fills in for one kind: sheets, lists to pick from, notes."""
    book = Book(path)
    pages = itempages.pages(kind)
    sheets = [(page, book.page(page.name, page.columns)) for page in pages]
    lists = book.book.add_worksheet(_LISTS)
    lists.hide()
    used = 0
    for page, sheet in sheets:
        for place, column in enumerate(page.columns):
            sheet.write_string(1, place, _note(column, place), book.note)
            sheet.write_string(2, place, _example(page, column), book.note)
            rule, used = _validation(page, column, place, lists=lists, used=used)
            if rule:
                rule |= {"input_title": column.label[:32], "error_title": "请核对"}
                last = _FIRST_ROW + MAX_ROWS - 1
                sheet.data_validation(_FIRST_ROW, place, last, place, rule)
    _write_notes(book, pages)
    book.close()


def _note(column: Column, place: int) -> str:
    if place == 0:
        return f"{NOTE_MARK}（这一行不导入）：{column.help}"
    must = "送审时必填。" if column.required and column.name.startswith(FIELD) else ""
    must = "必填。" if column.required and not must else must
    spec = column.spec
    if spec is None or not spec.choices:
        return must + column.help
    several = "可填多个，用顿号隔开：" if spec.type == "list" else "从下拉框里选："
    return must + several + "、".join(label for _, label in spec.choices) + "。" + column.help


def _example(page: Page, column: Column) -> str:
    if column.name == "code":
        return f"{EXAMPLE_MARK}（这一行不导入）"
    shown = itemexamples.example(page.kind, page.topics[0])
    text = shown.get(column.name, "")
    return EXAMPLE_TITLE + text if column.name == "title" else text


def _validation(
    page: Page, column: Column, place: int, *, lists: Any, used: int
) -> tuple[dict[str, Any] | None, int]:
    """Return a column's data validation and how many columns of the hidden sheet are taken."""
    spec = column.spec
    words = [TOPICS[topic] for topic in page.topics] if column.name == "topic" else []
    if spec is not None and spec.type == "choice":
        words = [label for _, label in spec.choices]
    from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

    if words:
        for line, word in enumerate(words):
            lists.write_string(line, used, word)
        letter = xl_col_to_name(used)
        source = f"='{_LISTS}'!${letter}$1:${letter}${len(words)}"
        told = {"error_message": "请从下拉框里选一项", "input_message": "请从下拉框里选"}
        return {"validate": "list", "source": source, **told}, used + 1
    if column.name == "title":
        return _length(kinds.TITLE_MAX_CHARS), used
    first = xl_rowcol_to_cell(_FIRST_ROW, place)
    return (_typed_rule(spec, first) if spec is not None else None), used


def _typed_rule(spec: Field, first: str) -> dict[str, Any] | None:
    """Return the rule of a field's cells, the first of which is `first` such as F4."""
    top = spec.max_value
    if spec.type == "int":
        most = top if top is not None else 2**31
        told = f"请填写 {spec.min_value} 到 {most:,} 的整数"
        limits = {"criteria": "between", "minimum": spec.min_value, "maximum": most}
        return {"validate": "integer", **limits, **_told(told, spec), "error_type": "warning"}
    if spec.type == "rate_bp":
        # Text, as a cell of the percent format would hold 0.0205 for 2.05%.
        highest = (top or 10_000) / 100
        told = f"请填写 0 到 {highest:g} 的百分数，例如 2.05"
        number = f'VALUE(SUBSTITUTE({first},"%",""))'
        return _custom(f"AND({number}>=0,{number}<={highest:g})", told, spec)
    if spec.type == "date":
        day = f"DATEVALUE({first})"
        years = f"{day}>=DATE({_YEARS[0]},1,1),{day}<=DATE({_YEARS[1]},12,31)"
        return _custom(f"AND({years})", "请填写真实存在的日期，例如 2026-12-31", spec)
    if spec.type in ("text", "longtext", "message") and spec.max_chars:
        return _length(spec.max_chars)
    return None


def _custom(formula: str, told: str, spec: Field) -> dict[str, Any]:
    checked = {"validate": "custom", "value": f"=IFERROR({formula},FALSE)"}
    return {**checked, **_told(told, spec), "error_type": "warning"}


def _told(told: str, spec: Field) -> dict[str, str]:
    return {"error_message": told[:255], "input_message": (spec.help or told)[:255]}


def _length(most: int) -> dict[str, Any]:
    told = f"最多 {most} 个字，请缩短"
    return {
        "validate": "length",
        "criteria": "<=",
        "value": most,
        "error_message": told,
        "input_message": f"最多 {most} 个字",
    }


_RULES = (
    ("怎么填", "每行一条内容；工作表名称不要改，列的先后可以换，用不到的列可以删。"),
    ("新内容", "“编号”空着。同类里已有同名的一条时，按同一条处理（改它的草稿）。"),
    ("改已有的", "填“编号”。最稳妥的做法：先在内容库导出，改好再导回；“版本”一列不要动。"),
    ("空格子", f"不改原来的内容；要清空请填“{CLEAR}”。从内容库导出的表（带版本）空着就是清空。"),
    ("不会动的", "线上正在展示的版本不会变，导入只写草稿；正在审核的不会改，会列入错误明细。"),
    ("百分数", "直接写 2.05 或 2.05%，单元格保持“文本”格式。"),
    ("金额", "写 50000、20万元 或 99.50元。"),
    ("多行的项目", "一格里换行（Alt+Enter）写多条；表格类的一行里用｜隔开各列。"),
    ("图片和文件", "先在素材里上传，这里填文件名，例如 大额存单题图.jpg。"),
    ("本行自己的要素", "加一列，表头写“自定义：名称”，例如 自定义：内部编号。"),
    ("行数", f"一个文件最多 {MAX_ROWS:,} 条。"),
)


def _write_notes(book: Book, pages: Sequence[Page]) -> None:
    sheet = book.book.add_worksheet(_NOTES)
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 90)
    wrap = book.book.add_format({"text_wrap": True, "valign": "top"})
    line = 0
    for name, text in _RULES:
        sheet.write_string(line, 0, name, book.bold)
        sheet.write_string(line, 1, text, wrap)
        line += 1
    seen: set[str] = set()
    for page in pages:
        for column in page.columns:
            if column.name not in seen:
                seen.add(column.name)
                line += 1
                star = "*" if column.required else ""
                sheet.write_string(line, 0, column.label + star, book.bold)
                sheet.write_string(line, 1, _note(column, 1), wrap)


class Export:
    """An export being written: rows of any kind in any order go to the sheets of their kinds."""

    def __init__(self, path: Path, own: Mapping[str, Sequence[str]]) -> None:
        """Begin the file at `path`; `own` are names of the bank's own fields by sheet name."""
        self._book = Book(path, constant=True)
        self._own = own
        self._sheets: dict[str, tuple[Any, tuple[Column, ...], int]] = {}

    def add(self, kind: str, topic: str, texts: Mapping[str, str]) -> None:
        """Write the texts of one item (itempages.texts) as the next row of its sheet."""
        page = itempages.page_for(kind, topic)
        if page.name not in self._sheets:
            columns = (*page.columns, *itempages.own_columns(self._own.get(page.name, ())))
            self._sheets[page.name] = (self._book.page(page.name, columns), columns, 1)
        sheet, columns, line = self._sheets[page.name]
        for place, column in enumerate(columns):
            text = texts.get(column.name, "")
            if text:
                sheet.write_string(line, place, text[:CELL_MAX_CHARS], self._book.plain)
        self._sheets[page.name] = (sheet, columns, line + 1)

    def close(self) -> None:
        """Finish the file; one without any item says so."""
        if not self._sheets:
            self._book.book.add_worksheet("没有内容")
        self._book.close()


def write_failed(path: Path, sheets: Iterable[FailedSheet]) -> None:
    """Write the rows that were not taken, as they were, so that they can be mended and sent again.

    Each sheet has a name, its headers, and rows of (line, cells, places of wrong cells, wrong
    columns, reason). What is added stands at the end and is not read again.
    """
    book = Book(path)
    for name, headers, rows in sheets:
        added = (IGNORED[1], IGNORED[2], IGNORED[3])
        columns = [Column("", word) for word in (*headers, *added)]
        sheet = book.page(name[:31], columns)
        sheet.set_column(len(headers), len(headers), 60, book.plain)
        for line, (number, cells, places, wrong, reason) in enumerate(rows, start=1):
            for place, text in enumerate(cells[: len(headers)]):
                look = book.wrong if place in places else book.plain
                sheet.write_string(line, place, text[:CELL_MAX_CHARS], look)
            for place, text in enumerate((reason, wrong, str(number)), start=len(headers)):
                sheet.write_string(line, place, text[:CELL_MAX_CHARS], book.plain)
    book.close()
