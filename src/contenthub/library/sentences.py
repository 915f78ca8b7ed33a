"""Idea: where a sentence of folded text begins and ends."""

SENTENCE_ENDS = "。!?;\n"


def behind_last(text: str, marks: str, low: int, high: int) -> int:
    """Return the place after the last of the marks in text[low:high], `low` without one."""
    return max((text.rfind(mark, low, high) + 1 for mark in marks), default=low) or low


def before_first(text: str, marks: str, low: int, high: int) -> int:
    """Return the place of the first of the marks in text[low:high], `high` without one."""
    return min((at for mark in marks if (at := text.find(mark, low, high)) >= 0), default=high)
