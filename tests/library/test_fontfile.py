"""What may be kept as a typeface, and what is refused in words a clerk can hand to a vendor."""

import io
import struct

import pytest
from fontTools.ttLib import TTFont
from fontTools.ttLib.ttCollection import TTCollection
from tests.library.fontmaking import made_font

from contenthub.errors import Invalid
from contenthub.library import decoder, fontfile
from contenthub.library.fontfile import accept_font

TEXT = "存款利率本行公告为准ABC0123456789"


def test_a_face_is_kept_with_its_names_and_what_it_can_draw() -> None:
    kept = accept_font(made_font(TEXT))
    assert (kept.family, kept.weight, kept.kind) == ("清源品牌体", 700, "ttf")
    assert kept.characters == len(TEXT)
    assert kept.common_missing == len(fontfile.common_marks()) - 10
    assert kept.may_travel
    with TTFont(io.BytesIO(kept.data)) as again:
        assert ord("存") in again.getBestCmap()


@pytest.mark.parametrize("text", ["𪚥", "㵘𪚥", "ABCDE"])
def test_a_face_made_for_one_rare_character_is_kept(text: str) -> None:
    kept = accept_font(made_font(text))
    assert kept.characters == len(text)


def test_programs_rules_and_bitmaps_of_a_font_are_not_kept() -> None:
    with TTFont(io.BytesIO(made_font(TEXT))) as face:
        for name in ("fpgm", "GSUB", "SVG ", "EBDT", "DSIG"):
            face[name] = _raw(name)
        out = io.BytesIO()
        face.save(out)
    with TTFont(io.BytesIO(accept_font(out.getvalue()).data)) as again:
        assert {"fpgm", "GSUB", "SVG ", "EBDT", "DSIG"} & set(again.keys()) == set()


def _raw(name: str) -> object:
    from fontTools.ttLib.tables.DefaultTable import DefaultTable

    table = DefaultTable(name)
    table.data = b"\x00" * 32
    return table


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "请先选择"),
        (b"wOF2" + bytes(40), "网页字体"),
        (b"%PDF-1.7", "不是字体文件"),
        (made_font(TEXT, rights=0x0002), "禁止嵌入"),
        (made_font(TEXT, rights=0x0200), "点阵"),
        (made_font("0123456789，。"), "一个文字也没有"),
        (made_font(TEXT)[:900], "损坏"),
        (b"\x00\x01\x00\x00" + bytes(range(256)), "损坏"),
        (b"ttcf\x00\x01\x00\x00" + struct.pack(">L", 2**31), "损坏"),
    ],
)
def test_a_refusal_says_what_to_ask_the_vendor_for(data: bytes, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        accept_font(data)


def test_a_file_of_more_than_thirty_megabytes_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    assert fontfile.BYTES_MAX == 30 * 1024 * 1024
    monkeypatch.setattr(fontfile, "BYTES_MAX", 100)
    with pytest.raises(Invalid, match="超过 100 B"):
        accept_font(made_font(TEXT))


def test_preview_and_print_rights_keep_the_file_from_browsers() -> None:
    assert not accept_font(made_font(TEXT, rights=0x0004)).may_travel
    assert accept_font(made_font(TEXT, rights=0x0008)).may_travel


def test_of_a_collection_one_face_is_named_by_its_number() -> None:
    both = TTCollection()
    both.fonts = [TTFont(io.BytesIO(made_font(TEXT, family=name))) for name in ("甲体", "乙体")]
    out = io.BytesIO()
    both.save(out)
    assert accept_font(out.getvalue(), 2).family == "乙体"
    assert accept_font(out.getvalue()).family == "甲体"
    with pytest.raises(Invalid, match="有 2 个字体") as refused:
        accept_font(out.getvalue(), 3)
    assert list(refused.value.fields) == ["number"]


def test_of_a_collection_the_face_of_simplified_chinese_is_taken_unasked() -> None:
    names = ("Brand Serif CJK JP", "Brand Serif CJK TC", "Brand Serif CJK SC", "Brand SC Old")
    many = TTCollection()
    many.fonts = [TTFont(io.BytesIO(made_font(TEXT, family=name))) for name in names]
    out = io.BytesIO()
    many.save(out)
    assert accept_font(out.getvalue()).family == names[2]
    assert accept_font(out.getvalue(), 1).family == names[0]


async def test_fonts_are_read_in_the_decoders_child() -> None:
    kept = await decoder.font(made_font(TEXT))
    assert kept.family == "清源品牌体"
    with pytest.raises(Invalid, match="损坏"):
        await decoder.font(made_font(TEXT)[:900])
