"""Idea: one design laid out for every canvas a bank needs: one campaign, all sizes.

Only what lies below and around the words is scaled; type, card, employee and code are set anew
for each size. Codes are so large that even the longest link has 8 px a module.
"""

import msgspec

from contenthub.posters.artwork import blend
from contenthub.posters.layers import GradientLayer, Layer
from contenthub.posters.looks import Box
from contenthub.posters.placing import body
from contenthub.posters.scaling import about, scaled, stretched
from contenthub.posters.sizes import SIZES
from contenthub.posters.starterparts import (
    HEIGHT_PX,
    QR_PX,
    WIDTH_PX,
    At,
    Design,
    Person,
    employee,
    foot,
    head,
    headline,
    panel,
    rate,
    seal,
    sheet,
    summary,
    text,
)
from contenthub.posters.template import Template

_CODE = "内容编号 {{ item.code }} · 已审核"
_CALL = "客服热线 {{ bank.hotline }}"
_EDGE_PX = 64


def moments(design: Design) -> Template:
    """Return the upright poster, 1080 by 1920 px; what is personal lies in one band."""
    card_px = _card_px(design)
    top_px, strip_px = 596, 1424
    spare_px = strip_px - top_px - card_px
    layers = [
        *design.ground,
        *design.art,
        *head(design, (_EDGE_PX, 64, 952, 64), size_px=42),
        *headline(design, (_EDGE_PX, 200, 640, 216), size_px=_title_px(design, 590, 184),
                  slogan_px=42),
        *sheet(design, (_EDGE_PX, top_px, 952, card_px), ribbon_px=124, size_px=54),
        *_body(design, (112, top_px + 124, 856, card_px - 124)),
        *design.front,
        text("hotline", (_EDGE_PX, top_px + card_px + spare_px // 2 - 36, 952, 60), _CALL,
             size_px=38, ink=design.hotline, weight=500, least_px=28, align="center",
             valign="middle"),
        *panel((0, strip_px, WIDTH_PX, HEIGHT_PX - strip_px + 80)),
        *foot(design, (0, 1800, WIDTH_PX, 120), size_px=48, code_px=24, words=_CODE),
        *employee(design, Person(
            photo=(64, 1520, 184, 184), name=(276, 1456, 408, 84), role=(276, 1542, 408, 46),
            branch=(276, 1592, 408, 76), phone=(276, 1672, 408, 60), invite=(696, 1756, 328, 38),
            code=(696, 1426, QR_PX, QR_PX),
        )),
    ]  # fmt: skip
    return Template(WIDTH_PX, HEIGHT_PX, tuple(layers), background=design.background)


def square(design: Design) -> Template:
    """Return the square poster, 1080 by 1080 px, for groups and nine-picture posts."""
    size = SIZES["square"]
    strip_px = 668
    layers = [
        *_scene(design, Box(0, 0, 1080, 1080), to=(840, 250), times=0.68),
        *head(design, (48, 40, 984, 56), size_px=38),
        *headline(design, (48, 124, 600, 136), size_px=_title_px(design, 600, 128), slogan_px=36),
        *sheet(design, (48, 392, 984, 256), ribbon_px=80, size_px=42),
        *_row(design, (80, 472, 920, 176), size_px=96),
        *panel((0, strip_px, 1080, 480)),
        *foot(design, (0, 1000, 1080, 80), size_px=30, code_px=20, words=f"{_CALL} · {_CODE}"),
        *employee(design, Person(
            photo=(64, 704, 168, 168), name=(260, 692, 424, 84), role=(260, 778, 424, 44),
            branch=(260, 824, 424, 76), phone=(260, 902, 424, 56), invite=(256, 956, 300, 40),
            code=(704, 669, QR_PX, QR_PX),
        )),
    ]  # fmt: skip
    return Template(size.width_px, size.height_px, tuple(layers), background=design.background)


def cover(design: Design) -> Template:
    """Return the cover of a WeCom link, 1068 by 455 px; it is pressed, so it has no code."""
    size = SIZES["cover"]
    layers = [
        *_scene(design, Box(0, 0, 1068, 455), to=(870, 200), times=0.6),
        *head(design, (40, 28, 988, 48), size_px=32),
        *headline(design, (40, 96, 640, 112), size_px=_title_px(design, 640, 108), slogan_px=32),
        GradientLayer(id="ribbon", box=Box(40, 306, 640, 72), stops=blend(*design.ribbon),
                      angle_degrees=0, radius_px=36),
        text("title", (60, 306, 600, 72), "{{ item.title }}", size_px=38, ink=design.ribbon_ink,
             weight=700, least_px=20, align="center", valign="middle"),
        *foot(design, (0, 399, 1068, 56), size_px=24, code_px=15, words=f"{_CALL} · {_CODE}"),
    ]  # fmt: skip
    return Template(size.width_px, size.height_px, tuple(layers), background=design.background)


def slide(design: Design) -> Template:
    """Return the slide of a branch's screen, 1920 by 1080 px; its code is read from afar."""
    size, design = SIZES["slide"], _scanned(design)
    layers = [
        *_scene(design, Box(0, 0, 1920, 1080), to=(1010, 330), times=1.0),
        *head(design, (80, 56, 1140, 72), size_px=48),
        *headline(design, (80, 180, 700, 200), size_px=_title_px(design, 700, 180), slogan_px=48),
        *sheet(design, (80, 540, 1140, 396), ribbon_px=116, size_px=58),
        *_row(design, (120, 656, 1060, 280), size_px=136),
        *panel((1300, 56, 564, 880), radius_px=48),
        *foot(design, (0, 968, 1920, 112), size_px=44, code_px=24, words=f"{_CALL} · {_CODE}"),
        *employee(design, Person(
            photo=(1340, 660, 150, 150), name=(1510, 648, 336, 80), role=(1510, 729, 336, 40),
            branch=(1510, 770, 336, 70), phone=(1340, 846, 484, 66),
            invite=(1340, 600, 484, 46), code=(1318, 72, 528, 528),
        )),
    ]  # fmt: skip
    return Template(size.width_px, size.height_px, tuple(layers), background=design.background)


def a4(design: Design) -> Template:
    """Return the sheet for print: A4, 300 dpi, its ground out to the bleed."""
    size, design = SIZES["a4"], _scanned(design)
    times = size.width_px / WIDTH_PX
    high_px = round(size.height_px / times)
    strip_px = 1076
    card_px = 480 if design.rate is None else 520
    laid = [
        *head(design, (_EDGE_PX, 56, 952, 60), size_px=40),
        *headline(design, (_EDGE_PX, 150, 640, 190), size_px=_title_px(design, 590, 172),
                  slogan_px=40),
        *sheet(design, (_EDGE_PX, 516, 952, card_px), ribbon_px=110, size_px=50),
        *_body(design, (112, 626, 856, card_px - 110)),
        *panel((0, strip_px, WIDTH_PX, high_px - strip_px + 80)),
        *foot(design, (0, high_px - 100, WIDTH_PX, 120), size_px=40, code_px=20,
              words=f"{_CALL} · {_CODE}"),
        *employee(design, Person(
            photo=(64, 1164, 184, 184), name=(276, 1104, 408, 84), role=(276, 1190, 408, 46),
            branch=(276, 1240, 408, 76), phone=(276, 1320, 408, 60),
            invite=(708, 1382, 304, 38), code=(708, 1080, 304, 304),
        )),
    ]  # fmt: skip
    whole = Box(0, 0, size.width_px, size.height_px).grown(size.bleed_px)
    ground = _scene(design, whole, to=(round(840 * times), round(306 * times)), times=0.9 * times)
    onto = Box(0, 0, round(WIDTH_PX * times), round(HEIGHT_PX * times))
    layers = [scaled(one, stretched(onto, WIDTH_PX, HEIGHT_PX)) for one in laid]
    layers = [_to_edge(one, whole) if one.id in ("strip", "foot") else one for one in layers]
    return Template(
        size.width_px,
        size.height_px,
        (*ground, *layers),
        background=design.background,
        dpi=size.dpi,
        bleed_px=size.bleed_px,
    )


FRAMES = {"moments": moments, "square": square, "cover": cover, "a4": a4, "slide": slide}
"""What lays a design out for a canvas, by the code of its size (sizes.py)."""


def _scene(design: Design, whole: Box, *, to: tuple[int, int], times: float) -> list[Layer]:
    """Return ground and art for another canvas: one stretched, the other moved and scaled."""
    by, aside = stretched(whole, WIDTH_PX, HEIGHT_PX), about(design.focus, to, times)
    laid = [
        *(scaled(one, by) for one in design.ground),
        *(scaled(one, aside) for one in design.art),
    ]
    return [one for one in laid if body(one).meets(whole)]


def _scanned(design: Design) -> Design:
    """Return the design for what is scanned with a telephone, not pressed upon on one."""
    invite = design.tone.invite.replace("长按识别", "微信扫码")
    return design._replace(tone=design.tone._replace(invite=invite))


def _to_edge(layer: Layer, whole: Box) -> Layer:
    """Return a layer whose sides and foot reach the edge of the sheet before it is cut."""
    box = Box(whole.x_px, layer.box.y_px, whole.w_px, whole.bottom_px - layer.box.y_px)
    return msgspec.structs.replace(layer, box=box)


def _card_px(design: Design) -> int:
    if design.rate is None:
        return 640
    return 672 if design.seal else 608


def _title_px(design: Design, width_px: int, most_px: int) -> int:
    """Return the size at which the title fills its line, no larger than `most_px`."""
    return min(most_px, width_px // max(1, len(design.title)))


def _body(design: Design, at: At) -> list[Layer]:
    """Return what an upright card says: rate over summary over seal, or the summary alone."""
    x_px, y_px, w_px, h_px = at
    if design.rate is None:
        inner = (x_px + 16, y_px + 36, w_px - 32, h_px - 72)
        return [summary(design, inner, size_px=58, least_px=28, lines=9)]
    row_px = 82 if design.seal else 16
    text_px = 128
    figure = (x_px - 16, y_px + 70, w_px + 32, h_px - 70 - text_px - row_px)
    low_px = y_px + h_px - text_px - row_px
    return [
        *rate(design, (x_px, y_px + 22, w_px, 52), figure, size_px=190),
        summary(design, (x_px, low_px, w_px, text_px), size_px=38, least_px=22, lines=4),
        *seal(design, (x_px, y_px + h_px - row_px, w_px, 54)),
    ]


def _row(design: Design, at: At, *, size_px: int) -> list[Layer]:
    """Return what a low card says: the rate beside the summary, or the summary alone."""
    x_px, y_px, w_px, h_px = at
    if design.rate is None:
        inner = (x_px, y_px + 10, w_px, h_px - 20)
        return [summary(design, inner, size_px=size_px * 2 // 5, least_px=22, lines=4)]
    left_px = w_px * 2 // 5
    label_px = h_px // 4
    row_px = h_px // 4 if design.seal else 0
    gap_px = h_px // 8
    beside = (x_px + left_px + 24, y_px + 10, w_px - left_px - 24, h_px - row_px - gap_px)
    return [
        *rate(design, (x_px, y_px + h_px // 10, left_px, label_px),
              (x_px, y_px + h_px // 10 + label_px, left_px, h_px - label_px - h_px // 5),
              size_px=size_px),
        summary(design, beside, size_px=size_px * 2 // 7, least_px=20, lines=4),
        *seal(design, (beside[0], y_px + h_px - row_px - 8, beside[2], min(54, row_px - 8))),
    ]  # fmt: skip
