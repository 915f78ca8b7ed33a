"""Idea: where a sentence of folded text begins and ends."""

import re
from collections.abc import Iterator

SENTENCE_ENDS = "。!?;\n"
_SENTENCE = re.compile(r"[^。!?;\n]+[。!?;]*[”’」』\")]*")
_ASKED = re.compile(r"\?[”’」』\")]*$")


def wholes(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each sentence stands, and each question once more with what follows it."""
    spans = [match.span() for match in _SENTENCE.finditer(text)]
    for number, (low, high) in enumerate(spans):
        yield low, high
        if _ASKED.search(text, low, high) and number + 1 < len(spans):
            yield low, spans[number + 1][1]


def behind_last(text: str, marks: str, low: int, high: int) -> int:
    """Return the place after the last of the marks in text[low:high], `low` without one."""
    for mark in marks:  # asked many times a sentence: each looks only behind what was found
        at = text.rfind(mark, low, high)
        if at >= 0:
            low = at + 1
    return low


def before_first(text: str, marks: str, low: int, high: int) -> int:
    """Return the place of the first of the marks in text[low:high], `high` without one."""
    for mark in marks:
        at = text.find(mark, low, high)
        high = at if at >= 0 else high
    return high
