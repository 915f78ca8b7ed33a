"""Idea: what of a wording the bank itself still has to fill in before anybody may review it.

A wording that came from a kit leaves out what differs from bank to bank: its local fields
(rate, phone, place …) are empty, and 【待填：…】 stands in its text where a word is missing.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from contenthub.errors import Conflict, Invalid
from contenthub.library import kinds, richtext

MARK = re.compile(r"【待填[:：]?([^【】]{0,40})】")


class HeldBack(Conflict):
    """The bank it came from has taken the wording back; a newer one of its has to be taken over."""

    code = "held_back"
    title = "上级行已经下架这条内容，不能再提交或通过；上级发布新版后，请先合并新版"


def left(title: str, fields: Mapping[str, Any], body: str) -> dict[str, list[str]]:
    """Return part (`title`, `fields.NAME`, `body`) -> what is to be filled in there."""
    texts = {"title": title, "body": richtext.plain(body) if body else ""}
    texts |= {f"fields.{name}": _words(value) for name, value in fields.items()}
    found = {part: MARK.findall(text) for part, text in texts.items()}
    return {part: [word.strip() for word in words] for part, words in found.items() if words}


def unfilled(must_fill: Iterable[str], fields: Mapping[str, Any]) -> list[str]:
    """Return the names of fields the bank must fill in and has not."""
    return [name for name in must_fill if fields.get(name) in (None, "", [], {})]


def open_labels(
    must_fill: Iterable[str],
    kind: str,
    topic: str,
    *,
    title: str,
    fields: Mapping[str, Any],
    body: str,
) -> list[str]:
    """Return what is still to be filled in, in a clerk's words, each once."""
    labels = [kinds.field(kind, topic, name).label for name in unfilled(must_fill, fields)]
    marked = left(title, fields, body).values()
    return list(
        dict.fromkeys([*labels, *(word or "正文空白处" for words in marked for word in words)])
    )


def check_filled(
    must_fill: Iterable[str],
    kind: str,
    topic: str,
    *,
    title: str,
    fields: Mapping[str, Any],
    body: str,
) -> None:
    """Raise Invalid naming every local field and every 【待填】 that is still open."""
    wrong = {}
    for name in unfilled(must_fill, fields):
        label = kinds.field(kind, topic, name).label
        wrong[f"fields.{name}"] = f"“{label}”因行而异，请按本行的实际情况填写后再提交"
    for part, words in left(title, fields, body).items():
        named = "、".join(word or "空白处" for word in words[:3])
        wrong[part] = f"还有待填的地方（{named}），请把【待填】换成本行的内容后再提交"
    if wrong:
        raise Invalid(fields=wrong)


def _words(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return "\n".join(map(_words, value.values()))
    if isinstance(value, list):
        return "\n".join(map(_words, value))
    return ""
