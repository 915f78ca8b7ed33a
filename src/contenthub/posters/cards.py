"""Idea: the name card every employee has, 1080 by 640 px, drawn by the poster engine."""

from typing import Literal, TypeAlias

from contenthub.posters.artwork import blend
from contenthub.posters.layers import (
    Box,
    GradientLayer,
    PhotoLayer,
    QrLayer,
    ShapeLayer,
    TextLayer,
)
from contenthub.posters.starterparts import QR_PX
from contenthub.posters.template import Template

WIDTH_PX, HEIGHT_PX = 1080, 640
_At: TypeAlias = tuple[int, int, int, int]
_Weight: TypeAlias = Literal[400, 500, 700]
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
    caution = "客服热线 {{ bank.hotline }} · 请认准本行员工，谨防假冒"
    layers = (
        head,
        line("bank", (64, 36, 952, 68), "{{ bank.name }}", size_px=50, ink="#ffffff", weight=700),
        foot,
        line("hotline", (64, 572, 952, 56), caution, size_px=30, ink=_GREY),
        PhotoLayer(id="photo", box=Box(64, 192, 200, 200), ring_px=8, ring=_ACCENT),
        _of("name", (296, 184, 400, 84), size_px=68, ink=_INK, weight=700, max_lines=2),
        _of("title", (296, 276, 400, 48), size_px=36, ink=_ACCENT, weight=500),
        _of("branch", (296, 332, 400, 76), size_px=34, ink=_GREY, max_lines=2),
        line("no", (64, 428, 632, 44), "工号 {{ employee.no }}", size_px=32, ink=_GREY),
        _of("phone", (64, 472, 632, 72), size_px=54, ink=_INK, weight=700),
        QrLayer(id="qr", box=Box(712, 148, QR_PX, QR_PX)),
        line("invite", (728, 484, 296, 40), "扫码联系我", size_px=32, ink=_ACCENT, align="center"),
    )
    return Template(WIDTH_PX, HEIGHT_PX, layers)


def _of(
    name: str, at: _At, *, size_px: int, ink: str, weight: _Weight = 400, max_lines: int = 1
) -> TextLayer:
    text = "{{ employee." + name + " }}"
    return line(name, at, text, size_px=size_px, ink=ink, weight=weight, max_lines=max_lines)


def line(
    name: str,
    at: _At,
    text: str,
    *,
    size_px: int,
    ink: str,
    weight: _Weight = 400,
    max_lines: int = 1,
    align: Literal["left", "center"] = "left",
) -> TextLayer:
    """Return a line of text in the look the bank's own sheets share; it shrinks to 20 px."""
    return TextLayer(
        id=name,
        box=Box(*at),
        text=text,
        size_px=size_px,
        min_size_px=20,
        weight=weight,
        colour=ink,
        align=align,
        valign="middle",
        max_lines=max_lines,
        line_height=1.2,
    )
