"""What an item's text says of its fees, limits, days, counts and places, against its fields."""

import json
from pathlib import Path
from typing import Any

import pytest

from contenthub.library import kinds
from contenthub.library.lint import lint
from contenthub.library.quantities import quantities, sum_of
from contenthub.library.setapart import standing

CORPUS = Path(__file__).parent / "corpus"
ITEMS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "deposit": (
        "product",
        "deposit",
        {
            "rate": "1.60",
            "term": "两年",
            "minimum_fen": "1万元",
            "interest_paid": "到期一次还本付息",
            "rollover": "到期自动转存两年",
        },
    ),
    "tiers": (
        "product",
        "deposit",
        {"rate_table": "一年｜1.20｜100元\n两年｜1.40｜100元", "minimum_fen": "100元"},
    ),
    "loan": (
        "product",
        "loan",
        {
            "annual_rate": "3.60",
            "annual_rate_max": "4.80",
            "comprehensive_cost_rate": "4.80",
            "comprehensive_cost": "利息｜本行｜年化3.60%起\n担保费｜担保公司｜0.5%/年",
            "term": "最长2年",
            "amount_max_fen": "40万元",
            "guarantee": ["mortgage"],
            "repayment": "等额本金",
            "prepayment": "提前还款不收违约金",
            "penalty": "罚息为合同利率上浮40%",
        },
    ),
    "wealth": (
        "product",
        "wealth",
        {
            "risk_level": "R2",
            "issuer": "示例理财有限责任公司",
            "term": "持有期90天",
            "benchmark": "2.10%-2.60%",
            "purchase_minimum_fen": "100元",
            "raise_from": "2026-11-02",
            "raise_until": "2026-11-09",
            "fees": "固定管理费0.25%/年，托管费0.03%/年，超额业绩报酬20%",
            "redemption": "交易日15:00前赎回，快速赎回每日上限1万元",
            "past_performance": "2024年度3.05%，2025年度2.41%",
        },
    ),
    "fund": (
        "product",
        "fund",
        {"risk_level": "R4", "fund_code": "009876", "issuer": "示例基金", "fees": "申购费1.0%"},
    ),
    "policy": (
        "product",
        "insurance",
        {
            "issuer": "示例保险",
            "premium": "每年200元",
            "insured_age_min": "20",
            "insured_age_max": "60",
            "waiting_days": "60",
            "coverage": "意外身故20万元；意外医疗2万元，免赔额200元",
            "term": "至70周岁",
        },
    ),
    "card": (
        "product",
        "card",
        {
            "annual_fee": "首年免，刷满5笔免次年，否则120元",
            "revolving_rate": "18.25",
            "instalment_rate": "12.00",
            "late_fee": "未还部分的5%，最低8元",
            "cash_fee": "1%，最低6元",
            "grace_days": "最长50天",
            "card_offers": ["周三满100元减15元"],
        },
    ),
    "gold": ("product", "card", {"annual_fee": "每年300元，不减免"}),
    "code": (
        "product",
        "payment",
        {
            "settlement": "次日到账",
            "merchant_fee": "0.30%",
            "fee_table": "借记卡｜0.30%\n信用卡｜0.58%",
            "limits": "单笔2万元，单日8万元",
            "fees": "音箱押金60元",
        },
    ),
    "coupon": (
        "right",
        "rights",
        {
            "stock": "400",
            "per_person": "1",
            "face_value_fen": "20元",
            "spec": "早餐券",
            "how_to_redeem": "到店出示",
            "redeem_from": "2026-12-01",
            "redeem_until": "2027-01-31",
            "merchant_address": "解放路36号",
            "merchant_phone": "0577-8812345",
        },
    ),
    "monthly": (
        "right",
        "life",
        {
            "stock": "600",
            "per_person": "12",
            "monthly_per_person": "1",
            "monthly_stock": "50",
            "spec": "面粉",
            "how_to_redeem": "到网点领取",
            "redeem_from": "2026-01-01",
            "redeem_until": "2026-12-31",
        },
    ),
    "fair": (
        "activity",
        "life",
        {
            "starts_at": "2026-12-12 08:30",
            "ends_at": "2026-12-12 11:00",
            "place": "河西支行三楼",
            "capacity": "80",
            "signup_until": "2026-12-10 17:00",
            "draw_at": "2026-12-12 10:30",
            "prize_until": "2026-12-25",
            "organiser": "河西支行",
            "contact": "0577-8811222",
            "for_whom": "5至10岁儿童",
            "prizes": "雨伞｜25元｜40｜8%｜实物\n毛巾｜10元｜100｜20%｜实物",
        },
    ),
}
WRONG = {
    "deposit": """
五百块就能存
年化还有1.8个百分点
两年期利率已由1.50%上调到1.80%
存够三年，年利率1.6%
一年半的特色存款，一万元起
每月付一次利息，到期取本
到期自动转存五年
存1万元，两年利息380元
""",
    "tiers": """
放一年的，年利率1.40%
""",
    "loan": """
一万块一天利息八毛
逾期罚息要在原利率基础上多收三成
用商铺抵押，最高60万元
提前还款要收1%的违约金
逾期罚息在合同利率上加收30%
每天利息万分之0.7
年化利率3.60%—6.00%
年化综合融资成本3.6%
等额本息，月月还
""",
    "wealth": """
满60天后随时可赎
管理费0.35%一年
业绩比较基准2.50%—3.00%
下午四点前赎回
快速赎回一天最多五万元
最短持有60天
11月2日起售，11月19日截止
管理人提取三成作业绩报酬
2025年度2.81%
""",
    "fund": """
海岳基金（009867）
申购1.5%
代码009867
中风险，长期持有
申购费率1.5%
""",
    "policy": """
医药费超过500元的部分
一年只要150元
二十到六十五岁都能投
意外医疗最高赔五万
没有免赔额
投保后三十天内为等待期
保障到八十周岁
""",
    "card": """
一年刷三回，第二年也免
刷满3笔免次年年费
取现收0.5%的手续费
透支每天万分之四
分期年化费率9.6%
满一百减二十
""",
    "gold": """
刷满10笔免年费
""",
    "code": """
信用卡收款费率0.48%
单笔最高5万元
收1000元扣手续费5元
音箱押金100元
音箱不收押金
手续费千分之二
""",
    "coupon": """
一个人能领三张
300张代金券
共800张早餐券
每人限领3张
价值30元的早餐券
有效期至2027年2月28日
到店地址：解放路63号
订位电话0577-8812354
""",
    "monthly": """
每个月发200袋
每人每月可领两袋
""",
    "fair": """
名额200，快来
12月13日上午8:30，河西支行
12月12日上午十点开始
名额120个
报名到12月11日截止
雨伞60把，毛巾100条
雨伞中奖概率10%
上午十一点半开奖
请在12月31日前来领奖
面向3至12岁的小朋友
河西支行二楼，不见不散
报名电话0577-8811223
""",
}
RIGHT = {
    "deposit": """
前两年两年期还有2.3%，如今1.60%
三五天用不着的钱别存定期
两年期利率已由1.80%下调到1.60%
原来是1.95%，现在1.60%
存1万元，两年利息320元
持有满三十天可转让
没到期就取，按活期0.05%计息
""",
    "tiers": """
放一年的1.20%，放两年的1.40%
""",
    "loan": """
用商铺抵押，最高40万元，也可以只借10万元
逾期后罚息上浮40%，也就是年化5.04%起
每天利息万分之一
年息3厘6
商铺评估价200万元的，最高贷40万元
""",
    "wealth": """
这款R2，100元起
上一期的业绩比较基准是2.30%-2.80%，这一期改成2.10%-2.60%
管理费千分之二点五，托管费万分之三
风险从R1到R5，这款是R2
一年定期存款利率1.2%，这款是理财，不是存款
2023年度2.95%，2025年度2.41%
""",
    "fund": """
代码009876，R4
别的基金申购费1.5%，我们1.0%
""",
    "policy": """
意外身故二十万、医疗两万（免赔200元），保到70周岁
张女士45岁，去年一年交了180元
""",
    "card": """
周三满100减15，一周一次
取1000元收10元，取500元收6元
日利率万分之五，折合年化18.25%
普通卡年费60元，本卡120元
周三满100减15
""",
    "gold": """
本卡不参加刷卡免年费活动，每年300元
""",
    "code": """
卖一碗18元的面，手续费五分四厘
收1000元扣手续费3元
一天收3000元，单笔两万封顶
市面上有的码收0.6%，我们0.3%
""",
    "coupon": """
上个月只发了200张，这个月共400张
原价35元的早餐，用券减20元
还剩80张，一人一张，用到1月31日
每天上午放30张
""",
    "monthly": """
本月面粉50袋已发放完，下月再领
一人一月一袋，全年共600袋，每月50袋
""",
    "fair": """
请8:10到门口集合
8点开始签到
下午没有，十点半开奖
去年来了150人，今年名额80个，12月12日上午8:30开始
12月10日17:00停止报名
请8:10到场签到，十点半开奖
被骗请打110或96110
雨伞40把，只剩12个名额
""",
}
FACTS = {"FACT-01", "FACT-02", "FACT-03"}


