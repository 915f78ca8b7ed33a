"""Idea: hostile bytes to a typeface that is safe to keep, or a refusal that says what to ask for.

What is kept is one face with its outlines, widths and names alone: programs for hinting, shaping
rules, bitmaps and signatures go. Run in the decoder's child (decoder.py), never in ours.
"""

import io
import re
import struct
import unicodedata
from typing import TYPE_CHECKING, Any

import msgspec
from PIL import ImageFont

from contenthub.errors import Invalid
from contenthub.tenants import filesizes

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

BYTES_MAX = 30 * 1024 * 1024
FACES_MAX = 64
_FIELD = "file"
_SFNT = {b"\x00\x01\x00\x00": "ttf", b"OTTO": "otf", b"true": "ttf", b"ttcf": "ttc"}
_WEB = (b"wOFF", b"wOF2")
_KEPT = frozenset(
    ("head", "hhea", "maxp", "OS/2", "hmtx", "cmap", "name", "post", "glyf", "loca", "CFF ", "VORG")
)
_RESTRICTED, _PREVIEW, _BITMAPS = 0x0002, 0x0004, 0x0200
_SAMPLE = 240
_CHINESE_NAMES = (0x0804, 0x0404, 0x0C04)
_IS_SIMPLIFIED = re.compile(r"(?<![A-Z])(?:SC|CN|GB)(?![A-Za-z])|简")


class FontFile(msgspec.Struct, frozen=True):
    """An accepted face: its file made anew, what its maker calls it, what it can draw.

    `common_missing` counts the 6,763 characters of GB2312 it lacks; `may_travel` says whether its
    maker lets the file itself be handed to browsers (OS/2 fsType).
    """

    data: bytes
    kind: str
    family: str
    style: str
    weight: int
    characters: int
    common_missing: int
    may_travel: bool
    copyright: str


def check_bytes(data: bytes) -> None:
    """Do nothing for bytes that may be a font; raises Invalid (`file`) saying what would be."""
    if not data:
        raise Invalid.of(_FIELD, "请先选择一个字体文件（TTF、OTF 或 TTC）")
    if len(data) > BYTES_MAX:
        raise Invalid.of(
            _FIELD, f"字体文件超过 {filesizes.shown(BYTES_MAX)}，请向字体厂商要只含中文简体的版本"
        )
    if data[:4] in _WEB:
        raise Invalid.of(_FIELD, "这是网页字体（WOFF），请上传厂商提供的 TTF、OTF 或 TTC 原文件")
    if data[:4] not in _SFNT:
        raise Invalid.of(_FIELD, "这不是字体文件，请选择 TTF、OTF 或 TTC 文件")


def accept_font(data: bytes, number: int = 0) -> FontFile:
    """Return face `number` (from 1, of a TTC) made safe; 0 is the one for simplified Chinese.

    Raises Invalid: not a font or damaged (`file`), a variable font, one whose maker forbids
    embedding, one with hardly a character; no such face in the collection (`number`).
    """
    from fontTools.ttLib import TTFont  # pictures need none of it: the child begins sooner

    check_bytes(data)
    try:
        with TTFont(
            io.BytesIO(data),
            fontNumber=_place(data, number),
            lazy=True,
            recalcBBoxes=False,
            recalcTimestamp=False,
        ) as face:
            return _accepted(face)
    except (Invalid, MemoryError):
        raise
    except Exception as wrong:  # fontTools raises whatever a broken table leads it to
        raise _damaged() from wrong


def _place(data: bytes, number: int) -> int:
    """Return the face's place in its file: -1 where it is no collection."""
    if data[:4] != b"ttcf":
        return -1
    count = struct.unpack(">L", data[8:12])[0]
    if not 1 <= count <= FACES_MAX:
        raise _damaged()
    if number == 0:
        return _simplified(data, count)
    if not 1 <= number <= count:
        raise Invalid.of("number", f"这个 TTC 里有 {count} 个字体，请填 1 到 {count}")
    return number - 1


