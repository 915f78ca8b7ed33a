"""The sieve only leaves out what cannot match: with and without it the same is found."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.library.test_lint import BAD, CORPUS

from contenthub.library.rules import book
from contenthub.library.sieve import alternatives, literal_words, required_words, sieve


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("保本|保息", {"保本", "保息"}),
        ("(?:零|无)风险", {"零风险", "无风险"}),
        ("存[^。]{0,6}送礼", {"送礼"}),
        ("稳(?:稳)?赚", {"稳赚", "稳稳赚"}),
        (r"\d+%", {"%"}),
        (r"\d+", set()),
        ("(?<!无)门槛(?!高)", {"门槛"}),
    ],
)
def test_the_words_a_match_cannot_do_without(pattern: str, words: set[str]) -> None:
    assert required_words(pattern) == words


def test_branches_are_split_outside_of_brackets_only() -> None:
    assert alternatives(r"a|(b|c)d|[|x]e|\|f") == ["a", "(b|c)d", "[|x]e", r"\|f"]


def test_the_words_of_a_pattern_leave_out_what_is_only_looked_for_around_it() -> None:
    assert literal_words("保本(?!金额)|(?:稳稳)?赚钱|[零无]风险") == [
        "保本",
        "稳稳",
        "赚钱",
        "风险",
    ]


def test_no_branch_of_the_pack_has_to_be_run_everywhere() -> None:
    assert book().sieve.always == ()


def test_every_match_in_the_corpus_lies_where_the_sieve_looks() -> None:
    rules = book()
    for line in CORPUS:
        places = rules.sieve.sentences(line.text)
        for number, (_, branch) in enumerate(rules.branches):
            for match in branch.compiled.finditer(line.text):
                assert any(
                    low <= match.start() and match.end() <= high
                    for low, high in places.get(number, [])
                ), (line.text, branch.pattern)
    assert BAD


@given(st.text(alphabet="保本息零无风险稳赚送存款。；\n 0", max_size=60))
def test_a_sieve_of_simple_patterns_misses_nothing(text: str) -> None:
    patterns = ["保本|保息", "[零0无]风险", "存款[^。；\n]{0,4}送", "稳(?:稳)?赚"]
    found = sieve(patterns)
    for number, pattern in enumerate(patterns):
        if re.search(pattern, text):
            assert number in found.sentences(text)
