"""Files as attackers and broken cameras send them: fifty we refuse, and some we make harmless."""

import io
import struct
import zlib
from collections.abc import Iterator

from PIL import Image


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    """Return a PNG of the given chunks with right checksums."""
    out = b"\x89PNG\r\n\x1a\n"
    for kind, body in chunks:
        out += struct.pack(">I", len(body)) + kind + body
        out += struct.pack(">I", zlib.crc32(kind + body))
    return out


def header(width_px: int, height_px: int, bits: int = 8, colour: int = 2) -> tuple[bytes, bytes]:
    """Return the first chunk of a PNG."""
    return b"IHDR", struct.pack(">IIBBBBB", width_px, height_px, bits, colour, 0, 0, 0)


def encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    """Return a picture in a format."""
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def hostile_files() -> Iterator[tuple[str, bytes]]:
    """Yield (name, bytes): too many pixels, cut off, twisted, other formats in disguise."""
    yield from _too_large()
    yield from _twisted()
    yield from _disguised()


def _too_large() -> Iterator[tuple[str, bytes]]:
    zeros = zlib.compress(bytes(9_000_000), 9)
    for side_px in (5001, 9000, 13_000, 14_000, 30_000, 65_535, 2_000_000, 2**31 - 1):
        yield (
            f"png {side_px}",
            png(header(side_px, side_px, 1, 0), (b"IDAT", zeros), (b"IEND", b"")),
        )
    for size in ((1, 25_000_001), (25_000_001, 1), (15, 15), (0, 100), (4000, 6251)):
        yield f"png {size}", png(header(*size), (b"IDAT", zeros), (b"IEND", b""))
    jpeg = bytearray(encoded(Image.new("RGB", (64, 64)), "JPEG"))
    at = jpeg.index(b"\xff\xc0") + 5
    for height_px, width_px in ((65_535, 65_535), (40_000, 40_000), (1, 65_535), (0, 64)):
        jpeg[at : at + 4] = struct.pack(">HH", height_px, width_px)
        yield f"jpeg {width_px}x{height_px}", bytes(jpeg)
    webp = encoded(Image.new("RGB", (4200, 3000)), "WEBP", quality=1)
    yield "webp over its own limit", webp


def _twisted() -> Iterator[tuple[str, bytes]]:
    noise = Image.effect_noise((200, 200), 60).convert("RGB")
    for kind in ("JPEG", "PNG", "WEBP"):
        whole = encoded(noise, kind)
        for share in (0.02, 0.3, 0.6):
            yield f"{kind} cut at {share}", whole[: max(12, int(len(whole) * share))]
        yield f"{kind} of zeros after its head", whole[:16] + bytes(len(whole))
    yield "png without data", png(header(100, 100), (b"IEND", b""))
    yield "png of broken zlib", png(header(100, 100), (b"IDAT", b"\x78\xda" + b"\xff" * 500))
    yield "png text bomb", png(header(20, 20), *_text_bomb(), (b"IDAT", b"x"), (b"IEND", b""))
    yield "png wrong colour type", png(header(50, 50, 3, 5), (b"IDAT", b"x"))
    yield "png huge chunk", b"\x89PNG\r\n\x1a\n" + b"\x7f\xff\xff\xffIHDR" + bytes(40)
    yield "jpeg of a thousand scans", scans_bomb(1000)
    frames = [Image.new("RGB", (40, 40), c) for c in ("#ff0000", "#00ff00", "#0000ff")]
    yield "apng", encoded(frames[0], "PNG", save_all=True, append_images=frames[1:])
    yield "moving webp", encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:])


def scans_bomb(count: int) -> bytes:
    """Return a progressive JPEG whose last scan comes `count` times more: a pass each."""
    whole = encoded(Image.new("RGB", (4900, 4900)), "JPEG", progressive=True, quality=20)
    end = whole.rindex(b"\xff\xd9")
    return whole[:end] + whole[whole.rindex(b"\xff\xda") : end] * count + whole[end:]


def _text_bomb() -> Iterator[tuple[bytes, bytes]]:
    packed = zlib.compress(bytes(50_000_000), 9)
    for number in range(20):
        yield b"zTXt", b"k%d\x00\x00" % number + packed


def _disguised() -> Iterator[tuple[str, bytes]]:
    yield "nothing", b""
    yield "svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    yield "svg behind a mark", b"\xef\xbb\xbf<?xml version='1.0'?><svg/>"
    yield "html", b"<!doctype html><script>alert(1)</script>"
    yield "gif", b"GIF89a" + bytes(60)
    yield "gif of 500 frames", _gif(500)
    yield "tiff that is one", encoded(Image.new("CMYK", (300, 300)), "TIFF")
    yield "bmp", encoded(Image.new("RGB", (300, 300)), "BMP")
    yield "heic", b"\x00\x00\x00\x18ftypheic" + bytes(60)
    yield "tiff", b"II*\x00" + bytes(60)
    yield "eps", b"%!PS-Adobe-3.0 EPSF-3.0" + bytes(60)
    yield "psd", b"8BPS\x00\x01" + bytes(60)
    yield "ico", b"\x00\x00\x01\x00\x01\x00" + bytes(60)
    yield "program", b"\x7fELF" + bytes(60)
    yield "zip", b"PK\x03\x04" + bytes(60)
    yield "jpeg head, html after", b"\xff\xd8\xff\xe0<html><script>alert(1)</script>"
    yield "riff that is a wave", b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(60)
    yield "over ten megabytes", b"\xff\xd8\xff" + bytes(10 * 1024 * 1024 + 1)
    yield "one byte", b"\xff"


def _gif(count: int) -> bytes:
    frames = [Image.new("P", (16, 16), number % 256) for number in range(count)]
    for number, frame in enumerate(frames):
        frame.putpixel((number % 16, number // 16 % 16), 255 - number % 256)
    return encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])


def strange_files() -> Iterator[tuple[str, bytes]]:
    """Yield (name, bytes) of pictures that are odd but whole: kept, without what is odd."""
    paper = Image.linear_gradient("L").resize((200, 100))
    colours = Image.merge("RGB", [paper, paper.rotate(180), paper])
    yield "cmyk", encoded(colours.convert("CMYK"), "JPEG")
    yield "16 bits", encoded(Image.new("I;16", (200, 100), 40_000), "PNG")
    yield "palette", encoded(colours.convert("P"), "PNG")
    yield "one bit", encoded(paper.convert("1"), "PNG")
    yield "garbage for a colour profile", encoded(colours, "JPEG", icc_profile=b"\x00\xff" * 400)
    yield "profile of zeros", encoded(colours, "PNG", icc_profile=bytes(4000))
    turned = Image.Exif()
    turned[0x0112] = 6
    yield "turned by its camera", encoded(colours, "JPEG", exif=turned)
    html = b"<html><script>alert(1)</script></html>"
    yield "jpeg that is a page too", encoded(colours, "JPEG") + html
    yield "comment that is a page", encoded(colours, "JPEG", comment=html)
    yield "zip behind a png", encoded(colours, "PNG") + b"PK\x03\x04" + bytes(200)
