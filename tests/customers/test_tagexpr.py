import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.customers.expressions import trees, written_nodes
from tests.lots import lot

from contenthub.customers.tagexpr import parse
from contenthub.customers.tagtext import to_text
from contenthub.customers.tagtree import (
    Age,
    And,
    Aum,
    Birthday,
    Branch,
    Club,
    Consented,
    Did,
    Everyone,
    ExpressionInvalid,
    HasOwner,
    Node,
    Not,
    Or,
    Owner,
    Refused,
    Score,
    Stage,
    TagIs,
)

THE_AUDIENCE = And(
    (
        And((TagIs("银发"), TagIs("代发工资"))),
        Not(Refused("wealth")),
        Aum(">=", 5_000_000),
    )
)


def refusal(text: str) -> str:
    with pytest.raises(ExpressionInvalid) as caught:
        parse(text)
    assert list(caught.value.fields) == ["expr"]
    return caught.value.fields["expr"]


@pytest.mark.parametrize(
    "text",
    [
        "(银发 and 代发工资) and not refused(理财) and aum >= 50000",
        "(银发 AND 代发工资) && !refused(wealth) & aum>=5万",
        "（银发　且　代发工资）并且 非 拒绝（理财）且 资产＞＝５００００",
        "(\n  银发\n  and 代发工资\n)\nand not refused(理财)\nand aum ≥ 50,000.00元",
    ],
)
def test_the_same_audience_can_be_written_in_every_way_a_clerk_would(text: str) -> None:
    assert parse(text) == THE_AUDIENCE


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("did(viewed, topic=贷款, 90d)", Did("viewed", "loan", 90)),
        ("score(贷款) >= 60", Score("loan", ">=", 60)),
        ("评分（wealth）＜ 5", Score("wealth", "<", 5)),
        ("银发 and not score(loan) ≠ 0", And((TagIs("银发"), Not(Score("loan", "!=", 0))))),
        ("做过（浏览，业务＝贷款，7天）>= 2", Did("viewed", "loan", 7, 2)),
        ("did(到场, 30) > 2", Did("attended", None, 30, 3)),
        ("club(金色年华)", Club("金色年华")),
        ("俱乐部（“金色 年华”）", Club("金色 年华")),
        ("a or b and not c", Or((TagIs("a"), And((TagIs("b"), Not(TagIs("c"))))))),
        ("非农户", TagIs("非农户")),
        ("非 农户", Not(TagIs("农户"))),
        ("非(农户)", Not(TagIs("农户"))),
        ("3星客户 或 2026新户", Or((TagIs("3星客户"), TagIs("2026新户")))),
        ("50000", TagIs("50000")),
        ('"A+类 (重点)"', TagIs("A+类 (重点)")),
        ("“and”", TagIs("and")),
        ("「银发 客户」", TagIs("银发 客户")),
        (r'"说\"是\""', TagIs('说"是"')),
        ('"（全角）"', TagIs("（全角）")),
        ("授权(存款)", Consented("deposit")),
        ("owner(1001)", Owner("1001")),
        ("客户经理(ZY-007)", Owner("ZY-007")),
        ("branch(柳河支行)", Branch("柳河支行")),
        ("in_branch(柳河支行)", Branch("柳河支行")),
        ("in_branch", TagIs("in_branch")),
        ('机构("柳河 支行")', Branch("柳河 支行")),
        ("birthday(05-20)", Birthday(5, 20)),
        ("birthday(2-29)", Birthday(2, 29)),
        ("生日(5月20日)", Birthday(5, 20)),
        ("生日(5月)", Birthday(5)),
        ("birthday(12)", Birthday(12)),
        ("stage(活跃)", Stage("active")),
        ("has_owner()", HasOwner()),
        ("全部客户()", Everyone()),
        ("年龄≥60岁", Age(">=", 60)),
        ("age <> 60", Age("!=", 60)),
        ("aum < 1.5亿", Aum("<", 15_000_000_000)),
        ("资产 == 0.05", Aum("=", 5)),
        ("not not a", Not(Not(TagIs("a")))),
    ],
)
def test_every_form_of_the_language_gives_its_tree(text: str, tree: Node) -> None:
    assert parse(text) == tree


