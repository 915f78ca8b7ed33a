"""Idea: the ornaments of the shipped templates, each a list of vector layers."""

import math

from contenthub.posters.layers import GradientLayer, Layer, ShapeLayer, Stop
from contenthub.posters.looks import Box, Clip

Points = tuple[tuple[int, int], ...]


def blend(*colours: str, opacity: tuple[float, ...] = ()) -> tuple[Stop, ...]:
    """Return evenly spaced stops of the colours, opaque unless told."""
    last = len(colours) - 1
    shares = opacity or (1.0,) * len(colours)
    return tuple(
        Stop(index / last, colour, share)
        for index, (colour, share) in enumerate(zip(colours, shares, strict=True))
    )


def glow(
    name: str, centre: tuple[int, int], radius_px: int, *, colour: str, opacity: float
) -> Layer:
    """Return a round light that fades to nothing at its radius."""
    return GradientLayer(
        id=name,
        box=_around(centre, radius_px),
        stops=(Stop(0, colour, opacity), Stop(0.45, colour, opacity * 0.42), Stop(1, colour, 0)),
        form="radial",
    )


def rays(
    name: str, centre: tuple[int, int], radius_px: int, *, colour: str, opacity: float
) -> Layer:
    """Return beams of light from a point."""
    return ShapeLayer(
        id=name,
        box=_around(centre, radius_px),
        shape="rays",
        fill=colour,
        opacity=opacity,
        count=26,
    )


def card(name: str, box: Box, *, fill: str, shadow: str, radius_px: int = 44) -> list[Layer]:
    """Return a rounded sheet with a soft shadow under it."""
    below = Box(box.x_px + 8, box.y_px + 22, box.w_px - 16, box.h_px)
    return [
        ShapeLayer(
            id=f"{name}-shadow",
            box=below,
            shape="rounded",
            fill=shadow,
            radius_px=radius_px,
            opacity=0.38,
            blur_px=26,
        ),
        ShapeLayer(id=name, box=box, shape="rounded", fill=fill, radius_px=radius_px),
    ]


def coins(name: str, foot: tuple[int, int], count: int, *, width_px: int = 190) -> list[Layer]:
    """Return a stack of gold coins standing on a point."""
    tall_px, rise_px = round(width_px * 0.42), round(width_px * 0.15)
    left_px = foot[0] - width_px // 2
    layers: list[Layer] = [
        ShapeLayer(
            id=f"{name}-shadow",
            box=Box(left_px - 10, foot[1] - tall_px + 14, width_px + 20, tall_px),
            shape="ellipse",
            fill="#5a0710",
            opacity=0.35,
            blur_px=12,
        )
    ]
    for index in range(count):
        nudge_px = (0, 5, -4, 3)[index % 4]
        top_px = foot[1] - tall_px - (index + 1) * rise_px
        box = Box(left_px + nudge_px, top_px, width_px, tall_px)
        layers += _coin(f"{name}-{index}", box, rise_px)
    return layers


def _coin(name: str, box: Box, rise_px: int) -> list[Layer]:
    edge = Box(box.x_px, box.y_px, box.w_px, box.h_px + rise_px)
    half = box.h_px // 2
    inner = Box(
        box.x_px + box.w_px // 8,
        box.y_px + box.h_px // 8,
        box.w_px - box.w_px // 4,
        box.h_px - box.h_px // 4,
    )
    side = blend("#a8650f", "#f6c453", "#fff0b8", "#e09a2b", "#8f500a")
    return [
        # The side is a barrel: an ellipse's foot and a straight piece, one shading for both.
        GradientLayer(
            id=f"{name}-foot",
            box=Box(edge.x_px, box.y_px + rise_px, box.w_px, box.h_px),
            stops=side,
            angle_degrees=0,
            clip=Clip("ellipse"),
        ),
        GradientLayer(
            id=f"{name}-side",
            box=Box(box.x_px, box.y_px + half, box.w_px, rise_px),
            stops=side,
            angle_degrees=0,
        ),
        GradientLayer(
            id=f"{name}-face",
            box=box,
            stops=blend("#fff3c4", "#f9d067", "#eeb040"),
            angle_degrees=35,
            clip=Clip("ellipse"),
        ),
        ShapeLayer(
            id=f"{name}-rim", box=inner, shape="ellipse", stroke="#c98a1e", stroke_px=3, opacity=0.8
        ),
    ]


def leaf(at: tuple[float, float], length_px: float, width_px: float, *, degrees: float) -> Points:
    """Return a pointed oval's outline in canvas px, its root at a point, turned by degrees."""
    turn = math.radians(degrees)
    outline = []
    for along, aside in (
        (0, 0),
        (0.12, 0.34),
        (0.4, 0.52),
        (0.75, 0.36),
        (1, 0),
        (0.75, -0.36),
        (0.4, -0.52),
        (0.12, -0.34),
    ):
        x_px, y_px = along * length_px, aside * width_px
        outline.append(
            (
                round(at[0] + x_px * math.cos(turn) - y_px * math.sin(turn)),
                round(at[1] + x_px * math.sin(turn) + y_px * math.cos(turn)),
            )
        )
    return tuple(outline)


