"""Idea: a bank's own rules: plain phrases with gaps, never expressions that could run away.

A bank adds words or makes a shipped rule stricter; it cannot switch one off or loosen it.
"""

import re
from collections.abc import Iterable
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
SEVERITIES: dict[str, str] = {"block": "必须修改", "review": "请审核人确认"}
"""How a rule treats what it finds, the strictest first."""
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
    """Return the phrases of a text, one a line, each once; raises Invalid naming the bad line.

    What is read alike, as in full width or in traditional script, is one phrase: the first.
    """
    found: dict[tuple[str, ...], str] = {}
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
        found.setdefault(tuple(parts), phrase)
    if not found:
        raise Invalid.of(field, "请至少写一个词或短语，每行一个；中间可隔几个字的地方写“…”")
    if len(found) > PHRASES_MAX:
        raise Invalid.of(field, f"一条规则最多 {PHRASES_MAX} 个短语，请拆成几条")
    return tuple(found.values())


def repeated(new: OwnRule, known: Iterable[OwnRule]) -> str:
    """Return which of the bank's rules has a phrase of a new one already, "" when none has.

    A rule beside another with the same phrase finds something of its own only where it holds
    for other topics or kinds, or is stricter for some of them; both may stand then.
    """
    for one in known:
        theirs = {tuple(_parts(phrase)) for phrase in one.phrases}
        same = [phrase for phrase in new.phrases if tuple(_parts(phrase)) in theirs]
        more = _severer(new, one)
        if same and ((_covers(one, new) and more <= 0) or (_covers(new, one) and more >= 0)):
            return _told_apart(new, one, same, more=more)
    return ""


def _severer(one: OwnRule, other: OwnRule) -> int:
    """Return more than 0 when `one` is stricter than the other, less when it is milder."""
    order = list(SEVERITIES)
    return order.index(other.severity) - order.index(one.severity)


def _covers(one: OwnRule, other: OwnRule) -> bool:
    """Return whether a rule is asked wherever the other one is; no topics or kinds mean all."""
    scopes = ((one.kinds, other.kinds), (one.topics, other.topics))
    wide = all(not mine or (theirs and set(theirs) <= set(mine)) for mine, theirs in scopes)
    return wide and (one.is_strict or not other.is_strict)


def _told_apart(new: OwnRule, one: OwnRule, same: list[str], *, more: int) -> str:
    words = "".join(f"“{phrase}”" for phrase in same[:3]) + ("等" if same[3:] else "")
    has = f"{words}已在本行规则 {one.id}“{one.name}”里（{SEVERITIES[one.severity]}）"
    if more > 0:
        return f"{has}，您选的“{SEVERITIES[new.severity]}”更严；请直接修改 {one.id}，不要另加一条"
    if more < 0:
        return f"{has}，比您选的“{SEVERITIES[new.severity]}”更严；要放宽请修改 {one.id}，不要另加"
    if not _covers(one, new):
        return f"{has}，只是适用范围较小；请修改 {one.id} 的适用范围，不要另加一条"
    return f"{has}，不用再加；请去掉，或修改 {one.id}"


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
