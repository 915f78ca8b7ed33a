"""A pitch held up for judgement is none; one that only wears quotation marks still is."""

import pytest

from contenthub.library.lint import Hit, lint

PAIRS = [
    # (topic, what is let through, what looks like it and is stopped)
    ("wealth", "“刚兑”早已成了老黄历", "“刚兑”没有成为过去，在我们这里还在继续"),
    ("wealth", "张口就是“稳赚不赔”的，您扭头走就对了", "“稳赚不赔”，不信您来试试"),
    ("wealth", "误区一：银行卖的理财都保本", "误区：理财都有风险。真相：我行这款“零风险”"),
    ("wealth", "没有谁能担保它只涨不跌", "没有谁不想只赚不亏，这款就能做到"),
    ("wealth", "别再问哪只产品稳赚了", "别错过稳赚理财，仅此一期"),
    ("loan", "不查征信那可不行，规定摆着呢", "不查征信也可以，带身份证来"),
    ("loan", "有人劝您“不看征信”，请当场回绝", "“不看征信”，千真万确，欢迎来办"),
    ("loan", "我可不敢跟您说零门槛", "别再为钱发愁，“零门槛”等你来"),
    ("card", "零利息不等于零成本", "零利息等于白用"),
    ("deposit", "监管不允许银行“存款送米油”", "监管不让明着送，存十万我私下给您补两百块"),
    ("deposit", "存钱送油那是老黄历了", "“存款送油”不是骗人的，来了就拎走"),
    ("deposit", "发现网点存款返现的，欢迎拨打96588举报", "发现好事别声张：存款返现，欢迎来办"),
    ("insurance", "听见“不用健康告知也能保”，您得打个问号", "“不用健康告知”，您说省不省心"),
    ("life", "“集赞送现金”的链接别点", "“集赞领米”又来啦，别犹豫，赶紧发圈"),
]


def blocking(hits: list[Hit]) -> set[str]:
    """Return the rules that stop a text for its words."""
    return {hit.rule for hit in hits if hit.severity == "block" and hit.text}


@pytest.mark.parametrize(("topic", "judged", "offered"), PAIRS)
def test_what_is_judged_passes_and_what_is_offered_does_not(
    topic: str, judged: str, offered: str
) -> None:
    assert blocking(lint("article", topic, {}, judged)) == set()
    assert blocking(lint("article", topic, {}, offered))


def test_strangers_words_without_a_judgement_are_for_a_person_to_decide() -> None:
    (hit,) = (hit for hit in lint("article", "wealth", {}, "坊间流传“保本理财”") if hit.text)
    assert (hit.rule, hit.severity, hit.fix) == ("INV-01", "review", None)
    assert hit.advice.startswith("像是转述或批评别人的说法")


@pytest.mark.parametrize(
    ("answer", "rules"),
    [("错。", set()), ("对的。", {"INV-01"}), ("谣言，保本理财已经没有了。", set())],
)
def test_the_answer_of_an_faq_judges_its_question(answer: str, rules: set[str]) -> None:
    fields = {"question": "银行理财都保本，这话对吗？", "answer": answer}
    assert blocking(lint("faq", "wealth", fields, "")) == rules


def test_the_annual_rate_of_an_answer_covers_the_monthly_one_asked_about() -> None:
    fields = {"question": "月息五厘折成年利率是多少？", "answer": "年化利率6%（单利）。"}
    assert blocking(lint("faq", "loan", fields, "")) == set()
    assert blocking(lint("faq", "loan", {**fields, "answer": "很低。"}, "")) == {"LOAN-01"}
