"""Idea: hostile bytes to a picture that is safe to keep, or a refusal that names the limit.

Whatever comes in is decoded and encoded anew: position data, comments and files that are two
formats at once do not survive. The size is read from the header before anything is decoded.
"""

import io
import warnings

import msgspec
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from contenthub.errors import Invalid
from contenthub.library.filesorts import HEIC
from contenthub.tenants import filesizes

BYTES_MAX = 10 * 1024 * 1024
"""Also WeCom's limit of a temporary picture (posters.md §6)."""
PIXELS_MAX = 25_000_000
PHOTO_PIXELS_MAX = 4_000_000
WEBP_PIXELS_MAX = 12_000_000
"""Its decoder holds four copies at once, where the others hold two."""
SIDE_MIN_PX = 16
CUT_SIDE_MIN_PX = 32
LOGO_SIDE_MIN_PX = 48
THUMB_SIDE_PX = 360
SCANS_MAX = 64
"""Of a progressive JPEG: writers make ten; each of 40 bytes may cost a pass over all pixels."""

_FORMATS = ("JPEG", "PNG", "WEBP")
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
)
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
"""Source: ISO/IEC 23008-12, annex B and 10.2; an AVIF's brands are others."""
_SCAN = b"\xff\xda"
_SRGB = ImageCms.createProfile("sRGB")
_FIELD = "file"


class Picture(msgspec.Struct, frozen=True):
    """An accepted picture: encoded by us, sRGB, upright, without metadata."""

    data: bytes
    mime: str
    width_px: int
    height_px: int
    thumb: bytes = b""
    """A small JPEG of it for lists; empty where nobody asked for one."""


class Box(msgspec.Struct, frozen=True):
    """A part of a picture that a person chose, in its own pixels."""

    left_px: int
    top_px: int
    width_px: int
    height_px: int


def accept_picture(data: bytes, max_pixels: int = PIXELS_MAX, *, thumb: bool = False) -> Picture:
    """Return the picture encoded anew: PNG where it is transparent, JPEG otherwise.

    With `thumb`, a small JPEG comes with it for lists.

    Raises `Invalid` (field `file`) for more than 10 MB or `max_pixels`, other formats than
    JPG, PNG and WEBP, animations, and damaged files.
    """
    return _encoded(_decoded(data, max_pixels), thumb=thumb)


def _decoded(data: bytes, max_pixels: int) -> Image.Image:
    kind = _kind(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=(kind,)) as opened:
                _check_header(opened, max_pixels)
                opened.load()
                return _upright_srgb(opened)
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


def accept_logo(data: bytes, side_max_px: int) -> Picture:
    """Return a bank's logo as a PNG of at most `side_max_px` a side.

    Raises `Invalid` like `accept_picture`, and for one smaller than 48 px.
    """
    picture = _decoded(data, PHOTO_PIXELS_MAX)
    if min(picture.size) < LOGO_SIDE_MIN_PX:
        raise Invalid.of(_FIELD, "图标太小，请用至少 48×48 像素的图片")
    picture.thumbnail((side_max_px, side_max_px))
    picture.info.clear()
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return Picture(out.getvalue(), "image/png", picture.width, picture.height)


def cut_picture(data: bytes, box: Box) -> Picture:
    """Return the chosen part of a picture, with a thumbnail.

    Raises:
        Invalid: like `accept_picture`; or the part is not inside the picture or too small.
    """
    picture = _decoded(data, PIXELS_MAX)
    right_px, bottom_px = box.left_px + box.width_px, box.top_px + box.height_px
    is_inside = min(box.left_px, box.top_px) >= 0
    if not is_inside or right_px > picture.width or bottom_px > picture.height:
        raise Invalid.of(
            "box", f"选取的范围超出了图片（{picture.width}×{picture.height}），请重新框选"
        )
    if min(box.width_px, box.height_px) < CUT_SIDE_MIN_PX:
        raise Invalid.of("box", f"选取的范围太小，宽和高至少要 {CUT_SIDE_MIN_PX} 像素，请框大一些")
    return _encoded(picture.crop((box.left_px, box.top_px, right_px, bottom_px)), thumb=True)


