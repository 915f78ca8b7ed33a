"""Idea: which rules can match a text at all: one pass over it for all words of all rules.

From a regular expression the words are worked out of which every match must hold at least
one; a text without any of them needs no look by the expression. One automaton carries the
words of all expressions, so that most rules cost nothing on most sentences.
"""

import importlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Any

import ahocorasick_rs

# The standard parser: private by name, the same since Python 3.11; anything that it gives and
# we do not know means "no words", and such an expression is then always run.
_parser: Any = importlib.import_module("re._parser")
_WORDS_MAX = 400
_HAN_RUN = re.compile(r"[\u4e00-\u9fff]{2,}")
_CLASS = re.compile(r"\[[^\]]*\]|[\u4e00-\u9fff](?=[?*{])|\(\?P<\w+>")
_LITERAL_MAX = 8
_SENTENCE_ENDS = re.compile(r"[。!?;\n]")
_TEXTS_KEPT = 8
_PATTERNS_KEPT = 4096
"""More than the pack's: a bank's own rule does not have all of them worked out again."""
_start = itemgetter(1)


@dataclass(frozen=True, slots=True)
class Sieve:
    """Patterns by number, found by their words; `always` have no words to be found by."""

    always: tuple[int, ...]
    owners: tuple[tuple[int, ...], ...]
    finder: ahocorasick_rs.AhoCorasick | None

    def sentences(self, text: str) -> dict[int, list[tuple[int, int]]]:
        """Return pattern number -> the (start, end) of the sentences it may match in."""
        found: dict[int, list[tuple[int, int]]] = {n: [(0, len(text))] for n in self.always}
        if self.finder is None or not text:
            return found
        edges = _sentences(text)
        at = 0
        hits = self.finder.find_matches_as_indexes(text, overlapping=True)
        for number, start, _ in sorted(hits, key=_start):
            while edges[at][1] <= start:
                at += 1
            for owner in self.owners[number]:
                places = found.get(owner)
                if places is None:
                    found[owner] = [edges[at]]
                elif places[-1] is not edges[at]:
                    places.append(edges[at])
        return found

    def words(self, text: str) -> dict[int, list[tuple[int, int]]]:
        """Return pattern number -> the places of its words in a text, in order."""
        found: dict[int, list[tuple[int, int]]] = {}
        if self.finder is not None:
            hits = self.finder.find_matches_as_indexes(text, overlapping=True)
            for number, start, end in sorted(hits, key=_start):
                for owner in self.owners[number]:
                    found.setdefault(owner, []).append((start, end))
        return found


def sieve(patterns: Sequence[str]) -> Sieve:
    """Return the sieve of a list of regular expressions."""
    always: list[int] = []
    owners: dict[str, list[int]] = {}
    for number, pattern in enumerate(patterns):
        words = required_words(pattern)
        if not words:
            always.append(number)
            continue
        for word in words:
            owners.setdefault(word, []).append(number)
    finder = ahocorasick_rs.AhoCorasick(list(owners)) if owners else None
    return Sieve(tuple(always), tuple(map(tuple, owners.values())), finder)


def alternatives(pattern: str) -> list[str]:
    """Return the branches of a pattern, split at each | that stands in no bracket."""
    found, start, depth, at, is_class = [], 0, 0, 0, False
    while at < len(pattern):
        char = pattern[at]
        if char == "\\":
            at += 1
        elif is_class:
            is_class = char != "]"
        elif char == "[":
            is_class = True
            at += pattern[at + 1 : at + 2] == "^"
            at += pattern[at + 1 : at + 2] == "]"
        elif char in "()":
            depth += 1 if char == "(" else -1
        elif char == "|" and depth == 0:
            found.append(pattern[start:at])
            start = at + 1
        at += 1
    return [*found, pattern[start:]]


def literal_words(pattern: str) -> list[str]:
    """Return the Chinese words written out in a pattern, without what it only looks around for."""
    return [
        word
        for word in _HAN_RUN.findall(_CLASS.sub("|", _without_lookarounds(pattern)))
        if len(word) <= _LITERAL_MAX
    ]