def _simplified(data: bytes, count: int) -> int:
    """Return the place of a collection's face with the forms of simplified Chinese, else the first.

    Collections of Chinese, Japanese and Korean begin with the Japanese one.
    """
    from fontTools.ttLib import TTFont

    for place in range(count):
        with TTFont(io.BytesIO(data), fontNumber=place, lazy=True) as face:
            if any(_IS_SIMPLIFIED.search(_named(face, wanted)) for wanted in (16, 1, 6)):
                return place
    return 0


def _accepted(face: "TTFont") -> FontFile:
    if "fvar" in face:
        raise Invalid.of(
            _FIELD, "这是可变字体，暂不支持；请上传单一字重的文件，如“…-Regular.ttf”和“…-Bold.ttf”"
        )
    rights = face["OS/2"].fsType
    if rights & 0x000F == _RESTRICTED:
        raise Invalid.of(
            _FIELD,
            "这个字体被厂商设为“禁止嵌入”，不能用来制作海报；请向厂商购买可嵌入的授权版本",
        )
    if rights & _BITMAPS:
        raise Invalid.of(_FIELD, "这个字体只允许嵌入点阵字形，画不了海报；请向厂商要可嵌入的版本")
    drawable = face.getBestCmap() or {}
    # One letter is enough: a face made for one colleague's rare name has no more.
    if not any(unicodedata.category(chr(code))[0] == "L" for code in drawable):
        raise Invalid.of(
            _FIELD, "这个字体里一个文字也没有（或没有 Unicode 编码），请换一个含有所需文字的文件"
        )
    made = _made_anew(face)
    _try_to_draw(made, drawable)
    return FontFile(
        data=made,
        kind="otf" if "CFF " in face else "ttf",
        family=_named(face, 16, 1) or "未命名字体",
        style=_named(face, 17, 2),
        weight=max(1, min(1000, face["OS/2"].usWeightClass)),
        characters=len(drawable),
        common_missing=sum(mark not in drawable for mark in common_marks()),
        may_travel=not rights & _PREVIEW,
        copyright=_named(face, 0)[:300],
    )


def _made_anew(face: "TTFont") -> bytes:
    for table in list(face.keys()):
        if table != "GlyphOrder" and table not in _KEPT:
            del face[table]
    if not {"glyf", "CFF "} & set(face.keys()):
        raise Invalid.of(_FIELD, "这个字体没有轮廓（点阵或彩色字体），画不了海报，请换一个文件")
    out = io.BytesIO()
    face.save(out, reorderTables=None)
    return out.getvalue()


def _try_to_draw(data: bytes, drawable: dict[int, Any]) -> None:
    """Draw a few of its characters: what cannot be drawn here is never kept."""
    marks = sorted(drawable)
    step = max(1, len(marks) // _SAMPLE)
    typeface = ImageFont.truetype(io.BytesIO(data), 24)
    for mark in marks[::step]:
        typeface.getmask(chr(mark))


def _named(face: "TTFont", *ids: int) -> str:
    """Return the first of some names the font has, its Chinese one before all."""
    for wanted in ids:
        records = [one for one in face["name"].names if one.nameID == wanted]
        records.sort(key=lambda one: one.langID not in _CHINESE_NAMES or one.platformID != 3)
        for one in records:
            text = "".join(mark for mark in str(one.toUnicode()) if mark.isprintable()).strip()
            if text:
                return text[: 300 if wanted == 0 else 80]
    return ""


def common_marks() -> list[int]:
    """Return the code points of GB2312's 6,763 characters."""
    return [
        ord(bytes((0xA0 + row, 0xA0 + cell)).decode("gb2312"))
        for row in range(16, 88)
        for cell in range(1, 95 if row != 55 else 90)
    ]


def _damaged() -> Invalid:
    return Invalid.of(_FIELD, "字体文件已损坏或不完整，请重新从字体厂商处下载后再上传")
