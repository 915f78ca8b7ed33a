"""Idea: a list that others made of our customers: what their model says, or what they did offline.

A line names a customer by phone or customer number. What is the same for the whole list (its
source, its day, the topic) is said once, beside the file, unless a column says it line by line.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from msgspec import Struct

from contenthub.customers import factvalues, rowvalues, scoring
from contenthub.customers.behaviour import MAX_DAYS, OFFLINE
from contenthub.customers.rows import Field, shown_field
from contenthub.customers.rowvalues import CellInvalid
from contenthub.errors import Invalid
from contenthub.tenants.topics import TOPICS, topic_slug
from contenthub.uploads.sorts import RowProblem

SCORES, ACTS = "scores", "acts"
KINDS: dict[str, str] = {SCORES: "模型结果", ACTS: "线下活动"}
FIELDS: dict[str, tuple[Field, ...]] = {
    SCORES: (
        Field("phone", "手机号", False),
        Field("crm_no", "客户号", False),
        Field("topic", "业务类别", False),
        Field("points", "分数", True),
    ),
    ACTS: (
        Field("phone", "手机号", False),
        Field("crm_no", "客户号", False),
        Field("topic", "业务类别", False),
        Field("act", "做了什么", False),
        Field("day_on", "日期", False),
    ),
}
SYNONYMS: dict[str, tuple[str, ...]] = {
    "phone": (
        *("手机号", "手机", "手机号码", "客户手机号", "联系电话", "移动电话", "电话"),
        *("联系方式", "电话号码", "phone", "mobile"),
    ),
    "crm_no": ("客户号", "客户编号", "核心客户号", "ecif号", "ecif客户号", "客户id", "customerno"),
    "topic": ("业务类别", "业务", "业务类型", "产品类别", "产品大类", "模型", "topic"),
    "points": (
        *("分数", "评分", "得分", "模型得分", "模型评分", "分值", "概率", "响应概率"),
        *("购买概率", "score", "probability"),
    ),
    "act": ("做了什么", "行为", "类型", "活动类型", "名单类型", "act"),
    "day_on": ("日期", "活动日期", "走访日期", "到场日期", "参加日期", "时间", "date"),
}
SCALES: dict[str, str] = {"100": "0 到 100 分", "1": "0 到 1 的概率", "1000": "0 到 1000 分"}
HOLDS_DAYS = 90
"""How long a model's result holds, until a bank says otherwise."""
MOST_DAYS = 366
MAX_SOURCE_CHARS = 40
_ACTS = {word: slug for slug, word in OFFLINE.items()} | {
    "参加": "attended",
    "到场签到": "attended",
    "拜访": "visited",
    "上门": "visited",
    "外拓": "roadshow",
}


class Wish(Struct, frozen=True):
    """What holds for a whole list."""

    kind: str
    source: str
    said_on: date
    """The day a model's result is of, or the day of what was done without one of its own."""
    topic: str = ""
    act: str = ""
    until_on: date | None = None
    """The last day on which a model's result counts."""
    half_life_days: int | None = None
    scale: int = 100


class ListRow(NamedTuple):
    """One line: who, of which topic, and how many points or what was done when."""

    line: int
    phone: str
    crm_no: str
    topic: str
    points: int = 0
    act: str = ""
    on: date = date.min


def fields_of(kind: str) -> tuple[Field, ...]:
    """Return the fields of a kind of list; raises Invalid (`kind`) for another."""
    if kind not in FIELDS:
        known = "、".join(f"{slug}（{word}）" for slug, word in KINDS.items())
        raise Invalid.of("kind", f"请从这些里选：{known}")
    return FIELDS[kind]


def check_wish(
    kind: str, said: Mapping[str, str], mapping: Mapping[str, str], *, today: date
) -> Wish:
    """Return what holds for a list as somebody chose it (name -> text).

    Raises Invalid naming each field that is wrong, or said neither here nor by a column.
    """
    fields_of(kind)
    wrong: dict[str, str] = {}
    found: dict[str, object] = {"kind": kind, "said_on": today}
    if not {"phone", "crm_no"} & set(mapping):
        wrong["mapping.phone"] = "请指定手机号或客户号是哪一列，用来找到客户"
    for name, read in _readers(kind, mapping, today).items():
        text = rowvalues.cleaned(said.get(name, ""))
        try:
            found[name] = read(text)
        except Invalid as error:
            wrong[name] = error.detail
    if wrong:
        raise Invalid(fields=wrong)
    return Wish(**found)  # type: ignore[arg-type]  # each reader gives its field's type


def _readers(
    kind: str, mapping: Mapping[str, str], today: date
) -> dict[str, Callable[[str], object]]:
    always: dict[str, Callable[[str], object]] = {
        "source": _source,
        "topic": lambda text: _or_column(text, "topic", mapping, _topic_of(kind)),
    }
    if kind == ACTS:
        return always | {
            "act": lambda text: _or_column(text, "act", mapping, act_of),
            "said_on": lambda text: _act_day(text, today, mapping),
        }
    return always | {
        "said_on": lambda text: factvalues.past_day(text, today) if text else today,
        "until_on": lambda text: _until(text, today),
        "half_life_days": _half_life,
        "scale": _scale,
    }


