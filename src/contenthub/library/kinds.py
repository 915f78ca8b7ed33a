"""Idea: the kinds of library items and the fields each has; declared once for every screen.

`KINDS` drives form, API, diff, import and page. Product fields depend on the topic.
A bank may add fields of its own (short text under a name of its choice): these are
kept and shown as written, while a near miss of a known name is refused with a hint.
"""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contenthub.errors import Invalid
from contenthub.library.itemfields import (
    CODE_PREFIXES,
    Field,
    WrongValue,
    clean_text,
    clean_value,
    plain_text,
    show,
    typed,
)
from contenthub.library.kindfields import ACTIVITY, ARTICLE, FAQ, PRODUCT, RIGHT, SCRIPT
from contenthub.tenants.banksettings import SETTINGS
from contenthub.tenants.topics import TOPICS

__all__ = [
    "KINDS",
    "Field",
    "Kind",
    "check",
    "drop_elsewhere",
    "field",
    "fields_of",
    "kind_slug",
    "show",
    "switched_off",
    "typed",
]

TITLE_MAX_CHARS = 60
_OWN_FIELDS_MAX = 20
_OWN_NAME = re.compile(r"[A-Za-z\u4e00-\u9fff][\w\u4e00-\u9fff]{0,31}")
_RANGES = (
    ("starts_at", "ends_at", "ends_at", "“结束时间”应晚于“开始时间”"),
    ("signup_until", "ends_at", "signup_until", "“报名截止”应早于“结束时间”"),
    ("starts_at", "draw_at", "draw_at", "“开奖时间”应晚于“开始时间”"),
    ("redeem_from", "redeem_until", "redeem_until", "“兑换截止”不能早于“兑换开始”"),
    ("per_person", "stock", "per_person", "“每人限领”不能多于总“份数”"),
    ("monthly_stock", "stock", "monthly_stock", "“每月份数”不能多于总“份数”"),
    (
        "monthly_per_person",
        "per_person",
        "monthly_per_person",
        "“每人每月可领”不能多于“每人限领”（共可领）",
    ),
    (
        "monthly_per_person",
        "monthly_stock",
        "monthly_per_person",
        "“每人每月可领”不能多于“每月份数”",
    ),
    ("draw_at", "prize_until", "prize_until", "“兑奖截止”不能早于“开奖时间”"),
    ("annual_rate", "annual_rate_max", "annual_rate_max", "最高利率应不低于最低利率"),
    ("raise_from", "raise_until", "raise_until", "“募集截止”不能早于“募集开始”"),
    ("insured_age_min", "insured_age_max", "insured_age_max", "年龄上限应不低于下限"),
    (
        "referral_reward_fen",
        "referral_reward_cap_fen",
        "referral_reward_cap_fen",
        "“每人奖励上限”应不低于单次“转介奖励”",
    ),
    (
        "referral_reward_cap_fen",
        "referral_reward_budget_fen",
        "referral_reward_budget_fen",
        "“奖励总预算”应不低于“每人奖励上限”",
    ),
)
"""(lower field, higher field, the one to mend, what a clerk reads)."""
_DAY_CHARS = len("2026-12-31")
_ONE_PERSON = "customer.surname"


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the libraries; `body_label` is what its rich text is called on the form."""

    slug: str
    label: str
    code_prefix: str
    body_label: str
    fields: tuple[Field, ...]


def _kind(slug: str, label: str, body_label: str, fields: tuple[Field, ...]) -> Kind:
    return Kind(slug, label, CODE_PREFIXES[slug], body_label, fields)


KINDS: dict[str, Kind] = {
    kind.slug: kind
    for kind in (
        _kind("product", "产品", "产品详情", PRODUCT),
        _kind("right", "权益", "权益说明", RIGHT),
        _kind("faq", "咨询", "补充说明", FAQ),
        _kind("activity", "活动", "活动详情", ACTIVITY),
        _kind("article", "资讯", "正文", ARTICLE),
        _kind("script", "话术", "补充说明", SCRIPT),
    )
}


SHARED_KINDS = ("product", "right", "activity", "article", "faq")
"""What has a page for customers; a script is for the employee's own mouth."""


