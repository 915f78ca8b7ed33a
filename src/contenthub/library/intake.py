"""Idea: hostile bytes to a picture that is safe to keep, or a refusal that names the limit.

Whatever comes in is decoded and encoded anew: position data, comments and files that are two
formats at once do not survive. The size is read from the header before anything is decoded.
"""

import io
import warnings

import msgspec
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from contenthub.errors import Invalid

BYTES_MAX = 10 * 1024 * 1024
"""Also WeCom's limit of a temporary picture (posters.md §6)."""
PIXELS_MAX = 25_000_000
PHOTO_PIXELS_MAX = 4_000_000
SIDE_MIN_PX = 16

_FORMATS = ("JPEG", "PNG", "WEBP")
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
)
_SRGB = ImageCms.createProfile("sRGB")
_FIELD = "file"


class Picture(msgspec.Struct, frozen=True):
    """An accepted picture: encoded by us, sRGB, upright, without metadata."""

    data: bytes
    mime: str
    width_px: int
    height_px: int


def accept_picture(data: bytes, max_pixels: int = PIXELS_MAX) -> Picture:
    """Return the picture encoded anew: PNG where it is transparent, JPEG otherwise.

    Raises `Invalid` (field `file`) for more than 10 MB or `max_pixels`, other formats than
    JPG, PNG and WEBP, animations, and damaged files.
    """
    kind = _kind(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=(kind,)) as opened:
                _check_header(opened, max_pixels)
                opened.load()
                return _encoded(_upright_srgb(opened))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as wrong:
        raise Invalid.of(_FIELD, f"图片像素太多，最多 {_millions(max_pixels)}，请缩小") from wrong
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as wrong:
        raise Invalid.of(
            _FIELD, "图片已损坏或不完整，打不开；请在看图软件里另存为 JPG 或 PNG 后重新上传"
        ) from wrong


def accept_photo(data: bytes, side_px: int = 320) -> Picture:
    """Return an employee's photo, cut to a square JPEG of `side_px`.

    Raises `Invalid` like `accept_picture`, and for a photo smaller than half that side.
    """
    accepted = accept_picture(data)
    if min(accepted.width_px, accepted.height_px) < side_px // 2:
        raise Invalid.of(
            _FIELD,
            f"照片只有 {accepted.width_px}×{accepted.height_px} 像素，"
            f"宽和高至少要 {side_px // 2}，请换一张更清晰的",
        )
    with Image.open(io.BytesIO(accepted.data)) as opened:
        picture = _on_white(opened)
        square = ImageOps.fit(
            picture, (side_px, side_px), Image.Resampling.LANCZOS, centering=(0.5, 0.35)
        )
    return _encoded(square)


def _kind(data: bytes) -> str:
    if not data:
        raise Invalid.of(_FIELD, "没有收到图片，请重新选择文件")
    if len(data) > BYTES_MAX:
        raise Invalid.of(
            _FIELD, f"图片有 {len(data) / 1024 / 1024:.1f} MB，最多 10 MB，请压缩后再上传"
        )
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    start = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<svg", b"<?xml", b"<!doctype")):
        raise Invalid.of(_FIELD, "不支持 SVG（里面可以藏脚本），请导出为 PNG 后再上传")
    raise Invalid.of(_FIELD, "只支持 JPG、PNG、WEBP 图片，请转换格式后再上传")


def _check_header(opened: Image.Image, max_pixels: int) -> None:
    width_px, height_px = opened.size
    if width_px * height_px > max_pixels:
        raise Invalid.of(
            _FIELD,
            f"图片是 {width_px}×{height_px} 像素，超过 {_millions(max_pixels)}，"
            "请把图片缩小（例如宽 2160）后再上传",
        )
    if min(width_px, height_px) < SIDE_MIN_PX:
        raise Invalid.of(
            _FIELD, f"图片是 {width_px}×{height_px} 像素，太小，宽和高至少要 {SIDE_MIN_PX} 像素"
        )
    # Phones add previews and brightness maps to a JPEG (MPO); its first picture is the photo.
    if opened.format != "MPO" and getattr(opened, "n_frames", 1) > 1:
        raise Invalid.of(_FIELD, "不支持动图，请上传单张静态图片")


def _upright_srgb(opened: Image.Image) -> Image.Image:
    """Return the picture turned as its camera held it, in 8-bit sRGB with or without alpha."""
    profile = opened.info.get("icc_profile")
    picture = ImageOps.exif_transpose(opened)
    if picture.mode.startswith("I") or picture.mode == "F":
        # 16-bit grey: Pillow's own conversion clips at 255 instead of scaling.
        picture = picture.convert("I").point(lambda level: level / 257).convert("L")
    has_alpha = picture.has_transparency_data
    if picture.mode in ("P", "PA", "1", "LA", "La", "RGBa"):
        picture = picture.convert("RGBA" if has_alpha else "RGB")
    if profile and picture.mode in ("RGB", "CMYK", "L"):
        picture = _from_profile(picture, profile)
    return picture.convert("RGBA" if has_alpha else "RGB")


def _from_profile(picture: Image.Image, profile: bytes) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(picture, source, _SRGB, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture  # a broken profile: its plain colours are better than none
    return picture if converted is None else converted


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode != "RGBA":
        return picture.convert("RGB")
    sheet = Image.new("RGB", picture.size, "#ffffff")
    sheet.paste(picture, (0, 0), picture)
    return sheet


def _encoded(picture: Image.Image) -> Picture:
    out = io.BytesIO()
    clear = picture.mode == "RGBA" and picture.getchannel("A").getextrema() != (255, 255)
    # A new image carries pixels only: no EXIF, no comments, no profile.
    plain = Image.new("RGBA" if clear else "RGB", picture.size)
    plain.paste(picture if clear else picture.convert("RGB"))
    if clear:
        plain.save(out, "PNG", compress_level=6)
    else:
        plain.save(out, "JPEG", quality=92, subsampling="4:4:4")
    mime = "image/png" if clear else "image/jpeg"
    return Picture(out.getvalue(), mime, plain.width, plain.height)


def _millions(pixels: int) -> str:
    return f"{pixels / 10_000:.0f} 万像素"
