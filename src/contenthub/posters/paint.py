"""Idea: a template's layers and bytes to pixels; no files, no network."""

import functools
import io
import zlib
from collections.abc import Iterable, Mapping

from PIL import Image, ImageDraw, ImageOps, UnidentifiedImageError

from contenthub.errors import Invalid
from contenthub.posters import fonts, qr
from contenthub.posters.layers import (
    Box,
    DisclosureLayer,
    GradientLayer,
    Layer,
    PhotoLayer,
    PictureLayer,
    QrLayer,
    ShapeLayer,
    TextLayer,
    filled,
    variables,
)
from contenthub.posters.lettering import paint_text
from contenthub.posters.shapes import disc, paint_gradient, paint_shape, rgb, visible
from contenthub.posters.template import Personal, Template, is_personal

CONTRAST_MIN = 4.5
"""Of mandatory text against what lies behind it (reliability.md C2; WCAG 2.2 AA)."""

_JPEG_GRID_PX = 8
_MODULE_MIN_PX = 4
_AVATAR_COLOURS = ("#3b6ea8", "#2f7f79", "#8a5a9e", "#b0653a", "#4b7a3d", "#a34a5c")
_Size = tuple[int, int]


def paint_static(
    template: Template, values: Mapping[str, str], assets: Mapping[str, bytes]
) -> Image.Image:
    """Return the RGB image of every layer that is the same on all posters.

    `values` are those of the `bank.` and `item.` variables, `assets` the pictures' bytes by
    their name in the template. Raises `Invalid` for a missing value or picture, text that
    does not fit, or a mandatory text with too little contrast.
    """
    canvas = Image.new("RGB", (template.width_px, template.height_px), template.background)
    for index, layer in enumerate(template.layers):
        if is_personal(layer):
            continue
        if isinstance(layer, ShapeLayer):
            paint_shape(canvas, layer)
        elif isinstance(layer, GradientLayer):
            paint_gradient(canvas, layer)
        elif isinstance(layer, PictureLayer):
            _paint_picture(canvas, layer, assets)
        elif isinstance(layer, TextLayer | DisclosureLayer):
            if isinstance(layer, DisclosureLayer):
                _check_contrast(canvas, layer, f"layers[{index}].colour")
            paint_text(canvas, layer, static_text(layer, values))
    return canvas


def paint_personal(
    canvas: Image.Image, layers: Iterable[Layer], personal: Personal, *, top_px: int = 0
) -> None:
    """Paint the personal layers on the canvas, whose first row is `top_px` of the image.

    Texts must have their `bank.` and `item.` variables replaced already. Raises `Invalid`.
    """
    values = personal.values()
    for layer in layers:
        if isinstance(layer, TextLayer):
            paint_text(canvas, layer, filled(layer.text, values), top_px=top_px)
        elif isinstance(layer, PhotoLayer):
            _paint_photo(canvas, layer, personal, top_px=top_px)
        elif isinstance(layer, QrLayer):
            _paint_qr(canvas, layer, personal.qr_text, top_px=top_px)


def static_text(layer: TextLayer | DisclosureLayer, values: Mapping[str, str]) -> str:
    """Return the layer's text with its `bank.` and `item.` variables replaced.

    Raises `Invalid` naming the variable that has no value.
    """
    for name in variables(layer.text):
        if name not in values and not name.startswith("employee."):
            raise Invalid.of(
                f"layers.{layer.id}.text",
                f"{layer.called}用了 {{{{ {name} }}}}，但没有填这一项的内容，请补填",
            )
    return filled(layer.text, dict(values))