def kind_slug(word: str) -> str:
    """Return the slug of a kind written as slug or Chinese word; raises Invalid (field `kind`)."""
    asked = word.strip()
    for kind in KINDS.values():
        if asked.lower() == kind.slug or asked.removesuffix("库") == kind.label:
            return kind.slug
    known = "、".join(kind.label for kind in KINDS.values())
    raise Invalid.of("kind", f"没有“{asked[:20]}”这类内容，请从这些里选：{known}")


def fields_of(kind: str, topic: str) -> list[Field]:
    """Return the fields of an item in form order; raises Invalid for an unknown kind or topic."""
    wrong = {}
    if kind not in KINDS:
        known = "、".join(f"{each.slug}（{each.label}）" for each in KINDS.values())
        wrong["kind"] = f"内容类型应是 {known} 之一"
    if topic not in TOPICS:
        known = "、".join(f"{slug}（{label}）" for slug, label in TOPICS.items())
        wrong["topic"] = f"业务类别应是 {known} 之一"
    if wrong:
        raise Invalid(fields=wrong)
    return [f for f in KINDS[kind].fields if not f.topics or topic in f.topics]


def field(kind: str, topic: str, name: str) -> Field:
    """Return the declaration of a field; a bank's own field comes back as plain text."""
    for known in fields_of(kind, topic):
        if known.name == name:
            return known
    return Field(name, name, "longtext", max_chars=2000)


def check(
    kind: str,
    topic: str,
    title: str,
    fields: Mapping[str, Any],
    *,
    complete: bool = True,
) -> dict[str, Any]:
    """Return the cleaned, JSON-safe values of a draft in form order, empty ones left out.

    `complete=False` (saving a draft) does not ask for required fields; submission does.
    A field may be named by its Chinese label. Raises Invalid with every wrong field at
    once; keys are `kind`, `topic`, `title` and `fields.NAME`.
    """
    known = fields_of(kind, topic)
    fields = _by_name(known, fields)
    wrong: dict[str, str] = {}
    _check_title(title, wrong)
    cleaned: dict[str, Any] = {}
    for spec in known:
        _take(spec, fields.get(spec.name), wrong, cleaned)
        if complete and spec.required and cleaned.get(spec.name) is None:
            wrong.setdefault(
                f"fields.{spec.name}", f"“{spec.label}”还没有填写。{spec.help}".strip()
            )
    names = {spec.name for spec in known}
    elsewhere = _elsewhere(kind, topic)
    for name in elsewhere.keys() & fields.keys():
        wrong[f"fields.{name}"] = elsewhere[name]
    own = [name for name in fields if name not in names and name not in elsewhere]
    _take_own(own, known, fields, wrong=wrong, cleaned=cleaned)
    _check_ranges(cleaned, known, wrong)
    _check_scene(cleaned, wrong)
    if wrong:
        raise Invalid(fields=wrong)
    return cleaned


