"""Idea: rules as frames: word classes that meet in one sentence, in any order and wording.

A phrase finds one wording of a sin; a frame finds all that put an act (存够两万) and its sin
(拎走一袋面粉) near each other. Classes are lists of words and short expressions that rules
share; one automaton finds the words of all of them in one pass over a text.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import ahocorasick_rs

from contenthub.library.expressions import Expression
from contenthub.library.sieve import Sieve, sieve

_SPECIAL = re.compile(r"[\\()\[\]|?*+{}.^$]")
_ENDS = re.compile(r"[。!?;\n]")
_WRITTEN = re.compile(r"(?:\w+ <\d+\+?> [&>] )*\w+(?: - \w+)?")
_PART = re.compile(r"(\w+) <(\d+)(\+?)> ([&>])")
_FEW = 40
_PHRASE = 16
"""The longest phrase around a word that makes it another one."""
_OUTER = 160
"""The longest match of a class that is looked back for."""
Span = tuple[int, int]
Met = Mapping[str, list[Span]]
"""Class name -> where its words stand in a text, in order."""


@dataclass(frozen=True, slots=True)
class Beside:
    """A class that must stand near the telling words of a frame.

    At most `within` characters away, before them when `is_before`, in the same sentence or,
    when `is_across`, in the one beside it.
    """

    name: str
    within: int
    is_across: bool
    is_before: bool

    def nearest(self, text: str, spans: list[Span], telling: Span) -> Span | None:
        """Return the nearest place of the class that is near enough."""
        low, high = telling
        best: tuple[int, Span] | None = None
        for start, end in _around(spans, low - self.within, high + self.within):
            if (start < high and low < end) or (self.is_before and start >= high):
                continue
            between = _between(text, (start, end), telling)
            if len(between) > self.within or (best is not None and len(between) >= best[0]):
                continue
            if len(_ENDS.findall(between)) <= self.is_across:
                best = (len(between), (start, end))
        return best[1] if best else None


@dataclass(frozen=True, slots=True)
class Frame:
    """Classes that make a finding together; `telling` is the sin itself, the last one written.

    Words of the class `without` in the same sentence lift the finding.
    """

    telling: str
    others: tuple[Beside, ...]
    without: str

    def places(self, text: str, met: Met) -> Iterator[tuple[int, int, int]]:
        """Yield (start, end, start of the telling words) of each finding, nearest parts first."""
        if self.telling not in met or any(other.name not in met for other in self.others):
            return
        for telling in met[self.telling]:
            span: Span = telling
            for other in self.others:
                near = other.nearest(text, met[other.name], telling)
                if near is None:
                    break
                span = (min(span[0], near[0]), max(span[1], near[1]))
            else:
                if not self._is_lifted(text, met, span):
                    yield *span, telling[0]

    def _is_lifted(self, text: str, met: Met, span: Span) -> bool:
        return any(
            not _ENDS.search(_between(text, one, span))
            for one in _around(met.get(self.without, []), span[0] - _OUTER, span[1] + _OUTER)
        )


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All word classes: words found by one automaton, expressions by the sieve."""

    names: tuple[str, ...]
    words: ahocorasick_rs.AhoCorasick
    owners: tuple[tuple[int, ...], ...]
    """Of each word the classes it belongs to."""
    expressions: tuple[tuple[int, Expression], ...]
    sieve: Sieve
    exempt: Mapping[int, Expression] = field(default_factory=dict)
    exempt_sieve: Sieve = field(default_factory=lambda: sieve(()))
    """The patterns of `exempt` in their order."""
    chosen: dict[frozenset[int], tuple[tuple[int, ...], ...]] = field(default_factory=dict)
    """`owners` for the sets of classes that were asked for."""

    def met(self, text: str, wanted: frozenset[int]) -> dict[str, list[Span]]:
        """Return where the words of the wanted classes (`numbers`) stand in a text."""
        found: dict[int, list[Span]] = {}
        owners = self._owners(wanted)
        for number, start, end in self.words.find_matches_as_indexes(text, overlapping=True):
            for owner in owners[number]:
                if owner in found:
                    found[owner].append((start, end))
                else:
                    found[owner] = [(start, end)]
        for number, places in self.sieve.sentences(text).items():
            owner, expression = self.expressions[number]
            if owner not in wanted:
                continue
            pattern = expression.compiled
            for low, high in places:
                first = pattern.search(text, low, high)  # mostly none: cheaper than all at once
                if first is not None:
                    spans = found.setdefault(owner, [])
                    spans += [m.span() for m in pattern.finditer(text, first.start(), high)]
        away = self._away(text)
        met: dict[str, list[Span]] = {}
        for owner, spans in found.items():
            kept = self._kept(owner, text, spans, away[owner]) if owner in away else spans
            if kept:
                met[self.names[owner]] = sorted(kept)
        return met

    def _owners(self, wanted: frozenset[int]) -> tuple[tuple[int, ...], ...]:
        """Return of each word those of its classes that are wanted."""
        found = self.chosen.get(wanted)
        if found is None:
            found = tuple(tuple(filter(wanted.__contains__, row)) for row in self.owners)
            self.chosen[wanted] = found
        return found

    def _away(self, text: str) -> dict[int, list[Span] | None]:
        """Return the classes that phrases in the text may make other words of.

        Each with the places of words that such a phrase holds, None where they are not known.
        """
        met = self.exempt_sieve.words(text)
        always = self.exempt_sieve.always
        numbered = enumerate(self.exempt)
        return {owner: met.get(n) for n, owner in numbered if n in met or n in always}

    def _kept(
        self, owner: int, text: str, spans: list[Span], words: list[Span] | None
    ) -> list[Span]:
        pattern = self.exempt[owner].compiled
        if len(spans) > _FEW:
            found = pattern.finditer(text) if words is None else _near(pattern, text, words)
            away = {at for match in found for at in range(*match.span())}
            return [span for span in spans if span[0] not in away and span[1] - 1 not in away]
        return [
            (low, high)
            for low, high in spans
            if not (words is None or _is_inside(words, low - _PHRASE, high + _PHRASE))
            or not any(
                match.start() < high and low < match.end()
                for match in pattern.finditer(text, max(0, low - _PHRASE), high + _PHRASE)
            )
        ]

    def numbers(self, names: Iterable[str]) -> frozenset[int]:
        """Return the numbers of classes by their names."""
        wanted = set(names)
        return frozenset(number for number, name in enumerate(self.names) if name in wanted)