def contrast(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    bright, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def _luminance(colour: tuple[int, int, int]) -> float:
    parts = [part / 255 for part in colour]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _check_contrast(canvas: Image.Image, layer: DisclosureLayer, field: str) -> None:
    box = layer.box
    behind = canvas.crop((box.x_px, box.y_px, box.right_px, box.bottom_px))
    # Averages of small patches: what stands behind a stroke, without the odd bright pixel.
    patches = behind.resize((48, 12), Image.Resampling.BOX)
    found = {
        (red, green, blue)
        for red, green, blue in zip(
            *(patches.getchannel(part).tobytes() for part in "RGB"), strict=True
        )
    }
    inks = [rgb(colour) for colour in (layer.colour, layer.colour_to) if colour]
    worst = min(contrast(ink, patch) for ink in inks for patch in found)
    if worst < CONTRAST_MIN:
        raise Invalid.of(
            field,
            f"{layer.called}与背景的对比度只有 {worst:.1f}，至少要 {CONTRAST_MIN}："
            "请换更深或更浅的字色，或在下面垫一块纯色底",
        )


def _paint_picture(canvas: Image.Image, layer: PictureLayer, assets: Mapping[str, bytes]) -> None:
    field = f"layers.{layer.id}.asset"
    data = assets.get(layer.asset)
    if data is None:
        raise Invalid.of(field, f"{layer.called}引用的素材不存在，请重新选择图片")
    size = (layer.box.w_px, layer.box.h_px)
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG")) as opened:
            opened.draft("RGB", size)
            picture = _fitted(opened.convert("RGBA"), size, layer.fit)
    except (UnidentifiedImageError, OSError, ValueError) as wrong:
        raise Invalid.of(field, f"{layer.called}打不开，请重新上传") from wrong
    alpha = picture.getchannel("A")
    if layer.radius_px:
        rounded = Image.new("L", size, 0)
        rounded.paste(alpha, (0, 0), disc(*size, layer.radius_px))
        alpha = rounded
    if layer.opacity < 1:
        alpha = alpha.point([round(level * layer.opacity) for level in range(256)])
    if visible(layer.box, canvas) is not None:
        canvas.paste(picture.convert("RGB"), (layer.box.x_px, layer.box.y_px), alpha)


def _fitted(picture: Image.Image, size: _Size, fit: str) -> Image.Image:
    if fit == "cover":
        return ImageOps.fit(picture, size, Image.Resampling.LANCZOS)
    if fit == "contain":
        return ImageOps.pad(picture, size, Image.Resampling.LANCZOS, color=(0, 0, 0, 0))
    return picture.resize(size, Image.Resampling.LANCZOS)


def _paint_qr(canvas: Image.Image, layer: QrLayer, text: str, *, top_px: int) -> None:
    box = layer.box
    canvas.paste((255, 255, 255), _on_canvas(box, top_px))
    size_px = min(box.w_px, box.h_px)
    left_px = box.x_px + (box.w_px - size_px) // 2
    high_px = box.y_px + (box.h_px - size_px) // 2
    qr.draw(
        canvas,
        text,
        (left_px, high_px),
        size_px=size_px,
        level=layer.level,
        grid_px=_JPEG_GRID_PX,
        top_px=top_px,
        least_px=_MODULE_MIN_PX,
    )


def _paint_photo(
    canvas: Image.Image, layer: PhotoLayer, personal: Personal, *, top_px: int
) -> None:
    box, ring_px = layer.box, layer.ring_px
    radius_px = None if layer.form == "round" else layer.radius_px
    left_px, high_px = box.x_px, box.y_px - top_px
    if ring_px:
        canvas.paste(rgb(layer.ring), (left_px, high_px), _disc(box.w_px, box.h_px, radius_px))
    size = (max(1, box.w_px - 2 * ring_px), max(1, box.h_px - 2 * ring_px))
    if radius_px is not None:
        radius_px = max(0, radius_px - ring_px)
    if personal.photo is None:
        face = _surname_disc(personal.name.strip()[:1], _avatar_colour(personal.name), size)
    else:
        face = _photo(personal.photo, size, layer.id)
    spot = (left_px + ring_px, high_px + ring_px)
    canvas.paste(face, spot, _disc(*size, radius_px))


def _on_canvas(box: Box, top_px: int) -> tuple[int, int, int, int]:
    return box.x_px, box.y_px - top_px, box.right_px, box.bottom_px - top_px


@functools.lru_cache(maxsize=64)
def _disc(width_px: int, height_px: int, radius_px: int | None) -> Image.Image:
    return disc(width_px, height_px, radius_px)


def _photo(data: bytes, size: _Size, layer_id: str) -> Image.Image:
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG")) as opened:
            # JPEG decodes straight to a half or a quarter where that is still large enough.
            opened.draft("RGB", size)
            picture = opened if opened.mode == "RGB" else opened.convert("RGB")
            # Faces sit above the middle of a portrait. Hamming: half of bicubic's work, as sharp.
            return ImageOps.fit(picture, size, Image.Resampling.HAMMING, centering=(0.5, 0.35))
    except (UnidentifiedImageError, OSError, ValueError) as wrong:
        raise Invalid.of(
            f"layers.{layer_id}.photo", "员工照片打不开，请在员工资料里重新上传 JPG 或 PNG 照片"
        ) from wrong


def _avatar_colour(name: str) -> str:
    return _AVATAR_COLOURS[zlib.crc32(name.encode()) % len(_AVATAR_COLOURS)]


@functools.lru_cache(maxsize=256)
def _surname_disc(surname: str, colour: str, size: _Size) -> Image.Image:
    """Return the stand-in of a missing photo: a soft disc of colour with the surname."""
    shade = Image.linear_gradient("L").resize(size).point([level // 4 for level in range(256)])
    face = Image.composite(Image.new("RGB", size, "#101828"), Image.new("RGB", size, colour), shade)
    mark = surname if surname and not fonts.missing_glyphs(surname) else "员"
    type_px = max(8, round(min(size) * 0.46))
    middle = (size[0] / 2, size[1] / 2)
    typeface = fonts.font(type_px, 500)
    left, top, right, bottom = typeface.getbbox(mark, anchor="ls")
    spot = (middle[0] - (left + right) / 2, middle[1] - (top + bottom) / 2)
    ImageDraw.Draw(face).text(spot, mark, font=typeface, fill="#ffffff", anchor="ls")
    return face
