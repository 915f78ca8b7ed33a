"""Idea: what a poster template is, and which templates are refused.

A template is a canvas in px and up to 200 layers, painted in their order. Layers that show an
employee (photo, QR code, text with an `employee.` variable) are personal: they are painted
last, once for each poster; all others are painted once for each approved template.
"""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from contenthub.errors import Invalid
from contenthub.posters.layers import (
    Box,
    Colour,
    DisclosureLayer,
    GradientLayer,
    Layer,
    Percent,
    PhotoLayer,
    PictureLayer,
    QrLayer,
    ShapeLayer,
    TextLayer,
    variables,
)

VARIABLES: dict[str, str] = {
    "employee.name": "员工姓名",
    "employee.title": "职务",
    "employee.phone": "电话",
    "employee.branch": "所属机构",
    "employee.no": "工号",
    "bank.name": "银行全称",
    "bank.hotline": "客服电话",
    "item.title": "内容标题",
    "item.rate": "利率",
    "item.summary": "内容摘要",
    "item.code": "内容编号",
}
"""The only variables a text may use; only `employee.` differs from poster to poster.

Source: 银发〔2019〕316号 四(六): no free text of the employee on a poster.
"""

SIDE_MIN_PX, SIDE_MAX_PX = 64, 8000
AREA_MAX_PX = 25_000_000
LAYERS_MAX = 200
QR_MIN_PX = 231
"""A 25-module code of a 12-character link, its quiet zone, at 7 px a module (posters.md §5)."""
DISCLOSURE_SHARE = 0.025
"""Least height of the mandatory text, as a share of the image (reliability.md C2)."""

_KINDS = "picture、text、shape、gradient、qr、photo、disclosure"
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
    (r"matching regex .*builtin", "图片要写素材的 sha256（64 位十六进制）"),
    (r"matching regex .*\[a-z0-9\]", "编号只能用小写字母、数字、- 和 _，最长 40 位"),
    (r"Invalid enum value (.*)", "没有 {0} 这个选项，请从列表里选"),
    (r"Expected `(\w+)[^`]*`, got `(\w+)`", "类型不对：要 {0}，填的是 {1}"),
)


