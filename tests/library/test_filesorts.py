"""Which files are kept, and whether one is what its name says."""

import io
import struct

import pytest

from contenthub.errors import Invalid
from contenthub.library import filesorts
from contenthub.library.filesorts import SORTS


def box(name: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I4s", 8 + len(body), name) + body


FILM = (
    box(b"ftyp", b"isom\x00\x00\x02\x00isomavc1")
    + box(b"moov", bytes(40))
    + box(b"mdat", bytes(90))
)
LARGE_BOX = struct.pack(">I4sQ", 1, b"mdat", 16 + 50) + bytes(50)
REST_BOX = struct.pack(">I4s", 0, b"mdat") + bytes(70)
PDF = (
    b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n"
    + bytes(3000)
    + b"\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)
SOUND = b"\xff\xfb\x90\x64" + bytes(80)


@pytest.mark.parametrize(
    ("mime", "data"),
    [
        ("video/mp4", FILM),
        ("video/mp4", FILM + LARGE_BOX),
        ("video/mp4", FILM + REST_BOX),
        ("audio/mp4", box(b"ftyp", b"M4A \x00\x00\x00\x00") + box(b"moov")),
        ("audio/mpeg", b"ID3\x04\0\0\0\0\x01\x02" + bytes(130) + SOUND),
        ("audio/mpeg", SOUND),
        ("application/pdf", PDF),
    ],
)
def test_a_whole_file_of_its_sort_passes(mime: str, data: bytes) -> None:
    filesorts.check(io.BytesIO(data), SORTS[mime], name="a")


@pytest.mark.parametrize(
    ("mime", "data", "told"),
    [
        ("video/mp4", FILM[:-1], "没有传完整"),
        ("video/mp4", FILM[:60] + b"\x00\x00\x00\x03mdat", "没有传完整"),
        ("video/mp4", box(b"ftyp", b"isom") + box(b"mdat", bytes(9)), "没有传完整"),
        ("video/mp4", box(b"ftyp", b"qt  ") + box(b"moov"), "不是 MP4"),
        ("video/mp4", b"<html><script>alert(1)</script>", "不是 MP4"),
        ("audio/mp4", b"ID3\x04", "不是 M4A"),
        ("audio/mpeg", b"\x7fELF" + bytes(80), "不是 MP3"),
        ("audio/mpeg", b"ID3\x04" + bytes(500), "没有传完整"),
        ("audio/mpeg", b"ID3\x04\0\0\0\0\x7f\x7f" + SOUND, "没有传完整"),
        ("application/pdf", b"%PDF-1.4\n%%EOF", "没有传完整"),
        ("application/pdf", PDF[:-6], "没有传完整"),
        ("application/pdf", PDF.replace(b"\n", b"\n<</S /JavaScript /JS (x)>>", 1), "脚本"),
        ("application/pdf", b" " + PDF, "不是 PDF"),
    ],
)
def test_another_format_or_a_part_is_refused_with_the_fix(
    mime: str, data: bytes, told: str
) -> None:
    with pytest.raises(Invalid) as refused:
        filesorts.check(io.BytesIO(data), SORTS[mime], name="a")
    assert told in refused.value.fields["file"]
    assert "请" in refused.value.fields["file"]


@pytest.mark.parametrize(
    ("filename", "size_bytes", "told"),
    [
        ("a.mov", 5, "转成 MP4"),
        ("a.exe", 5, "只支持"),
        ("a", 5, "只支持"),
        ("a.docx", 5, "另存为 PDF"),
        ("a.mp4", 0, "是空的"),
        ("a.mp4", 200 * 1024 * 1024 + 1, "最多 200 MB"),
        ("a.JPG", 11 * 1024 * 1024, "最多 10 MB"),
    ],
)
def test_what_a_name_promises_must_be_kept_and_fit(
    filename: str, size_bytes: int, told: str
) -> None:
    with pytest.raises(Invalid) as refused:
        filesorts.claimed(filename, size_bytes)
    assert told in refused.value.fields["file"]


def test_the_ending_says_the_sort_whatever_its_case() -> None:
    assert filesorts.claimed("宣传片.MP4", 200 * 1024 * 1024).mime == "video/mp4"
    assert filesorts.claimed("a.jpeg", 1).mime == "image/jpeg"
    assert filesorts.kind_of("application/pdf") == "file"


def test_a_name_loses_folders_and_keeps_its_ending() -> None:
    assert filesorts.clean_filename("../../etc/pass\x00wd.pdf") == "passwd.pdf"
    assert filesorts.clean_filename("C:\\图\\CON\x07.jpg") == "CON.jpg"
    assert len(filesorts.clean_filename("长" * 300)) == filesorts.FILENAME_MAX_CHARS
    assert filesorts.renamed(" 国债折页 ", "a.PDF") == "国债折页.PDF"
    assert filesorts.renamed("国债/折页.pdf", "a.pdf") == "国债折页.pdf"
    for empty in ("", " .pdf", "..", "<>"):
        with pytest.raises(Invalid):
            filesorts.renamed(empty, "a.pdf")


def test_a_description_is_one_line_of_bounded_length() -> None:
    assert filesorts.clean_alt(" 大堂经理\n为老人 讲解  ") == "大堂经理 为老人 讲解"
    with pytest.raises(Invalid) as refused:
        filesorts.clean_alt("图" * 201)
    assert "最多 200 个字" in refused.value.fields["alt_text"]
    with pytest.raises(Invalid) as refused:
        filesorts.clean_alt("大堂\u202e经理")
    assert "看不见的控制字符" in refused.value.fields["alt_text"]
