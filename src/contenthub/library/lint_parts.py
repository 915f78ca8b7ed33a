"""Idea: one field's text as the rules read it: folded, undisguised, with its quotations."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from contenthub.library.disguise import Guard
from contenthub.library.folding import Folded, fold, in_one_line, without
from contenthub.library.rules import pack
from contenthub.library.typesizes import Page, Span

_SENTENCE_ENDS = "。!?;\n"
_SENTENCE_CHARS = 200
_QUOTED = re.compile(
    r"“[^”“\n]{1,80}”|「[^」\n]{1,80}」|『[^』\n]{1,80}』|‘[^’\n]{1,80}’|《[^》\n]{1,80}》"
    r"|\"[^\"\n]{1,80}\"|【[^】\n]{1,80}】"
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
        hidden: Sequence[Span] = (),
        is_read: bool = False,
    ) -> None:
        """Read a text without the `hidden` places of it: what nobody sees denies nothing.

        `is_read` tells that the text was taken from parts that were read already.
        """
        self.name = name
        self.guard = guard
        self.original = text
        self.folded: Folded = _plain(text) if is_read else _read(text, guard, hidden)
        self.text = self.folded.text
        self._label = "业绩比较基准" if label.startswith("benchmark") else ""

    @cached_property
    def scope(self) -> str:
        """The text with what its field is called, where that says what a figure is."""
        return f"{self._label}{self.text}"

    @cached_property
    def exempt(self) -> list[tuple[int, int]]:
        """The places of everyday phrases that only look like a forbidden word."""
        return [match.span() for match in pack().exemptions.finditer(self.text)]

    @cached_property
    def _quotations(self) -> list[tuple[int, int]]:
        return [match.span() for match in _QUOTED.finditer(self.original)]

    def is_quoted(self, at: int) -> bool:
        """Return whether folded character `at` stands in quotation marks in the original."""
        if not self._quotations or at >= len(self.folded.origins):
            return False
        origin = self.folded.origins[at]
        return any(low <= origin < high for low, high in self._quotations)


def _plain(text: str) -> Folded:
    return Folded(text, tuple(range(len(text))))


def _read(text: str, guard: Guard, hidden: Sequence[Span]) -> Folded:
    seen = without(fold(text), hidden) if hidden else fold(text)
    return guard.undisguised(in_one_line(seen))


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

    def part(self, name: str) -> Part:
        """Return the part of a field; an empty one when nothing is written there."""
        for part in self.parts:
            if part.name == name:
                return part
        return Part(name, "", self.shown.get(name.removeprefix("fields."), ""), self.parts[0].guard)


def sentence(text: str, start: int, end: int) -> str:
    """Return the sentence around a place, at most 200 characters to either side."""
    floor, ceiling = max(0, start - _SENTENCE_CHARS), min(len(text), end + _SENTENCE_CHARS)
    low = max(text.rfind(mark, floor, start) for mark in _SENTENCE_ENDS) + 1
    ends = [at for mark in _SENTENCE_ENDS if (at := text.find(mark, end, ceiling)) >= 0]
    return text[max(low, floor) : min(ends, default=ceiling)]
