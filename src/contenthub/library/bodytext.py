"""Idea: an item's rich text with a few `{{ variables }}`: as it is kept, and as it is shown.

The same rules as for messages (messagetext.py): a name from a list and nothing else, no
expression, filter or call. What a variable brings in is escaped and never read again.
"""

import html as entities
import re
from collections.abc import Callable, Mapping

from contenthub.errors import Invalid
from contenthub.library import bodypictures, messagetext, richtext
from contenthub.tenants import shorttext

VARIABLES: dict[str, str] = {name: messagetext.VARIABLES[name] for name in messagetext.OF_PAGES}

_MAX = 40
_TAG = re.compile(r'<[a-zA-Z/!](?:[^<>"]|"[^"]*")*>')
_SPACE = r"(?:\s|&nbsp;|\u00a0){0,8}"
_NAMED = re.compile(rf"(?<!\{{)\{{\{{{_SPACE}([^{{}}<>]{{0,60}}?){_SPACE}\}}\}}(?!\}})")
_BRACES = re.compile(r"\{\{|\}\}")
_ODD = re.compile(r"\{%|%\}|\{#|#\}|｛\s*｛|｝\s*｝")
"""What looks like a variable to its author, and to nobody else."""


def kept(html: str) -> str:
    """Return a draft's body as it may be stored: cleaned, its variables known and in one form.

    Raises:
        Invalid: as richtext.clean; an unknown or broken variable (field `body`), with the list.
    """
    cleaned = richtext.clean(shorttext.unturned(html), places=True)
    _in_text(cleaned, _refuse_odd)
    if "{{" not in cleaned and "}}" not in cleaned:
        return cleaned
    count = 0

    def named(match: re.Match[str]) -> str:
        nonlocal count
        name = entities.unescape(match[1]).strip()
        if name not in VARIABLES:
            raise Invalid.of("body", f"没有“{{{{ {name} }}}}”这个变量，可用的有：{_known()}")
        count += 1
        return f"{{{{ {name} }}}}"

    tidy = _in_text(cleaned, lambda text: _NAMED.sub(named, text))
    if count > _MAX:
        raise Invalid.of("body", f"一篇最多用 {_MAX} 处变量，现在有 {count} 处，请减少")
    if count != len(_BRACES.findall(tidy)) / 2:
        raise Invalid.of(
            "body",
            "有一处“{{”或“}}”不完整，或变量中间夹了格式，请删除后用“插入变量”重新插入，"
            f"可用的有：{_known()}",
        )
    return tidy


def _refuse_odd(text: str) -> str:
    if found := _ODD.search(text):
        part = text[found.start() : found.start() + 20]
        raise Invalid.of("body", f"“{part}”写法不对，变量请用“插入变量”插入，可用的有：{_known()}")
    return text


def check_finished(html: str) -> None:
    """Raise Invalid while a picture of another site waits for its upload."""
    left = richtext.places_left(html)
    if left:
        raise Invalid.of(
            "body", f"正文里还有 {left} 张外部图片没有上传，请点开图片上传替换，或把它删除，再提交"
        )


def shown(
    html: str,
    values: Mapping[str, str],
    *,
    pictures: Mapping[str, str] | None = None,
    lost: str = "",
) -> str:
    """Return a kept body as a page shows it: cleaned once more, its variables filled in.

    Values are text and become text, whatever they look like; an unknown name stays as it is.
    Only the `pictures` of these ids are shown, with the descriptions of their files where the
    text has none; for any other stands `lost` (safe HTML).
    """
    known = pictures or {}
    safe = bodypictures.without(richtext.clean(html), known, instead=lost) if html else ""
    safe = bodypictures.described(safe, known)
    if "{{" not in safe:
        return safe

    def filled(match: re.Match[str]) -> str:
        value = values.get(match[1])
        return match[0] if value is None else entities.escape(value, quote=True)

    return _in_text(safe, lambda text: _NAMED.sub(filled, text))


def _in_text(html: str, change: Callable[[str], str]) -> str:
    """Return cleaned HTML with `change` made to what stands between its tags only."""
    parts, last = [], 0
    for tag in _TAG.finditer(html):
        parts += [change(html[last : tag.start()]), tag[0]]
        last = tag.end()
    return "".join([*parts, change(html[last:])])


def _known() -> str:
    return "、".join(f"{{{{ {name} }}}}（{label}）" for name, label in VARIABLES.items())
