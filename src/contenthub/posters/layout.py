"""Idea: text and a box to placed characters; Chinese is broken by the rules of 避头尾.

Nothing is ever cut silently and no empty box is ever drawn: what does not fit is refused
with the layer's name and what to change.
"""

import itertools
import re
import unicodedata
from collections.abc import Callable, Collection
from typing import NamedTuple

from contenthub.errors import Invalid
from contenthub.posters import fonts, metrics, setting
from contenthub.posters.layers import Writing
from contenthub.posters.setting import Glyph, Mark

InsideWords = Callable[[str], Collection[int]]
"""Tells of a text the places before which a line would cut a word."""
_ELLIPSIS = "…"
_DASH = re.compile(r"—(?=[—⺀-鿿＀-￯])|(?<=[—⺀-鿿＀-￯])—")
"""破折号 beside Chinese: a full em wide, so that two are one line without a gap."""


class TextDoesNotFit(Invalid):
    """The text is longer than its box at the smallest size allowed."""

    code = "text_does_not_fit"
    title = "文字放不下，请缩短文字或调大文字框"


class GlyphMissing(Invalid):
    """The text has characters the typeface cannot draw (emoji, very rare characters)."""

    code = "glyph_missing"
    title = "有字体里没有的字，请更换"


class Lines(NamedTuple):
    """Text as it will be drawn: its lines, the size it has, and each character's place.

    Places count from the box's top left corner; a line is a column where the text is vertical.
    """

    lines: tuple[str, ...]
    size_px: int
    glyphs: tuple[Glyph, ...]


