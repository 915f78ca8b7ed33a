"""Idea: text and a box to lines that fit it; Chinese is broken by the rules of 避头尾.

Nothing is ever cut silently and no empty box is ever drawn: what does not fit is refused
with the layer's name and what to change.
"""

import functools
import re

import msgspec

from contenthub.errors import Invalid
from contenthub.posters import fonts
from contenthub.posters.layers import Writing

_NO_START = frozenset("，。、；：？！）》」』】〕｝〉”’…—～·％%,.;:?!)]}℃°¢")
_NO_END = frozenset("（《「『【〔｛〈“‘￥$([{#")
_PIECE = re.compile(r"[0-9A-Za-z@_+\-./:,%'&#]+|\n|[^\S\n]+|.")
_ELLIPSIS = "…"


class TextDoesNotFit(Invalid):
    """The text is longer than its box at the smallest size allowed."""

    code = "text_does_not_fit"
    title = "文字放不下，请缩短文字或调大文字框"


class GlyphMissing(Invalid):
    """The text has characters the typeface cannot draw (emoji, very rare characters)."""

    code = "glyph_missing"
    title = "有字体里没有的字，请更换"


class Lines(msgspec.Struct, frozen=True):
    """Text as it will be drawn; `top_px` is the first line's top, counted from the box's."""

    lines: tuple[str, ...]
    size_px: int
    line_px: int
    top_px: int


def fit(text: str, layer: Writing, *, path: str = "") -> Lines:
    """Return the text's lines at the largest size that fits the layer's box.

    `path` names the field in errors (default: the layer's id). Raises `GlyphMissing`, and
    `TextDoesNotFit` when even the smallest size does not fit and no ellipsis is allowed.
    """
    field = path or f"layers.{layer.id}.text"
    text = text.replace("\r\n", "\n").replace("\t", " ").strip()
    missing = fonts.missing_glyphs(text)
    if missing:
        marks = "".join(missing[:10])
        codes = "、".join(f"U+{ord(mark):04X}" for mark in missing[:10])
        raise GlyphMissing.of(
            field,
            f"{layer.called}里的「{marks}」（{codes}）字体画不出来，请删除或换一个字",
        )
    size_px = layer.size_px
    while True:
        found = _fit_at(text, layer, size_px)
        if found is not None:
            return found
        if size_px <= layer.smallest_px:
            break
        size_px = max(layer.smallest_px, size_px - max(1, size_px // 24))
    if layer.ellipsis:
        return _shortened(text, layer)
    raise TextDoesNotFit.of(field, _advice(text, layer))


def width_px(text: str, size_px: int, *, weight: int = 400, tracking_px: int = 0) -> float:
    """Return how wide one line is drawn; spacing counts between characters only."""
    spaces = max(0, len(text) - 1) * tracking_px
    return _advance_px(text, size_px, weight) + spaces


@functools.lru_cache(maxsize=16384)
def _advance_px(text: str, size_px: int, weight: int) -> float:
    return float(fonts.font(size_px, weight).getlength(text))


def _fit_at(text: str, layer: Writing, size_px: int) -> Lines | None:
    line_px = round(size_px * layer.line_height)
    lines = _wrapped(text, layer, size_px)
    fits = len(lines) <= layer.max_lines and _block_px(len(lines), layer, size_px) <= layer.box.h_px
    if not fits or any(_wide(line, layer, size_px) > layer.box.w_px for line in lines):
        return None
    spare_px = layer.box.h_px - _block_px(len(lines), layer, size_px)
    top_px = {"top": 0, "middle": spare_px // 2, "bottom": spare_px}[layer.valign]
    return Lines(tuple(lines), size_px, line_px, top_px)


def _block_px(count: int, layer: Writing, size_px: int) -> int:
    # The last line needs its glyphs' height only: the leading below it is nobody's.
    return round(size_px * layer.line_height) * (count - 1) + round(size_px * 1.1)


def _wide(text: str, layer: Writing, size_px: int) -> float:
    return width_px(text, size_px, weight=layer.weight, tracking_px=layer.tracking_px)


def _wrapped(text: str, layer: Writing, size_px: int) -> list[str]:
    lines: list[str] = []
    for paragraph in text.split("\n"):
        lines.extend(_wrapped_paragraph(paragraph, layer, size_px))
    return lines


def _wrapped_paragraph(text: str, layer: Writing, size_px: int) -> list[str]:
    if _wide(text, layer, size_px) <= layer.box.w_px:
        return [text.strip()]
    lines: list[str] = []
    line, line_px = "", 0.0
    for piece in _pieces(text, layer, size_px):
        piece_px = _wide(piece, layer, size_px) + layer.tracking_px
        if line and line_px + piece_px - layer.tracking_px > layer.box.w_px:
            lines.append(line.rstrip())
            piece = piece.lstrip()
            line, line_px = "", 0.0
            piece_px = _wide(piece, layer, size_px) + layer.tracking_px if piece else 0.0
        line += piece
        line_px += piece_px
    if line.strip():
        lines.append(line.strip())
    return lines or [""]


def _pieces(text: str, layer: Writing, size_px: int) -> list[str]:
    """Return what must stay together: words, numbers, and punctuation with its neighbour."""
    glued: list[str] = []
    for piece in _PIECE.findall(text):
        sticks = glued and (piece[0] in _NO_START or glued[-1][-1] in _NO_END)
        if sticks and _wide(glued[-1] + piece, layer, size_px) <= layer.box.w_px:
            glued[-1] += piece
        elif _wide(piece, layer, size_px) > layer.box.w_px:
            glued.extend(piece)  # a word longer than a line (a URL) may break anywhere
        else:
            glued.append(piece)
    return glued


def _shortened(text: str, layer: Writing) -> Lines:
    low, high = 0, len(text)
    best: Lines | None = None
    while low <= high:
        middle = (low + high) // 2
        found = _fit_at(text[:middle].rstrip() + _ELLIPSIS, layer, layer.smallest_px)
        if found is None:
            high = middle - 1
        else:
            best, low = found, middle + 1
    if best is None:
        raise TextDoesNotFit.of(f"layers.{layer.id}.box", _advice(text, layer))
    return best


def _advice(text: str, layer: Writing) -> str:
    shown = text if len(text) <= 20 else text[:20] + _ELLIPSIS
    room = _room(text, layer)
    return (
        f"{layer.called}放不下「{shown}」（{len(text)} 字，最小字号 "
        f"{layer.smallest_px} 像素下最多约 {room} 字）：请缩短文字，或把框调大、字号调小"
    )


def _room(text: str, layer: Writing) -> int:
    count = len(text)
    while count > 0 and _fit_at(text[:count], layer, layer.smallest_px) is None:
        count -= 1
    return count
