"""Idea: the kinds of layer a poster template is made of, each with an id and a box."""

import re
from collections.abc import Iterable, Iterator
from typing import Annotated, ClassVar, Literal, TypeAlias

import msgspec

from contenthub.posters import fonts
from contenthub.posters.looks import (
    PERSONAL_PREFIXES,
    Clip,
    Colour,
    Pixels,
    Points,
    Rule,
    Shadow,
    Share,
    Struct,
)
from contenthub.posters.looks import Box as Box

_VARIABLE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")

LayerId: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
FontSize: TypeAlias = Annotated[int, msgspec.Meta(ge=8, le=600)]
Words: TypeAlias = Annotated[str, msgspec.Meta(max_length=500)]
Weight: TypeAlias = Literal[400, 500, 700, 900]
Asset: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^([0-9a-f]{64}|builtin:[a-z0-9-]{1,40})$")]
FontKey: TypeAlias = Annotated[
    str, msgspec.Meta(pattern=r"^(|serif|[0-9a-f]{64})(\+[0-9a-f]{64})*$")
]
CodeKind: TypeAlias = Literal["share", "card", "contact"]
StrokeWidth: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=200)]

SPARE = "fonts.spare"
"""Among the values texts are filled with: the bank's own faces for what others lack, a chain of
keys (fonts.py); no variable, and there only where something lacks."""
LAYER_WORDS: dict[str, str] = {
    "headline": "大标题",
    "slogan": "副标题",
    "title": "内容标题",
    "rate-label": "利率说明",
    "rate": "利率",
    "summary": "内容摘要",
    "seal": "印章",
    "seal-words": "印章旁文字",
    "hotline": "客服热线",
    "disclosure": "法定提示语",
    "code": "内容编号",
    "invite": "二维码下方文字",
    "bank": "银行名称",
    "ad": "广告标识",
    "name": "员工姓名",
    "role": "员工职务",
    "branch": "机构与工号",
    "phone": "员工电话",
}
"""What the shipped templates' layers are called, in the editor as in errors; by id."""


class _Layer(Struct, frozen=True, tag_field="kind"):
    """What every layer has: an id unique in its template, a box, and its looks.

    It is painted upright, then cut by `clip`, turned about its box's middle (clockwise) and
    made translucent; the shadow falls last. It shows when all rules of `show` hold. `name` is
    what people call it, `locked` that the editor does not move it; neither is painted.
    """

    label: ClassVar[str] = "图层"

    id: LayerId
    box: Box
    name: Annotated[str, msgspec.Meta(max_length=40)] = ""
    locked: bool = False
    show: Annotated[tuple[Rule, ...], msgspec.Meta(max_length=8)] = ()
    rotation_degrees: Annotated[float, msgspec.Meta(ge=-180, le=180)] = 0
    opacity: Share = 1.0
    clip: Clip | None = None
    shadow: Shadow | None = None

    @property
    def called(self) -> str:
        """Return what people call the layer: the name given it, else its kind's, with its id."""
        known = self.name or LAYER_WORDS.get(self.id)
        return f"{known}（{self.id}）" if known else f"{self.label}「{self.id}」"


class Crop(Struct, frozen=True):
    """The part of a picture that is shown, as shares of its sides."""

    left: Share = 0.0
    top: Share = 0.0
    width: Annotated[float, msgspec.Meta(gt=0, le=1)] = 1.0
    height: Annotated[float, msgspec.Meta(gt=0, le=1)] = 1.0


class PictureLayer(_Layer, frozen=True, kw_only=True, tag="picture"):
    """A picture of the bank's library, named by the sha256 of its bytes.

    `choices` are pictures an employee may put in its place (choosing.py), shown alike.
    """

    label = "图片"

    asset: Asset
    choices: Annotated[tuple[Asset, ...], msgspec.Meta(max_length=8)] = ()
    fit: Literal["cover", "contain", "stretch"] = "cover"
    radius_px: Pixels = 0
    crop: Crop | None = None
    stroke: Colour | None = None
    stroke_px: StrokeWidth = 0


