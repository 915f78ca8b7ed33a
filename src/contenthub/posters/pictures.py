"""Idea: layers that show a picture of somebody or something: library, logo, photo, code."""

import functools
import io
import zlib
from collections.abc import Mapping

from PIL import Image, ImageChops, ImageDraw, ImageOps, UnidentifiedImageError

from contenthub.errors import Invalid
from contenthub.posters import fonts, qr
from contenthub.posters.colours import rgb
from contenthub.posters.layers import LogoLayer, PhotoLayer, PictureLayer, QrLayer
from contenthub.posters.shapes import disc, edge
from contenthub.posters.stamps import Stamp
from contenthub.posters.template import Personal

BANK_LOGO = "bank:logo"
"""The name under which the bank's logo stands among a template's pictures."""

_JPEG_GRID_PX = 8
_MODULE_MIN_PX = 4
_LOGO_SHARE = 6
"""A code's logo takes a sixth of its side, 3 % of the modules; level H mends 30 %. Of a fifth,
OpenCV lost one code in twenty as made, of a sixth none of forty."""
_AVATAR_COLOURS = ("#3b6ea8", "#2f7f79", "#8a5a9e", "#b0653a", "#4b7a3d", "#a34a5c")
_Size = tuple[int, int]


def picture_stamps(layer: PictureLayer, assets: Mapping[str, bytes]) -> list[Stamp]:
    """Return a library picture's stamp, and its border's; raises `Invalid` (missing, broken)."""
    box, size = layer.box, (layer.box.w_px, layer.box.h_px)
    field = f"layers.{layer.id}.asset"
    data = assets.get(layer.asset)
    if data is None:
        raise Invalid.of(field, f"{layer.called}引用的素材不存在，请重新选择图片")
    draft = size if layer.crop is None else None
    picture = _opened(data, layer.called, field, draft=draft)
    if layer.crop is not None:
        picture = _cropped(picture, layer)
    picture = _fitted(picture, size, layer.fit)
    mask = picture.getchannel("A") if picture.mode == "RGBA" else None
    if layer.radius_px:
        rounded = _disc(*size, layer.radius_px)
        mask = rounded if mask is None else ImageChops.multiply(mask, rounded)
    found = [Stamp(box.x_px, box.y_px, picture.convert("RGB"), mask)]
    if layer.stroke is not None and layer.stroke_px:
        line = edge(*size, layer.radius_px, layer.stroke_px)
        found.append(Stamp(box.x_px, box.y_px, rgb(layer.stroke), line))
    return found


