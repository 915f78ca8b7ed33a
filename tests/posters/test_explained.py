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
