"""Guarded words are read through their disguises; ordinary text is left as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contenthub.library.folding import fold
from contenthub.library.rules import book

GUARD = book().guard


def read(text: str) -> str:
    """Return what the rules read."""
    return GUARD.undisguised(fold(text)).text


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("宝本理财", "保本理财"),
        ("bao本", "保本"),
        ("bǎo běn", "保本"),
        ("b a o 本", "保本"),
        ("保，本，保，息", "保本,保息"),
        ("亻呆本", "保本"),
        ("禾急贝兼", "稳赚"),
        ("稳撰不赔", "稳赚不赔"),
        ("稳zuan", "稳赚"),
        ("〇风险", "零风险"),
        ("O风险", "零风险"),
        ("保a本", "保本"),
        ("黑沪可贷", "黑户可贷"),
    ],
)
def test_a_disguised_word_is_spelt_out(written: str, meant: str) -> None:
    assert read(written) == meant


@pytest.mark.parametrize(
    "text",
    [
        "他刚对我说",
        "由融资公司担保，本行放款",
        "余额宝本月收益",
        "10风险点",
        "投保人须知",
        "参保。本次缴费",
        "csv文件和name字段",
        "向先进学习",
        "第5期",
    ],
)
def test_ordinary_text_stays(text: str) -> None:
    assert read(text) == fold(text).text


def test_a_place_leads_back_to_all_letters_of_a_syllable() -> None:
    text = "本品保ben，买"
    folded = GUARD.undisguised(fold(text))
    start = folded.text.index("保本")
    low, high = folded.span(start, start + 2)
    assert text[low:high] == "保ben"


@given(st.text(alphabet="保本宝稳赚零0o风险 ，。、abenzhu亻呆贝兼\n", max_size=40))
def test_places_stay_in_order_and_inside_the_original(text: str) -> None:
    folded = GUARD.undisguised(fold(text))
    ends = folded.ends or tuple(origin + 1 for origin in folded.origins)
    assert len(folded.text) == len(folded.origins) == len(ends)
    assert list(folded.origins) == sorted(folded.origins)
    pairs = zip(folded.origins, ends, strict=True)
    assert all(0 <= start < end <= len(text) for start, end in pairs)
