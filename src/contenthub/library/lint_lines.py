"""Idea: short lines read as the one sentence that they are when a break stands inside it.

Authors break lines where a comma was, posters after every few characters; the words mean the
same. What ends a sentence, begins a point of a list, a label or a heading is no such break.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from contenthub.library.folding import Folded
from contenthub.library.lint_parts import Part

_LINE_CHARS = 30
_SHORT_CHARS = 16
_ENDS = re.compile(r"[。!?;:…！？；：][\s”’」』\"')）】]*$")
_POINT = re.compile(
    r"\s*(?:[(（]?\d{1,2}[.、)）．](?!\d)|[(（]?[一二三四五六七八九十]{1,3}[、)）]|第[一二三四五六七八九十\d]+[条步项章天,、]"
    r"|[\u2460-\u2473\u2776-\u277f]|[-*·•●○■□◆◇▪▶►★☆※✓✔✅👉📍🔹🔸#【]|注[:：]|[^\s:：]{1,8}[:：])"
)


class Break(NamedTuple):
    """A line break inside a sentence, as a place in the author's own text.

    Short lines on both sides are surely one sentence; longer ones may be two statements.
    """

    at: int
    is_short: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """Lines of a field read as one."""

    part: Part
    breaks: tuple[Break, ...]

    def over(self, start: int, end: int) -> list[Break]:
        """Return the breaks inside a place of the author's text."""
        return [one for one in self.breaks if start < one.at < end]


def readings(part: Part) -> Iterator[Reading]:
    """Yield the broken sentences of a field, each as one line.

    Without a sign where the break was: a comma would part a word that is broken in its middle,
    and a denial from what it denies.
    """
    if "\n" not in part.text:
        return
    start, low, breaks = 0, 0, list[Break]()
    lines = part.text.split("\n")
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        end = low + len(line)
        if _is_soft(part, line, below, at=end):
            is_short = max(len(line), len(below)) <= _SHORT_CHARS
            breaks.append(Break(part.folded.origins[end], is_short))
        else:
            if breaks:
                yield Reading(_joined(part, start, end), tuple(breaks))
            start, breaks = end + 1, []
        low = end + 1


def _is_soft(part: Part, above: str, below: str, *, at: int) -> bool:
    """Return whether a line goes on below the break at `at`."""
    if not (above and below) or max(len(above), len(below)) > _LINE_CHARS:
        return False
    origins = part.folded.origins
    if _ENDS.search(above) or origins[at] in part.edges:
        return False
    begins = origins[at + 1]
    return not _POINT.match(part.original[begins : begins + 16])


def _joined(part: Part, low: int, high: int) -> Part:
    kept = [at for at in range(low, high) if part.text[at] != "\n"]
    folded = part.folded
    read = Folded(
        "".join(part.text[at] for at in kept),
        tuple(folded.origins[at] for at in kept),
        tuple(folded.ends[at] for at in kept) if folded.ends else (),
    )
    read = part.guard.undisguised(read)
    return Part(part.name, part.label, part.original, part.guard, read=read, within=part.scope)
