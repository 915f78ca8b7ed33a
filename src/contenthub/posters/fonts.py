"""Idea: typefaces by key, size and weight, what each cannot draw, and which draws it instead.

A face's key is empty for the shipped 黑体 (every weight, 44,810 characters), `serif` for the
shipped 宋体 (bold), else the sha256 of a bank's own file, which lies in `own_folder` by then
(fontfiles.py). Own files are opened by the painting processes only; their widths are read from
the file's table by plain Python. A character that a face lacks is drawn by the shipped 黑体, and
what that lacks, too, by the first of the bank's own faces that has it, where a filled text names
some behind its own: `own+spare+spare` (layers.said).
"""

import functools
import os
import stat
import struct
import tempfile
import unicodedata
from hashlib import sha256
from importlib import resources
from pathlib import Path

import msgspec
from fontTools.ttLib import TTFont
from PIL import ImageFont

FACE_INDEX = 2
"""Simplified Chinese face of the collection; index 0 would draw Japanese shapes."""

WEIGHTS = (400, 500, 700, 900)
"""Weights a template may ask for; the variable font could draw any from 100 to 900."""

_FULL_UNICODE = [3, 10]
"""Platform and encoding of the table that has all characters, as ranges (format 12)."""

SANS, SERIF = "", "serif"
CHAIN = "+"
"""Stands between the keys of a face and of those that draw what it lacks."""
SHIPPED: dict[str, str] = {SANS: "思源黑体（默认）", SERIF: "思源宋体 粗体"}


@functools.cache
def font_path() -> Path:
    """Return the file of the Noto Sans CJK collection (package manimgx-fonts-cjk, OFL-1.1)."""
    folder = resources.files("manimgx_fonts_cjk")
    return Path(str(folder.joinpath("NotoSansCJK-VF.otf.ttc")))


@functools.cache
def serif_path() -> Path:
    """Return the file of Noto Serif SC Bold (scripts/serif.py, OFL-1.1)."""
    return Path(str(resources.files("contenthub.posters").joinpath("faces/NotoSerifSC-Bold.ttf")))


def own_folder() -> Path:
    """Return this user's folder of banks' own faces, made if need be; others cannot write there."""
    folder = Path(tempfile.gettempdir()) / f"contenthub-fonts-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o022:
        raise PermissionError(f"{folder} is not ours alone")
    return folder


def own_path(face: str) -> Path:
    """Return where a bank's own face lies once it was brought (fontfiles.py)."""
    return own_folder() / f"{face}.font"


def is_here(face: str) -> bool:
    """Return whether a face can be opened on this machine now."""
    return face in SHIPPED or (own_path(face).exists() and widths_path(face).exists())


@functools.lru_cache(maxsize=64)
def _own(face: str) -> Path:
    """Return an own face's file, once it is found to be what its key says."""
    path = own_path(face)
    if sha256(path.read_bytes()).hexdigest() != face:
        raise ValueError(f"{path} was changed")
    return path


@functools.lru_cache(maxsize=32)
def font(size_px: int, weight: int = 400, face: str = SANS) -> ImageFont.FreeTypeFont:
    """Return a face at a size and weight; the same object for the same arguments.

    Only the shipped 黑体 has weights. Raises FileNotFoundError for an own face not yet here.
    """
    if face != SANS:
        path = serif_path() if face == SERIF else _own(face)
        return ImageFont.truetype(str(path), size_px, layout_engine=ImageFont.Layout.BASIC)
    found = ImageFont.truetype(
        str(font_path()), size_px, index=FACE_INDEX, layout_engine=ImageFont.Layout.RAQM
    )
    # Without this the variable font draws its default weight, Thin.
    found.set_variation_by_axes([weight])
    return found


@functools.cache
def code_points() -> frozenset[int]:
    """Return every code point the shipped 黑体 has a glyph for (44,810 in the pinned package)."""
    # Read from the table itself: fontTools would name each glyph, which takes a fifth of a
    # second, in every process that paints.
    with TTFont(str(font_path()), fontNumber=FACE_INDEX, lazy=True) as face:
        table: bytes = face.reader["cmap"]
    (count,) = struct.unpack_from(">H", table, 2)
    tables = struct.iter_unpack(">HHL", table[4 : 4 + 8 * count])
    start = next(place for *kind, place in tables if kind == _FULL_UNICODE)
    (groups,) = struct.unpack_from(">L", table, start + 12)
    listed = struct.iter_unpack(">LLL", table[start + 16 : start + 16 + 12 * groups])
    return frozenset(code for first, last, _ in listed for code in range(first, last + 1))