def logo_stamps(layer: LogoLayer, assets: Mapping[str, bytes], bank_name: str) -> list[Stamp]:
    """Return the bank's logo, whole in its box, or a disc with the name's first character."""
    box, size = layer.box, (layer.box.w_px, layer.box.h_px)
    data = assets.get(BANK_LOGO)
    if data is not None:
        picture = _opened(data, layer.called, f"layers.{layer.id}").convert("RGBA")
        picture = _fitted(picture, size, "contain")
        return [Stamp(box.x_px, box.y_px, picture.convert("RGB"), picture.getchannel("A"))]
    side_px = min(size)
    place = (box.x_px + (size[0] - side_px) // 2, box.y_px + (size[1] - side_px) // 2)
    face = Image.new("RGB", (side_px, side_px), layer.fill)
    mark = next((one for one in bank_name if not fonts.missing_glyphs(one)), "行")
    _middle_mark(face, mark, layer.ink, share=0.56, weight=700)
    return [Stamp(*place, face, _disc(side_px, side_px, None))]


def code_stamps(layer: QrLayer, text: str, assets: Mapping[str, bytes]) -> list[Stamp]:
    """Return a code's ground and then its modules; raises `Invalid` when it would not scan."""
    box = layer.box
    size_px = min(box.w_px, box.h_px)
    corner = (box.x_px + (box.w_px - size_px) // 2, box.y_px + (box.h_px - size_px) // 2)
    level = "H" if layer.logo is not None else layer.level
    symbol, place = qr.symbol(
        text,
        corner,
        size_px=size_px,
        level=level,
        grid_px=_JPEG_GRID_PX,
        least_px=_MODULE_MIN_PX,
        colours=(rgb(layer.ground), rgb(layer.colour)),
    )
    found = [code_ground(layer), Stamp(*place, symbol, None)]
    return found + _code_logo(layer, assets, symbol.width, place)


def code_ground(layer: QrLayer) -> Stamp:
    """Return what lies behind a code whatever it says."""
    box = layer.box
    return Stamp(box.x_px, box.y_px, _plain(box.w_px, box.h_px, layer.ground), None)


def _code_logo(
    layer: QrLayer, assets: Mapping[str, bytes], symbol_px: int, place: tuple[int, int]
) -> list[Stamp]:
    if layer.logo is None:
        return []
    data = assets.get(layer.logo)
    if data is None:
        raise Invalid.of(f"layers.{layer.id}.logo", f"{layer.called}的标志不存在，请重新上传")
    pad_px = symbol_px // _LOGO_SHARE
    inner_px = pad_px - pad_px // 8 * 2
    picture = _opened(data, layer.called, f"layers.{layer.id}.logo").convert("RGBA")
    picture = _fitted(picture, (inner_px, inner_px), "contain")
    at_px = [start + (symbol_px - pad_px) // 2 for start in place]
    inner = [start + (pad_px - inner_px) // 2 for start in at_px]
    pad = Stamp(at_px[0], at_px[1], rgb(layer.ground), _disc(pad_px, pad_px, pad_px // 5))
    mark = Stamp(inner[0], inner[1], picture.convert("RGB"), picture.getchannel("A"))
    return [pad, mark]


def photo_stamps(layer: PhotoLayer, personal: Personal) -> list[Stamp]:
    """Return the ring and the face, or its stand-in; raises `Invalid` for a broken photo."""
    box, ring_px = layer.box, layer.ring_px
    radius_px = None if layer.form == "round" else layer.radius_px
    found = []
    if ring_px:
        around = _disc(box.w_px, box.h_px, radius_px)
        found.append(Stamp(box.x_px, box.y_px, rgb(layer.ring), around))
    size = (max(1, box.w_px - 2 * ring_px), max(1, box.h_px - 2 * ring_px))
    if radius_px is not None:
        radius_px = max(0, radius_px - ring_px)
    if personal.photo is None:
        surname = personal.name.strip()[:1]
        face = _surname_disc(surname, _avatar_colour(personal.name), size, personal.spare)
    else:
        face = _photo(personal.photo, size, layer.id)
    place = (box.x_px + ring_px, box.y_px + ring_px)
    return [*found, Stamp(*place, face, _disc(*size, radius_px))]


def _opened(data: bytes, called: str, field: str, *, draft: _Size | None = None) -> Image.Image:
    """Return a picture's pixels, RGBA where it has alpha; JPEG at half or less if `draft` allows.

    Raises `Invalid` naming the field.
    """
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP")) as opened:
            if draft is not None:
                opened.draft("RGB", draft)
            has_alpha = opened.mode in ("RGBA", "LA", "PA") or "transparency" in opened.info
            return opened.convert("RGBA" if has_alpha else "RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as wrong:
        raise Invalid.of(field, f"{called}打不开，请重新上传") from wrong


def _cropped(picture: Image.Image, layer: PictureLayer) -> Image.Image:
    crop = layer.crop
    assert crop is not None
    left, top = round(crop.left * picture.width), round(crop.top * picture.height)
    right = max(left + 1, round((crop.left + crop.width) * picture.width))
    bottom = max(top + 1, round((crop.top + crop.height) * picture.height))
    return picture.crop((left, top, min(right, picture.width), min(bottom, picture.height)))


def _fitted(picture: Image.Image, size: _Size, fit: str) -> Image.Image:
    if picture.size == size:
        return picture
    if fit == "cover":
        return ImageOps.fit(picture, size, Image.Resampling.LANCZOS)
    if fit == "contain":
        return ImageOps.pad(
            picture.convert("RGBA"), size, Image.Resampling.LANCZOS, color=(0, 0, 0, 0)
        )
    return picture.resize(size, Image.Resampling.LANCZOS)


@functools.lru_cache(maxsize=16)
def _plain(w_px: int, h_px: int, colour: str) -> Image.Image:
    return Image.new("RGB", (w_px, h_px), colour)


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
def _surname_disc(surname: str, colour: str, size: _Size, spare: str) -> Image.Image:
    """Return the stand-in of a missing photo: a soft disc of colour with the surname.

    `spare` are faces for what the shipped 黑体 lacks (fonts.py).
    """
    shade = Image.linear_gradient("L").resize(size).point([level // 4 for level in range(256)])
    face = Image.composite(Image.new("RGB", size, "#101828"), Image.new("RGB", size, colour), shade)
    faces = f"{fonts.SANS}{fonts.CHAIN}{spare}" if spare else fonts.SANS
    mark = surname if surname and not fonts.missing_glyphs(surname, faces) else "员"
    drawn_by = fonts.face_of(mark, faces)
    _middle_mark(face, mark, "#ffffff", share=0.46, weight=500, drawn_by=drawn_by)
    return face


def _middle_mark(  # one character and its looks
    face: Image.Image,
    mark: str,
    ink: str,
    *,
    share: float,
    weight: int,
    drawn_by: str = fonts.SANS,
) -> None:
    """Draw one character in the middle of a picture, by its ink and not by its em."""
    typeface = fonts.font(max(8, round(min(face.size) * share)), weight, drawn_by)
    left, top, right, bottom = typeface.getbbox(mark, anchor="ls")
    spot = (face.width / 2 - (left + right) / 2, face.height / 2 - (top + bottom) / 2)
    ImageDraw.Draw(face).text(spot, mark, font=typeface, fill=ink, anchor="ls")
