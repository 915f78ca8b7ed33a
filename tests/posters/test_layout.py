"""Chinese text is broken by its rules, shrinks within bounds, and is never cut in silence."""

import itertools

import pytest

from contenthub.posters import fonts
from contenthub.posters.breaking import inside_words
from contenthub.posters.layers import Box, TextLayer
from contenthub.posters.layout import GlyphMissing, TextDoesNotFit, fit, width_px


def layer(
    w_px: int = 400,
    h_px: int = 60,
    *,
    size_px: int = 40,
    least_px: int | None = None,
    max_lines: int = 1,
    ellipsis: bool = False,
) -> TextLayer:
    return TextLayer(
        id="headline",
        box=Box(0, 0, w_px, h_px),
        text="-",
        size_px=size_px,
        min_size_px=least_px,
        max_lines=max_lines,
        ellipsis=ellipsis,
    )


def test_short_text_keeps_its_size_and_line() -> None:
    laid = fit("城关支行", layer())
    assert (laid.lines, laid.size_px) == (("城关支行",), 40)


def test_a_chinese_character_is_as_wide_as_its_size() -> None:
    assert width_px("农商银行", 40) == 160
    assert width_px("农商银行", 40, tracking_px=5) == 175


def test_long_text_wraps_within_the_box() -> None:
    laid = fit("稳稳的收益给踏实过日子的人", layer(h_px=200, max_lines=3))
    assert "".join(laid.lines) == "稳稳的收益给踏实过日子的人"
    assert all(width_px(line, laid.size_px) <= 400 for line in laid.lines)


@pytest.mark.parametrize("count", range(6, 14))
def test_no_line_begins_with_a_closing_mark_or_ends_with_an_opening_one(count: int) -> None:
    text = "存" * count + "，（款）。" + "季" * count + "：「好」！"
    for line in fit(text, layer(h_px=900, max_lines=12)).lines:
        assert line[0] not in "，。）」！："
        assert line[-1] not in "（「"


def test_a_number_and_its_sign_stay_together() -> None:
    laid = fit("三年期年化利率为2.05%起存", layer(h_px=200, max_lines=3))
    assert any("2.05%" in line for line in laid.lines)


def test_a_word_longer_than_a_line_is_broken() -> None:
    laid = fit("HTTPS://QY.EXAMPLE.CN/S/7KD2QM8X1ABC", layer(h_px=400, max_lines=6))
    assert len(laid.lines) > 1
    assert all(width_px(line, laid.size_px) <= 400 for line in laid.lines)


def test_line_breaks_are_kept() -> None:
    assert fit("一\n\n二\r\n三", layer(h_px=300, max_lines=4)).lines == ("一", "", "二", "三")


def test_text_shrinks_to_the_smallest_size_and_no_further() -> None:
    laid = fit("十二个字的名字放得下吗好", layer(least_px=30))
    assert 30 <= laid.size_px < 40
    with pytest.raises(TextDoesNotFit):
        fit("十二个字的名字放得下吗好好好", layer(least_px=30))


def test_a_refusal_names_the_layer_the_room_and_the_fix() -> None:
    with pytest.raises(TextDoesNotFit) as refused:
        fit("这一行文字实在是太长了放不下", layer())
    (message,) = refused.value.fields.values()
    assert "headline" in message
    assert "最多约 10 字" in message
    assert "缩短" in message


def test_text_too_tall_for_its_box_is_refused() -> None:
    with pytest.raises(TextDoesNotFit):
        fit("第一行\n第二行", layer(h_px=60, max_lines=2))


def test_an_ellipsis_is_used_only_where_allowed() -> None:
    laid = fit("这一行文字实在是太长了放不下", layer(ellipsis=True))
    assert laid.lines == ("这一行文字实在是太…",)


@pytest.mark.parametrize("text", ["王😀明", "❤️", "𪚥", "陈👍🏻"])
def test_characters_without_a_glyph_are_named(text: str) -> None:
    with pytest.raises(GlyphMissing) as refused:
        fit(text, layer())
    (message,) = refused.value.fields.values()
    assert f"U+{ord(fonts.missing_glyphs(text)[0]):04X}" in message
    assert "headline" in message


