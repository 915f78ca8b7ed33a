"""Idea: laid-out text to stamps; glyphs are drawn once and kept, for most posters share them."""

import functools
from typing import NamedTuple

from PIL import Image, ImageDraw

from contenthub.posters import fonts, layout
from contenthub.posters.breaking import inside_words
from contenthub.posters.colours import Colour, rgb
from contenthub.posters.layers import Writing
from contenthub.posters.setting import Glyph
from contenthub.posters.stamps import Stamp, merged


class _Drawn(NamedTuple):
    """A drawn glyph, and its corner counted from the pen on the baseline."""

    mask: Image.Image
    left_px: int
    top_px: int


def text_stamps(layer: Writing, *, keeps_words: bool = False) -> list[Stamp]:
    """Return the stamps of a layer's text, its variables filled already.

    With `keeps_words` no line ends inside a common word where another break fits as well.
    Raises `GlyphMissing` or `TextDoesNotFit`. A text of spaces leaves none.
    """
    # Of somebody's, in ink that all glyphs share; an own face may not be here at first.
    if keeps_words or layer.colour_to is not None or layer.font not in fonts.SHIPPED:
        return _stamps(layer, keeps_words=keeps_words)
    return list(_seen(layer))


# Few: names differ, but a branch's or a title's words are on the next poster too.
@functools.lru_cache(maxsize=256)
def _seen(layer: Writing) -> tuple[Stamp, ...]:
    return tuple(_stamps(layer, keeps_words=False))


def _stamps(layer: Writing, *, keeps_words: bool) -> list[Stamp]:
    if not layer.words.strip():
        return []
    laid = layout.fit(layer.text, layer, inside_words=inside_words if keeps_words else None)
    stamps: list[Stamp] = []
    if layer.stroke is not None and layer.stroke_px:
        stamps += _pressed(laid.glyphs, layer, [rgb(layer.stroke)], stroke_px=layer.stroke_px)
    if layer.colour_to is None:
        return stamps + _pressed(laid.glyphs, layer, _inks(layer))
    return stamps + _blended(laid.glyphs, layer)


def _inks(layer: Writing) -> list[Colour]:
    """Return the colour of each span, the layer's own last: at place -1."""
    own = rgb(layer.colour)
    return [*(rgb(span.colour) if span.colour else own for span in layer.spans), own]


def _pressed(
    glyphs: tuple[Glyph, ...], layer: Writing, inks: list[Colour], *, stroke_px: int = 0
) -> list[Stamp]:
    left_px, top_px = layer.box.x_px, layer.box.y_px
    stamps = []
    for char, x_px, y_px, size_px, weight, span, is_turned, face in glyphs:
        look = (size_px, weight, face)
        drawn = _drawn(char, look, stroke_px=stroke_px, is_turned=is_turned)
        if drawn is not None:
            ink = inks[span] if len(inks) > 1 else inks[0]
            mask, right_px, down_px = drawn
            place = (left_px + x_px + right_px, top_px + y_px + down_px)
            stamps.append(Stamp(*place, ink, mask))
    return stamps


def _blended(glyphs: tuple[Glyph, ...], layer: Writing) -> list[Stamp]:
    """Return each line in colours blended from its top to its foot."""
    stamps = []
    assert layer.colour_to is not None
    for base_px in sorted({glyph.y_px for glyph in glyphs}):
        line = tuple(glyph for glyph in glyphs if glyph.y_px == base_px)
        one = merged(_pressed(line, layer, [rgb(layer.colour)]))
        if one is None:
            continue
        size_px = max(glyph.size_px for glyph in line)
        top_px = layer.box.y_px + base_px - round(size_px * 0.86) - one.y_px
        ramp = _ramp(layer.colour, layer.colour_to, round(size_px * 0.98))
        ink = Image.new("RGB", one.size, rgb(layer.colour))
        ink.paste(rgb(layer.colour_to), (0, max(0, top_px + ramp.height), *one.size))
        ink.paste(ramp.resize((one.size[0], ramp.height)), (0, top_px))
        stamps.append(one._replace(ink=ink))
    return stamps


@functools.lru_cache(maxsize=64)
def _ramp(colour: str, colour_to: str, tall_px: int) -> Image.Image:
    shares = Image.linear_gradient("L").resize((1, tall_px))
    ink, ink_to = (Image.new("RGB", shares.size, rgb(one)) for one in (colour, colour_to))
    return Image.composite(ink_to, ink, shares)


@functools.lru_cache(maxsize=4096)
def _drawn(
    text: str, look: tuple[int, int, str], *, stroke_px: int = 0, is_turned: bool = False
) -> _Drawn | None:
    """Return a glyph in a look: size in px, weight, face; None where there is no ink."""
    face = fonts.font(*look)
    edges = face.getbbox(text, anchor="ls", stroke_width=stroke_px)
    left, top, right, bottom = (round(edge) for edge in edges)
    if right <= left or bottom <= top:
        return None
    mask = Image.new("L", (right - left, bottom - top), 0)
    pen = ImageDraw.Draw(mask)
    pen.text((-left, -top), text, font=face, fill=255, anchor="ls", stroke_width=stroke_px)
    if is_turned:
        return _Drawn(mask.transpose(Image.Transpose.ROTATE_270), -bottom, left)
    return _Drawn(mask, left, top)
