"""Cards bought by the piece, money passed through one's account, credit turned into cash."""

import pytest

from contenthub.library.lint import Hit, lint

BAD = (
    ("LOAN-04", "loan", "无视黑白，只看身份证"),
    ("LOAN-04", "loan", "无视黑户白户，来了就能谈。"),
    ("LOAN-04", "loan", "别的不查，就看一张身份证"),
    ("PAY-02", "payment", "收银行卡，一套五百"),
    ("PAY-02", "payment", "租银行卡，每天两百，当天结。"),
    ("PAY-02", "life", "我借银行卡用，一张300元。"),
    ("PAY-02", "payment", "长期收卡，价格好商量，一张800"),
    ("PAY-02", "payment", "帮忙转个账，给您好处费"),
    ("PAY-02", "life", "用您的账户走个流水，给好处"),
    ("PAY-02", "payment", "钱到您卡上再帮我转出去，抽您两个点"),
    ("PAY-02", "payment", "代收一笔货款再转走，酬谢五百"),
    ("PAY-02", "payment", "帮我过一笔款，给您三百元。"),
    ("PAY-03", "payment", "办收款码，帮您把信用卡的钱刷出来不要手续费"),
    ("PAY-03", "payment", "用我行收款码把信用卡的钱刷出来"),
    ("PAY-03", "payment", "收款码套现，零手续费"),
    ("PAY-03", "payment", "自己刷自己的收款码，信用卡变现金"),
    ("PAY-03", "payment", "信用卡扫自家收款码，钱当天到手"),
    ("PAY-03", "life", "POS机套取现金，随到随办"),
    ("INV-03", "wealth", "业绩比较基准3.6%"),
    ("INV-03", "wealth", "业绩比较基准：2.8%-3.3%"),
    ("INV-03", "wealth", "业绩比较基准3.6%，心动就来网点"),
)
GOOD = (
    ("loan", "申请贷款要带身份证，还要查征信。"),
    ("loan", "只带身份证还不够，请带上收入证明。"),
    ("loan", "面签时只看身份证原件，复印件不收。"),
    ("payment", "出租、出借银行卡是违法的，一套卡卖几百元，害的是自己。"),
    ("payment", "有人高价收银行卡，千万别卖。"),
    ("payment", "换卡不收工本费，旧银行卡由网点收回。"),
    ("payment", "补办银行卡，每张收工本费5元。"),
    ("payment", "收银行卡年费，每张10元，一年收一次。"),
    ("payment", "不得利用收款码套现，发现即停用。"),
    ("payment", "信用卡套现属于违规行为。"),
    ("payment", "陌生人请您帮忙转账还给好处费，多半是洗钱。"),
    ("payment", "帮家里老人转账，柜台有人教。"),
    ("payment", "收款码手续费每笔千分之三。"),
    ("payment", "代发工资、代收水费，网点都能办。"),
    ("payment", "顾客用信用卡扫商户收款码付款，资金次日到账。"),
    ("card", "用信用卡扫商户收款码付款，可享积分。"),
    ("wealth", "业绩比较基准2.6%—3.1%，依据债券票息与利差测算，不代表未来表现和实际收益。"),
    ("wealth", "什么是业绩比较基准？它不是承诺收益。"),
)
PLACES = ("body", "script", "summary")


def found(topic: str, text: str, place: str = "body") -> list[Hit]:
    """Return what is found in the words of a text."""
    if place == "script":
        hits = lint("script", topic, {"text": text}, "")
    elif place == "summary":
        hits = lint("article", topic, {"summary": text}, "")
    else:
        hits = lint("article", topic, {}, text)
    return [hit for hit in hits if hit.text]


@pytest.mark.parametrize(("rule", "topic", "text"), BAD)
def test_it_stops_under_its_own_rule_wherever_it_stands(rule: str, topic: str, text: str) -> None:
    for place in PLACES:
        blocked = [hit.rule for hit in found(topic, text, place) if hit.severity == "block"]
        assert set(blocked) == {rule}, place


@pytest.mark.parametrize(("topic", "text"), GOOD)
def test_what_warns_or_explains_is_let_through(topic: str, text: str) -> None:
    for place in PLACES:
        assert [hit.rule for hit in found(topic, text, place) if hit.severity == "block"] == []


def test_the_advice_fits_what_was_said() -> None:
    (hit,) = [one for one in found("payment", "收款码套现，零手续费") if one.rule == "PAY-03"]
    assert "真实的买卖" in hit.advice
    assert "收单" in hit.source


def test_a_benchmark_is_explained_in_text_and_labelled_in_its_own_field() -> None:
    fields = {"benchmark": "2.35%-2.85%"}
    hits = lint("product", "wealth", fields, "")
    assert not [hit for hit in hits if hit.rule == "INV-03"]
    forged = found("wealth", "业绩比较基准\u00a03.6%")
    assert "INV-03" in {hit.rule for hit in forged}
