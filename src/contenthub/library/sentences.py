"""Idea: where a sentence of folded text begins and ends."""

SENTENCE_ENDS = "。!?;\n"


def behind_last(text: str, marks: str, low: int, high: int) -> int:
    """Return the place after the last of the marks in text[low:high], `low` without one."""
    for mark in marks:  # asked many times a sentence: each looks only behind what was found
        low = max(low, text.rfind(mark, low, high) + 1)
    return low


def before_first(text: str, marks: str, low: int, high: int) -> int:
    """Return the place of the first of the marks in text[low:high], `high` without one."""
    for mark in marks:
        at = text.find(mark, low, high)
        high = at if at >= 0 else high
    return high
