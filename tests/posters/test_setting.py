"""Lines of Chinese as a typesetter would set them; the same with and without a shaper."""

from typing import Any

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFont, features

from contenthub.posters import fonts, metrics
from contenthub.posters.layers import Box, Span, TextLayer
from contenthub.posters.layout import TextDoesNotFit, fit, width_px


def layer(w_px: int, h_px: int = 60, **over: Any) -> TextLayer:
    fields: dict[str, Any] = {"text": "-", "size_px": 40, "max_lines": 9} | over
    return TextLayer("t", Box(0, 0, w_px, h_px), **fields)


def test_chinese_and_latin_stand_an_eighth_of_an_em_apart() -> None:
    plain = width_px("第", 40) + width_px("ETC", 40) + width_px("条", 40)
    assert width_px("第ETC条", 40) == plain + 2 * 5
    assert width_px("第ETC条", 40, autospace=False) == plain
    assert width_px("第 ETC", 40) == width_px("第", 40) + width_px(" ETC", 40)


def test_two_full_width_marks_share_their_air() -> None:
    assert width_px("」，", 40) == 60
    assert width_px("，（", 40) == 60
    assert width_px("，存", 40) == 80


def test_a_dash_beside_chinese_is_two_ems_in_one_piece() -> None:
    assert width_px("存——款", 40) == 160
    laid = fit("存款——稳稳的", layer(140, 200))
    assert all(line not in ("―", "―") and not line.startswith("―") for line in laid.lines)


def test_a_closing_mark_may_end_a_line_by_half_and_a_stop_may_hang() -> None:
    assert fit("稳稳的。收益", layer(140, 200)).lines == ("稳稳的。", "收益")
    assert fit("稳稳的。收益", layer(120, 200, hang=True)).lines == ("稳稳的。", "收益")
    assert fit("稳稳的。收益", layer(120, 200)).lines == ("稳稳", "的。收", "益")


def test_numbers_keep_their_units() -> None:
    lines = fit("最高可贷三十万即20万元起", layer(330, 200)).lines
    assert any("20万元" in line for line in lines)


def test_sizes_mix_on_one_baseline_and_shrink_together() -> None:
    spans = (Span("年化"), Span("2.05", scale=2.0, weight=900), Span("%"))
    laid = fit("", layer(400, 100, text="", spans=spans, max_lines=1))
    assert laid.lines == ("年化2.05%",)
    assert len({glyph.y_px for glyph in laid.glyphs}) == 1
    assert {glyph.size_px for glyph in laid.glyphs} == {40, 80}
    small = fit("", layer(200, 100, text="", spans=spans, max_lines=1, min_size_px=10))
    sizes = sorted({glyph.size_px for glyph in small.glyphs})
    assert sizes[1] == 2 * sizes[0]


def test_columns_run_from_right_to_left_with_upright_numbers_and_latin_on_its_side() -> None:
    laid = fit("壹贰，叁12肆ABC伍", layer(200, 210, vertical=True, line_height=1.5))
    assert laid.lines == ("壹贰，叁12", "肆ABC伍")
    first, last = laid.glyphs[0], laid.glyphs[-1]
    assert first.x_px > last.x_px
    assert any(glyph.char == "︐" for glyph in laid.glyphs)
    assert any(glyph.char == "12" and not glyph.is_turned for glyph in laid.glyphs)
    assert [glyph.char for glyph in laid.glyphs if glyph.is_turned] == ["A", "B", "C"]
    with pytest.raises(TextDoesNotFit):
        fit("壹贰叁肆伍陆柒捌玖拾", layer(60, 210, vertical=True))


def test_justified_lines_reach_both_edges_but_the_last() -> None:
    laid = fit("稳稳的收益给踏实的人", layer(190, 300, align="justify"))
    ends = {glyph.y_px: glyph.x_px + 40 for glyph in laid.glyphs}
    *full, last = ends.values()
    assert all(abs(end - 190) <= 1 for end in full)
    assert last < 190


@pytest.mark.skipif(not features.check("raqm"), reason="this Pillow has no Raqm to compare with")
def test_a_pillow_without_a_shaper_sets_and_draws_the_same() -> None:
    for weight in fonts.WEIGHTS:
        plain = {
            size_px: ImageFont.truetype(
                str(fonts.font_path()),
                size_px,
                index=fonts.FACE_INDEX,
                layout_engine=ImageFont.Layout.BASIC,
            )
            for size_px in (metrics.UNITS, 40)
        }
        for face in plain.values():
            face.set_variation_by_axes([weight])
        for char in "存A1%。，“W·é":
            assert plain[metrics.UNITS].getlength(char) == metrics._units(char, weight)
            drawn = [Image.new("L", (60, 60)) for _ in range(2)]
            for sheet, face in zip(drawn, (plain[40], fonts.font(40, weight)), strict=True):
                ImageDraw.Draw(sheet).text((5, 45), char, font=face, fill=255, anchor="ls")
            assert ImageChops.difference(*drawn).getbbox() is None
        for pair in ("AV", "To", "11", "f,"):
            shaped = fonts.font(metrics.UNITS, weight)
            kern = shaped.getlength(pair) - sum(shaped.getlength(one) for one in pair)
            ours = metrics.kern_px(pair[0], pair[1], metrics.UNITS, weight)
            assert ours == pytest.approx(kern, abs=0.1)
