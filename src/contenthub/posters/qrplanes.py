"""Idea: QR codes of versions 1 to 6 as sums of planes: one XOR a byte of the text.

For one version, level and mask, the modules depend on the data bits linearly over GF(2),
error correction included. Each value of each data byte therefore has a plane of modules, worked
out once; a code is the XOR of those of its bytes (design/posters.md §4.6). The mask is the first
of eight under which the data look like no corner mark (qrfinders.py), not the one with the fewest
points of the standard: those readers do not ask for (bench/posters_codes.py).
Source: ISO/IEC 18004; compared module for module with segno in tests/posters/test_qrplanes.py.
"""

import functools
from collections.abc import Callable, Iterator

from contenthub.posters import qrfinders

MASKS = (3, 0, 2, 7, 4, 6, 5, 1)
"""The patterns laid over the data, best first: 97 codes of 100 take the first. Under the last,
whole rows in turn, OpenCV loses every code at some places of a poster made smaller."""
VERSION_MAX = 6
ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

_RAW = (26, 44, 70, 100, 134, 172)
_CHECKS = {
    "L": (7, 10, 15, 20, 26, 18),
    "M": (10, 16, 26, 18, 24, 16),
    "Q": (13, 22, 18, 26, 18, 24),
    "H": (17, 28, 22, 16, 22, 28),
}
"""Error-correction bytes a block, by level and version."""
_BLOCKS = {
    "L": (1, 1, 1, 1, 1, 2),
    "M": (1, 1, 1, 2, 2, 4),
    "Q": (1, 1, 2, 2, 4, 4),
    "H": (1, 1, 2, 4, 4, 4),
}
_ALIGNED_AT = (0, 18, 22, 26, 30, 34)
_FORMAT_BITS = {"L": 1, "M": 0, "Q": 3, "H": 2}
_MASKED: tuple[Callable[[int, int], bool], ...] = (
    lambda row, column: (row + column) % 2 == 0,
    lambda row, column: row % 2 == 0,
    lambda row, column: column % 3 == 0,
    lambda row, column: (row + column) % 3 == 0,
    lambda row, column: (row // 2 + column // 3) % 2 == 0,
    lambda row, column: row * column % 2 + row * column % 3 == 0,
    lambda row, column: (row * column % 2 + row * column % 3) % 2 == 0,
    lambda row, column: ((row + column) % 2 + row * column % 3) % 2 == 0,
)
_CHARS = frozenset(ALPHANUMERIC)
_PLACE = {char: place for place, char in enumerate(ALPHANUMERIC)}
_PAIRS = {
    one + other: 45 * place + _PLACE[other]
    for one, place in _PLACE.items()
    for other in ALPHANUMERIC
}


def side(version: int) -> int:
    """Return how many modules a code of a version has on a side."""
    return 17 + 4 * version


def matrix(text: str, version: int, level: str) -> int:
    """Return the modules, row by row from the highest bit, dark ones set.

    The text must fit (`smallest_version`).
    """
    wide = side(version)
    made = masked(text, version, level, MASKS[0])
    if not qrfinders.has_false_corner(wide, made):
        return made
    others = (masked(text, version, level, mask) for mask in MASKS[1:])
    return next((one for one in others if not qrfinders.has_false_corner(wide, one)), made)


def masked(text: str, version: int, level: str, mask: int) -> int:
    """Return the modules under one of the eight masks (0 to 7), as `matrix`."""
    modules = _base(version, level, mask)
    tables = _layout(version, level).tables
    for at, byte in enumerate(_data(text, version, level)):
        modules ^= tables[at][byte]
    return modules


@functools.lru_cache(maxsize=4096)
def smallest_version(length: int, level: str, *, alphanumeric: bool) -> int | None:
    """Return the first version a text of a length fits into, or None above VERSION_MAX."""
    bits = 4 + 9 + 11 * (length // 2) + 6 * (length % 2) if alphanumeric else 12 + 8 * length
    for version in range(1, VERSION_MAX + 1):
        if bits <= 8 * _data_bytes(version, level):
            return version
    return None


def is_alphanumeric(text: str) -> bool:
    """Return whether a text has only the 45 characters of the alphanumeric mode."""
    return _CHARS.issuperset(text)


def _data_bytes(version: int, level: str) -> int:
    return _RAW[version - 1] - _CHECKS[level][version - 1] * _BLOCKS[level][version - 1]


def _data(text: str, version: int, level: str) -> bytes:
    """Return the text as data bytes, ended and padded."""
    if is_alphanumeric(text):
        bits, count = 0b0010 << 9 | len(text), 13
        for at in range(0, len(text) - 1, 2):
            bits = bits << 11 | _PAIRS[text[at : at + 2]]
        count += 11 * (len(text) // 2)
        if len(text) % 2:
            bits, count = bits << 6 | _PLACE[text[-1]], count + 6
    else:
        raw = text.encode()
        bits = (0b0100 << 8 | len(raw)) << 8 * len(raw) | int.from_bytes(raw)
        count = 12 + 8 * len(raw)
    room = 8 * _data_bytes(version, level)
    ended = min(4, room - count)
    ended += -(count + ended) % 8
    data = (bits << ended).to_bytes((count + ended) // 8)
    left = room // 8 - len(data)
    return data + (b"\xec\x11" * (left // 2 + 1))[:left]


class _Table(dict[int, int]):
    """Planes of one data byte by its value, each summed from those of its bits when asked for."""

    def __init__(self, planes: list[int]) -> None:
        self._planes = planes

    def __missing__(self, value: int) -> int:
        plane = 0
        for bit in range(8):
            if value >> bit & 1:
                plane ^= self._planes[bit]
        self[value] = plane
        return plane


class _Layout:
    """What codes of one version and level share under every mask: a table a data byte."""

    def __init__(self, version: int, level: str) -> None:
        wide = side(version)
        free = _zigzag(wide, _fixed(version))
        spots = [1 << wide * wide - 1 - (row * wide + column) for row, column in free]
        self.tables = [
            _Table([_plane(spots, coded, bit) for bit in range(8)])
            for coded in _unit_codes(version, level)
        ]


@functools.cache
def _layout(version: int, level: str) -> _Layout:
    return _Layout(version, level)


@functools.cache
def _base(version: int, level: str, mask: int) -> int:
    """Return a code's fixed modules, and its mask laid over no data."""
    wide, fixed = side(version), _fixed(version)
    over = {spot: _MASKED[mask](*spot) for spot in _zigzag(wide, fixed)}
    return _bits(wide, fixed | _format(wide, level, mask) | over)


def _bits(wide: int, modules: dict[tuple[int, int], bool]) -> int:
    return sum(
        1 << wide * wide - 1 - (row * wide + column)
        for (row, column), dark in modules.items()
        if dark
    )


def _plane(spots: list[int], coded: dict[int, int], bit: int) -> int:
    """Return the modules that turn when one bit of one data byte does."""
    plane = 0
    for place, factor in coded.items():
        byte = _times(factor, 1 << bit)
        for step in range(8):
            if byte >> 7 - step & 1:
                plane ^= spots[8 * place + step]
    return plane


def _unit_codes(version: int, level: str) -> list[dict[int, int]]:
    """Return for each data byte, in the text's order: where in the stream a 1 leaves what."""
    blocks, checks = _BLOCKS[level][version - 1], _CHECKS[level][version - 1]
    total = _data_bytes(version, level)
    short, longer = total // blocks, total % blocks
    sizes = [short + (block >= blocks - longer) for block in range(blocks)]
    order = [
        (block, at) for at in range(max(sizes)) for block in range(blocks) if at < sizes[block]
    ]
    stream = {spot: place for place, spot in enumerate(order)}
    codes = []
    for block, size in enumerate(sizes):
        for at in range(size):
            coded = {stream[block, at]: 1}
            for number, check in enumerate(_remainder(size - 1 - at, checks)):
                coded[total + number * blocks + block] = check
            codes.append(coded)
    return codes


@functools.cache
def _remainder(power: int, checks: int) -> list[int]:
    """Return x^(power + checks) modulo the generator polynomial, highest term first."""
    generator = [1]
    for exponent in range(checks):
        root = _power(exponent)
        shifted = [*generator, 0]
        for at, term in enumerate(generator):
            shifted[at + 1] ^= _times(term, root)
        generator = shifted
    rest = [1] + [0] * checks
    for _ in range(power + 1):
        lead = rest[0]
        rest = [a ^ _times(lead, b) for a, b in zip(rest[1:], generator[1:], strict=True)] + [0]
    return rest[:-1]


def _power(exponent: int) -> int:
    value = 1
    for _ in range(exponent):
        value = _times(value, 2)
    return value


@functools.lru_cache(maxsize=65536)
def _times(one: int, other: int) -> int:
    """Return the product in GF(256) with the polynomial of QR codes, 0x11d."""
    product = 0
    while other:
        if other & 1:
            product ^= one
        one = one << 1 ^ (0x11D if one & 0x80 else 0)
        other >>= 1
    return product


def _fixed(version: int) -> dict[tuple[int, int], bool]:
    """Return finders, timing, alignment, the dark module, and room for the format bits."""
    wide = side(version)
    found: dict[tuple[int, int], bool] = {}
    for top, left in ((0, 0), (0, wide - 7), (wide - 7, 0)):
        for row in range(max(0, top - 1), min(wide, top + 8)):
            for column in range(max(0, left - 1), min(wide, left + 8)):
                ring = max(abs(row - top - 3), abs(column - left - 3))
                found[row, column] = ring in (0, 1, 3)
    for at in range(8, wide - 8):
        found[6, at] = found[at, 6] = at % 2 == 0
    middle = _ALIGNED_AT[version - 1]
    if middle:
        for row in range(middle - 2, middle + 3):
            for column in range(middle - 2, middle + 3):
                found[row, column] = max(abs(row - middle), abs(column - middle)) != 1
    for spot in _format_spots(wide):
        found[spot] = False
    found[wide - 8, 8] = True
    return found


def _format_spots(wide: int) -> list[tuple[int, int]]:
    """Return the two places of each of the 15 format bits, lowest first."""
    first = [(row, 8) for row in (0, 1, 2, 3, 4, 5, 7, 8)]
    first += [(8, column) for column in (7, 5, 4, 3, 2, 1, 0)]
    second = [(8, wide - 1 - at) for at in range(8)]
    second += [(wide - 15 + at, 8) for at in range(8, 15)]
    return first + second


def _format(wide: int, level: str, mask: int) -> dict[tuple[int, int], bool]:
    data = _FORMAT_BITS[level] << 3 | mask
    rest = data
    for _ in range(10):
        rest = rest << 1 ^ (rest >> 9) * 0x537
    bits = (data << 10 | rest) ^ 0x5412
    return {spot: bool(bits >> at % 15 & 1) for at, spot in enumerate(_format_spots(wide))}


def _zigzag(wide: int, fixed: dict[tuple[int, int], bool]) -> Iterator[tuple[int, int]]:
    """Yield the data modules in the order the stream fills them."""
    for right in range(wide - 1, 0, -2):
        column = right if right > 6 else right - 1
        rows = range(wide) if column + 1 & 2 else range(wide - 1, -1, -1)
        for row in rows:
            for spot in ((row, column), (row, column - 1)):
                if spot not in fixed:
                    yield spot
