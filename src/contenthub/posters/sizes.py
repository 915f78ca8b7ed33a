"""Idea: the canvases a bank needs, by code."""

from typing import NamedTuple


class Size(NamedTuple):
    """A canvas: its names for people, px, and for print the bleed and the dots an inch."""

    short: str
    title: str
    width_px: int
    height_px: int
    bleed_px: int = 0
    dpi: int | None = None


SIZES: dict[str, Size] = {
    "moments": Size("竖版", "朋友圈竖版 1080×1920", 1080, 1920),
    "square": Size("方形", "方形 1080×1080", 1080, 1080),
    "cover": Size("链接封面", "企业微信链接封面 1068×455", 1068, 455),
    "a4": Size("A4 印刷", "A4 印刷 2480×3508（300 dpi，出血 3 毫米）", 2480, 3508, 35, 300),
    "card": Size("名片", "名片 90×54 毫米（300 dpi，出血 3 毫米）", 1063, 638, 35, 300),
    "slide": Size("网点屏幕", "网点屏幕 1920×1080", 1920, 1080),
}


def is_for_telephones(width_px: int, height_px: int, *, dpi: int | None) -> bool:
    """Return whether a canvas is to be looked at on a telephone: not for print, nor of a screen."""
    screen = SIZES["slide"]
    return dpi is None and width_px * screen.height_px != height_px * screen.width_px