@given(trees(written_nodes()))
@settings(max_examples=lot(100, 300), deadline=None)
def test_a_tree_written_as_text_reads_back_as_the_same_tree(tree: Node) -> None:
    assert parse(to_text(tree)) == tree


@given(
    st.text(max_size=60) | st.text(alphabet='银发andort非或()（）>=5"“” refused理财!&|,\x00\ud800')
)
@settings(max_examples=lot(150, 500), deadline=None)
def test_any_text_is_either_a_tree_or_a_refusal_of_the_field(text: str) -> None:
    tree, fields = None, {"expr": ""}
    try:
        tree = parse(text)
    except ExpressionInvalid as refused:
        fields = refused.fields
    assert list(fields) == ["expr"]
    assert tree is None or parse(to_text(tree)) == tree


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("银发 且 非 refused(", 15, "括号没有写完，请补上业务类别和右括号，例如 refused(理财)"),
        ("did(浏览, ", 7, "括号没有写完，请补上，例如 did(浏览, 业务=贷款, 90天)"),
        ("did(浏览 贷款)", 8, "用逗号隔开"),
        ("did(飞, 9天)", 5, "没有“飞”这种行为，请从这些里选：浏览、转发、留资、报名、到场"),
        ("did(浏览, 900天)", 9, "天数要写 1 到 180 的整数"),
        ("did(浏览, 主题=贷款, 9天)", 9, "括号里没有“主题=”这种写法"),
        ("did(浏览, 贷款)", 1, "括号里少了多少天之内"),
        ("did(浏览, 7天) < 2", 13, "次数写成 >= 1 到 >= 5"),
        ("refused(理财) >= 2", 13, "只有 did(…) 和 score(…) 后面可以比较"),
        ("score(贷款)", 1, "score(…) 后面要比较多少分，例如 score(贷款) >= 60"),
        ("银发 and score(贷款) or a", 8, "score(…) 后面要比较多少分"),
        ("score(贷款) >=", 12, "后面少了数字"),
        ("score(贷款) >= 101", 14, "评分要写 0 到 100 的整数"),
        ("score(贷款) >= 6.5", 14, "评分要写 0 到 100 的整数"),
        ("score(期货) >= 60", 7, "没有“期货”这个业务类别"),
        ("score(生活服务) >= 60", 7, "“生活服务”没有需求评分，请从这些里选：存款、贷款"),
        ("score() >= 60", 1, "括号里少了业务类别"),
        ("score(贷款, 7天) >= 60", 1, "括号里只写一个业务类别，例如 score(贷款) >= 60"),
        ("score >= 60", 1, "“score”不能比较大小"),
        ("refused(理财, 贷款)", 1, "括号里只写一个业务类别"),
        ("branch(", 7, "请补上机构名称或机构号和右括号，例如 branch(柳河支行)"),
        ("has_owner(", 10, "请补上右括号，例如 has_owner()"),
        ("refused(理财", 10, "补上右括号"),
        ("refused(理财 贷款)", 12, "括号里只写一个业务类别"),
        ("refused()", 1, "括号里少了业务类别"),
        ("refused", 1, "例如 refused(理财)"),
        ("refused(期货)", 9, "没有“期货”这个业务类别"),
        ("stage(沉睡)", 7, "没有“沉睡”这个客户阶段"),
        ("银发 代发工资", 4, "“代发工资”前面少了 and"),
        ("银发 (代发工资)", 1, "没有“银发(…)”这种写法"),
        ("(银发", 3, "少了右括号"),
        ("银发)", 3, "多了一个右括号"),
        ("银发 and", 6, "“and”后面没有写完"),
        ("and 银发", 1, "“and”前面少了标签或条件"),
        ("a and or b", 7, "“or”前面少了"),
        ("a and (not )", 12, "“not”后面少了"),
        ("()", 2, "括号里是空的"),
        ("(", 1, "左括号后面没有写完"),
        ("aum >=", 6, "“>=”后面少了数字"),
        ("aum => 50000", 6, "没有“=>”这种写法，比较请用 >、>="),
        ("aum >= (5)", 8, "“>=”后面要写数字"),
        ("aum > 银发", 7, "“银发”不是数字"),
        ("aum > 5岁", 7, "“5岁”不是数字"),
        ("aum >= 5.123", 8, "最多写到分"),
        ("aum >= 200亿", 8, "最多 100 亿元"),
        ("age >= 60.5", 8, "0 到 150 的整数"),
        ("银发 >= 5", 1, "“银发”不能比较大小"),
        (">= 5", 1, "“>=”前面要写 aum"),
        ("birthday(2-30)", 10, "例如 birthday(05-20)"),
        ("birthday(13)", 10, "例如 birthday(05-20)"),
        ("everyone(1)", 10, "请改成 everyone()"),
        ('"银发', 1, "引号没有成对"),
        ('""', 1, "标签名是空的"),
        ("银发，代发", 3, "请改成 and"),
        ("A+类", 2, "请加引号"),
        ("银发\x00", 3, "看不见的特殊字符"),
        ("'; DROP TABLE customers --", 1, "不认识“'”"),
        ("a" * 41, 1, "标签名超过 40 个字"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_place_and_the_fix(
    text: str, position: int, words: str
) -> None:
    message = refusal(text)
    assert message.startswith(f"第 {position} 个字附近："), message
    assert words in message


def test_an_empty_expression_is_refused_with_an_example() -> None:
    assert "请填写客群条件" in refusal(" \u3000\n")


def test_a_text_over_the_limit_is_refused_before_it_is_read() -> None:
    assert "最多 8000 个" in refusal("a or " * 1_600 + "a")


def test_too_many_terms_are_refused() -> None:
    assert parse(" or ".join(f"t{n}" for n in range(200)))
    assert "条件超过 200 个" in refusal(" or ".join(f"t{n}" for n in range(201)))


@pytest.mark.parametrize("text", ["(" * 51 + "a" + ")" * 51, "not " * 1_000 + "a", "(" * 7_000])
def test_deep_nesting_is_refused(text: str) -> None:
    assert re.search("超过 50 层", refusal(text))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("阶段 in (已加微, 活跃)", "stage(已加微) or stage(活跃)"),
        ("stage IN（已加微，活跃）", "stage(已加微) or stage(活跃)"),
        ("in_branch in (城关支行, 东关支行)", "branch(城关支行) or branch(东关支行)"),
        ("tag in (银发, 亲子) and aum >= 5", "(银发 or 亲子) and aum >= 5"),
        ("not 标签 in (银发, 亲子)", "not (银发 or 亲子)"),
        ("标签 in (银发)", "银发"),
        ("标签 in (银发, 银发)", "银发"),
        ('"in" and 银发', '"in" and 银发'),
    ],
)
def test_a_list_after_in_is_conditions_joined_by_or(text: str, meant: str) -> None:
    node = parse(text)
    assert node == parse(meant)
    assert parse(to_text(node)) == node


@pytest.mark.parametrize(
    ("text", "position", "fix"),
    [
        ("年龄 in (30, 40)", 1, "“年龄”不能用 in 列出"),
        ("银发 and 等级 in (C3)", 8, "“等级”不能用 in 列出"),
        ("阶段 in", 5, "in 后面要写括号"),
        ("阶段 in (活跃", 9, "in 后面要写括号"),
        ("阶段 in 活跃", 7, "in 的写法是"),
        ("阶段 in ()", 8, "in 的写法是"),
        ("in (活跃)", 1, "in 的写法是"),
        ("阶段 in (活跃, 睡着)", 12, "睡着"),
    ],
)
def test_a_list_after_in_that_is_wrong_names_the_place(text: str, position: int, fix: str) -> None:
    said = refusal(text)
    assert said.startswith(f"第 {position} 个字附近：")
    assert fix in said
