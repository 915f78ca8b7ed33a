"""Sentences that no phrase knows, and honest ones that use a pitch's words."""

import pytest

from contenthub.library import lint_wholes
from contenthub.library.classifier import classifier
from contenthub.library.lint import Hit, lint, open_blocks
from contenthub.library.ownrules import OwnRule
from contenthub.library.rules import book

LIKE = "一类的话"


def worded(body: str) -> list[Hit]:
    """Return what is found in the words of an article about wealth management."""
    return [hit for hit in lint("article", "wealth", {}, body) if hit.text][:1]


def whole(hits: list[Hit]) -> list[Hit]:
    """Return the findings of the classifier."""
    return [hit for hit in hits if LIKE in hit.advice]


@pytest.fixture
def margin(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """Return a table of margins by words of a sentence; every other sentence is honest."""
    said: dict[str, float] = {}
    real = classifier()

    class Told:
        nearest = staticmethod(real.nearest)

        def margins(self, sentences: list[str], topic: str) -> list[float]:
            return [
                next((m for words, m in said.items() if words in one), -1.0) for one in sentences
            ]

    monkeypatch.setattr(lint_wholes, "classifier", lambda: Told())
    return said


def test_a_sure_sentence_stops_with_rule_source_example_and_a_press_that_takes_it_out(
    margin: dict[str, float],
) -> None:
    margin["撞了南墙"] = 0.9
    body = "我们在县城有三家网点。撞了南墙的人也能从我这儿借出来。欢迎咨询。"
    (hit,) = lint("article", "loan", {}, body)
    assert hit.severity == "block"
    assert hit.rule.startswith("LOAN-")
    assert hit.source
    assert hit.text == "撞了南墙的人也能从我这儿借出来。"
    assert "「" in hit.advice
    assert hit.fix is not None
    assert hit.fix["text"] == ""
    assert body[: hit.fix["start"]] + body[hit.fix["end"] :] == "我们在县城有三家网点。欢迎咨询。"


def test_an_unsure_sentence_is_weighed_by_a_person(margin: dict[str, float]) -> None:
    margin["撞了南墙"] = 0.3
    (hit,) = lint("article", "loan", {}, "撞了南墙的人也能从我这儿借出来。")
    assert hit.severity == "review"
    assert hit.fix is None


def test_words_in_an_honest_sentence_are_weighed_by_a_person(margin: dict[str, float]) -> None:
    body = "这只理财稳赚不赔。"
    (hit,) = worded(body)
    assert hit.severity == "review"
    assert "如实的说明" in hit.advice
    margin["稳赚不赔"] = 0.1
    assert open_blocks(worded(body)) == 1


def test_words_in_disguise_are_never_doubted(margin: dict[str, float]) -> None:
    (hit,) = worded("这只理财稳·赚·不·赔。")
    assert hit.severity == "block"


def test_told_words_in_a_sentence_that_reads_like_a_pitch_stop(margin: dict[str, float]) -> None:
    body = "坊间流传“保本理财”。"
    (hit,) = worded(body)
    assert hit.severity == "review"
    margin["坊间"] = 0.3
    (hit,) = worded(body)
    assert hit.severity == "block"
    assert "转述" not in hit.advice


def test_a_pitch_in_a_clause_of_an_honest_sentence_still_stops(margin: dict[str, float]) -> None:
    body = "符合条件即可申请，以审批为准，不看征信。"
    margin["符合条件"] = -1.0
    margin["不看征信"] = 0.5
    (hit,) = lint("article", "loan", {}, body)
    assert hit.severity == "block"
    assert hit.text == "不看征信"


def test_a_banks_own_rule_and_a_number_are_never_doubted(margin: dict[str, float]) -> None:
    own = OwnRule("BANK-01", "词", "block", ("五星网点",), "改")
    hits = lint("article", "life", {}, "五星网点欢迎您，经理电话13812345678。", rules=book((own,)))
    assert {(hit.rule, hit.severity) for hit in hits} >= {("BANK-01", "block"), ("PI-03", "block")}


def test_a_rule_that_the_bank_made_stricter_is_never_doubted(margin: dict[str, float]) -> None:
    body = "<p>最终解释权归本行所有。</p>"
    raised = book(raised=frozenset({"TERM-01"}))
    assert any(rule.id == "TERM-01" and rule.is_raised for rule in raised.rules)
    (hit,) = (hit for hit in lint("article", "life", {}, body, rules=raised) if hit.text)
    assert (hit.rule, hit.severity) == ("TERM-01", "block")


def test_one_sentence_has_one_finding_where_the_words_found_it(margin: dict[str, float]) -> None:
    margin["稳赚不赔"] = 0.9
    assert whole(lint("article", "wealth", {}, "这只理财稳赚不赔。")) == []


def test_the_question_of_an_faq_is_read_with_its_answer(margin: dict[str, float]) -> None:
    margin["问:亏了怎么办?答:"] = 0.9
    margin["亏了怎么办"] = 0.9
    fields = {"question": "亏了怎么办？", "answer": "差额我们想办法给您找齐。请到柜台。"}
    (hit,) = whole(lint("faq", "wealth", fields, ""))
    assert hit.field == "fields.answer"
    assert hit.text == "差额我们想办法给您找齐。"
    asked = {"question": "亏了怎么办？", "variants": ["亏了怎么办啊您说"], "answer": ""}
    assert whole(lint("faq", "wealth", asked, "")) == []


def test_names_codes_and_tables_are_no_sentences(margin: dict[str, float]) -> None:
    margin["城关"] = 0.9
    fields = {
        "place": "城关",
        "organiser": "城关支行工会委员会主办",
        "prizes": ["城关支行定制保温水杯｜30元｜40｜10%｜实物"],
    }
    assert whole(lint("activity", "life", fields, "")) == []


def test_descriptions_of_pictures_are_read(margin: dict[str, float]) -> None:
    margin["画里的人"] = 0.9
    body = '<p>我们在县城有三家网点。</p><img src="/a.png" alt="画里的人都把钱翻了个跟头">'
    (hit,) = whole(lint("article", "wealth", {}, body))
    assert hit.field == "alt"
    assert hit.fix is None


@pytest.mark.parametrize(
    ("topic", "text"),
    [
        ("loan", "以前欠过款的老乡别灰心，我们这儿不翻旧账，照样把款子给您批下来。"),
        ("wealth", "买咱这个理财就跟把钱锁进铁柜子一样，一分都少不了您的。"),
        ("deposit", "这月底前来存个整数，回去的时候后备箱给您塞满米面油。"),
        ("insurance", "这份保单每年给您发钱，比存定期强，随时能拿回来不吃亏。"),
    ],
)
def test_sentences_of_nobody_are_stopped(topic: str, text: str) -> None:
    assert open_blocks(lint("script", topic, {}, text))


@pytest.mark.parametrize(
    ("topic", "text"),
    [
        ("wealth", "王叔，钱放我这儿您就等着数票子吧，别的不用您操心。"),
        ("loan", "别处摇头的，咱这儿点头，材料差点意思也给您圆上。"),
    ],
)
def test_what_no_words_find_the_shipped_classifier_does(topic: str, text: str) -> None:
    (hit,) = (hit for hit in lint("article", topic, {}, text) if hit.text)
    assert hit.severity == "block"
    assert LIKE in hit.advice


def test_what_words_stop_wrongly_the_shipped_classifier_puts_before_a_person() -> None:
    text = "发放本贷款不以存款、购买保险或理财为条件。"
    (hit,) = (hit for hit in lint("article", "loan", {}, text) if hit.text)
    assert hit.severity == "review"
    assert "如实的说明" in hit.advice


@pytest.mark.parametrize(
    ("topic", "text"),
    [
        ("loan", "以前欠过款的老乡先去查一份征信报告，能不能批要看审批结果。"),
        ("wealth", "理财不是铁柜子，净值有涨有跌，本金也可能少，买之前先做风险测评。"),
        ("deposit", "月底营业到下午五点，存取款请带身份证，门口备了茶水。"),
        ("insurance", "保单每年领多少以合同为准，提前退保只退现金价值，可能有损失。"),
    ],
)
def test_honest_sentences_of_nobody_pass(topic: str, text: str) -> None:
    assert not open_blocks(lint("script", topic, {}, text))
