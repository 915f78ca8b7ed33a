"""Idea: a workbook of items as a clerk fills it in, read row by row.

Which kind a sheet holds is told by its name, by a column 类型, or by whoever uploads it.
Columns stand in any order; what nobody knows is named, not guessed.
"""

import difflib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeAlias

from contenthub.errors import Invalid
from contenthub.library import itemheaders, itempages, kinds, sheetkinds
from contenthub.library.fieldtypes import Field
from contenthub.library.itemheaders import Chosen, Head
from contenthub.tenants import shorttext
from contenthub.tenants.topics import TOPICS
from contenthub.workbooks import xlsxsheet
from contenthub.workbooks.sheetlimits import (
    HEADER_SEARCH_ROWS,
    MAX_CELL_CHARS,
    NO_RESULT,
    NO_RESULT_FIX,
    SheetInvalid,
)
from contenthub.workbooks.xlsxsheet import RawRow

MAX_ROWS = 10_000
NOTE_MARK = "填写说明"
EXAMPLE_MARK = "示例"
EXAMPLE_TITLE = "（示例）"
"""What the title of a template's example row begins with."""
SAMPLE_CHARS = 20
NO_TITLE = "没有认出哪一列是“标题”，请在“哪一列是什么”里指定，再重新试算"
_NO_KIND = "没有写明内容类型，请加一列“类型”，或把工作表改名为产品、权益、咨询、活动、资讯或话术"
_PERCENT = (
    "像是百分比格式的数（{value}），分不清是 {value}% 还是 {times}%，"
    "请把这一格改成文本格式后重新填写，例如 2.05"
)


@dataclass(frozen=True, slots=True)
class BookRow:
    """One row: the texts of its known columns, and what is wrong with it before any look-up."""

    no: int
    """Place among the rows of all sheets, from 1."""
    sheet: str
    line: int
    kind: str
    cells: Mapping[str, str]
    faults: Mapping[str, str] = field(default_factory=dict)
    """Column name -> what is wrong, in Chinese; "" for the row as a whole."""

    @property
    def title(self) -> str:
        """The title as it would be kept: what a row without a code is told by."""
        text = unicodedata.normalize("NFC", self.cells.get("title", ""))
        return " ".join(shorttext.unturned(text).split())


@dataclass(slots=True)
class SheetFacts:
    """What was made of one sheet: its kind, its columns in order, those that nobody knows."""

    name: str
    kind: str
    headers: tuple[str, ...]
    header_line: int
    heads: list[Head] = field(default_factory=list)
    """What each header is read as."""
    topic: str = ""
    """Of rows that do not say theirs; slug, "" when the sheet's name does not tell one."""
    rows: int = 0
    sample: list[str] = field(default_factory=list)
    """The cells of the first row."""

    @property
    def unknown(self) -> list[tuple[str, str]]:
        """Headers nobody knows: (header, the known label it may mean or "")."""
        if not self.kind:
            return []
        lost = [head.header for head in self.heads if head.header and head.name is None]
        return [(word, _near(self.kind, word)) for word in lost]


@dataclass(frozen=True, slots=True)
class Reading:
    """How a workbook is to be read, where its own names do not tell."""

    kind: str = ""
    """For sheets that do not tell theirs."""
    columns: Chosen = field(default_factory=dict)
    topics: Mapping[str, str] = field(default_factory=dict)
    """Sheet -> slug of the topic of rows that do not say theirs."""
    kinds: Mapping[str, str] = field(default_factory=dict)
    """Sheet -> the kind somebody chose for it, or sheetkinds.LEAVE_OUT."""


@dataclass(slots=True)
class Book:
    """A workbook read through."""

    rows: list[BookRow]
    sheets: list[SheetFacts]
    skipped: dict[str, str]
    """Name of each sheet that was not read -> why."""


FailedRow: TypeAlias = tuple[int, list[str], set[int], str, str]
FailedSheet: TypeAlias = tuple[str, Sequence[str], list[FailedRow]]


def read_book(path: Path, filename: str, *, kind: str = "", reading: Reading | None = None) -> Book:
    """Return the items of the workbook at `path`; `kind` is for sheets that do not tell theirs.

    Raises SheetInvalid for a file that cannot be read, has no items or more than 10,000 rows.
    """
    how = reading or Reading(kind)
    book = Book([], [], {})
    _read_sheets(book, path, filename, how)
    if not book.sheets:
        # Somebody's own headers, none of which we know: they say on the screen which is which.
        book.skipped.clear()
        _read_sheets(book, path, filename, how, strangers=True)
    if not book.sheets:
        if sheetkinds.UNWANTED in book.skipped.values():
            raise SheetInvalid.whole("没有留下要导入的工作表，请至少给一张表选内容类型")
        known = "、".join(each.label for each in kinds.KINDS.values())
        raise SheetInvalid.whole(
            f"没有认出内容表：工作表请以类型命名（{known}），或上传时选内容类型；"
            "也可以先下载模板，把内容贴进去"
        )
    if not book.rows:
        raise SheetInvalid.whole("表格里只有表头，没有内容，请填写后重新上传")
    _mark_repeated(book)
    return book


