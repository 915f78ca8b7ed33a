"""Idea: one field's text as the rules read it: folded, undisguised, with its quotations."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from contenthub.library.attitude import CLASSES, Stance
from contenthub.library.disguise import Guard
from contenthub.library.fieldtypes import WrongValue
from contenthub.library.folding import Folded, fold, in_one_line, without
from contenthub.library.itemfields import cells_of, clean_value
from contenthub.library.kinds import field
from contenthub.library.rules import pack
from contenthub.library.sentences import SENTENCE_ENDS, before_first, behind_last
from contenthub.library.typesizes import Page, Span

_SENTENCE_CHARS = 200
_LABELLED = "\x00"
"""Stands between what a field is called and its text: no author can write a label by it."""
_ANSWER_CHARS = 60
_QUOTED = re.compile(
    r"“[^”“\n]{1,80}”|「[^」\n]{1,80}」|『[^』\n]{1,80}』|‘[^’\n]{1,80}’|《[^》\n]{1,80}》"
    r"|\"[^\"\n]{1,80}\"|【[^】\n]{1,80}】|'[^'\n]*[\u4e00-\u9fff][^'\n]*'"
)


class Part:
    """One field's readable text; facts (numbers, dates, choices) are only context."""

    def __init__(
        self,
        name: str,
        label: str,
        text: str,
        guard: Guard,
        *,
        seen: Page | None = None,
        read: Folded | None = None,
        within: str = "",
    ) -> None:
        """Read a text as it is `seen`: what nobody sees denies nothing.

        `read` is what to take the text for as it stands, where it was read already; `within`
        the scope of the whole field, where the text is only a piece of it.
        """
        self.name = name
        self.label = label
        self.guard = guard
        self.original = text
        self._written = read or _seen(text, seen.hidden if seen else ())
        self.folded: Folded = read or guard.undisguised(self._written)
        self.text = self.folded.text
        self._label = f"业绩比较基准{_LABELLED}" if label.startswith("benchmark") else ""
        self._within = within
        self.edges: Collection[int] = seen.edges if seen else ()
        self.stances: dict[tuple[int, int, int], Stance] = {}
        """How the text takes the words at a match: what was worked out for one rule."""
        self.differing: list[tuple[int, int, bool]] | None = None
        """Where it differs from its product's fields, and whether surely: asked by two rules."""

    @cached_property
    def scope(self) -> str:
        """The text with what its field is called, where that says what a figure is."""
        return f"{self._label}{self._within or self.text}"

    @cached_property
    def exempt(self) -> list[tuple[int, int]]:
        """The places of everyday phrases that only look like a forbidden word."""
        return [match.span() for match in pack().exemptions.compiled.finditer(self.text)]

    def is_exempt(self, start: int, end: int) -> bool:
        """Return whether an everyday phrase reaches into a place."""
        at = bisect_left(self.exempt, (start, end))
        return any(low < end and start < high for low, high in self.exempt[max(0, at - 1) : at + 1])

    @cached_property
    def _quotations(self) -> list[tuple[int, int]]:
        origins = self.folded.origins
        return [
            (bisect_left(origins, match.start()), bisect_left(origins, match.end()))
            for match in _QUOTED.finditer(self.original)
        ]

    def quotation(self, at: int) -> tuple[int, int] | None:
        """Return the quotation that folded character `at` stands in, None without one."""
        last = bisect_right(self._quotations, (at, len(self.text))) - 1
        if last < 0 or at >= self._quotations[last][1]:
            return None
        return self._quotations[last]

    def as_written(self) -> "Part | None":
        """Return the part without what was taken for a disguise in it; None when nothing was."""
        if self._written.text == self.text:
            return None
        return Part(self.name, "", self.original, self.guard, read=self._written)

    @cached_property
    def attitudes(self) -> Mapping[str, list[Span]]:
        """The places of the words by which the text takes its stand (attitude.py)."""
        words = pack().attitudes
        return words.met(self.text, words.numbers(CLASSES))


def plain(text: str) -> Folded:
    """Return a text that was folded already as it stands."""
    return Folded(text, tuple(range(len(text))))


def _seen(text: str, hidden: Sequence[Span]) -> Folded:
    return in_one_line(without(fold(text), hidden) if hidden else fold(text))


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """What an approved product says of itself, for items that refer to it."""

    title: str
    topic: str
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Wording:
    """Everything of an item that rules read, made once for all of them.

    `shown` are the filled fields as text, `item` all texts and facts together, `page` is the
    body as its readers see it; `product` are the facts of the approved product that the item
    refers to, when it does.
    """

    kind: str
    topic: str
    fields: Mapping[str, Any]
    shown: Mapping[str, str]
    parts: list[Part]
    item: str
    page: Page
    product: ProductFacts | None = None

    def column(self, table: str, name: str) -> list[tuple[dict[str, Any], int]]:
        """Return the rows of a table of numbers where a column is filled, each with its number.

        Rows may be kept or as people type them; what cannot be read is left out.
        """
        spec = field(self.kind, self.topic, table)
        cell = next(one for one in spec.cells if one.name == name)
        rows = self.fields.get(table)
        found = []
        for row in rows if isinstance(rows, list) else str(rows or "").splitlines():
            cells = cells_of(spec, row) or {}
            with suppress(WrongValue):
                if isinstance(number := clean_value(cell, cells.get(name) or None), int):
                    found.append((cells, number))
        return found

    def part(self, name: str) -> Part:
        """Return the part of a field; an empty one when nothing is written there."""
        for part in self.parts:
            if part.name == name:
                return part
        return Part(name, "", self.shown.get(name.removeprefix("fields."), ""), self.parts[0].guard)

    def scope(self, part: Part) -> str:
        """Return the text that a figure's explanation may stand in: the field's own, and of an
        FAQ question and answer together.
        """
        if self.kind != "faq":
            return part.scope
        return "\n".join(one.scope for one in self.parts if one.text) or part.scope

    def answer_to(self, part: Part) -> str:
        """Return how another field begins to answer an FAQ's question; empty for other parts."""
        if self.kind != "faq" or part.name not in ("title", "fields.question"):
            return ""
        answer = self.part("fields.answer").text or self.part("body").text
        return answer[:_ANSWER_CHARS]


def sentence(text: str, start: int, end: int) -> str:
    """Return the sentence around a place, at most 200 characters to either side."""
    floor, ceiling = max(0, start - _SENTENCE_CHARS), min(len(text), end + _SENTENCE_CHARS)
    low = behind_last(text, SENTENCE_ENDS, floor, start)
    return text[low : before_first(text, SENTENCE_ENDS, end, ceiling)]
