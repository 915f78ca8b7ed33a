"""Idea: the seven kinds of layer a poster template is made of, each with an id and a box."""

import re
from typing import Annotated, ClassVar, Literal, TypeAlias

import msgspec

_VARIABLE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")

Pixels: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=4000)]
Colour: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^#[0-9a-fA-F]{6}$")]
Share: TypeAlias = Annotated[float, msgspec.Meta(ge=0, le=1)]
LayerId: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
FontSize: TypeAlias = Annotated[int, msgspec.Meta(ge=8, le=600)]
Words: TypeAlias = Annotated[str, msgspec.Meta(max_length=500)]
Percent: TypeAlias = Annotated[int, msgspec.Meta(ge=60, le=95)]

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
"""What the shipped templates' layers are called, on the form as in errors; by id."""


class Box(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rectangle in px, counted from the canvas's top left corner."""

    x_px: Annotated[int, msgspec.Meta(ge=-8000, le=8000)]
    y_px: Annotated[int, msgspec.Meta(ge=-8000, le=8000)]
    w_px: Annotated[int, msgspec.Meta(ge=1, le=8000)]
    h_px: Annotated[int, msgspec.Meta(ge=1, le=8000)]

    @property
    def right_px(self) -> int:
        """Return the first column to the right of the box."""
        return self.x_px + self.w_px

    @property
    def bottom_px(self) -> int:
        """Return the first row below the box."""
        return self.y_px + self.h_px

    def meets(self, other: "Box") -> bool:
        """Return whether the two boxes share a pixel."""
        return (
            self.x_px < other.right_px
            and other.x_px < self.right_px
            and self.y_px < other.bottom_px
            and other.y_px < self.bottom_px
        )

    def holds(self, other: "Box") -> bool:
        """Return whether the other box lies wholly inside this one."""
        return (
            self.x_px <= other.x_px
            and self.y_px <= other.y_px
            and other.right_px <= self.right_px
            and other.bottom_px <= self.bottom_px
        )


class _Layer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind"):
    """What every layer has: an id unique in its template, and a box."""

    label: ClassVar[str] = "图层"

    id: LayerId
    box: Box

    @property
    def called(self) -> str:
        """Return what people call the layer: its known name, else its kind, with its id."""
        known = LAYER_WORDS.get(self.id)
        return f"{known}（{self.id}）" if known else f"{self.label}「{self.id}」"


class PictureLayer(_Layer, frozen=True, tag="picture"):
    """A picture of the bank's library, named by the sha256 of its bytes."""

    label = "图片"

    asset: Annotated[str, msgspec.Meta(pattern=r"^([0-9a-f]{64}|builtin:[a-z0-9-]{1,40})$")]
    fit: Literal["cover", "contain", "stretch"] = "cover"
    radius_px: Pixels = 0
    opacity: Share = 1.0


class _Writing(_Layer, frozen=True):
    """What the layers that show text have in common."""

    text: Words
    size_px: FontSize
    min_size_px: FontSize | None = None
    weight: Literal[400, 500, 700, 900] = 400
    colour: Colour = "#202020"
    colour_to: Colour | None = None
    align: Literal["left", "center", "right"] = "left"
    valign: Literal["top", "middle", "bottom"] = "top"
    max_lines: Annotated[int, msgspec.Meta(ge=1, le=40)] = 1
    line_height: Annotated[float, msgspec.Meta(ge=1.0, le=3.0)] = 1.3
    tracking_px: Annotated[int, msgspec.Meta(ge=-20, le=200)] = 0
    ellipsis: bool = False

    @property
    def smallest_px(self) -> int:
        """Return the size below which the text may not shrink."""
        return self.size_px if self.min_size_px is None else self.min_size_px


class TextLayer(_Writing, frozen=True, tag="text"):
    """Text with `{{ variable }}`s; `colour_to` makes a gradient from the top line to the foot."""

    label = "文字"

    shadow: Colour | None = None


class DisclosureLayer(_Writing, frozen=True, tag="disclosure"):
    """The text the law asks for: large enough, readable and never covered.

    Source: reliability.md C2 (广告法 8 "显著、清晰"): at least 2.5 % of the image's height.
    """

    label = "提示语"


class ShapeLayer(_Layer, frozen=True, tag="shape"):
    """A vector shape; `points` are px from the box's corner, `blur_px` makes a soft shadow."""

    label = "图形"

    shape: Literal["rect", "rounded", "ellipse", "line", "polygon", "curve", "rays"] = "rect"
    fill: Colour | None = None
    stroke: Colour | None = None
    stroke_px: Annotated[int, msgspec.Meta(ge=0, le=200)] = 0
    radius_px: Pixels = 0
    opacity: Share = 1.0
    blur_px: Annotated[int, msgspec.Meta(ge=0, le=200)] = 0
    points: Annotated[
        tuple[tuple[int, int], ...],
        msgspec.Meta(max_length=200),
    ] = ()
    count: Annotated[int, msgspec.Meta(ge=2, le=90)] = 24


class Stop(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One colour of a gradient, `at` a share of its length."""

    at: Share
    colour: Colour
    opacity: Share = 1.0


class GradientLayer(_Layer, frozen=True, tag="gradient"):
    """A linear or radial blend of colours; 90 degrees runs from the top to the foot."""

    label = "渐变"

    stops: Annotated[tuple[Stop, ...], msgspec.Meta(min_length=2, max_length=8)]
    form: Literal["linear", "radial"] = "linear"
    angle_degrees: Annotated[int, msgspec.Meta(ge=0, le=359)] = 90
    mask: Literal["rounded", "ellipse", "polygon", "curve"] = "rounded"
    radius_px: Pixels = 0
    points: Annotated[tuple[tuple[int, int], ...], msgspec.Meta(max_length=200)] = ()


class QrLayer(_Layer, frozen=True, tag="qr"):
    """The employee's QR code: near-black on a white box, integer modules, quiet zone included."""

    label = "二维码"

    level: Literal["L", "M", "Q", "H"] = "M"


class PhotoLayer(_Layer, frozen=True, tag="photo"):
    """The employee's photo, round or rounded; without one, a disc with the surname."""

    label = "员工照片"

    form: Literal["round", "rounded"] = "round"
    radius_px: Pixels = 0
    ring_px: Annotated[int, msgspec.Meta(ge=0, le=60)] = 0
    ring: Colour = "#ffffff"


Layer: TypeAlias = (
    PictureLayer | TextLayer | ShapeLayer | GradientLayer | QrLayer | PhotoLayer | DisclosureLayer
)
Writing: TypeAlias = TextLayer | DisclosureLayer


def variables(text: str) -> list[str]:
    """Return the names between double braces, known or not, in order."""
    return _VARIABLE.findall(text)


def filled(text: str, values: dict[str, str]) -> str:
    """Return the text with the given variables replaced; those not given stay as they are."""
    return _VARIABLE.sub(lambda found: values.get(found[1], found[0]), text)
