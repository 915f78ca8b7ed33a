"""Idea: which files a bank may keep, how large, and whether one is what its name says."""

import re
import struct
from dataclasses import dataclass
from pathlib import PurePath
from typing import BinaryIO

from contenthub.errors import Invalid
from contenthub.tenants import filesizes

MIB = 1024 * 1024
FILENAME_MAX_CHARS = 120
ALT_MAX_CHARS = 200
KINDS: dict[str, str] = {"image": "图片", "video": "视频", "audio": "音频", "file": "文件"}
"""Sorts of files as a clerk filters them."""


@dataclass(frozen=True, slots=True)
class Sort:
    """One type of file: its MIME type, what people call it, and how large it may be."""

    mime: str
    kind: str
    label: str
    ending: str
    bytes_max: int
    fix: str


_PICTURE_FIX = "请在看图软件里缩小（例如宽 2160）后再上传"
SORTS: dict[str, Sort] = {
    sort.mime: sort
    for sort in (
        Sort("image/jpeg", "image", "图片", "jpg", 10 * MIB, _PICTURE_FIX),
        Sort("image/png", "image", "图片", "png", 10 * MIB, _PICTURE_FIX),
        Sort("image/webp", "image", "图片", "webp", 10 * MIB, _PICTURE_FIX),
        Sort("video/mp4", "video", "视频", "mp4", 200 * MIB, "请用剪辑软件压缩或剪短后再上传"),
        Sort("audio/mpeg", "audio", "音频", "mp3", 50 * MIB, "请降低码率（例如 128 kbps）后再上传"),
        Sort("audio/mp4", "audio", "音频", "m4a", 50 * MIB, "请降低码率（例如 128 kbps）后再上传"),
        Sort("application/pdf", "file", "PDF 文件", "pdf", 50 * MIB, "请拆成几份或压缩后再上传"),
    )
}
_BY_ENDING = {sort.ending: sort for sort in SORTS.values()} | {"jpeg": SORTS["image/jpeg"]}
HEIC = (
    "这是 iPhone 的 HEIC 照片，浏览器和微信大多打不开，请换成 JPG：在 iPhone“设置 → 相机 → 格式”"
    "选“兼容性最佳”后重新拍，或在电脑上用“照片”、画图打开后另存为 JPG 再上传"
)
_OTHERS = {
    "mov": "MOV 视频请先转成 MP4（H.264）再上传",
    "avi": "AVI 视频请先转成 MP4（H.264）再上传",
    "wmv": "WMV 视频请先转成 MP4（H.264）再上传",
    "amr": "AMR 录音请先转成 MP3 再上传",
    "wav": "WAV 音频请先转成 MP3 再上传",
    "heic": HEIC,
    "heif": HEIC,
    "gif": "不支持 GIF 动图，请上传单张静态图片",
    "svg": "不支持 SVG（里面可以藏脚本），请导出为 PNG 后再上传",
    "doc": "Word 文件请先另存为 PDF 再上传",
    "docx": "Word 文件请先另存为 PDF 再上传",
    "ppt": "PPT 文件请先另存为 PDF 再上传",
    "pptx": "PPT 文件请先另存为 PDF 再上传",
    "xls": "Excel 文件请先另存为 PDF 再上传",
    "xlsx": "Excel 文件请先另存为 PDF 再上传",
}
_MP4_BRANDS = (b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ")
_M4A_BRANDS = (b"M4A ", b"M4B ", *_MP4_BRANDS)
_SCRIPT = re.compile(rb"/(?:JavaScript|JS|Launch)(?=[\s/<(\[])")
_FRAME = re.compile(rb"\xff[\xe2\xe3\xf2\xf3\xfa\xfb][\x10-\xef]", re.S)
"""Where sound begins: eleven set bits, layer III, a bit rate that is one."""
_BLOCK_BYTES = 1024 * 1024
_DAMAGED = "“{name}”已损坏或没有传完整，请换一份能正常打开的文件重新上传"


def kind_of(mime: str) -> str:
    """Return the sort a clerk filters by: image, video, audio or file."""
    return SORTS[mime].kind if mime in SORTS else "file"


def clean_filename(filename: str) -> str:
    """Return a name without its folders and what a page or a file system would trip over."""
    name = "".join(c for c in PurePath(filename.replace("\\", "/")).name if c.isprintable())
    return name.strip()[:FILENAME_MAX_CHARS] or "未命名"


def renamed(filename: str, before: str) -> str:
    """Return a name a person chose, with the ending the file had.

    Raises:
        Invalid: nothing is left of it (field `filename`).
    """
    stem, ending = filename.strip(), PurePath(before).suffix
    if ending and stem.lower().endswith(ending.lower()):
        stem = stem[: -len(ending)]
    stem = "".join(c for c in stem if c.isprintable() and c not in '/\\:*?"<>|').strip()
    if not stem.strip("."):
        raise Invalid.of("filename", "请填写文件名，例如 国债宣传折页；不能只有标点")
    return stem[: FILENAME_MAX_CHARS - len(ending)] + ending


def clean_alt(text: str) -> str:
    """Return what a picture shows, in one line; raises Invalid (field `alt_text`)."""
    kept = " ".join(text.split())
    if not kept.isprintable():
        raise Invalid.of(
            "alt_text", "图片说明里有看不见的控制字符（常见于粘贴），请删去后手动输入这一句"
        )
    if len(kept) > ALT_MAX_CHARS:
        raise Invalid.of(
            "alt_text", f"图片说明最多 {ALT_MAX_CHARS} 个字，写清图上是什么就可以，不用写标点装饰"
        )
    return kept


def claimed(filename: str, size_bytes: int) -> Sort:
    """Return the sort that a file's name promises.

    Raises:
        Invalid: a sort that is not kept, empty, or too large (field `file`).
    """
    ending = PurePath(filename).suffix.lower().removeprefix(".")
    sort = _BY_ENDING.get(ending)
    if sort is None:
        usual = (
            "只支持图片（JPG、PNG、WEBP）、视频（MP4）、音频（MP3、M4A）和 PDF，请转换格式后再上传"
        )
        raise Invalid.of("file", _OTHERS.get(ending, usual))
    if size_bytes <= 0:
        raise Invalid.of("file", "文件是空的，请重新选择")
    if size_bytes > sort.bytes_max:
        raise Invalid.of(
            "file",
            f"{sort.label}有 {filesizes.shown(size_bytes, upward=True)}，"
            f"最多 {filesizes.shown(sort.bytes_max)}，{sort.fix}",
        )
    return sort


def check(file: BinaryIO, sort: Sort, *, name: str) -> None:
    """Look at the first and last bytes of a file, and at an MP4's boxes.

    Raises:
        Invalid: another format than its name says, or cut off (field `file`).
    """
    file.seek(0)
    head = file.read(64)
    size_bytes = file.seek(0, 2)
    if not _is(head, sort):
        raise Invalid.of(
            "file",
            f"“{name}”的内容不是 {sort.ending.upper()} 格式（只改扩展名不行），请转换格式后再上传",
        )
    is_whole = True
    if sort.mime in ("video/mp4", "audio/mp4"):
        is_whole = _has_whole_boxes(file, size_bytes)
    elif sort.mime == "audio/mpeg":
        is_whole = _has_sound(file, head)
    elif sort.mime == "application/pdf":
        is_whole = _read_pdf(file, name)
        file.seek(max(0, size_bytes - 2048))
        is_whole &= b"%%EOF" in file.read()
    if not is_whole:
        raise Invalid.of("file", _DAMAGED.format(name=name))


def _read_pdf(file: BinaryIO, name: str) -> bool:
    """Return whether a PDF has objects and names the one that is its document.

    What stands packed inside is not unpacked: the virus scanner's work, not ours. Raises
    Invalid for one that says it runs scripts or programs (ISO 32000, 12.6.4).
    """
    file.seek(0)
    before, left = b"", {b" obj", b"/Root"}
    while block := file.read(_BLOCK_BYTES):
        seen = before + block
        left = {word for word in left if word not in seen}
        if _SCRIPT.search(seen):
            raise Invalid.of(
                "file",
                f"“{name}”里有脚本或会启动程序的动作，为了客户安全不能上传；"
                "请用“打印为 PDF”另存后再上传",
            )
        before = seen[-32:]
    return not left


def _has_sound(file: BinaryIO, head: bytes) -> bool:
    """Return whether an MP3 has a frame of sound, behind its tag where it has one (ID3v2, 3.1)."""
    place = 0
    if head.startswith(b"ID3") and len(head) >= 10:
        length = 0
        for byte in head[6:10]:
            length = length << 7 | byte & 0x7F
        place = 10 + length
    file.seek(place)
    return _FRAME.search(file.read(_BLOCK_BYTES)) is not None


def _is(head: bytes, sort: Sort) -> bool:
    if sort.mime == "application/pdf":
        return head.startswith(b"%PDF-")
    if sort.mime == "audio/mpeg":
        # A tag, or the first frame: eleven set bits, layer III.
        is_frame = len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2
        return head.startswith(b"ID3") or is_frame
    if sort.mime in ("video/mp4", "audio/mp4"):
        brands = _MP4_BRANDS if sort.mime == "video/mp4" else _M4A_BRANDS
        return head[4:8] == b"ftyp" and head[8:12] in brands
    return True  # pictures: the decoder looks at them


def _has_whole_boxes(file: BinaryIO, size_bytes: int) -> bool:
    """Return whether an MP4's boxes end where the file does, an index among them."""
    place, names = 0, set()
    while place < size_bytes:
        file.seek(place)
        head = file.read(16)
        if len(head) < 8:
            return False
        length, name = struct.unpack(">I4s", head[:8])
        if length == 1 and len(head) == 16:
            (length,) = struct.unpack(">Q", head[8:])
        elif length == 0:
            length = size_bytes - place
        if length < 8:
            return False
        names.add(name)
        place += length
    return place == size_bytes and b"moov" in names