def widths_path(face: str) -> Path:
    """Return where an own face's widths lie, read from the file when it was brought."""
    return own_folder() / f"{face}.widths"


@functools.lru_cache(maxsize=8)
def widths(face: str) -> dict[int, float]:
    """Return the width of each character of a face of one weight, as a share of the em.

    Raises FileNotFoundError for an own face not yet here.
    """
    if face == SERIF:
        return measured(serif_path())
    return msgspec.msgpack.decode(widths_path(face).read_bytes(), type=dict[int, float])


def measured(path: Path) -> dict[int, float]:
    """Return the widths in a font's table; of a large one it takes a third of a second."""
    with TTFont(str(path), lazy=True) as opened:
        em = opened["head"].unitsPerEm
        moves = opened["hmtx"].metrics
        return {code: moves[name][0] / em for code, name in opened.getBestCmap().items()}


def face_of(mark: str, face: str) -> str:
    """Return the face that draws a character: the one asked for, the shipped 黑体, or a spare one.

    An own face that is not on this machine draws nothing yet: what is measured without it is
    an estimate, and drawing waits for it (rendering.py).
    """
    if face == SANS:
        return SANS
    own, _, spare = face.partition(CHAIN)
    if own and _has(own, mark):
        return own
    if spare and may_be_spared(mark):
        return next((one for one in spare.split(CHAIN) if ord(mark) in _beyond(one)), SANS)
    return SANS


def _has(face: str, mark: str) -> bool:
    try:
        return ord(mark) in widths(face)
    except FileNotFoundError:
        return False


def _beyond(face: str) -> frozenset[int]:
    """Return what an own face has and the shipped 黑体 lacks; nothing while it is not here."""
    try:
        return _beyond_shipped(face)
    except FileNotFoundError:
        return frozenset()


# A bank may have sixty, and of each only its rare characters stay in memory.
@functools.lru_cache(maxsize=256)
def _beyond_shipped(face: str) -> frozenset[int]:
    data = widths_path(face).read_bytes()
    return frozenset(msgspec.msgpack.decode(data, type=dict[int, float])) - code_points()


def may_be_spared(mark: str) -> bool:
    """Return whether a character may be drawn alone and the shipped 黑体 lacks it.

    No emoji, and no letter of writing that joins or turns, as Arabic and Tibetan do.
    """
    if mark < "\u0100" or ord(mark) in code_points() or mark in _EMPTY:
        return False
    if "\U00020000" <= mark <= "\U0003fffd":  # Han; the newest are unknown to Python's tables
        return True
    if unicodedata.category(mark)[0] not in "LNP":
        return False
    return unicodedata.east_asian_width(mark) in "WF" or "LATIN" in unicodedata.name(mark, "")


_EMPTY = frozenset("\u00ad\u115f\u1160\u3164\uffa0")
"""Fillers and the soft hyphen: the face has glyphs for them in which nothing is drawn."""


def _floats(mark: str) -> bool:
    """Return whether a sign is drawn upon another: faces have it upon a dotted circle, alone.

    Letters with an accent are one character each here (layout.py, names.py).
    """
    if mark < "\u0300" or unicodedata.category(mark) not in ("Mn", "Me"):
        return False
    return unicodedata.name(mark, "").startswith("COMBINING")


def missing_glyphs(text: str, face: str = SANS) -> list[str]:
    """Return the characters that would be drawn as empty boxes or not at all, once each, in order.

    Line breaks and spaces of any kind need no glyph.
    """
    known = code_points()
    return list(
        dict.fromkeys(
            mark
            for mark in text
            if mark in _EMPTY
            or _floats(mark)
            or (ord(mark) not in known and not mark.isspace() and face_of(mark, face) == SANS)
        )
    )
