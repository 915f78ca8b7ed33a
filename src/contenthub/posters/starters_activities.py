"""Idea: shipped designs of what a branch does with people, by the kinds of its activities."""

from contenthub.posters import artwork, gatherings, scenery
from contenthub.posters.artwork import glow, rays
from contenthub.posters.layers import GradientLayer, Stop
from contenthub.posters.looks import Box
from contenthub.posters.starterparts import RULES, WHOLE, WIDTH_PX, Design, Tone

_SIGN_UP = "长按识别 · 我要报名"


def activity() -> Design:
    """Return the sunny style for any activity: a calendar with the day ringed, slips of paper."""
    slips = ("#ffd34d", "#ff8a5c", "#59c3a5", "#ffffff")
    sun = (Stop(0, "#f9762a"), Stop(0.45, "#ff9f43"), Stop(1, "#ffd58a"))
    return Design(
        ground=(GradientLayer(id="sky", box=WHOLE, stops=sun, angle_degrees=75),),
        art=(
            rays("rays", (840, 360), 1000, colour="#fff6d8", opacity=0.3),
            glow("glow", (840, 360), 460, colour="#fff3c4", opacity=0.7),
            *artwork.confetti("slip", Box(620, 140, 440, 430), 26, colours=slips),
            scenery.calendar("calendar", Box(690, 210, 300, 330), "#e2541f"),
        ),
        background="#ffb04f",
        tone=Tone("#d4551b", "#fff0e4", _SIGN_UP, RULES),
        mark=("#ffffff", "#d4551b"),
        title="邀您参加",
        slogan="名额有限，先报先得",
        inks=("#ffffff", "#fff0c2"),
        shadow="#a8380a",
        sheet=("#ffffff", "#a3501b"),
        ribbon=("#e2541f", "#ff8d3d"),
        ribbon_ink="#ffffff",
        ink="#5a3418",
        hotline="#7a3308",
    )


def lecture() -> Design:
    """Return the calm teal style of a lecture: a board on its stand."""
    teal = (Stop(0, "#06343f"), Stop(0.5, "#0c6470"), Stop(1, "#2ea59a"))
    return Design(
        ground=(GradientLayer(id="sky", box=WHOLE, stops=teal, angle_degrees=80),),
        art=(
            glow("glow", (830, 350), 540, colour="#6fe0cf", opacity=0.65),
            *scenery.rings("ring", (830, 360), (250, 330, 420), "#a9efe2"),
            *gatherings.board("board", Box(670, 190, 330, 250), "#0c6470"),
        ),
        background="#0c6470",
        tone=Tone("#0c6b70", "#e3f5f2", _SIGN_UP, RULES),
        mark=("#f0fffb", "#0c6470"),
        title="公益讲座",
        slogan="听得懂，用得上",
        inks=("#ffffff", "#bff3e6"),
        shadow="#042a33",
        sheet=("#ffffff", "#04303a"),
        ribbon=("#f7dc9c", "#e6b455"),
        ribbon_ink="#3f2d08",
        ink="#17424a",
        hotline="#eafffa",
    )


def family() -> Design:
    """Return the sky-blue style of a day for children and parents: balloons and clouds."""
    sky = (Stop(0, "#2377cc"), Stop(0.5, "#63b1ee"), Stop(1, "#def2ff"))
    return Design(
        ground=(
            GradientLayer(id="sky", box=WHOLE, stops=sky),
            scenery.cloud("cloud-c", (-60, 1270), 380, "#ffffff", opacity=0.8),
            scenery.cloud("cloud-d", (760, 1290), 340, "#ffffff", opacity=0.7),
        ),
        art=(
            glow("glow", (840, 330), 480, colour="#ffffff", opacity=0.7),
            scenery.cloud("cloud-a", (600, 440), 330, "#ffffff", opacity=0.9),
            *gatherings.balloons("balloon", (836, 560)),
            scenery.cloud("cloud-b", (820, 480), 300, "#ffffff", opacity=0.95),
        ),
        background="#8fd0fb",
        tone=Tone("#1f6fc0", "#e8f4fe", _SIGN_UP, RULES),
        mark=("#ffffff", "#1f6fc0"),
        title="亲子活动",
        slogan="陪孩子，学理财、长见识",
        inks=("#ffffff", "#fff7c9"),
        shadow="#1a5a9e",
        sheet=("#ffffff", "#4a86bd"),
        ribbon=("#ff9a3d", "#ffb84f"),
        ribbon_ink="#5f2d00",
        ink="#24476b",
        hotline="#174f86",
    )


def salon() -> Design:
    """Return the tea-green and wood style of an afternoon in the hall: a cup that steams."""
    wood = (Stop(0, "#2f2118"), Stop(0.5, "#5b4030"), Stop(1, "#9a7450"))
    return Design(
        ground=(GradientLayer(id="sky", box=WHOLE, stops=wood, angle_degrees=80),),
        art=(
            glow("glow", (830, 350), 540, colour="#ffdf9f", opacity=0.6),
            *scenery.rings("ring", (830, 370), (250, 330, 420), "#f0d7a8"),
            *gatherings.cup("cup", Box(690, 330, 270, 190)),
        ),
        background="#5b4030",
        tone=Tone("#6d4a2c", "#f8f0e2", _SIGN_UP, RULES),
        mark=("#fff6e3", "#5b4030"),
        title="厅堂沙龙",
        slogan="一杯茶，聊聊家常与理财",
        inks=("#fffaf0", "#f4d9a0"),
        shadow="#1e140d",
        sheet=("#fffdf7", "#20150d"),
        ribbon=("#efd9a8", "#d2ab62"),
        ribbon_ink="#40290f",
        ink="#4a3524",
        hotline="#fff1d8",
    )


def village() -> Design:
    """Return the style of a visit to the villages: fields, a road, the bank's van."""
    morning = (Stop(0, "#1f7fb5"), Stop(0.5, "#8fd0e6"), Stop(1, "#fdf3c8"))
    return Design(
        ground=(
            GradientLayer(id="sky", box=Box(0, 0, WIDTH_PX, 1000), stops=morning),
            *scenery.fields(),
        ),
        art=(
            glow("glow", (850, 300), 320, colour="#fff6c4", opacity=0.95),
            scenery.cloud("cloud-a", (770, 190), 260, "#ffffff", opacity=0.85),
            *scenery.road("road", (800, 500), (300, 980, 1210)),
            *scenery.car("van", (660, 396), 230, ("#f2f7f4", "#bcd2c6")),
        ),
        background="#3f9d57",
        tone=Tone("#21773c", "#eef7e2", _SIGN_UP, RULES),
        mark=("#ffffff", "#21773c"),
        title="惠农下乡",
        slogan="服务到村口，咨询在家门",
        inks=("#ffffff", "#fff6cf"),
        shadow="#0d5a78",
        sheet=("#fffffb", "#123f2a"),
        ribbon=("#2f9a55", "#78b53c"),
        ribbon_ink="#ffffff",
        ink="#2c4233",
        hotline="#ffffff",
    )
