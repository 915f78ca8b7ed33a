"""Idea: what a poster template is, and how one is read from JSON.

A template is a canvas in px and up to 200 layers, painted in their order. Layers that show an
employee (photo, QR code, text with an `employee.` variable, rules that ask for one) are
personal: they are painted for each poster; all others once for each approved template.
"""

import re
from typing import Annotated, Any, Literal

import msgspec

from contenthub.errors import Invalid
from contenthub.posters import faults, upgrades
from contenthub.posters.faults import LAYERS_MAX
from contenthub.posters.layers import SPARE, DisclosureLayer, Layer, placed, walk
from contenthub.posters.layers import is_personal as is_personal
from contenthub.posters.looks import SIDE_MAX_PX, Box, Colour, Percent
from contenthub.posters.upgrades import SCHEMA

SIDE_MIN_PX = 64
AREA_MAX_PX = 25_000_000
NO_DISCLOSURE = "缺少提示语图层：请添加「提示语」并写明本类产品的法定提示"

_KINDS = "picture、text、shape、gradient、qr、photo、logo、disclosure、group"
_WORDS: tuple[tuple[str, str], ...] = (
    (r"missing required field `(\w+)`", "缺少 {0}，请补上"),
    (r"contains unknown field `(\w+)`", "不认识 {0} 这一项，请删除"),
    (r"Invalid value '?(.*?)'? ?$", f"图层类型 kind 填错了，只能是 {_KINDS}"),
    (r"Expected `int` >= (-?\d+)", "不能小于 {0}"),
    (r"Expected `int` <= (-?\d+)", "不能大于 {0}"),
    (r"Expected `float` >= (-?[\d.]+)", "不能小于 {0}"),
    (r"Expected `float` <= (-?[\d.]+)", "不能大于 {0}"),
    (r"Expected `str` of length <= (\d+)", "太长，最多 {0} 个字"),
    (r"Expected `array` of length >= (\d+)", "至少要有 {0} 项"),
    (r"Expected `array` of length <= (\d+)", "最多 {0} 项"),
    (r"matching regex .*#\[0-9a-fA-F\]", "颜色要写成 #rrggbb，例如 #c81e28"),
    (r"matching regex .*serif", "字体要从字体库里选：写字体编号（64 位十六进制）、serif，或留空"),
    (r"matching regex .*builtin", "图片要写素材的 sha256（64 位十六进制）"),
    (r"matching regex .*\[a-z0-9\]", "编号只能用小写字母、数字、- 和 _，最长 40 位"),
    (r"Expected `float` > (-?[\d.]+)", "要大于 {0}"),
    (r"Invalid enum value (.*)", "没有 {0} 这个选项，请从列表里选"),
    (r"Expected `(\w+)[^`]*`, got `(\w+)`", "类型不对：要 {0}，填的是 {1}"),
)
_TYPES = {
    "int": "整数",
    "float": "数字",
    "str": "文字",
    "bool": "是或否",
    "array": "列表",
    "object": "对象",
    "null": "空值",
}


