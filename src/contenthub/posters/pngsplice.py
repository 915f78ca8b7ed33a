"""Idea: the same splice for PNG: static rows are deflated once, changing bands per poster.

Each piece is deflated on its own and ends with a full flush, so pieces join to one stream;
its first line is filtered by its own left neighbours, never by the piece above. Each is a chunk
with its own check, so static ones are never read again. The stream's Adler-32 is worked out
from the pieces' own (RFC 1950; the sum is linear in its bytes).
"""

import struct
import zlib

import msgspec
from PIL import Image, ImageChops

from contenthub.posters import deflate

_MODULO = 65521
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_STREAM_HEAD = b"\x78\x01"
_STREAM_END = b"\x03\x00"
_METRE_INCHES = 1 / 0.0254


class Piece(msgspec.Struct, frozen=True):
    """Deflated rows as a whole chunk, with the checksum and length of what they inflate to."""

    chunk: bytes
    adler: int
    length: int


class PngBase(msgspec.Struct, frozen=True):
    """The head and static pieces of a PNG: `runs[i]` lies before band i, the last after all."""

    head: bytes
    runs: tuple[Piece, ...]


def base(image: Image.Image, bands: list[tuple[int, int]], *, dpi: int | None = None) -> PngBase:
    """Return the static pieces around the bands, given as (top_px, height_px) in order."""
    edges = [0, *(edge for top, tall in bands for edge in (top, top + tall)), image.height]
    runs = tuple(
        _piece(image.crop((0, start, image.width, stop)))
        for start, stop in zip(edges[::2], edges[1::2], strict=True)
    )
    header = struct.pack(">IIBBBBB", image.width, image.height, 8, 2, 0, 0, 0)
    parts = [_SIGNATURE, _chunk(b"IHDR", header)]
    if dpi:
        metre = round(dpi * _METRE_INCHES)
        parts.append(_chunk(b"pHYs", struct.pack(">IIB", metre, metre, 1)))
    parts.append(_chunk(b"IDAT", _STREAM_HEAD))
    return PngBase(b"".join(parts), runs)


def shared(static: PngBase) -> tuple[bytes, ...]:
    """Return the pieces that all PNGs of a base have in common, one before each own piece."""
    first, *rest = (run.chunk for run in static.runs)
    return (static.head + first, *rest)


def own(static: PngBase, painted: list[Image.Image]) -> list[bytes]:
    """Return the painted bands' pieces, and the end of the file with its checksum."""
    bands = [_piece(band) for band in painted]
    adler = 1
    for run, band in zip(static.runs, bands, strict=False):
        adler = _combined(_combined(adler, run), band)
    adler = _combined(adler, static.runs[-1])
    end = _chunk(b"IDAT", _STREAM_END + struct.pack(">I", adler)) + _chunk(b"IEND", b"")
    return [*(band.chunk for band in bands), end]


def _piece(image: Image.Image) -> Piece:
    lines = _filtered(image)
    if not lines:
        return Piece(b"", 1, 0)
    return Piece(_chunk(b"IDAT", deflate.piece(lines)), deflate.checksum(lines), len(lines))


def _filtered(image: Image.Image) -> bytes:
    """Return PNG's lines: filter Sub for the first, Up (the difference to the line above)."""
    if not image.height:
        return b""
    wide = image.width * 3
    moved = Image.new("RGB", (image.width, 1))
    first = image.crop((0, 0, image.width, 1))
    moved.paste(first, (1, 0))
    above = Image.new("RGB", image.size)
    above.paste(image, (0, 1))
    rest = ImageChops.subtract_modulo(image, above).tobytes()
    lines = [b"\x01" + ImageChops.subtract_modulo(first, moved).tobytes()]
    lines += (b"\x02" + rest[at : at + wide] for at in range(wide, len(rest), wide))
    return b"".join(lines)


def _combined(adler: int, piece: Piece) -> int:
    """Return the Adler-32 of what came before followed by the piece (zlib's adler32_combine)."""
    low, high = adler & 0xFFFF, adler >> 16
    piece_low, piece_high = piece.adler & 0xFFFF, piece.adler >> 16
    joined_high = (high + piece_high + (low - 1) * piece.length) % _MODULO
    return joined_high << 16 | (low + piece_low - 1) % _MODULO


def _chunk(kind: bytes, data: bytes) -> bytes:
    check = zlib.crc32(data, zlib.crc32(kind))
    return b"".join((struct.pack(">I", len(data)), kind, data, struct.pack(">I", check)))
