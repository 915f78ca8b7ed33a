"""Small typefaces for tests: squares, named and licensed as a test wants them."""

import functools
import io
from typing import Any

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen


@functools.cache
def made_font(
    text: str, *, advance: int = 1000, rights: int = 0, family: str = "清源品牌体", **over: Any
) -> bytes:
    """Return a TTF in which each character of a text is a square."""
    text = "".join(dict.fromkeys(text))
    names = [".notdef", *(f"u{ord(mark):04X}" for mark in text)]
    pen = TTGlyphPen(None)
    for place, point in enumerate(((50, 0), (50, 700), (650, 700), (650, 0))):
        (pen.moveTo if not place else pen.lineTo)(point)
    pen.closePath()
    square = pen.glyph()
    built = FontBuilder(1000, isTTF=True)
    built.setupGlyphOrder(names)
    built.setupCharacterMap({ord(mark): f"u{ord(mark):04X}" for mark in text})
    built.setupGlyf(dict.fromkeys(names, square))
    built.setupHorizontalMetrics(dict.fromkeys(names, (advance, 50)))
    built.setupHorizontalHeader(ascent=880, descent=-120)
    built.setupNameTable({"familyName": {"en": "Test", "zh": family}, "styleName": "Bold"})
    built.setupOS2(fsType=rights, usWeightClass=700, **over)
    built.setupPost()
    out = io.BytesIO()
    built.save(out)
    return out.getvalue()