class Template(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A poster's canvas and layers; `quality` is that of its JPEG."""

    width_px: int
    height_px: int
    layers: tuple[Layer, ...]
    background: Colour = "#ffffff"
    quality: Percent = 88

    @property
    def canvas(self) -> Box:
        """Return the whole canvas as a box."""
        return Box(0, 0, self.width_px, self.height_px)

    def layer(self, layer_id: str) -> Layer | None:
        """Return the layer of an id, or None."""
        return next((layer for layer in self.layers if layer.id == layer_id), None)


class Personal(msgspec.Struct, frozen=True):
    """What one employee's poster shows; `photo` is an accepted JPEG or PNG, or None."""

    name: str
    title: str = ""
    phone: str = ""
    branch: str = ""
    no: str = ""
    photo: bytes | None = None
    qr_text: str = ""

    def values(self) -> dict[str, str]:
        """Return the values of the `employee.` variables."""
        return {
            "employee.name": self.name,
            "employee.title": self.title,
            "employee.phone": self.phone,
            "employee.branch": self.branch,
            "employee.no": self.no,
        }


def is_personal(layer: Layer) -> bool:
    """Return whether the layer differs from employee to employee."""
    if isinstance(layer, QrLayer | PhotoLayer):
        return True
    return isinstance(layer, TextLayer) and any(
        name.startswith("employee.") for name in variables(layer.text)
    )


def parse(data: bytes | str | dict[str, Any]) -> Template:
    """Return the checked template of its JSON or of a dict.

    Raises `Invalid`; its fields are paths such as `layers[3].box`, its messages name the fix.
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
    try:
        template = msgspec.convert(raw, Template)
    except msgspec.ValidationError as wrong:
        raise _translated(str(wrong)) from wrong
    check(template)
    return template


def check(template: Template) -> None:
    """Do nothing for a sound template; raises `Invalid` with every fault found, one a field."""
    _check_canvas({"width_px": template.width_px, "height_px": template.height_px})
    fields = dict(_duplicates(template))
    for index, layer in enumerate(template.layers):
        for field, message in _faults(layer, template):
            path = f"layers[{index}]" + (f".{field}" if field else "")
            fields.setdefault(path, f"{layer.called}{message}")
    fields.update(_covered(template))
    if fields:
        raise Invalid(fields=fields)


def require_disclosure(template: Template) -> None:
    """Do nothing if the template shows a mandatory text; asked for before review.

    Raises `Invalid` naming `layers`.
    """
    if not any(isinstance(layer, DisclosureLayer) for layer in template.layers):
        raise Invalid.of("layers", "缺少提示语图层：请添加「提示语」并写明本类产品的法定提示")


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
            return Invalid.of(field, words.format(*found.groups()))
    return Invalid.of(field, f"填写有误：{text}")


def _duplicates(template: Template) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for index, layer in enumerate(template.layers):
        if layer.id in seen:
            yield f"layers[{index}].id", f"编号「{layer.id}」重复，请换一个"
        seen.add(layer.id)


def _faults(layer: Layer, template: Template) -> Iterator[tuple[str, str]]:
    yield from _box_faults(layer, template.canvas)
    if isinstance(layer, TextLayer | DisclosureLayer):
        yield from _text_faults(layer)
    if isinstance(layer, DisclosureLayer):
        yield from _disclosure_faults(layer, template.height_px)
    if isinstance(layer, ShapeLayer):
        yield from _shape_faults(layer)
    if isinstance(layer, GradientLayer) and layer.mask in ("polygon", "curve"):
        yield from _point_faults(layer.points)
    if isinstance(layer, QrLayer) and min(layer.box.w_px, layer.box.h_px) < QR_MIN_PX:
        yield "box", f"太小，扫不出来：宽和高至少 {QR_MIN_PX} 像素"


def _box_faults(layer: Layer, canvas: Box) -> Iterator[tuple[str, str]]:
    box = layer.box
    size = f"画布 {canvas.w_px}×{canvas.h_px}"
    if isinstance(layer, ShapeLayer | GradientLayer | PictureLayer):
        # Ornaments may bleed over the edge, as print does; they must still show something.
        if not box.meets(canvas):
            yield "box", f"完全在{size}之外，请移回画布内或删除"
        elif box.w_px > 3 * canvas.w_px or box.h_px > 3 * canvas.h_px:
            yield "box", f"超过{size}的三倍，请缩小"
    elif not canvas.holds(box):
        yield (
            "box",
            f"超出{size}：左上角 ({box.x_px}, {box.y_px})，"
            f"右下角 ({box.right_px}, {box.bottom_px})，请移回或缩小",
        )


def _text_faults(layer: TextLayer | DisclosureLayer) -> Iterator[tuple[str, str]]:
    if not layer.text.strip():
        yield "text", "没有文字，请填写或删除这个图层"
    for name in variables(layer.text):
        if name not in VARIABLES:
            known = "、".join(VARIABLES)
            yield "text", f"用了不认识的变量 {{{{ {name} }}}}，可用的有：{known}"
    if layer.smallest_px > layer.size_px:
        yield "min_size_px", f"最小字号不能大于字号 {layer.size_px}"


def _disclosure_faults(layer: DisclosureLayer, height_px: int) -> Iterator[tuple[str, str]]:
    least_px = -int(-height_px * DISCLOSURE_SHARE // 1)
    if layer.smallest_px < least_px:
        yield "size_px", f"字号不能小于画面高度的 2.5%，请设为 {least_px} 像素或更大"
    if any(name.startswith("employee.") for name in variables(layer.text)):
        yield "text", "不能含员工信息，请只写法定提示"
    if layer.ellipsis:
        yield "ellipsis", "不能省略，请关闭省略号"


def _shape_faults(layer: ShapeLayer) -> Iterator[tuple[str, str]]:
    if layer.fill is None and layer.stroke is None:
        yield "fill", "没有颜色，请设置填充或描边"
    if layer.stroke is not None and layer.stroke_px == 0:
        yield "stroke_px", "描边宽度是 0，请设为 1 或更大"
    if layer.shape in ("polygon", "curve"):
        yield from _point_faults(layer.points)


def _point_faults(points: tuple[tuple[int, int], ...]) -> Iterator[tuple[str, str]]:
    if len(points) < 3:
        yield "points", "多边形至少要 3 个点"
    elif any(abs(value) > SIDE_MAX_PX for point in points for value in point):
        yield "points", f"点的坐标不能超过 {SIDE_MAX_PX}"


def _covered(template: Template) -> Iterator[tuple[str, str]]:
    """Yield each layer that lies on top of a personal layer or of the mandatory text.

    It would hide a face, a code or what the law wants seen; it also would force every poster
    to paint static layers again.
    """
    guarded: list[Layer] = []
    for index, layer in enumerate(template.layers):
        below = next((other for other in guarded if other.box.meets(layer.box)), None)
        if below is not None and (isinstance(below, DisclosureLayer) or not is_personal(layer)):
            yield (
                f"layers[{index}].box",
                f"{layer.called}盖住了{below.called}，请移开，或把它排到下面",
            )
        elif below is not None and isinstance(below, QrLayer):
            yield (
                f"layers[{index}].box",
                f"{layer.called}盖住了{below.called}，会扫不出来，请移开",
            )
        if is_personal(layer) or isinstance(layer, DisclosureLayer):
            guarded.append(layer)