def check_bytes(data: bytes) -> None:
    """Raise `Invalid` for what need not be decoded to be refused: empty, too large, no picture."""
    _kind(data)


def _kind(data: bytes) -> str:
    if not data:
        raise Invalid.of(_FIELD, "没有收到图片，请重新选择文件")
    if len(data) > BYTES_MAX:
        raise Invalid.of(
            _FIELD,
            f"图片有 {filesizes.shown(len(data), upward=True)}，"
            f"最多 {filesizes.shown(BYTES_MAX)}，请压缩后再上传",
        )
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            if kind == "JPEG" and data.count(_SCAN) > SCANS_MAX:
                raise Invalid.of(_FIELD, "图片的编码异常（扫描层太多），请另存为 JPG 后重新上传")
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    start = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<svg", b"<?xml", b"<!doctype")):
        raise Invalid.of(_FIELD, "不支持 SVG（里面可以藏脚本），请导出为 PNG 后再上传")
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC_BRANDS:
        raise Invalid.of(_FIELD, HEIC)
    if data.startswith((b"%PDF", b"ID3", b"OggS")) or data[4:8] == b"ftyp":
        raise Invalid.of(
            _FIELD,
            "这里只收 JPG、PNG、WEBP 图片；PDF、音频、视频请在“素材文件”页上传"
            "（接口 POST /api/v1/assets/uploads）",
        )
    raise Invalid.of(_FIELD, "只支持 JPG、PNG、WEBP 图片，请转换格式后再上传")


def _check_header(opened: Image.Image, max_pixels: int) -> None:
    width_px, height_px = opened.size
    if opened.format == "WEBP":
        max_pixels = min(max_pixels, WEBP_PIXELS_MAX)
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
    # Each copy of 25 million pixels is 100 MB: none is made that is not needed.
    profile = opened.info.get("icc_profile")
    ImageOps.exif_transpose(opened, in_place=True)
    picture: Image.Image = opened
    if picture.mode.startswith("I") or picture.mode == "F":
        # 16-bit grey: Pillow's own conversion clips at 255 instead of scaling.
        picture = picture.convert("I").point(lambda level: level / 257).convert("L")
    has_alpha = picture.has_transparency_data
    if picture.mode in ("P", "PA", "1", "LA", "La", "RGBa"):
        picture = picture.convert("RGBA" if has_alpha else "RGB")
    if profile and picture.mode in ("RGB", "CMYK", "L"):
        picture = _from_profile(picture, profile)
    mode = "RGBA" if has_alpha else "RGB"
    return picture if picture.mode == mode else picture.convert(mode)


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


def _encoded(picture: Image.Image, *, thumb: bool = False) -> Picture:
    clear = picture.mode == "RGBA" and picture.getchannel("A").getextrema() != (255, 255)
    if not clear and picture.mode != "RGB":
        picture = picture.convert("RGB")
    # Pixels only: Pillow would write comments and profiles along that it finds here.
    picture.info.clear()
    out = io.BytesIO()
    if clear:
        picture.save(out, "PNG", compress_level=6)
    else:
        picture.save(out, "JPEG", quality=92, subsampling="4:4:4")
    mime = "image/png" if clear else "image/jpeg"
    width_px, height_px = picture.size
    small = _thumb(picture) if thumb else b""
    return Picture(out.getvalue(), mime, width_px, height_px, small)


def _thumb(picture: Image.Image) -> bytes:
    """Return a small JPEG of a picture that nobody needs any more."""
    picture.thumbnail((THUMB_SIDE_PX, THUMB_SIDE_PX))
    out = io.BytesIO()
    _on_white(picture).save(out, "JPEG", quality=80)
    return out.getvalue()


def _millions(pixels: int) -> str:
    return f"{pixels / 10_000:.0f} 万像素"
