"""Idea: what a sentence says as a whole, beside what its words say.

Two readers see each sentence: the rules by words (lint.py) and the classifier by likeness.
What only the classifier finds is forbidden when it is sure, and weighed by a person when it is
not; what the rules find in a sentence that it takes for an honest one is weighed by a person.
"""

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import NamedTuple

from contenthub.library.classifier import classifier
from contenthub.library.figuresigns import names_a_figure
from contenthub.library.folding import fold
from contenthub.library.kinds import fields_of
from contenthub.library.lint_hits import Hit
from contenthub.library.lint_parts import Part, Wording
from contenthub.library.mending import change_of
from contenthub.library.rules import Book, Rule
from contenthub.library.sentences import before_first, behind_last, wholes

SURE = 0.4
"""The margin from which a sentence is forbidden, and below MAYBE's nobody is asked; HONEST is the
one under which a finding by words is weighed by a person. Chosen on sentences that neither reader
had seen (docs/decisions/0052)."""
SURE_OF_FIGURES = 0.6
"""SURE of a sentence that names a figure: honest ones in a new hand came as far as others' 0.4."""
MAYBE = 0.2
HONEST = -0.5
_SAID = re.compile(r"(?:[^\u4e00-\u9fff]*[\u4e00-\u9fff]){8}")
"""Names, codes and labels are no sentences: these have eight characters at least."""
_CLAUSE_ENDS = "。,!?;:\n"
_EXAMPLE_CHARS = 40
_NEW_MAX = 40
_OF_A_FIELD = "PRIZE-04"
"""It says what a whole field lacks, and nothing of its sentences."""
_READS = "整句读来"
_LIKE = f"{_READS}与「{{}}」一类的话相近，请改写或删去：{{}}"
_MAYBE_LIKE = f"{_READS}有些像「{{}}」一类的话，请审核人确认；若是，{{}}"
_HONEST = "用词属于这一类，整句读来却像如实的说明，请审核人确认；若是自己的宣传，"


class Whole(NamedTuple):
    """A sentence: its folded text as the classifier reads it, its place in the author's own."""

    part: Part
    text: str
    start: int
    end: int

    def holds(self, hit: Hit) -> bool:
        """Return whether any of the finding's words stand in this sentence."""
        return hit.field == self.part.name and hit.start < self.end and self.start < hit.end


Judged = tuple[Whole, float]
"""A sentence with its margin."""


def by_wholes(
    asked: Book,
    numbers: frozenset[int],
    wording: Wording,
    found: list[Hit],
    *,
    beside: Sequence[Part],
    across: Sequence[Hit],
) -> list[Hit]:
    """Return the findings as both readers together see them, new ones at the end.

    `beside` are texts that are no part of the item's own words (descriptions of pictures),
    `across` findings that no single sentence holds: they stay as they are.
    """
    read = read_wholes(wording, beside)
    margins = classifier().margins([one.text for one in read], wording.topic)
    judged = list(zip(read, margins, strict=True))
    by_words = {one.id: one for n in numbers if (one := asked.rules[n]).is_wording}
    seen = [
        _weighed(hit, by_words[hit.rule], judged, wording) if hit.rule in by_words else hit
        for hit in found
    ]
    seen += across
    told = [(one, margin) for one, margin in judged if margin >= MAYBE]
    return seen + _new(by_words, wording.topic, told, seen)


def reads_forbidden(text: str, topic: str) -> bool:
    """Return whether any sentence of a folded text reads as forbidden, or nearly so."""
    said = [text[low:high].strip() for low, high in _spans(text)]
    return any(margin >= MAYBE for margin in classifier().margins(said, topic))


def is_sentence(text: str) -> bool:
    """Return whether a folded text is more than a name, a code or a label."""
    return _SAID.match(text) is not None


def is_likeness(hit: Hit) -> bool:
    """Return whether a finding is made by the classifier alone, not by any of its words."""
    return hit.advice.startswith(_READS)


