"""Idea: the sheets of a workbook of items: one a kind, of products one a sub-kind.

Template, export and import have the same columns, all from the declared fields of kinds.py: what
was exported reads back as it was.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from contenthub.library import kinds, window
from contenthub.library.fieldtypes import Field
from contenthub.tenants.topics import TOPICS

CELL_MAX_CHARS = 32_000
"""Excel allows 32,767 in a cell."""
TOO_LONG = "（正文超过表格一格能放的字数，没有导出；保留这句话表示正文不变）"
OWN_PREFIX = "自定义："
CLEAR = "清空"
"""Written in a cell, it empties what was there."""
OWN = "own."
FIELD = "fields."
HASH_CHARS = 12
IGNORED = ("状态（不导入）", "错误原因", "出错的列", "原行号")
"""Columns of our own files that say something and are not read."""
ASIDE = ("填写说明", "选项")
"""Sheets of our own files that hold no items."""
_SYNONYMS: dict[str, tuple[str, ...]] = {
    "code": ("编号", "内容编号", "code"),
    "kind": ("类型", "内容类型", "kind"),
    "title": ("标题", "名称", "title"),
    "topic": ("业务类别", "类别", "topic"),
    "labels": ("内容标签", "标签", "labels"),
    "valid_from": ("有效期开始", "有效期自", "生效时间", "生效日期", "valid_from"),
    "valid_until": ("有效期结束", "有效期至", "失效时间", "失效日期", "valid_until"),
    "version": ("版本（请勿改）", "版本", "version"),
    "body": ("正文", "body"),
}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_HASH = re.compile(rf"([0-9a-f]{{{HASH_CHARS}}})\s*$")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `name` is `code`, `title`, `topic`, `body`, …, or `fields.NAME`."""

    name: str
    label: str
    help: str = ""
    spec: Field | None = None
    required: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """One sheet: the items of a kind whose topic has these columns."""

    name: str
    kind: str
    topics: tuple[str, ...]
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Wording:
    """What a row of an export shows of an item: its newest wording."""

    code: str
    kind: str
    topic: str
    title: str
    fields: Mapping[str, Any]
    body: str
    cover_id: UUID | None
    valid_from: datetime | None
    valid_until: datetime | None
    no: int
    hash: str
    state: str = ""
    labels: tuple[str, ...] = ()


@cache
def pages(kind: str = "") -> tuple[Page, ...]:
    """Return the sheets of a kind, or of all kinds, in the order of the library's tabs."""
    wanted = [kinds.KINDS[kind]] if kind else list(kinds.KINDS.values())
    return tuple(page for each in wanted for page in _pages_of(each))


def _pages_of(kind: kinds.Kind) -> list[Page]:
    if kind.slug != "product":
        return [Page(kind.label, kind.slug, tuple(TOPICS), _columns(kind, kind.fields))]
    alike: dict[tuple[str, ...], list[str]] = {}
    for topic in TOPICS:
        names = tuple(spec.name for spec in kinds.fields_of(kind.slug, topic))
        alike.setdefault(names, []).append(topic)
    return [
        Page(
            f"{kind.label}（{'、'.join(TOPICS[topic] for topic in topics)}）",
            kind.slug,
            tuple(topics),
            _columns(kind, kinds.fields_of(kind.slug, topics[0])),
        )
        for topics in alike.values()
    ]


def _columns(kind: kinds.Kind, specs: Iterable[Field]) -> tuple[Column, ...]:
    fields = [
        Column(FIELD + spec.name, spec.label, spec.help, spec, required=spec.required)
        for spec in specs
    ]
    day = "例如 2026-12-31 或 2026-12-31 18:00；不填表示不限"
    return (
        Column("code", "编号", "改已有的内容填它的编号，例如 P-1001；新内容不填，由系统编号"),
        Column("title", "标题", f"最多 {kinds.TITLE_MAX_CHARS} 个字", required=True),
        Column("topic", "业务类别", "从下拉框里选", required=True),
        Column("labels", "内容标签", "本行自己的标签，多个用顿号隔开；没有的会新建"),
        *fields,
        Column("body", kind.body_label, "文字，一行一段；也可以是网页格式（HTML），会去掉不安全的"),
        Column("valid_from", "有效期开始", day),
        Column("valid_until", "有效期结束", day),
        Column("version", "版本（请勿改）", "导出时带出，用来发现别人在此期间的修改；新内容不填"),
        Column("state", IGNORED[0], "只供查看"),
    )


def page_for(kind: str, topic: str) -> Page:
    """Return the sheet that an item belongs on."""
    return next(page for page in pages(kind) if topic in page.topics)


