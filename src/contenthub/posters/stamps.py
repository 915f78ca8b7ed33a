"""Idea: what a layer leaves on the canvas, as stamps: a colour or picture through a mask.

Pasting a stamp works pixel by pixel. A part of the canvas stamped alone is therefore, byte for
byte, that part of the whole canvas stamped: this is what lets splice.py draw only bands.
"""

import functools
import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, TypeAlias

from PIL import Image, ImageChops, ImageFilter

from contenthub.posters.colours import Colour, rgb
from contenthub.posters.looks import Box, Shadow

Ink: TypeAlias = Colour | Image.Image
GROUNDED_PX = 128 * 128
"""A larger letter is blended each time: its pictures would fill a painter's memory."""


class Stamp(NamedTuple):
    """A colour or an RGB picture, its mask (None: all of the picture), and its corner in px."""

    x_px: int
    y_px: int
    ink: Ink
    mask: Image.Image | None

    @property
    def size(self) -> tuple[int, int]:
        """Return width and height in px."""
        if self.mask is not None:
            return self.mask.size
        return self.ink.size if isinstance(self.ink, Image.Image) else (0, 0)

    @property
    def box(self) -> Box:
        """Return the stamp's place."""
        return Box(self.x_px, self.y_px, *self.size)


def press(canvas: Image.Image, stamps: Iterable[Stamp], *, top_px: int = 0) -> None:
    """Paste the stamps in their order; `top_px` is the canvas's first row in the whole image."""
    core = canvas.im
    for stamp in stamps:
        x_px, y_px, ink, mask = stamp
        wide, tall = stamp.size
        place = (x_px, y_px - top_px, x_px + wide, y_px - top_px + tall)
        # Image.paste without its twenty lines of Python: a poster has as many glyphs.
        core.paste(
            ink if isinstance(ink, tuple) else ink.im, place, *(() if mask is None else (mask.im,))
        )


def around(stamps: Iterable[Stamp]) -> Box | None:
    """Return the smallest box that holds all the stamps; None where they leave nothing."""
    edges = [
        (x_px, y_px, x_px + wide, y_px + tall)
        for x_px, y_px, (wide, tall) in ((one.x_px, one.y_px, one.size) for one in stamps)
        if wide > 0 and tall > 0
    ]
    if not edges:
        return None
    lefts, tops, rights, bottoms = zip(*edges, strict=True)
    left, top = min(lefts), min(tops)
    return Box(left, top, max(rights) - left, max(bottoms) - top)


def grounded(stamps: Iterable[Stamp], ground: Colour) -> list[Stamp]:
    """Return stamps that leave the same on a ground of one colour, most of them whole pictures.

    Pasting those is copying, a tenth of the work of blending through a mask.
    """
    found = []
    free_px = -math.inf
    for stamp in stamps:
        x_px, y_px, ink, mask = stamp
        wide, tall = stamp.size
        is_small = wide * tall <= GROUNDED_PX
        # One that stands right of all before it meets none of them.
        if x_px >= free_px and is_small and mask is not None and isinstance(ink, tuple):
            stamp = Stamp(x_px, y_px, _on_ground(mask.im, ink, ground), None)
        free_px = max(free_px, x_px + wide)
        found.append(stamp)
    return found


# With GROUNDED_PX 67 MB at most, where every letter is as large as may be; 6 MB of a poster's.
@functools.lru_cache(maxsize=1024)
def _on_ground(mask: Any, ink: Colour, ground: Colour) -> Image.Image:
    """Return a colour through a mask (Pillow's core of it: one object, one key) on a ground."""
    picture = Image.new("RGB", mask.size, ground)
    picture.im.paste(ink, (0, 0, *mask.size), mask)
    return picture


def faded(mask: Image.Image, share: float) -> Image.Image:
    """Return the mask with each level multiplied by a share."""
    return mask.point(_levels(round(share * 1000))) if share < 1 else mask


@functools.lru_cache(maxsize=256)
def _levels(thousandths: int) -> list[int]:
    return [round(level * thousandths / 1000) for level in range(256)]


def merged(stamps: Sequence[Stamp]) -> Stamp | None:
    """Return one stamp that looks like several one above the other; None for none."""
    seen = [stamp for stamp in stamps if min(stamp.size) > 0]
    if not seen:
        return None
    if len(seen) == 1:
        return _masked(seen[0])
    place = seen[0].box
    for stamp in seen[1:]:
        place = place.joined(stamp.box)
    inks = {stamp.ink for stamp in seen if isinstance(stamp.ink, tuple)}
    if len(inks) == 1 and all(isinstance(stamp.ink, tuple) for stamp in seen):
        mask = Image.new("L", (place.w_px, place.h_px), 0)
        for stamp in seen:
            mask.paste(255, (stamp.x_px - place.x_px, stamp.y_px - place.y_px), stamp.mask)
        return Stamp(place.x_px, place.y_px, inks.pop(), mask)
    sheet = Image.new("RGBA", (place.w_px, place.h_px), (0, 0, 0, 0))
    for stamp in seen:
        at_px = (stamp.x_px - place.x_px, stamp.y_px - place.y_px)
        sheet.alpha_composite(with_alpha(_masked(stamp)), at_px)
    return Stamp(place.x_px, place.y_px, sheet.convert("RGB"), sheet.getchannel("A"))


