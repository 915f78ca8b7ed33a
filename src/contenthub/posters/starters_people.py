"""Idea: shipped templates about a person: the name card for print, and the good-news poster."""

from contenthub.posters import scenery
from contenthub.posters.artwork import blend, glow, rays
from contenthub.posters.layers import (
    DisclosureLayer,
    GradientLayer,
    GroupLayer,
    Layer,
    LogoLayer,
    PhotoLayer,
    QrLayer,
    ShapeLayer,
    Stop,
    TextLayer,
)
from contenthub.posters.looks import Box, Rule, Shadow
from contenthub.posters.sizes import SIZES, Size
from contenthub.posters.starterparts import (
    GREY,
    HEIGHT_PX,
    INK,
    QR_PX,
    RULES,
    WHOLE,
    WIDTH_PX,
    text,
)
from contenthub.posters.template import Template

_NAVY, _GOLD = "#173a78", "#c49a4f"
_FACE = (540, 760)


def name_card() -> Template:
    """Return a name card for print: 90 by 54 mm, 300 dpi, 3 mm of bleed."""
    size = SIZES["card"]
    bleed_px = size.bleed_px
    layers: list[Layer] = [
        *_paper(size),
        LogoLayer(id="logo", box=Box(96, 44, 64, 64), fill=_NAVY),
        text("bank", (176, 44, 560, 64), "{{ bank.name }}", size_px=38, ink=_NAVY, weight=700,
             least_px=24, valign="middle"),
        text("name", (96, 158, 560, 90), "{{ employee.name }}", size_px=72, ink=INK, weight=700,
             least_px=36, valign="middle", max_lines=2, line_height=1.15),
        text("role", (96, 250, 560, 46), "{{ employee.title }}", size_px=32, ink=_GOLD, weight=500,
             least_px=22),
        ShapeLayer(id="rule", box=Box(96, 312, 72, 4), fill=_GOLD),
        text("branch", (96, 332, 560, 86), "{{ employee.branch }} · 工号 {{ employee.no }}",
             size_px=30, ink=GREY, least_px=20, max_lines=2, line_height=1.3),
        text("phone", (96, 424, 560, 66), "{{ employee.phone }}", size_px=46, ink=INK, weight=700,
             least_px=28, valign="middle"),
        text("hotline", (96, 496, 560, 40), "客服热线 {{ bank.hotline }}", size_px=26, ink=GREY,
             least_px=18),
        QrLayer(id="qr", box=Box(706, 120, 312, 312), colour="#0f1c36", code="card"),
        text("invite", (706, 440, 312, 44), "扫码看名片、找我办", size_px=30, ink=_NAVY, weight=500,
             align="center"),
        DisclosureLayer(
            id="disclosure",
            box=Box(96, 560, 640, 40),
            text="请认准本行员工，谨防假冒",
            size_px=24,
            colour="#3a4658",
            valign="middle",
        ),
        text("code", (746, 560, 272, 40), "{{ item.code }}", size_px=20, ink=GREY, align="right",
             valign="middle", least_px=14),
    ]  # fmt: skip
    return Template(
        size.width_px,
        size.height_px,
        tuple(layers),
        quality=92,
        dpi=size.dpi,
        bleed_px=bleed_px,
    )


def _paper(size: Size) -> list[Layer]:
    """Return the card's ground, out to the bleed."""
    bleed_px = size.bleed_px
    return [
        ShapeLayer(
            id="paper",
            box=Box(-bleed_px, -bleed_px, size.width_px + 2 * bleed_px, size.height_px + 70),
            fill="#ffffff",
        ),
        GradientLayer(
            id="side",
            box=Box(-bleed_px, -bleed_px, 46 + bleed_px, size.height_px + 2 * bleed_px),
            stops=blend("#0f2a5c", "#2a5fb4"),
        ),
        ShapeLayer(
            id="side-line",
            box=Box(46, -bleed_px, 6, size.height_px + 2 * bleed_px),
            fill=_GOLD,
        ),
    ]


def good_news() -> Template:
    """Return the poster that praises a colleague: the face in the middle, gold around it."""
    layers: list[Layer] = [*_feast(), *_praised(), *_news()]
    return Template(WIDTH_PX, HEIGHT_PX, tuple(layers), background="#b3141f")


