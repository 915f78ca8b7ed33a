"""Idea: encode a poster's static part once, then only the bands that show an employee.

A JPEG with a restart marker after each row of blocks can be cut there: a row depends on its
own pixels only. Each poster is the base's rows with some replaced, byte for byte what a full
encode of the composed image gives (tests/posters/test_splice.py; posters.md §4).
"""

import io
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
import PIL
from PIL import Image, features

from contenthub.errors import Conflict
from contenthub.posters import pngsplice
from contenthub.posters.layers import Layer, TextLayer
from contenthub.posters.paint import paint_personal, paint_static, static_text
from contenthub.posters.pngsplice import PngBase
from contenthub.posters.template import Personal as Personal
from contenthub.posters.template import Template, is_personal

ROW_PX = 16
"""Height of a row of blocks (MCUs) at 4:2:0."""
SPLICE_SHARE_MAX = 0.6
"""Above this share of changing rows the whole image is encoded: cutting gains nothing."""

_RESTART = re.compile(rb"\xff[\xd0-\xd7]")
_END = b"\xff\xd9"
_FORMAT = 1
ENGINE = f"{_FORMAT};pillow={PIL.__version__};jpeg={features.version('libjpeg_turbo')}"
"""What the stored base's bytes depend on beside the template."""


class StaleArtefact(Conflict):
    """The stored base was made by another version of the engine; compile the template again."""

    code = "stale_artefact"
    title = "海报底图由旧版本生成，请重新生成"


@dataclass(frozen=True, slots=True)
class Band:
    """Rows of the image that change: their static pixels and the layers painted on them."""

    first_row: int
    pixels: Image.Image
    layers: tuple[Layer, ...]

    @property
    def top_px(self) -> int:
        """Return the band's first row of pixels in the whole image."""
        return self.first_row * ROW_PX


@dataclass(frozen=True, slots=True)
class Compiled:
    """A template ready to be drawn for anyone: encoded static rows around changing bands.

    `runs[i]` are the rows before `bands[i]`, the last run those after the last band.
    """

    width_px: int
    height_px: int
    quality: int
    head: bytes
    runs: tuple[bytes, ...]
    bands: tuple[Band, ...]
    png: PngBase

    @property
    def rows(self) -> int:
        """Return the image's rows of blocks."""
        return -(-self.height_px // ROW_PX)

    def to_bytes(self) -> bytes:
        """Return the artefact to store, so that a cold worker need not paint the base."""
        bands = [
            _StoredBand(
                first_row=band.first_row,
                height_px=band.pixels.height,
                pixels=zlib.compress(band.pixels.tobytes(), 1),
                layers=band.layers,
            )
            for band in self.bands
        ]
        stored = _Stored(
            engine=ENGINE,
            width_px=self.width_px,
            height_px=self.height_px,
            quality=self.quality,
            head=self.head,
            runs=self.runs,
            bands=tuple(bands),
            png=self.png,
        )
        return msgspec.msgpack.encode(stored)

    @classmethod
    def from_bytes(cls, data: bytes) -> "Compiled":
        """Return the template of a stored artefact.

        Raises `StaleArtefact` if it is damaged or of another engine.
        """
        try:
            stored = msgspec.msgpack.decode(data, type=_Stored)
            if stored.engine != ENGINE:
                raise StaleArtefact
            bands = tuple(_restored(band, stored.width_px) for band in stored.bands)
        except (msgspec.DecodeError, zlib.error, ValueError) as wrong:
            raise StaleArtefact from wrong
        return cls(
            stored.width_px,
            stored.height_px,
            stored.quality,
            stored.head,
            stored.runs,
            bands,
            stored.png,
        )


class _StoredBand(msgspec.Struct, frozen=True):
    first_row: int
    height_px: int
    pixels: bytes
    layers: tuple[Layer, ...]


class _Stored(msgspec.Struct, frozen=True):
    engine: str
    width_px: int
    height_px: int
    quality: int
    head: bytes
    runs: tuple[bytes, ...]
    bands: tuple[_StoredBand, ...]
    png: PngBase


def compile(
    template: Template, static_values: Mapping[str, str], assets: Mapping[str, bytes]
) -> Compiled:
    """Return the template with its static part painted and encoded.

    Raises `Invalid` for what `paint_static` refuses.
    """
    base = paint_static(template, static_values, assets)
    layers = [_prefilled(layer, static_values) for layer in template.layers if is_personal(layer)]
    spans = _spans(layers, template.height_px)
    bands = tuple(_cut(base, span, layers) for span in spans)
    head, rows = _split(encode(base, template.quality))
    edges = [0, *(edge for span in spans for edge in span), len(rows)]
    runs = tuple(
        _join(rows[start:stop], start, len(rows))
        for start, stop in zip(edges[::2], edges[1::2], strict=True)
    )
    cuts = [(band.top_px, band.pixels.height) for band in bands]
    return Compiled(
        template.width_px,
        template.height_px,
        template.quality,
        head,
        runs,
        bands,
        pngsplice.base(base, cuts),
    )


def render(compiled: Compiled, personal: Personal) -> bytes:
    """Return one employee's poster as a JPEG (4:2:0, the template's quality).

    Raises `Invalid` when a text does not fit or has no glyph, the photo is broken, or the
    QR code would not scan.
    """
    parts = [compiled.head]
    for run, band in zip(compiled.runs, compiled.bands, strict=False):
        _, rows = _split(encode(_painted(band, personal), compiled.quality))
        parts += (run, _join(rows, band.first_row, compiled.rows))
    parts += (compiled.runs[-1], _END)
    return b"".join(parts)


def render_png(compiled: Compiled, personal: Personal) -> bytes:
    """Return one employee's poster as a PNG: for print, several times the JPEG's size.

    Raises `Invalid` like `render`.
    """
    painted = [_painted(band, personal) for band in compiled.bands]
    return pngsplice.splice(compiled.png, painted)


def compose(compiled: Compiled, base: Image.Image, personal: Personal) -> Image.Image:
    """Return the whole poster as pixels, on a copy of the static image it was compiled from."""
    whole = base.copy()
    for band in compiled.bands:
        whole.paste(_painted(band, personal), (0, band.top_px))
    return whole


def encode(image: Image.Image, quality: int) -> bytes:
    """Return the image as a JPEG with a restart marker after each row of blocks.

    The standard Huffman tables (no `optimize`) make the rows of any two such files fit.
    """
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, subsampling="4:2:0", restart_marker_rows=1)
    return out.getvalue()