def frame(text: str) -> Frame:
    """Return a frame as rules write it: `a <30> & b`, `a <12+> > b <4> & c - lifting_class`.

    `a <30> & b`: b, with a at most 30 characters away on either side; `>`: a comes first;
    `+`: one sentence end may lie between. Raises ValueError for anything else.
    """
    if not _WRITTEN.fullmatch(text):
        raise ValueError(f"not a frame: {text}")
    parts, _, without = text.partition(" - ")
    return Frame(
        telling=parts.rpartition(" ")[2],
        others=tuple(
            Beside(name, int(within), is_across=bool(across), is_before=mark == ">")
            for name, within, across, mark in _PART.findall(parts)
        ),
        without=without,
    )


def lexicon(classes: Mapping[str, Sequence[str]]) -> Lexicon:
    """Return the lexicon of classes: name -> words, expressions, and `!words` that are none."""
    owners: dict[str, list[int]] = {}
    expressions: list[tuple[int, str]] = []
    exempt: dict[int, Expression] = {}
    for number, entries in enumerate(classes.values()):
        away = [entry[1:] for entry in entries if entry.startswith("!")]
        if away:
            exempt[number] = Expression("|".join(away))
        for entry in dict.fromkeys(entries):
            if entry.startswith("!"):
                continue
            if _SPECIAL.search(entry):
                expressions.append((number, entry))
            else:
                owners.setdefault(entry, []).append(number)
    return Lexicon(
        tuple(classes),
        ahocorasick_rs.AhoCorasick(list(owners)),
        tuple(map(tuple, owners.values())),
        tuple((number, Expression(entry)) for number, entry in expressions),
        sieve([entry for _, entry in expressions]),
        exempt,
        sieve([pattern.pattern for pattern in exempt.values()]),
    )


def names_used(frames: Iterable[Frame]) -> set[str]:
    """Return the classes that frames name."""
    return {
        name
        for one in frames
        for name in (one.telling, one.without, *(other.name for other in one.others))
        if name
    }


def _around(spans: list[Span], low: int, high: int) -> Iterator[Span]:
    """Yield the spans, sorted by their start, that lie near low..high."""
    for at in range(bisect_left(spans, (low - _OUTER, 0)), len(spans)):
        if spans[at][0] > high:
            return
        if spans[at][1] >= low:
            yield spans[at]


def _near(pattern: re.Pattern[str], text: str, words: list[Span]) -> Iterator[re.Match[str]]:
    """Yield the matches of a phrase, each of which holds one of the words, in order."""
    low, high = 0, -1
    for start, end in words:
        if start - 2 * _PHRASE > high:
            if high > 0:
                yield from pattern.finditer(text, low, high)
            low = max(0, start - 2 * _PHRASE)
        high = max(high, end + 2 * _PHRASE)
    yield from pattern.finditer(text, low, high)


def _is_inside(spans: list[Span], low: int, high: int) -> bool:
    """Return whether one of the spans, sorted by their start, lies in low..high."""
    for at in range(bisect_left(spans, (low, 0)), len(spans)):
        start, end = spans[at]
        if start >= high:
            return False
        if end <= high:
            return True
    return False


def _between(text: str, one: Span, other: Span) -> str:
    """Return the text between two places, nothing when they touch or overlap."""
    return text[min(one[1], other[1]) : max(one[0], other[0])]