def fit(
    text: str,
    layer: Writing,
    *,
    path: str = "",
    inside_words: InsideWords | None = None,
) -> Lines:
    """Return where a text (or, if it has any, the layer's spans) stands at the largest size.

    `path` names the field in errors (default: the layer's id). `inside_words` tells of a text
    the places where a line had better not end; it changes neither size nor number of lines, and
    is asked only of a text that has several. Raises `GlyphMissing`, and `TextDoesNotFit` when
    even the smallest size does not fit and no ellipsis is allowed.
    """
    field = path or f"layers.{layer.id}.text"
    marks = _marks(text, layer)
    _check_glyphs("".join(mark.char for mark in marks), layer, field)
    size_px = layer.size_px
    while True:
        found = _set(marks, layer, size_px, inside_words=inside_words)
        if found is not None:
            return _lines(found, size_px)
        if size_px <= layer.smallest_px:
            break
        size_px = max(layer.smallest_px, size_px - max(1, size_px // 24))
    if layer.ellipsis:
        return _shortened(marks, layer)
    raise TextDoesNotFit.of(field, _advice(marks, layer))


def _set(
    marks: list[Mark], layer: Writing, size_px: int, *, inside_words: InsideWords | None
) -> setting.Setting | None:
    """Return the marks set at a size, words whole where that takes no line more."""
    found = setting.set_at(marks, layer, size_px)
    if found is None or inside_words is None or len(found.lines) == 1:
        return found
    inside = inside_words("".join(mark.char for mark in marks))
    best, held = found, set[int]()
    # All words whole, else one by one those whose wholeness cuts no other.
    for word in (set(inside), *(_around(start, inside) for start in found.starts)):
        kept = setting.set_at(marks, layer, size_px, held=held | word) if word else None
        if kept is None or len(kept.lines) != len(found.lines):
            continue
        if _cuts(kept, inside) < _cuts(best, inside):
            best, held = kept, held | word
    return best


def _cuts(found: setting.Setting, inside: Collection[int]) -> int:
    return sum(start in inside for start in found.starts)


def _around(start: int, inside: Collection[int]) -> set[int]:
    """Return the places inside the word that a line starting at `start` cuts, if it cuts one."""
    first = after = start
    while first in inside:
        first -= 1
    while after in inside:
        after += 1
    return set(range(first + 1, after))


def width_px(  # what a line's look is
    text: str,
    size_px: int,
    *,
    weight: int = 400,
    tracking_px: int = 0,
    autospace: bool = True,
    face: str = fonts.SANS,
) -> float:
    """Return how wide one line is drawn; spacing counts between characters only."""
    marks = [(char, fonts.face_of(char, face)) for char in _clean(text)]
    total = sum(metrics.advance_px(char, size_px, weight, drawn_by) for char, drawn_by in marks)
    for (left, drawn_by), (right, _) in itertools.pairwise(marks):
        gap = metrics.gap_px(
            left, right, size_px, weight=weight, autospace=autospace, face=drawn_by
        )
        total += gap + tracking_px
    return total


def _lines(found: setting.Setting, size_px: int) -> Lines:
    return Lines(found.lines, size_px, found.glyphs)


def _marks(text: str, layer: Writing) -> list[Mark]:
    if not layer.spans:
        return [
            Mark(char, 1.0, layer.weight, -1, fonts.face_of(char, layer.font))
            for char in _clean(text).strip()
        ]
    marks = [
        Mark(
            char,
            span.scale,
            span.weight or layer.weight,
            number,
            fonts.face_of(char, layer.font),
        )
        for number, span in enumerate(layer.spans)
        for char in _clean(span.text)
    ]
    while marks and marks[0].char.isspace():
        marks.pop(0)
    while marks and marks[-1].char.isspace():
        marks.pop()
    return marks


def _clean(text: str) -> str:
    """Return the text with one kind of line break, no tabs, and accents on their letters."""
    plain = text.replace("\r\n", "\n").replace("\t", " ")
    if plain.isascii():
        return plain
    return _DASH.sub("―", unicodedata.normalize("NFC", plain))


def _check_glyphs(text: str, layer: Writing, field: str) -> None:
    missing = fonts.missing_glyphs(text, layer.font)
    if not missing:
        return
    shown = "".join(mark for mark in missing[:10] if mark.isprintable() and _stands(mark))
    shown = f"「{shown}」" if shown else "看不见或叠在别的字上的字符"
    codes = "、".join(f"U+{ord(mark):04X}" for mark in missing[:10])
    # An emoji or a mark on a letter is drawn by no face: naming a font would lead astray.
    font = "，或上传含有这个字的字体" if all(map(fonts.may_be_spared, missing)) else ""
    raise GlyphMissing.of(
        field, f"{layer.called}里的{shown}（{codes}）字体画不出来，请删除或换一个字{font}"
    )


def _stands(mark: str) -> bool:
    """Return whether a character is seen by itself, not only upon the one before it."""
    return unicodedata.category(mark) not in ("Mn", "Me", "Cf")


def _shortened(marks: list[Mark], layer: Writing) -> Lines:
    low, high = 0, len(marks)
    best: Lines | None = None
    while low <= high:
        middle = (low + high) // 2
        kept = marks[:middle]
        while kept and kept[-1].char.isspace():
            kept.pop()
        last = kept[-1] if kept else Mark("", 1.0, layer.weight, -1)
        found = setting.set_at([*kept, _cut_mark(last, layer)], layer, layer.smallest_px)
        if found is None:
            high = middle - 1
        else:
            best, low = _lines(found, layer.smallest_px), middle + 1
    if best is None:
        raise TextDoesNotFit.of(f"layers.{layer.id}.box", _advice(marks, layer))
    return best


def _cut_mark(last: Mark, layer: Writing) -> Mark:
    """Return the ellipsis that follows a mark, in its looks."""
    return last._replace(char=_ELLIPSIS, face=fonts.face_of(_ELLIPSIS, layer.font))


def _advice(marks: list[Mark], layer: Writing) -> str:
    text = "".join(mark.char for mark in marks)
    shown = text if len(text) <= 20 else text[:20] + _ELLIPSIS
    return (
        f"{layer.called}放不下「{shown}」（{len(text)} 字，最小字号 "
        f"{layer.smallest_px} 像素下最多约 {_room(marks, layer)} 字）："
        "请缩短文字，或把框调大、字号调小"
    )


def _room(marks: list[Mark], layer: Writing) -> int:
    low, high = 0, len(marks)
    while low < high:
        middle = (low + high + 1) // 2
        fits = setting.set_at(marks[:middle], layer, layer.smallest_px) is not None
        low, high = (middle, high) if fits else (low, middle - 1)
    return low