def _painted(band: Band, personal: Personal) -> Image.Image:
    pixels = band.pixels.copy()
    paint_personal(pixels, band.layers, personal, top_px=band.top_px)
    return pixels


def _prefilled(layer: Layer, values: Mapping[str, str]) -> Layer:
    if not isinstance(layer, TextLayer):
        return layer
    return msgspec.structs.replace(layer, text=static_text(layer, values))


def _spans(layers: list[Layer], height_px: int) -> list[tuple[int, int]]:
    """Return the rows of blocks [first, after) that change, merged; all of them if most do."""
    count = -(-height_px // ROW_PX)
    spans: list[tuple[int, int]] = []
    for top_px, bottom_px in sorted(_reach(layer) for layer in layers):
        first, after = max(0, top_px // ROW_PX), min(count, -(-bottom_px // ROW_PX))
        if spans and first <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(after, spans[-1][1]))
        else:
            spans.append((first, after))
    changing = sum(after - first for first, after in spans)
    return [(0, count)] if changing > SPLICE_SHARE_MAX * count else spans


def _reach(layer: Layer) -> tuple[int, int]:
    """Return the first and the last row of pixels a layer's ink can touch.

    Accents and descenders of foreign names reach out of the text's box: by the typeface's
    ascent (1.16 em) and descent (0.29 em) beyond what a line of Chinese takes.
    """
    top_px, bottom_px = layer.box.y_px, layer.box.bottom_px
    if isinstance(layer, TextLayer):
        return top_px - -(-layer.size_px // 4), bottom_px + -(-layer.size_px // 6)
    return top_px, bottom_px


def _cut(base: Image.Image, span: tuple[int, int], layers: list[Layer]) -> Band:
    top_px, bottom_px = span[0] * ROW_PX, min(span[1] * ROW_PX, base.height)
    inside = tuple(layer for layer in layers if top_px <= layer.box.y_px < bottom_px)
    return Band(span[0], base.crop((0, top_px, base.width, bottom_px)), inside)


def _split(data: bytes) -> tuple[bytes, list[bytes]]:
    """Return a JPEG's head, up to its scan, and the coded rows without their markers.

    In coded data a byte FF is always followed by 00, so a marker is never found by chance.
    """
    at = 2
    while data[at + 1] != 0xDA:  # the scan's own header is the last before coded data
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return data[:at], _RESTART.split(data[at : -len(_END)])


def _join(rows: list[bytes], first_row: int, count: int) -> bytes:
    """Return the rows with the markers they carry in the whole image; its last row has none."""
    parts = []
    for row, coded in enumerate(rows, first_row):
        parts.append(coded)
        if row < count - 1:
            parts.append(bytes((0xFF, 0xD0 + row % 8)))
    return b"".join(parts)


def _restored(band: _StoredBand, width_px: int) -> Band:
    pixels = Image.frombytes("RGB", (width_px, band.height_px), zlib.decompress(band.pixels))
    return Band(band.first_row, pixels, band.layers)
