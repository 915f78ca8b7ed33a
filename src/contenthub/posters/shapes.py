"""Idea: vector layers (shapes, rays, gradients) to stamps; edges are smooth, nothing is read."""

import functools
import itertools
import math
from typing import NamedTuple

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from contenthub.posters.colours import rgb
from contenthub.posters.layers import GradientLayer, ShapeLayer, Stop
from contenthub.posters.looks import Box, Clip
from contenthub.posters.stamps import Stamp

Point = tuple[float, float]

_LEVEL = 1e-12
"""A step of a gradient that is none: the cosine of a right angle is not quite 0."""
_FINE_AREA_PX = 300_000
"""Shapes smaller than this are drawn 4 times finer, larger ones twice: memory, not looks."""


class _Sheet(NamedTuple):
    """A mask being drawn finer than the canvas, and where its corner lies on the canvas."""

    mask: Image.Image
    region: Box
    scale: int

    def pen(self) -> ImageDraw.ImageDraw:
        """Return what draws on the mask."""
        return ImageDraw.Draw(self.mask)

    def spot(self, x_px: float, y_px: float) -> Point:
        """Return a canvas point in the mask's finer pixels."""
        return ((x_px - self.region.x_px) * self.scale, (y_px - self.region.y_px) * self.scale)

    def done(self) -> Image.Image:
        """Return the mask at the canvas's size."""
        return self.mask.reduce(self.scale)


def shape_stamps(layer: ShapeLayer, within: Box | None) -> list[Stamp]:
    """Return the shape's fill, then its stroke; `within` bounds what has to be drawn."""
    region = visible(layer.box, within, margin_px=3 * layer.blur_px + _outside_px(layer))
    stamps: list[Stamp] = []
    if region is None:
        return stamps
    if layer.fill is not None and layer.shape != "line":
        sheet = _sheet(region)
        _outline(sheet, layer)
        stamps.append(_stamp(sheet, layer, colour=layer.fill))
    if layer.stroke is not None and layer.stroke_px:
        sheet = _sheet(region)
        _stroke(sheet, layer)
        stamps.append(_stamp(sheet, layer, colour=layer.stroke))
    return stamps


def _outside_px(layer: ShapeLayer) -> int:
    """Return how far a stroke stands out of its box: half of it, along lines between points."""
    along = layer.shape in ("line", "polygon", "curve")
    return layer.stroke_px if along and layer.stroke is not None else 0


def gradient_stamps(layer: GradientLayer, within: Box | None) -> list[Stamp]:
    """Return the blend, its corners rounded as told; `within` bounds what has to be drawn."""
    region = visible(layer.box, within)
    if region is None:
        return []
    size = (region.w_px, region.h_px)
    ramp = _ramp(layer, region)
    merged = Image.merge("RGB", [ramp.point(_curve(layer.stops, part)) for part in range(3)])
    colours = _spread(merged, size)
    opaque = all(stop.opacity == 1 for stop in layer.stops)
    if opaque and not layer.radius_px:
        return [Stamp(region.x_px, region.y_px, colours, None)]
    alpha = _spread(ramp.point(_curve(layer.stops, 3)), size)
    if layer.radius_px:
        sheet = _sheet(region)
        radius = layer.radius_px * sheet.scale
        sheet.pen().rounded_rectangle(_corners(sheet, layer.box), radius, fill=255)
        alpha = ImageChops.multiply(alpha, sheet.done())
    return [Stamp(region.x_px, region.y_px, colours, alpha)]


def clip_form(clip: Clip, box: Box, within: Box | None) -> tuple[Image.Image, tuple[int, int]]:
    """Return the mask a layer's box is cut to, and the canvas point of the mask's corner."""
    region = visible(box, within) or Box(box.x_px, box.y_px, 1, 1)
    part = region.shifted(-box.x_px, -box.y_px)
    return _clip_mask(clip, box.w_px, box.h_px, part), (region.x_px, region.y_px)


@functools.lru_cache(maxsize=32)
def _clip_mask(clip: Clip, w_px: int, h_px: int, part: Box) -> Image.Image:
    """Return the part of a clip's mask; kept, for a personal layer asks for it each time."""
    sheet, box = _sheet(part), Box(0, 0, w_px, h_px)
    pen, corners = sheet.pen(), _corners(sheet, box)
    if clip.form == "ellipse":
        pen.ellipse(corners, fill=255)
    elif clip.form == "rounded":
        pen.rounded_rectangle(corners, clip.radius_px * sheet.scale, fill=255)
    else:
        path = _path(sheet, box, clip.points, smooth=clip.form == "curve")
        pen.polygon(path, fill=255)
    return sheet.done()