def findings(kind: str, topic: str, raw: dict[str, Any], *, title: str, body: str) -> set[str]:
    """Return the severities of what is found to differ from the fields."""
    fields = kinds.as_kept(kind, topic, raw)
    hits = lint(kind, topic, fields, body, title=title)
    return {hit.severity for hit in hits if hit.rule in FACTS}


def cases(which: dict[str, str]) -> list[tuple[str, str]]:
    return [(name, text) for name, texts in which.items() for text in texts.strip().splitlines()]


@pytest.mark.parametrize(("item", "text"), cases(WRONG))
def test_another_figure_than_the_fields_keep_is_found(item: str, text: str) -> None:
    assert findings(*ITEMS[item], title="", body=text)


@pytest.mark.parametrize(("item", "text"), cases(RIGHT))
def test_what_was_what_is_of_another_and_what_is_true_stops_nobody(item: str, text: str) -> None:
    assert "block" not in findings(*ITEMS[item], title="", body=text)


@pytest.mark.parametrize("name", ["facts1", "facts2", "facts3"])
def test_texts_of_clerks_are_told_apart(name: str) -> None:
    lines = (CORPUS / f"{name}.jsonl").read_text("utf-8").splitlines()
    told: dict[str, list[set[str]]] = {"bad": [], "ok": []}
    for row in map(json.loads, lines):
        place = row.get("kind", "product"), row["topic"], row["fields"]
        told[row["label"]].append(findings(*place, title=row["title"], body=row["body"]))
    found = sum(bool(severities) for severities in told["bad"])
    stopped = sum("block" in severities for severities in told["ok"])
    assert found >= 0.8 * len(told["bad"])
    assert stopped <= 0.02 * len(told["ok"])


