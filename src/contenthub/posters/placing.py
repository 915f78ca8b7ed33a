"""Idea: where a layer's ink may fall, turned and with its shadow; whole pixels, never too few."""

import math

from contenthub.posters.layers import DisclosureLayer, GroupLayer, Layer, ShapeLayer, TextLayer
from contenthub.posters.looks import Box


def reach(layer: Layer) -> Box:
    """Return the box outside of which the layer (placed on the canvas) leaves no ink."""
    inked = turned(_upright(layer), layer.box, layer.rotation_degrees)
    if layer.shadow is None:
        return inked
    shadow = layer.shadow
    cast = inked.shifted(shadow.right_px, shadow.down_px).grown(3 * shadow.blur_px + 1)
    return inked.joined(cast)


def body(layer: Layer) -> Box:
    """Return the box around the layer's own box as it stands turned: what it covers."""
    return turned(layer.box, layer.box, layer.rotation_degrees)


def turned(inked: Box, about: Box, degrees: float) -> Box:
    """Return the box around a box turned about another's middle."""
    if degrees % 360 == 0:
        return inked
    turn = math.radians(degrees)
    cos, sin = math.cos(turn), math.sin(turn)
    mid_x, mid_y = about.x_px + about.w_px / 2, about.y_px + about.h_px / 2
    corners = [
        (
            mid_x + (x_px - mid_x) * cos - (y_px - mid_y) * sin,
            mid_y + (x_px - mid_x) * sin + (y_px - mid_y) * cos,
        )
        for x_px in (inked.x_px, inked.right_px)
        for y_px in (inked.y_px, inked.bottom_px)
    ]
    # Two pixels more: what a turned edge blends with, and the rounding of both corners.
    left, top = (math.floor(min(axis)) - 2 for axis in zip(*corners, strict=True))
    right, bottom = (math.ceil(max(axis)) + 2 for axis in zip(*corners, strict=True))
    return Box(left, top, right - left, bottom - top)


def _upright(layer: Layer) -> Box:
    box = layer.box
    if isinstance(layer, GroupLayer):
        inked = reach(layer.layers[0])
        for inner in layer.layers[1:]:
            inked = inked.joined(reach(inner))
        return inked if layer.clip is None else box
    if isinstance(layer, ShapeLayer):
        return box.grown(3 * layer.blur_px + layer.stroke_px)
    if isinstance(layer, TextLayer | DisclosureLayer):
        # Accents and descenders of foreign names reach out of the text's box: by the typeface's
        # ascent (1.16 em) and descent (0.29 em) beyond what a line of Chinese takes; a hanging
        # stop stands one em beside it.
        up_px, down_px = -(-layer.size_px // 4), -(-layer.size_px // 6)
        aside_px = layer.size_px
        return Box(
            box.x_px - aside_px,
            box.y_px - up_px,
            box.w_px + 2 * aside_px,
            box.h_px + up_px + down_px,
        ).grown(layer.stroke_px)
    return box
