"""Idea: how wide characters and the gaps between them are; the same with and without a shaper.

Widths are the typeface's own, never hinted, so that a browser that draws the same file agrees
(tests/browser/test_type.py). Gaps are kerned pairs of Latin (scripts/kerning.py), an eighth of
an em between Chinese and Latin (CSS text-autospace), and half an em less between two full-width
marks (CSS text-spacing-trim). Faces beside the shipped 黑体 are not kerned.
"""

import functools
import json
import unicodedata
from importlib import resources

from contenthub.posters import fonts

UNITS = 1000
"""Units of the typeface's em: at this size in px, widths are whole units."""
AUTOSPACE_EM = 0.125

_FULL_EM = 0.9

_OPENING = frozenset("（《「『【〔｛〈“‘［〖")
_CLOSING = frozenset("，。、；：）》」』】〕｝〉”’］〗．")
_MIDDLE = frozenset("・")


@functools.lru_cache(maxsize=32768)
def advance_px(mark: str, size_px: int, weight: int = 400, face: str = fonts.SANS) -> float:
    """Return how far one character moves the pen, to a 64th of a pixel."""
    if face != fonts.SANS:
        return round(fonts.widths(face)[ord(mark)] * size_px * 64) / 64
    return _at(_units(mark, weight), size_px)


@functools.lru_cache(maxsize=65536)
def gap_px(
    left: str,
    right: str,
    size_px: int,
    *,
    weight: int = 400,
    autospace: bool = True,
    face: str = fonts.SANS,
) -> float:
    """Return what lies between two neighbours of one size: kerning, air, or less than none.

    `face` is the one that draws the left of them.
    """
    gap = kern_px(left, right, size_px, weight) if face == fonts.SANS else 0.0
    if not gap and trims(left, right) and is_full_width(left, face):
        return -size_px / 2
    if autospace and airs(left, right):
        return size_px * AUTOSPACE_EM
    return gap


def kern_px(left: str, right: str, size_px: int, weight: int) -> float:
    """Return how much nearer (below 0) a pair of Latin characters stands."""
    if left > "~" or right > "~":
        return 0.0
    kerns = _kerning().get(left + right)
    return _at(kerns[_place(weight)], size_px) if kerns else 0.0


def trims(left: str, right: str) -> bool:
    """Return whether the air between two full-width marks is half of what both bring."""
    if right in _OPENING:
        return left in _OPENING or left in _CLOSING or left in _MIDDLE
    return left in _CLOSING and (right in _CLOSING or right in _MIDDLE)


def is_trimmable(mark: str) -> bool:
    """Return whether a mark's right half is empty, so that a line may end in its middle."""
    return mark in _CLOSING


def is_full_width(mark: str, face: str) -> bool:
    """Return whether a mark takes a whole em, half of it air: not all faces set marks so."""
    return face == fonts.SANS or fonts.widths(face).get(ord(mark), 1.0) >= _FULL_EM


def airs(left: str, right: str) -> bool:
    """Return whether a Chinese and a Latin character (or number) meet without a space."""
    return (is_ideograph(left) and _is_latin(right)) or (_is_latin(left) and is_ideograph(right))


def is_ideograph(mark: str) -> bool:
    """Return whether a character is a Han character, kana or bopomofo."""
    return mark >= "⺀" and (
        "一" <= mark <= "鿿"
        or "㐀" <= mark <= "䶿"
        or "ぁ" <= mark <= "ヿ"
        or mark in "々〇"
        or "豈" <= mark <= "\ufaff"
        or mark >= "\U00020000"
    )


def _is_latin(mark: str) -> bool:
    if mark < "\x80":
        return mark.isalnum() or mark in "%@#&"  # as Chromium sets them
    return mark < "⺀" and unicodedata.category(mark)[0] in "LN"


@functools.lru_cache(maxsize=32768)
def _units(mark: str, weight: int) -> float:
    return float(fonts.font(UNITS, weight).getlength(mark))


def _at(units: float, size_px: int) -> float:
    return round(units * size_px * 64 / UNITS) / 64


@functools.cache
def _kerning() -> dict[str, list[float]]:
    text = resources.files("contenthub.posters").joinpath("kerning.json").read_text("utf-8")
    pairs: dict[str, list[float]] = json.loads(text)
    return pairs


@functools.cache
def _place(weight: int) -> int:
    return fonts.WEIGHTS.index(weight)