class LogoLayer(_Layer, frozen=True, kw_only=True, tag="logo"):
    """The bank's mark: its logo where it has one, else a disc with its name's first character."""

    label = "行标"

    fill: Colour = "#c81e28"
    ink: Colour = "#ffffff"


class Span(Struct, frozen=True):
    """A part of a text in a size of its own, as a share of the layer's; "2.05" beside "%"."""

    text: Words
    scale: Annotated[float, msgspec.Meta(ge=0.2, le=4)] = 1.0
    weight: Weight | None = None
    colour: Colour | None = None


class _Writing(_Layer, frozen=True, kw_only=True):
    """What the layers that show text have in common.

    Either `text` or `spans` is given. `autospace` sets Chinese and Latin an eighth of an em
    apart, `hang` lets a stop at a line's end stand outside the box, `vertical` sets columns
    from right to left. `font` is a face's key (fonts.py): empty, `serif`, or an own one's sha256;
    only a filled text has others behind it (`said`).
    """

    size_px: FontSize
    text: Words = ""
    spans: Annotated[tuple[Span, ...], msgspec.Meta(max_length=20)] = ()
    min_size_px: FontSize | None = None
    font: FontKey = ""
    weight: Weight = 400
    colour: Colour = "#202020"
    colour_to: Colour | None = None
    align: Literal["left", "center", "right", "justify"] = "left"
    valign: Literal["top", "middle", "bottom"] = "top"
    max_lines: Annotated[int, msgspec.Meta(ge=1, le=40)] = 1
    line_height: Annotated[float, msgspec.Meta(ge=1.0, le=3.0)] = 1.3
    tracking_px: Annotated[int, msgspec.Meta(ge=-20, le=200)] = 0
    ellipsis: bool = False
    autospace: bool = True
    hang: bool = False
    vertical: bool = False
    stroke: Colour | None = None
    stroke_px: Annotated[int, msgspec.Meta(ge=0, le=40)] = 0

    @property
    def smallest_px(self) -> int:
        """Return the size below which the text may not shrink."""
        return self.size_px if self.min_size_px is None else self.min_size_px

    @property
    def words(self) -> str:
        """Return all that the layer says, variables unfilled."""
        return self.text or "".join(span.text for span in self.spans)


class TextLayer(_Writing, frozen=True, kw_only=True, tag="text"):
    """Text with `{{ variable }}`s; `colour_to` makes a gradient from the top line to the foot."""

    label = "文字"


class DisclosureLayer(_Writing, frozen=True, kw_only=True, tag="disclosure"):
    """The text the law asks for: large enough, readable and never covered.

    Source: reliability.md C2 (广告法 8 "显著、清晰"): at least 2.5 % of the image's height.
    """

    label = "提示语"


class ShapeLayer(_Layer, frozen=True, kw_only=True, tag="shape"):
    """A vector shape; `points` are px from the box's corner, `blur_px` makes it soft."""

    label = "图形"

    shape: Literal["rect", "rounded", "ellipse", "line", "polygon", "curve", "rays"] = "rect"
    fill: Colour | None = None
    stroke: Colour | None = None
    stroke_px: StrokeWidth = 0
    radius_px: Pixels = 0
    blur_px: Annotated[int, msgspec.Meta(ge=0, le=200)] = 0
    points: Points = ()
    count: Annotated[int, msgspec.Meta(ge=2, le=90)] = 24


class Stop(Struct, frozen=True):
    """One colour of a gradient, `at` a share of its length."""

    at: Share
    colour: Colour
    opacity: Share = 1.0


class GradientLayer(_Layer, frozen=True, kw_only=True, tag="gradient"):
    """A linear or radial blend of colours; 90 degrees runs from the top to the foot."""

    label = "渐变"

    stops: Annotated[tuple[Stop, ...], msgspec.Meta(min_length=2, max_length=8)]
    form: Literal["linear", "radial"] = "linear"
    angle_degrees: Annotated[int, msgspec.Meta(ge=0, le=359)] = 90
    radius_px: Pixels = 0


