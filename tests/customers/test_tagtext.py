import pytest
from hypothesis import given
from tests.customers.expressions import trees, written_nodes

from contenthub.customers.tagexpr import parse
from contenthub.customers.tagtext import describe, to_text
from contenthub.customers.tagtree import Node


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "(银发 and 代发工资) and not refused(理财) and aum >= 50000",
            "〔有“银发”标签，并且有“代发工资”标签〕，并且没有拒绝理财，并且资产不低于 5 万元的客户",
        ),
        ("not (a or b)", "不是〔有“a”标签，或者有“b”标签〕的客户"),
        ("not not a", "有“a”标签的客户"),
        ("not aum < 100.5", "不满足“资产低于 100.50 元”的客户"),
        ("birthday(5) or birthday(05-20)", "生日在 5 月，或者生日在 5 月 20 日的客户"),
        ("not has_owner()", "没有客户经理的客户"),
        ("did(浏览, 业务=贷款, 7天) >= 2", "近 7 天浏览过贷款内容至少 2 次的客户"),
        ("not did(留资, 90天)", "近 90 天没有在内容里留过手机号的客户"),
        ("not club(金色年华)", "不是“金色年华”会员的客户"),
        ("score(贷款) >= 60", "贷款需求评分不低于 60 分的客户"),
        ("not score(理财) < 5", "不满足“理财需求评分低于 5 分”的客户"),
        ("everyone()", "全部的客户"),
    ],
)
def test_a_reviewer_reads_one_chinese_sentence(text: str, sentence: str) -> None:
    assert describe(parse(text)) == sentence


def test_names_are_quoted_only_when_they_must_be() -> None:
    assert (
        to_text(parse('"银发" and "A+类" and "and" and "资产"'))
        == '银发 and "A+类" and "and" and "资产"'
    )


@given(trees(written_nodes()))
def test_every_tree_can_be_described(tree: Node) -> None:
    assert describe(tree).endswith("的客户")
