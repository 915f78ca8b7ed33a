"""Idea: characters of one or more sizes set in lines or columns at one scale, or found too long."""

import math
import re
from collections.abc import Collection, Sequence
from typing import NamedTuple

from contenthub.posters import fonts, metrics
from contenthub.posters.breaking import HANGING, chunks
from contenthub.posters.layers import Writing

_BASELINE = 0.93
"""Share of the size from a line's top to its baseline: 0.88 em above it, a little air."""
_LAST_LINE = 1.1
"""Share of the size the last line takes: the leading below it is nobody's."""
_ASCENT, _SIDEWAYS = 0.88, 0.36
"""From a character's top to its baseline; from a column's middle to Latin's baseline in it."""
_COLUMN_FORMS: dict[str, str] = dict(
    zip(
        "，、。：；！？…―（）｛｝〔〕【】《》〈〉「」『』［］",
        "︐︑︒︓︔︕︖︙︱︵︶︷︸︹︺︻︼︽︾︿﹀﹁﹂﹃﹄﹇﹈",
        strict=True,
    )
)
"""How marks look in columns: Unicode's vertical forms, which are the typeface's own."""
_SHORT_NUMBER = re.compile(r"(?<![0-9A-Za-z.,%])[0-9]{2}(?![0-9A-Za-z.,%])")


class Mark(NamedTuple):
    """A character to be set: its size as a share of the layer's, weight, span, and face."""

    char: str
    scale: float
    weight: int
    span: int
    face: str = fonts.SANS


class Glyph(NamedTuple):
    """A character's place: its pen on the baseline in px from the box's corner.

    `is_turned` characters lie on their side, as Latin does in columns: their pen goes down.
    """

    char: str
    x_px: int
    y_px: int
    size_px: int
    weight: int
    span: int
    is_turned: bool = False
    face: str = fonts.SANS


class Setting(NamedTuple):
    """Lines of text, where each of their characters stands, and each line's first mark."""

    lines: tuple[str, ...]
    glyphs: tuple[Glyph, ...]
    starts: tuple[int, ...]


class _Cell(NamedTuple):
    """A character at its own size in px, how far it alone moves the pen, and which mark it is."""

    char: str
    size_px: int
    weight: int
    span: int
    own_px: float
    stands: bool
    face: str
    at: int


class _Row(NamedTuple):
    """One line: its cells, the pen's way from each to the next, and what the line measures."""

    cells: Sequence[_Cell]
    steps: Sequence[float]
    long_px: float
    size_px: int

    def text(self) -> str:
        return "".join(cell.char for cell in self.cells)