def blade(name: str, outline: Points, colours: tuple[str, ...], *, opacity: float = 1.0) -> Layer:
    """Return a curved patch with an outline in canvas px, shaded from its top to its foot."""
    left, top = (min(point[axis] for point in outline) for axis in (0, 1))
    right, bottom = (max(point[axis] for point in outline) for axis in (0, 1))
    return GradientLayer(
        id=name,
        box=Box(left, top, max(1, right - left), max(1, bottom - top)),
        stops=blend(*colours, opacity=(opacity,) * len(colours)),
        clip=Clip("curve", points=tuple((x_px - left, y_px - top) for x_px, y_px in outline)),
    )


def wheat(name: str, foot: tuple[int, int], tall_px: int, *, lean: float) -> list[Layer]:
    """Return an ear of wheat growing from a point, leaning by degrees from upright."""
    turn = math.radians(lean - 90)
    top = (foot[0] + tall_px * math.cos(turn), foot[1] + tall_px * math.sin(turn))
    layers: list[Layer] = [_stem(f"{name}-stem", foot, top)]
    grain_px = tall_px * 0.15
    for index in range(6):
        share = 0.52 + index * 0.085
        at = (foot[0] + (top[0] - foot[0]) * share, foot[1] + (top[1] - foot[1]) * share)
        for side, spread in (("l", -34), ("r", 34)):
            outline = leaf(at, grain_px, grain_px * 0.5, degrees=lean - 90 + spread)
            layers.append(
                blade(f"{name}-{side}{index}", outline, ("#ffe9a3", "#f0b73f", "#cf8a1c"))
            )
    outline = leaf(top, grain_px, grain_px * 0.46, degrees=lean - 90)
    layers.append(blade(f"{name}-tip", outline, ("#fff0b8", "#f0b73f")))
    return layers


def _stem(name: str, foot: tuple[int, int], top: tuple[float, float]) -> Layer:
    left, high = round(min(foot[0], top[0])) - 6, round(top[1]) - 6
    points = ((foot[0] - left, foot[1] - high), (round(top[0]) - left, round(top[1]) - high))
    wide = max(point[0] for point in points) + 12
    return ShapeLayer(
        id=name,
        box=Box(left, high, wide, foot[1] - high + 6),
        shape="line",
        stroke="#c8912a",
        stroke_px=6,
        points=points,
    )


def hill(name: str, crest: Points, colours: tuple[str, ...], *, floor_px: int) -> Layer:
    """Return rolling ground under a crest given in canvas px from left to right."""
    left, right = crest[0][0], crest[-1][0]
    return blade(name, (*crest, (right, floor_px), (left, floor_px)), colours)


def gift(name: str, corner: tuple[int, int], width_px: int) -> list[Layer]:
    """Return a gift box with a gold ribbon; its height is about its width."""
    x_px, y_px = corner
    lid_px, wide = round(width_px * 0.2), width_px
    body = Box(x_px + 14, y_px + lid_px - 2, wide - 28, round(wide * 0.72))
    lid = Box(x_px, y_px, wide, lid_px)
    band_px = round(wide * 0.16)
    mid_px = x_px + (wide - band_px) // 2
    gold = blend("#ffd877", "#fff1bf", "#f2b23c")
    knot = (x_px + wide // 2, y_px + 4)
    bows: list[Layer] = [
        blade(f"{name}-bow{side}", leaf(knot, wide * 0.44, wide * 0.3, degrees=degrees), tints)
        for side, degrees, tints in (
            (0, 208, ("#fff0b4", "#f0aa35")),
            (1, 332, ("#ffe79a", "#e09a28")),
        )
    ]
    return [
        ShapeLayer(
            id=f"{name}-shadow",
            box=Box(x_px, body.bottom_px - 30, wide, 56),
            shape="ellipse",
            fill="#150a4a",
            opacity=0.5,
            blur_px=16,
        ),
        GradientLayer(id=f"{name}-body", box=body, stops=blend("#ff8fb8", "#e2447f"), radius_px=14),
        GradientLayer(
            id=f"{name}-band",
            box=Box(mid_px, body.y_px, band_px, body.h_px),
            stops=gold,
            angle_degrees=0,
        ),
        GradientLayer(id=f"{name}-lid", box=lid, stops=blend("#ffb3cf", "#f0588f"), radius_px=12),
        GradientLayer(
            id=f"{name}-lidband",
            box=Box(mid_px - 4, lid.y_px, band_px + 8, lid.h_px),
            stops=gold,
            angle_degrees=0,
        ),
        *bows,
        GradientLayer(
            id=f"{name}-knot",
            box=_around(knot, round(wide * 0.075)),
            stops=blend("#fff3c8", "#eda935"),
            clip=Clip("ellipse"),
        ),
    ]


def confetti(name: str, box: Box, count: int, *, colours: tuple[str, ...]) -> list[Layer]:
    """Return small turned slips spread over a box by the golden ratio: even, never regular."""
    layers: list[Layer] = []
    for index in range(count):
        x_px = box.x_px + round(box.w_px * ((index * 0.61803) % 1))
        y_px = box.y_px + round(box.h_px * ((index * 0.41421 + 0.13) % 1))
        size_px = 14 + index * 7 % 17
        outline = leaf((x_px, y_px), size_px * 1.5, size_px * 0.8, degrees=index * 47 % 360)
        colour = colours[index % len(colours)]
        layers.append(blade(f"{name}-{index}", outline, (colour, colour), opacity=0.85))
    return layers


def _around(centre: tuple[int, int], radius_px: int) -> Box:
    return Box(centre[0] - radius_px, centre[1] - radius_px, 2 * radius_px, 2 * radius_px)
