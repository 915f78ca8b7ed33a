"""Idea: numbers kept as bit slices, compared as bitmaps: who has at least so much.

Slice `b` holds whoever has bit `b` set in their number; who is in none has the number 0.
"""

from collections.abc import Callable
from typing import TypeAlias

from pyroaring import BitMap

from contenthub.customers.tagtree import Operator

SliceOf: TypeAlias = Callable[[int], BitMap]


def bits_read(op: Operator, value: int, width: int) -> range:
    """Return the slices a comparison reads: `>= f` never looks below the lowest set bit of f."""
    if op in ("=", "!="):
        return range(width)
    floor = _floor(op, value)
    lowest = (floor & -floor).bit_length() - 1 if floor else width
    return range(lowest, width)


def compare(op: Operator, value: int, slice_of: SliceOf, some: BitMap, *, width: int) -> BitMap:
    """Return who of `some` has a number of `width` bits that compares so with `value`."""
    if op in ("=", "!="):
        equal = _equal(value, slice_of, some, width)
        return equal if op == "=" else some - equal
    at_least = _at_least(_floor(op, value), slice_of, some, width)
    return at_least if op in (">=", ">") else some - at_least


def _floor(op: Operator, value: int) -> int:
    """Return f such that `op value` is `>= f` or its opposite: `> x` is `>= x + 1`."""
    return value + 1 if op in (">", "<=") else value


def _equal(value: int, slice_of: SliceOf, some: BitMap, width: int) -> BitMap:
    if value >> width:
        return BitMap()
    left = BitMap(some)
    for bit in range(width - 1, -1, -1):
        if value >> bit & 1:
            left &= slice_of(bit)
        else:
            left -= slice_of(bit)
        if not left:
            break
    return left


def _at_least(floor: int, slice_of: SliceOf, some: BitMap, width: int) -> BitMap:
    """Return who has at least `floor`: one AND or OR per slice, from the low end up."""
    if floor >> width:
        return BitMap()
    bits = bits_read(">=", floor, width)
    if not bits:
        return BitMap(some)
    reached = some & slice_of(bits[0])
    for bit in bits[1:]:
        if floor >> bit & 1:
            reached &= slice_of(bit)
        else:
            reached |= slice_of(bit)
    return reached & some
