"""What a product's text says of its rate, term, amounts and risk, against its own fields."""

import pytest

from contenthub.library import kinds
from contenthub.library.lint import lint
from contenthub.library.saidnumbers import number_of

FIELDS = {
    "loan": {
        "annual_rate": "3.85",
        "annual_rate_max": "6",
        "comprehensive_cost_rate": "6.2",
        "term": "3年",
        "amount_max_fen": "30万元",
    },
    "deposit": {"rate": "2.05", "term": "三年", "minimum_fen": "50元"},
    "wealth": {"risk_level": "R4", "benchmark": "2.5%-3.0%"},
}
FALSE = {
    "loan": """
利率只要2.9%
年化综合融资成本3%起
最高可贷50万元
最长可借10年
年化2.9%
年化低至2.9%
2.9%低利率
2.9%的年化利率
利率百分之二点九
年化两个点
利率降至2.9%
利率由4.35%降至2.9%
年化利率2.9%-6%
年化利率2.9%至6%
额度高达五十万
可贷50万
50万元额度等您来
最高额度一百万元
最长十年
能借5年
最长可借60个月
贷款额度:50万元
利率仅2.9%起
年化利率（单利）2.9%起
利息只要2.9个点
年化利率9.9%
授信50w
""",
    "deposit": """
3.5%高利率
一元起存
起存1万元
年化利率3.5%
三年利率3.5%
1元即可起存
起存金额为1万元
起存只要1元
1万起存
一万元起存
年利率百分之三点五
利率高达3.5%
存期五年
三年期年化3.5%
期限十二个月
""",
    "wealth": """
本产品R2级低风险
R2中低风险
低风险理财
适合保守型客户
风险等级R2
适合稳健型投资者
中低风险，放心选
R1级
业绩比较基准4.5%
业绩比较基准2.0%
适合C2客户
面向谨慎型客户销售
中等风险产品
这是一款低风险的产品
业绩比较基准3.5%-4%
""",
}
TRUE = {
    "loan": """
年化利率3.85%至6%
额度30万元,年化利率3.85%至6%
年化利率3.85%起
日利率0.0106%，年化利率3.85%
月利率0.32%
年化利率4.35%
综合融资成本6.2%
年化综合融资成本最高6.2%
最高可贷30万元
最长可借3年
最长36个月
借10万元，年化3.85%，一年利息3850元
逾期罚息按合同利率上浮50%
罚息利率9%
比同期信用卡分期年化13%低
原利率4.9%，现在年化利率3.85%
利率由4.35%降至3.85%
一年期LPR为3.0%
例如年化利率3%，借1万元一年利息300元
假设利率2%
年化利率不超过24%
其他抵押贷最高可贷100万元
可借1年
额度20万元
额度30万
最高5人联保
贷款3万元，2026年12月10日到期
贴息后利率1.5%
民间借贷利率36%要小心
提前还款收1%违约金
最多提供3份材料
利率优惠10%
保证金比例30%
经营满1年可申请，最长3年
单户最高30万元
可贷5万、10万、30万
额度最高可达三十万元
利息按天算
由政府贴息2%
网贷年化18%
授信30万元，可循环使用5年
首付20%
""",
    "deposit": """
三年期年化利率2.05%
50元起存
起存50元
起存金额50元
2.05%的利率
一年期年利率1.25%，三年期年利率2.05%
提前支取按活期利率0.05%计息
活期利率0.05%
同期活期利率0.1%
利率1.25%至2.05%
五十元起存
三年定期
期限36个月
期限三年
原来年化利率2.35%，现为2.05%
大额存单20万元起存请看其他产品
存款保险最高偿付50万元
例如存1万元，按年利率2.05%计算，三年利息615元
一年期利率1.1%
追加50元起存，100元递增
年利率百分之二点零五
2026年12月1日起执行
去年利率2.6%
利息比活期多10倍
""",
    "wealth": """
R4中高风险
本产品风险等级R4
风险等级从R1到R5，本产品为R4
不适合保守型客户
适合成长型、进取型客户
适合C4及以上客户
并非低风险产品
降低风险
业绩比较基准2.5%-3.0%
业绩比较基准2.8%
理财分R1低风险、R2中低风险、R3中等风险、R4中高风险、R5高风险
低风险承受能力的客户请勿购买
与低风险产品相比，净值波动更大
保守型客户不能购买
是否适合稳健型客户请先测评
过往业绩：近一年年化3.6%
其他R2产品请咨询
管理费年化0.3%
R1-R3的客户请选别的产品
投资中风险自担
最低风险等级要求为C4
R2及以下的客户不能购买
""",
}


def cases(said: dict[str, str]) -> list[tuple[str, str]]:
    """Return (topic, sentence) of each line."""
    return [(topic, line) for topic, lines in said.items() for line in lines.strip().splitlines()]


