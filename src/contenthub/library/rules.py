"""Idea: the rule pack: versioned data (rulepack.toml) read once, patterns compiled once."""

import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from importlib import resources
from typing import Any, Literal

from contenthub.library import itemfields
from contenthub.library.disguise import Guard, guard
from contenthub.library.expressions import Expression
from contenthub.library.frames import Frame, Lexicon, frame, lexicon, names_used
from contenthub.library.kinds import field as item_field
from contenthub.library.kinds import fields_of
from contenthub.library.ownrules import OwnRule
from contenthub.library.sieve import Sieve, alternatives, literal_words, sieve

RULE_PACK_VERSION = "2026-12.24"
Severity = Literal["block", "review"]
_BOOKS_KEPT = 64


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the pack; empty `kinds` or `topics` mean all of them.

    `seen` tells how sure the source is: S seen in it, R recalled, I our own judgement.
    `enforced` names the part of the product that keeps the rule when no text can show it;
    `about` lets the rule read sentences on its subject in items of other topics, and
    `asks_abroad` a person decide on sentences that do not name it, where nothing is sold; `is_own`
    marks a rule that the bank wrote itself. `frames` are findings of word classes that meet
    (frames.py), `home_frames` those that only hold in items of the rule's own topics;
    `advices` are (expression, advice) of words that need another advice than the rest;
    `is_literal` says that the words alone decide (a number, an address), not the sentence.
    """

    id: str
    name: str
    severity: Severity
    advice: str
    source: str
    seen: str
    effective_on: str
    reviewed_by: str = ""
    reviewed_at: str = ""
    kinds: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    about: Expression | None = None
    asks_abroad: bool = False
    pattern: Expression | None = None
    frames: tuple[Frame, ...] = ()
    home_frames: tuple[Frame, ...] = ()
    unless: Mapping[str, Expression] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    when_field: str = ""
    matcher: str = ""
    enforced: str = ""
    stance: bool = True
    fix: Mapping[str, Any] = field(default_factory=dict)
    is_own: bool = False
    is_raised: bool = False
    advices: tuple[tuple[Expression, str], ...] = ()
    is_literal: bool = False

    @property
    def is_wording(self) -> bool:
        """Whether the pack forbids wordings by it, as the sentences of the corpus show them.

        What a bank wrote or raised itself holds by its words alone.
        """
        is_said = bool(self.pattern or self.frames or self.home_frames)
        is_the_banks = self.is_own or self.is_raised
        is_by_words = self.is_literal or is_the_banks
        return self.severity == "block" and is_said and not (self.needs or is_by_words)

    def advice_on(self, text: str) -> str:
        """Return what to do about `text`, which this rule found."""
        return next((told for one, told in self.advices if one.is_in(text)), self.advice)

    def applies(self, kind: str, topic: str) -> bool:
        """Return whether the rule reads items of this kind and topic."""
        if self.enforced or (self.kinds and kind not in self.kinds):
            return False
        is_abroad = self.about is not None or self.asks_abroad
        return is_abroad or self.is_at_home(topic)

    def is_at_home(self, topic: str) -> bool:
        """Return whether the rule reads every sentence of a topic, not only some."""
        return not self.topics or topic in self.topics


@dataclass(frozen=True, slots=True)
class Pack:
    """All rules with the pack's version, everyday phrases let through and fixed texts."""

    version: str
    rules: tuple[Rule, ...]
    exemptions: Expression
    lexicon: Lexicon
    attitudes: Lexicon
    """The words by which a text takes its stand on what it says (attitude.py)."""
    guarded: tuple[str, ...]
    listed: int
    """How many of the guarded words were chosen by people; the rest stand in the patterns."""
    disclosures: Mapping[str, tuple[str, ...]]
    poster_lines: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Framed:
    """Frames, each with the number of its rule, and the numbers of the word classes they use."""

    frames: tuple[tuple[int, Frame], ...]
    classes: frozenset[int]