def page_named(sheet: str) -> tuple[str, str]:
    """Return kind and topic that a sheet's name tells of, each "" when it does not."""
    name = unicodedata.normalize("NFKC", sheet).strip()
    for page in pages():
        if unicodedata.normalize("NFKC", page.name) == name:
            return page.kind, page.topics[0] if len(page.topics) == 1 else ""
    word, _, rest = name.partition("(")
    for kind in kinds.KINDS.values():
        if word.strip().removesuffix("库").casefold() in (kind.label, kind.slug):
            asked = rest.rstrip(") ")
            return kind.slug, next((slug for slug, label in TOPICS.items() if label == asked), "")
    return "", ""


def folded(header: str) -> str:
    """Return a header without what does not tell it apart: spaces, stars, (必填)."""
    text = "".join(unicodedata.normalize("NFKC", header.replace("\ufeff", "")).split())
    return text.replace("*", "").replace("(必填)", "").casefold()


@cache
def headers(kind: str) -> Mapping[str, str]:
    """Return folded header -> column name for a kind, or what all kinds share for ""."""
    known = {folded(word): name for name, words in _SYNONYMS.items() for word in words}
    if kind:
        known[folded(kinds.KINDS[kind].body_label)] = "body"
        for spec in kinds.KINDS[kind].fields:
            for word in (spec.name, *spec.was, spec.label):
                known[folded(word)] = FIELD + spec.name
    return known


def column_name(kind: str, header: str) -> str | None:
    """Return which column a header means; "" for one that is not read, None for an unknown one."""
    key = folded(header)
    if not key or key in map(folded, IGNORED):
        return ""
    prefix = folded(OWN_PREFIX)
    if key.startswith(prefix):
        own = unicodedata.normalize("NFKC", header).partition(":")[2].strip()
        return OWN + own if own else None
    return headers(kind).get(key)


def label_of(kind: str, name: str) -> str:
    """Return what people call a column; an own field of the bank's by its name."""
    if name.startswith(OWN):
        return name.removeprefix(OWN)
    if name == "body" and kind in kinds.KINDS:
        return kinds.KINDS[kind].body_label
    for spec in kinds.KINDS[kind].fields if kind in kinds.KINDS else ():
        if name == FIELD + spec.name:
            return spec.label
    return _SYNONYMS[name][0] if name in _SYNONYMS else name.removeprefix(FIELD)


def tidy(text: str) -> str:
    """Return a cell's text as it is compared: what a spreadsheet program changes is the same."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def texts(shown: Wording, zone: str, *, files: Mapping[str, str]) -> dict[str, str]:
    """Return column name -> text of a wording; `files` are names of uploaded files by id."""
    found = {
        "code": shown.code,
        "title": shown.title,
        "topic": TOPICS.get(shown.topic, shown.topic),
        "labels": "、".join(shown.labels),
        "body": shown.body if len(shown.body) <= CELL_MAX_CHARS else TOO_LONG,
        "valid_from": _moment(shown.valid_from, zone),
        "valid_until": _moment(shown.valid_until, zone, is_end=True),
        "version": f"第 {shown.no} 版 {shown.hash[:HASH_CHARS]}",
        "state": shown.state,
    }
    specs = {spec.name: spec for spec in kinds.fields_of(shown.kind, shown.topic)}
    values = dict(shown.fields)
    if shown.cover_id is not None and "cover" in specs:
        values["cover"] = str(shown.cover_id)
    for name, value in values.items():
        if name in specs:
            found[FIELD + name] = _text(specs[name], value, files)
        else:
            found[OWN + name] = _own(value)
    return {name: tidy(text) for name, text in found.items()}


def _text(spec: Field, value: Any, files: Mapping[str, str]) -> str:
    if spec.type == "asset":
        return f"{files[value]}｜{value}" if value in files else str(value)
    written = kinds.typed(spec, value)
    words = dict(spec.choices)
    if isinstance(written, list):
        return "、".join(words.get(each, each) for each in written)
    if spec.type == "datetime":
        return written.replace("T", " ")
    return words.get(written, written)


def _own(value: Any) -> str:
    return "\n".join(map(str, value)) if isinstance(value, list) else str(value)


def _moment(at: datetime | None, zone: str, *, is_end: bool = False) -> str:
    return window.for_input(at, zone, is_end=is_end)[1].replace("T", " ")


def own_columns(names: Sequence[str]) -> tuple[Column, ...]:
    """Return the columns of a bank's own fields."""
    return tuple(Column(OWN + name, OWN_PREFIX + name) for name in names)


def hash_in(version: str) -> str:
    """Return the start of the hash that a version column carries, "" without one."""
    found = _HASH.search(version)
    return found[1] if found else ""