def set_at(
    marks: Sequence[Mark], layer: Writing, size_px: int, *, held: Collection[int] = ()
) -> Setting | None:
    """Return the marks set at a size, or None where they do not fit the layer's box.

    Of `held` marks, none begins a line unless its word is longer than one.
    """
    box = layer.box
    room_px, depth_px = _room_px(layer), box.w_px if layer.vertical else box.h_px
    rows: list[_Row] = []
    for paragraph in _paragraphs(_cells(marks, size_px, is_vertical=layer.vertical)):
        rows += _broken(paragraph, layer, size_px, held=held)
        if len(rows) > layer.max_lines:
            return None
    if any(row.long_px > room_px for row in rows):
        return None
    deep_px = sum(_line_px(row, layer) for row in rows[:-1]) + round(rows[-1].size_px * _LAST_LINE)
    spare_px = depth_px - deep_px
    if spare_px < 0:
        return None
    glyphs: list[Glyph] = []
    start_px = {"top": 0, "middle": spare_px // 2, "bottom": spare_px}[layer.valign]
    for number, row in enumerate(rows):
        is_last = number == len(rows) - 1
        glyphs += (_column if layer.vertical else _line)(row, layer, start_px, is_last)
        start_px += _line_px(row, layer)
    starts = tuple(row.cells[0].at if row.cells else -1 for row in rows)
    return Setting(tuple(row.text() for row in rows), tuple(glyphs), starts)


def _cells(marks: Sequence[Mark], size_px: int, *, is_vertical: bool) -> list[_Cell]:
    cells = []
    for at, (char, scale, weight, span, face) in enumerate(marks):
        own_px = size_px if scale == 1 else max(1, round(size_px * scale))
        stands = is_vertical and (char >= "⺀" or char in "—―…“”‘’·")
        if char == "\n":
            step_px = 0.0
        else:
            step_px = float(own_px) if stands else metrics.advance_px(char, own_px, weight, face)
        cells.append(_Cell(char, own_px, weight, span, step_px, stands, face, at))
    return _numbers_upright(cells) if is_vertical else cells


def _numbers_upright(cells: list[_Cell]) -> list[_Cell]:
    """Return the cells of a column with each number of two digits as one upright cell (纵中横)."""
    text = "".join(cell.char for cell in cells)
    for found in reversed(list(_SHORT_NUMBER.finditer(text))):
        first = cells[found.start()]
        pair = first._replace(char=found[0], own_px=float(first.size_px), stands=True)
        cells[found.start() : found.end()] = [pair]
    return cells


def _paragraphs(cells: Sequence[_Cell]) -> list[Sequence[_Cell]]:
    found: list[Sequence[_Cell]] = []
    start = 0
    for at, cell in enumerate(cells):
        if cell.char == "\n":
            found.append(cells[start:at])
            start = at + 1
    found.append(cells[start:])
    return found


def _room_px(layer: Writing) -> int:
    """Return how long a line may be, or a column."""
    return layer.box.h_px if layer.vertical else layer.box.w_px


def _broken(
    cells: Sequence[_Cell], layer: Writing, size_px: int, *, held: Collection[int]
) -> list[_Row]:
    room_px = _room_px(layer)
    whole = _row(cells, layer, room_px, size_px)
    if whole.long_px <= room_px:
        return [whole]
    rows: list[_Row] = []
    start = at = 0
    for first, after in _pieces(cells, layer, held):
        if at > start and _row(cells[start:after], layer, room_px, size_px).long_px > room_px:
            rows.append(_row(cells[start:at], layer, room_px, size_px))
            start = first
            while start < after and cells[start].char.isspace():
                start += 1
        at = after
    rows.append(_row(cells[start:], layer, room_px, size_px))
    return rows


def _pieces(cells: Sequence[_Cell], layer: Writing, held: Collection[int]) -> list[tuple[int, int]]:
    room_px = _room_px(layer)
    found: list[tuple[int, int]] = []
    # Two digits of one cell are a number like any one digit.
    for first, after in chunks("".join(cell.char[0] for cell in cells)):
        begun = found[-1][0] if found and cells[first].at in held else first
        if begun < first and sum(_steps(cells[begun:after], layer)) <= room_px:
            found[-1] = (begun, after)
        elif sum(_steps(cells[first:after], layer)) > room_px:
            # A word longer than a line (a URL) may break anywhere.
            found.extend((at, at + 1) for at in range(first, after))
        else:
            found.append((first, after))
    return found


def _steps(cells: Sequence[_Cell], layer: Writing) -> list[float]:
    """Return the pen's way from each cell to the next; the last one's is its own."""
    steps = [cell.own_px for cell in cells]
    for at in range(len(cells) - 1):
        left, right = cells[at], cells[at + 1]
        gap_px = metrics.gap_px(
            left.char[-1],
            right.char[0],
            min(left.size_px, right.size_px),
            weight=right.weight,
            autospace=layer.autospace,
            face=left.face,
        )
        steps[at] += gap_px + layer.tracking_px
    return steps


def _row(cells: Sequence[_Cell], layer: Writing, room_px: int, size_px: int) -> _Row:
    """Return a line without the spaces at its end, and what it measures.

    A hanging mark measures nothing; any other closing mark as much as has room, half at least.
    """
    end = len(cells)
    while end and cells[end - 1].char.isspace():
        end -= 1
    cells = cells[:end]
    if not cells:
        return _Row((), (), 0.0, size_px)
    steps = _steps(cells, layer)
    long_px, last = sum(steps), cells[-1]
    if long_px > room_px and len(cells) > 1:
        if layer.hang and last.char in HANGING:
            long_px -= last.own_px + layer.tracking_px
        elif metrics.is_trimmable(last.char) and metrics.is_full_width(last.char, last.face):
            long_px = max(long_px - last.own_px / 2, min(long_px, float(room_px)))
    return _Row(cells, steps, long_px, max(cell.size_px for cell in cells))


def _line_px(row: _Row, layer: Writing) -> int:
    return round(row.size_px * layer.line_height)


def _along(row: _Row, layer: Writing, room_px: int, *, is_last: bool) -> tuple[float, float]:
    """Return where a line's pen starts, and what justifying adds to each step."""
    spare_px = room_px - row.long_px
    if layer.align == "justify":
        gaps = len(row.cells) - 1
        return 0.0, spare_px / gaps if gaps and not is_last else 0.0
    share = {"left": 0.0, "center": 0.5, "right": 1.0}[layer.align]
    return float(round(spare_px * share)), 0.0


def _line(row: _Row, layer: Writing, top_px: int, is_last: bool) -> list[Glyph]:
    base_px = top_px + round(row.size_px * _BASELINE)
    pen_px, more_px = _along(row, layer, layer.box.w_px, is_last=is_last)
    glyphs = []
    for cell, step_px in zip(row.cells, row.steps, strict=True):
        at_px = math.floor(pen_px + 0.5)
        if not cell.char.isspace():
            glyphs.append(_glyph(cell, cell.char, (at_px, base_px)))
        pen_px += step_px + more_px
    return glyphs


def _column(row: _Row, layer: Writing, from_right_px: int, is_last: bool) -> list[Glyph]:
    """Return a column's glyphs; the first column stands on the right."""
    middle_px = layer.box.w_px - from_right_px - row.size_px * _LAST_LINE / 2
    pen_px, more_px = _along(row, layer, layer.box.h_px, is_last=is_last)
    glyphs = []
    for cell, step_px in zip(row.cells, row.steps, strict=True):
        if not cell.char.isspace():
            glyphs.append(_in_column(cell, middle_px, pen_px))
        pen_px += step_px + more_px
    return glyphs


def _in_column(cell: _Cell, middle_px: float, pen_px: float) -> Glyph:
    if not cell.stands:
        place = (round(middle_px - cell.size_px * _SIDEWAYS), math.floor(pen_px + 0.5))
        return _glyph(cell, cell.char, place)._replace(is_turned=True)
    char = _COLUMN_FORMS.get(cell.char, cell.char)
    if char != cell.char:
        cell = cell._replace(face=fonts.face_of(char, cell.face))
    wide_px = sum(metrics.advance_px(one, cell.size_px, cell.weight, cell.face) for one in char)
    place = (round(middle_px - wide_px / 2), math.floor(pen_px + cell.size_px * _ASCENT + 0.5))
    return _glyph(cell, char, place)


def _glyph(cell: _Cell, char: str, place: tuple[int, int]) -> Glyph:
    return Glyph(char, *place, cell.size_px, cell.weight, cell.span, face=cell.face)
