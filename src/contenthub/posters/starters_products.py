"""Idea: shipped designs of products: deposit, loan, wealth, bank card, ETC."""

from contenthub.posters import artwork, scenery
from contenthub.posters.artwork import blend, glow, rays
from contenthub.posters.layers import GradientLayer, Layer, ShapeLayer, Stop
from contenthub.posters.looks import Box, Clip
from contenthub.posters.starterparts import WHOLE, WIDTH_PX, Design, Tone


def deposit_season() -> Design:
    """Return the red and gold style of the year's first quarter: coins in the light."""
    red = (Stop(0, "#8f0d1b"), Stop(0.4, "#c31c26"), Stop(1, "#e8593a"))
    return Design(
        ground=(GradientLayer(id="sky", box=WHOLE, stops=red, angle_degrees=75),),
        art=(
            rays("rays", (800, 330), 1000, colour="#ffdf9e", opacity=0.26),
            glow("glow", (800, 330), 560, colour="#ffce74", opacity=0.8),
            *scenery.rings("ring", (800, 330), (210, 300, 400), "#ffe3ae"),
            *artwork.coins("coins-a", (748, 540), 4),
            *artwork.coins("coins-b", (932, 536), 8),
            *artwork.coins("coins-c", (836, 582), 2),
        ),
        background="#b3141f",
        tone=Tone(
            "#b3141f", "#fff3df", "长按识别 · 预约办理", "利率以本行公告为准，提前支取按活期计息"
        ),
        mark=("#fff4dc", "#b3141f"),
        title="存款季",
        slogan="稳稳当当，把好日子存起来",
        inks=("#fffaf0", "#ffd070"),
        shadow="#7c0712",
        sheet=("#fffdf8", "#5a0710"),
        ribbon=("#ffe9b8", "#f6c566"),
        ribbon_ink="#8f0d1b",
        ink="#4a2c22",
        hotline="#ffe9cf",
        rate=("年化利率", ("#e0303a", "#a10f1c")),
        seal=("存款保险", "依照《存款保险条例》受到保护"),
    )


def farm_loan() -> Design:
    """Return the green style: sun over fields, ears of wheat."""
    morning = (
        Stop(0, "#0f6b46"),
        Stop(0.34, "#3f9d57"),
        Stop(0.75, "#cfe59a"),
        Stop(1, "#fff3c0"),
    )
    return Design(
        ground=(
            GradientLayer(id="sky", box=Box(0, 0, WIDTH_PX, 1200), stops=morning),
            *scenery.fields(),
        ),
        art=(
            rays("rays", (830, 420), 900, colour="#fff6c9", opacity=0.2),
            glow("glow", (830, 420), 400, colour="#fff0a8", opacity=0.95),
            GradientLayer(
                id="sun",
                box=Box(730, 320, 200, 200),
                stops=blend("#fffbe0", "#ffd75e"),
                clip=Clip("ellipse"),
            ),
        ),
        background="#2f8f4e",
        tone=Tone(
            "#1f7a3d", "#eef7e2", "长按识别 · 咨询申请", "贷款额度、利率以审批为准，请理性借贷"
        ),
        mark=("#f4ffe8", "#1f7a3d"),
        title="惠农贷",
        slogan="春种秋收，资金跟得上",
        inks=("#ffffff", "#fff0b0"),
        shadow="#0b4a30",
        sheet=("#fffffb", "#0b3d24"),
        ribbon=("#2f9a55", "#14693a"),
        ribbon_ink="#ffffff",
        ink="#2c4233",
        hotline="#ffffff",
        rate=("年化利率（单利）", ("#2b9a52", "#0e5c33")),
        front=(
            *artwork.wheat("wheat-a", (52, 1420), 236, lean=8),
            *artwork.wheat("wheat-b", (130, 1430), 180, lean=20),
            *artwork.wheat("wheat-c", (1030, 1420), 236, lean=-8),
            *artwork.wheat("wheat-d", (950, 1430), 180, lean=-20),
        ),
    )


