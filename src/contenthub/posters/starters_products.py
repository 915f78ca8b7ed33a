"""Idea: shipped templates of products: wealth, bank card, ETC."""

from contenthub.posters import scenery
from contenthub.posters.artwork import blend, glow, rays
from contenthub.posters.artwork import card as sheet_card
from contenthub.posters.layers import GradientLayer, Layer, ShapeLayer, Stop
from contenthub.posters.looks import Box
from contenthub.posters.starterparts import (
    EDGE_PX,
    HEIGHT_PX,
    WHOLE,
    WIDTH_PX,
    Tone,
    head,
    headline,
    line,
    ribbon,
    rights,
    strip,
)
from contenthub.posters.template import Template


def wealth() -> Template:
    """Return the clear style: light ground, much air, navy and gold, nothing that rises."""
    tone = Tone("#1d3a6e", "#eaf0f9", "长按识别 · 咨询经理", "理财非存款、产品有风险、投资须谨慎")
    circles = (
        (690, 190, 260, "#1d3a6e", 0.92),
        (800, 300, 240, "#c79a4b", 0.82),
        (640, 350, 200, "#4f8fc9", 0.78),
    )
    layers: list[Layer] = [
        GradientLayer(id="sky", box=WHOLE, stops=blend("#f9fbfe", "#dde8f6")),
        glow("glow", (820, 320), 520, colour="#ffffff", opacity=0.9),
        *scenery.rings("ring", (790, 330), (250, 320, 400, 490), "#9db6da"),
        *(
            ShapeLayer(
                id=f"share-{place}",
                box=Box(x_px, y_px, size, size),
                shape="ellipse",
                fill=ink,
                opacity=share,
            )
            for place, (x_px, y_px, size, ink, share) in enumerate(circles)
        ),
        *head("#1d3a6e", "#f9fbfe"),
        *headline("稳健理财", "看得懂，拿得稳", ("#1d3a6e", "#b98a3c"), shadow=None, size_px=140),
        *sheet_card("card", Box(EDGE_PX, 596, 952, 640), fill="#ffffff", shadow="#7d96bb"),
        *ribbon(Box(EDGE_PX, 596, 952, 128), ("#1d3a6e", "#2f5b9f"), "#ffffff"),
        *rights("#25344f"),
        line("#1d3a6e", top_px=1290),
        *strip(tone),
    ]
    return Template(WIDTH_PX, HEIGHT_PX, tuple(layers), background="#eef3fa")


def card() -> Template:
    """Return the deep-blue style: a card that leans in the light."""
    tone = Tone("#2450c8", "#e9eefc", "长按识别 · 在线申请", "请理性消费、按期还款")
    layers: list[Layer] = [
        GradientLayer(
            id="sky",
            box=WHOLE,
            stops=(Stop(0, "#081538"), Stop(0.5, "#15348c"), Stop(1, "#2f6be0")),
            angle_degrees=80,
        ),
        glow("glow-a", (860, 330), 560, colour="#4f8dff", opacity=0.9),
        glow("glow-b", (80, 1000), 520, colour="#19c6e8", opacity=0.4),
        *scenery.rings("ring", (820, 350), (300, 380, 470, 570), "#9fc2ff"),
        scenery.bank_card(
            "card-b", Box(690, 316, 350, 220), ("#f6d58a", "#c08a2e", "#f1cf86"), degrees=12
        ),
        scenery.bank_card(
            "card-a", Box(664, 200, 350, 220), ("#3a7bff", "#1b3fb4", "#7a4df0"), degrees=-12
        ),
        *head("#ffffff", "#15348c"),
        *headline("信用卡", "一卡在手，日常有礼", ("#ffffff", "#b9d3ff"), shadow="#04102f"),
        *sheet_card("card", Box(EDGE_PX, 596, 952, 640), fill="#ffffff", shadow="#04102f"),
        *ribbon(Box(EDGE_PX, 596, 952, 128), ("#2450c8", "#5d7df5"), "#ffffff"),
        *rights("#22305a"),
        line("#ffffff", top_px=1290),
        *strip(tone),
    ]
    return Template(WIDTH_PX, HEIGHT_PX, tuple(layers), background="#15348c")


def etc() -> Template:
    """Return the open-road style: morning sky, a road to the horizon, a car."""
    tone = Tone("#0d7fb8", "#e5f4fb", "长按识别 · 预约安装", "优惠以活动规则为准，名额有限")
    layers: list[Layer] = [
        GradientLayer(
            id="sky",
            box=Box(0, 0, WIDTH_PX, 760),
            stops=(Stop(0, "#0a5fa8"), Stop(0.45, "#2fa4dd"), Stop(1, "#8fd0f0")),
        ),
        rays("rays", (800, 470), 900, colour="#ffffff", opacity=0.22),
        glow("sun", (800, 470), 330, colour="#fff4c2", opacity=1.0),
        scenery.cloud("cloud-a", (600, 190), 300, "#ffffff", opacity=0.75),
        ShapeLayer(
            id="hills",
            box=Box(-60, 400, 1240, 420),
            shape="curve",
            fill="#4fae7b",
            points=(
                (0, 230),
                (260, 190),
                (520, 230),
                (820, 120),
                (1240, 220),
                (1240, 420),
                (0, 420),
            ),
        ),
        GradientLayer(
            id="field", box=Box(0, 560, WIDTH_PX, 900), stops=blend("#6cc08a", "#2f8f5f")
        ),
        *scenery.road("road", (800, 480), (240, 1010, 1210)),
        *scenery.car("car", (668, 410), 210, ("#ff7043", "#d83a1e")),
        *head("#ffffff", "#0a5fa8"),
        *headline(
            "ETC办理", "不停车，少排队", ("#ffffff", "#dff3ff"), shadow="#063d6e", size_px=148
        ),
        *sheet_card("card", Box(EDGE_PX, 596, 952, 640), fill="#ffffff", shadow="#08344f"),
        *ribbon(Box(EDGE_PX, 596, 952, 128), ("#0d7fb8", "#23b0d8"), "#ffffff"),
        *rights("#1d3d4f"),
        line("#ffffff", top_px=1300),
        *strip(tone),
    ]
    return Template(WIDTH_PX, HEIGHT_PX, tuple(layers), background="#2f8f5f")
