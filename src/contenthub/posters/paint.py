"""Idea: one layer with its words and pictures to stamps; no files, no network."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from PIL import Image

from contenthub.errors import Invalid
from contenthub.posters import lettering, pictures, shapes, stamps
from contenthub.posters.figures import NO_POSTER
from contenthub.posters.layers import (
    DisclosureLayer,
    GradientLayer,
    GroupLayer,
    Layer,
    LogoLayer,
    PhotoLayer,
    PictureLayer,
    QrLayer,
    ShapeLayer,
    TextLayer,
    Writing,
    said,
    variables,
)
from contenthub.posters.looks import PERSONAL_PREFIXES, Box
from contenthub.posters.stamps import Stamp
from contenthub.posters.template import Personal

_LACKING = {
    "contact": "是「联系我」码，但这位员工还没有：请在员工资料里填写企业微信账号，"
    "系统申请到后就能用（一般几分钟）",
    "card": "打开员工名片，但这位员工还没有名片：请让他在手机上打开一次“我的码”",
}
NOBODY = Personal(name="")


@dataclass(frozen=True, slots=True)
class Sources:
    """What layers are filled with: variables' values, pictures' bytes by name, and a person."""

    values: Mapping[str, str] = field(default_factory=dict)
    assets: Mapping[str, bytes] = field(default_factory=dict)
    personal: Personal = NOBODY


def layer_stamps(layer: Layer, sources: Sources, within: Box | None) -> list[Stamp]:
    """Return what a layer (placed on the canvas, its rules not asked) leaves, looks and all.

    `within` is the canvas, beyond which nothing need be drawn. Raises `Invalid` for a missing
    value or picture, a broken photo, a text that does not fit, a code that would not scan.
    """
    if layer.rotation_degrees or not isinstance(layer, ShapeLayer | GradientLayer):
        within = None  # what lies beyond the canvas may turn into it; others are small
    if isinstance(layer, GroupLayer):
        found = group_stamps(layer, sources)
    else:
        found = _plain(layer, sources, within)
    return worn(layer, found, within)


def group_stamps(layer: GroupLayer, sources: Sources) -> list[Stamp]:
    """Return what the shown layers of a group leave, before the group's own looks."""
    known = known_values(sources)
    found: list[Stamp] = []
    for inner in layer.layers:
        if all(rule.holds(known) for rule in inner.show):
            found += layer_stamps(inner, sources, None)
    return found


def known_values(sources: Sources) -> dict[str, str]:
    """Return what rules may ask for: all variables, and `employee.photo` where there is one."""
    known = {**sources.values, **sources.personal.values()}
    known["employee.photo"] = "有" if sources.personal.photo else ""
    return known


def worn(layer: Layer, found: list[Stamp], within: Box | None) -> list[Stamp]:
    """Return a layer's stamps with its looks: clip, turn, opacity, shadow."""
    if is_plain(layer):
        return found
    one = stamps.merged(found)
    if one is None:
        return []
    box = layer.box
    if layer.clip is not None:
        one = stamps.cut(one, *shapes.clip_form(layer.clip, box, within))
    if layer.rotation_degrees:
        middle = (box.x_px + box.w_px / 2, box.y_px + box.h_px / 2)
        one = stamps.turned(one, layer.rotation_degrees, middle)
    if layer.opacity < 1 and one.mask is not None:
        one = one._replace(mask=stamps.faded(one.mask, layer.opacity))
    if layer.shadow is None:
        return [one]
    return [stamps.cast(one, layer.shadow), one]


def is_plain(layer: Layer) -> bool:
    """Return whether a layer is painted as it is: not cut, turned, faded or shadowed."""
    return not (layer.clip or layer.rotation_degrees or layer.opacity < 1 or layer.shadow)


def static_text(layer: Writing, values: Mapping[str, str]) -> Writing:
    """Return the layer with its `bank.` and `item.` variables replaced.

    Raises `Invalid` naming the variable that has no value.
    """
    for name in variables(layer.words):
        if name not in values and not name.startswith(PERSONAL_PREFIXES):
            raise Invalid.of(
                f"layers.{layer.id}.text",
                f"{layer.called}用了 {{{{ {name} }}}}，但没有填这一项的内容，请补填",
            )
    return said(layer, dict(values)) if values else layer


def _plain(layer: Layer, sources: Sources, within: Box | None) -> list[Stamp]:
    if isinstance(layer, TextLayer | DisclosureLayer):
        filled = static_text(layer, sources.values)
        mine = sources.personal.values()
        personal = variables(filled.words)
        if any(name not in mine for name in personal):
            raise Invalid.of(f"layers.{layer.id}.text", f"{layer.called}有战报数字，这{NO_POSTER}")
        # What is one person's is drawn thousands of times, on one line: no dictionary for that.
        return lettering.text_stamps(said(filled, mine), keeps_words=not personal)
    if isinstance(layer, ShapeLayer):
        return shapes.shape_stamps(layer, within)
    if isinstance(layer, GradientLayer):
        return shapes.gradient_stamps(layer, within)
    if isinstance(layer, PictureLayer):
        return pictures.picture_stamps(layer, sources.assets)
    if isinstance(layer, LogoLayer):
        return pictures.logo_stamps(layer, sources.assets, sources.values.get("bank.name", ""))
    if isinstance(layer, PhotoLayer):
        return pictures.photo_stamps(layer, sources.personal)
    if isinstance(layer, QrLayer):
        text = sources.personal.code_text(layer.code)
        if not text and layer.code in _LACKING:
            raise Invalid.of(f"layers.{layer.id}.code", f"{layer.called}{_LACKING[layer.code]}")
        return pictures.code_stamps(layer, text, sources.assets)
    raise TypeError(f"{type(layer).__name__} is painted by its inner layers")


def paint_whole(
    canvas: Box, layers: tuple[Layer, ...], sources: Sources, *, background: str
) -> Image.Image:
    """Return the whole picture of placed layers, each painted in its turn: what splicing equals."""
    image = Image.new("RGB", (canvas.w_px, canvas.h_px), background)
    known = known_values(sources)
    for layer in layers:
        if all(rule.holds(known) for rule in layer.show):
            stamps.press(image, layer_stamps(layer, sources, canvas))
    return image
