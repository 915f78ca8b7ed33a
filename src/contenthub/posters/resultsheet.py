"""Idea: the 战报 every employee has, 1080 by 1920 px, until the bank approves one of its own.

Its height is fixed: a day has the same figures for everybody, and the branch's best are five.
It holds no offer and no code: it is for colleagues.
"""

from contenthub.posters.artwork import blend
from contenthub.posters.cards import line
from contenthub.posters.figures import BEST
from contenthub.posters.layers import Box, GradientLayer, Layer, PhotoLayer, ShapeLayer
from contenthub.posters.template import Template

WIDTH_PX, HEIGHT_PX = 1080, 1920
_INK, _GREY, _ACCENT, _PALE = "#1f2733", "#5b6675", "#c3272b", "#fff4ec"
_TILES = (
    ("views", "浏览"),
    ("leads", "留资"),
    ("signups", "报名"),
    ("attended", "到场"),
    ("shares", "分享"),
    ("rank", "支行名次"),
)
_TEAM = (("views", "浏览"), ("leads", "留资"), ("signups", "报名"), ("attended", "到场"))


def result_sheet() -> Template:
    """Return the sheet: who and which day on top, six figures, the branch's, its best five."""
    return Template(
        WIDTH_PX, HEIGHT_PX, (*_head(), *_tiles(), *_branch(), *_best(), *_foot()), "#f6f1ec"
    )


def _head() -> list[Layer]:
    stops = blend("#a3161c", "#e2572f")
    whole = Box(0, 0, WIDTH_PX, 520)
    return [
        GradientLayer(id="head", box=whole, stops=stops, angle_degrees=90),
        ShapeLayer(id="rays", box=whole, shape="rays", fill="#ffffff", count=28, opacity=0.07),
        line("bank", (64, 56, 952, 56), "{{ bank.name }}", size_px=38, ink="#ffe9d8"),
        line("title", (64, 120, 620, 120), "每日战报", size_px=100, ink="#ffffff", weight=700),
        line("day", (64, 250, 620, 60), "{{ result.day }}", size_px=42, ink="#ffe9d8"),
        PhotoLayer(id="photo", box=Box(776, 116, 240, 240), ring_px=10, ring="#ffd9a8"),
    ]


def _tiles() -> list[Layer]:
    found: list[Layer] = [
        ShapeLayer(
            id="sheet", box=Box(40, 350, 1000, 690), shape="rounded", fill="#ffffff", radius_px=36
        ),
        line("name", (88, 380, 520, 84), "{{ employee.name }}", size_px=64, ink=_INK, weight=700),
        line(
            "who",
            (88, 464, 904, 48),
            "{{ employee.branch }} · {{ employee.title }}",
            size_px=32,
            ink=_GREY,
        ),
    ]
    for place, (name, word) in enumerate(_TILES):
        left_px, top_px = 80 + place % 3 * 312, 536 + place // 3 * 240
        found += [
            ShapeLayer(
                id=f"tile-{name}",
                box=Box(left_px, top_px, 296, 224),
                shape="rounded",
                fill=_PALE,
                radius_px=24,
            ),
            line(
                f"value-{name}",
                (left_px + 8, top_px + 34, 280, 104),
                "{{ result." + name + " }}",
                size_px=76,
                ink=_ACCENT,
                weight=700,
                align="center",
            ),
            line(
                f"word-{name}",
                (left_px + 8, top_px + 146, 280, 48),
                word,
                size_px=34,
                ink=_GREY,
                align="center",
            ),
        ]
    return found


def _branch() -> list[Layer]:
    found: list[Layer] = [
        ShapeLayer(
            id="branch", box=Box(40, 1064, 1000, 216), shape="rounded", fill="#ffffff", radius_px=36
        ),
        line(
            "branch-title",
            (88, 1084, 904, 52),
            "{{ employee.branch }} {{ team.people }} 人合计",
            size_px=34,
            ink=_INK,
            weight=700,
        ),
    ]
    for place, (name, word) in enumerate(_TEAM):
        left_px = 72 + place * 236
        found += [
            line(
                f"team-{name}",
                (left_px, 1140, 228, 76),
                "{{ team." + name + " }}",
                size_px=56,
                ink=_INK,
                weight=700,
                align="center",
            ),
            line(
                f"team-word-{name}",
                (left_px, 1216, 228, 44),
                word,
                size_px=30,
                ink=_GREY,
                align="center",
            ),
        ]
    return found


def _best() -> list[Layer]:
    found: list[Layer] = [
        ShapeLayer(
            id="best", box=Box(40, 1304, 1000, 512), shape="rounded", fill="#ffffff", radius_px=36
        ),
        line("best-title", (88, 1326, 904, 56), "支行前五", size_px=36, ink=_INK, weight=700),
    ]
    for place in range(1, BEST + 1):
        top_px = 1396 + (place - 1) * 82
        found += [
            ShapeLayer(
                id=f"no-{place}",
                box=Box(88, top_px + 8, 56, 56),
                shape="ellipse",
                fill=_ACCENT if place <= 3 else "#b9a99c",
            ),
            line(
                f"place-{place}",
                (88, top_px + 8, 56, 56),
                str(place),
                size_px=34,
                ink="#ffffff",
                weight=700,
                align="center",
            ),
            line(
                f"best-{place}",
                (168, top_px, 300, 72),
                "{{ team.best" + f"{place}" + " }}",
                size_px=38,
                ink=_INK,
            ),
            line(
                f"counts-{place}",
                (476, top_px, 532, 72),
                "{{ team.best" + f"{place}_counts" + " }}",
                size_px=32,
                ink=_GREY,
            ),
        ]
    return found


def _foot() -> list[Layer]:
    words = "内部资料，仅限本行员工查看，请勿外传"
    return [line("foot", (64, 1836, 952, 56), words, size_px=30, ink=_GREY, align="center")]
