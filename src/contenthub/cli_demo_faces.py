"""Drawn portraits for the demo banks' employees: nobody real, all different, made at once."""

import io
from random import Random

from PIL import Image, ImageDraw, ImageFilter

SIDE_PX = 360
_SCALE = 2
_GROUNDS = (
    ("#dfe9f7", "#b9cfea"),
    ("#e6f1e4", "#bcd9bd"),
    ("#f6ebdd", "#e6cda9"),
    ("#ece8f6", "#cbc2e6"),
    ("#e4f1f2", "#b5d8dc"),
    ("#f4e6e6", "#e2bebf"),
)
_SKINS = (("#f6d7bf", "#e6b898"), ("#f1cbab", "#dcaa84"), ("#e8bd98", "#cf9c72"))
_HAIRS = ("#201c1d", "#2b2422", "#38302b", "#1a1b20")
_GREY = "#6d6a68"
_SUITS = ("#233a63", "#2b2f3a", "#3b4657", "#5a2430", "#1f4f4c", "#404b2f")
_SHIRTS = ("#ffffff", "#eef4fb", "#f7f1e8")
_TIES = ("#b3141f", "#1f5fa8", "#2f7a4d", "#7b3f8c", "#c98a1b")
_INK = "#3a2a26"

Box = tuple[float, float, float, float]


class _Sheet:
    """A drawing on a grid of 100 by 100, painted large so that its edges come out smooth."""

    def __init__(self, side_px: int) -> None:
        self.side = side_px * _SCALE
        self.image = Image.new("RGB", (self.side, self.side))
        self.draw = ImageDraw.Draw(self.image)

    def px(self, *numbers: float) -> list[float]:
        return [n * self.side / 100 for n in numbers]

    def oval(self, box: Box, fill: str) -> None:
        self.draw.ellipse(self.px(*box), fill=fill)

    def plate(self, box: Box, fill: str, round_by: float) -> None:
        self.draw.rounded_rectangle(self.px(*box), self.px(round_by)[0], fill=fill)

    def shape(self, fill: str, *points: float) -> None:
        self.draw.polygon(self.px(*points), fill=fill)

    def bow(self, box: Box, degrees: tuple[int, int], *, fill: str, width: float) -> None:
        width_px = max(1, round(self.px(width)[0]))
        self.draw.arc(self.px(*box), *degrees, fill=fill, width=width_px)

    def half(self, box: Box, degrees: tuple[int, int], fill: str) -> None:
        self.draw.pieslice(self.px(*box), *degrees, fill=fill)


