"""Idea: a row of a workbook becomes a wording: a new one, or an item's with some columns changed.

A cell that says what the item says already changes nothing, whatever has become of the rules
since. An empty cell changes nothing either, unless the row came from an export (it carries a
version) and so is the whole wording; 清空 always empties.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from contenthub.errors import Invalid
from contenthub.library import itempages, kinds, window
from contenthub.library.itempages import CLEAR, FIELD, OWN, Wording
from contenthub.tenants.topics import TOPICS, topic_slug

_CHOICES = re.compile(r"[、,，;；\n]+")
_ASSET_ID = re.compile(r"(?:.*｜)?\s*([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\s*")
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
_ALWAYS = ("title", "topic")
"""What no item can be without; an empty cell leaves it."""
_PLAIN = ("code", "version", "state", "kind")


@dataclass(frozen=True, slots=True)
class Said:
    """What a row wants: the wording to check and keep, and the labels of what it changes."""

    kind: str
    topic: str
    title: str
    fields: dict[str, Any]
    body: str
    cover_id: UUID | None
    valid_from: datetime | None
    valid_until: datetime | None
    labels: tuple[str, ...] | None
    """Names of the labels it should have; None leaves them as they are."""
    changes: tuple[str, ...]
    is_wording: bool
    """Whether anything but its labels is another."""


def asset_names(cells: Mapping[str, str], kind: str) -> set[str]:
    """Return what a row's cells for uploaded files name, file names and ids alike."""
    specs = kinds.KINDS[kind].fields if kind in kinds.KINDS else ()
    wanted = {FIELD + spec.name for spec in specs if spec.type == "asset"}
    found = (_asset_word(cells[name]) for name in wanted & cells.keys())
    return {word for word in found if word and word != CLEAR}


def item_codes(cells: Mapping[str, str], kind: str) -> set[str]:
    """Return the codes of other items that a row's cells name, as they are kept."""
    specs = kinds.KINDS[kind].fields if kind in kinds.KINDS else ()
    wanted = {FIELD + spec.name for spec in specs if spec.type == "item"}
    return {cells[name].strip().upper() for name in wanted & cells.keys() if cells[name]}


def _asset_word(text: str) -> str:
    match = _ASSET_ID.fullmatch(text)
    if match:
        return match[1].lower()
    word = text.strip().removeprefix("/assets/")
    return word.lower() if _SHA256.fullmatch(word) else word


def said(
    cells: Mapping[str, str],
    kind: str,
    base: Wording | None,
    *,
    shown: Mapping[str, str],
    named: Mapping[str, list[str]],
    zone: str,
) -> Said:
    """Return what a row wants of `base`, or of a new item when that is None.

    `shown` are the texts an export has of `base`; `named` maps names of uploaded files to ids.
    Raises Invalid naming every wrong column.
    """
    changed = _changed(cells, base, shown)
    wrong: dict[str, str] = {}
    topic, title, body = (base.topic, base.title, base.body) if base else ("", "", "")
    if "topic" in changed or base is None:
        topic = _topic(changed.get("topic", ""), wrong)
    title = changed.get("title", title)
    body = changed.get("body", body)
    fields = dict(base.fields) if base is not None else {}
    if base is not None and topic != base.topic and topic:
        fields = kinds.drop_elsewhere(kind, topic, fields)
    cover_id = base.cover_id if base is not None else None
    if "fields.cover" in changed:
        cover_id = None
    _set_fields(fields, changed, kind, named=named, wrong=wrong)
    times = _times(changed, base, zone, wrong)
    if wrong:
        raise Invalid(fields=_wrong_too(kind, topic, title, fields=fields) | wrong)
    return Said(
        kind,
        topic,
        title,
        fields,
        body,
        cover_id,
        *times,
        labels=_labels(changed["labels"]) if "labels" in changed else None,
        changes=tuple(itempages.label_of(kind, name) for name in changed),
        is_wording=bool(changed.keys() - {"labels"}),
    )


