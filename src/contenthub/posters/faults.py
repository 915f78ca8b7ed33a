"""Idea: which layers are refused, each fault with the layer's name and the fix."""

import re
from collections.abc import Iterator, Sequence

from contenthub.posters import fonts
from contenthub.posters.colours import contrast, luminance, rgb
from contenthub.posters.figures import FIGURES
from contenthub.posters.layers import (
    DisclosureLayer,
    GradientLayer,
    GroupLayer,
    Layer,
    PictureLayer,
    QrLayer,
    ShapeLayer,
    TextLayer,
    Writing,
    filled,
    is_personal,
    placed,
    variables,
    walk,
)
from contenthub.posters.looks import PERSONAL_PREFIXES, SIDE_MAX_PX, Box, Points
from contenthub.posters.placing import body

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
    **FIGURES,
}
"""The only variables a text may use; only `employee.`, and the figures of a 战报, differ from
poster to poster.

Source: 银发〔2019〕316号 四(六): no free text of the employee on a poster.
"""

RULE_VARIABLES: dict[str, str] = VARIABLES | {
    "employee.photo": "员工照片",
    "item.kind": "内容类型",
    "item.topic": "业务类别",
}
"""What a rule of visibility may ask for."""
_BRACE = re.compile(r"\{\{|\}\}|\{%|%\}")
"""What is left of a variable that was begun and not ended, or of another template language."""
LAYERS_MAX = 200
DEPTH_MAX = 4
QR_MIN_PX = 231
"""A 25-module code of a 12-character link, its quiet zone, at 7 px a module (posters.md §5)."""
QR_CONTRAST_MIN = 7.0
DISCLOSURE_SHARE = 0.025
"""Least height of the mandatory text, as a share of the image (reliability.md C2)."""


def of_layers(layers: Sequence[Layer], canvas: Box, *, bleed_px: int = 0) -> dict[str, str]:
    """Return field → what is wrong and how to put it right, for a template's layers."""
    found: dict[str, str] = {}
    everything = list(walk(layers))
    if len(everything) > LAYERS_MAX:
        many = f"连同组内共有 {len(everything)} 个图层，最多 {LAYERS_MAX} 个，请合并或删除一些"
        return {"layers": many}
    found |= dict(_duplicates(everything)) | dict(_choice_faults(everything))
    upright = list(walk(placed(layers)))
    for (path, layer), (_, stood) in zip(everything, upright, strict=True):
        for field, message in _faults(layer, stood, canvas, bleed_px):
            found.setdefault(path + (f".{field}" if field else ""), f"{layer.called}{message}")
        if path.count(".layers") > DEPTH_MAX:
            found.setdefault(path, f"{layer.called}在第 {DEPTH_MAX + 1} 层组里，请减少组的层数")
    for field, message in _covered(placed(layers)):
        found.setdefault(field, message)
    return found


def _duplicates(everything: Sequence[tuple[str, Layer]]) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for path, layer in everything:
        if layer.id in seen:
            yield f"{path}.id", f"编号「{layer.id}」重复，请换一个"
        seen.add(layer.id)


