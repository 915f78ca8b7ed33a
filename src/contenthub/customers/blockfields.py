"""Idea: what can be set of each kind of condition in the builder, and how that is read back.

Fields become the text of one condition and are read by the parser: a field is refused in the
same words as the text. Another kind of condition is one entry in each table.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from contenthub.customers.behaviour import ACTS, MAX_DAYS, MAX_TIMES
from contenthub.customers.holdings import PRODUCTS
from contenthub.customers.scoring import MAX_SCORE, SCORED
from contenthub.customers.stages import STAGES
from contenthub.customers.tagexpr import parse
from contenthub.customers.tagtext import COMPARED, yuan
from contenthub.customers.tagtree import (
    MAX_WITHIN_DAYS,
    WITHIN,
    Age,
    Aum,
    Birthday,
    Branch,
    Club,
    Consented,
    Did,
    Everyone,
    ExpressionInvalid,
    Grid,
    HasOwner,
    Holds,
    InSegment,
    Merchant,
    Node,
    Owner,
    Refused,
    Score,
    Stage,
    TagIs,
    Within,
)
from contenthub.customers.tagwords import EXAMPLES, quoted
from contenthub.tenants.topics import TOPICS

_PLACE = re.compile(r"^第 \d+ 个字附近：")


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to set: its choices, or the words of the bank (`words`), or what is typed."""

    name: str
    label: str
    choices: tuple[tuple[str, str], ...] = ()
    words: str = ""
    unit: str = ""
    most: int = 0
    """Of a whole number: the largest; 0 for anything else."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of condition: what a clerk calls it, what is set of it, its text."""

    node: type[Any]
    group: str
    label: str
    fields: tuple[Field, ...]
    text: Callable[[Mapping[str, str]], str]
    fresh: str
    """The text of a new one; of a kind whose field has the bank's words, the first of them."""
    values: Callable[[Any], dict[str, str]] | None = None
    """What the fields hold of one, when they are not called as the parts of its node."""


_OPERATOR = Field("op", "比较", tuple(COMPARED.items()))
_TOPICS = tuple(TOPICS.items())


def _call(function: str, node: type[Any], group: str, label: str, *fields: Field) -> Kind:
    """Return a kind whose text is a function of the one thing that is set, or of nothing."""
    name = fields[0].name if fields else ""

    def text(got: Mapping[str, str]) -> str:
        return f"{function}({quoted(got.get(name, '').strip()) if name else ''})"

    of_bank = any(field.words for field in fields)
    return Kind(node, group, label, fields, text, "" if of_bank else EXAMPLES[function])


def _compared(field: str) -> Callable[[Mapping[str, str]], str]:
    return lambda got: f"{field} {got.get('op', '')} {got.get('value', '').strip()}"


def _did_text(got: Mapping[str, str]) -> str:
    about = f"业务={got['topic']}, " if got.get("topic") else ""
    times = got.get("times", "1")
    often = "" if times == "1" else f" >= {times}"
    return f"did({got.get('act', '')}, {about}{got.get('days', '').strip()}天){often}"


def _day_text(got: Mapping[str, str]) -> str:
    day = f"-{got['day']}" if got.get("day") else ""
    return f"birthday({got.get('month', '')}{day})"


