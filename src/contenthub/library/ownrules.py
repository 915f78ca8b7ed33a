"""Idea: a bank's own rules: plain phrases with gaps, never expressions that could run away.

A bank adds words or makes a shipped rule stricter; it cannot switch one off or loosen it.
"""

import re
from dataclasses import dataclass
from typing import Any

from contenthub.errors import Invalid
from contenthub.library.folding import fold, is_han
from contenthub.library.itemfields import WrongValue, clean_text

NAME_MAX_CHARS = 40
TEXT_MAX_CHARS = 200
PHRASES_MAX = 40
PHRASE_MAX_CHARS = 40
RULES_MAX = 300
GAP_CHARS = 10
_GAPS = re.compile(r"(?:\*|…|\.{3,}|~)+")
_LEAST_CHARS = 2
_EDGES = {"digit": "[0-9]", "letter": "[a-z]"}


@dataclass(frozen=True, slots=True)
class OwnRule:
    """One rule of a bank; `phrases` as typed, "…" or "*" stands for up to ten characters."""

    id: str
    name: str
    severity: str
    phrases: tuple[str, ...]
    advice: str
    source: str = ""
    kinds: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    is_strict: bool = False
    replacement: str | None = None
    effective_on: str = ""

    def pattern(self) -> str:
        """Return the regular expression of the phrases: literal text with bounded gaps."""
        return "|".join(_literal(phrase) for phrase in self.phrases)

    def guarded_words(self) -> list[str]:
        """Return the Chinese words of the phrases that are looked for in disguise as well."""
        parts = (part for phrase in self.phrases for part in _parts(phrase))
        return [part for part in parts if len(part) >= _LEAST_CHARS and all(map(is_han, part))]

    def is_mixed(self) -> bool:
        """Return whether a phrase has letters or digits in it, as 0元购 has."""
        return any(
            not is_han(char) for one in self.phrases for part in _parts(one) for char in part
        )

    def told(self) -> tuple[Any, ...]:
        """Return what a change of which changes what the rule finds."""
        return (self.id, self.severity, self.phrases, self.kinds, self.topics, self.is_strict)


def clean_phrases(text: str, *, field: str = "phrases") -> tuple[str, ...]:
    """Return the phrases of a text, one a line, each once; raises Invalid naming the bad line."""
    found: dict[str, None] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            phrase = clean_text(line, PHRASE_MAX_CHARS, lines=False)
        except WrongValue as error:
            raise Invalid.of(field, f"第 {number} 行{error}") from error
        if phrase is None:
            continue
        parts = _parts(phrase)
        if not any(char.isalnum() for part in parts for char in part):
            raise Invalid.of(
                field, f"第 {number} 行“{phrase}”只有标点或图案，检查时会略过，请写文字、字母或数字"
            )
        if sum(map(len, parts)) < _LEAST_CHARS:
            raise Invalid.of(
                field, f"第 {number} 行“{phrase}”太短，至少写 {_LEAST_CHARS} 个字，否则到处都会命中"
            )
        found[phrase] = None
    if not found:
        raise Invalid.of(field, "请至少写一个词或短语，每行一个；中间可隔几个字的地方写“…”")
    if len(found) > PHRASES_MAX:
        raise Invalid.of(field, f"一条规则最多 {PHRASES_MAX} 个短语，请拆成几条")
    return tuple(found)


def _parts(phrase: str) -> list[str]:
    """Return the parts of a phrase as a text between Chinese characters is read (fold)."""
    pieces = _GAPS.split(phrase.replace("＊", "*").replace("～", "~"))
    read = ("".join(fold(f"字{piece}字").text.split())[1:-1] for piece in pieces)
    return [part for part in read if part]


def _literal(phrase: str) -> str:
    return rf"[^。!?;\n]{{0,{GAP_CHARS}}}?".join(map(_whole, _parts(phrase)))


def _whole(part: str) -> str:
    """Return an expression that does not find 0元购 in 10元购, nor k歌 in ok歌."""
    before = _EDGES.get(_sort(part[0]), "")
    after = _EDGES.get(_sort(part[-1]), "")
    return f"{before and f'(?<!{before})'}{re.escape(part)}{after and f'(?!{after})'}"


def _sort(char: str) -> str:
    return "digit" if char.isdigit() else "letter" if char.isascii() and char.isalpha() else ""
