"""Idea: what a text says of named figures, against the values that an item's fields keep.

A slot is one figure of an item by the words that name it (管理费, 单笔限额, 名额). Fields in words
are read by the same slots as the text, so each is compared with its like; a slot that the fields
say nothing of bounds nothing.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from contenthub.library.quantities import Quantity, Unit, Value, plain, quantities
from contenthub.library.sentences import SENTENCE_ENDS, before_first, behind_last
from contenthub.library.setapart import standing

_WINDOW = 26
_GAP = 14
_BEHIND = 14
_PARTED = re.compile(r"[,。;!?\n]")
_ANSWER_CHARS = 40
_QUESTION = re.compile(r"[?吗]|多少|怎么|几|什么时候|啥时")
_A_RATE = re.compile(r"(?:利率|年化|年息)[^,。;!?\n\d]{0,6}$")
"""Rates have a reader of their own."""
_NOON = 12 * 60
_MORNING = re.compile(r"上午|早|凌晨|清晨")
_AND = re.compile(r"\s?(?:[-~—–―−]{1,3}|至|到|、|或)\s?")
_TO_NEXT = re.compile(r"\s?(?:[-~—–―−]{1,3}|至|到)\s?[\d零一二两三四五六七八九十百]")
_FROM_LAST = re.compile(r"%\s?(?:[-~—–―−]{1,3}|至|到)\s?$")
_NEAR = 0.04
"""90 days are three months, 360 and 365 a year."""


@lru_cache(maxsize=1024)
def _pattern(words: str) -> re.Pattern[str]:
    return re.compile(words)


@dataclass(frozen=True, slots=True)
class Slot:
    """A figure by the words before it (`names`) or right behind it (`after`).

    `kept` are its values, `said_in` texts of fields that tell them; `none` are nouns of what
    may be told to be free (不收押金). A `most` is an upper bound, so that less is true as well;
    a figure that is not `sure` is for a person to weigh. What stands behind a figure outweighs
    a name before it where `binds`; `ranged` are only compared as the ends of a range. Without
    any values a slot only keeps its figures from others.
    """

    unit: Unit
    names: str = ""
    after: str = ""
    kept: frozenset[Value] = frozenset()
    said_in: tuple[str, ...] = ()
    none: str = ""
    most: bool = False
    least: bool = False
    sure: bool = True
    skip: str = ""
    binds: bool = False
    ranged: bool = False


class Place(NamedTuple):
    """A place of the text that differs from the fields; `is_sure` when it is of this item."""

    start: int
    end: int
    is_sure: bool


class _Named(NamedTuple):
    quantity: Quantity
    slot: Slot
    is_sure: bool
    """Whether words beside the figure name the slot."""


def differing(text: str, slots: Sequence[Slot], *, subject: str = "") -> Iterator[Place]:
    """Yield where folded text says other figures than the slots keep.

    A figure that nothing names is of what the `subject` asks for (取现要钱吗？要，1%).
    """
    if not slots:
        return
    own = _own(slots)
    if not any(own.values()):
        return
    text = plain(text)
    for quantity, slot, is_sure in _named(text, slots, asked=_asked(subject, slots)):
        values = own[slot]
        if values and not _is_kept(quantity, slot, values, text):
            told = standing(text, quantity.start, quantity.end)
            if told in ("own", "breach"):
                yield Place(quantity.start, quantity.end, slot.sure and is_sure)
            elif told == "other":
                yield Place(quantity.start, quantity.end, is_sure=False)
    for slot in slots:
        if slot.none and own[slot] and 0.0 not in own[slot]:
            yield from _freed(text, slot)


def values_of(slot: Slot) -> frozenset[Value]:
    """Return the values that a slot keeps, or that its fields' words tell."""
    return frozenset(_own([slot])[slot])


def _own(slots: Sequence[Slot]) -> dict[Slot, set[Value]]:
    """Return each slot's values: those kept, and those that the fields' words tell."""
    own = {slot: set(slot.kept) for slot in slots}
    told: dict[str, list[Slot]] = {}
    for slot in slots:
        for said in slot.said_in:
            told.setdefault(said, []).append(slot)
    for said, asked in told.items():
        for quantity, slot, _ in _named(plain(said), slots):
            if slot in asked:
                own[slot].add(quantity.value)
        for slot in asked:
            if slot.none and _pattern(_free(slot.none)).search(said):
                own[slot].add(0.0)
    return own