def as_kept(kind: str, topic: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields as saving them would keep them, so that rules judge what is typed as saved.

    A value that saving would refuse stays as it was sent. Raises Invalid for an unknown kind
    or topic.
    """
    known = {spec.name: spec for spec in fields_of(kind, topic)}
    kept: dict[str, Any] = {}
    for name, value in _by_name(list(known.values()), fields).items():
        wrong: dict[str, str] = {}
        if name in known:
            _take(known[name], value, wrong, kept)
        if name not in known or wrong:
            kept[name] = value
    return kept


def _by_name(known: list[Field], fields: Mapping[str, Any]) -> dict[str, Any]:
    # Spreadsheets name their columns in Chinese, so a label stands for its field.
    meant = {label: spec.name for spec in known for label in (spec.label, *spec.was)}
    return {meant.get(name, name): value for name, value in fields.items()}


def clean_title(title: str) -> str:
    """Return a checked title as it is kept: one line, NFC."""
    return clean_text(title, TITLE_MAX_CHARS, lines=False) or ""


def _check_title(title: object, wrong: dict[str, str]) -> None:
    try:
        if plain_text(title, TITLE_MAX_CHARS) is None:
            wrong["title"] = "“标题”还没有填写，请写一句客户看得懂的名称"
    except WrongValue as error:
        wrong["title"] = f"“标题”{error}"


def _take(spec: Field, value: object, wrong: dict[str, str], cleaned: dict[str, Any]) -> None:
    try:
        kept = clean_value(spec, value)
    except WrongValue as error:
        wrong[f"fields.{spec.name}"] = f"“{spec.label}”{error}"
        return
    except Invalid as error:
        wrong[f"fields.{spec.name}"] = f"“{spec.label}”{error.detail}"
        return
    if kept is not None:
        cleaned[spec.name] = kept


def _take_own(
    names: list[str],
    known: list[Field],
    fields: Mapping[str, Any],
    *,
    wrong: dict[str, str],
    cleaned: dict[str, Any],
) -> None:
    """Take the bank's own fields; a misspelt known name must not silently become one."""
    if len(names) > _OWN_FIELDS_MAX:
        wrong["fields"] = f"自定义要素最多 {_OWN_FIELDS_MAX} 个，现在有 {len(names)} 个"
        return
    labels = {spec.label: spec for spec in known} | {spec.name: spec for spec in known}
    for name in names:
        shown = name[:32]
        if not _OWN_NAME.fullmatch(name):
            wrong[f"fields.{shown}"] = f"“{shown}”不能作要素名，请用 32 字以内的中文或字母"
            continue
        near = difflib.get_close_matches(name, list(labels), n=1, cutoff=0.8)
        if near:
            meant = labels[near[0]]
            wrong[f"fields.{name}"] = f"没有“{name}”，您要填的是“{meant.name}”（{meant.label}）吗"
            continue
        own = Field(name, name, "longtext", max_chars=2000)
        value = fields[name]
        if isinstance(value, list):
            own = Field(name, name, "list", max_chars=200)
        _take(own, str(value) if isinstance(value, (float, bool)) else value, wrong, cleaned)


def _elsewhere(kind: str, topic: str) -> dict[str, str]:
    """Return name and label -> refusal of the kind's fields that other topics have.

    Without it a loan's rate could be kept on a deposit as a field of the bank's own.
    """
    here = {spec.name for spec in fields_of(kind, topic)}
    labels = {spec.label for spec in fields_of(kind, topic)}
    found = {}
    for spec in KINDS[kind].fields:
        if spec.name not in here:
            where = "、".join(TOPICS[each] for each in TOPICS if each in spec.topics)
            why = f"“{spec.label}”只用于{where}，这条是“{TOPICS[topic]}”，请删除这一项"
            found[spec.name] = why
            if spec.label not in labels:
                found[spec.label] = why
    return found


def drop_elsewhere(kind: str, topic: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return kept fields without those that only other topics of the kind have."""
    elsewhere = _elsewhere(kind, topic)
    return {name: value for name, value in fields.items() if name not in elsewhere}


def switched_off(
    kind: str, topic: str, fields: Mapping[str, Any], settings: Mapping[str, Any]
) -> dict[str, str]:
    """Return `fields.NAME` -> refusal of what was filled in but the bank has not switched on."""
    where = "要先由管理员在“本行设置”打开"
    return {
        f"fields.{spec.name}": f"“{spec.label}”{where}“{SETTINGS[spec.setting].label}”"
        for spec in fields_of(kind, topic)
        if spec.setting and spec.name in fields and not settings.get(spec.setting)
    }


def _check_scene(cleaned: Mapping[str, Any], wrong: dict[str, str]) -> None:
    """A text for many readers has no customer to name."""
    many = cleaned.get("scene") in ("group", "moments")
    if many and _ONE_PERSON in str(cleaned.get("text", "")):
        wrong["fields.text"] = (
            "“话术”发到客户群或朋友圈，没有单个客户，请删去变量“客户姓氏”，或把场景改为一对一"
        )


def _check_ranges(cleaned: Mapping[str, Any], known: list[Field], wrong: dict[str, str]) -> None:
    names = {spec.name for spec in known}
    for low, high, blamed, fix in _RANGES:
        first, last = cleaned.get(low), cleaned.get(high)
        if low in names and high in names and first is not None and last is not None:
            if isinstance(first, str):
                # A day is compared with the day of an instant.
                first, last = first[: len(last)], last[: len(first)]
            # Equal rates are one rate, one day is a day long; equal instants leave no time.
            if first > last or (first == last and len(str(first)) > _DAY_CHARS):
                wrong[f"fields.{blamed}"] = fix
