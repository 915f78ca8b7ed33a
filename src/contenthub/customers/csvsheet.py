"""CSV as banks export it: any of four encodings, three separators, torn quotes named by line."""

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from contenthub.workbooks.sheetlimits import HEADER_SEARCH_ROWS, Row, SheetInvalid

MAX_LINE_CHARS = 1_000_000
_BLOCK_BYTES = 1 << 20
#: Text in GB18030 never passes for UTF-8 over this many characters; a damaged UTF-8 file does.
_CERTAIN_CHARS = 12
_WIDE_BOMS = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_FIX = "请用 WPS 或 Excel 打开，另存为“CSV UTF-8”或 .xlsx 后重新上传"


@dataclass(frozen=True)
class CsvSource:
    """Where the text of a CSV begins, how it is encoded and what separates its cells."""

    path: Path
    encoding: str
    skip_bytes: int
    separator: str

    def rows(self) -> Iterator[Row]:
        """Yield (line of the file, cells). Raises SheetInvalid naming the line of a torn quote."""
        with _text(self.path, self.encoding, self.skip_bytes) as text:
            reader = csv.reader(_lines(text), delimiter=self.separator, strict=True)
            while True:
                line = reader.line_num + 1
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except csv.Error as torn:
                    raise SheetInvalid.at(
                        line,
                        "双引号没有成对，或有一格超过 13 万字；"
                        "请检查这一行的双引号，单元格里的双引号要写两次",
                    ) from torn
                yield line, cells


def inspect(path: Path, *, is_checked: bool = False) -> CsvSource:
    """Return how the CSV at `path` is to be read: BOM, else UTF-8, else GB18030, all strict.

    With `is_checked` this was asked of these very bytes before: what is no UTF-8 is GB18030.

    Raises SheetInvalid naming the line that no encoding can read.
    """
    with path.open("rb") as file:
        head = file.read(4_096)
    skip, encoding = _encoding(path, head, is_checked=is_checked)
    return CsvSource(path, encoding, skip, _separator(path, encoding, skip))


def _encoding(path: Path, head: bytes, *, is_checked: bool) -> tuple[int, str]:
    for bom, encoding in _WIDE_BOMS:
        if head.startswith(bom):
            wrong = _first_undecodable(path, encoding, len(bom))
            if wrong is not None:
                raise SheetInvalid.at(wrong.line, f"文件声明是 UTF-16，这一行却不是，{_FIX}")
            return len(bom), encoding
    if head.count(0) > len(head) // 4:
        raise SheetInvalid.whole(f"文件像是没有标记的 UTF-16，{_FIX}")
    skip = len(codecs.BOM_UTF8) if head.startswith(codecs.BOM_UTF8) else 0
    utf8 = _first_undecodable(path, "utf-8", skip)
    if utf8 is None:
        return skip, "utf-8"
    if is_checked:
        return skip, "gb18030"
    if utf8.wide_chars >= _CERTAIN_CHARS:
        raise SheetInvalid.at(utf8.line, f"文件是 UTF-8，这一行却混有别的编码或已损坏，{_FIX}")
    gb18030 = _first_undecodable(path, "gb18030", skip)
    if gb18030 is None:
        return skip, "gb18030"
    raise SheetInvalid.at(
        max(utf8.line, gb18030.line), f"既不是 UTF-8 也不是 GB18030（GBK）编码，{_FIX}"
    )


@dataclass(frozen=True)
class _Undecodable:
    line: int
    wide_chars: int


def _first_undecodable(path: Path, encoding: str, skip: int) -> _Undecodable | None:
    """Return where strict decoding stops, or None; refuses NUL characters on the way."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    line, wide = 1, 0
    with path.open("rb") as file:
        file.seek(skip)
        while True:
            block = file.read(_BLOCK_BYTES)
            try:
                text = decoder.decode(block, final=not block)
            except UnicodeDecodeError as wrong:
                sound = wrong.object[: wrong.start].decode(encoding, "ignore")
                return _Undecodable(line + _line_breaks(sound), wide + _wide_chars(sound))
            if "\0" in text:
                raise SheetInvalid.at(
                    line + _line_breaks(text[: text.index("\0")]),
                    f"有空字符（NUL），文件可能已损坏，{_FIX}",
                )
            line += _line_breaks(text)
            if wide < _CERTAIN_CHARS:
                wide += _wide_chars(text)
            if not block:
                return None


def _line_breaks(text: str) -> int:
    breaks = text.count("\n")
    return breaks or text.count("\r")


def _wide_chars(text: str) -> int:
    return 0 if text.isascii() else sum(1 for char in text[:10_000] if char > "\x7f")


def _text(path: Path, encoding: str, skip: int) -> io.TextIOWrapper:
    file = path.open("rb")
    file.seek(skip)
    # newline="" leaves line ends inside quotes alone; csv wants them so.
    return io.TextIOWrapper(file, encoding=encoding, errors="strict", newline="")


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    """Yield lines, none longer than MAX_LINE_CHARS, so that a file of one line stays small."""
    number = 0
    while line := text.readline(MAX_LINE_CHARS + 1):
        number += 1
        if len(line) > MAX_LINE_CHARS:
            raise SheetInvalid.at(
                number, f"这一行超过 {MAX_LINE_CHARS:,} 个字，请检查换行和分隔符，{_FIX}"
            )
        yield line


def _separator(path: Path, encoding: str, skip: int) -> str:
    counts = dict.fromkeys(",;\t", 0)
    with _text(path, encoding, skip) as text:
        for number, line in enumerate(_lines(text)):
            outside = "".join(line.split('"')[::2])
            for separator in counts:
                counts[separator] += outside.count(separator)
            if number >= HEADER_SEARCH_ROWS:
                break
    return max(counts, key=lambda separator: counts[separator])
