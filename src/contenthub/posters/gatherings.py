"""Idea: the pictures of the shipped activity designs: a board, balloons, a cup of tea."""

from contenthub.posters.artwork import blend
from contenthub.posters.layers import GradientLayer, Layer, ShapeLayer
from contenthub.posters.looks import Box, Clip, Shadow

_BARS = ((0.12, 0.34, "#f2b84b"), (0.30, 0.50, "#2fa79b"), (0.48, 0.42, "#e4735a"))
_BALLOONS = (
    (-116, -236, 138, ("#ff9a8b", "#e2435c")),
    (124, -250, 130, ("#b79bff", "#6b49d8")),
    (6, -292, 158, ("#ffe38a", "#f2a522")),
)


def board(name: str, box: Box, ink: str) -> list[Layer]:
    """Return a white board with bars and lines of writing, standing on two legs."""
    x_px, y_px, w_px, h_px = box.x_px, box.y_px, box.w_px, box.h_px
    legs: list[Layer] = [
        ShapeLayer(
            id=f"{name}-leg{side}",
            box=Box(x_px + round(w_px * at), y_px + h_px, 80, 120),
            shape="line",
            stroke="#d9a866",
            stroke_px=14,
            points=((start, 0), (80 - start, 120)),
        )
        for side, at, start in ((0, 0.14, 60), (1, 0.62, 20))
    ]
    rows: list[Layer] = [
        ShapeLayer(
            id=f"{name}-row{row}",
            box=Box(x_px + round(w_px * 0.68), y_px + round(h_px * at), round(w_px * wide), 10),
            shape="rounded",
            fill=ink,
            radius_px=5,
            opacity=0.55,
        )
        for row, (at, wide) in enumerate(((0.44, 0.2), (0.56, 0.16), (0.68, 0.2)))
    ]
    heading = Box(x_px + round(w_px * 0.12), y_px + round(h_px * 0.16), round(w_px * 0.44), 18)
    return [
        *legs,
        ShapeLayer(
            id=name,
            box=box,
            shape="rounded",
            fill="#ffffff",
            stroke="#d9a866",
            stroke_px=12,
            radius_px=16,
            shadow=Shadow("#03252d", down_px=20, blur_px=20, opacity=0.45),
        ),
        ShapeLayer(id=f"{name}-heading", box=heading, shape="rounded", fill=ink, radius_px=9),
        *(
            _bar(f"{name}-bar{place}", box, at=at, high=high, fill=fill)
            for place, (at, high, fill) in enumerate(_BARS)
        ),
        *rows,
    ]


def _bar(name: str, box: Box, *, at: float, high: float, fill: str) -> Layer:
    foot_px, high_px = box.y_px + round(box.h_px * 0.88), round(box.h_px * high)
    place = Box(box.x_px + round(box.w_px * at), foot_px - high_px, round(box.w_px * 0.11), high_px)
    return ShapeLayer(id=name, box=place, shape="rounded", fill=fill, radius_px=6)


def balloons(name: str, knot: tuple[int, int]) -> list[Layer]:
    """Return three balloons whose strings meet at a point."""
    layers: list[Layer] = []
    for place, (aside_px, up_px, wide_px, _) in enumerate(_BALLOONS):
        left_px = min(0, aside_px)
        high_px = -up_px - wide_px * 6 // 10
        layers.append(
            ShapeLayer(
                id=f"{name}-string{place}",
                box=Box(knot[0] + left_px, knot[1] - high_px, abs(aside_px) + 1, high_px),
                shape="line",
                stroke="#ffffff",
                stroke_px=3,
                points=((aside_px - left_px, 0), (-left_px, high_px)),
                opacity=0.9,
            )
        )
    for place, (aside_px, up_px, wide_px, tints) in enumerate(_BALLOONS):
        high_px = wide_px * 6 // 5
        box = Box(
            knot[0] + aside_px - wide_px // 2, knot[1] + up_px - high_px // 2, wide_px, high_px
        )
        shine = Box(box.x_px + wide_px // 5, box.y_px + high_px // 7, wide_px // 5, high_px // 4)
        layers += [
            GradientLayer(
                id=f"{name}-{place}",
                box=box,
                stops=blend(*tints),
                angle_degrees=60,
                clip=Clip("ellipse"),
            ),
            ShapeLayer(
                id=f"{name}-shine{place}", box=shine, shape="ellipse", fill="#ffffff", opacity=0.5
            ),
        ]
    return layers


def cup(name: str, box: Box) -> list[Layer]:
    """Return a tea cup on its saucer, steam over it."""
    x_px, y_px, w_px, h_px = box.x_px, box.y_px, box.w_px, box.h_px
    china = blend("#ffffff", "#e9ddc9")
    bowl = ((0, 0), (w_px, 0), (round(w_px * 0.9), round(h_px * 0.66)),
            (round(w_px * 0.64), h_px), (round(w_px * 0.36), h_px),
            (round(w_px * 0.1), round(h_px * 0.66)))  # fmt: skip
    lip_px = h_px // 4
    return [
        *(_steam(f"{name}-steam{place}", (x_px + round(w_px * at), y_px - 150))
          for place, at in enumerate((0.26, 0.46, 0.66))),
        ShapeLayer(id=f"{name}-ear", box=Box(x_px + w_px - 34, y_px + 26, 92, 92),
                   shape="ellipse", stroke="#f2e8d8", stroke_px=20),
        GradientLayer(id=f"{name}-saucer", box=Box(x_px - 46, y_px + h_px - 22, w_px + 92, 56),
                      stops=china, clip=Clip("ellipse"),
                      shadow=Shadow("#150d07", down_px=12, blur_px=16, opacity=0.5)),
        GradientLayer(id=f"{name}-bowl", box=box, stops=china, angle_degrees=20,
                      clip=Clip("polygon", points=bowl)),
        GradientLayer(id=f"{name}-lip", box=Box(x_px, y_px - lip_px // 2, w_px, lip_px),
                      stops=blend("#fffdf8", "#efe4d2"), clip=Clip("ellipse")),
        GradientLayer(id=f"{name}-tea",
                      box=Box(x_px + 14, y_px - lip_px // 2 + 8, w_px - 28, lip_px - 14),
                      stops=blend("#a8b64a", "#6f8a2c"), clip=Clip("ellipse")),
    ]  # fmt: skip


def _steam(name: str, top: tuple[int, int]) -> Layer:
    points = ((18, 0), (30, 30), (14, 64), (28, 104), (20, 104), (2, 66), (18, 30))
    return ShapeLayer(
        id=name,
        box=Box(top[0], top[1], 36, 110),
        shape="curve",
        fill="#fff6e0",
        points=points,
        opacity=0.6,
        blur_px=3,
    )