def _choice_faults(everything: Sequence[tuple[str, Layer]]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the pictures an employee may choose from: one layer has them."""
    first: PictureLayer | None = None
    for path, layer in everything:
        if not isinstance(layer, PictureLayer) or not layer.choices:
            continue
        if first is not None:
            yield (
                f"{path}.choices",
                f"{layer.called}也设了可换的背景，但{first.called}已经设了：请只在一个图层上设",
            )
        first = first or layer
        offered = (layer.asset, *layer.choices)
        if len(set(offered)) < len(offered):
            yield f"{path}.choices", f"{layer.called}可换的背景里有重复的图片，请删除重复的"


def _faults(layer: Layer, stood: Layer, canvas: Box, bleed_px: int) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a layer; `stood` is the same one placed on the canvas."""
    yield from _box_faults(stood, canvas, bleed_px)
    yield from _look_faults(layer)
    if isinstance(layer, TextLayer | DisclosureLayer):
        yield from _text_faults(layer)
    if isinstance(layer, DisclosureLayer):
        yield from _disclosure_faults(layer, canvas.h_px)
    if isinstance(layer, ShapeLayer):
        yield from _shape_faults(layer)
    if isinstance(layer, QrLayer):
        yield from _code_faults(layer)


def _box_faults(layer: Layer, canvas: Box, bleed_px: int) -> Iterator[tuple[str, str]]:
    box = layer.box
    size = f"画布 {canvas.w_px}×{canvas.h_px}"
    times = 2 if layer.rotation_degrees else 3
    if box.w_px > times * canvas.w_px or box.h_px > times * canvas.h_px:
        yield "box", f"超过{size}的{'两' if times == 2 else '三'}倍，请缩小"
    elif isinstance(layer, ShapeLayer | GradientLayer | PictureLayer | GroupLayer):
        # Ornaments may bleed over the edge, as print does; they must still show something.
        if not body(layer).meets(canvas.grown(bleed_px)):
            yield "box", f"完全在{size}之外，请移回画布内或删除"
    elif not canvas.holds(box):
        yield (
            "box",
            f"超出{size}：左上角 ({box.x_px}, {box.y_px})，"
            f"右下角 ({box.right_px}, {box.bottom_px})，请移回或缩小",
        )


def _look_faults(layer: Layer) -> Iterator[tuple[str, str]]:
    if layer.clip is not None and layer.clip.form in ("polygon", "curve"):
        for _, message in _point_faults(layer.clip.points):
            yield "clip.points", f"的遮罩{message}"
    for number, rule in enumerate(layer.show):
        if rule.variable not in RULE_VARIABLES:
            known = "、".join(RULE_VARIABLES)
            yield f"show[{number}].variable", f"的显示条件用了不认识的变量，可用的有：{known}"
        if rule.test in ("one_of", "none_of") and not rule.values:
            yield f"show[{number}].values", "的显示条件没有列出取值，请至少填一个"
    if isinstance(layer, QrLayer | DisclosureLayer):
        if layer.rotation_degrees:
            yield "rotation_degrees", "不能旋转，请把角度改为 0"
        if layer.opacity < 1:
            yield "opacity", "不能半透明，请把不透明度改为 100%"
        if layer.clip is not None:
            yield "clip", "不能加遮罩，请删除遮罩"


def _text_faults(layer: Writing) -> Iterator[tuple[str, str]]:
    if not layer.words.strip():
        yield "text", "没有文字，请填写或删除这个图层"
    if layer.text and layer.spans:
        yield "spans", "同时写了 text 和 spans，请只留一个"
    for name in variables(layer.words):
        if name not in VARIABLES:
            known = "、".join(VARIABLES)
            yield "text", f"用了不认识的变量 {{{{ {name} }}}}，可用的有：{known}"
    for words in (layer.text, *(span.text for span in layer.spans)):
        # A variable is filled in piece by piece: begun in one span, it cannot end in the next.
        if mark := _BRACE.search(filled(words, dict.fromkeys(VARIABLES, ""))):
            yield "text", f"里多出了 {mark[0]}，会照样印出来：变量要写成 {{{{ employee.name }}}}"
    if fonts.CHAIN in layer.font:
        yield "font", "只能选一个字体：它没有的字，系统自动用自带的和本行的其他字体补"
    if layer.smallest_px > layer.size_px:
        yield "min_size_px", f"最小字号不能大于字号 {layer.size_px}"


def _disclosure_faults(layer: DisclosureLayer, height_px: int) -> Iterator[tuple[str, str]]:
    least_px = -int(-height_px * DISCLOSURE_SHARE // 1)
    scale = min((span.scale for span in layer.spans), default=1.0)
    if layer.smallest_px * scale < least_px:
        yield "size_px", f"字号不能小于画面高度的 2.5%，请设为 {least_px} 像素或更大"
    if any(name.startswith(PERSONAL_PREFIXES) for name in variables(layer.words)):
        yield "text", "不能含员工信息，请只写法定提示"
    if layer.ellipsis:
        yield "ellipsis", "不能省略，请关闭省略号"
    if layer.show:
        yield "show", "要一直显示，请删除显示条件"


def _code_faults(layer: QrLayer) -> Iterator[tuple[str, str]]:
    if min(layer.box.w_px, layer.box.h_px) < QR_MIN_PX:
        yield "box", f"太小，扫不出来：宽和高至少 {QR_MIN_PX} 像素"
    ink, ground = rgb(layer.colour), rgb(layer.ground)
    if contrast(ink, ground) < QR_CONTRAST_MIN or luminance(ink) > luminance(ground):
        yield "colour", "扫不出来：请用浅色底、接近黑色的码点，例如 #101010 配 #ffffff"


def _shape_faults(layer: ShapeLayer) -> Iterator[tuple[str, str]]:
    if layer.fill is None and layer.stroke is None:
        yield "fill", "没有颜色，请设置填充或描边"
    if layer.stroke is not None and layer.stroke_px == 0:
        yield "stroke_px", "描边宽度是 0，请设为 1 或更大"
    if layer.shape in ("polygon", "curve"):
        yield from _point_faults(layer.points)


def _point_faults(points: Points) -> Iterator[tuple[str, str]]:
    if len(points) < 3:
        yield "points", "多边形至少要 3 个点"
    elif any(abs(value) > SIDE_MAX_PX for point in points for value in point):
        yield "points", f"点的坐标不能超过 {SIDE_MAX_PX}"


def _covered(layers: Sequence[Layer]) -> Iterator[tuple[str, str]]:
    """Yield each layer that hides a code, a mandatory text, or a face or personal text."""
    guarded: list[Layer] = []
    for path, layer, is_whole in _leaves(layers, "layers"):
        for below in guarded:
            if not body(below).meets(body(layer)):
                continue
            if isinstance(below, DisclosureLayer):
                yield f"{path}.box", f"{layer.called}盖住了{below.called}，请移开，或把它排到下面"
            elif isinstance(below, QrLayer):
                yield f"{path}.box", f"{layer.called}盖住了{below.called}，会扫不出来，请移开"
            elif _hides(layer, below):
                yield f"{path}.box", f"{layer.called}盖住了{below.called}，请移开，或把它排到下面"
            else:
                continue
            break
        if is_whole and any(
            isinstance(inner, QrLayer | DisclosureLayer) for _, inner in walk([layer])
        ):
            yield path, f"{layer.called}里有二维码或提示语，不能旋转、半透明、加遮罩或加条件"
        if isinstance(layer, QrLayer | DisclosureLayer) or is_personal(layer):
            guarded.append(layer)


def _hides(layer: Layer, below: Layer) -> bool:
    """Return whether a filled form lies over the middle of what is personal."""
    if isinstance(layer, ShapeLayer):
        is_solid = layer.fill is not None and layer.shape not in ("line", "rays")
    else:
        is_solid = isinstance(layer, GradientLayer) and layer.stops[0].opacity > 0.5
    under = below.box
    middle = Box(under.x_px + under.w_px // 2, under.y_px + under.h_px // 2, 1, 1)
    return is_solid and layer.opacity > 0.5 and body(layer).holds(middle)


def _leaves(layers: Sequence[Layer], path: str) -> Iterator[tuple[str, Layer, bool]]:
    """Yield the layers that are painted, with whether one is a group that changes its own."""
    for index, layer in enumerate(layers):
        here = f"{path}[{index}]"
        if not isinstance(layer, GroupLayer):
            yield here, layer, False
        elif layer.rotation_degrees or layer.opacity < 1 or layer.clip or layer.show:
            yield here, layer, True
        else:
            yield from _leaves(layer.layers, f"{here}.layers")