def _without_lookarounds(pattern: str) -> str:
    kept, at = [], 0
    while at < len(pattern):
        if pattern.startswith(("(?!", "(?=", "(?<!", "(?<="), at):
            depth = 1
            while depth and (at := at + 1) < len(pattern):
                depth += {"(": 1, ")": -1}.get(pattern[at], 0) * (pattern[at - 1] != "\\")
            kept.append("|")
        else:
            kept.append(pattern[at])
        at += 1
    return "".join(kept)


@lru_cache(maxsize=_PATTERNS_KEPT)
def required_words(pattern: str) -> frozenset[str]:
    """Return words of which every match of a pattern holds at least one; empty: not known."""
    found = _needed(_parser.parse(pattern))
    return frozenset() if found is None else frozenset(found)


def _needed(items: Iterable[Any]) -> set[str] | None:
    """Return the most telling set of alternatives among the parts of a sequence."""
    best: set[str] | None = None
    for found in _sets(items):
        if found and len(found) <= _WORDS_MAX and "" not in found:
            if best is None or _worth(found) > _worth(best):
                best = found
    return best


def _worth(words: set[str]) -> tuple[int, int]:
    # Long words sift best; then fewer of them.
    return min(len(word) for word in words), -len(words)


def _sets(items: Iterable[Any]) -> Iterator[set[str]]:
    """Yield one set of alternatives for each part that a match cannot do without."""
    run = {""}
    for op, value in items:
        options = _options(str(op), value)
        longer = None if options is None else {a + b for a in run for b in options}
        if longer is not None and len(longer) <= _WORDS_MAX:
            run = longer
            continue
        yield run
        run = options if options is not None and len(options) <= _WORDS_MAX else {""}
        if options is None:
            inner = _inner(str(op), value)
            if inner:
                yield inner
    yield run


def _options(op: str, value: Any) -> set[str] | None:
    """Return all the texts a part can be, None when they are not few and known."""
    if op == "LITERAL":
        return {chr(value)}
    if op == "IN":
        return _class(value)
    if op in ("ASSERT", "ASSERT_NOT", "AT"):
        return {""}
    if op == "SUBPATTERN":
        return _joined(value[3])
    if op == "BRANCH":
        rows = [_joined(row) for row in value[1]]
        return None if any(row is None for row in rows) else set().union(*(r or () for r in rows))
    if op in ("MAX_REPEAT", "MIN_REPEAT") and value[1] == 1 and value[0] == 0:
        inner = _joined(value[2])
        return None if inner is None else inner | {""}
    return None


def _class(items: Iterable[Any]) -> set[str] | None:
    found: set[str] = set()
    for op, value in items:
        if str(op) == "LITERAL":
            found.add(chr(value))
        elif str(op) == "RANGE" and value[1] - value[0] < 12:
            found.update(map(chr, range(value[0], value[1] + 1)))
        else:
            return None
    return found


def _joined(items: Iterable[Any]) -> set[str] | None:
    run = {""}
    for op, value in items:
        options = _options(str(op), value)
        if options is None:
            return None
        run = {a + b for a in run for b in options}
        if len(run) > _WORDS_MAX:
            return None
    return run


def _inner(op: str, value: Any) -> set[str] | None:
    """Return what a match of a part must hold although the part itself is not fixed."""
    if op == "SUBPATTERN":
        return _needed(value[3])
    if op == "BRANCH":
        rows = [_needed(row) for row in value[1]]
        return None if any(row is None for row in rows) else set().union(*(r or () for r in rows))
    if op in ("MAX_REPEAT", "MIN_REPEAT") and value[0] >= 1:
        return _needed(value[2])
    return None


@lru_cache(maxsize=_TEXTS_KEPT)
def _sentences(text: str) -> tuple[tuple[int, int], ...]:
    """Return where the sentences of a text stand: several sieves read each text in turn."""
    ends = [mark.end() for mark in _SENTENCE_ENDS.finditer(text)]
    return tuple(zip([0, *ends], [*ends, len(text) + 1], strict=True))