@dataclass(frozen=True, slots=True, eq=False)
class Book:
    """The rules that hold for one bank: the pack, what the bank added, what it made stricter.

    `branches` are the alternatives of all patterns, each with the number of its rule: what
    the sieve picks one by one, so that a sentence meets a few short expressions.
    """

    version: str
    rules: tuple[Rule, ...]
    branches: tuple[tuple[int, Expression], ...]
    sieve: Sieve
    guard: Guard
    as_written: frozenset[int] = frozenset()
    """The bank's own rules whose words have letters or digits in them (0元购), which the guard
    may take for a disguise: these also read texts as they are written."""
    _chosen: dict[tuple[str, str], frozenset[int]] = field(default_factory=dict)
    _framed: dict[tuple[str, str], "Framed"] = field(default_factory=dict)

    def numbers(self, kind: str, topic: str) -> frozenset[int]:
        """Return the numbers of the rules for a kind and topic; raises Invalid for unknown ones."""
        found = self._chosen.get((kind, topic))
        if found is None:
            fields_of(kind, topic)
            found = frozenset(n for n, rule in enumerate(self.rules) if rule.applies(kind, topic))
            self._chosen[kind, topic] = found
        return found

    def frames(self, kind: str, topic: str) -> "Framed":
        """Return the frames for a kind and topic; raises Invalid for unknown ones."""
        found = self._framed.get((kind, topic))
        if found is None:
            frames = tuple(
                (number, one)
                for number in sorted(self.numbers(kind, topic))
                for rule in (self.rules[number],)
                for one in (*rule.frames, *(rule.home_frames if rule.is_at_home(topic) else ()))
            )
            words = pack().lexicon
            found = Framed(frames, words.numbers(names_used(one for _, one in frames)))
            self._framed[kind, topic] = found
        return found


@cache
def pack() -> Pack:
    """Return the shipped rule pack; the first call reads and compiles it."""
    text = resources.files("contenthub.library").joinpath("rulepack.toml").read_text("utf-8")
    data = tomllib.loads(text)
    words = data["words"]
    classes = _classes("lexicon.toml", words)
    data["classes"] = classes
    return Pack(
        version=data["version"],
        rules=tuple(_rule(row, data) for row in data["rules"]),
        exemptions=_expression("|".join(data["exemptions"]), words),
        lexicon=lexicon(classes),
        attitudes=lexicon(_classes("attitudes.toml", words)),
        guarded=_guarded(data),
        listed=len(dict.fromkeys(data["guarded"]["words"])),
        disclosures={name: tuple(lines) for name, lines in data["disclosures"].items()},
        poster_lines=data["poster_lines"],
    )


@lru_cache(maxsize=_BOOKS_KEPT)
def book(own: tuple[OwnRule, ...] = (), raised: frozenset[str] = frozenset()) -> Book:
    """Return the rules of a bank: the pack's, those in `raised` made blocking, and its own.

    The version names the pack, and the bank's additions by a mark that changes with them.
    """
    shipped = pack()
    rules = [
        replace(rule, severity="block", is_raised=True)
        if rule.id in raised and rule.severity == "review"
        else rule
        for rule in shipped.rules
    ]
    rules += [_own_rule(one) for one in own]
    version = shipped.version
    if own or raised:
        told = repr((sorted(raised), [one.told() for one in own]))
        version += "+" + hashlib.sha256(told.encode()).hexdigest()[:6]
    branches = [*_shipped_branches()]
    for number, rule in enumerate(rules[len(shipped.rules) :], start=len(shipped.rules)):
        branches += _branches(number, rule)
    chosen = dict.fromkeys(word for one in own for word in one.guarded_words())
    words = dict.fromkeys((*chosen, *shipped.guarded))
    listed = len(dict.fromkeys((*chosen, *shipped.guarded[: shipped.listed])))
    return Book(
        version,
        tuple(rules),
        tuple(branches),
        sieve([branch.pattern for _, branch in branches]),
        guard(tuple(words), listed),
        frozenset(n for n, one in enumerate(own, start=len(shipped.rules)) if one.is_mixed()),
    )


@cache
def _shipped_branches() -> tuple[tuple[int, Expression], ...]:
    # Hundreds of expressions: compiled once a process, not for each bank with a rule of its own.
    return tuple(one for n, rule in enumerate(pack().rules) for one in _branches(n, rule))


def _branches(number: int, rule: Rule) -> list[tuple[int, Expression]]:
    if rule.pattern is None or rule.needs:
        return []
    return [(number, Expression(branch)) for branch in alternatives(rule.pattern.pattern)]


def disclosures(kind: str, topic: str, fields: Mapping[str, Any] | None = None) -> list[str]:
    """Return the texts that page, poster and message must carry, filled from kept `fields`.

    A line whose field is empty is left out: a rule already asks for that field. What stands in
    square brackets is left out of its line instead.
    Source: compliance page, section 5.1. Raises Invalid for an unknown kind or topic.
    """
    fields_of(kind, topic)
    lines = (*pack().disclosures.get(topic, ()), *pack().disclosures.get(kind, ()))
    filled = (_filled(line, kind, topic, fields or {}) for line in lines)
    return [line for line in filled if line]


def poster_line(kind: str, topic: str) -> str:
    """Return the text a poster of this topic (or else kind) must print, or an empty string."""
    lines = pack().poster_lines
    return lines.get(topic) or lines.get(kind, "")


_SAME = re.compile(r"(\d\S*) 至 \1(?!\S)")
"""A range whose ends are one figure."""
_OPTIONAL = re.compile(r"\[([^\]]*)\]")


