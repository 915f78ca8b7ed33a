"""Idea: a column of a statement as one text, which PostgreSQL splits again.

Of an array a driver asks each element what it is, in Python: for ten thousand customers that
takes as long as writing them does, and the database waits meanwhile.
"""

from collections.abc import Sequence

SEPARATOR = "\x1f"
"""chr(31): stands in no text of ours, as cells are cleaned of control characters."""


def joined(values: Sequence[object]) -> str:
    """Return a column's values as one text; None is an empty word.

    A separator behind each: split, there is one word too many, also of a single empty one.
    """
    if values and isinstance(values[0], str):
        return _texts([str(value) for value in values])
    words = {value: "" if value is None else str(value) for value in set(values)}
    return _texts([words[value] for value in values])


def _texts(words: list[str]) -> str:
    text = SEPARATOR.join([*words, ""])
    if text.count(SEPARATOR) != len(words):
        return _texts([word.replace(SEPARATOR, " ") for word in words])
    return text
