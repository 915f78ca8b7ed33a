"""Idea: the CRC-32 of files that share most of their bytes, without reading these again.

Appending known bytes B changes a checksum c as `crc32(B, c)`, which is linear in c but for a
constant (Z/2). So B is read 33 times once, for c = 0 and each bit of c, and never again.
"""

import zlib
from collections.abc import Sequence

_Table = tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...], tuple[int, ...], int]


class SplicedSums:
    """Checksums of files made of the same shared pieces with other pieces between them."""

    def __init__(self, shared: Sequence[bytes]) -> None:
        self._tables = [_table(piece) for piece in shared]

    def of(self, own: Sequence[bytes]) -> int:
        """Return the CRC-32 of the file with these own pieces, one behind each shared one."""
        total = 0
        for place, (low, second, third, high, constant) in enumerate(self._tables):
            total = (
                low[total & 0xFF]
                ^ second[total >> 8 & 0xFF]
                ^ third[total >> 16 & 0xFF]
                ^ high[total >> 24]
                ^ constant
            )
            if place < len(own):
                total = zlib.crc32(own[place], total)
        return total


def _table(piece: bytes) -> _Table:
    constant = zlib.crc32(piece)
    bits = [zlib.crc32(piece, 1 << bit) ^ constant for bit in range(32)]
    low, second, third, high = (_bytes(bits[start : start + 8]) for start in range(0, 32, 8))
    return low, second, third, high, constant


def _bytes(bits: list[int]) -> tuple[int, ...]:
    """Return what each value of one byte adds, from what its bits add."""
    found = [0] * 256
    for value in range(1, 256):
        lowest = value & -value
        found[value] = found[value ^ lowest] ^ bits[lowest.bit_length() - 1]
    return tuple(found)
