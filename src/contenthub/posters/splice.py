"""Idea: encode a poster's static part once, then only the bands that show an employee.

A JPEG with a restart marker after each row of blocks can be cut there: a row depends on its
own pixels only. Each poster is the base's rows with some replaced, byte for byte what a full
encode of the composed image gives (tests/posters/test_splice.py; posters.md §4).
"""

import io
import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import PIL
from PIL import Image, features

from contenthub.posters import banding, pngsplice
from contenthub.posters.banding import ROW_PX, Band
from contenthub.posters.paint import Sources, paint_whole
from contenthub.posters.pngsplice import PngBase
from contenthub.posters.template import Personal as Personal
from contenthub.posters.template import Template, sheet

_RESTART = re.compile(rb"\xff[\xd0-\xd7]")
_MARKERS = tuple(bytes((0xFF, 0xD0 + number)) for number in range(8))
_END = b"\xff\xd9"
_FORMAT = 6
ENGINE = f"{_FORMAT};pillow={PIL.__version__};jpeg={features.version('libjpeg_turbo')}"
"""What the stored base's bytes depend on beside the template."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A template ready to be drawn for anyone: encoded static rows around changing bands.

    `runs[i]` are the rows before `bands[i]`, the last run those after the last band. `png` is
    there when it was compiled for PNG. `blanks[i]` are the coded rows of `bands[i]` where no
    employee is on them.
    """

    width_px: int
    height_px: int
    quality: int
    dpi: int | None
    head: bytes
    runs: tuple[bytes, ...]
    bands: tuple[Band, ...]
    blanks: tuple[tuple[bytes, ...], ...]
    png: PngBase | None

    @property
    def rows(self) -> int:
        """Return the image's rows of blocks."""
        return -(-self.height_px // ROW_PX)


def compile(
    template: Template,
    static_values: Mapping[str, str],
    assets: Mapping[str, bytes],
    *,
    png: bool = False,
) -> Compiled:
    """Return the template with its static part painted and encoded, for PNG too if asked.

    Raises `Invalid` for what a static layer refuses (paint.py).
    """
    whole = sheet(template)
    base, bands = banding.painted(whole, Sources(static_values, assets))
    head, rows = _split(encode(base, whole.quality, dpi=whole.dpi))
    spans = [(band.first_row, band.first_row + band.rows) for band in bands]
    edges = [0, *(edge for span in spans for edge in span), len(rows)]
    runs = tuple(
        b"".join(_marked(rows[start:stop], start, len(rows)))
        for start, stop in zip(edges[::2], edges[1::2], strict=True)
    )
    blanks = tuple(
        tuple(_marked(_rows(band.pixels, whole.quality), band.first_row, len(rows)))
        for band in bands
    )
    cuts = [(band.top_px, band.height_px) for band in bands]
    return Compiled(
        whole.width_px,
        whole.height_px,
        whole.quality,
        whole.dpi,
        head,
        runs,
        bands,
        blanks,
        pngsplice.base(base, cuts, dpi=whole.dpi) if png else None,
    )


def render(compiled: Compiled, personal: Personal) -> bytes:
    """Return one employee's poster as a JPEG (4:2:0, the template's quality).

    Raises `Invalid` when a text does not fit or has no glyph, the photo is broken, or the
    QR code would not scan.
    """
    parts = [compiled.head]
    for run, band in zip(compiled.runs, _coded_bands(compiled, personal), strict=False):
        parts += (run, band)
    parts += (compiled.runs[-1], _END)
    return b"".join(parts)


def shared(compiled: Compiled, *, png: bool = False) -> tuple[bytes, ...]:
    """Return what all employees' files have in common, in the pieces between what is personal.

    `own` gives one person's pieces: the first shared one, the first own one, and so on, are the
    file (`interleaved`). Raises ValueError for a template not compiled for PNG.
    """
    if png:
        return pngsplice.shared(_png(compiled))
    head, *rest = compiled.runs
    pieces = [compiled.head + head, *rest]
    pieces[-1] += _END
    return tuple(pieces)


def own(compiled: Compiled, personal: Personal, *, png: bool = False) -> list[bytes]:
    """Return what is one employee's of their file, a piece behind each shared one.

    Raises `Invalid` like `render`; ValueError for a template not compiled for PNG.
    """
    if not png:
        return _coded_bands(compiled, personal)
    painted = [banding.drawn(band, personal) for band in compiled.bands]
    return pngsplice.own(_png(compiled), painted)


def interleaved(shared: Sequence[bytes], own: Sequence[bytes]) -> bytes:
    """Return the file of its shared pieces and one person's own."""
    pairs = itertools.zip_longest(shared, own, fillvalue=b"")
    return b"".join(piece for pair in pairs for piece in pair)


def render_png(compiled: Compiled, personal: Personal) -> bytes:
    """Return one employee's poster as a PNG: for print, several times the JPEG's size.

    Raises `Invalid` like `render`; ValueError for a template not compiled for PNG.
    """
    pieces = shared(compiled, png=True)
    return interleaved(pieces, own(compiled, personal, png=True))


def _png(compiled: Compiled) -> PngBase:
    if compiled.png is None:
        raise ValueError("the template was not compiled for PNG")
    return compiled.png


def _coded_bands(compiled: Compiled, personal: Personal) -> list[bytes]:
    """Return the coded rows of each band: all of a poster that is its employee's, a tenth of it."""
    bands = []
    for band, blank in zip(compiled.bands, compiled.blanks, strict=True):
        first, image = banding.drawn_rows(band, personal)
        mine = []
        if image is not None:
            coded = _rows(image, compiled.quality)
            mine = _marked(coded, band.first_row + first, compiled.rows)
        bands.append(b"".join((*blank[:first], *mine, *blank[first + len(mine) :])))
    return bands


def compose(
    template: Template, values: Mapping[str, str], assets: Mapping[str, bytes], personal: Personal
) -> Image.Image:
    """Return the whole poster as pixels, every layer painted in its turn and nothing spliced."""
    whole = sheet(template)
    return paint_whole(
        whole.canvas, whole.layers, Sources(values, assets, personal), background=whole.background
    )


def encode(image: Image.Image, quality: int, *, dpi: int | None = None) -> bytes:
    """Return the image as a JPEG with a restart marker after each row of blocks.

    The standard Huffman tables (no `optimize`) make the rows of any two such files fit.
    """
    out = io.BytesIO()
    density = {"dpi": (dpi, dpi)} if dpi else {}
    image.save(out, "JPEG", quality=quality, subsampling="4:2:0", restart_marker_rows=1, **density)
    return out.getvalue()


def _split(data: bytes) -> tuple[bytes, list[bytes]]:
    """Return a JPEG's head, up to its scan, and the coded rows without their markers.

    In coded data a byte FF is always followed by 00, so a marker is never found by chance.
    """
    at = 2
    while data[at + 1] != 0xDA:  # the scan's own header is the last before coded data
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return data[:at], _RESTART.split(data[at : -len(_END)])


def _rows(image: Image.Image, quality: int) -> list[bytes]:
    """Return the coded rows of a part of an image."""
    return _split(encode(image, quality))[1]


def _marked(rows: list[bytes], first_row: int, count: int) -> list[bytes]:
    """Return the rows with the markers they carry in the whole image; its last row has none."""
    return [
        coded + _MARKERS[row % 8] if row < count - 1 else coded
        for row, coded in enumerate(rows, first_row)
    ]