def _feast() -> list[Layer]:
    return [
        GradientLayer(
            id="sky",
            box=WHOLE,
            stops=(Stop(0, "#8a0a14"), Stop(0.5, "#d0202a"), Stop(1, "#a30f1a")),
        ),
        rays("rays", _FACE, 1200, colour="#ffdf9e", opacity=0.34),
        glow("glow", _FACE, 560, colour="#ffcf74", opacity=0.85),
        *scenery.firework("fire-a", (170, 420), 110, "#ffd98a"),
        *scenery.firework("fire-b", (915, 470), 120, "#ffe6ae"),
        *scenery.firework("fire-c", (190, 1010), 70, "#ffb27a"),
        *scenery.rings("ring", _FACE, (250, 310, 380, 460), "#ffe3ae"),
    ]


def _praised() -> list[Layer]:
    x_px, y_px = _FACE
    portrait = Box(x_px - 190, y_px - 190, 380, 380)
    return [
        LogoLayer(id="logo", box=Box(64, 64, 64, 64), fill="#fff4dc", ink="#b3141f"),
        text("bank", (148, 64, 800, 64), "{{ bank.name }}", size_px=42, ink="#fff4dc", weight=700,
             least_px=26, valign="middle"),
        TextLayer(
            id="headline",
            box=Box(140, 190, 800, 250),
            text="喜 报",
            size_px=220,
            weight=900,
            colour="#fffaf0",
            colour_to="#ffcf6b",
            align="center",
            valign="middle",
            shadow=Shadow("#5e060c", down_px=9),
        ),
        PhotoLayer(id="photo", box=portrait, ring_px=14, ring="#ffe2a0"),
        _banner(),
        text("branch", (90, 1110, 900, 60), "{{ employee.branch }} · 工号 {{ employee.no }}",
             size_px=40, ink="#fff0d0", weight=500, least_px=24, align="center", valign="middle"),
        TextLayer(
            id="role",
            box=Box(90, 1168, 900, 48),
            text="{{ employee.title }}",
            size_px=34,
            colour="#ffd98a",
            align="center",
            valign="middle",
            min_size_px=22,
            show=(Rule("employee.title"),),
        ),
    ]  # fmt: skip


def _news() -> list[Layer]:
    return [
        ShapeLayer(
            id="sheet",
            box=Box(64, 1246, 952, 300),
            shape="rounded",
            fill="#fffaf0",
            radius_px=36,
            shadow=Shadow("#4d050a", down_px=18, blur_px=18, opacity=0.4),
        ),
        text("title", (112, 1272, 856, 84), "{{ item.title }}", size_px=56, ink="#a10f1c",
             weight=700, least_px=32, align="center", valign="middle"),
        text("summary", (112, 1360, 856, 168), "{{ item.summary }}", size_px=40, ink="#5a241a",
             least_px=24, align="center", valign="middle", max_lines=4, line_height=1.4),
        QrLayer(id="qr", box=Box(48, 1566, QR_PX, QR_PX)),
        text("invite", (412, 1592, 604, 60), "长按识别，一起加油", size_px=44, ink="#ffe9b8",
             weight=700, valign="middle"),
        text("hotline", (412, 1660, 604, 50), "客服热线 {{ bank.hotline }}", size_px=34,
             ink="#ffe9cf", least_px=24, valign="middle"),
        DisclosureLayer(
            id="disclosure",
            box=Box(412, 1724, 640, 118),
            text=RULES,
            size_px=48,
            weight=500,
            colour="#fff4dc",
            max_lines=2,
            line_height=1.25,
        ),
        text("code", (412, 1852, 604, 28), "内容编号 {{ item.code }}", size_px=22, ink="#ffd9b0",
             least_px=16),
    ]  # fmt: skip


def _banner() -> Layer:
    """Return the golden ribbon with the name."""
    return GroupLayer(
        id="banner",
        box=Box(190, 980, 700, 112),
        shadow=Shadow("#4d050a", down_px=10, blur_px=12, opacity=0.5),
        layers=(
            GradientLayer(
                id="banner-tail-l",
                box=Box(0, 26, 120, 86),
                stops=blend("#c98a26", "#8f5a10"),
                angle_degrees=0,
            ),
            GradientLayer(
                id="banner-tail-r",
                box=Box(580, 26, 120, 86),
                stops=blend("#8f5a10", "#c98a26"),
                angle_degrees=0,
            ),
            GradientLayer(
                id="banner-face",
                box=Box(60, 0, 580, 92),
                stops=blend("#ffedb5", "#f3c25a", "#ffedb5"),
                angle_degrees=0,
                radius_px=10,
            ),
            text("name", (80, 0, 540, 92), "{{ employee.name }}", size_px=60, ink="#7a0a12",
                 weight=900, least_px=28, align="center", valign="middle", max_lines=2,
                 line_height=1.15),
        ),
    )  # fmt: skip
