"""Idea: a cadence on its way from one bank to another: copied, its items made local, merged.

Its wording is JSON-safe: title, topic, purpose and steps; a step names its item by the source's
id and title, so that a member finds its own, and a reader sees which is meant.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contenthub.library.diff import FieldDiff, segments

PARTS = {"title": "名称", "topic": "业务类别", "purpose": "用途", "steps": "步骤"}


@dataclass(frozen=True, slots=True)
class Local:
    """Steps that name this bank's items, and the titles of those it has not taken over."""

    steps: list[dict[str, Any]]
    missing: list[str]


def wording(
    *,
    title: str,
    topic: str,
    purpose: str,
    steps: Sequence[Mapping[str, Any]],
    titles: Mapping[str, str],
) -> dict[str, Any]:
    """Return a cadence as data; `titles` are those of the items its steps bring, by id."""
    told = [{**step, "item_title": titles.get(step["item_id"], "")} for step in steps]
    return {
        "kind": "cadence",
        "title": title,
        "topic": topic,
        "purpose": purpose,
        "steps": told,
    }


def item_ids(data: Mapping[str, Any]) -> list[str]:
    """Return the source's ids of the items that a cadence brings, each once."""
    return list(dict.fromkeys(step["item_id"] for step in data["steps"] if step["item_id"]))


def localised(steps: Sequence[Mapping[str, Any]], own: Mapping[str, str]) -> Local:
    """Return steps that name this bank's items; `own` is the source's id -> this bank's."""
    found, missing = [], []
    for step in steps:
        named = step["item_id"]
        if named and named not in own:
            missing.append(str(step.get("item_title") or named))
        plain = {name: value for name, value in step.items() if name != "item_title"}
        found.append({**plain, "item_id": own.get(named, "") if named else ""})
    return Local(found, missing)


def own_changes(base: Mapping[str, Any], ours: Mapping[str, Any]) -> list[str]:
    """Return the parts this bank changed since it took the cadence over; its items aside."""
    return [part for part in PARTS if _told(base, part) != _told(ours, part)]


def merged(
    base: Mapping[str, Any], ours: Mapping[str, Any], theirs: Mapping[str, Any], *, keep_own: bool
) -> dict[str, Any]:
    """Return the source's parts, those of `ours` kept that it alone changed with `keep_own`.

    The steps of `theirs` are localised already.
    """
    kept = own_changes(base, ours) if keep_own else []
    stays = [part for part in kept if _told(base, part) == _told(theirs, part)]
    return {part: (ours if part in stays else theirs)[part] for part in PARTS}


def changes(base: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[FieldDiff]:
    """Return what the source changed, step by step and word by word."""
    before, after = _shown(base), _shown(theirs)
    found = []
    for name in {**before, **after}:
        one, two = before.get(name, ""), after.get(name, "")
        if one != two:
            found.append(FieldDiff(name, name, one, two, tuple(segments(one, two))))
    return found


def _told(data: Mapping[str, Any], part: str) -> Any:
    if part != "steps":
        return data[part]
    return [(s["day_from"], s["day_to"], s["reason"], s["todo"]) for s in data["steps"]]


def _shown(data: Mapping[str, Any]) -> dict[str, str]:
    found = {PARTS[part]: str(data[part]) for part in ("title", "purpose")}
    for no, step in enumerate(data["steps"], start=1):
        brought = step.get("item_title")
        found[f"第 {no} 步"] = "\n".join(
            [
                f"第 {step['day_from']}–{step['day_to']} 天：{step['reason']}",
                step["todo"],
                *([f"用到：{brought}"] if brought else []),
            ]
        )
    return found