def _filled(line: str, kind: str, topic: str, fields: Mapping[str, Any]) -> str:
    line = _OPTIONAL.sub(lambda part: _filled(part[1], kind, topic, fields), line)
    shown = {
        name: " ".join(itemfields.show(item_field(kind, topic, name), fields.get(name)).split())
        for name in re.findall(r"\{(\w+)\}", line)
    }
    if not all(shown.values()):
        return ""
    return _SAME.sub(r"\1", re.sub(r"\{(\w+)\}", lambda match: shown[match[1]], line))


def _rule(row: Mapping[str, Any], data: Mapping[str, Any]) -> Rule:
    topics, words = row.get("topics", []), data["words"]
    groups: Mapping[str, list[str]] = data["groups"]
    return Rule(
        id=row["id"],
        name=row["name"],
        severity=row["severity"],
        advice=row["advice"],
        advices=tuple((_expression(one, words), told) for one, told in row.get("advices", ())),
        source=row["source"],
        seen=row["seen"],
        effective_on=row.get("effective_on", data["effective_on"]),
        reviewed_by=row.get("reviewed_by", data["reviewed_by"]),
        reviewed_at=row.get("reviewed_at", data["reviewed_at"]),
        kinds=frozenset(row.get("kinds", [])),
        # A group name stands for its topics; any other word is a topic itself.
        topics=frozenset(groups.get(topics, [topics]) if isinstance(topics, str) else topics),
        about=_expression(row["about"], words) if "about" in row else None,
        asks_abroad=row.get("asks_abroad", "about" in row),
        pattern=_expression(row["pattern"], words) if "pattern" in row else None,
        unless={scope: _expression(text, words) for scope, text in row.get("unless", {}).items()},
        frames=_frames(row.get("frames", ()), data["classes"]),
        home_frames=_frames(row.get("home_frames", ()), data["classes"]),
        needs=tuple(row.get("needs", ())),
        when_field=row.get("when_field", ""),
        matcher=row.get("matcher", ""),
        enforced=row.get("enforced", ""),
        stance=row.get("stance", True),
        fix=row.get("fix", {}),
        is_literal=row.get("is_literal", False),
    )


def _classes(file: str, words: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return the word classes of a file: name -> entries, `{{name}}` the entries of another.

    `{name}` and `<n>` stand in expressions as they do in the rules' patterns.
    """
    text = resources.files("contenthub.library").joinpath(file).read_text("utf-8")
    raw: dict[str, list[str]] = {name: row.split() for name, row in tomllib.loads(text).items()}
    spelt: dict[str, tuple[str, ...]] = {}
    for name, entries in raw.items():
        found: list[str] = []
        for entry in entries:
            # A class is written before those that take it in.
            taken = re.fullmatch(r"\{\{(\w+)\}\}", entry)
            found += spelt[taken[1]] if taken else [_spelt(entry, words)]
        spelt[name] = tuple(dict.fromkeys(found))
    return spelt


def _frames(rows: Iterable[str], classes: Mapping[str, tuple[str, ...]]) -> tuple[Frame, ...]:
    found = tuple(frame(row) for row in rows)
    unknown = names_used(found) - set(classes)
    if unknown:
        raise ValueError(f"no such word class: {sorted(unknown)}")
    return found


def _guarded(data: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the words looked for in disguise: those listed, and those of every pattern."""
    found = dict.fromkeys(data["guarded"]["words"])
    for row in data["rules"]:
        pattern = _spelt(row.get("pattern", ""), data["words"])
        found.update(dict.fromkeys(literal_words(pattern)))
    for name in data["guarded"]["classes"]:
        entries = [entry for entry in data["classes"][name] if not entry.startswith("!")]
        found.update(dict.fromkeys(word for entry in entries for word in literal_words(entry)))
    return tuple(found)


def _own_rule(one: OwnRule) -> Rule:
    return Rule(
        id=one.id,
        name=one.name,
        severity="block" if one.severity == "block" else "review",
        advice=one.advice,
        source=one.source,
        seen="S",
        effective_on=one.effective_on,
        kinds=frozenset(one.kinds),
        topics=frozenset(one.topics),
        pattern=Expression(one.pattern()),
        stance=not one.is_strict,
        fix={} if one.replacement is None else {"replace": one.replacement, "is_word": True},
        is_own=True,
    )


def _expression(text: str, words: Mapping[str, str]) -> Expression:
    return Expression(_spelt(text, words))


def _spelt(text: str, words: Mapping[str, str]) -> str:
    """Return a pattern with `{name}` and `<n>` spelt out: a list, up to n characters."""
    text = re.sub(r"\{([a-z_]+)\}", lambda found: words[found[1]], text)
    return re.sub(r"<(\d+)>", r"[^。!?;\\n]{0,\1}?", text)