def disc(width_px: int, height_px: int, radius_px: int | None = None) -> Image.Image:
    """Return a smooth mask: an ellipse, or a rectangle with rounded corners."""
    sheet = _sheet(Box(0, 0, width_px, height_px))
    corners = _corners(sheet, sheet.region)
    if radius_px is None:
        sheet.pen().ellipse(corners, fill=255)
    else:
        sheet.pen().rounded_rectangle(corners, radius_px * sheet.scale, fill=255)
    return sheet.done()


def edge(width_px: int, height_px: int, radius_px: int, line_px: int) -> Image.Image:
    """Return the smooth mask of a line along the inside of a rounded rectangle."""
    sheet = _sheet(Box(0, 0, width_px, height_px))
    sheet.pen().rounded_rectangle(
        _corners(sheet, sheet.region),
        radius_px * sheet.scale,
        outline=255,
        width=line_px * sheet.scale,
    )
    return sheet.done()


def visible(box: Box, within: Box | None, *, margin_px: int = 0) -> Box | None:
    """Return the part of the box (widened by a margin) that lies within another, or None."""
    whole = box.grown(margin_px) if margin_px else box
    if within is None:
        return whole
    left, top = max(within.x_px, whole.x_px), max(within.y_px, whole.y_px)
    right = min(within.right_px, whole.right_px)
    bottom = min(within.bottom_px, whole.bottom_px)
    if right <= left or bottom <= top:
        return None
    return Box(left, top, right - left, bottom - top)


def _sheet(region: Box) -> _Sheet:
    scale = 4 if region.w_px * region.h_px <= _FINE_AREA_PX else 2
    size = (region.w_px * scale, region.h_px * scale)
    return _Sheet(Image.new("L", size, 0), region, scale)


def _corners(sheet: _Sheet, box: Box) -> tuple[float, float, float, float]:
    left, top = sheet.spot(box.x_px, box.y_px)
    right, bottom = sheet.spot(box.right_px, box.bottom_px)
    return left, top, right - 1, bottom - 1


def _outline(sheet: _Sheet, layer: ShapeLayer) -> None:
    pen, corners = sheet.pen(), _corners(sheet, layer.box)
    if layer.shape == "rect":
        pen.rectangle(corners, fill=255)
    elif layer.shape == "rounded":
        pen.rounded_rectangle(corners, layer.radius_px * sheet.scale, fill=255)
    elif layer.shape == "ellipse":
        pen.ellipse(corners, fill=255)
    elif layer.shape == "rays":
        _rays(sheet, layer)
    else:
        smooth = layer.shape == "curve"
        pen.polygon(_path(sheet, layer.box, layer.points, smooth=smooth), fill=255)


def _stroke(sheet: _Sheet, layer: ShapeLayer) -> None:
    pen, corners = sheet.pen(), _corners(sheet, layer.box)
    width = layer.stroke_px * sheet.scale
    if layer.shape == "rect":
        pen.rectangle(corners, outline=255, width=width)
    elif layer.shape == "rounded":
        pen.rounded_rectangle(corners, layer.radius_px * sheet.scale, outline=255, width=width)
    elif layer.shape == "ellipse":
        pen.ellipse(corners, outline=255, width=width)
    elif layer.shape == "line":
        points = layer.points or ((0, 0), (layer.box.w_px, layer.box.h_px))
        pen.line(_path(sheet, layer.box, points), fill=255, width=width, joint="curve")
    elif layer.shape in ("polygon", "curve"):
        path = _path(sheet, layer.box, layer.points, smooth=layer.shape == "curve")
        pen.line([*path, *path[:2]], fill=255, width=width, joint="curve")


def _rays(sheet: _Sheet, layer: ShapeLayer) -> None:
    """Draw wedges from the box's centre that fade towards its edge."""
    pen, corners = sheet.pen(), _corners(sheet, layer.box)
    pitch = 360 / layer.count
    for index in range(layer.count):
        start = index * pitch - pitch / 4
        pen.pieslice(corners, start, start + pitch / 2, fill=255)
    fade = ImageChops.invert(_radial(layer.box, sheet.region))
    sheet.mask.paste(ImageChops.multiply(sheet.mask, fade.resize(sheet.mask.size)))


