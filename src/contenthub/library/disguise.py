"""Idea: guarded words behind a disguise (宝本, bao本, 亻呆本, 保，本) read as what they say.

Every Chinese character and every pinyin syllable in Latin letters becomes one sound; a
guarded word is looked for by its sounds. What is found counts only when ordinary reading
does not explain it: no dictionary word reaches into it, and the characters put in place of
others are not everyday words of their own (他刚对我说 is not 刚兑).
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import compress
from typing import NamedTuple

import ahocorasick_rs

from contenthub.library.folding import Folded, is_han
from contenthub.library.sounds import ALIKE, DATA, plain, sound, syllables

_BREAK = "\x00"
_GAP_MAX = 2
_AROUND = 6
_GUARDS_KEPT = 64
"""As many as there are books of rules kept (rules.py)."""
_SPLIT: dict[str, str] = DATA["parts"]
_ANY_SPLIT = re.compile("|".join(map(re.escape, _SPLIT)))
_STAND_INS: dict[str, str] = DATA["stand_ins"]
_EVERYDAY = frozenset("".join(DATA["everyday"].split()))
_NATURAL_GAPS = frozenset(",。:;!?\n%")
_INSIDE = re.compile(r"[\u4e00-\u9fff][a-z0-9][\u4e00-\u9fff]")
_SPACED = re.compile(r"[a-z]{1,6}(?: [a-z]{1,6})+(?![a-z])")
_STRAY = re.compile(r"[\u4e00-\u9fff][ac-np-uw-z](?=[\u4e00-\u9fff])")
_LONE = re.compile("[亻氵扌讠钅纟忄犭宀冖艹灬辶廴阝刂饣礻衤]")
_LATIN = re.compile(r"[a-z]")
_RUN_MAX = 40
_KNOWN_MAX = 20_000
_NEAR = 10
Sounds = tuple[list[str], list[int], list[int]]
"""Sounds, and where each begins and ends in the text."""
_SHORT = 2


class Heard(NamedTuple):
    """A guarded word (by number) heard in a text: its place, and that of each of its sounds."""

    number: int
    start: int
    end: int
    starts: list[int]
    ends: list[int]


@dataclass(frozen=True, slots=True)
class Guard:
    """Guarded words by their sounds; made once for a list of words.

    The first `listed` words were chosen by people; the others come from the rules' patterns,
    and the short ones among them are too ordinary to be taken from sound alone.
    """

    words: tuple[str, ...]
    listed: int
    sounds: dict[str, str]
    finder: ahocorasick_rs.AhoCorasick
    known: dict[str, str] = field(default_factory=dict)
    taken: dict[tuple[int, str], bool] = field(default_factory=dict)
    """Whether what was written for a word (by number) may stand for it."""

    def undisguised(self, folded: Folded) -> Folded:
        """Return the text with every disguised guarded word spelt out, places kept."""
        whole = self._spelt(_joined(folded), is_loose=False)
        # 保a本, 收1益: one letter or digit inside a word; looked at only where there is one.
        return self._spelt(whole, is_loose=True) if _INSIDE.search(whole.text) else whole

    def _spelt(self, whole: Folded, *, is_loose: bool) -> Folded:
        text = whole.text
        sounds, starts, ends = self._heard(text, is_loose=is_loose)
        exact: list[tuple[int, int]] = []
        heard: list[Heard] = []
        words = self.words
        for number, low, high in self.finder.find_matches_as_indexes(sounds, overlapping=True):
            word, start, end = words[number], starts[low], ends[high - 1]
            written = text[start:end]
            if written == word:
                exact.append((start, end))
            elif len(written) != len(word) or self._may_be(number, written):
                heard.append(Heard(number, start, end, starts[low:high], ends[low:high]))
        accepted = [
            one
            for one in heard
            if _is_disguise(text, words[one.number], one, is_listed=one.number < self.listed)
            and not _crosses(one, exact)
        ]
        return self._spelt_out(whole, accepted) if accepted else whole

    def _may_be(self, number: int, written: str) -> bool:
        """Return whether characters of its sounds may stand for a word, one for one."""
        found = self.taken.get((number, written))
        if found is None:
            word = self.words[number]
            # A like sound of plain characters says too little of a short word.
            most = 1 if number < self.listed else _SHORT
            found = len(written) > most or any(map(str.isascii, written))
            found = found and all(
                said == meant or _may_stand(said, meant)
                for said, meant in zip(written, word, strict=True)
            )
            if len(self.taken) < _KNOWN_MAX:
                self.taken[number, written] = found
        return found

    def _spelt_out(self, folded: Folded, accepted: list["Heard"]) -> Folded:
        """Return the text with what was heard put in; of two that overlap, the surer one."""
        kept: list[Heard] = []
        taken: set[int] = set()
        for one in sorted(
            accepted, key=lambda one: (one.number >= self.listed, one.start - one.end, one.start)
        ):
            if taken.isdisjoint(range(one.start, one.end)):
                kept.append(one)
                taken.update(range(one.start, one.end))
        kept.sort(key=lambda one: one.start)
        return _replaced(folded, [(self.words[one.number], one) for one in kept])

    def _heard(self, text: str, *, is_loose: bool) -> tuple[str, list[int], list[int]]:
        """Return the sounds of a text, and where each begins and ends in it."""
        heard: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        into = (heard, starts, ends)
        for low, high in _near_insides(text) if is_loose else ((0, len(text)),):
            at = low
            for run in _LATIN.finditer(text, low, high):
                if run.start() < at:
                    continue  # taken with the run before it
                self._hear_plain(text, at, run.start(), into, is_loose=is_loose)
                at = _run_end(text, run.start())
                self._hear_letters(text, run.start(), at, into, is_loose=is_loose)
            self._hear_plain(text, at, high, into, is_loose=is_loose)
            heard.append(_BREAK)
            starts.append(high)
            ends.append(high)
        return "".join(heard), starts, ends

    def _hear_plain(self, text: str, low: int, high: int, into: Sounds, *, is_loose: bool) -> None:
        heard, starts, ends = into
        known, piece = self.known, text[low:high]
        try:
            said = list(map(known.__getitem__, piece))
        except KeyError:
            said = [self._of_char(char) for char in piece]
        if is_loose:
            said = [
                "" if sound and _is_inside(text, low + place) else sound
                for place, sound in enumerate(said)
            ]
        heard += filter(None, said)
        starts += compress(range(low, high), said)
        ends += compress(range(low + 1, high + 1), said)

    def _hear_letters(
        self, text: str, low: int, high: int, into: Sounds, *, is_loose: bool
    ) -> None:
        if is_loose and _is_inside(text, low):
            return
        heard, starts, ends = into
        letters = [at for at in range(low, high) if text[at] != " "]
        run = "".join(text[at] for at in letters)
        pieces = syllables(run) if len(run) < _RUN_MAX else ()
        at = 0
        for piece in pieces:
            heard.append(self.sounds.get(plain(piece), _BREAK))
            starts.append(letters[at])
            at = min(at + len(piece), len(letters))
            ends.append(letters[at - 1] + 1)
        if not pieces:
            heard.append(_BREAK)
            starts.append(low)
            ends.append(high)

    def _of_char(self, char: str) -> str:
        found = self.known.get(char)
        if found is None:
            said = sound(char)
            found = self.sounds.get(said, _BREAK) if said else ""
            if len(self.known) < _KNOWN_MAX:
                self.known[char] = found
        return found


@lru_cache(maxsize=_GUARDS_KEPT)
def guard(words: tuple[str, ...], listed: int | None = None) -> Guard:
    """Return the guard of a list of words, of which the first `listed` were chosen by people."""
    spoken = [[sound(char) for char in word] for word in words]
    names = sorted({sound for row in spoken for sound in row})
    sounds = {name: chr(0xE000 + number) for number, name in enumerate(names)}
    patterns = ["".join(sounds[sound] for sound in row) for row in spoken]
    finder = ahocorasick_rs.AhoCorasick(patterns)
    return Guard(words, len(words) if listed is None else listed, sounds, finder)


@cache
def _words() -> Callable[[str], list[str]]:
    import rjieba  # as above: its dictionary is large

    return lambda text: rjieba.cut(text, False)


def _near_insides(text: str) -> list[tuple[int, int]]:
    """Return the stretches of a text around letters or digits that stand between characters."""
    found: list[tuple[int, int]] = []
    for match in _INSIDE.finditer(text):
        low, high = max(0, match.start() - _NEAR), min(len(text), match.end() + _NEAR)
        if found and low <= found[-1][1]:
            low = found.pop()[0]
        found.append((low, high))
    return found


def _is_inside(text: str, index: int) -> bool:
    """Return whether one letter or digit stands alone between two Chinese characters."""
    return (
        0 < index < len(text) - 1
        and text[index].isascii()
        and text[index].isalnum()
        and is_han(text[index - 1])
        and is_han(text[index + 1])
    )


def _run_end(text: str, index: int) -> int:
    """Return where a run of letters ends; letters set apart by spaces (b a o) are one run."""
    after = index
    while after < len(text) and "a" <= text[after] <= "z":
        after += 1
    spaced = _SPACED.match(text, index)
    if spaced is None or not syllables(spaced[0].replace(" ", "")[:_RUN_MAX]):
        return after
    return spaced.end()


def _joined(folded: Folded) -> Folded:
    """Return the text with characters written in parts put together."""
    text = folded.text
    found = (
        []
        if _ANY_SPLIT.search(text) is None
        else [
            (whole, Heard(0, at, at + len(parts), [at], [at + len(parts)]))
            for parts, whole in _SPLIT.items()
            if parts in text
            for at in _places(text, parts)
        ]
    )
    # 包a过: a letter alone between two characters; b, o and v are read as signs of their own.
    found += [
        ("", Heard(0, match.start() + 1, match.start() + 2, [], []))
        for match in _STRAY.finditer(text)
    ]
    # 冲亻量: a part of a character that belongs to none of its neighbours.
    found += [("", Heard(0, *match.span(), [], [])) for match in _LONE.finditer(text)]
    return _replaced(folded, sorted(found, key=lambda row: row[1].start)) if found else folded


def _places(text: str, part: str) -> Iterator[int]:
    at = text.find(part)
    while at >= 0:
        yield at
        at = text.find(part, at + len(part))


def _crosses(one: Heard, exact: list[tuple[int, int]]) -> bool:
    """Return whether a word heard would tear up one that stands there as it is written."""
    return any(
        start < one.end
        and one.start < end
        and not (one.start <= start and end <= one.end)
        and not (start <= one.start and one.end <= end)
        for start, end in exact
    )


def _is_disguise(text: str, word: str, one: Heard, *, is_listed: bool) -> bool:
    starts, ends = one.starts, one.ends
    gaps = [text[end:start] for end, start in zip(ends, starts[1:], strict=False)]
    if any(len(gap) > _GAP_MAX for gap in gaps):
        return False
    spelt = [text[start:end] for start, end in zip(starts, ends, strict=True)]
    swapped = [
        at for at, (said, meant) in enumerate(zip(spelt, word, strict=True)) if said != meant
    ]
    if not all(_may_stand(spelt[at], word[at]) for at in swapped):
        return False
    if not is_listed and not _is_sure(word, spelt, swapped):
        return False
    if spelt[0] in ("0", "o") and text[starts[0] - 1 : starts[0]].isascii() and starts[0]:
        if text[starts[0] - 1].isalnum():
            return False
    is_natural = any(gap and set(gap) <= _NATURAL_GAPS for gap in gaps)
    if (is_natural or not swapped) and not _is_split_up(text, gaps, start=one.start, end=one.end):
        return False
    return _stands_alone(text, spelt, swapped, start=one.start, end=one.end)


def _is_sure(word: str, spelt: list[str], swapped: list[int]) -> bool:
    """Return whether a word out of a pattern is disguised by more than a like sound."""
    is_short = len(word) <= _SHORT
    is_all_latin = all(said.isascii() for said in spelt)
    is_sound_alone = any(not spelt[at].isascii() for at in swapped)
    return not (is_short and (is_all_latin or is_sound_alone))


def _may_stand(written: str, meant: str) -> bool:
    if written in _STAND_INS.get(meant, "") or ALIKE.get(written) == meant:
        return True
    if written.isascii():
        return written.replace(" ", "").isalpha()
    return written not in _EVERYDAY


def _is_split_up(text: str, gaps: list[str], *, start: int, end: int) -> bool:
    """Return whether marks inside a word are a disguise and not the punctuation of a sentence."""
    if any(gap and not set(gap) <= _NATURAL_GAPS for gap in gaps):
        return True
    if not all(gaps):
        return False
    before, after = text[start - 1 : start], text[end : end + 1]
    return len(gaps) > 1 or before == gaps[0][:1] or after == gaps[0][:1]


def _stands_alone(text: str, spelt: list[str], swapped: list[int], *, start: int, end: int) -> bool:
    """Return whether no dictionary word explains a swapped character or reaches over an edge."""
    low, high = start, end
    while low > 0 and start - low < _AROUND and is_han(text[low - 1]):
        low -= 1
    while high < len(text) and high - end < _AROUND and is_han(text[high]):
        high += 1
    inside = "".join(spelt)
    line = text[low:start] + inside + text[end:high]
    first, last = start - low, start - low + len(inside)
    places, at = set(), first
    for number, part in enumerate(spelt):
        if number in swapped and not part.isascii():
            places.add(at)
        at += len(part)
    at = 0
    for token in _words()(line):
        begin, at = at, at + len(token)
        if begin < first < at or begin < last < at:
            return False
        if len(token) > 1 and places & set(range(begin, at)):
            return False
    return True


def _replaced(folded: Folded, parts: list[tuple[str, Heard]]) -> Folded:
    """Return the text with words put where they were heard; their characters keep their places."""
    text, origins = folded.text, folded.origins
    stops = folded.ends or tuple(origin + 1 for origin in origins)
    words: list[str] = []
    back: list[int] = []
    last: list[int] = []
    at = 0
    for word, one in parts:
        if one.start < at:
            continue
        words += [text[at : one.start], word]
        back += [*origins[at : one.start], *(origins[low] for low in one.starts)]
        last += [*stops[at : one.start], *(stops[high - 1] for high in one.ends)]
        at = one.end
    words.append(text[at:])
    return Folded("".join(words), (*back, *origins[at:]), (*last, *stops[at:]))
