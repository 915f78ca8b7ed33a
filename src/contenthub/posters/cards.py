"""Idea: the name card every employee has, 1080 by 640 px, drawn by the poster engine."""

from contenthub.posters.artwork import blend
from contenthub.posters.layers import (
    Box,
    GradientLayer,
    PhotoLayer,
    QrLayer,
    ShapeLayer,
    TextLayer,
)
from contenthub.posters.template import Template

WIDTH_PX, HEIGHT_PX = 1080, 640
_INK, _GREY, _ACCENT = "#1f2733", "#5b6675", "#1a56b8"


def name_card() -> Template:
    """Return the card: bank on top, face and name, branch and phone, the personal code."""
    head = GradientLayer(
        id="head",
        box=Box(0, 0, WIDTH_PX, 136),
        stops=blend("#1a56b8", "#2f86d6"),
        angle_degrees=0,
    )
    foot = ShapeLayer(id="foot", box=Box(0, 560, WIDTH_PX, 80), shape="rect", fill="#eef3fb")
    photo = PhotoLayer(id="photo", box=Box(64, 192, 200, 200), ring_px=8, ring=_ACCENT)
    layers = (
        head,
        TextLayer(
            id="bank",
            box=Box(64, 36, 952, 68),
            text="{{ bank.name }}",
            size_px=50,
            min_size_px=30,
            weight=700,
            colour="#ffffff",
            valign="middle",
        ),
        foot,
        TextLayer(
            id="hotline",
            box=Box(64, 572, 952, 56),
            text="客服热线 {{ bank.hotline }} · 请认准本行员工，谨防假冒",
            size_px=30,
            min_size_px=22,
            colour=_GREY,
            valign="middle",
        ),
        photo,
        _line("name", (296, 184, 400, 84), size_px=68, ink=_INK, weight=700),
        _line("title", (296, 276, 400, 48), size_px=36, ink=_ACCENT, weight=500),
        _line("branch", (296, 332, 400, 76), size_px=34, ink=_GREY, max_lines=2),
        TextLayer(
            id="no",
            box=Box(64, 428, 632, 44),
            text="工号 {{ employee.no }}",
            size_px=32,
            min_size_px=22,
            colour=_GREY,
        ),
        _line("phone", (64, 472, 632, 72), size_px=54, ink=_INK, weight=700),
        QrLayer(id="qr", box=Box(728, 176, 296, 296)),
        TextLayer(
            id="invite",
            box=Box(728, 484, 296, 40),
            text="扫码联系我",
            size_px=32,
            weight=500,
            colour=_ACCENT,
            align="center",
        ),
    )
    return Template(WIDTH_PX, HEIGHT_PX, layers)


def _line(
    name: str,
    at: tuple[int, int, int, int],
    *,
    size_px: int,
    ink: str,
    weight: int = 400,
    max_lines: int = 1,
) -> TextLayer:
    heavy = {400: 400, 500: 500, 700: 700}[weight]
    return TextLayer(
        id=name,
        box=Box(*at),
        text="{{ employee." + name + " }}",
        size_px=size_px,
        min_size_px=20,
        weight=heavy,  # type: ignore[arg-type]  # one of the face's weights
        colour=ink,
        valign="middle",
        max_lines=max_lines,
        line_height=1.2,
    )
