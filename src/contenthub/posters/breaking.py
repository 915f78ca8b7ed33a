"""Idea: where a line of Chinese may end, by the rules of 避头尾 (GB/T 15834, CLREQ).

Words, numbers with their units, and marks with their neighbours stay together.
"""

import functools
import re

_NO_START = frozenset("，。、：；？！）》」』】〕｝〉”’…—―～·・％％,.;:?!)]}℃°¢‰々ー〗］．－–‐／")
_NO_END = frozenset("（《「『【〔｛〈“‘￥¥$([{#＃№〖［")
_UNITS = frozenset("万亿元年月日天号期个％倍折份%点时分秒")
_WORD = re.compile(r"[0-9A-Za-z@_+\-./:,%'&#À-ɏ]")
_TWINS = frozenset("—…―")
HANGING = frozenset("，。、．")
"""Marks that may stand outside the box at a line's end."""


_WHOLE = re.compile(r"[一-鿿]{2,4}")
"""Words that are read as one; longer ones have joints of their own."""


@functools.lru_cache(maxsize=8192)
def may_break(left: str, right: str) -> bool:
    """Return whether a line may end between two neighbouring characters."""
    if right.isspace():
        return False
    if left.isspace():
        return True
    if right in _NO_START or left in _NO_END:
        return False
    if left in _TWINS and left == right:
        return False
    if (left.isdigit() and right in _UNITS) or (left in "万亿" and right == "元"):
        return False
    return not (_WORD.match(left) and _WORD.match(right))


def chunks(text: str) -> list[tuple[int, int]]:
    """Return the pieces of a paragraph that stay together, as [start, after) in order."""
    found = []
    start = 0
    for at in range(1, len(text)):
        if may_break(text[at - 1], text[at]):
            found.append((start, at))
            start = at
    if text:
        found.append((start, len(text)))
    return found


@functools.lru_cache(maxsize=512)
def inside_words(text: str) -> frozenset[int]:
    """Return the places before which a line would cut a Chinese word of two to four characters."""
    import rjieba  # its dictionary takes a quarter of a second: for the first text of two lines

    inside: set[int] = set()
    start = 0
    for word in rjieba.cut(text):
        if _WHOLE.fullmatch(word):
            inside.update(range(start + 1, start + len(word)))
        start += len(word)
    return frozenset(inside)
