"""Idea: layers made larger or smaller, so that one drawing serves every size of canvas."""

from typing import Any, NamedTuple

import msgspec

from contenthub.posters.layers import GroupLayer, Layer
from contenthub.posters.looks import Box, Clip, Points, Shadow
from contenthub.posters.template import Template

_LENGTHS = ("radius_px", "stroke_px", "blur_px", "size_px", "min_size_px", "ring_px")


class Scale(NamedTuple):
    """How many times wider and higher, then how far right and down."""

    wide: float
    high: float
    right_px: float = 0.0
    down_px: float = 0.0

    @property
    def even(self) -> float:
        """Return the times of what has no direction: strokes, corners, type."""
        return min(self.wide, self.high)


def stretched(onto: Box, width_px: int, height_px: int) -> Scale:
    """Return the scale that lays a drawing of a size onto a box, edge to edge."""
    return Scale(onto.w_px / width_px, onto.h_px / height_px, onto.x_px, onto.y_px)


def about(focus: tuple[int, int], to: tuple[int, int], times: float) -> Scale:
    """Return the scale that brings a drawing's focus to a point, larger by `times`."""
    return Scale(times, times, to[0] - focus[0] * times, to[1] - focus[1] * times)


def smaller(template: Template, times: int) -> Template:
    """Return a design that many times smaller on a side, to be looked at, not to be handed out."""
    by = Scale(1 / times, 1 / times)
    return msgspec.structs.replace(
        template,
        width_px=round(template.width_px * by.wide),
        height_px=round(template.height_px * by.high),
        bleed_px=round(template.bleed_px * by.even),
        layers=tuple(scaled(layer, by) for layer in template.layers),
    )


def scaled(layer: Layer, by: Scale) -> Layer:
    """Return a layer at its place on the other canvas, with all that it is made of."""
    left, right = (round(x * by.wide + by.right_px) for x in (layer.box.x_px, layer.box.right_px))
    top, foot = (round(y * by.high + by.down_px) for y in (layer.box.y_px, layer.box.bottom_px))
    changes: dict[str, Any] = {
        "box": Box(left, top, max(1, right - left), max(1, foot - top)),
    }
    for name in _LENGTHS:
        length_px = getattr(layer, name, None)
        if length_px:
            changes[name] = max(1, round(length_px * by.even))
    if getattr(layer, "points", ()):
        changes["points"] = _points(layer.points, by)  # type: ignore[union-attr]  # asked above
    if layer.shadow is not None:
        changes["shadow"] = _shadow(layer.shadow, by)
    if layer.clip is not None:
        changes["clip"] = _clip(layer.clip, by)
    if isinstance(layer, GroupLayer):
        inner = Scale(by.wide, by.high)
        changes["layers"] = tuple(scaled(one, inner) for one in layer.layers)
    return msgspec.structs.replace(layer, **changes)


def _points(points: Points, by: Scale) -> Points:
    return tuple((round(x * by.wide), round(y * by.high)) for x, y in points)


def _shadow(shadow: Shadow, by: Scale) -> Shadow:
    right_px, down_px, blur_px = (
        round(length * by.even) for length in (shadow.right_px, shadow.down_px, shadow.blur_px)
    )
    return msgspec.structs.replace(shadow, right_px=right_px, down_px=down_px, blur_px=blur_px)


def _clip(clip: Clip, by: Scale) -> Clip:
    radius_px = round(clip.radius_px * by.even)
    return msgspec.structs.replace(clip, radius_px=radius_px, points=_points(clip.points, by))