def _named(text: str, slots: Sequence[Slot], *, asked: Sequence[Slot] = ()) -> Iterator[_Named]:
    """Yield the quantities of a text that a slot names."""
    before: Quantity | None = None
    units = {slot.unit for slot in slots}
    last: dict[Unit, tuple[Quantity, Slot | None]] = {}
    for one in quantities(text):
        if one.unit not in units:
            continue
        low = behind_last(text, SENTENCE_ENDS, max(0, one.start - _WINDOW), one.start)
        before, slot = last.get(one.unit, (None, None))
        if not (one.joins or _is_range(text, before, one)):
            low = max(low, before.end) if before else low
            slot = _slot_of(text, low, one, slots)
        last[one.unit] = one, slot
        if slot is not None:
            yield _Named(one, slot, is_sure=True)
        elif one.end <= _ANSWER_CHARS and not _A_RATE.search(text, low, one.start):
            answered = (each for each in asked if each.unit == one.unit)
            yield from (_Named(one, each, is_sure=False) for each in islice(answered, 1))


def _asked(subject: str, slots: Sequence[Slot]) -> list[Slot]:
    """Return the slots that a question asks for."""
    if not _QUESTION.search(subject):
        return []
    return [slot for slot in slots if slot.names and _pattern(slot.names).search(subject)]


def _is_range(text: str, before: Quantity | None, one: Quantity) -> bool:
    return bool(before and _AND.fullmatch(text, before.end, one.start))


def _slot_of(text: str, low: int, one: Quantity, slots: Sequence[Slot]) -> Slot | None:
    """Return the slot whose name stands nearest before a quantity, or else right behind it."""
    asked = [slot for slot in slots if slot.unit == one.unit]
    behind = text[one.end : before_first(text, ",。;!?\n、", one.end, one.end + _BEHIND)]
    after = [slot for slot in asked if slot.after and _pattern(slot.after).match(behind)]
    bound = next((slot for slot in after if slot.binds), None)
    found = bound or _named_before(text, low, one, asked) or next(iter(after), None)
    if found and found.skip and _pattern(found.skip).search(f"{text[low : one.end]}{behind}"):
        return None
    return found


def _named_before(text: str, low: int, one: Quantity, asked: Sequence[Slot]) -> Slot | None:
    best: tuple[int, int] = (-1, 0)
    found: Slot | None = None
    before = text[low : one.start]
    for slot in asked:
        for match in _pattern(slot.names).finditer(before) if slot.names else ():
            rank = (match.end(), match.end() - match.start())
            gap = before[match.end() :]
            if rank > best and len(gap) <= _GAP and not _PARTED.search(gap):
                best, found = rank, slot
    return found


def _is_kept(one: Quantity, slot: Slot, values: Iterable[Value], text: str) -> bool:
    if one.unit == "日":
        return any(_is_day(one.value, kept) for kept in values)
    if slot.ranged and not (one.joins or _is_end(one, text)):
        return True
    said, kept = float(one.value), [float(value) for value in values]  # type: ignore[arg-type]  # days are pairs, the rest numbers
    if one.unit == "时" and said < _NOON and said + _NOON in kept:
        # 四点开奖 is in the afternoon where nobody says when.
        return _MORNING.search(text, max(0, one.start - 6), one.start) is None
    if one.unit == "天":
        return any(abs(said - value) <= _NEAR * max(said, value) for value in kept)
    if slot.most and said <= max(kept):
        return True
    if slot.least and said >= min(kept) and not text.startswith("起", one.end):
        return True
    return any(abs(said - value) <= 1e-6 * max(1.0, abs(value)) for value in kept)


def _is_end(one: Quantity, text: str) -> bool:
    """Return whether a figure begins or ends a range that has its unit twice (2.35%-2.85%)."""
    return bool(_TO_NEXT.match(text, one.end) or _FROM_LAST.search(text, 0, one.start))


def _is_day(said: Value, kept: Value) -> bool:
    """Return whether two days may be one: what one of them leaves out says nothing."""
    if not isinstance(said, tuple) or not isinstance(kept, tuple):
        return False
    return all(one == other or 0 in (one, other) for one, other in zip(said, kept, strict=True))


def _free(noun: str) -> str:
    return (
        rf"(?:不(?:再)?[收交要扣]取?(?:任何)?|免(?:收|除|交)?|没有|无|零|(?<![\d.])0)(?:{noun})"
        rf"|(?:{noun})[^,。;!?\n\d]{{0,3}}(?:全免|免(?![赔息])|为?零|不收|为?0(?![.\d]))"
    )


def _freed(text: str, slot: Slot) -> Iterator[Place]:
    for match in _pattern(_free(slot.none)).finditer(text):
        if standing(text, *match.span()) == "own":
            yield Place(match.start(), match.end(), slot.sure)