KINDS: dict[str, Kind] = {
    "tag": Kind(
        TagIs,
        "标签",
        "有标签",
        (Field("name", "标签", words="tags"),),
        lambda got: quoted(got.get("name", "").strip()),
        "",
    ),
    "aum": Kind(
        Aum,
        "资料",
        "资产",
        (_OPERATOR, Field("value", "资产", unit="元")),
        _compared("aum"),
        EXAMPLES["aum"],
        lambda leaf: {"op": leaf.op, "value": yuan(leaf.fen)},
    ),
    "age": Kind(
        Age,
        "资料",
        "年龄",
        (_OPERATOR, Field("value", "年龄", unit="岁", most=150)),
        _compared("age"),
        EXAMPLES["age"],
        lambda leaf: {"op": leaf.op, "value": str(leaf.years)},
    ),
    "birthday": Kind(
        Birthday,
        "资料",
        "生日在",
        (
            Field("month", "月", tuple((str(n), f"{n} 月") for n in range(1, 13))),
            Field("day", "日", (("", "整个月"), *((str(n), f"{n} 日") for n in range(1, 32)))),
        ),
        _day_text,
        "birthday(1)",
    ),
    "within": Kind(
        Within,
        "资料",
        "日子临近",
        (
            Field("what", "什么日子", tuple(WITHIN.items())),
            Field("days", "天数", unit="天内", most=MAX_WITHIN_DAYS),
        ),
        lambda got: f"{got.get('what', '')} within {got.get('days', '').strip()}天",
        EXAMPLES["within"],
    ),
    "holds": _call(
        "holds", Holds, "资料", "持有产品", Field("product", "产品", tuple(PRODUCTS.items()))
    ),
    "stage": _call(
        "stage", Stage, "资料", "客户阶段", Field("name", "阶段", tuple(STAGES.items()))
    ),
    "grid": _call("grid", Grid, "资料", "村或网格", Field("name", "村或网格", words="grids")),
    "merchant": _call("merchant", Merchant, "资料", "是商户"),
    "did": Kind(
        Did,
        "行为",
        "做过",
        (
            Field("act", "行为", tuple(ACTS.items())),
            Field("topic", "业务", (("", "任何业务"), *_TOPICS)),
            Field("days", "天数", unit="天内", most=MAX_DAYS),
            Field(
                "times",
                "次数",
                tuple((str(n), f"至少 {n} 次") for n in range(1, MAX_TIMES + 1)),
            ),
        ),
        _did_text,
        "did(浏览, 90天)",
    ),
    "score": Kind(
        Score,
        "行为",
        "需求评分",
        (
            Field("topic", "业务", tuple(SCORED.items())),
            _OPERATOR,
            Field("points", "评分", unit="分", most=MAX_SCORE),
        ),
        lambda got: (
            f"score({got.get('topic', '')}) {got.get('op', '')} {got.get('points', '').strip()}"
        ),
        EXAMPLES["score"],
    ),
    "refused": _call("refused", Refused, "意愿", "拒绝业务", Field("topic", "业务", _TOPICS)),
    "consented": _call("consented", Consented, "意愿", "同意接收", Field("topic", "业务", _TOPICS)),
    "branch": _call(
        "branch", Branch, "归属", "机构（含下级）", Field("name", "机构", words="branches")
    ),
    "owner": _call("owner", Owner, "归属", "客户经理工号", Field("no", "工号", words="owners")),
    "has_owner": _call("has_owner", HasOwner, "归属", "有客户经理"),
    "club": _call("club", Club, "客群", "俱乐部会员", Field("name", "俱乐部", words="clubs")),
    "segment": _call(
        "segment", InSegment, "客群", "已保存的客群", Field("name", "客群", words="segments")
    ),
    "everyone": _call("everyone", Everyone, "客群", "全部客户"),
}
_OF = {kind.node: slug for slug, kind in KINDS.items()}


def kind_of(leaf: Node) -> str:
    """Return the slug of a condition's kind."""
    return _OF.get(type(leaf), "")


def fields_of(leaf: Node) -> dict[str, str]:
    """Return what is set of a condition, as the fields hold it."""
    about = KINDS[kind_of(leaf)]
    if about.values:
        return about.values(leaf)
    found = {field.name: getattr(leaf, field.name) for field in about.fields}
    return {name: "" if value is None else str(value) for name, value in found.items()}


def leaf_of(kind: str, fields: Mapping[str, str]) -> Node:
    """Return the condition that the fields say.

    Raises ExpressionInvalid (field `expr`) that names the kind and the fix.
    """
    about = KINDS.get(kind)
    if about is None:
        raise ExpressionInvalid.whole("没有这种条件，请重新选择")
    try:
        made = parse(about.text(fields))
    except ExpressionInvalid as error:
        raise ExpressionInvalid.whole(
            f"{about.label}：{_PLACE.sub('', error.fields['expr'])}"
        ) from None
    if type(made) is not about.node:
        raise ExpressionInvalid.whole(f"{about.label}：填的内容读不懂，请核对后重填")
    return made


def fresh(kind: str, words: Mapping[str, list[str]]) -> Node:
    """Return a new condition of a kind, set to something the bank has.

    Raises ExpressionInvalid when the bank has none of it, or there is no such kind.
    """
    about = KINDS.get(kind)
    if about is None:
        raise ExpressionInvalid.whole("没有这种条件，请重新选择")
    if about.fresh:
        return parse(about.fresh)
    field = about.fields[0]
    some = words.get(field.words)
    if not some:
        raise ExpressionInvalid.whole(f"本行还没有{field.label}，请先添加，或选别的条件")
    return leaf_of(kind, {field.name: some[0]})
