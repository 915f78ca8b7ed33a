"""Honest sentences full of figures pass; their twins that say what banks may not do not."""

from collections.abc import Mapping
from typing import Any

import pytest

from contenthub.library.kinds import as_kept
from contenthub.library.lint import lint

NOTHING: Mapping[str, Any] = {}


def blocking(topic: str, text: str, fields: Mapping[str, Any] = NOTHING) -> set[str]:
    kept = as_kept("product", topic, fields)
    return {
        one.rule
        for one in lint("product", topic, kept, text)
        if one.severity == "block" and one.text
    }


@pytest.mark.parametrize(
    ("topic", "text"),
    [
        ("loan", "借10万块，年化三点六，一个月利息三百块，一年到头再还本。"),
        ("loan", "借8万块，年化四个点，一个月利息二百六十七块，一年到头再还本。"),
        ("loan", "车价18.98万、首付3.98万、贷15万，分5年还，年化3.25%。"),
        ("loan", "车价十二万，首付四万，贷款八万，三年还清，年化3.8%。"),
        ("card", "上个月光买菜就刷了11回。"),
        ("card", "这个月光加油就刷了四百块。"),
        ("deposit", "存一年，一年一点三五个点，一万块到期能拿135块利息。"),
        ("deposit", "存两年，每万元到期得310元利息。"),
        ("wealth", "这款是R3的，中风险，五万起，五百四十天才能拿。"),
        ("wealth", "一千零九十五天能拿回，中间不能赎。"),
        ("deposit", "年过半百，选一年定期"),
        ("insurance", "交5年，一年最少1万，五年合计5万元起。"),
    ],
)
def test_honest_figures_stop_nobody(topic: str, text: str) -> None:
    assert not blocking(topic, text)


def test_fees_of_a_fund_are_no_past_gain() -> None:
    fees = {"fees": "管理费0.30%/年，7日内赎回收1.50%"}
    assert "INV-04" not in blocking("fund", "定投每月10元起，净值有涨有跌。", fees)


@pytest.mark.parametrize(
    ("topic", "text", "rule"),
    [
        ("loan", "借10万块，一个月利息才三百块。", "LOAN-01"),
        ("loan", "首付不够，贷款来凑。", "LOAN-06"),
        ("loan", "首付30万也能贷，装修贷就行。", "LOAN-06"),
        ("card", "又月光了？刷信用卡就行。", "LOAN-07"),
        ("card", "这个月光了，刷信用卡就行。", "LOAN-07"),
        ("deposit", "存定期，每存一万块拿135块现金。", "DEP-01"),
        ("wealth", "买这款到期能拿五百四，妥妥的。", "INV-02"),
        ("fund", "这只基金7日涨了3.5%，现在上车。", "INV-04"),
    ],
)
def test_their_twins_are_stopped(topic: str, text: str, rule: str) -> None:
    assert rule in blocking(topic, text)
