"""Idea: a wording on its way from one bank to another: copied, made local, merged.

A wording is JSON-safe: kind, topic, title, fields, body, cover (an asset's id or ""),
valid_from and valid_until (ISO instants or "").
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from contenthub.library import kinds

_ID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
LABELS = "labels"
"""Beside a published wording: the names of the item's labels, which nobody reviews."""
PARTS = ("title", "topic", "body", "cover", "valid_from", "valid_until")


@dataclass(frozen=True, slots=True)
class Local:
    """Fields made ready for another bank, and those it has to fill in before it submits."""

    fields: dict[str, Any]
    must_fill: list[str]


def wording(
    *,
    kind: str,
    topic: str,
    title: str,
    fields: Mapping[str, Any],
    body: str,
    cover: UUID | None,
    valid_from: datetime | None,
    valid_until: datetime | None,
) -> dict[str, Any]:
    """Return a revision's columns as JSON-safe data."""
    return {
        "kind": kind,
        "topic": topic,
        "title": title,
        "fields": dict(fields),
        "body": body,
        "cover": str(cover or ""),
        "valid_from": valid_from.isoformat() if valid_from else "",
        "valid_until": valid_until.isoformat() if valid_until else "",
    }


def renamed(data: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Return JSON-safe data in which every id of `names` is another one: the member's files."""
    text = json.dumps(data, ensure_ascii=False)
    for old, new in names.items():
        text = text.replace(old, new)
    changed: dict[str, Any] = json.loads(text)
    return changed


def ids_in(data: Mapping[str, Any]) -> list[UUID]:
    """Return every id that stands anywhere in the data, each once."""
    found = dict.fromkeys(_ID.findall(json.dumps(data, ensure_ascii=False)))
    return [UUID(text) for text in found]


def localised(
    kind: str,
    topic: str,
    fields: Mapping[str, Any],
    *,
    local: Mapping[str, Any],
    codes: Mapping[str, str],
) -> Local:
    """Return another bank's fields as this one starts from them.

    Local fields hold what `local` says, never the other bank's value; codes of other items are
    those of `codes` or left out; what hangs on a setting of the bank is left out.
    """
    specs = {spec.name: spec for spec in kinds.fields_of(kind, topic)}
    kept: dict[str, Any] = {}
    must_fill: list[str] = []
    for name, value in fields.items():
        spec = specs.get(name)
        if spec is None:
            kept[name] = value
        elif spec.is_local:
            must_fill.append(name)
        elif spec.type == "item":
            if value in codes:
                kept[name] = codes[str(value)]
        elif not spec.setting:
            kept[name] = value
    for name, value in local.items():
        if name in specs and specs[name].is_local and value not in (None, "", []):
            kept[name] = value
    return Local(kept, must_fill)


def local_specs(kind: str, topic: str, fields: Mapping[str, Any]) -> list[kinds.Field]:
    """Return the local fields that the source has filled in: those to be asked for."""
    return [spec for spec in kinds.fields_of(kind, topic) if spec.is_local and spec.name in fields]


@dataclass(frozen=True, slots=True)
class Merge:
    """Three wordings: as it came, as it is here, as it is at the source."""

    base: Mapping[str, Any]
    ours: Mapping[str, Any]
    theirs: Mapping[str, Any]


def own_changes(merge: Merge) -> list[str]:
    """Return the parts this bank changed since it took the wording over, local fields aside.

    A part is `title`, `body`, … or `fields.NAME`.
    """
    base, ours = _flat(merge.base), _flat(merge.ours)
    changed = [part for part in {**base, **ours} if base.get(part) != ours.get(part)]
    return [part for part in changed if not _was_adapted(merge.base, part)]


def _was_adapted(data: Mapping[str, Any], part: str) -> bool:
    """Return whether a field differs from bank to bank without anybody's having changed it."""
    if not part.startswith("fields."):
        return False
    spec = kinds.field(data["kind"], data["topic"], part.removeprefix("fields."))
    return spec.type == "item" or bool(spec.setting)


def merged(merge: Merge, *, keep_own: bool) -> dict[str, Any]:
    """Return the source's wording with this bank's local fields.

    With `keep_own`, parts that this bank changed and the source did not stay as they are here.
    """
    theirs, ours, base = _flat(merge.theirs), _flat(merge.ours), _flat(merge.base)
    found = dict(theirs)
    if keep_own:
        for part in own_changes(merge):
            if theirs.get(part) == base.get(part):
                if part in ours:
                    found[part] = ours[part]
                else:
                    found.pop(part, None)
    fields = {part.removeprefix("fields."): value for part, value in found.items() if "." in part}
    mine = merge.ours["fields"]
    fields |= {name: mine[name] for name in mine if _is_local(merge.theirs, name)}
    parts = {part: found.get(part, "") for part in PARTS}
    fields = kinds.drop_elsewhere(merge.theirs["kind"], parts["topic"], fields)
    return {**parts, "kind": merge.theirs["kind"], "fields": fields}


def _flat(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return a wording's parts without its local fields, empty ones left out."""
    found = {part: data.get(part) for part in PARTS}
    found |= {
        f"fields.{name}": value
        for name, value in data["fields"].items()
        if not _is_local(data, name)
    }
    return {part: value for part, value in found.items() if value not in (None, "", [])}


def _is_local(data: Mapping[str, Any], name: str) -> bool:
    return kinds.field(data["kind"], data["topic"], name).is_local


def instant(text: str) -> datetime | None:
    """Return the instant that a wording's `valid_from` or `valid_until` says, or None."""
    return datetime.fromisoformat(text) if text else None
