"""Idea: a ZIP archive of files that share most of their bytes, read as if it were written out.

Entries are stored as they are (JPEGs do not shrink), so where each byte of the archive lies is
known from the entries' sizes alone: heads and directory are made when they are read. A part
holds its entries' own bytes only; a batch may go on after a crash with the parts it has.
"""

import bisect
import itertools
import re
import struct
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

_SHORT_MAX = 0xFFFF
_LONG_MAX = 0xFFFF_FFFF
_UTF8 = 0x0800
_VERSION, _VERSION_64 = 20, 45
_HEAD_BYTES = 30
_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]+')


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """A file: its name, checksum and size, and the lengths of its own pieces in its part.

    `is_spliced`: its own pieces stand between the shared ones of its `background`; else they are
    all of it.
    """

    name: str
    crc: int
    size_bytes: int
    own_bytes: tuple[int, ...]
    is_spliced: bool = True
    background: int = 0


class Part(msgspec.Struct, frozen=True, array_like=True):
    """A blob with the own pieces of some entries, in their order."""

    name: str
    entries: list[Entry]


class Place(NamedTuple):
    """An entry in the archive: where it starts, in which part, from which byte of that on."""

    start: int
    part_no: int
    own_start: int
    entry: Entry


class Layout:
    """Where everything lies in an archive of some parts; `at` is the bank's wall clock.

    Over 4 GB or 65,535 files it is a ZIP64, which every reader of today opens.
    """

    def __init__(self, parts: Sequence[Part], *, at: datetime) -> None:
        self._at = at
        self.places = list(_places(parts))
        self._starts = [place.start for place in self.places]
        last = self.places[-1] if self.places else None
        self._directory_start = last.start + _length(last.entry) if last else 0
        self.directory = self._directory()
        self.size_bytes = self._directory_start + len(self.directory)

    def from_byte(self, first: int) -> list[Place]:
        """Return the entries that lie in the archive from a byte of it on."""
        return self.places[max(0, bisect.bisect_right(self._starts, first) - 1) :]

    def head(self, entry: Entry) -> bytes:
        """Return what stands before an entry's content."""
        return b"PK\x03\x04" + _shared(entry, self._at, _VERSION) + entry.name.encode()

    def _directory(self) -> bytes:
        listing = b"".join(self._line(place) for place in self.places)
        start, count = self._directory_start, len(self.places)
        end = b""
        if start + len(listing) > _LONG_MAX or count > _SHORT_MAX:
            sizes = struct.pack("<QQQQ", count, count, len(listing), start)
            end = struct.pack("<4sQHHLL", b"PK\x06\x06", 44, 45, _VERSION_64, 0, 0) + sizes
            end += struct.pack("<4sLQL", b"PK\x06\x07", 0, start + len(listing), 1)
        files = min(count, _SHORT_MAX)
        bounds = (min(len(listing), _LONG_MAX), min(start, _LONG_MAX))
        return (
            listing + end + struct.pack("<4sHHHHLLH", b"PK\x05\x06", 0, 0, files, files, *bounds, 0)
        )

    def _line(self, place: Place) -> bytes:
        is_far = place.start >= _LONG_MAX
        extra = struct.pack("<HHQ", 1, 8, place.start) if is_far else b""
        needed = _VERSION_64 if is_far else _VERSION
        shared = _shared(place.entry, self._at, needed, extra_bytes=len(extra))
        where = struct.pack("<HHHLL", 0, 0, 0, 0, min(place.start, _LONG_MAX))
        made_by = struct.pack("<H", needed)
        return b"PK\x01\x02" + made_by + shared + where + place.entry.name.encode() + extra


def safe_name(text: str) -> str:
    """Return a file or folder name that leads nowhere else on any system."""
    cleaned = _UNSAFE.sub("_", text).strip(" .")
    return cleaned[:80] or "_"


def _places(parts: Sequence[Part]) -> Iterator[Place]:
    start = 0
    for number, part in enumerate(parts):
        own_start = 0
        for entry in part.entries:
            yield Place(start, number, own_start, entry)
            start += _length(entry)
            own_start += sum(entry.own_bytes)


def _length(entry: Entry) -> int:
    return _HEAD_BYTES + len(entry.name.encode()) + entry.size_bytes


def content(entry: Entry, own: bytes, own_start: int, *, shared: Sequence[bytes]) -> list[bytes]:
    """Return an entry's content as pieces; `own` is its part, `shared` its background's."""
    ends = list(itertools.accumulate(entry.own_bytes, initial=own_start))
    mine = [own[start:end] for start, end in itertools.pairwise(ends)]
    if not entry.is_spliced:
        return mine
    pairs = itertools.zip_longest(shared, mine, fillvalue=b"")
    return [piece for pair in pairs for piece in pair]


def _shared(entry: Entry, at: datetime, needed: int, *, extra_bytes: int = 0) -> bytes:
    """Return the fields that a file's own head and its directory line have in common."""
    day = (max(0, at.year - 1980) << 9) | (at.month << 5) | at.day
    clock = (at.hour << 11) | (at.minute << 5) | (at.second // 2)
    size, length = entry.size_bytes, len(entry.name.encode())
    return struct.pack(
        "<HHHHHLLLHH",
        *(needed, _UTF8, 0, clock, day, entry.crc, size, size, length, extra_bytes),
    )
