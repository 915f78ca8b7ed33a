"""Idea: the one shipped typeface, by size and weight, and what it cannot draw."""

import functools
from importlib import resources
from pathlib import Path

from fontTools.ttLib import TTFont
from PIL import ImageFont

FACE_INDEX = 2
"""Simplified Chinese face of the collection; index 0 would draw Japanese shapes."""

WEIGHTS = (400, 500, 700, 900)
"""Weights a template may ask for; the variable font could draw any from 100 to 900."""


@functools.cache
def font_path() -> Path:
    """Return the file of the Noto Sans CJK collection (package manimgx-fonts-cjk, OFL-1.1)."""
    folder = resources.files("manimgx_fonts_cjk")
    return Path(str(folder.joinpath("NotoSansCJK-VF.otf.ttc")))


@functools.lru_cache(maxsize=256)
def font(size_px: int, weight: int = 400) -> ImageFont.FreeTypeFont:
    """Return the face at a size and weight; the same object for the same arguments."""
    face = ImageFont.truetype(
        str(font_path()), size_px, index=FACE_INDEX, layout_engine=ImageFont.Layout.RAQM
    )
    # Without this the variable font draws its default weight, Thin.
    face.set_variation_by_axes([weight])
    return face


@functools.cache
def code_points() -> frozenset[int]:
    """Return every code point the face has a glyph for (44,810 in the pinned package)."""
    with TTFont(str(font_path()), fontNumber=FACE_INDEX, lazy=True) as face:
        return frozenset(face.getBestCmap())


def missing_glyphs(text: str) -> list[str]:
    """Return the characters of the text that would be drawn as empty boxes, each once, in order.

    Line breaks and spaces of any kind need no glyph.
    """
    known = code_points()
    return list(
        dict.fromkeys(mark for mark in text if ord(mark) not in known and not mark.isspace())
    )