def _wrong_too(kind: str, topic: str, title: str, *, fields: Mapping[str, Any]) -> dict[str, str]:
    """Return what else is wrong in a row that is refused anyway: one round of mending is enough.

    A row whose topic nobody knows is checked as one of a topic that has all its fields.
    """
    ours = {spec.name for spec in kinds.KINDS[kind].fields}
    known = {name: value for name, value in fields.items() if name in ours}
    fit = next((one for one in [topic or "", *TOPICS] if one and _has_all(kind, one, known)), "")
    if not fit:
        return {}
    try:
        kinds.check(kind, fit, title, known, complete=False)
    except Invalid as error:
        return dict(error.fields)
    return {}


def _has_all(kind: str, topic: str, names: Mapping[str, Any]) -> bool:
    return names.keys() <= {spec.name for spec in kinds.fields_of(kind, topic)}


def _labels(text: str) -> tuple[str, ...]:
    words = (" ".join(word.split()) for word in _CHOICES.split(text))
    return tuple(dict.fromkeys(word for word in words if word))


def _changed(
    cells: Mapping[str, str], base: Wording | None, shown: Mapping[str, str]
) -> dict[str, str]:
    """Return column -> new text of what a row changes, "" for what it empties."""
    is_whole = bool(cells.get("version")) and base is not None
    found = {}
    for name, text in cells.items():
        was = shown.get(name, "")
        if name in _PLAIN or text == was:
            continue
        if text == CLEAR:
            if was:
                found[name] = ""
        elif text or (is_whole and name not in _ALWAYS):
            found[name] = text
    return found


def _topic(word: str, wrong: dict[str, str]) -> str:
    if not word:
        wrong["topic"] = "“业务类别”还没有填写，请从下拉框里选，例如 存款"
        return ""
    try:
        return topic_slug(word)
    except Invalid as error:
        wrong["topic"] = error.fields["topic"]
        return ""


def _set_fields(
    fields: dict[str, Any],
    changed: Mapping[str, str],
    kind: str,
    *,
    named: Mapping[str, list[str]],
    wrong: dict[str, str],
) -> None:
    specs = {spec.name: spec for spec in kinds.KINDS[kind].fields}
    for column, text in changed.items():
        name = column.removeprefix(FIELD) if column.startswith(FIELD) else ""
        name = column.removeprefix(OWN) if column.startswith(OWN) else name
        if not name:
            continue
        if not text:
            fields.pop(name, None)
        elif column.startswith(FIELD) and specs[name].type == "asset":
            fields[name] = _file(specs[name], text, named, wrong)
        elif column.startswith(FIELD) and specs[name].type == "list" and specs[name].choices:
            fields[name] = [word.strip() for word in _CHOICES.split(text) if word.strip()]
        else:
            fields[name] = text


def _file(
    spec: kinds.Field, text: str, named: Mapping[str, list[str]], wrong: dict[str, str]
) -> str:
    word = _asset_word(text)
    if _ASSET_ID.fullmatch(word) or _SHA256.fullmatch(word):
        return word
    ids = named.get(word, [])
    if len(ids) == 1:
        return ids[0]
    wrong[FIELD + spec.name] = (
        f"“{spec.label}”有 {len(ids)} 个文件都叫“{word[:40]}”，请改填素材编号"
        if ids
        else f"“{spec.label}”：素材里没有名为“{word[:40]}”的文件，请先上传，再填它的文件名"
    )
    return ""


def _times(
    changed: Mapping[str, str], base: Wording | None, zone: str, wrong: dict[str, str]
) -> tuple[datetime | None, datetime | None]:
    found: list[datetime | None] = []
    for name in ("valid_from", "valid_until"):
        if name not in changed:
            found.append(getattr(base, name) if base is not None else None)
            continue
        try:
            is_end = name == "valid_until"
            found.append(window.instant(changed[name], zone, field=name, is_end=is_end))
        except Invalid as error:
            wrong |= error.fields
            found.append(None)
    return found[0], found[1]
