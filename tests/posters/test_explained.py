"""What a rule of sentences stops in a poster's short lines passes only where it is in order."""

import pytest
from tests.posters.saying import refused


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("sold", "业绩比较基准\n2.10%—2.60%"),
        ("sold", "2.10%至2.60%（业绩比较基准）"),
        ("sold", "安鑫90天\n业绩比较基准\n2.10%—2.60%"),
        ("sold", "一万起购 中低风险"),
        ("farming", "年利率最低3.45%，最高5.20%"),
        ("fixed", "存款保险，守护您的存款安全"),
        ("fixed", "存款保险 为您护航"),
    ],
)
def test_a_label_a_bound_and_the_slogan_pass(name: str, text: str) -> None:
    assert refused(name, text) == {}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("sold", "2.10%—2.60%"),
        ("sold", "业绩比较基准\n2.10%—3.60%"),
        ("sold", "业绩比较基准2.10%—2.60%，稳稳到手"),
        ("sold", "业绩比较基准\n2.10%—2.60%\n预期收益"),
        ("sold", "一万起购 钱生钱"),
        ("sold", "保底2.10%，比较基准2.60%"),
        ("farming", "全市年利率最低3.45%"),
        ("farming", "同业利率最低3.45%"),
        ("fixed", "存款保险保您全额赔付"),
        ("fixed", "存款保险护您理财无忧"),
        ("fixed", "存款保险，保您本金利息一分不少"),
    ],
)
def test_what_promises_more_is_refused_all_the_same(name: str, text: str) -> None:
    assert refused(name, text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("harvest", "存进大额存单，心里踏实\\存款保险"),
        ("harvest", "存三年，到期还本付息\\存款保险"),
        ("farmers", "随借随还，用几天算几天利息"),
        ("farmers", "信用方式，不用抵押登记"),
    ],
)
def test_what_only_reads_like_a_forbidden_sentence_passes(name: str, text: str) -> None:
    assert refused(name, text) == {}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("harvest", "稳稳赚三年"),
        ("harvest", "存三年，送三年牛奶"),
        ("harvest", "存多少都\\存款保险"),
        ("harvest", "年利率百分之二点五，期限三年"),
        ("farmers", "信用不好不用担心，照样贷"),
        ("farmers", "日利率万分之三，用几天算几天"),
        ("farmers", "下款率百分之百"),
    ],
)
def test_what_breaks_the_rule_is_refused_beside_it(name: str, text: str) -> None:
    assert refused(name, text)
