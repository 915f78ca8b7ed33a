"""Idea: shipped designs of the bank's year: feasts and public education."""

from contenthub.posters import artwork, scenery
from contenthub.posters.artwork import blend, glow, rays
from contenthub.posters.layers import GradientLayer, Stop
from contenthub.posters.looks import Box
from contenthub.posters.starterparts import RULES, WHOLE, Design, Tone


def anti_fraud() -> Design:
    """Return the clear style for public education: white, blue, a shield."""
    return Design(
        ground=(GradientLayer(id="sky", box=WHOLE, stops=blend("#eef5ff", "#bcd6fb")),),
        art=(
            rays("rays", (830, 360), 900, colour="#ffffff", opacity=0.5),
            *scenery.rings("ring", (830, 370), (230, 310, 400, 500), "#6f9fe8"),
            *scenery.shield(
                "shield", Box(680, 170, 300, 380), ("#4f94ff", "#1650bd"), tick="#ffffff"
            ),
        ),
        background="#dbe9fd",
        tone=Tone("#1757c2", "#e6effd", "长按识别 · 了解更多", "不轻信、不透露、不转账"),
        mark=("#1757c2", "#ffffff"),
        title="反诈宣传",
        slogan="守好钱袋子，护好幸福家",
        inks=("#1757c2", "#0b357f"),
        sheet=("#ffffff", "#5d84c2"),
        ribbon=("#1757c2", "#3f86f2"),
        ribbon_ink="#ffffff",
        ink="#1d3460",
        hotline="#1757c2",
    )


def spring_festival() -> Design:
    """Return the red and gold style: lanterns and fireworks."""
    red = (Stop(0, "#7a0a12"), Stop(0.45, "#c4161f"), Stop(1, "#e2472f"))
    return Design(
        ground=(GradientLayer(id="sky", box=WHOLE, stops=red),),
        art=(
            rays("rays", (540, 300), 1100, colour="#ffcf7a", opacity=0.2),
            glow("glow", (860, 300), 480, colour="#ffb04f", opacity=0.7),
            *scenery.firework("fire-a", (690, 250), 96, "#ffd98a"),
            *scenery.firework("fire-b", (1010, 250), 60, "#ffe6ae"),
            *scenery.firework("fire-c", (650, 480), 60, "#ff9d6e"),
            *scenery.lantern("lamp-a", (898, -200), 180, cord_px=350),
            *scenery.lantern("lamp-b", (1044, -200), 120, cord_px=530),
            *artwork.coins("coins", (800, 586), 3, width_px=140),
        ),
        background="#b3141f",
        tone=Tone("#b3141f", "#fff1dc", "长按识别 · 领取祝福", RULES),
        mark=("#fff4dc", "#b3141f"),
        title="迎新春",
        slogan="阖家团圆，岁岁平安",
        inks=("#fff6df", "#ffcf6b"),
        shadow="#5e060c",
        sheet=("#fffaf0", "#4d050a"),
        ribbon=("#ffe9b8", "#f6c566"),
        ribbon_ink="#8f0d1b",
        ink="#5a241a",
        hotline="#ffe9cf",
    )


def mid_autumn() -> Design:
    """Return the night style: a full moon over clouds."""
    night = (Stop(0, "#0b1440"), Stop(0.5, "#2b2f7c"), Stop(1, "#7a4f9c"))
    stars = ("#fff6d0", "#cfd6ff")
    return Design(
        ground=(
            GradientLayer(id="sky", box=WHOLE, stops=night),
            scenery.cloud("cloud-c", (-90, 1270), 420, "#cfc4f2", opacity=0.3),
        ),
        art=(
            *artwork.confetti("star", Box(560, 150, 500, 420), 18, colours=stars),
            *scenery.moon("moon", (830, 350), 190),
            scenery.cloud("cloud-a", (620, 430), 360, "#e9e4ff", opacity=0.5),
            scenery.cloud("cloud-b", (850, 250), 300, "#d5ccff", opacity=0.35),
        ),
        background="#2b2f7c",
        tone=Tone("#3a3f8f", "#eeeefa", "长按识别 · 团圆有礼", RULES),
        mark=("#fff4d6", "#2b2f7c"),
        title="贺中秋",
        slogan="月圆人圆，事事如愿",
        inks=("#fffbe6", "#ffd98a"),
        shadow="#080d2e",
        sheet=("#fffdf6", "#080d2e"),
        ribbon=("#f8e2ad", "#e5b55c"),
        ribbon_ink="#3a2c10",
        ink="#38326a",
        hotline="#fff4d6",
    )


def rights_day() -> Design:
    """Return the bright violet style: a gift among slips of paper."""
    violet = (Stop(0, "#1b1a6b"), Stop(0.45, "#4a35c9"), Stop(1, "#a366f5"))
    slips = ("#ffd66b", "#7fe3ff", "#ff9ec4", "#c6b4ff")
    return Design(
        ground=(
            GradientLayer(id="sky", box=WHOLE, stops=violet, angle_degrees=70),
            glow("glow-b", (60, 900), 520, colour="#37b6ff", opacity=0.55),
            glow("glow-c", (1060, 1240), 460, colour="#ff7fc8", opacity=0.5),
        ),
        art=(
            glow("glow-a", (830, 360), 560, colour="#b58bff", opacity=0.9),
            rays("rays", (830, 360), 820, colour="#ffffff", opacity=0.16),
            *scenery.rings("ring", (830, 380), (220, 310, 420), "#cfc4ff"),
            *artwork.confetti("slip", Box(640, 160, 420, 400), 24, colours=slips),
            *artwork.gift("gift", (690, 300), 290),
        ),
        background="#4a34c4",
        tone=Tone("#4a34c4", "#f0ecff", "长按识别 · 查看权益", RULES + "，详见活动规则"),
        mark=("#ffffff", "#4a34c4"),
        title="权益日",
        slogan="每一份信任，都有回应",
        inks=("#ffffff", "#d6c8ff"),
        shadow="#15115a",
        sheet=("#ffffff", "#140d52"),
        ribbon=("#5b7cff", "#8a4df0"),
        ribbon_ink="#ffffff",
        ink="#332a66",
        hotline="#ffffff",
    )
