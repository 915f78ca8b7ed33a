"""Idea: the pieces the shipped templates are put together from: head, sheet, employee, foot."""

from typing import Literal, NamedTuple

from contenthub.posters.artwork import blend
from contenthub.posters.artwork import card as paper
from contenthub.posters.layers import (
    DisclosureLayer,
    GradientLayer,
    Layer,
    LogoLayer,
    PhotoLayer,
    QrLayer,
    ShapeLayer,
    TextLayer,
)
from contenthub.posters.looks import Box, Shadow

WIDTH_PX, HEIGHT_PX = 1080, 1920
WHOLE = Box(0, 0, WIDTH_PX, HEIGHT_PX)
INK, GREY = "#1f2733", "#5b6675"
RULES = "本活动与微信、企业微信无关"
"""What rules of the messengers ask of every activity."""
QR_PX = 330
"""Usual links have 10 px a module in it, quiet zone included, the longest a house may have 8 px."""

At = tuple[int, int, int, int]
"""A box as x, y, width and height."""


class Tone(NamedTuple):
    """What differs between the employee's strips of the templates."""

    accent: str
    tint: str
    invite: str
    disclosure: str


class Design(NamedTuple):
    """What one shipped template says and looks like, whatever its size.

    `ground` and `art` are drawn for 1080 by 1920 px: the ground is stretched to a canvas, the
    art keeps its form and stands around `focus`, right of the title.
    """

    ground: tuple[Layer, ...]
    art: tuple[Layer, ...]
    background: str
    tone: Tone
    mark: tuple[str, str]
    """The ink of the bank's name, and what is set off from it in the mark."""
    title: str
    slogan: str
    inks: tuple[str, str]
    sheet: tuple[str, str]
    """The card's colour and that of its shadow."""
    ribbon: tuple[str, str]
    ribbon_ink: str
    ink: str
    hotline: str
    shadow: str | None = None
    rate: tuple[str, tuple[str, str]] | None = None
    """The words over the item's rate and its two colours, where the template shows one."""
    seal: tuple[str, str] | None = None
    front: tuple[Layer, ...] = ()
    """What stands before the card on the upright poster."""
    focus: tuple[int, int] = (820, 360)