def test_an_answer_is_of_what_its_question_asks() -> None:
    item = ITEMS["card"]
    assert findings(*item, title="取现要手续费吗？", body="要，2%，当天就算利息") == {"review"}
    assert not findings(*item, title="取现要手续费吗？", body="要，1%，当天就算利息")


def test_a_clerks_slip_in_a_right_is_a_rule_of_its_own() -> None:
    kind, topic, raw = ITEMS["coupon"]
    hits = lint(kind, topic, kinds.as_kept(kind, topic, raw), "每人限领3张", title="早餐券")
    assert [(hit.text, hit.severity) for hit in hits if hit.rule == "FACT-03"] == [("3张", "block")]


@pytest.mark.parametrize(
    ("text", "value"),
    [("一万五", 15_000), ("2万5千", 25_000), ("三百二", 320), ("1,200", 1_200), ("半", 0.5)],
)
def test_sums_are_read_as_they_are_spoken(text: str, value: float) -> None:
    assert sum_of(text) == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("下午三点半", [("时", 930.0)]),
        ("6至12岁", [("岁", 6.0), ("岁", 12.0)]),
        ("收三毛八", [("元", 0.38)]),
        ("费率万分之二十五", [("%", 0.25)]),
        ("12月20日", [("日", (0, 12, 20))]),
        ("一人一张", [("个", 1.0)]),
        ("三千多户", []),
    ],
)
def test_quantities_have_their_units(text: str, said: list[tuple[str, object]]) -> None:
    assert [(one.unit, one.value) for one in quantities(text)] == said


@pytest.mark.parametrize(
    ("text", "figure", "told"),
    [
        ("利率由3.6%下调至3.45%", "3.6%", "past"),
        ("利率由3.6%下调至3.45%", "3.45%", "own"),
        ("去年4.1%,现在3.45%", "3.45%", "own"),
        ("市面上收0.6%,我们0.3%", "0.6%", "other"),
        ("王女士每年交2万元", "2万元", "example"),
        ("逾期的话,年化5.4%", "5.4%", "breach"),
    ],
)
def test_a_word_sets_apart_until_another_turns_back(text: str, figure: str, told: str) -> None:
    at = text.index(figure)
    assert standing(text, at, at + len(figure)) == told
