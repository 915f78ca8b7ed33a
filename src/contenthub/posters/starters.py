"""Idea: the twelve poster templates a bank finds on its first day, most 1080 by 1920 px.

Every word on them is either a variable of approved content or harmless for any bank; rates,
terms and rights come from the item. The employee's strip lies in one band of 19 block rows,
so that a poster costs a sixth of the image (see splice.py).
"""

import functools

from contenthub.posters import artwork
from contenthub.posters import starters_people as people
from contenthub.posters import starters_products as products
from contenthub.posters import starters_seasons as seasons
from contenthub.posters.artwork import blend, card, glow, rays, ring
from contenthub.posters.layers import GradientLayer, Layer, Stop
from contenthub.posters.looks import Box, Clip
from contenthub.posters.starterparts import (
    EDGE_PX,
    HEIGHT_PX,
    WHOLE,
    WIDTH_PX,
    Tone,
    head,
    headline,
    line,
    rate,
    ribbon,
    rights,
    seal,
    strip,
    summary,
)
from contenthub.posters.template import Template


@functools.cache
def starters() -> dict[str, tuple[str, str, Template]]:
    """Return the shipped templates by code: title, topic (业务类别) and template."""
    return {
        "deposit-season": ("存款季", "deposit", _deposit_season()),
        "farm-loan": ("惠农贷", "loan", _farm_loan()),
        "rights-day": ("权益日", "life", _rights_day()),
        "wealth": ("稳健理财", "wealth", products.wealth()),
        "card": ("信用卡", "card", products.card()),
        "etc": ("ETC 办理", "payment", products.etc()),
        "anti-fraud": ("反诈宣传", "life", seasons.anti_fraud()),
        "spring-festival": ("春节", "life", seasons.spring_festival()),
        "mid-autumn": ("中秋", "life", seasons.mid_autumn()),
        "activity": ("活动报名", "life", seasons.activity()),
        "name-card": ("名片", "life", people.name_card()),
        "good-news": ("战报·喜报", "life", people.good_news()),
    }


def _deposit_season() -> Template:
    tone = Tone(
        "#b3141f", "#fff3df", "长按识别 · 预约办理", "利率以本行公告为准，提前支取按活期计息"
    )
    layers: list[Layer] = [
        GradientLayer(
            id="sky",
            box=WHOLE,
            stops=(Stop(0, "#8f0d1b"), Stop(0.4, "#c31c26"), Stop(1, "#e8593a")),
            angle_degrees=75,
        ),
        rays("rays", (800, 330), 1000, colour="#ffdf9e", opacity=0.26),
        glow("glow", (800, 330), 560, colour="#ffce74", opacity=0.8),
        *(
            ring(f"ring-{radius}", (800, 330), radius, colour="#ffe3ae", opacity=0.3)
            for radius in (210, 300, 400)
        ),
        *artwork.coins("coins-a", (748, 540), 4),
        *artwork.coins("coins-b", (932, 536), 8),
        *artwork.coins("coins-c", (836, 582), 2),
        *head("#fff4dc", "#b3141f"),
        *headline("存款季", "稳稳当当，把好日子存起来", ("#fffaf0", "#ffd070"), shadow="#7c0712"),
        *card("card", Box(EDGE_PX, 596, 952, 664), fill="#fffdf8", shadow="#5a0710"),
        *ribbon(Box(EDGE_PX, 596, 952, 116), ("#ffe9b8", "#f6c566"), "#8f0d1b"),
        *rate("年化利率", ("#e0303a", "#a10f1c")),
        *summary("#4a2c22"),
        *seal("存款保险", "依照《存款保险条例》受到保护", "#b3141f"),
        line("#ffe9cf"),
        *strip(tone),
    ]
    return Template(WIDTH_PX, HEIGHT_PX, tuple(layers), background="#b3141f")


