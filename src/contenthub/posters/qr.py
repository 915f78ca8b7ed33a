"""Idea: text to the modules of a QR code, and those to pixels a weak reader still reads.

Module size decides whether a code scans, not the error level (posters.md §5): modules are
whole pixels, never blurred, on white with the quiet zone of 4 modules the standard asks for.
"""

import functools
import math
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Literal, NamedTuple, TypeAlias

import segno
import zxingcpp
from PIL import Image

from contenthub.errors import Invalid
from contenthub.posters import deflate, qrplanes
from contenthub.posters.colours import Colour

Level: TypeAlias = Literal["auto", "L", "M", "Q", "H"]

QUIET_MODULES = 4
TEXT_MAX = 300
"""Characters; beyond it the modules of a poster's code would be too small to scan."""
MODULE_PX = 8
"""What a weak reader needs after a messenger made the picture smaller (posters.md §5): at 7 px
OpenCV loses one code in three after 40 % and q50, at 8 px none."""
PRINT_MODULE_PX, PRINT_MODULE_MM = 6, 0.5
"""Paper is not sent through a messenger: half a millimetre, and 6 px at least."""

_SHARE_URL = re.compile(r"https?://[^/?#\s]+/[sc]/[0-9a-z]+", re.IGNORECASE)
_ALPHANUMERIC = re.compile(r"[0-9A-Z $%*+\-./:]+")


class Code(NamedTuple):
    """A code's modules: `side` rows of as many bits, the first the highest; 1 is dark."""

    side: int
    bits: int

    def rows(self) -> list[bytes]:
        """Return the rows of the code's square, one byte a module: 1 is dark."""
        flat = format(self.bits, f"0{self.side**2}b").encode().translate(_ONES)
        return [flat[at : at + self.side] for at in range(0, len(flat), self.side)]


_ONES = bytes(1 if byte == ord("1") else 0 for byte in range(256))
_INK = bytes(255 if byte == ord("1") else 0 for byte in range(256))


def compact(url: str, *, plain: bool = False) -> str:
    """Return a share link in capitals, or any other text as it is; a `plain` link too.

    Scheme and host ignore case and so do share codes; the server answers `/S/{code}` like
    `/s/{code}`. Capitals fit QR's alphanumeric mode: 12-character codes of hosts up to 15
    characters take 25 modules instead of 29, so each is larger.
    """
    upper = url.upper()
    fits = not plain and _SHARE_URL.fullmatch(url) and _ALPHANUMERIC.fullmatch(upper)
    return upper if fits else url


def code(text: str, *, level: Level = "auto") -> Code:
    """Return the modules of a text; `auto` is M, or higher where that costs no larger code.

    Raises `Invalid` for an empty text or one of over 300 characters.
    """
    if not text or len(text) > TEXT_MAX:
        raise Invalid.of("qr_text", f"二维码内容要有 1 到 {TEXT_MAX} 个字符，请检查员工的分享链接")
    capital = qrplanes.is_alphanumeric(text)
    length = len(text) if capital or text.isascii() else len(text.encode())
    version, shown = _version(length, level, alphanumeric=capital)
    if version is not None:
        return Code(qrplanes.side(version), qrplanes.matrix(text, version, shown))
    try:
        return _large(text, shown)
    except (RuntimeError, ValueError):
        return _plain(text, shown)


@functools.lru_cache(maxsize=4096)
def _version(length: int, level: Level, *, alphanumeric: bool) -> tuple[int | None, str]:
    if level != "auto":
        return qrplanes.smallest_version(length, level, alphanumeric=alphanumeric), level
    version = qrplanes.smallest_version(length, "M", alphanumeric=alphanumeric)
    free = (
        higher
        for higher in "HQ"
        if qrplanes.smallest_version(length, higher, alphanumeric=alphanumeric) == version
    )
    return version, "M" if version is None else next(free, "M")


def symbol(
    text: str,
    corner: tuple[int, int],
    *,
    size_px: int,
    level: Level = "auto",
    grid_px: int = 1,
    least_px: int = 2,
    colours: tuple[Colour, Colour] = ((255, 255, 255), (0, 0, 0)),
) -> tuple[Image.Image, tuple[int, int]]:
    """Return a code in RGB, ground and modules in `colours`, and its corner in a square.

    The symbol starts on a multiple of `grid_px` where the square has room for it, so that
    JPEG's 8 px blocks and the modules coincide. Raises `Invalid` when a module would have
    fewer than `least_px`.
    """
    made = code(text, level=level)
    scale = _scale(made, text, size_px, least_px)
    symbol_px = made.side * scale
    slack_px = (size_px - (made.side + 2 * QUIET_MODULES) * scale) // 2
    starts = []
    for start_px in corner:
        first_px = start_px + (size_px - symbol_px) // 2
        off_px = first_px % grid_px
        starts.append(first_px - (off_px if off_px <= slack_px else 0))
    flat = format(made.bits, f"0{made.side**2}b").encode().translate(_INK)
    small = Image.new("RGB", (made.side, made.side), colours[0])
    small.paste(colours[1], (0, 0), Image.frombytes("L", small.size, flat))
    larger = small.resize((symbol_px, symbol_px), Image.Resampling.NEAREST)
    return larger, (starts[0], starts[1])


