"""Which characters of a sentence make a number, and which end the word before it."""

from typing import Any

import pytest

from contenthub.library import figures
from contenthub.library.lint import Hit, lint
from contenthub.library.saidnumbers import apart

WORDS = (
    *("统一", "全省统一", "唯一", "专一", "单一", "第一", "合二为一", "周一", "星期二"),
    *("礼拜三", "初一", "初二", "五一", "六一", "八一", "十一", "三八", "五四", "双十一", "双十二"),
    *("正月十五", "腊月二十三", "大年初六"),
)
GAPS = ("", "·", " ", "、", "·  ")
OWN: dict[str, Any] = {"rate": 175, "term": "三年", "minimum_fen": 5000}


def differing(title: str, body: str = "") -> list[Hit]:
    """Return what of a deposit's text is not what its fields say."""
    hits = lint("product", "deposit", OWN, body, title=title)
    return [hit for hit in hits if hit.rule.startswith("FACT")]


@pytest.mark.parametrize("word", WORDS)
def test_a_word_that_ends_in_a_numeral_is_no_part_of_the_term_behind_it(word: str) -> None:
    for gap in GAPS:
        for term in ("三年期定期", "三年定期"):
            said = f"{word}{gap}{term}"
            assert differing(said) == [], said
            assert differing("定期存款", f"本行{said}，年利率1.75%。") == [], said


@pytest.mark.parametrize("word", WORDS)
def test_another_term_behind_such_a_word_is_still_stopped_at_its_own_place(word: str) -> None:
    for gap in GAPS:
        hits = differing(f"{word}{gap}五年期定期")
        assert [(hit.rule, hit.severity, hit.text) for hit in hits] == [
            ("FACT-01", "block", "五年期")
        ], gap


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("十一年期定期", "十一年期"),
        ("二十三年期定期", "二十三年期"),
        ("八月十五年期定期", "十五年期"),
        ("最初二十年期定期", "二十年期"),
        ("一三年期定期", "一三年期"),
        ("一年半定期", "一年半"),
    ],
)
def test_numerals_of_a_number_stay_together(text: str, said: str) -> None:
    assert apart(text) == text
    assert [hit.text for hit in differing(text)] == [said]


def test_what_a_poster_says_is_read_alike() -> None:
    (one,) = figures.claims("双十二三年期定期")
    assert (one.kind, one.start, one.end) == ("term", 3, 6)