def cut(stamp: Stamp, form: Image.Image, at_px: tuple[int, int]) -> Stamp:
    """Return the stamp seen only through a form whose corner lies at a point of the canvas."""
    whole = Image.new("L", stamp.size, 0)
    whole.paste(form, (at_px[0] - stamp.x_px, at_px[1] - stamp.y_px))
    shown = _masked(stamp)
    assert shown.mask is not None
    return shown._replace(mask=ImageChops.multiply(shown.mask, whole))


def turned(stamp: Stamp, degrees: float, about: tuple[float, float]) -> Stamp:
    """Return the stamp turned clockwise about a point of the canvas, edges smooth."""
    shown = _masked(stamp)
    assert shown.mask is not None
    picture = shown.mask if isinstance(shown.ink, tuple) else with_alpha(shown)
    wide, tall = picture.size
    # To the corner of the sheet that holds the turned picture, whole pixels from the canvas's.
    middle = (about[0] - stamp.x_px, about[1] - stamp.y_px)
    corners = [_spun(x, y, degrees, middle) for x in (0, wide) for y in (0, tall)]
    left, top = (int(min(axis) // 1) - 1 for axis in zip(*corners, strict=True))
    right, bottom = (int(max(axis) // 1) + 2 for axis in zip(*corners, strict=True))
    out = picture.transform(
        (right - left, bottom - top),
        Image.Transform.AFFINE,
        _affine(degrees, middle, (left, top)),
        Image.Resampling.BICUBIC,
    )
    place = (stamp.x_px + left, stamp.y_px + top)
    if isinstance(shown.ink, tuple):
        return Stamp(*place, shown.ink, out)
    return Stamp(*place, out.convert("RGB"), out.getchannel("A"))


def cast(stamp: Stamp, shadow: Shadow) -> Stamp:
    """Return the shadow a stamp throws, to be pressed before it."""
    shown = _masked(stamp)
    assert shown.mask is not None
    margin_px = 3 * shadow.blur_px
    mask = shown.mask
    if margin_px:
        mask = Image.new("L", (mask.width + 2 * margin_px, mask.height + 2 * margin_px), 0)
        mask.paste(shown.mask, (margin_px, margin_px))
        mask = mask.filter(ImageFilter.GaussianBlur(shadow.blur_px))
    return Stamp(
        stamp.x_px + shadow.right_px - margin_px,
        stamp.y_px + shadow.down_px - margin_px,
        rgb(shadow.colour),
        faded(mask, shadow.opacity),
    )


def cropped(stamp: Stamp, place: Box) -> Stamp | None:
    """Return the part of the stamp inside a box, or None where there is none."""
    left, top = max(stamp.x_px, place.x_px), max(stamp.y_px, place.y_px)
    right = min(stamp.box.right_px, place.right_px)
    bottom = min(stamp.box.bottom_px, place.bottom_px)
    if right <= left or bottom <= top:
        return None
    window = (left - stamp.x_px, top - stamp.y_px, right - stamp.x_px, bottom - stamp.y_px)
    ink = stamp.ink.crop(window) if isinstance(stamp.ink, Image.Image) else stamp.ink
    mask = stamp.mask.crop(window) if stamp.mask is not None else None
    return Stamp(left, top, ink, mask)


def _masked(stamp: Stamp) -> Stamp:
    return stamp if stamp.mask is not None else stamp._replace(mask=Image.new("L", stamp.size, 255))


def with_alpha(stamp: Stamp) -> Image.Image:
    """Return a stamp that has a mask (as merged ones have) as a picture with alpha."""
    assert stamp.mask is not None
    if isinstance(stamp.ink, tuple):
        ink = Image.new("RGB", stamp.size, stamp.ink)
    else:
        ink = stamp.ink.copy()
    ink.putalpha(stamp.mask)
    return ink


def _spun(x: float, y: float, degrees: float, about: tuple[float, float]) -> tuple[float, float]:
    cos, sin = _turn(degrees)
    right, down = x - about[0], y - about[1]
    return about[0] + right * cos - down * sin, about[1] + right * sin + down * cos


def _affine(
    degrees: float, about: tuple[float, float], corner: tuple[int, int]
) -> tuple[float, float, float, float, float, float]:
    """Return where each pixel of the turned sheet comes from, in Pillow's order."""
    cos, sin = _turn(degrees)
    right, down = corner[0] - about[0], corner[1] - about[1]
    return (
        *(cos, sin, about[0] + right * cos + down * sin),
        *(-sin, cos, about[1] - right * sin + down * cos),
    )


@functools.lru_cache(maxsize=256)
def _turn(degrees: float) -> tuple[float, float]:
    turn = math.radians(degrees)
    return math.cos(turn), math.sin(turn)