@pytest.mark.parametrize(("text", "is_told"), [("王𪚥", True), ("王😀", False), ("𪚥😀", False)])
def test_a_font_is_named_as_the_fix_only_where_one_would_help(text: str, is_told: bool) -> None:
    with pytest.raises(GlyphMissing) as refused:
        fit(text, layer())
    (message,) = refused.value.fields.values()
    assert ("或上传含有这个字的字体" in message) == is_told


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("👨\u200d👩\u200d👧", "👨👩👧"),
        ("🇨🇳王", "🇨🇳"),
        ("张\u202e伟", "看不见"),
        ("王\u200b伟", "看不见"),
        ("王\ufe0f", "看不见"),
        ("Z\u0337\u0322\u031ba", "叠在别的字上"),
        ("王\u0000", "看不见"),
        ("مرحبا", "مرحبا"),
        ("שלום", "שלום"),
        ("བོད", "བད"),
        ("\u3164", "U\\+3164"),
        ("王\u00ad", "U\\+00AD"),
        ("\ue000", "U\\+E000"),
    ],
)
def test_a_name_that_would_leave_a_box_or_nothing_is_refused(name: str, told: str) -> None:
    with pytest.raises(GlyphMissing, match=told):
        fit(name, layer())


@pytest.mark.parametrize("name", ["e\u0301", "阿依·古丽", "王\u00a0伟", "㵘𠮷𰻝", "한국", "ё", "①"])
def test_a_name_that_can_be_drawn_leaves_ink_for_each_letter(name: str) -> None:
    drawn = fit(name, layer())
    assert len(drawn.glyphs) == len(name.replace("\u00a0", "").replace("e\u0301", "é"))
    assert all(fonts.font(40).getbbox(glyph.char) for glyph in drawn.glyphs)


def test_rare_characters_of_names_are_in_the_typeface() -> None:
    assert fonts.missing_glyphs("㵘𠮷䶮㛃𬭎𠅤𫖯𬱖㙍喆囍") == []


def test_every_common_character_is_in_the_typeface() -> None:
    common = "".join(
        bytes((high, low)).decode("gb2312", "ignore")
        for high in range(0xB0, 0xF8)
        for low in range(0xA1, 0xFF)
    )
    assert len(common) == 6763
    assert fonts.missing_glyphs(common) == []


def test_a_character_is_reported_once_in_its_order() -> None:
    assert fonts.missing_glyphs("😀a👍😀\n b") == ["😀", "👍"]


def test_a_shipped_layer_is_called_what_the_editor_calls_it() -> None:
    for layer_id, called in (("headline", "大标题（headline）"), ("own-1", "文字「own-1」")):
        layer = TextLayer(layer_id, Box(0, 0, 90, 30), text="x", size_px=28)
        with pytest.raises(TextDoesNotFit) as refused:
            fit("放不下的很长很长的文字", layer)
        assert all(called in message for message in refused.value.fields.values())


_SOLD = "本行代销的理财产品由理财公司发行与管理，代销机构不承担产品的投资、兑付和风险管理责任"


@pytest.mark.parametrize("w_px", range(160, 900, 20))
def test_a_line_ends_between_words_where_that_takes_no_line_more(w_px: int) -> None:
    plain = fit(_SOLD, layer(w_px, 900, max_lines=20))
    kept = fit(_SOLD, layer(w_px, 900, max_lines=20), inside_words=inside_words)
    assert "".join(kept.lines) == _SOLD
    assert (len(kept.lines), kept.size_px) == (len(plain.lines), plain.size_px)
    assert _cut(kept.lines) <= _cut(plain.lines)
    assert all(line[0] not in "，、" for line in kept.lines)
    if 580 < w_px < 780:
        assert _cut(kept.lines) == 0
    if w_px == 760:
        assert _cut(plain.lines) == 2


def _cut(lines: tuple[str, ...]) -> int:
    ends = itertools.accumulate(len(line) for line in lines)
    return sum(end in inside_words(_SOLD) for end in ends)


def test_a_text_of_one_line_asks_for_no_words() -> None:
    assert fit("代销", layer(), inside_words=lambda _: pytest.fail("asked")).lines == ("代销",)
