"""Idea: the pieces the shipped templates share: head, card, employee strip."""

from typing import Literal, NamedTuple

from contenthub.posters.artwork import blend
from contenthub.posters.layers import (
    DisclosureLayer,
    GradientLayer,
    Layer,
    PhotoLayer,
    QrLayer,
    ShapeLayer,
    TextLayer,
)
from contenthub.posters.looks import Box, Shadow

WIDTH_PX, HEIGHT_PX = 1080, 1920
WHOLE = Box(0, 0, WIDTH_PX, HEIGHT_PX)
_STRIP_PX = 1424
EDGE_PX = 64
INK, GREY = "#1f2733", "#5b6675"
RULES = "本活动与微信、企业微信无关"
"""What rules of the messengers ask of every activity."""


class Tone(NamedTuple):
    """What differs between the strips of the templates."""

    accent: str
    tint: str
    invite: str
    disclosure: str


def head(ink: str, mark: str) -> list[Layer]:
    """Return the bank's name and the mark the advertising law asks for (广告法 14)."""
    return [
        ShapeLayer(
            id="mark", box=Box(EDGE_PX, 64, 64, 64), shape="rounded", fill=ink, radius_px=18
        ),
        ShapeLayer(id="mark-disc", box=Box(EDGE_PX + 14, 78, 36, 36), shape="ellipse", fill=mark),
        ShapeLayer(
            id="mark-core",
            box=Box(EDGE_PX + 25, 89, 14, 14),
            shape="polygon",
            fill=ink,
            points=((7, 0), (14, 7), (7, 14), (0, 7)),
        ),
        text(
            "bank",
            (148, 64, 724, 64),
            "{{ bank.name }}",
            size_px=42,
            ink=ink,
            weight=700,
            least_px=26,
            valign="middle",
        ),
        ShapeLayer(
            id="ad-box",
            box=Box(924, 72, 92, 48),
            shape="rounded",
            stroke=ink,
            stroke_px=2,
            radius_px=24,
            opacity=0.9,
        ),
        text("ad", (924, 72, 92, 48), "广告", size_px=28, ink=ink, align="center", valign="middle"),
    ]


def headline(
    title: str,
    slogan: str,
    colours: tuple[str, str],
    *,
    shadow: str | None,
    size_px: int = 184,
) -> list[Layer]:
    """Return the large title, a dash and the slogan."""
    return [
        TextLayer(
            id="headline",
            box=Box(EDGE_PX - 6, 200, 640, 216),
            text=title,
            size_px=size_px,
            valign="middle",
            weight=900,
            colour=colours[0],
            colour_to=colours[1],
            shadow=Shadow(shadow, down_px=7) if shadow else None,
        ),
        ShapeLayer(
            id="dash", box=Box(EDGE_PX, 446, 72, 8), shape="rounded", fill=colours[1], radius_px=4
        ),
        text(
            "slogan",
            (EDGE_PX, 480, 560, 60),
            slogan,
            size_px=42,
            ink=colours[0],
            weight=500,
            least_px=36,
        ),
    ]