def facts(topic: str, text: str, *, field: str = "") -> list[str]:
    """Return what is found against the fields, in the body or in a field."""
    fields = kinds.as_kept("product", topic, FIELDS[topic]) | ({field: text} if field else {})
    hits = lint("product", topic, fields, "" if field else text)
    return [hit.text for hit in hits if hit.rule == "FACT-01"]


@pytest.mark.parametrize(("topic", "text"), cases(FALSE))
def test_a_figure_that_the_fields_contradict_is_stopped(topic: str, text: str) -> None:
    assert facts(topic, text)
    assert facts(topic, f"欢迎到网点咨询。{text}，详询柜面。")


@pytest.mark.parametrize(("topic", "text"), cases(TRUE))
def test_a_figure_that_is_true_or_of_something_else_is_let_through(topic: str, text: str) -> None:
    assert not facts(topic, text)
    assert not facts(topic, f"欢迎到网点咨询。{text}，详询柜面。")


@pytest.mark.parametrize("field", ["summary", "selling_points"])
def test_sentences_among_the_fields_are_compared_too(field: str) -> None:
    assert facts("loan", "最高可贷50万元", field=field)
    assert not facts("loan", "最高可贷30万元", field=field)


def test_a_table_of_rates_bounds_what_is_said() -> None:
    rows = [{"term": "一年", "rate": 110}, {"term": "三年", "rate": 205, "minimum_fen": 20_000_000}]
    fields = {"rate_table": rows, "minimum_fen": 5_000}

    def said(text: str) -> list[str]:
        return [
            hit.text for hit in lint("product", "deposit", fields, text) if hit.rule == "FACT-01"
        ]

    assert said("年化利率3.5%") == ["年化利率3.5%"]
    assert said("1000元起存") == ["1000元起存"]
    assert not said("一年期年利率1.1%，三年期年利率2.05%，20万元起存")


@pytest.mark.parametrize(
    ("text", "value"),
    [("10,000", 10_000), ("2.5", 2.5), ("十二", 12), ("二十", 20), ("三百五十", 350),
     ("两千", 2_000), ("三点零五", 3.05), ("一百", 100), ("二零", 20), ("半", 0.5),
     ("１０", 10), ("٣", 3)],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(text: str, value: float) -> None:
    assert number_of(text) == value


@pytest.mark.parametrize("term", ["3年", "３年", "٣年", "三年"])
def test_a_term_is_read_in_whatever_digits_it_was_typed(term: str) -> None:
    fields = {**kinds.as_kept("product", "deposit", {"rate": "2.05"}), "term": term}
    told = {
        said: {hit.rule for hit in lint("product", "deposit", fields, f"存期{said}。")}
        for said in ("五年", "三年")
    }
    assert "FACT-01" in told["五年"]
    assert "FACT-01" not in told["三年"]


def suited(topic: str, level: str, said: str) -> list[str]:
    """Return what is found in the words that tell for whom a product of this risk is."""
    fields = {**kinds.as_kept("product", topic, {"risk_level": level}), "for_whom": said}
    hits = lint("product", topic, fields, "")
    return [hit.text for hit in hits if hit.rule == "FACT-01" and hit.severity == "block"]


@pytest.mark.parametrize("topic", ["wealth", "fund", "insurance"])
@pytest.mark.parametrize(
    ("level", "said"),
    [("R4", "保守型客户"), ("R5", "稳健型客户"), ("R4", "老年人"), ("R4", "所有客户"), ("R4", "C1"),
     ("R4", "C2客户"), ("R3", "保守型"), ("R3", "C1"), ("R4", "保守、稳健型客户"), ("R4", "C1-C5"),
     ("R5", "保守型、稳健型、进取型客户"), ("R4", "中老年客户"), ("R4", "客户不限")],
)  # fmt: skip
def test_a_product_is_not_for_whom_its_risk_is_too_high(topic: str, level: str, said: str) -> None:
    assert suited(topic, level, said)


@pytest.mark.parametrize("topic", ["wealth", "fund", "insurance"])
@pytest.mark.parametrize(
    ("level", "said"),
    [("R4", "不适合老年人"), ("R4", "C4、C5"), ("R4", "C4及以上的所有客户"), ("R2", "老年人"),
     ("R4", "成长型、进取型客户"), ("R3", "老年客户"), ("R4", "个人客户"), ("R2", "稳健型客户"),
     ("R5", "C5客户，不适合保守型、稳健型客户"), ("R1", "所有客户"), ("R3", "C3、C4、C5"),
     ("R4", "风险承受能力与产品匹配的所有客户"), ("R4", "非老年人"),
     ("R4", "除老年人外的进取型客户")],
)  # fmt: skip
def test_whom_a_product_suits_or_excludes_may_be_told(topic: str, level: str, said: str) -> None:
    assert not suited(topic, level, said)


def test_what_to_do_about_the_wrong_customers_is_told() -> None:
    hits = lint("product", "wealth", {"risk_level": "R4", "for_whom": "保守型客户"}, "")
    assert ["C4" in hit.advice for hit in hits if hit.rule == "FACT-01"] == [True]