def _read_sheets(
    book: Book, path: Path, filename: str, how: Reading, *, strangers: bool = False
) -> None:
    for name, raw in xlsxsheet.pages(path, filename):
        if name.strip() not in itempages.ASIDE:
            _read_sheet(book, name, raw, how, strangers=strangers)


def _read_sheet(
    book: Book, name: str, raw: Iterator[RawRow], how: Reading, *, strangers: bool
) -> None:
    wanted = how.kinds.get(name[:31], "")
    if wanted == sheetkinds.LEAVE_OUT:
        book.skipped[name] = sheetkinds.UNWANTED
        return
    told = sheetkinds.named(name)
    sure = wanted or (told.kind if told.is_exact else "")
    tries = (sure,) if sure else (how.kind or told.kind, "")
    facts = _header(raw, name, tries, how.columns, strangers=strangers or bool(wanted))
    if facts is None:
        book.skipped[name] = sheetkinds.NO_HEADER if any(tries) else sheetkinds.NO_KIND
        return
    facts.topic = how.topics.get(name, told.topic)
    book.sheets.append(facts)
    rows = _Rows(facts, how.columns)
    for line, cells in raw:
        row = rows.read(line, cells, no=len(book.rows) + 1)
        if row is None:
            continue
        if not facts.rows:
            facts.sample = [itempages.tidy(xlsxsheet.shown(cell))[:SAMPLE_CHARS] for cell in cells]
        book.rows.append(row)
        facts.rows += 1
        if len(book.rows) > MAX_ROWS:
            raise SheetInvalid.whole(
                f"一次最多导入 {MAX_ROWS:,} 条，这个文件不止，请拆成几个文件分别导入"
            )


def _header(
    raw: Iterator[RawRow], name: str, tries: Sequence[str], chosen: Chosen, *, strangers: bool
) -> SheetFacts | None:
    """Return what the header row says, or None when the sheet has no title and no code column.

    `tries` are kinds in the order they are believed; "" is whatever the headers tell.
    Among strangers the first row of some words is the header, whatever it says.
    """
    for line, cells in raw:
        words = tuple(" ".join(xlsxsheet.shown(cell).split()) for cell in cells)
        for kind in tries:
            facts = _header_here(name, kind, words, line=line, chosen=chosen)
            if facts is not None:
                return facts
        if strangers and tries[0] and len([word for word in words if word]) > 1:
            heads = itemheaders.heads(tries[0], words, chosen)
            return SheetFacts(name, tries[0], words, line, heads)
        if line >= HEADER_SEARCH_ROWS:
            break
    return None


def _header_here(
    sheet: str, kind: str, words: tuple[str, ...], *, line: int, chosen: Chosen
) -> SheetFacts | None:
    heads = itemheaders.heads(kind, words, chosen)
    names = [head.name for head in heads if head.name]
    if not kind and "kind" not in names:
        kind = sheetkinds.by_headers(words, chosen)
        if not kind:
            return None
        heads = itemheaders.heads(kind, words, chosen)
        names = [head.name for head in heads if head.name]
    if not {"title", "code"} & set(names) or len(names) < 2:
        return None
    _refuse_twice(sheet, line, names, kind)
    return SheetFacts(sheet, kind, words, line, heads)


def _near(kind: str, word: str) -> str:
    labels = [spec.label for spec in kinds.KINDS[kind].fields] + ["标题", "业务类别", "编号"]
    return next(iter(difflib.get_close_matches(word, labels, n=1, cutoff=0.6)), "")


def _refuse_twice(sheet: str, line: int, names: list[str], kind: str) -> None:
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        label = itempages.label_of(kind, twice)
        raise SheetInvalid.at(line, f"工作表“{sheet}”有两列都是“{label}”，请删去其中一列")


class _Rows:
    """Reads the rows of one sheet."""

    def __init__(self, facts: SheetFacts, chosen: Chosen) -> None:
        self.facts, self.chosen = facts, chosen
        self.of_kind = {facts.kind: facts.heads}

    def read(self, line: int, raw: list[Any], *, no: int) -> BookRow | None:
        """Return a row with something in it; None for a blank one and for the template's notes."""
        facts, faults = self.facts, dict[str, str]()
        kind = _kind_said(facts.heads, raw, faults) or facts.kind
        cells: dict[str, str] = {}
        for place, head in enumerate(self._heads(kind)):
            if head.name:
                cell = raw[place] if place < len(raw) else ""
                cells[head.name] = itemheaders.with_unit(head, _text(kind, head.name, cell, faults))
        is_strange = not {"title", "code"} & cells.keys()
        said = {name: text for name, text in cells.items() if text and name != "kind"}
        if not said and not (is_strange and any(xlsxsheet.shown(cell).strip() for cell in raw)):
            return None
        if _is_note(cells, faults):
            return None
        cells.pop("kind", None)
        if facts.topic and not cells.get("topic") and not cells.get("code"):
            cells["topic"] = TOPICS[facts.topic]
        if is_strange:
            faults["title"] = NO_TITLE
        if not kind and not faults:
            faults[""] = _NO_KIND
        return BookRow(no, facts.name, line, kind, cells, faults)

    def _heads(self, kind: str) -> list[Head]:
        # Without a kind of the sheet, what a column means is told by the row's own kind.
        if kind not in self.of_kind:
            self.of_kind[kind] = itemheaders.heads(kind, self.facts.headers, self.chosen)
        return self.of_kind[kind]


