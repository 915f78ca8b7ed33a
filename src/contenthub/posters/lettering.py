"""Idea: laid-out text to pixels; glyphs are drawn once and kept, for most posters share them."""

import functools
from typing import NamedTuple

from PIL import Image, ImageDraw

from contenthub.posters import fonts, layout
from contenthub.posters.layers import TextLayer, Writing
from contenthub.posters.shapes import rgb

_BASELINE = 0.93
"""Share of the size from a line's top to its baseline: 0.88 em above it, a little air."""


class _Mark(NamedTuple):
    """A drawn glyph, and its corner counted from the pen on the baseline."""

    mask: Image.Image
    left_px: int
    top_px: int


def paint_text(canvas: Image.Image, layer: Writing, text: str, *, top_px: int = 0) -> None:
    """Paint the text in the layer's box; `top_px` is the canvas's first row in the image.

    Raises `GlyphMissing` or `TextDoesNotFit`. A text of spaces paints nothing.
    """
    if not text.strip():
        return
    laid = layout.fit(text, layer)
    down_px = layer.box.y_px - top_px + laid.top_px + round(laid.size_px * _BASELINE)
    rich = layer.colour_to is not None or (isinstance(layer, TextLayer) and layer.shadow)
    for number, line in enumerate(laid.lines):
        wide_px = layout.width_px(
            line, laid.size_px, weight=layer.weight, tracking_px=layer.tracking_px
        )
        spare_px = layer.box.w_px - wide_px
        share = {"left": 0.0, "center": 0.5, "right": 1.0}[layer.align]
        at_px = (layer.box.x_px + round(spare_px * share), down_px + number * laid.line_px)
        if rich:
            _paint_rich(canvas, layer, line, at_px=at_px, size_px=laid.size_px)
        else:
            _paint_line(canvas, layer, line, at_px=at_px, size_px=laid.size_px)


def _paint_line(
    canvas: Image.Image, layer: Writing, line: str, *, at_px: tuple[int, int], size_px: int
) -> None:
    ink = rgb(layer.colour) if canvas.mode == "RGB" else 255
    pen_px = float(at_px[0])
    for mark, advance_px in _marks(line, size_px, layer.weight):
        if mark is not None:
            spot = (round(pen_px) + mark.left_px, at_px[1] + mark.top_px)
            canvas.paste(ink, spot, mark.mask)
        pen_px += advance_px + layer.tracking_px


def _paint_rich(
    canvas: Image.Image, layer: Writing, line: str, *, at_px: tuple[int, int], size_px: int
) -> None:
    """Paint a line with a shadow, or in colours blended from its top to its foot."""
    mask = Image.new("L", canvas.size, 0)
    _paint_line(mask, layer, line, at_px=at_px, size_px=size_px)
    if isinstance(layer, TextLayer) and layer.shadow:
        drop_px = max(2, size_px // 24)
        canvas.paste(rgb(layer.shadow), (0, drop_px), mask)
    if layer.colour_to is None:
        canvas.paste(rgb(layer.colour), (0, 0), mask)
        return
    top_px = at_px[1] - round(size_px * 0.86)
    tall_px = round(size_px * 0.98)
    ramp = Image.linear_gradient("L").resize((canvas.width, tall_px))
    blended = Image.composite(
        Image.new("RGB", ramp.size, rgb(layer.colour_to)),
        Image.new("RGB", ramp.size, rgb(layer.colour)),
        ramp,
    )
    canvas.paste(blended, (0, top_px), mask.crop((0, top_px, canvas.width, top_px + tall_px)))


@functools.lru_cache(maxsize=2048)
def _marks(line: str, size_px: int, weight: int) -> tuple[tuple[_Mark | None, float], ...]:
    """Return the line's marks, each with how far the pen moves on.

    Glyph by glyph where that is where the shaper puts them; a line with kerned pairs is one
    mark, so that "AV" looks as its designer meant.
    """
    face = fonts.font(size_px, weight)
    advances = [_advance_px(char, size_px, weight) for char in line]
    whole_px = float(face.getlength(line))
    if abs(sum(advances) - whole_px) > 0.1:
        return ((_draw_mark(line, size_px, weight), whole_px),)
    marks = (_glyph(char, size_px, weight) for char in line)
    return tuple(zip(marks, advances, strict=True))


@functools.lru_cache(maxsize=16384)
def _advance_px(char: str, size_px: int, weight: int) -> float:
    return float(fonts.font(size_px, weight).getlength(char))


@functools.lru_cache(maxsize=4096)
def _glyph(char: str, size_px: int, weight: int) -> _Mark | None:
    return _draw_mark(char, size_px, weight)


def _draw_mark(text: str, size_px: int, weight: int) -> _Mark | None:
    face = fonts.font(size_px, weight)
    left, top, right, bottom = (round(edge) for edge in face.getbbox(text, anchor="ls"))
    if right <= left or bottom <= top:
        return None
    mask = Image.new("L", (right - left, bottom - top), 0)
    ImageDraw.Draw(mask).text((-left, -top), text, font=face, fill=255, anchor="ls")
    return _Mark(mask, left, top)
