"""What is found without a phrase: sizes of type, mixed products, another product's facts."""

import pytest

from contenthub.library.lint import Hit, ProductFacts, lint
from contenthub.library.typesizes import faint_texts

PRODUCT = ProductFacts("三年期大额存单", "deposit", {"rate": 205, "risk_level": "", "issuer": ""})
FUND = ProductFacts("稳健一号", "fund", {"risk_level": "R3", "issuer": "甲基金公司"})


def found(rule: str, hits: list[Hit]) -> list[str]:
    """Return the texts a rule found."""
    return [hit.text for hit in hits if hit.rule == rule]


@pytest.mark.parametrize(
    ("html", "is_faint"),
    [
        ('<p>很长的正文很长的正文</p><p style="font-size:9px">理财非存款</p>', True),
        ("<p>正文正文正文正文</p><p><small><small>投资须谨慎</small></small></p>", True),
        ('<p>正文</p><p style="color:#eeeeee">理财非存款</p>', True),
        ('<p>正文</p><p style="color: rgb(240, 240, 240)">理财非存款</p>', True),
        ('<p style="font-size:20px">正文正文</p><p style="font-size:16px">理财非存款</p>', False),
        ('<p>正文</p><p style="background-color:#eee">理财非存款</p>', False),
        ('<p style="font-size:9px">活动花絮</p><p>正文正文正文</p>', False),
    ],
)
def test_mandatory_words_must_be_large_and_dark_enough(html: str, is_faint: bool) -> None:
    assert bool(faint_texts(html)) is is_faint
    assert bool(found("DISC-04", lint("article", "wealth", {}, html))) is is_faint


def test_products_of_several_categories_in_one_paragraph_are_pointed_out() -> None:
    mixed = "<p>大额存单1.9%，理财R2在售，基金同步认购</p>"
    apart = "<p>大额存单1.9%</p><p>理财R2在售</p>"
    assert found("ZONE-01", lint("article", "deposit", {}, mixed))
    assert not found("ZONE-01", lint("article", "deposit", {}, apart))
    assert not found("ZONE-01", lint("article", "education", {}, mixed))


def test_a_rate_that_differs_from_the_related_product_is_stopped() -> None:
    text = "三年期年化利率2.15%，欢迎到店"
    (wrong,) = found("FACT-01", lint("article", "deposit", {}, text, product=PRODUCT))
    assert wrong.endswith("2.15%")
    right = text.replace("2.15", "2.05")
    assert not found("FACT-01", lint("article", "deposit", {}, right, product=PRODUCT))
    assert not found("FACT-01", lint("article", "deposit", {}, text))


def test_a_risk_level_that_differs_from_the_related_product_is_stopped() -> None:
    assert found("FACT-01", lint("article", "fund", {}, "风险等级R2", product=FUND)) == ["R2"]
    assert not found("FACT-01", lint("article", "fund", {}, "风险等级R3", product=FUND))


def test_a_draw_rule_says_how_what_until_when_and_what_lapses() -> None:
    fields = {"draw_rule": "当日开奖"}
    assert found("PRIZE-04", lint("activity", "life", fields, "正文")) == ["当日开奖"]
    fields = {"draw_rule": "当日现场开奖，三日内到店兑奖，逾期未领视为放弃"}
    assert not found("PRIZE-04", lint("activity", "life", fields, "正文"))


@pytest.mark.parametrize(
    ("text", "is_over"),
    [
        ("一等奖价值8万元的汽车", True),
        ("大奖：十万元现金", True),
        ("特等奖100,000元", True),
        ("一等奖5万元", False),
        ("总奖金10万元", False),
        ("奖学金共20万元", False),
        ("一等奖500元", False),
    ],
)
def test_a_prize_over_the_limit_is_found_in_digits_and_in_words(text: str, is_over: bool) -> None:
    assert bool(found("PRIZE-01", lint("activity", "life", {}, text))) is is_over


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("预期收益率3%", "replace"),
        ("联系 13800138000", "replace"),
        ("调查显示大家满意", "append"),
    ],
)
def test_a_finding_brings_what_one_click_can_do(text: str, action: str) -> None:
    fixes = [hit.fix for hit in lint("article", "wealth", {}, text) if hit.fix]
    assert action in {str(fix["action"]) for fix in fixes}


def test_a_number_is_masked_and_a_rate_is_taken_from_the_product() -> None:
    (hit,) = lint("article", "life", {}, "电话 13800138000")
    assert hit.fix is not None
    assert hit.fix["text"] == "138****8000"
    cost = [{"item": "利息", "payee": "本行", "standard": "3.45%"}]
    fields = {
        "annual_rate": 345,
        "comprehensive_cost_rate": 345,
        "comprehensive_cost": cost,
    }
    hit = lint("product", "loan", fields, "日息万分之一")[0]
    assert hit.fix is not None
    assert hit.fix["text"] == "（年化利率 3.45%，单利）"


def test_a_reward_for_bringing_others_never_stands_on_a_financial_product() -> None:
    fields = {"referral_reward_fen": 1000}
    assert found("SHARE-03", lint("product", "deposit", fields, "正文"))
    assert found("SHARE-03", lint("activity", "wealth", {"referral_reward_fen": "10元"}, "正文"))
    assert not found("SHARE-03", lint("activity", "life", fields, "正文"))


def test_a_reward_by_the_money_deposited_is_stopped() -> None:
    bad = {"奖励办法": "按存款金额千分之一"}
    assert found("DEP-03", lint("activity", "deposit", bad, "正文"))
    assert not found("DEP-03", lint("activity", "deposit", {"奖励办法": "到场签到"}, "正文"))