class QrLayer(_Layer, frozen=True, kw_only=True, tag="qr"):
    """The employee's QR code: near-black on a light box, whole modules, quiet zone included.

    `code` share opens the content under their link, and nothing any more once it is taken down;
    card opens their e-card, which outlives every content; contact adds them in WeCom 「联系我」.

    `level` auto takes the highest level that costs no larger code, H under a `logo` (the name
    of a picture, shown in the middle on a pad of the ground).
    """

    label = "二维码"

    code: CodeKind = "share"
    level: Literal["auto", "L", "M", "Q", "H"] = "auto"
    colour: Colour = "#101010"
    ground: Colour = "#ffffff"
    logo: Asset | None = None


class PhotoLayer(_Layer, frozen=True, kw_only=True, tag="photo"):
    """The employee's photo, round or rounded; without one, a disc with the surname."""

    label = "员工照片"

    form: Literal["round", "rounded"] = "round"
    radius_px: Pixels = 0
    ring_px: Annotated[int, msgspec.Meta(ge=0, le=60)] = 0
    ring: Colour = "#ffffff"


class GroupLayer(_Layer, frozen=True, kw_only=True, tag="group"):
    """Layers that move, turn, fade and are cut as one; their boxes count from the group's."""

    label = "组"

    layers: Annotated[tuple["Layer", ...], msgspec.Meta(min_length=1, max_length=100)]


Layer: TypeAlias = (
    PictureLayer
    | LogoLayer
    | TextLayer
    | ShapeLayer
    | GradientLayer
    | QrLayer
    | PhotoLayer
    | DisclosureLayer
    | GroupLayer
)
Writing: TypeAlias = TextLayer | DisclosureLayer


def variables(text: str) -> list[str]:
    """Return the names between double braces, known or not, in order."""
    return _VARIABLE.findall(text)


def filled(text: str, values: dict[str, str]) -> str:
    """Return the text with the given variables replaced; those not given stay as they are."""
    return _VARIABLE.sub(lambda found: values.get(found[1], found[0]), text)


def said(layer: Writing, values: dict[str, str]) -> Writing:
    """Return the writing with the given variables replaced in its text and its spans.

    Where it has a character of writing that the shipped 黑体 lacks, the bank's own faces
    (`SPARE` of the values) are named behind its face.
    """
    spans = tuple(
        msgspec.structs.replace(span, text=filled(span.text, values)) for span in layer.spans
    )
    made = msgspec.structs.replace(layer, text=filled(layer.text, values), spans=spans)
    spare = values.get(SPARE)
    if spare and fonts.CHAIN not in made.font and any(map(fonts.may_be_spared, made.words)):
        return msgspec.structs.replace(made, font=f"{made.font}{fonts.CHAIN}{spare}")
    return made


def walk(layers: Iterable[Layer], path: str = "layers") -> Iterator[tuple[str, Layer]]:
    """Yield each layer with its path, those in groups after their group: `layers[2].layers[0]`."""
    for index, layer in enumerate(layers):
        here = f"{path}[{index}]"
        yield here, layer
        if isinstance(layer, GroupLayer):
            yield from walk(layer.layers, f"{here}.layers")


def placed(layers: Iterable[Layer], right_px: int = 0, down_px: int = 0) -> tuple[Layer, ...]:
    """Return the layers with boxes counted from the canvas, in groups too."""
    return tuple(_placed(layer, right_px, down_px) for layer in layers)


def _placed(layer: Layer, right_px: int, down_px: int) -> Layer:
    moved = layer.box.shifted(right_px, down_px)
    if isinstance(layer, GroupLayer):
        inner = placed(layer.layers, moved.x_px, moved.y_px)
        return msgspec.structs.replace(layer, box=moved, layers=inner)
    return msgspec.structs.replace(layer, box=moved)


def is_personal(layer: Layer) -> bool:
    """Return whether the layer differs from employee to employee."""
    if isinstance(layer, QrLayer | PhotoLayer) or any(rule.is_personal for rule in layer.show):
        return True
    if isinstance(layer, GroupLayer):
        return any(is_personal(inner) for inner in layer.layers)
    return isinstance(layer, TextLayer | DisclosureLayer) and any(
        name.startswith(PERSONAL_PREFIXES) for name in variables(layer.words)
    )
