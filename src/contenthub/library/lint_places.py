"""Idea: where the words of rules stand in one field's text, and which of them the text means."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from contenthub.library.attitude import Discourse, Stance
from contenthub.library.lint_parts import Part, Wording, sentence
from contenthub.library.offers import EVERYDAY
from contenthub.library.rules import Book, Rule, pack
from contenthub.library.stance import is_question, is_taught

HITS_MAX = 200
_NEAR_CHARS = 16
_TAILS = ("tail", "tail2", "tail3")
Match = tuple[int, int, int]
"""Start and end of a match, and where its telling part begins (-1 without one)."""


class Place(NamedTuple):
    """Where the rule `number` finds its words.

    Doubtful when they seem told and not said, abroad when they may be of another business.
    """

    number: int
    start: int
    end: int
    is_doubtful: bool
    is_abroad: bool

    @property
    def is_sure(self) -> bool:
        """Whether the rule speaks without asking anybody."""
        return not (self.is_doubtful or self.is_abroad)


def places(asked: Book, numbers: frozenset[int], part: Part, wording: Wording) -> Iterator[Place]:
    """Yield what patterns and frames find; of places of one rule that overlap, the first.

    What a person decides on comes last, where no sure one of the same rule overlaps it.
    """
    lifted: dict[int, bool] = {}
    taken: dict[int, list[tuple[int, int]]] = {}
    doubtful: list[Place] = []
    for number, found in _candidates(asked, numbers, part, wording):
        if lifted.get(number):
            continue
        rule = asked.rules[number]
        for start, end, stance in islice(found, HITS_MAX):
            if number not in lifted:  # these scopes are the same for every match
                lifted[number] = is_lifted_throughout(rule, part, wording)
            if lifted[number]:
                break
            is_abroad = not _is_at_hand(rule, part, (start, end), wording)
            place = Place(number, start, end, stance is Stance.DOUBTFUL, is_abroad)
            if not place.is_sure:
                doubtful.append(place)
            elif _take(taken, place):
                yield place
    for place in doubtful:
        if _take(taken, place):
            yield place


def is_lifted_throughout(rule: Rule, part: Part, wording: Wording) -> bool:
    """Return whether what stands in the same field, or anywhere in the item, lifts a rule."""
    return any(
        scope in rule.unless and rule.unless[scope].is_in(text)
        for scope, text in (("field", wording.scope(part)), ("item", wording.item))
    )


def _take(taken: dict[int, list[tuple[int, int]]], place: Place) -> bool:
    spans = taken.setdefault(place.number, [])
    if any(low < place.end and place.start < high for low, high in spans):
        return False
    spans.append((place.start, place.end))
    return True


def _candidates(
    asked: Book, numbers: frozenset[int], part: Part, wording: Wording
) -> Iterator[tuple[int, Iterator[tuple[int, int, Stance]]]]:
    """Yield the number of a rule with the places that one of its patterns or frames finds."""
    for branch, stretches in asked.sieve.sentences(part.text).items():
        number, expression = asked.branches[branch]
        if number not in numbers:
            continue
        pattern = expression.compiled
        # Mostly there is none: looked for before anything is made ready for it.
        met = [(low, high) for low, high in stretches if pattern.search(part.text, low, high)]
        if met:
            found = _matches(pattern, part.text, met)
            yield number, _standing(asked.rules[number], found, part, wording)
    framed = asked.frames(wording.kind, wording.topic)
    words = pack().lexicon.met(part.text, framed.classes) if part.text else {}
    for number, frame in framed.frames if words else ():
        found = frame.places(part.text, words)
        yield number, _standing(asked.rules[number], found, part, wording)


def _matches(
    pattern: re.Pattern[str], text: str, stretches: list[tuple[int, int]]
) -> Iterator[Match]:
    tails = [name for name in _TAILS if name in pattern.groupindex]
    for low, high in stretches:
        for match in pattern.finditer(text, low, min(high, len(text))):
            yield *match.span(), max((match.start(name) for name in tails), default=-1)


def _standing(
    rule: Rule, found: Iterator[Match], part: Part, wording: Wording
) -> Iterator[tuple[int, int, Stance]]:
    """Yield the matches that are on the rule's subject and that nothing around them lifts."""
    for match in found:
        start, end, _ = match
        if _asks(rule, wording) or _is_at_hand(rule, part, (start, end), wording):
            stance = _stance(rule, part, match, wording)
            if stance is not Stance.LIFTED:
                yield start, end, stance


def _asks(rule: Rule, wording: Wording) -> bool:
    """Return whether somebody decides on words of another business in what sells nothing."""
    return rule.asks_abroad and wording.topic in EVERYDAY


def _is_at_hand(rule: Rule, part: Part, span: tuple[int, int], wording: Wording) -> bool:
    """Return whether a place is in an item of the rule's topics, or its sentence names them."""
    if rule.is_at_home(wording.topic):
        return True
    return rule.about is not None and rule.about.is_in(sentence(part.text, *span))


def _stance(rule: Rule, part: Part, match: Match, wording: Wording) -> Stance:
    """Return whether an everyday phrase or the words around a match lift the hit."""
    start, end, _ = match
    if part.is_exempt(start, end):
        return Stance.LIFTED
    text = part.text
    around = {
        "before": lambda: text[max(0, start - _NEAR_CHARS) : start],
        "after": lambda: text[end : end + _NEAR_CHARS],
        "sentence": lambda: sentence(text, start, end),
    }
    if any(
        unless.is_in(around[scope]()) for scope, unless in rule.unless.items() if scope in around
    ):
        return Stance.LIFTED
    if not rule.stance:
        return Stance.STANDS
    if wording.kind == "faq" and is_question(text, end):
        return Stance.LIFTED
    stance = part.stances.get(match)  # several rules may find the same words
    if stance is None:
        stance = stance_of(part, wording, match, quote=_quotation(part, match))
        part.stances[match] = stance
    return stance


def stance_of(
    part: Part, wording: Wording, match: Match, *, quote: tuple[int, int] | None
) -> Stance:
    """Return how the text around a match takes its words; `quote` is what they are quoted in."""
    start, end, tail = match
    is_lesson = wording.topic == "education"
    if is_lesson and is_taught(part.text, start, end):
        return Stance.LIFTED
    told = Discourse(part.text, part.attitudes, wording.answer_to(part), is_lesson=is_lesson)
    return told.of(start, end, quote=quote, tail=tail)


def _quotation(part: Part, match: Match) -> tuple[int, int] | None:
    """Return the quotation that a match, its telling part or its end stands in."""
    start, end, tail = match
    found = (part.quotation(at) for at in (start, tail, end - 1) if at >= 0)
    return next(filter(None, found), None)