def wealth() -> Design:
    """Return the clear style: light ground, much air, navy and gold, nothing that rises."""
    circles = (
        (690, 190, 260, "#1d3a6e", 0.92),
        (800, 300, 240, "#c79a4b", 0.82),
        (640, 350, 200, "#4f8fc9", 0.78),
    )
    return Design(
        ground=(GradientLayer(id="sky", box=WHOLE, stops=blend("#f9fbfe", "#dde8f6")),),
        art=(
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
        ),
        background="#eef3fa",
        tone=Tone(
            "#1d3a6e", "#eaf0f9", "长按识别 · 咨询经理", "理财非存款、产品有风险、投资须谨慎"
        ),
        mark=("#1d3a6e", "#f9fbfe"),
        title="稳健理财",
        slogan="看得懂，拿得稳",
        inks=("#2a5597", "#152c57"),
        sheet=("#ffffff", "#7d96bb"),
        ribbon=("#1d3a6e", "#2f5b9f"),
        ribbon_ink="#ffffff",
        ink="#25344f",
        hotline="#1d3a6e",
    )


def card() -> Design:
    """Return the deep-blue style: a card that leans in the light."""
    blue = (Stop(0, "#081538"), Stop(0.5, "#15348c"), Stop(1, "#2f6be0"))
    return Design(
        ground=(
            GradientLayer(id="sky", box=WHOLE, stops=blue, angle_degrees=80),
            glow("glow-b", (80, 1000), 520, colour="#19c6e8", opacity=0.4),
        ),
        art=(
            glow("glow-a", (860, 330), 560, colour="#4f8dff", opacity=0.9),
            *scenery.rings("ring", (820, 350), (300, 380, 470, 570), "#9fc2ff"),
            scenery.bank_card(
                "card-b", Box(690, 316, 350, 220), ("#f6d58a", "#c08a2e", "#f1cf86"), degrees=12
            ),
            scenery.bank_card(
                "card-a", Box(664, 200, 350, 220), ("#3a7bff", "#1b3fb4", "#7a4df0"), degrees=-12
            ),
        ),
        background="#15348c",
        tone=Tone("#2450c8", "#e9eefc", "长按识别 · 在线申请", "请理性消费、按期还款"),
        mark=("#ffffff", "#15348c"),
        title="信用卡",
        slogan="一卡在手，日常有礼",
        inks=("#ffffff", "#b9d3ff"),
        shadow="#04102f",
        sheet=("#ffffff", "#04102f"),
        ribbon=("#2450c8", "#5d7df5"),
        ribbon_ink="#ffffff",
        ink="#22305a",
        hotline="#ffffff",
    )


def etc() -> Design:
    """Return the open-road style: morning sky, a road to the horizon, a car."""
    sky = (Stop(0, "#0a5fa8"), Stop(0.45, "#2fa4dd"), Stop(1, "#8fd0f0"))
    crest = (
        (0, 230),
        (260, 190),
        (520, 230),
        (820, 120),
        (1240, 220),
        (1240, 420),
        (0, 420),
    )
    return Design(
        ground=(
            GradientLayer(id="sky", box=Box(0, 0, WIDTH_PX, 760), stops=sky),
            *_sunrise(),
            ShapeLayer(
                id="hills", box=Box(-60, 400, 1240, 420), shape="curve", fill="#4fae7b",
                points=crest,
            ),
            GradientLayer(
                id="field", box=Box(0, 560, WIDTH_PX, 1360), stops=blend("#6cc08a", "#2f8f5f")
            ),
        ),
        art=(
            scenery.cloud("cloud-a", (730, 190), 280, "#ffffff", opacity=0.75),
            *scenery.road("road", (800, 480), (240, 1010, 1210)),
            *scenery.car("car", (668, 410), 210, ("#ff7043", "#d83a1e")),
        ),
        background="#2f8f5f",
        tone=Tone("#0d7fb8", "#e5f4fb", "长按识别 · 预约安装", "优惠以活动规则为准，名额有限"),
        mark=("#ffffff", "#0a5fa8"),
        title="ETC办理",
        slogan="不停车，少排队",
        inks=("#ffffff", "#dff3ff"),
        shadow="#063d6e",
        sheet=("#ffffff", "#08344f"),
        ribbon=("#0d7fb8", "#23b0d8"),
        ribbon_ink="#ffffff",
        ink="#1d3d4f",
        hotline="#ffffff",
    )  # fmt: skip


def _sunrise() -> list[Layer]:
    return [
        rays("rays", (800, 470), 900, colour="#ffffff", opacity=0.22),
        glow("sun", (800, 470), 330, colour="#fff4c2", opacity=1.0),
    ]
