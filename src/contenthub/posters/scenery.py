"""Idea: the pictures of the shipped templates beyond artwork.py, each a list of vector layers."""

import math

from contenthub.posters.artwork import Points, blade, blend, hill, leaf
from contenthub.posters.layers import GradientLayer, GroupLayer, Layer, ShapeLayer
from contenthub.posters.looks import Box, Clip, Shadow


def oval(name: str, box: Box, colours: tuple[str, ...], *, opacity: float = 1.0) -> Layer:
    """Return an ellipse shaded from its top to its foot."""
    return GradientLayer(
        id=name, box=box, stops=blend(*colours), clip=Clip("ellipse"), opacity=opacity
    )


def block(
    name: str, box: Box, colours: tuple[str, ...], *, radius_px: int = 0, angle: int = 90
) -> Layer:
    """Return a rounded rectangle shaded along an angle."""
    return GradientLayer(
        id=name, box=box, stops=blend(*colours), radius_px=radius_px, angle_degrees=angle
    )


def rings(name: str, centre: tuple[int, int], radii: tuple[int, ...], ink: str) -> list[Layer]:
    """Return thin circles around a point, fainter outwards."""
    return [
        ShapeLayer(
            id=f"{name}-{radius}",
            box=Box(centre[0] - radius, centre[1] - radius, 2 * radius, 2 * radius),
            shape="ellipse",
            stroke=ink,
            stroke_px=2,
            opacity=0.5 - 0.09 * place,
        )
        for place, radius in enumerate(radii)
    ]


