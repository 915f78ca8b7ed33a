"""Idea: a compiled template as bytes to keep, and back: a cold worker need not paint the base."""

import zlib

import msgspec
from PIL import Image

from contenthub.errors import Conflict
from contenthub.posters import deflate, splice
from contenthub.posters.banding import Band, Step
from contenthub.posters.colours import Colour
from contenthub.posters.layers import Layer
from contenthub.posters.looks import Rule
from contenthub.posters.pngsplice import PngBase
from contenthub.posters.splice import Compiled
from contenthub.posters.stamps import Ink, Stamp


class StaleArtefact(Conflict):
    """The stored base was made by another version of the engine; compile the template again."""

    code = "stale_artefact"
    title = "海报底图由旧版本生成，请重新生成"


class _Stamp(msgspec.Struct, frozen=True, array_like=True):
    x_px: int
    y_px: int
    size: tuple[int, int]
    colour: Colour | None
    picture: bytes
    mask: bytes


class _Step(msgspec.Struct, frozen=True):
    show: tuple[Rule, ...]
    ready: tuple[_Stamp, ...]
    layer: Layer | None
    inner: tuple["_Step", ...]
    is_there: bool
    is_grounded: bool
    ground: Colour | None


class _Band(msgspec.Struct, frozen=True):
    first_row: int
    width_px: int
    height_px: int
    pixels: bytes
    steps: tuple[_Step, ...]
    assets: dict[str, bytes]


class _Stored(msgspec.Struct, frozen=True):
    engine: str
    width_px: int
    height_px: int
    quality: int
    dpi: int | None
    head: bytes
    runs: tuple[bytes, ...]
    bands: tuple[_Band, ...]
    blanks: tuple[tuple[bytes, ...], ...]
    png: PngBase | None


def to_bytes(compiled: Compiled) -> bytes:
    """Return the artefact to store."""
    stored = _Stored(
        engine=splice.ENGINE,
        width_px=compiled.width_px,
        height_px=compiled.height_px,
        quality=compiled.quality,
        dpi=compiled.dpi,
        head=compiled.head,
        runs=compiled.runs,
        bands=tuple(
            _Band(
                band.first_row,
                *band.pixels.size,
                zlib.compress(band.pixels.tobytes(), 1),
                tuple(_step(step) for step in band.steps),
                band.assets,
            )
            for band in compiled.bands
        ),
        blanks=compiled.blanks,
        png=compiled.png,
    )
    return msgspec.msgpack.encode(stored)


def from_bytes(data: bytes) -> Compiled:
    """Return the compiled template of a stored artefact.

    Raises `StaleArtefact` if it is damaged or of another engine.
    """
    try:
        stored = msgspec.msgpack.decode(data, type=_Stored)
        if stored.engine != splice.ENGINE:
            raise StaleArtefact
        bands = tuple(
            Band(
                band.first_row,
                Image.frombytes(
                    "RGB", (band.width_px, band.height_px), deflate.inflated(band.pixels)
                ),
                tuple(_restored(step) for step in band.steps),
                band.assets,
            )
            for band in stored.bands
        )
    except (msgspec.DecodeError, deflate.Broken, ValueError) as wrong:
        raise StaleArtefact from wrong
    return Compiled(
        stored.width_px,
        stored.height_px,
        stored.quality,
        stored.dpi,
        stored.head,
        stored.runs,
        bands,
        stored.blanks,
        stored.png,
    )


def _step(step: Step) -> _Step:
    return _Step(
        step.show,
        tuple(_packed(stamp) for stamp in step.ready),
        step.layer,
        tuple(_step(inner) for inner in step.inner),
        step.is_there,
        step.is_grounded,
        step.ground,
    )


def _restored(step: _Step) -> Step:
    return Step(
        step.show,
        tuple(_unpacked(stamp) for stamp in step.ready),
        step.layer,
        tuple(_restored(inner) for inner in step.inner),
        step.is_there,
        step.is_grounded,
        step.ground,
    )


def _packed(stamp: Stamp) -> _Stamp:
    mask = zlib.compress(stamp.mask.tobytes(), 1) if stamp.mask is not None else b""
    ink = stamp.ink
    if isinstance(ink, tuple):
        return _Stamp(stamp.x_px, stamp.y_px, stamp.size, ink, b"", mask)
    picture = zlib.compress(ink.tobytes(), 1)
    return _Stamp(stamp.x_px, stamp.y_px, stamp.size, None, picture, mask)


def _unpacked(stored: _Stamp) -> Stamp:
    ink: Ink
    if stored.colour is not None:
        ink = stored.colour
    else:
        ink = Image.frombytes("RGB", stored.size, deflate.inflated(stored.picture))
    mask = Image.frombytes("L", stored.size, deflate.inflated(stored.mask)) if stored.mask else None
    return Stamp(stored.x_px, stored.y_px, ink, mask)