def _farm_loan() -> Template:
    tone = Tone("#1f7a3d", "#eef7e2", "长按识别 · 咨询申请", "贷款额度、利率以审批为准，请理性借贷")
    layers: list[Layer] = [
        GradientLayer(
            id="sky",
            box=Box(0, 0, WIDTH_PX, 1200),
            stops=(
                Stop(0, "#0f6b46"),
                Stop(0.34, "#3f9d57"),
                Stop(0.75, "#cfe59a"),
                Stop(1, "#fff3c0"),
            ),
        ),
        rays("rays", (830, 420), 900, colour="#fff6c9", opacity=0.3),
        glow("glow", (830, 420), 520, colour="#fff0a8", opacity=0.95),
        GradientLayer(
            id="sun",
            box=Box(730, 320, 200, 200),
            stops=blend("#fffbe0", "#ffd75e"),
            clip=Clip("ellipse"),
        ),
        *_fields(),
        *head("#f4ffe8", "#1f7a3d"),
        *headline("惠农贷", "春种秋收，资金跟得上", ("#ffffff", "#fff0b0"), shadow="#0b4a30"),
        *card("card", Box(EDGE_PX, 596, 952, 600), fill="#fffffb", shadow="#0b3d24"),
        *ribbon(Box(EDGE_PX, 596, 952, 116), ("#2f9a55", "#14693a"), "#ffffff"),
        *rate("年化利率（单利）", ("#2b9a52", "#0e5c33")),
        *summary("#2c4233"),
        *artwork.wheat("wheat-a", (52, 1420), 236, lean=8),
        *artwork.wheat("wheat-b", (130, 1430), 180, lean=20),
        *artwork.wheat("wheat-c", (1030, 1420), 236, lean=-8),
        *artwork.wheat("wheat-d", (950, 1430), 180, lean=-20),
        line("#ffffff", top_px=1330),
        *strip(tone),
    ]
    return Template(WIDTH_PX, HEIGHT_PX, tuple(layers), background="#2f8f4e")


def _fields() -> list[Layer]:
    ridge = ((-80, 640), (140, 540), (360, 610), (600, 520), (840, 600), (1160, 500))
    middle = ((-80, 800), (240, 690), (560, 780), (860, 670), (1160, 760))
    layers = [
        artwork.hill("ridge", ridge, ("#7dbb6a", "#4f9a52"), floor_px=1400),
        artwork.hill("middle", middle, ("#5aa64f", "#2f7d3f"), floor_px=1500),
        artwork.hill(
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
        layers.append(
            artwork.blade(f"furrow{index + 7}", outline, ("#d7e88a", "#6fae3c"), opacity=0.42)
        )
    return layers


def _rights_day() -> Template:
    tone = Tone(
        "#4a34c4", "#f0ecff", "长按识别 · 查看权益", "本活动与微信/企业微信无关，详见活动规则"
    )
    slips = ("#ffd66b", "#7fe3ff", "#ff9ec4", "#c6b4ff")
    layers: list[Layer] = [
        GradientLayer(
            id="sky",
            box=WHOLE,
            stops=(Stop(0, "#1b1a6b"), Stop(0.45, "#4a35c9"), Stop(1, "#a366f5")),
            angle_degrees=70,
        ),
        glow("glow-a", (830, 360), 560, colour="#b58bff", opacity=0.9),
        glow("glow-b", (60, 900), 520, colour="#37b6ff", opacity=0.55),
        glow("glow-c", (1060, 1240), 460, colour="#ff7fc8", opacity=0.5),
        rays("rays", (830, 360), 820, colour="#ffffff", opacity=0.16),
        *(
            ring(f"ring-{radius}", (830, 380), radius, colour="#ffffff", opacity=0.22)
            for radius in (220, 310, 420)
        ),
        *artwork.confetti("slip", Box(640, 160, 420, 400), 24, colours=slips),
        *artwork.confetti("low", Box(20, 1352, 1040, 50), 14, colours=slips),
        *artwork.gift("gift", (690, 300), 290),
        *head("#ffffff", "#4a34c4"),
        *headline("权益日", "每一份信任，都有回应", ("#ffffff", "#d6c8ff"), shadow="#15115a"),
        *card("card", Box(EDGE_PX, 596, 952, 640), fill="#ffffff", shadow="#140d52"),
        *ribbon(Box(EDGE_PX, 596, 952, 132), ("#5b7cff", "#8a4df0"), "#ffffff"),
        *rights("#332a66"),
        line("#ffffff", top_px=1270),
        *strip(tone),
    ]
    return Template(WIDTH_PX, HEIGHT_PX, tuple(layers), background="#4a34c4")