def read_wholes(wording: Wording, beside: Sequence[Part] = ()) -> list[Whole]:
    """Return the sentences of an item that are read whole, those of an FAQ with their question."""
    silent = {
        f"fields.{spec.name}"
        for spec in fields_of(wording.kind, wording.topic)
        if not spec.is_prose
    }
    parts = [*(one for one in wording.parts if one.name not in silent), *beside]
    asked = _question(wording) if wording.kind == "faq" else None
    read = [
        Whole(part, part.text[low:high].strip(), *part.folded.span(low, high))
        for part in parts
        if asked is None or part is not asked
        for low, high in _spans(part.text)
    ]
    return read + (_answer(wording, asked) if asked else [])


def _question(wording: Wording) -> Part | None:
    """Return what an FAQ asks: alone it says nothing."""
    parts = [part for name in ("fields.question", "title") if (part := wording.part(name)).text]
    return parts[0] if parts else None


def _answer(wording: Wording, asked: Part) -> list[Whole]:
    """Return how an FAQ begins to answer, read together with its question."""
    for part in (wording.part("fields.answer"), wording.part("body")):
        for low, high in _spans(part.text):
            said = f"问:{asked.text.strip()}答:{part.text[low:high].strip()}"
            return [Whole(part, said, *part.folded.span(low, high))]
    return []


def _spans(text: str) -> list[tuple[int, int]]:
    """Return where the sentences of a text stand that are more than names, codes and labels."""
    return [(low, high) for low, high in wholes(text) if _SAID.match(text, low, high)]


def _weighed(hit: Hit, rule: Rule, judged: Sequence[Judged], wording: Wording) -> Hit:
    """Return a finding by words as both readers see it: a person decides where they differ.

    What a matcher has read in numbers (whose money, which account) is no matter of wording.
    """
    held = [(one.part, margin) for one, margin in judged if one.holds(hit)]
    if not held:
        return hit
    part, margin = held[0][0], max(margin for _, margin in held)
    if hit.severity == "review" and margin >= MAYBE:
        return replace(hit, severity="block", advice=rule.advice_on(hit.text))
    is_doubted = not rule.matcher and margin <= HONEST
    if hit.severity == "block" and is_doubted and _is_honest(part, hit, wording.topic):
        return replace(hit, severity="review", advice=f"{_HONEST}{hit.advice}", fix=None)
    return hit


def _is_honest(part: Part, hit: Hit, topic: str) -> bool:
    """Return whether a finding's own clause reads as honest, too, and nothing is in disguise."""
    if part.as_written() is not None or len(fold(hit.text).text) != len(hit.text):
        return False
    origins = part.folded.origins
    start, end = bisect_left(origins, hit.start), bisect_left(origins, hit.end)
    low = behind_last(part.text, _CLAUSE_ENDS, 0, start)
    high = before_first(part.text, _CLAUSE_ENDS, end, len(part.text))
    clause = part.text[low:high].strip()
    return classifier().margins([clause], topic)[0] <= 0


def _new(rules: Mapping[str, Rule], topic: str, told: list[Judged], seen: list[Hit]) -> list[Hit]:
    """Return the findings that only the classifier makes, the surest first."""
    made: list[Hit] = []
    for one, margin in sorted(told, key=lambda told: (-told[1], told[0].start)):
        if len(made) == _NEW_MAX:
            break
        if any(one.holds(hit) and hit.rule != _OF_A_FIELD for hit in (*seen, *made)):
            continue
        near = classifier().nearest(one.text, topic, frozenset(rules))
        if near is not None:
            made.append(_hit(rules[near[0]], one, near[1], is_sure=_is_sure(one, margin)))
    return made


def _is_sure(one: Whole, margin: float) -> bool:
    """Return whether a sentence is forbidden by its likeness alone."""
    return margin >= (SURE_OF_FIGURES if names_a_figure(one.text) else SURE)


def _hit(rule: Rule, one: Whole, example: str, *, is_sure: bool) -> Hit:
    change = change_of(one.part.original, one.start, one.end, "", is_word=False)
    fix = {"action": "replace", "field": one.part.name, **asdict(change)} if change else None
    said = _LIKE if is_sure else _MAYBE_LIKE
    return Hit(
        rule=rule.id,
        severity="block" if is_sure else "review",
        where=f"{one.part.name}:{one.start}",
        text=one.part.original[one.start : one.end],
        advice=said.format(example[:_EXAMPLE_CHARS], rule.advice),
        source=rule.source,
        name=rule.name,
        field=one.part.name,
        start=one.start,
        end=one.end,
        fix=fix if is_sure else None,
    )
