"""Idea: shipped templates of the bank's year: feasts, public education, an activity."""

from contenthub.posters import artwork, scenery
from contenthub.posters.artwork import blend, glow, rays
from contenthub.posters.artwork import card as sheet_card
from contenthub.posters.layers import GradientLayer, Layer, Stop
from contenthub.posters.looks import Box
from contenthub.posters.starterparts import (
    EDGE_PX,
    HEIGHT_PX,
    RULES,
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


def anti_fraud() -> Template:
    """Return the clear style for public education: white, blue, a shield."""
    tone = Tone("#1757c2", "#e6effd", "长按识别 · 了解更多", "不轻信、不透露、不转账")
    layers: list[Layer] = [
        GradientLayer(id="sky", box=WHOLE, stops=blend("#eef5ff", "#bcd6fb")),
        rays("rays", (830, 360), 900, colour="#ffffff", opacity=0.5),
        *scenery.rings("ring", (830, 370), (230, 310, 400, 500), "#6f9fe8"),
        *scenery.shield("shield", Box(680, 170, 300, 380), ("#4f94ff", "#1650bd"), tick="#ffffff"),
        *head("#1757c2", "#ffffff"),
        *headline(
            "反诈宣传", "守好钱袋子，护好幸福家", ("#1757c2", "#0b357f"), shadow=None, size_px=140
        ),
        *sheet_card("card", Box(EDGE_PX, 596, 952, 640), fill="#ffffff", shadow="#5d84c2"),
        *ribbon(Box(EDGE_PX, 596, 952, 128), ("#1757c2", "#3f86f2"), "#ffffff"),
        *rights("#1d3460"),
        line("#1757c2", top_px=1290),
        *strip(tone),
    ]
    return Template(WIDTH_PX, HEIGHT_PX, tuple(layers), background="#dbe9fd")


def spring_festival() -> Template:
    """Return the red and gold style: lanterns and fireworks."""
    tone = Tone("#b3141f", "#fff1dc", "长按识别 · 领取祝福", RULES)
    layers: list[Layer] = [
        GradientLayer(
            id="sky",
            box=WHOLE,
            stops=(Stop(0, "#7a0a12"), Stop(0.45, "#c4161f"), Stop(1, "#e2472f")),
        ),
        rays("rays", (540, 300), 1100, colour="#ffcf7a", opacity=0.2),
        glow("glow", (860, 300), 480, colour="#ffb04f", opacity=0.7),
        *scenery.firework("fire-a", (690, 250), 96, "#ffd98a"),
        *scenery.firework("fire-b", (1010, 250), 60, "#ffe6ae"),
        *scenery.firework("fire-c", (650, 480), 60, "#ff9d6e"),
        *scenery.lantern("lamp-a", (898, 0), 180, cord_px=150),
        *scenery.lantern("lamp-b", (1044, 0), 120, cord_px=330),
        *artwork.coins("coins", (800, 586), 3, width_px=140),
        *head("#fff4dc", "#b3141f"),
        *headline("迎新春", "阖家团圆，岁岁平安", ("#fff6df", "#ffcf6b"), shadow="#5e060c"),
        *sheet_card("card", Box(EDGE_PX, 596, 952, 640), fill="#fffaf0", shadow="#4d050a"),
        *ribbon(Box(EDGE_PX, 596, 952, 128), ("#ffe9b8", "#f6c566"), "#8f0d1b"),
        *rights("#5a241a"),
        line("#ffe9cf", top_px=1290),
        *strip(tone),
    ]
    return Template(WIDTH_PX, HEIGHT_PX, tuple(layers), background="#b3141f")


def mid_autumn() -> Template:
    """Return the night style: a full moon over clouds."""
    tone = Tone("#3a3f8f", "#eeeefa", "长按识别 · 团圆有礼", RULES)
    layers: list[Layer] = [
        GradientLayer(
            id="sky",
            box=WHOLE,
            stops=(Stop(0, "#0b1440"), Stop(0.5, "#2b2f7c"), Stop(1, "#7a4f9c")),
        ),
        *artwork.confetti("star", Box(40, 140, 1000, 1240), 34, colours=("#fff6d0", "#cfd6ff")),
        *scenery.moon("moon", (830, 350), 190),
        scenery.cloud("cloud-a", (620, 430), 360, "#e9e4ff", opacity=0.5),
        scenery.cloud("cloud-b", (850, 250), 300, "#d5ccff", opacity=0.35),
        scenery.cloud("cloud-c", (-90, 1270), 420, "#cfc4f2", opacity=0.3),
        *head("#fff4d6", "#2b2f7c"),
        *headline("贺中秋", "月圆人圆，事事如愿", ("#fffbe6", "#ffd98a"), shadow="#080d2e"),
        *sheet_card("card", Box(EDGE_PX, 596, 952, 640), fill="#fffdf6", shadow="#080d2e"),
        *ribbon(Box(EDGE_PX, 596, 952, 128), ("#f8e2ad", "#e5b55c"), "#3a2c10"),
        *rights("#38326a"),
        line("#fff4d6", top_px=1290),
        *strip(tone),
    ]
    return Template(WIDTH_PX, HEIGHT_PX, tuple(layers), background="#2b2f7c")


def activity() -> Template:
    """Return the sunny style: a calendar with the day ringed, slips of paper."""
    tone = Tone("#d4551b", "#fff0e4", "长按识别 · 我要报名", RULES)
    slips = ("#ffd34d", "#ff8a5c", "#59c3a5", "#ffffff")
    layers: list[Layer] = [
        GradientLayer(
            id="sky",
            box=WHOLE,
            stops=(Stop(0, "#ff8a3c"), Stop(0.45, "#ffb04f"), Stop(1, "#ffe0a3")),
            angle_degrees=75,
        ),
        rays("rays", (840, 360), 1000, colour="#fff6d8", opacity=0.35),
        glow("glow", (840, 360), 460, colour="#fff3c4", opacity=0.8),
        *artwork.confetti("slip", Box(600, 140, 460, 430), 26, colours=slips),
        scenery.calendar("calendar", Box(690, 210, 300, 330), "#e2541f"),
        *head("#ffffff", "#d4551b"),
        *headline(
            "邀您参加", "名额有限，先报先得", ("#ffffff", "#fff0c2"), shadow="#a8380a", size_px=140
        ),
        *sheet_card("card", Box(EDGE_PX, 596, 952, 640), fill="#ffffff", shadow="#a3501b"),
        *ribbon(Box(EDGE_PX, 596, 952, 128), ("#e2541f", "#ff8d3d"), "#ffffff"),
        *rights("#5a3418"),
        line("#7a3308", top_px=1290),
        *strip(tone),
    ]
    return Template(WIDTH_PX, HEIGHT_PX, tuple(layers), background="#ffb04f")