def _path(
    sheet: _Sheet, box: Box, points: tuple[tuple[int, int], ...], *, smooth: bool = False
) -> list[Point]:
    path = [sheet.spot(box.x_px + x_px, box.y_px + y_px) for x_px, y_px in points]
    for _ in range(5 if smooth else 0):
        path = _cut_corners(path)
    return path


def _cut_corners(path: list[Point]) -> list[Point]:
    """Return the closed path with each corner cut (Chaikin): five rounds look like a curve."""
    cut: list[Point] = []
    for (ax, ay), (bx, by) in zip(path, [*path[1:], path[0]], strict=True):
        cut.append((ax * 0.75 + bx * 0.25, ay * 0.75 + by * 0.25))
        cut.append((ax * 0.25 + bx * 0.75, ay * 0.25 + by * 0.75))
    return cut


def _stamp(sheet: _Sheet, layer: ShapeLayer, *, colour: str) -> Stamp:
    mask = sheet.done()
    if layer.blur_px:
        mask = mask.filter(ImageFilter.GaussianBlur(layer.blur_px))
    return Stamp(sheet.region.x_px, sheet.region.y_px, rgb(colour), mask)


def _ramp(layer: GradientLayer, region: Box) -> Image.Image:
    """Return for each pixel of the region how far along the gradient it lies, 0 to 255.

    A gradient along the edges is one line of it: all others are the same (`_spread`).
    """
    if layer.form == "radial":
        return _radial(layer.box, region)
    turn = math.radians(layer.angle_degrees)
    along_x, along_y = math.cos(turn), math.sin(turn)
    box = layer.box
    length = abs(box.w_px * along_x) + abs(box.h_px * along_y)
    # Pillow's gradient runs down 256 rows; a transform reads it along the angle.
    step_x, step_y = 254 * along_x / length, 254 * along_y / length
    middle_x = box.x_px + box.w_px / 2 - region.x_px
    middle_y = box.y_px + box.h_px / 2 - region.y_px
    start = 128 - step_x * middle_x - step_y * middle_y
    wide_px = 1 if abs(step_x) < _LEVEL else region.w_px
    tall_px = 1 if abs(step_y) < _LEVEL else region.h_px
    return Image.linear_gradient("L").transform(
        (wide_px, tall_px),
        Image.Transform.AFFINE,
        (0, 0, 128, step_x, step_y, start),
        Image.Resampling.BILINEAR,
    )


def _spread(line: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return a line of a gradient over a whole region; what is whole already, as it is."""
    return line if line.size == size else line.resize(size, Image.Resampling.NEAREST)


def _radial(box: Box, region: Box) -> Image.Image:
    # Pillow's gradient reaches 255 in the corner; ours at the middle of each side.
    source = Image.radial_gradient("L").point(
        [min(255, round(level * math.sqrt(2))) for level in range(256)]
    )
    step_x, step_y = 256 / box.w_px, 256 / box.h_px
    start_x, start_y = (region.x_px - box.x_px) * step_x, (region.y_px - box.y_px) * step_y
    return source.transform(
        (region.w_px, region.h_px),
        Image.Transform.AFFINE,
        (step_x, 0, start_x, 0, step_y, start_y),
        Image.Resampling.BILINEAR,
        fillcolor=255,
    )


@functools.lru_cache(maxsize=256)
def _curve(stops: tuple[Stop, ...], part: int) -> list[int]:
    """Return the lookup table of one channel (3 is opacity) over the ramp's 256 levels."""
    values = [
        (stop.at * 255, (*rgb(stop.colour), round(stop.opacity * 255))[part])
        for stop in sorted(stops, key=lambda stop: stop.at)
    ]
    return [_between(values, level) for level in range(256)]


def _between(values: list[tuple[float, int]], level: int) -> int:
    if level <= values[0][0]:
        return values[0][1]
    for (from_at, from_value), (to_at, to_value) in itertools.pairwise(values):
        if level <= to_at:
            share = (level - from_at) / (to_at - from_at) if to_at > from_at else 1.0
            return round(from_value + (to_value - from_value) * share)
    return values[-1][1]