def ribbon(box: Box, colours: tuple[str, str], ink: str) -> list[Layer]:
    """Return the card's head with the item's title; its lower corners are square."""
    half = Box(box.x_px, box.y_px + box.h_px // 2, box.w_px, box.h_px - box.h_px // 2)
    return [
        GradientLayer(id="ribbon", box=box, stops=blend(*colours), angle_degrees=0, radius_px=44),
        GradientLayer(id="ribbon-foot", box=half, stops=blend(*colours), angle_degrees=0),
        text(
            "title",
            (box.x_px + 40, box.y_px, box.w_px - 80, box.h_px),
            "{{ item.title }}",
            size_px=54,
            ink=ink,
            weight=700,
            least_px=30,
            align="center",
            valign="middle",
        ),
    ]


def rate(label: str, colours: tuple[str, str]) -> list[Layer]:
    """Return the rate, as large as its box allows, under its label."""
    return [
        text("rate-label", (112, 748, 856, 52), label, size_px=38, ink=GREY, align="center"),
        TextLayer(
            id="rate",
            box=Box(96, 800, 888, 216),
            text="{{ item.rate }}",
            size_px=190,
            min_size_px=56,
            weight=900,
            colour=colours[0],
            colour_to=colours[1],
            align="center",
            valign="middle",
        ),
        ShapeLayer(
            id="rule", box=Box(112, 1030, 856, 2), shape="rect", fill=colours[1], opacity=0.18
        ),
    ]


def summary(ink: str) -> list[Layer]:
    """Return the item's summary in the lower part of the card."""
    return [
        text(
            "summary",
            (112, 1042, 856, 122),
            "{{ item.summary }}",
            size_px=38,
            ink=ink,
            least_px=22,
            align="center",
            valign="middle",
            max_lines=4,
        ),
    ]


def seal(name: str, words: str, ink: str) -> list[Layer]:
    """Return a stamp and the words beside it."""
    return [
        ShapeLayer(
            id="seal-box",
            box=Box(152, 1178, 168, 54),
            shape="rounded",
            stroke=ink,
            stroke_px=3,
            radius_px=10,
        ),
        text(
            "seal",
            (152, 1178, 168, 54),
            name,
            size_px=32,
            ink=ink,
            weight=700,
            align="center",
            valign="middle",
        ),
        text("seal-words", (340, 1178, 588, 54), words, size_px=32, ink=GREY, valign="middle"),
    ]


def rights(ink: str) -> list[Layer]:
    """Return the item's summary alone, filling the card."""
    return [
        text(
            "summary",
            (128, 772, 824, 424),
            "{{ item.summary }}",
            size_px=52,
            ink=ink,
            weight=500,
            least_px=28,
            valign="middle",
            align="center",
            max_lines=9,
            line_height=1.5,
        ),
    ]


def line(ink: str, *, top_px: int = 1312) -> Layer:
    """Return the bank's service line."""
    return text(
        "hotline",
        (EDGE_PX, top_px, 952, 60),
        "客服热线 {{ bank.hotline }}",
        size_px=38,
        ink=ink,
        weight=500,
        least_px=28,
        align="center",
        valign="middle",
    )


def strip(tone: Tone) -> list[Layer]:
    """Return the employee's strip: one band of rows for all that differs between posters."""
    top_px = _STRIP_PX
    panel = Box(0, top_px, WIDTH_PX, HEIGHT_PX - top_px + 80)
    return [
        ShapeLayer(
            id="strip-shadow",
            box=Box(0, top_px - 10, WIDTH_PX, 200),
            shape="rounded",
            fill="#101020",
            radius_px=56,
            opacity=0.3,
            blur_px=22,
        ),
        ShapeLayer(id="strip", box=panel, shape="rounded", fill="#ffffff", radius_px=56),
        ShapeLayer(id="foot", box=Box(0, 1800, WIDTH_PX, 120), shape="rect", fill=tone.tint),
        DisclosureLayer(
            id="disclosure",
            box=Box(48, 1808, 984, 56),
            text=tone.disclosure,
            size_px=48,
            weight=500,
            colour=INK,
            align="center",
            valign="middle",
        ),
        text(
            "code",
            (48, 1872, 984, 30),
            "内容编号 {{ item.code }} · 已审核",
            size_px=24,
            ink=GREY,
            align="center",
            valign="middle",
            least_px=18,
        ),
        text(
            "invite",
            (696, 1752, 328, 36),
            tone.invite,
            size_px=28,
            ink=tone.accent,
            weight=500,
            align="center",
        ),
        *_employee(tone),
    ]


def _employee(tone: Tone) -> list[Layer]:
    box_px = (264, 1592, 424, 76)
    return [
        PhotoLayer(id="photo", box=Box(64, 1508, 176, 176), ring_px=8, ring=tone.accent),
        text(
            "name",
            (264, 1472, 424, 72),
            "{{ employee.name }}",
            size_px=60,
            ink=INK,
            weight=700,
            least_px=30,
        ),
        text(
            "role",
            (264, 1548, 424, 44),
            "{{ employee.title }}",
            size_px=34,
            ink=tone.accent,
            weight=500,
            least_px=22,
        ),
        text(
            "branch",
            box_px,
            "{{ employee.branch }} · 工号 {{ employee.no }}",
            size_px=32,
            ink=GREY,
            least_px=22,
            valign="middle",
            max_lines=2,
            line_height=1.25,
        ),
        text(
            "phone",
            (264, 1676, 424, 60),
            "{{ employee.phone }}",
            size_px=48,
            ink=INK,
            weight=700,
            least_px=26,
        ),
        QrLayer(id="qr", box=Box(712, 1456, 296, 296)),
    ]


def text(
    name: str,
    at: tuple[int, int, int, int],
    text: str,
    *,
    size_px: int,
    ink: str,
    weight: Literal[400, 500, 700, 900] = 400,
    least_px: int | None = None,
    align: Literal["left", "center", "right"] = "left",
    valign: Literal["top", "middle", "bottom"] = "top",
    max_lines: int = 1,
    line_height: float = 1.4,
) -> TextLayer:
    """Return a text layer of a shipped template; `at` is its box."""
    return TextLayer(
        id=name,
        box=Box(*at),
        text=text,
        size_px=size_px,
        min_size_px=least_px,
        weight=weight,
        colour=ink,
        align=align,
        valign=valign,
        max_lines=max_lines,
        line_height=line_height,
    )
