"""A tag expression written back: as the text it parses from, and as a Chinese sentence."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from contenthub.customers.behaviour import ACTS
from contenthub.customers.holdings import PRODUCTS
from contenthub.customers.stages import STAGES
from contenthub.customers.tagtree import (
    PAST,
    WITHIN,
    Age,
    And,
    Aum,
    Birthday,
    Branch,
    Club,
    Consented,
    Did,
    Everyone,
    Grid,
    HasOwner,
    Holds,
    InSegment,
    Merchant,
    Node,
    Not,
    Or,
    Owner,
    Refused,
    Score,
    Stage,
    TagIs,
    Within,
)
from contenthub.customers.tagwords import quoted
from contenthub.tenants.topics import TOPICS


def to_text(node: Node) -> str:
    """Return the text of the tree; `tagexpr.parse` of it gives the same tree again."""
    if isinstance(node, And):
        return " and ".join(_grouped(item) for item in node.items)
    if isinstance(node, Or):
        return " or ".join(_grouped(item) for item in node.items)
    if isinstance(node, Not):
        return f"not {_grouped(node.item)}"
    return _TEXTS[type(node)](node)


def _grouped(node: Node) -> str:
    return f"({to_text(node)})" if isinstance(node, And | Or) else to_text(node)


def yuan(fen: int) -> str:
    """Return an amount in yuan as an expression or a cell of a file says it."""
    return str(fen // 100) if fen % 100 == 0 else f"{Decimal(fen) / 100:.2f}"


def _topic(node: Refused | Consented | Score) -> str:
    return TOPICS.get(node.topic, node.topic)


def _stage(node: Stage) -> str:
    return STAGES.get(node.name, node.name)


def _did(node: Did) -> str:
    about = "" if node.topic is None else f"业务={TOPICS.get(node.topic, node.topic)}, "
    often = "" if node.times == 1 else f" >= {node.times}"
    return f"did({ACTS.get(node.act, node.act)}, {about}{node.days}天){often}"


def _day(node: Birthday) -> str:
    return f"{node.month:02}" if node.day is None else f"{node.month:02}-{node.day:02}"


_TEXTS: dict[type, Callable[[Any], str]] = {
    TagIs: lambda node: quoted(node.name),
    Refused: lambda node: f"refused({_topic(node)})",
    Consented: lambda node: f"consented({_topic(node)})",
    Branch: lambda node: f"branch({quoted(node.name)})",
    Owner: lambda node: f"owner({quoted(node.no)})",
    Club: lambda node: f"club({quoted(node.name)})",
    InSegment: lambda node: f"segment({quoted(node.name)})",
    HasOwner: lambda node: "has_owner()",
    Aum: lambda node: f"aum {node.op} {yuan(node.fen)}",
    Age: lambda node: f"age {node.op} {node.years}",
    Birthday: lambda node: f"birthday({_day(node)})",
    Stage: lambda node: f"stage({_stage(node)})",
    Did: _did,
    Holds: lambda node: f"holds({PRODUCTS.get(node.product, node.product)})",
    Grid: lambda node: f"grid({quoted(node.name)})",
    Merchant: lambda node: "merchant()",
    Within: lambda node: f"{WITHIN.get(node.what, node.what)} within {node.days}天",
    Score: lambda node: f"score({_topic(node)}) {node.op} {node.points}",
    Everyone: lambda node: "everyone()",
}

COMPARED: dict[str, str] = {
    ">=": "不低于",
    "<=": "不超过",
    ">": "高于",
    "<": "低于",
    "=": "等于",
    "!=": "不等于",
}


def said(node: Node) -> str:
    """Return the expression, or one condition of it, in Chinese words."""
    return _said(node, denied=False)


def describe(node: Node) -> str:
    """Return one Chinese sentence that tells a reviewer whom the expression reaches."""
    return f"{said(node)}的客户"


def _said(node: Node, *, denied: bool) -> str:
    if isinstance(node, Not):
        return _said(node.item, denied=not denied)
    if isinstance(node, And | Or):
        joint = "，并且" if isinstance(node, And) else "，或者"
        said = joint.join(_inner(item) for item in node.items)
        return f"不是〔{said}〕" if denied else said
    yes, no = _SAYINGS[type(node)](node)
    return no if denied else yes


def _inner(node: Node) -> str:
    said = _said(node, denied=False)
    return f"〔{said}〕" if isinstance(node, And | Or) else said


def _money(fen: int) -> str:
    whole = Decimal(fen) / 100
    if fen and fen % 1_000_000 == 0:
        return f"{fen // 1_000_000:,} 万元"
    return f"{whole:,.0f} 元" if fen % 100 == 0 else f"{whole:,.2f} 元"


def _compared(what: str, node: Aum | Age | Score, amount: str) -> tuple[str, str]:
    yes = f"{what}{COMPARED[node.op]} {amount}"
    return yes, f"不满足“{yes}”"


def _birthday_said(node: Birthday) -> tuple[str, str]:
    when = f"{node.month} 月" + ("" if node.day is None else f" {node.day} 日")
    return f"生日在 {when}", f"生日不在 {when}"


_DONE = {
    "viewed": "浏览过{}内容",
    "shared": "转发过{}内容",
    "left": "在{}内容里留过手机号",
    "signed_up": "报名过{}活动或权益",
    "attended": "到过{}活动现场",
    "visited": "被走访谈过{}",
    "roadshow": "参加过{}路演",
}


def _did_said(node: Did) -> tuple[str, str]:
    about = "" if node.topic is None else TOPICS.get(node.topic, node.topic)
    when, what = f"近 {node.days} 天", _DONE[node.act].format(about)
    if node.times == 1:
        return f"{when}{what}", f"{when}没有{what}"
    return f"{when}{what}至少 {node.times} 次", f"{when}{what}不到 {node.times} 次"


_PASSED = {"contacted": "联系过", "added": "加过企业微信"}


def _within_said(node: Within) -> tuple[str, str]:
    if node.what in PAST:
        did = f"近 {node.days} 天{{}}{_PASSED[node.what]}"
        return did.format(""), did.format("没有")
    what = f"未来 {node.days} 天内{{}}{WITHIN.get(node.what, node.what)}"
    if node.what.endswith("birthday"):
        what = f"未来 {node.days} 天内{{}}过{WITHIN[node.what]}"
    return what.format(""), what.format("不")


_SAYINGS: dict[type, Callable[[Any], tuple[str, str]]] = {
    TagIs: lambda node: (f"有“{node.name}”标签", f"没有“{node.name}”标签"),
    Refused: lambda node: (
        f"拒绝过{_topic(node)}",
        f"没有拒绝{_topic(node)}",
    ),
    Consented: lambda node: (
        f"同意接收{_topic(node)}信息",
        f"没有同意接收{_topic(node)}信息",
    ),
    Branch: lambda node: (f"属于“{node.name}”（含下级机构）", f"不属于“{node.name}”（含下级机构）"),
    Club: lambda node: (f"是“{node.name}”会员", f"不是“{node.name}”会员"),
    InSegment: lambda node: (f"在客群“{node.name}”里", f"不在客群“{node.name}”里"),
    Owner: lambda node: (f"客户经理是 {node.no}", f"客户经理不是 {node.no}"),
    HasOwner: lambda node: ("有客户经理", "没有客户经理"),
    Aum: lambda node: _compared("资产", node, _money(node.fen)),
    Age: lambda node: _compared("年龄", node, f"{node.years} 岁"),
    Birthday: _birthday_said,
    Stage: lambda node: (
        f"处于{_stage(node)}阶段",
        f"不处于{_stage(node)}阶段",
    ),
    Did: _did_said,
    Holds: lambda node: (
        f"持有{PRODUCTS.get(node.product, node.product)}",
        f"没有{PRODUCTS.get(node.product, node.product)}",
    ),
    Grid: lambda node: (f"住在“{node.name}”村（网格）", f"不住在“{node.name}”村（网格）"),
    Merchant: lambda node: ("是商户", "不是商户"),
    Within: _within_said,
    Score: lambda node: _compared(f"{_topic(node)}需求评分", node, f"{node.points} 分"),
    Everyone: lambda node: ("全部", "不存在"),
}