class Template(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A poster's canvas and layers; `quality` is that of its JPEG.

    For print, `dpi` is written into the file, and `bleed_px` more are painted on each side of
    the canvas (出血) for the knife; layers reach there with coordinates beyond the canvas.
    """

    width_px: int
    height_px: int
    layers: tuple[Layer, ...]
    background: Colour = "#ffffff"
    quality: Percent = 88
    dpi: Annotated[int, msgspec.Meta(ge=72, le=600)] | None = None
    bleed_px: Annotated[int, msgspec.Meta(ge=0, le=120)] = 0
    schema: Literal[2] = SCHEMA

    @property
    def canvas(self) -> Box:
        """Return the whole canvas as a box."""
        return Box(0, 0, self.width_px, self.height_px)

    def layer(self, layer_id: str) -> Layer | None:
        """Return the layer of an id, also one in a group, or None."""
        return next((layer for _, layer in walk(self.layers) if layer.id == layer_id), None)


class Personal(msgspec.Struct, frozen=True):
    """What one employee's poster shows; `photo` is an accepted JPEG or PNG, or None."""

    name: str
    title: str = ""
    phone: str = ""
    branch: str = ""
    no: str = ""
    photo: bytes | None = None
    qr_text: str = ""
    contact_text: str = ""
    """What their 「联系我」 code says; empty while they have none."""
    figures: dict[str, str] = {}
    """Of a 战报: the counts of the day (figures.py)."""
    card_text: str = ""
    """The address of their e-card; empty while they have none."""
    spare: str = ""
    """The bank's own faces, a chain of keys (fonts.py), where the shipped 黑体 lacks a character
    of theirs."""

    def code_text(self, code: str) -> str:
        """Return what a code of a kind says (QrLayer); empty where they have none of it yet."""
        said = {"share": self.qr_text, "card": self.card_text, "contact": self.contact_text}
        return said[code]

    def values(self) -> dict[str, str]:
        """Return the values of the `employee.` variables, and of `SPARE` where there is any."""
        found = {
            "employee.name": self.name,
            "employee.title": self.title,
            "employee.phone": self.phone,
            "employee.branch": self.branch,
            "employee.no": self.no,
            **self.figures,
        }
        if self.spare:
            found[SPARE] = self.spare
        return found


def sheet(template: Template) -> Template:
    """Return the template as it is painted: bleed and all, every box counted from its corner."""
    bleed_px = template.bleed_px
    return msgspec.structs.replace(
        template,
        width_px=template.width_px + 2 * bleed_px,
        height_px=template.height_px + 2 * bleed_px,
        layers=placed(template.layers, bleed_px, bleed_px),
        bleed_px=0,
    )


def parse(data: bytes | str | dict[str, Any]) -> Template:
    """Return the checked template of its JSON or of a dict.

    Raises `Invalid`; its fields are paths such as `layers[3].box`, its messages name the fix.
    """
    template = structured(data)
    check(template)
    return template


def structured(data: bytes | str | dict[str, Any]) -> Template:
    """Return the template of its JSON or of a dict, whose layers may be faulty (`check`).

    Raises `Invalid` for what is no template: the JSON, the canvas, a value of a wrong kind.
    """
    if isinstance(data, dict):
        _check_canvas(data)
        data = msgspec.json.encode(data)
    try:
        raw = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
        raise Invalid.of("template", f"模板不是完整的 JSON，请重新保存一次（{wrong}）") from wrong
    if not isinstance(raw, dict):
        raise Invalid.of("template", "模板应是一个 JSON 对象，含宽、高和图层")
    _check_canvas(raw)
    raw = upgrades.upgraded(raw)
    try:
        return msgspec.convert(raw, Template)
    except msgspec.ValidationError as wrong:
        raise _translated(str(wrong)) from wrong


def check(template: Template) -> None:
    """Do nothing for a sound template; raises `Invalid` with every fault found, one a field."""
    _check_canvas(msgspec.structs.asdict(template))
    found = faults.of_layers(template.layers, template.canvas, bleed_px=template.bleed_px)
    if found:
        raise Invalid(fields=found)


def schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a template, for editors and scripts of banks."""
    found = msgspec.json.schema(Template)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **found}


def require_disclosure(template: Template) -> None:
    """Do nothing if the template shows a mandatory text; asked for before review.

    Raises `Invalid` naming `layers`.
    """
    if not any(isinstance(layer, DisclosureLayer) for _, layer in walk(template.layers)):
        raise Invalid.of("layers", NO_DISCLOSURE)


def _check_canvas(raw: dict[str, Any]) -> None:
    fields = {}
    for name, title in (("width_px", "宽度"), ("height_px", "高度")):
        side = raw.get(name)
        if not isinstance(side, int) or isinstance(side, bool):
            fields[name] = f"{title}要填整数像素，例如 1080"
        elif not SIDE_MIN_PX <= side <= SIDE_MAX_PX:
            fields[name] = (
                f"{title} {side} 像素不可用，请填 {SIDE_MIN_PX} 到 {SIDE_MAX_PX} 之间的数"
            )
    if not fields and raw["width_px"] * raw["height_px"] > AREA_MAX_PX:
        fields["height_px"] = "画布超过 2500 万像素，请减小宽或高"
    layers = raw.get("layers")
    if isinstance(layers, list) and len(layers) > LAYERS_MAX:
        fields["layers"] = f"有 {len(layers)} 个图层，最多 {LAYERS_MAX} 个，请合并或删除一些"
    if fields:
        raise Invalid(fields=fields)


def _translated(message: str) -> Invalid:
    text, _, path = message.partition(" - at `")
    field = path.rstrip("`").removeprefix("$").lstrip(".") or "template"
    field = field.removesuffix(".kind") if text.startswith("Invalid value") else field
    for pattern, words in _WORDS:
        found = re.search(pattern, text)
        if found:
            return Invalid.of(
                field, words.format(*(_TYPES.get(one, one) for one in found.groups()))
            )
    return Invalid.of(field, f"填写有误：{text}")