def portrait(gender: str, *, seed: str, side_px: int = SIDE_PX) -> bytes:
    """Return a JPEG of a drawn person; the same seed gives the same face."""
    rng = Random(f"face {seed}")  # noqa: S311  (a drawing must repeat, nothing is secret)
    sheet = _Sheet(side_px)
    _ground(sheet, rng)
    hair = _GREY if rng.random() < 0.08 else rng.choice(_HAIRS)
    skin = rng.choice(_SKINS)
    woman = gender == "female"
    style = rng.randrange(3)
    if woman:
        _hair_behind(sheet, hair, style)
    _clothes(sheet, rng, skin, woman=woman)
    _head(sheet, skin)
    _features(sheet, rng, woman=woman)
    (_womans_hair if woman else _mans_hair)(sheet, hair, style)
    if rng.random() < 0.34:
        _glasses(sheet, rng.choice(("#2d2f36", "#7a5a3c")))
    small = sheet.image.resize((side_px, side_px), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    small.save(out, "JPEG", quality=88)
    return out.getvalue()


def _ground(sheet: _Sheet, rng: Random) -> None:
    light, dark = rng.choice(_GROUNDS)
    fade = Image.linear_gradient("L").resize((sheet.side, sheet.side))
    sheet.image.paste(Image.new("RGB", fade.size, light), (0, 0))
    sheet.image.paste(Image.new("RGB", fade.size, dark), (0, 0), fade)
    halo = Image.new("L", (100, 100), 0)
    ImageDraw.Draw(halo).ellipse((16, 6, 84, 74), fill=120)
    halo = halo.filter(ImageFilter.GaussianBlur(12)).resize(fade.size)
    sheet.image.paste(Image.new("RGB", fade.size, "#ffffff"), (0, 0), halo)


def _clothes(sheet: _Sheet, rng: Random, skin: tuple[str, str], *, woman: bool) -> None:
    suit, shirt, tie = rng.choice(_SUITS), rng.choice(_SHIRTS), rng.choice(_TIES)
    sheet.plate((17, 77, 83, 130), suit, 20)
    sheet.shape(shirt, 38, 77, 62, 77, 50, 104)
    sheet.plate((42, 62, 58, 84), skin[1], 7)
    sheet.shape(skin[0], 42, 76, 58, 76, 50, 86)
    if woman and rng.random() < 0.6:
        sheet.shape(tie, 38, 78, 50, 85, 44, 91)
        sheet.shape(tie, 62, 78, 50, 85, 56, 91)
        sheet.oval((47.5, 82.5, 52.5, 87.5), tie)
    elif not woman:
        sheet.shape(tie, 47, 85, 53, 85, 51.5, 89, 54, 101, 46, 101, 48.5, 89)
    sheet.shape(shirt, 41, 75, 50, 86, 43, 91, 37, 79)
    sheet.shape(shirt, 59, 75, 50, 86, 57, 91, 63, 79)
    sheet.shape(_darker(suit), 37, 78, 43, 91, 46, 101, 28, 84)
    sheet.shape(_darker(suit), 63, 78, 57, 91, 54, 101, 72, 84)
    sheet.plate((64, 91, 75, 95), "#e8c374", 1)  # the name badge


def _head(sheet: _Sheet, skin: tuple[str, str]) -> None:
    sheet.oval((27.5, 43, 35, 56), skin[1])
    sheet.oval((65, 43, 72.5, 56), skin[1])
    sheet.plate((31, 24, 69, 72), skin[0], 19)
    sheet.oval((34, 40, 66, 75), skin[0])


def _features(sheet: _Sheet, rng: Random, *, woman: bool) -> None:
    brow = rng.uniform(-0.6, 0.8)
    for left, right in ((37, 46), (54, 63)):
        sheet.bow((left, 40 - brow, right, 47), (200, 340), fill=_INK, width=1.0 if woman else 1.5)
        sheet.oval((left + 2.2, 46, right - 2.6, 50.4), "#ffffff")
        sheet.oval((left + 2.9, 45.8, right - 2.4, 50.4), "#241a18")
        sheet.oval((left + 4.8, 46.6, right - 3.2, 47.8), "#ffffff")
        if woman:
            sheet.bow((left + 1.4, 44.4, right - 1.4, 52), (195, 345), fill=_INK, width=0.9)
    sheet.bow((47, 49, 53, 57.4), (20, 160), fill="#c98f70", width=0.9)
    for cheek in (34.5, 57.5):
        sheet.oval((cheek, 53, cheek + 8, 58), "#f2bfa6" if woman else "#ecbd9f")
    smile = rng.uniform(0, 2)
    lips = rng.choice(("#c4545a", "#b9484f")) if woman else "#a85a4c"
    sheet.half((43 - smile / 2, 56, 57 + smile / 2, 66), (12, 168), lips)
    sheet.half((44.6, 57.6, 55.4, 63.4), (12, 168), "#ffffff")


def _hair_behind(sheet: _Sheet, hair: str, style: int) -> None:
    if style == 0:
        sheet.plate((24, 20, 76, 84), hair, 22)
    elif style == 1:
        sheet.plate((25, 20, 75, 69), hair, 22)
    else:
        sheet.oval((39, 7, 61, 27), hair)


def _womans_hair(sheet: _Sheet, hair: str, style: int) -> None:
    sheet.half((28, 16, 72, 62), (180, 360), hair)
    if style == 2:
        sheet.half((29, 22, 58, 58), (170, 290), hair)
    else:
        sheet.plate((26, 33, 34, 66), hair, 4)
        sheet.plate((66, 33, 74, 66), hair, 4)
        sheet.shape(hair, 30, 38, 33, 24, 57, 24, 44, 37)
        sheet.shape(hair, 55, 24, 68, 26, 70, 40, 60, 33)
    sheet.bow((36, 19, 60, 40), (205, 280), fill=_lighter(hair), width=1.2)


def _mans_hair(sheet: _Sheet, hair: str, style: int) -> None:
    sheet.half((29.5, 17, 70.5, 58), (182, 358), hair)
    sheet.plate((29.5, 34, 33, 46), hair, 1.6)
    sheet.plate((67, 34, 70.5, 46), hair, 1.6)
    if style == 0:
        sheet.shape(hair, 31, 40, 33, 24, 62, 22, 69, 40, 62, 34, 45, 36)
    elif style == 1:
        sheet.shape(hair, 30, 40, 32, 23, 70, 23, 70, 40, 66, 35, 34, 35)
    else:
        sheet.shape(hair, 31, 41, 34, 24, 66, 20, 70, 40, 63, 31, 40, 33)
    sheet.bow((38, 18, 64, 40), (215, 290), fill=_lighter(hair), width=1.2)


def _glasses(sheet: _Sheet, frame: str) -> None:
    for left in (35.5, 52.5):
        sheet.draw.rounded_rectangle(
            sheet.px(left, 43.2, left + 12, 53),
            sheet.px(4)[0],
            outline=frame,
            width=round(sheet.px(0.9)[0]),
        )
    sheet.bow((47, 45, 53, 50), (190, 350), fill=frame, width=0.9)


def _darker(colour: str) -> str:
    return _mixed(colour, 0)


def _lighter(colour: str) -> str:
    return _mixed(colour, 255)


def _mixed(colour: str, with_level: int) -> str:
    parts = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(p + (with_level - p) * 0.22):02x}" for p in parts)