def _source(text: str) -> str:
    if not text:
        raise CellInvalid("请写明这份名单的来源，例如“零售贷款模型”或“河东村路演”")
    return rowvalues.plain_text(text, most_chars=MAX_SOURCE_CHARS)


def _or_column(text: str, name: str, mapping: Mapping[str, str], read: Callable[[str], str]) -> str:
    if text:
        return read(text)
    if name not in mapping:
        raise CellInvalid("请选一个，或指定文件里的哪一列写着它")
    return ""


def _topic_of(kind: str) -> Callable[[str], str]:
    return scoring.scored_slug if kind == SCORES else topic_slug


def act_of(word: str) -> str:
    """Return the slug of something done offline; raises CellInvalid naming all."""
    slug = word if word in OFFLINE else _ACTS.get(word)
    if slug is None:
        raise CellInvalid(f"没有“{word[:20]}”，请填：{'、'.join(OFFLINE.values())}")
    return slug


def _act_day(text: str, today: date, mapping: Mapping[str, str]) -> date:
    if not text:
        if "day_on" not in mapping:
            raise CellInvalid("请填写活动是哪天，或指定文件里的日期列")
        return today
    return _recent(factvalues.past_day(text, today), today)


def _recent(on: date, today: date) -> date:
    if on <= today - timedelta(days=MAX_DAYS):
        raise CellInvalid(f"{on} 已超过 {MAX_DAYS} 天，条件和评分都不再看，不用导入")
    return on


def _until(text: str, today: date) -> date:
    on = rowvalues.last_day(text) if text else today + timedelta(days=HOLDS_DAYS)
    if not today <= on <= today + timedelta(days=MOST_DAYS):
        raise CellInvalid(f"请填写今天到 {MOST_DAYS} 天以内的一天，过了这天就不再计分")
    return on


def _half_life(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= scoring.MAX_HALF_LIFE_DAYS):
        raise CellInvalid(f"请填写 1 到 {scoring.MAX_HALF_LIFE_DAYS} 的整数，或留空（不递减）")
    return int(text)


def _scale(text: str) -> int:
    if text not in ("", *SCALES):
        raise CellInvalid(f"请从这些里选：{'、'.join(SCALES.values())}")
    return int(text or 100)


def read_row(raw: Mapping[str, str], wish: Wish, *, line: int, today: date) -> ListRow | RowProblem:
    """Return what one line (field -> cell) says, or its first problem."""
    field = ""
    try:
        field = "phone"
        phone = _cell(raw, field, rowvalues.phone_number)
        field = "crm_no"
        crm_no = _cell(raw, field, rowvalues.code_word)
        if not phone and not crm_no:
            raise CellInvalid("手机号和客户号都是空的，请至少填一个")
        field = "topic"
        topic = _cell(raw, field, _topic_of(wish.kind)) or wish.topic
        if not topic:
            raise CellInvalid(f"是空的，请填：{'、'.join(TOPICS.values())}")
        if wish.kind == SCORES:
            field = "points"
            points = _points(rowvalues.cleaned(raw.get(field, "")), wish.scale)
            return ListRow(line, phone, crm_no, topic, points)
        field = "act"
        act = _cell(raw, field, act_of) or wish.act
        if not act:
            raise CellInvalid(f"是空的，请填：{'、'.join(OFFLINE.values())}")
        field = "day_on"
        on = _day(rowvalues.cleaned(raw.get(field, "")), wish, today)
        return ListRow(line, phone, crm_no, topic, 0, act, on)
    except Invalid as wrong:
        shown = shown_field(field, raw.get(field, ""))
        return RowProblem(line, field, shown, f"{label_of(wish.kind, field)}：{wrong.detail}")


def label_of(kind: str, field: str) -> str:
    """Return what a clerk reads for a field of a list."""
    return next((one.label for one in FIELDS[kind] if one.name == field), "整行")


def _cell(raw: Mapping[str, str], field: str, read: Callable[[str], str]) -> str:
    text = rowvalues.cleaned(raw.get(field, ""))
    return "" if rowvalues.is_nothing(text) else read(text)


def _day(text: str, wish: Wish, today: date) -> date:
    if rowvalues.is_nothing(text):
        return wish.said_on
    return _recent(factvalues.past_day(text, today), today)


def _points(text: str, scale: int) -> int:
    try:
        said = Decimal(text.removesuffix("分").removesuffix("%"))
    except InvalidOperation as wrong:
        raise CellInvalid(f"“{text[:20]}”不是数，请填 {SCALES[str(scale)]}") from wrong
    if not said.is_finite() or not 0 <= said <= scale:
        raise CellInvalid(f"“{text[:20]}”不在 {SCALES[str(scale)]} 以内，请核对分值范围")
    return int((said * scoring.MAX_SCORE / scale).to_integral_value(rounding="ROUND_HALF_UP"))