def bank_card(name: str, box: Box, colours: tuple[str, ...], *, degrees: float) -> Layer:
    """Return a bank card with its chip and waves, leaning by degrees."""
    w_px, h_px = box.w_px, box.h_px
    chip = Box(w_px // 11, round(h_px * 0.34), w_px // 7, w_px // 9)
    waves = [
        ShapeLayer(
            id=f"{name}-wave{step}",
            box=Box(w_px - round(w_px * 0.3) - step * 34, h_px - 90 - step * 34, 420, 420),
            shape="ellipse",
            stroke="#ffffff",
            stroke_px=3,
            opacity=0.24,
        )
        for step in range(4)
    ]
    digits = [
        ShapeLayer(
            id=f"{name}-digit{place}",
            box=Box(
                w_px // 11 + place * round(w_px * 0.048) + place // 4 * round(w_px * 0.05),
                round(h_px * 0.68),
                round(w_px * 0.026),
                round(w_px * 0.026),
            ),
            shape="ellipse",
            fill="#ffffff",
            opacity=0.85,
        )
        for place in range(12)
    ]
    return GroupLayer(
        id=name,
        box=box,
        rotation_degrees=degrees,
        clip=Clip("rounded", radius_px=30),
        shadow=Shadow("#06122e", right_px=0, down_px=26, blur_px=22, opacity=0.5),
        layers=(
            block(f"{name}-face", Box(0, 0, w_px, h_px), colours, angle=30),
            *waves,
            block(f"{name}-chip", chip, ("#fff0b8", "#e0a940"), radius_px=10, angle=45),
            ShapeLayer(
                id=f"{name}-chipline",
                box=Box(chip.x_px, chip.y_px + chip.h_px // 2, chip.w_px, 2),
                fill="#9a6a18",
                opacity=0.7,
            ),
            *digits,
        ),
    )


def shield(name: str, box: Box, colours: tuple[str, ...], *, tick: str) -> list[Layer]:
    """Return a shield with a rim and a tick."""
    outer = _shield(box)
    inset = Box(box.x_px + 26, box.y_px + 28, box.w_px - 52, box.h_px - 60)
    w_px, h_px = box.w_px, box.h_px
    points = (
        (round(w_px * 0.27), round(h_px * 0.47)),
        (round(w_px * 0.44), round(h_px * 0.62)),
        (round(w_px * 0.74), round(h_px * 0.31)),
    )
    return [
        ShapeLayer(
            id=f"{name}-shade",
            box=Box(box.x_px + 20, box.bottom_px - 40, w_px - 40, 70),
            shape="ellipse",
            fill="#0b2350",
            opacity=0.35,
            blur_px=20,
        ),
        _polygon(f"{name}-rim", outer, ("#ffffff", "#cfe0ff")),
        _polygon(f"{name}-body", _shield(inset), colours),
        ShapeLayer(
            id=f"{name}-tick",
            box=box,
            shape="line",
            stroke=tick,
            stroke_px=round(w_px * 0.085),
            points=points,
        ),
    ]


def _shield(box: Box) -> Points:
    shares = (
        (0.5, 0.0), (0.68, 0.08), (0.86, 0.12), (1.0, 0.13), (1.0, 0.5), (0.95, 0.66),
        (0.82, 0.82), (0.64, 0.94), (0.5, 1.0), (0.36, 0.94), (0.18, 0.82), (0.05, 0.66),
        (0.0, 0.5), (0.0, 0.13), (0.14, 0.12), (0.32, 0.08),
    )  # fmt: skip
    return tuple(
        (box.x_px + round(box.w_px * x), box.y_px + round(box.h_px * y)) for x, y in shares
    )


def _polygon(name: str, outline: Points, colours: tuple[str, ...]) -> Layer:
    left, top = (min(point[axis] for point in outline) for axis in (0, 1))
    right, bottom = (max(point[axis] for point in outline) for axis in (0, 1))
    points = tuple((x_px - left, y_px - top) for x_px, y_px in outline)
    return GradientLayer(
        id=name,
        box=Box(left, top, right - left, bottom - top),
        stops=blend(*colours),
        clip=Clip("polygon", points=points),
    )


def lantern(name: str, top: tuple[int, int], width_px: int, *, cord_px: int) -> list[Layer]:
    """Return a red lantern hanging from a point, with its tassel."""
    x_px, y_px = top
    tall_px, cap_px = round(width_px * 0.82), round(width_px * 0.42)
    body = Box(x_px - width_px // 2, y_px + cord_px, width_px, tall_px)
    red = ("#ff6a4d", "#e0261f", "#9c0d12")
    ribs = [
        ShapeLayer(
            id=f"{name}-rib{share}",
            box=Box(x_px - share * width_px // 200, body.y_px, share * width_px // 100, tall_px),
            shape="ellipse",
            stroke="#ffcf70",
            stroke_px=2,
            opacity=0.6,
        )
        for share in (30, 66)
    ]
    gold = ("#fff0b0", "#f0b23c")
    caps = [
        block(f"{name}-cap{side}", Box(x_px - cap_px // 2, at_px, cap_px, 16), gold, radius_px=6)
        for side, at_px in (("a", body.y_px - 8), ("b", body.bottom_px - 8))
    ]
    return [
        ShapeLayer(id=f"{name}-cord", box=Box(x_px - 2, y_px, 4, cord_px), fill="#f0b23c"),
        oval(
            f"{name}-glow",
            body.grown(round(width_px * 0.28)),
            ("#ffb066", "#ff7a3c"),
            opacity=0.2,
        ),
        oval(f"{name}-body", body, red),
        *ribs,
        *caps,
        block(
            f"{name}-tassel",
            Box(x_px - 8, body.bottom_px + 8, 16, round(width_px * 0.5)),
            ("#ffd66b", "#e0541f"),
            radius_px=6,
        ),
    ]


def firework(name: str, centre: tuple[int, int], radius_px: int, ink: str) -> list[Layer]:
    """Return a burst of sparks around a point."""
    sparks: list[Layer] = []
    for step in range(16):
        turn = math.radians(step * 22.5)
        near = radius_px * (0.3 if step % 2 else 0.42)
        at = (centre[0] + near * math.cos(turn), centre[1] + near * math.sin(turn))
        long_px = radius_px * (0.6 if step % 2 else 0.42)
        outline = leaf(at, long_px, radius_px * 0.07, degrees=step * 22.5)
        sparks.append(blade(f"{name}-{step}", outline, (ink, ink), opacity=0.8))
    return sparks


def moon(name: str, centre: tuple[int, int], radius_px: int) -> list[Layer]:
    """Return a full moon with its seas and three halos."""
    x_px, y_px = centre
    halos = [
        oval(
            f"{name}-halo{more}",
            Box(x_px, y_px, 1, 1).grown(radius_px + more),
            ("#fff2c4", "#ffe9a8"),
            opacity=share,
        )
        for more, share in ((130, 0.07), (76, 0.1), (32, 0.16))
    ]
    face = oval(
        f"{name}-face", Box(x_px, y_px, 1, 1).grown(radius_px), ("#fffbe6", "#ffe9a8", "#f6cf72")
    )
    seas = [
        ShapeLayer(
            id=f"{name}-sea{place}",
            box=Box(x_px + round(dx * radius_px), y_px + round(dy * radius_px), size, size),
            shape="ellipse",
            fill="#e8bd62",
            opacity=0.32,
            blur_px=3,
        )
        for place, (dx, dy, size) in enumerate(
            ((-0.5, -0.3, 60), (0.1, -0.55, 40), (0.25, 0.05, 84), (-0.25, 0.35, 46))
        )
    ]
    return [*halos, face, *seas]


def cloud(name: str, corner: tuple[int, int], width_px: int, ink: str, *, opacity: float) -> Layer:
    """Return a flat cloud of round heaps, as one translucent form."""
    w_px, h_px = width_px, round(width_px * 0.34)
    heaps = ((0.0, 0.5, 0.34), (0.18, 0.12, 0.46), (0.46, 0.26, 0.36), (0.68, 0.48, 0.32))
    parts: list[Layer] = [
        ShapeLayer(
            id=f"{name}-{place}",
            box=Box(*(round(w_px * share) for share in (x, y * 0.34, size, size * 0.75))),
            shape="ellipse",
            fill=ink,
        )
        for place, (x, y, size) in enumerate(heaps)
    ]
    base = Box(round(w_px * 0.08), round(h_px * 0.72), round(w_px * 0.84), round(h_px * 0.28))
    parts.append(
        ShapeLayer(id=f"{name}-base", box=base, shape="rounded", fill=ink, radius_px=base.h_px // 2)
    )
    return GroupLayer(
        id=name,
        box=Box(*corner, w_px, h_px),
        opacity=opacity,
        clip=Clip("rounded"),
        layers=tuple(parts),
    )


def road(name: str, far: tuple[int, int], near: tuple[int, int, int]) -> list[Layer]:
    """Return a road from a far point to its near edge (left, right, y), with lane marks."""
    left, right, foot = near
    x_px, y_px = far
    outline = ((x_px - 10, y_px), (x_px + 10, y_px), (right, foot), (left, foot))
    layers = [_polygon(f"{name}-ground", outline, ("#5d6f8c", "#39465e"))]
    for side, edge in (("l", left), ("r", right)):
        inner = edge + (14 if side == "l" else -14)
        shape = ((x_px - 1, y_px), (x_px + 1, y_px), (inner, foot), (edge, foot))
        layers.append(_polygon(f"{name}-edge{side}", shape, ("#ffffff", "#ffe08a")))
    middle = (left + right) / 2
    for step in range(7):
        start, end = (step / 7) ** 1.7, ((step + 0.55) / 7) ** 1.7
        (ax, ay), (bx, by) = (
            (x_px + (middle - x_px) * share, y_px + (foot - y_px) * share) for share in (start, end)
        )
        a_px, b_px = 2 + 9 * start, 2 + 9 * end
        mark = ((ax - a_px, ay), (ax + a_px, ay), (bx + b_px, by), (bx - b_px, by))
        lane = tuple((round(one), round(two)) for one, two in mark)
        if lane[2][1] > lane[0][1] + 2:
            layers.append(_polygon(f"{name}-mark{step}", lane, ("#ffffff", "#ffffff")))
    return layers


def car(name: str, corner: tuple[int, int], width_px: int, ink: tuple[str, str]) -> list[Layer]:
    """Return a car seen from behind."""
    x_px, y_px = corner
    w_px, h_px = width_px, round(width_px * 0.72)

    def at(x: float, y: float, w: float, h: float) -> Box:
        return Box(x_px + round(w_px * x), y_px + round(h_px * y), round(w_px * w), round(h_px * h))

    return [
        ShapeLayer(
            id=f"{name}-shade",
            box=at(-0.04, 0.86, 1.08, 0.2),
            shape="ellipse",
            fill="#101828",
            opacity=0.5,
            blur_px=10,
        ),
        block(f"{name}-tyre1", at(0.07, 0.74, 0.15, 0.26), ("#2a3140", "#12161f"), radius_px=8),
        block(f"{name}-tyre2", at(0.78, 0.74, 0.15, 0.26), ("#2a3140", "#12161f"), radius_px=8),
        block(f"{name}-roof", at(0.17, 0.0, 0.66, 0.5), ink, radius_px=34),
        block(f"{name}-glass", at(0.23, 0.08, 0.54, 0.28), ("#d8ecff", "#7fa9d8"), radius_px=20),
        block(f"{name}-body", at(0.0, 0.36, 1.0, 0.48), ink, radius_px=34),
        block(f"{name}-lamp1", at(0.05, 0.47, 0.17, 0.11), ("#ff8a7a", "#e0302a"), radius_px=8),
        block(f"{name}-lamp2", at(0.78, 0.47, 0.17, 0.11), ("#ff8a7a", "#e0302a"), radius_px=8),
        block(f"{name}-plate", at(0.34, 0.56, 0.32, 0.14), ("#3f7be8", "#2456b8"), radius_px=6),
    ]


def calendar(name: str, box: Box, ink: str) -> Layer:
    """Return a desk calendar with one day ringed, leaning a little."""
    w_px, h_px = box.w_px, box.h_px
    cell = w_px // 6
    dots = [
        ShapeLayer(
            id=f"{name}-day{row}{column}",
            box=Box(cell // 2 + 10 + column * cell, 136 + row * 62, cell - 22, 34),
            shape="rounded",
            fill=ink if (row, column) == (1, 3) else "#d9e1ec",
            radius_px=10,
        )
        for row in range(3)
        for column in range(5)
    ]
    pins = [
        block(f"{name}-pin{at}", Box(at, -16, 16, 56), ("#ffffff", "#b9c4d4"), radius_px=8)
        for at in (w_px // 4, w_px - w_px // 4 - 16)
    ]
    return GroupLayer(
        id=name,
        box=box,
        rotation_degrees=6,
        shadow=Shadow("#5a2a06", down_px=22, blur_px=20, opacity=0.35),
        layers=(
            ShapeLayer(
                id=f"{name}-sheet",
                box=Box(0, 0, w_px, h_px),
                shape="rounded",
                fill="#ffffff",
                radius_px=28,
            ),
            block(f"{name}-head", Box(0, 0, w_px, 96), (ink, ink), radius_px=28),
            ShapeLayer(id=f"{name}-headfoot", box=Box(0, 60, w_px, 40), fill=ink),
            *dots,
            *pins,
        ),
    )


def fields() -> list[Layer]:
    """Return hills and a field with its furrows, on the upright canvas."""
    ridge = ((-80, 640), (140, 540), (360, 610), (600, 520), (840, 600), (1160, 500))
    middle = ((-80, 800), (240, 690), (560, 780), (860, 670), (1160, 760))
    layers = [
        hill("ridge", ridge, ("#7dbb6a", "#4f9a52"), floor_px=1400),
        hill("middle", middle, ("#5aa64f", "#2f7d3f"), floor_px=1500),
        hill(
            "near",
            ((-120, 1180), (200, 1130), (540, 1160), (880, 1120), (1200, 1190)),
            ("#8cc04b", "#3c8a3a"),
            floor_px=1700,
        ),
    ]
    for index in range(-7, 8):
        top_px, foot_px = 540 + index * 44, 540 + index * 190
        outline = (
            (top_px - 4, 1160),
            (top_px + 4, 1160),
            (foot_px + 46, 1640),
            (foot_px - 46, 1640),
        )
        layers.append(blade(f"furrow{index + 7}", outline, ("#d7e88a", "#6fae3c"), opacity=0.42))
    return layers
