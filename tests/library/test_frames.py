"""Frames find an act and its sin near each other in any order, and not what lies apart."""

import pytest

from contenthub.library.frames import frame, lexicon

WORDS = lexicon(
    {
        "act": ("存款", "开户", r"存\d+万", "!存款保险"),
        "gift": ("大米", "红包"),
        "service": ("短信提醒",),
        "unused": ("贷款",),
    }
)
ALL = WORDS.numbers(WORDS.names)


def found(rule: str, text: str) -> list[str]:
    """Return what a frame finds in a text."""
    return [text[low:high] for low, high, _ in frame(rule).places(text, WORDS.met(text, ALL))]


@pytest.mark.parametrize(
    ("rule", "text", "hits"),
    [
        ("act <6> & gift", "存款满月领大米", ["存款满月领大米"]),
        ("act <6> & gift", "大米等您开户", ["大米等您开户"]),
        ("act <6> & gift", "存5万送红包", ["存5万送红包"]),
        ("act <6> > gift", "大米等您开户", []),
        ("act <6> & gift", "存款请到三楼办理业务窗口大米", []),
        ("act <6> & gift", "存款。大米", []),
        ("act <6+> & gift", "存款。大米", ["存款。大米"]),
        ("act <6+> & gift", "存款。!大米", []),
        ("act <6> & gift", "存款保险宣传送大米", []),
        ("act <6> & gift - service", "存款送大米,另有短信提醒", []),
        ("act <6> & gift - service", "存款送大米。另有短信提醒", ["存款送大米"]),
        ("gift", "红包和大米", ["红包", "大米"]),
    ],
)
def test_a_frame_finds_its_words_near_each_other(rule: str, text: str, hits: list[str]) -> None:
    assert found(rule, text) == hits


def test_the_telling_words_are_those_of_the_last_class() -> None:
    text = "存款当天送大米"
    (place,) = frame("act <9> & gift").places(text, WORDS.met(text, ALL))
    assert place == (0, len(text), text.index("大米"))


def test_classes_nobody_asked_for_are_not_looked_for() -> None:
    assert WORDS.met("贷款和大米", WORDS.numbers(["gift"])) == {"gift": [(3, 5)]}


@pytest.mark.parametrize(
    "text", ["", "act & gift", "act <x> & gift", "act <3> gift", "a <3> & b -"]
)
def test_a_frame_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a frame"):
        frame(text)


def test_a_long_run_without_an_end_is_read_in_bounded_steps() -> None:
    # Not a timing: looking at every pair of 20,000 words would meet the suite's timeout.
    text = "存款大米" * 10_000
    assert len(found("act <9> & gift", text)) == 10_000


def test_a_phrase_lifts_its_own_words_only_however_many_stand_beside_it() -> None:
    for words in ("存款" * 3, "存款" * 60):
        text = f"{words}保险,{'很' * 40}存款"
        kept = WORDS.met(text, ALL)["act"]
        last = len(words) - 2
        assert (last, last + 2) not in kept, "存款保险 is no deposit"
        assert len(kept) == words.count("存款")
