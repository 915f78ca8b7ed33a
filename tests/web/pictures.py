"""Picture files as people and attackers send them."""

import io
import struct
import zlib

from PIL import Image


def jpeg(width_px: int = 320, height_px: int = 240, colour: str = "#3366cc") -> bytes:
    """Return a plain JPEG."""
    out = io.BytesIO()
    Image.new("RGB", (width_px, height_px), colour).save(out, "JPEG")
    return out.getvalue()


def huge_png(side_px: int = 9000) -> bytes:
    """Return a PNG of a few KiB that would take 243 MB to decode."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    row = b"\x00" * (1 + side_px // 8)
    header = struct.pack(">IIBBBBB", side_px, side_px, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(row * side_px, 9))
        + chunk(b"IEND", b"")
    )