def _scale(made: Code, text: str, size_px: int, least_px: int) -> int:
    """Return how many pixels a module has; raises `Invalid` for fewer than `least_px`."""
    whole = made.side + 2 * QUIET_MODULES
    scale = size_px // whole
    if scale < least_px:
        raise Invalid.of(
            "box",
            f"二维码内容有 {len(text)} 个字符，在 {size_px} 像素里扫不出来："
            f"请缩短链接，或把二维码框调到 {whole * least_px} 像素以上",
        )
    return scale


def module_px(text: str, size_px: int, *, level: Level = "auto") -> int:
    """Return how many pixels a module of the text's code has in a square of `size_px`."""
    return size_px // (code(text, level=level).side + 2 * QUIET_MODULES)


def side_px(text: str, each_px: int, *, level: Level = "auto") -> int:
    """Return the least side of a square in which a module has `each_px`, quiet zone included."""
    return (code(text, level=level).side + 2 * QUIET_MODULES) * each_px


def least_module_px(dpi: int | None) -> int:
    """Return how many pixels a module must have: on a screen, or printed at `dpi`."""
    if dpi is None:
        return MODULE_PX
    return max(PRINT_MODULE_PX, math.ceil(dpi * PRINT_MODULE_MM / 25.4))


def png(text: str, size_px: int = 430, *, level: Level = "auto") -> bytes:
    """Return the code as a 1-bit PNG of `size_px` by `size_px`, written without a canvas.

    Raises `Invalid` when a module would have fewer than 2 px.
    """
    made = code(text, level=level)
    scale = _scale(made, text, size_px, 2)
    shape = _shape(made.side, scale, size_px)
    lines = (shape.margin, *_lines(made, shape), shape.foot)
    return shape.head + _chunk(b"IDAT", deflate.whole(b"".join(lines))) + _TAIL


def modules(text: str, *, level: Level = "auto") -> list[bytes]:
    """Return the rows of the code's square, one byte a module: 1 is dark; raises `Invalid`."""
    return code(text, level=level).rows()


class _Shape(NamedTuple):
    """How a PNG is made: its head, white margins, and what the modules of a row become."""

    head: bytes
    scale: int
    width_bytes: int
    right_bits: int
    margin: bytes
    foot: bytes
    wide: Callable[[int], int]
    """Of some modules: each as many times as it has pixels."""


@functools.lru_cache(maxsize=32)
def _shape(side: int, scale: int, size_px: int) -> _Shape:
    width_bytes = -(-size_px // 8)
    left = (size_px - side * scale) // 2
    right_bits = width_bytes * 8 - left - side * scale
    blank = b"\x00" + b"\xff" * width_bytes
    header = struct.pack(">IIBBBBB", size_px, size_px, 1, 0, 0, 0, 0)
    return _Shape(
        b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header),
        scale,
        width_bytes,
        right_bits,
        blank * left,
        blank * (size_px - left - side * scale),
        functools.lru_cache(maxsize=2048)(functools.partial(_stretched, scale=scale)),
    )


def _stretched(bits: int, *, scale: int) -> int:
    """Return a number whose every bit is there `scale` times."""
    one = (1 << scale) - 1
    return sum(one << at * scale for at in range(bits.bit_length()) if bits >> at & 1)


def _lines(made: Code, shape: _Shape) -> Iterator[bytes]:
    """Yield the filtered PNG lines of each row of modules."""
    side, bits = made
    wide, scale, width_bytes, right_bits = shape.wide, *shape[1:4]
    # A third of a row is one of a few hundred, known after some codes.
    third = -(-side // 3)
    middle_px, left_px = right_bits + third * scale, right_bits + 2 * third * scale
    low, whole, white = (1 << third) - 1, (1 << side) - 1, (1 << width_bytes * 8) - 1
    for shift in range((side - 1) * side, -1, -side):
        row = bits >> shift & whole
        dark = (
            wide(row & low) << right_bits
            | wide(row >> third & low) << middle_px
            | wide(row >> 2 * third) << left_px
        )
        yield (b"\x00" + (white ^ dark).to_bytes(width_bytes)) * scale


def _chunk(kind: bytes, data: bytes) -> bytes:
    check = zlib.crc32(data, zlib.crc32(kind))
    return b"".join((struct.pack(">I", len(data)), kind, data, struct.pack(">I", check)))


_TAIL = _chunk(b"IEND", b"")


def _large(text: str, level: str) -> Code:
    made = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level=level)
    pixels: Any = made.to_image(scale=1, add_quiet_zones=False)  # a buffer its stub hides
    flat = memoryview(pixels).tobytes()
    return _packed(math.isqrt(len(flat)), ("0" if pixel else "1" for pixel in flat))


def _plain(text: str, level: str) -> Code:
    made = segno.make_qr(text, error=level, boost_error=False)
    rows = [bytes(row) for row in made.matrix]
    return _packed(len(rows), (str(module) for row in rows for module in row))


def _packed(side: int, modules: Any) -> Code:
    return Code(side, int("".join(modules), 2))
