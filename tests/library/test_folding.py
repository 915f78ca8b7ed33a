from hypothesis import given
from hypothesis import strategies as st

from contenthub.library.folding import fold, fold_text


def test_width_case_script_and_look_alikes_fold_to_one_spelling() -> None:
    assert fold_text("ＡＢＣ１２％") == "abc12%"
    assert fold_text("保證收益、零風險") == "保证收益、零风险"
    assert fold_text("保夲⽆⻛㊙") == "保本无风秘"
    assert fold_text("保\u200b\u0336本\x00\ud800") == "保本"


def test_separators_fold_between_chinese_but_not_between_numbers_or_lines() -> None:
    assert fold("保·本 - 保.息").text == "保本保息"
    assert fold("2.05% - 3.15%").text == "2.05% - 3.15%"
    assert fold("保\n本").text == "保\n本"
    assert fold("保。本，保、本").text == "保。本,保、本"


def test_a_span_leads_back_to_the_original_characters() -> None:
    text = "A㈱·保\u200b 本B"
    folded = fold(text)
    start = folded.text.index("保本")
    low, high = folded.span(start, start + 2)
    assert text[low:high] == "保\u200b 本"


@given(st.text(max_size=80))
def test_every_folded_character_has_an_origin_in_order(text: str) -> None:
    folded = fold(text)
    assert len(folded.text) == len(folded.origins)
    assert list(folded.origins) == sorted(folded.origins)
    assert all(0 <= origin < len(text) for origin in folded.origins)


def test_look_alike_digits_and_capital_numerals_are_plain_figures() -> None:
    written = ["1OO%通过", "l00%下款", "1〇0%", "4.8O%", "价值捌万捌仟元", "分🎁享🎁领🎁红包"]
    read = ["100%通过", "100%下款", "100%", "4.80%", "价值八万八千元", "分享领红包"]
    assert [fold(text).text for text in written] == read
    kept = ["陆续推出", "队伍", "iso9001", "送🎁"]
    assert [fold(text).text for text in kept] == ["陆续推出", "队伍", "iso9001", "送礼品"]
