"""Idea: whether a reader would take some of a code's data for one of its three corner marks.

A reader looks for runs of 1:1:3:1:1 modules in rows that cross the same in columns. OpenCV
takes rows for it that are only nearly so; one such place in the data and it finds four
corners, then none: of 1,200 codes it lost 14 as made, all of them for that.
"""

import functools
import itertools

LIKENESS = 0.22
"""How far a row's runs may be off in all, in shares of its length; OpenCV's bound is 0.2."""
_SHAPE = (1, 1, 3, 1, 1)


def has_false_corner(side: int, modules: int) -> bool:
    """Return whether a code has a false corner mark; row by row from the highest bit, 1 is dark."""
    middles = _columns(side, modules) & ~_corners(side)
    while middles:
        place = side * side - middles.bit_length()
        row, column = divmod(place, side)
        middles ^= 1 << side * side - 1 - place
        line = modules >> side * (side - 1 - row) & (1 << side) - 1
        if _is_like(format(line, f"0{side}b"), column):
            return True
    return False


def _columns(side: int, dark: int) -> int:
    """Return the modules in the middle of 1:1:3:1:1 down their column, light around it."""
    one, two, three, four = (side * step for step in (1, 2, 3, 4))
    shape = dark & dark >> one & dark << one & dark >> three & dark << three
    return shape & ~(dark >> two | dark << two | dark >> four | dark << four)


@functools.cache
def _corners(side: int) -> int:
    """Return the modules in the middle of the true marks' columns."""
    last = side - 4
    middles = ((3, 3), (3, last), (last, 3))
    spots = [(row, column + step) for row, column in middles for step in (-1, 0, 1)]
    return sum(1 << side * side - 1 - (row * side + column) for row, column in spots)


def _is_like(line: str, column: int) -> bool:
    """Return whether a row, 1 for dark, has in its middle at `column` what looks like a mark."""
    first = line.rfind("0", 0, column) + 1
    past = _next(line, "0", column)
    left_last = line.rfind("1", 0, first)
    right_first = _next(line, "1", past)
    if left_last < 0 or right_first == len(line):
        return False
    left_first = line.rfind("0", 0, left_last) + 1
    right_past = _next(line, "0", right_first)
    edges = (left_first, left_last + 1, first, past, right_first, right_past)
    length = right_past - left_first
    # The middle of an even number of modules lies between two.
    if column not in ((left_first + right_past) // 2, (left_first + right_past - 1) // 2):
        return False
    runs = (after - before for before, after in itertools.pairwise(edges))
    off = sum(abs(7 * run - part * length) for run, part in zip(runs, _SHAPE, strict=True))
    return off < LIKENESS * 7 * length


def _next(line: str, kind: str, start: int) -> int:
    found = line.find(kind, start)
    return len(line) if found < 0 else found
