"""Idea: vector layers (shapes, rays, gradients) to pixels; edges are smooth, nothing is read."""

import functools
import itertools
import math
from typing import NamedTuple

from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageFilter

from contenthub.posters.layers import Box, GradientLayer, ShapeLayer, Stop

Point = tuple[float, float]

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


def paint_shape(canvas: Image.Image, layer: ShapeLayer) -> None:
    """Paint the shape's fill, then its stroke, on an RGB canvas."""
    region = visible(layer.box, canvas, margin_px=3 * layer.blur_px)
    if region is None:
        return
    if layer.fill is not None and layer.shape != "line":
        sheet = _sheet(region)
        _outline(sheet, layer)
        _stamp(canvas, sheet, layer, colour=layer.fill)
    if layer.stroke is not None and layer.stroke_px:
        sheet = _sheet(region)
        _stroke(sheet, layer)
        _stamp(canvas, sheet, layer, colour=layer.stroke)


def paint_gradient(canvas: Image.Image, layer: GradientLayer) -> None:
    """Paint the blend, masked by its form, on an RGB canvas."""
    region = visible(layer.box, canvas)
    if region is None:
        return
    ramp = _ramp(layer, region)
    colours = Image.merge("RGB", [ramp.point(_curve(layer.stops, part)) for part in range(3)])
    alpha = ramp.point(_curve(layer.stops, 3))
    if layer.mask != "rounded" or layer.radius_px:
        sheet = _sheet(region)
        if layer.mask == "ellipse":
            sheet.pen().ellipse(_corners(sheet, layer.box), fill=255)
        elif layer.mask == "rounded":
            radius = layer.radius_px * sheet.scale
            sheet.pen().rounded_rectangle(_corners(sheet, layer.box), radius, fill=255)
        else:
            path = _path(sheet, layer.box, layer.points, smooth=layer.mask == "curve")
            sheet.pen().polygon(path, fill=255)
        alpha = ImageChops.multiply(alpha, sheet.done())
    canvas.paste(colours, (region.x_px, region.y_px), alpha)


def disc(width_px: int, height_px: int, radius_px: int | None = None) -> Image.Image:
    """Return a smooth mask: an ellipse, or a rectangle with rounded corners."""
    sheet = _sheet(Box(0, 0, width_px, height_px))
    corners = _corners(sheet, sheet.region)
    if radius_px is None:
        sheet.pen().ellipse(corners, fill=255)
    else:
        sheet.pen().rounded_rectangle(corners, radius_px * sheet.scale, fill=255)
    return sheet.done()


def visible(box: Box, canvas: Image.Image, *, margin_px: int = 0) -> Box | None:
    """Return the part of the box (widened by a margin) on the canvas, or None."""
    left, top = max(0, box.x_px - margin_px), max(0, box.y_px - margin_px)
    right = min(canvas.width, box.right_px + margin_px)
    bottom = min(canvas.height, box.bottom_px + margin_px)
    if right <= left or bottom <= top:
        return None
    return Box(left, top, right - left, bottom - top)


def rgb(colour: str) -> tuple[int, int, int]:
    """Return the red, green and blue of `#rrggbb`."""
    red, green, blue = ImageColor.getrgb(colour)[:3]
    return red, green, blue


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


def _stamp(canvas: Image.Image, sheet: _Sheet, layer: ShapeLayer, *, colour: str) -> None:
    mask = sheet.done()
    if layer.blur_px:
        mask = mask.filter(ImageFilter.GaussianBlur(layer.blur_px))
    if layer.opacity < 1:
        mask = mask.point([round(level * layer.opacity) for level in range(256)])
    canvas.paste(rgb(colour), (sheet.region.x_px, sheet.region.y_px), mask)


def _ramp(layer: GradientLayer, region: Box) -> Image.Image:
    """Return for each pixel of the region how far along the gradient it lies, 0 to 255."""
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
    return Image.linear_gradient("L").transform(
        (region.w_px, region.h_px),
        Image.Transform.AFFINE,
        (0, 0, 128, step_x, step_y, start),
        Image.Resampling.BILINEAR,
    )


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
