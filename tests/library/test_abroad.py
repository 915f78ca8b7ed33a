"""What sells nothing by its topic is read all the same for what other businesses must not say."""

from pathlib import Path

import pytest
from tests.lots import share

from contenthub.library.lint import lint
from contenthub.library.lint_hits import Hit

SOLD = ("deposit", "loan", "wealth", "fund", "insurance", "card")
EVERYDAY = ("life", "education", "rights", "payment")


def _hits(topic: str, text: str) -> list[Hit]:
    return [hit for hit in lint("article", topic, {}, text) if hit.text]


def _asked(topic: str, text: str) -> list[Hit]:
    return [hit for hit in _hits(topic, text) if "业务类别不是这一类" in hit.advice]


def _sentences() -> list[tuple[str, str, str]]:
    """Return (topic, sentence, label) of all plain sentences that somebody wrote for the corpus."""
    found = []
    for path in sorted(Path(__file__).with_name("corpus").glob("*.tsv")):
        for line in path.read_text("utf-8").splitlines():
            _, topic, words, label, *flag = line.split("\t")
            if flag == ["0"]:
                found.append((topic, words, label))
    return found


@pytest.mark.parametrize("topic", EVERYDAY)
@pytest.mark.parametrize(
    "text",
    [
        "钱放我们这儿，稳赚不赔。",
        "征信花了也不要紧，黑户白户都能下款。",
        "身份证一刷，秒批秒到账。",
    ],
)
def test_words_of_a_business_that_is_not_named_stop_or_are_asked_about(
    topic: str, text: str
) -> None:
    assert _hits(topic, text)


def test_who_decides_is_told_that_the_topic_may_be_wrong() -> None:
    bad = [words for topic, words, label in _sentences() if label != "ok" and topic in SOLD]
    asked = [hit for words in share(bad, 10) for hit in _asked("life", words)]
    assert asked
    assert all((hit.severity, hit.fix) == ("review", None) for hit in asked)


def test_an_everyday_word_is_not_asked_about() -> None:
    for text in ("县政府推荐的越冬蔬菜品种名单公布", "写春联送祝福，现场提供红纸，限前80名"):
        assert _hits("life", text) == []


def test_most_of_what_a_business_must_not_say_is_seen_under_any_topic() -> None:
    bad = [words for topic, words, label in _sentences() if label != "ok" and topic in SOLD][::7]
    seen = [words for words in bad if _hits("education", words)]
    assert len(bad) > 100
    assert len(seen) >= 0.7 * len(bad)


def test_hardly_any_good_sentence_is_asked_about() -> None:
    good = [
        (topic, words)
        for topic, words, label in _sentences()
        if label == "ok" and topic in EVERYDAY
    ]
    asked = [words for topic, words in good if _asked(topic, words)]
    assert len(good) > 300
    assert len(asked) <= 0.03 * len(good), asked