def head(design: Design, at: At, *, size_px: int) -> list[Layer]:
    """Return the bank's logo and name, and the mark the advertising law asks for (广告法 14)."""
    x_px, y_px, w_px, h_px = at
    ink, other = design.mark
    inset_px, ad_px = h_px // 9, round(h_px * 1.44)
    ad = (x_px + w_px - ad_px, y_px + h_px // 8, ad_px, h_px - h_px // 4)
    return [
        ShapeLayer(
            id="mark",
            box=Box(x_px, y_px, h_px, h_px),
            shape="rounded",
            fill=ink,
            radius_px=h_px * 2 // 7,
        ),
        LogoLayer(
            id="logo",
            box=Box(x_px + inset_px, y_px + inset_px, h_px - 2 * inset_px, h_px - 2 * inset_px),
            fill=other,
            ink=ink,
        ),
        text(
            "bank",
            (x_px + h_px + h_px // 3, y_px, w_px - h_px - ad_px - h_px * 2 // 3, h_px),
            "{{ bank.name }}",
            size_px=size_px,
            ink=ink,
            weight=700,
            least_px=size_px * 5 // 8,
            valign="middle",
        ),
        ShapeLayer(
            id="ad-box",
            box=Box(*ad),
            shape="rounded",
            stroke=ink,
            stroke_px=2,
            radius_px=ad[3] // 2,
            opacity=0.9,
        ),
        text("ad", ad, "广告", size_px=size_px * 2 // 3, ink=ink, align="center", valign="middle"),
    ]


def mark(width_px: int, *, is_side: bool) -> list[Layer]:
    """Return the mark the advertising law asks for (广告法 14), readable on any ground.

    It stands in the upper right corner; `is_side`: in the left one, for a block stands there.
    """
    size_px = max(20, width_px // 45)
    left_px = size_px if is_side else width_px - size_px * 4
    at = (left_px, size_px, size_px * 3, size_px * 8 // 5)
    return [
        ShapeLayer(
            id="ad-box",
            box=Box(*at),
            shape="rounded",
            fill="#10202f",
            radius_px=at[3] // 2,
            opacity=0.6,
        ),
        text("ad", at, "广告", size_px=size_px, ink="#ffffff", align="center", valign="middle"),
    ]


def headline(design: Design, at: At, *, size_px: int, slogan_px: int) -> list[Layer]:
    """Return the large title, a dash and the slogan, one below the other from a box's top."""
    x_px, y_px, w_px, h_px = at
    dash_px = y_px + h_px + slogan_px * 5 // 7
    return [
        TextLayer(
            id="headline",
            box=Box(x_px - size_px // 30, y_px, w_px, h_px),
            text=design.title,
            size_px=size_px,
            min_size_px=size_px // 2,
            valign="middle",
            weight=900,
            colour=design.inks[0],
            colour_to=design.inks[1],
            shadow=Shadow(design.shadow, down_px=max(3, size_px // 26)) if design.shadow else None,
        ),
        ShapeLayer(
            id="dash",
            box=Box(x_px, dash_px, slogan_px * 12 // 7, max(4, slogan_px // 5)),
            shape="rounded",
            fill=design.inks[1],
            radius_px=max(2, slogan_px // 10),
        ),
        text(
            "slogan",
            (x_px, dash_px + slogan_px * 4 // 5, w_px, slogan_px * 10 // 7),
            design.slogan,
            size_px=slogan_px,
            ink=design.inks[0],
            weight=500,
            least_px=slogan_px * 3 // 4,
        ),
    ]


def sheet(design: Design, at: At, *, ribbon_px: int, size_px: int) -> list[Layer]:
    """Return the card with the item's title in its ribbon."""
    x_px, y_px, w_px, _ = at
    radius_px = min(44, ribbon_px // 2)
    half_px = ribbon_px // 2
    inks = blend(*design.ribbon)
    return [
        *paper("card", Box(*at), fill=design.sheet[0], shadow=design.sheet[1], radius_px=radius_px),
        GradientLayer(
            id="ribbon",
            box=Box(x_px, y_px, w_px, ribbon_px),
            stops=inks,
            angle_degrees=0,
            radius_px=radius_px,
        ),
        # Its lower corners are square.
        GradientLayer(
            id="ribbon-foot",
            box=Box(x_px, y_px + half_px, w_px, ribbon_px - half_px),
            stops=inks,
            angle_degrees=0,
        ),
        text(
            "title",
            (x_px + 40, y_px, w_px - 80, ribbon_px),
            "{{ item.title }}",
            size_px=size_px,
            ink=design.ribbon_ink,
            weight=700,
            least_px=size_px * 4 // 9,
            align="center",
            valign="middle",
        ),
    ]


def rate(design: Design, label: At, figure: At, *, size_px: int) -> list[Layer]:
    """Return the item's rate, as large as its box allows, with its label; or nothing."""
    if design.rate is None:
        return []
    words, inks = design.rate
    label_px = max(22, size_px // 5)
    return [
        text("rate-label", label, words, size_px=label_px, ink=GREY, align="center",
             valign="middle", least_px=label_px * 2 // 3),
        TextLayer(
            id="rate",
            box=Box(*figure),
            text="{{ item.rate }}",
            size_px=size_px,
            min_size_px=size_px * 3 // 10,
            weight=900,
            colour=inks[0],
            colour_to=inks[1],
            align="center",
            valign="middle",
        ),
    ]  # fmt: skip


def summary(design: Design, at: At, *, size_px: int, least_px: int, lines: int) -> TextLayer:
    """Return the item's summary."""
    return text(
        "summary",
        at,
        "{{ item.summary }}",
        size_px=size_px,
        ink=design.ink,
        weight=400 if design.rate else 500,
        least_px=least_px,
        align="center",
        valign="middle",
        max_lines=lines,
        line_height=1.5,
    )


def seal(design: Design, at: At) -> list[Layer]:
    """Return a stamp and the words beside it, in the middle of a row; or nothing."""
    if design.seal is None or design.rate is None:
        return []
    name, words = design.seal
    ink = design.rate[1][1]
    x_px, y_px, w_px, h_px = at
    size_px = h_px * 3 // 5
    stamp_px, gap_px = size_px * 21 // 4, size_px * 5 // 8
    start_px = x_px + (w_px - stamp_px - gap_px - len(words) * size_px) // 2
    box = (start_px, y_px, stamp_px, h_px)
    beside = (start_px + stamp_px + gap_px, y_px, len(words) * size_px + 8, h_px)
    return [
        ShapeLayer(id="seal-box", box=Box(*box), shape="rounded", stroke=ink, stroke_px=3,
                   radius_px=10),
        text("seal", box, name, size_px=size_px, ink=ink, weight=700, align="center",
             valign="middle"),
        text("seal-words", beside, words, size_px=size_px, ink=GREY, valign="middle",
             least_px=size_px // 2),
    ]  # fmt: skip


def panel(at: At, *, radius_px: int = 56) -> list[Layer]:
    """Return the white ground of the employee's part, its shadow on what lies above."""
    shade = Box(at[0], at[1] - 10, at[2], min(200, at[3]))
    return [
        ShapeLayer(id="strip-shadow", box=shade, shape="rounded", fill="#101020",
                   radius_px=radius_px, opacity=0.3, blur_px=22),
        ShapeLayer(id="strip", box=Box(*at), shape="rounded", fill="#ffffff", radius_px=radius_px),
    ]  # fmt: skip


def foot(design: Design, at: At, *, size_px: int, code_px: int, words: str) -> list[Layer]:
    """Return the mandatory text on its ground, and below it which wording the poster shows."""
    x_px, y_px, w_px, h_px = at
    edge_px = max(24, w_px // 45)
    row_px = round(size_px * 1.2)
    top_px = y_px + (h_px - row_px - round(code_px * 1.45)) // 2
    inner_px = w_px - 2 * edge_px
    return [
        ShapeLayer(id="foot", box=Box(*at), shape="rect", fill=design.tone.tint),
        DisclosureLayer(
            id="disclosure",
            box=Box(x_px + edge_px, top_px, inner_px, row_px),
            text=design.tone.disclosure,
            size_px=size_px,
            weight=500,
            colour=INK,
            align="center",
            valign="middle",
            line_height=1.15,
        ),
        text("code", (x_px + edge_px, top_px + row_px, inner_px, round(code_px * 1.45)), words,
             size_px=code_px, ink=GREY, align="center", valign="middle",
             least_px=code_px * 2 // 3),
    ]  # fmt: skip


class Person(NamedTuple):
    """Where an employee stands on a poster; sizes of type are those of the boxes."""

    photo: At
    name: At
    role: At
    branch: At
    phone: At
    invite: At
    code: At
    align: Literal["left", "center"] = "left"


def employee(design: Design, at: Person) -> list[Layer]:
    """Return face, name, title, branch, phone and code of an employee.

    A name of two lines holds the 26 characters of the longest of minorities' names.
    """
    tone, align = design.tone, at.align
    name_px = at.name[3] * 5 // 7
    return [
        PhotoLayer(id="photo", box=Box(*at.photo), ring_px=max(4, at.photo[2] // 22),
                   ring=tone.accent),
        text("name", at.name, "{{ employee.name }}", size_px=name_px, ink=INK, weight=700,
             least_px=name_px * 4 // 9, align=align, valign="middle", max_lines=2,
             line_height=1.15),
        text("role", at.role, "{{ employee.title }}", size_px=at.role[3] * 3 // 4, ink=tone.accent,
             weight=500, least_px=at.role[3] // 2, align=align, valign="middle"),
        text("branch", at.branch, "{{ employee.branch }} · 工号 {{ employee.no }}",
             size_px=at.branch[3] * 3 // 7, ink=GREY, least_px=at.branch[3] // 4, align=align,
             valign="middle", max_lines=2, line_height=1.15),
        text("phone", at.phone, "{{ employee.phone }}", size_px=at.phone[3] * 4 // 5, ink=INK,
             weight=700, least_px=at.phone[3] // 2, align=align, valign="middle"),
        text("invite", at.invite, tone.invite, size_px=at.invite[3] * 3 // 4, ink=tone.accent,
             weight=500, align="center", valign="middle", least_px=at.invite[3] // 2),
        QrLayer(id="qr", box=Box(*at.code)),
    ]  # fmt: skip


def text(
    name: str,
    at: At,
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
