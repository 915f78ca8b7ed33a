"""A question and its short answer are judged as the statement that they make together."""

import pytest

from contenthub.library.answers import answered, claims
from contenthub.library.lint import Hit, lint

TAUGHT = {"knowledge_only": "yes"}


def blocking(hits: list[Hit]) -> set[str]:
    """Return the rules that stop a text for its words."""
    return {hit.rule for hit in hits if hit.severity == "block" and hit.text}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("理财保本吗?答:是的。", "理财保本"),
        ("请问理财有没有风险?没有。", "理财没有风险"),
        ("会亏本吗?放心,不会的。", "不会亏本"),
        ("贷款看征信吗?不用看。", "贷款不看征信"),
        ("贷款不看征信吗?不看。", "贷款不看征信"),
        ("存五万送米吗?送一袋。", "存五万送米"),
        ("预期收益是多少?大约四个点。", "预期收益是大约四个点"),
    ],
)
def test_a_short_answer_turns_a_question_into_a_statement(text: str, said: str) -> None:
    assert [claim.said for claim in claims(text)] == [said]


@pytest.mark.parametrize(
    "text", ["理财保本吗?看合同怎么写。", "怎么还款?可以的。", "保本吗?对不起,没听清。", "是的。"]
)
def test_an_answer_that_says_neither_yes_nor_no_makes_no_statement(text: str) -> None:
    assert list(claims(text)) == []


def test_words_that_only_calm_count_for_both_answers() -> None:
    assert [claim.said for claim in claims("理财会亏吗?您放心。")] == ["理财会亏", "理财不会亏"]


def test_the_place_of_two_fields_is_that_of_the_answer() -> None:
    (claim,) = answered("我想买理财。保本吗?", "答:保的,放心买。")
    assert (claim.said, claim.start, claim.end) == ("保本", 2, 8)


@pytest.mark.parametrize(
    ("topic", "question", "answer", "rule"),
    [
        ("wealth", "理财保本吗？", "是的。", "INV-01"),
        ("wealth", "理财保本吗？", "不保本。", ""),
        ("wealth", "理财会亏本吗", "不会的。", "INV-01"),
        ("wealth", "预期收益是多少？", "百分之三点八。", "INV-02"),
        ("loan", "贷款可以炒股吗？", "可以的。", "LOAN-06"),
        ("loan", "贷款可以炒股吗？", "不可以。", ""),
        ("deposit", "开户有红包拿吗？", "没有，我行开户不发红包。", ""),
        ("insurance", "要做健康告知吗？", "不用。", "INS-01"),
    ],
)
def test_the_fields_of_an_faq_are_judged_together(
    topic: str, question: str, answer: str, rule: str
) -> None:
    kept = lint("faq", topic, {"question": question, "answer": answer}, "")
    titled = lint("faq", topic, {}, f"<p>{answer}</p>", title=question)
    assert blocking(kept) == blocking(titled) == ({rule} if rule else set())


def test_a_finding_shows_question_and_answer_and_leaves_the_mending_to_a_person() -> None:
    (hit,) = lint("faq", "wealth", TAUGHT, "买前必读。理财保本吗？是的。利率见公告。")
    assert (hit.text, hit.fix) == ("理财保本吗？是的", None)


def test_what_a_word_alone_shows_is_not_found_twice() -> None:
    hits = lint("faq", "wealth", TAUGHT, "理财保本吗？保本的。")
    assert [hit.rule for hit in hits] == ["INV-01"]


def test_the_same_words_in_both_answers_are_no_statement() -> None:
    assert blocking(lint("faq", "loan", {}, "不看征信能贷吗？不能。")) == set()
