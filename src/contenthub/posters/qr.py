"""Idea: text to the modules of a QR code, and those to pixels a weak reader still reads.

Module size decides whether a code scans, not the error level (posters.md §5): modules are
whole pixels, never blurred, on white with the quiet zone of 4 modules the standard asks for.
"""

import functools
import io
import math
import re
from typing import Any, Literal, TypeAlias

import segno
import zxingcpp
from PIL import Image

from contenthub.errors import Invalid

Level: TypeAlias = Literal["L", "M", "Q", "H"]

QUIET_MODULES = 4
TEXT_MAX = 300
"""Characters; beyond it the modules of a poster's code would be too small to scan."""

_SHARE_URL = re.compile(r"https?://[^/?#\s]+/s/[0-9a-z]+", re.IGNORECASE)
_ALPHANUMERIC = re.compile(r"[0-9A-Z $%*+\-./:]+")


def compact(url: str) -> str:
    """Return a share link in capitals, or any other text as it is.

    Scheme and host ignore case and so do share codes; the server answers `/S/{code}` like
    `/s/{code}`. Capitals fit QR's alphanumeric mode: 12-character codes of hosts up to 15
    characters take 25 modules instead of 29, so each is larger.
    """
    upper = url.upper()
    fits = _SHARE_URL.fullmatch(url) and _ALPHANUMERIC.fullmatch(upper)
    return upper if fits else url


def modules(text: str, *, level: Level = "M") -> list[bytes]:
    """Return the rows of the code's square, one byte a module: 1 is dark.

    Raises `Invalid` for an empty text or one of over 300 characters.
    """
    if not text or len(text) > TEXT_MAX:
        raise Invalid.of("qr_text", f"二维码内容要有 1 到 {TEXT_MAX} 个字符，请检查员工的分享链接")
    try:
        return _fast_modules(text, level)
    except (RuntimeError, ValueError):
        return _plain_modules(text, level)


def image(text: str, size_px: int, *, level: Level = "M") -> Image.Image:
    """Return a greyscale square of `size_px` with the code in its middle.

    Raises `Invalid` when a module would have fewer than 2 px.
    """
    canvas = Image.new("L", (size_px, size_px), 255)
    draw(canvas, text, (0, 0), size_px=size_px, level=level)
    return canvas


def draw(
    canvas: Image.Image,
    text: str,
    at_px: tuple[int, int],
    *,
    size_px: int,
    level: Level = "M",
    grid_px: int = 1,
    top_px: int = 0,
    least_px: int = 2,
) -> None:
    """Paint the code's dark modules in the middle of a white square of the canvas.

    The symbol starts on a multiple of `grid_px` where the square has room for it, so that
    JPEG's 8 px blocks and the modules coincide; `top_px` is the canvas's first row in the
    whole image. Raises `Invalid` when a module would have fewer than `least_px`.
    """
    rows = modules(text, level=level)
    side = len(rows)
    whole = side + 2 * QUIET_MODULES
    module_px = size_px // whole
    if module_px < least_px:
        raise Invalid.of(
            "box",
            f"二维码内容有 {len(text)} 个字符，在 {size_px} 像素里扫不出来："
            f"请缩短链接，或把二维码框调到 {whole * least_px} 像素以上",
        )
    symbol_px = side * module_px
    slack_px = (size_px - whole * module_px) // 2
    starts = []
    for start_px in at_px:
        first_px = start_px + (size_px - symbol_px) // 2
        off_px = first_px % grid_px
        starts.append(first_px - (off_px if off_px <= slack_px else 0))
    symbol = _symbol(rows).resize((symbol_px, symbol_px), Image.Resampling.NEAREST)
    canvas.paste(symbol, (starts[0], starts[1] - top_px))


def png(text: str, size_px: int = 430, *, level: Level = "M") -> bytes:
    """Return the code as a 1-bit PNG of `size_px` by `size_px`."""
    out = io.BytesIO()
    square = image(text, size_px, level=level).convert("1", dither=Image.Dither.NONE)
    square.save(out, "PNG", compress_level=6)
    return out.getvalue()


def _symbol(rows: list[bytes]) -> Image.Image:
    side = len(rows)
    return Image.frombytes("L", (side, side), b"".join(rows).translate(_shades()))


@functools.cache
def _shades() -> bytes:
    return bytes([255, 16]) + bytes(254)


def _fast_modules(text: str, level: Level) -> list[bytes]:
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level=level)
    pixels: Any = code.to_image(scale=1, add_quiet_zones=False)  # a buffer its stub hides
    flat = memoryview(pixels).tobytes().translate(_DARK)
    side = math.isqrt(len(flat))
    return [flat[row * side : (row + 1) * side] for row in range(side)]


_DARK = bytes([1]) + bytes(255)
"""zxing draws dark as 0."""


def _plain_modules(text: str, level: Level) -> list[bytes]:
    code = segno.make_qr(text, error=level, boost_error=False)
    return [bytes(row) for row in code.matrix]