def _kind_said(heads: Sequence[Head], raw: list[Any], faults: dict[str, str]) -> str:
    place = next((place for place, head in enumerate(heads) if head.name == "kind"), None)
    word = ""
    if place is not None and place < len(raw):
        word = xlsxsheet.shown(raw[place]).strip()
    if not word:
        return ""
    try:
        return kinds.kind_slug(word)
    except Invalid as error:
        faults["kind"] = error.fields["kind"]
        return ""


def _text(kind: str, name: str, cell: Any, faults: dict[str, str]) -> str:
    spec = itemheaders.spec_of(kind, name)
    if isinstance(cell, float) and spec is not None:
        # 2.05 % in a cell of that format is the number 0.0205; so is a rate of 0.0205 %.
        if spec.type == "rate_bp" and cell < 1 and 0 < cell * 10_000 <= (spec.max_value or 10_000):
            _doubt_percent(spec, cell, name, faults)
        return str(int(cell)) if cell.is_integer() else f"{cell:.12g}"
    if isinstance(cell, datetime) and spec is not None and spec.type == "datetime":
        return cell.isoformat(" ", "minutes")
    if isinstance(cell, date):
        return xlsxsheet.shown(cell)
    text = itempages.tidy(xlsxsheet.shown(cell))
    if text == NO_RESULT:
        faults[name] = f"这一格{NO_RESULT_FIX}"
    if len(text) > MAX_CELL_CHARS:
        faults[name] = f"一格最多 {MAX_CELL_CHARS:,} 个字，请缩短"
    return text


def _doubt_percent(spec: Field, cell: float, name: str, faults: dict[str, str]) -> None:
    value = f"{cell:.6g}"
    faults[name] = f"“{spec.label}”" + _PERCENT.format(value=value, times=f"{cell * 100:.6g}")


def _is_note(cells: Mapping[str, str], faults: dict[str, str]) -> bool:
    """Return whether a row is the template's help or its untouched example."""
    code = cells.get("code", "")
    if code.startswith(NOTE_MARK):
        return True
    if not code.startswith(EXAMPLE_MARK):
        return False
    if cells.get("title", "").startswith(EXAMPLE_TITLE):
        return True
    faults["code"] = "编号写着“示例”，这一行会被当作示例；要导入请清空编号这一格"
    return False


def failed_rows(
    path: Path, filename: str, book: Book, failed: Mapping[str, Mapping[int, Sequence[Any]]]
) -> Iterator[FailedSheet]:
    """Yield each sheet's refused rows as they are in the file, for itemsheets.write_failed.

    `failed` has, by sheet and line, the names of the wrong columns and the reason.
    """
    facts = {one.name: one for one in book.sheets}
    for name, raw in xlsxsheet.pages(path, filename):
        if name not in failed or name not in facts:
            continue
        rows = []
        for line, cells in raw:
            if line not in failed[name]:
                continue
            wrong, reason = failed[name][line]
            texts = [itempages.tidy(xlsxsheet.shown(cell)) for cell in cells]
            rows.append((line, texts, *_wrong_places(facts[name], wrong), reason))
        yield name, facts[name].headers, rows


def _wrong_places(facts: SheetFacts, wrong: Sequence[str]) -> tuple[set[int], str]:
    """Return where the wrong columns stand, and what they are called."""
    names = [head.name for head in facts.heads]
    labels = "、".join(itempages.label_of(facts.kind, name) for name in wrong)
    return {place for place, name in enumerate(names) if name and name in wrong}, labels


def _mark_repeated(book: Book) -> None:
    """Leave the first of rows that name the same item, and tell the others which it is."""
    seen: dict[tuple[str, str], BookRow] = {}
    for place, row in enumerate(book.rows):
        code, title = row.cells.get("code", "").upper(), row.title
        key = ("", code) if code else (row.kind, title)
        if not key[1] or row.faults:
            continue
        first = seen.setdefault(key, row)
        if code and title:
            # A row that gives an item this title stands for it: the title alone means no other.
            seen.setdefault((row.kind, title), row)
        if first is not row:
            what = f"编号 {code}" if code else f"标题“{title[:20]}”"
            where = f"“{first.sheet}”第 {first.line} 行"
            fault = {"code" if code else "title": f"{what}和{where}重复，请只留一行"}
            book.rows[place] = BookRow(row.no, row.sheet, row.line, row.kind, row.cells, fault)
