"""Idea: a ZIP archive written in parts that need not know of each other.

Entries are stored as they are (JPEGs do not shrink). A part holds whole entries; the
directory at the end counts offsets over all parts, so a batch may go on after a crash with
the parts it has, and a download streams them one by one.
"""

import re
import struct
import zlib
from collections.abc import Sequence
from datetime import datetime

import msgspec

from contenthub.errors import Invalid

BYTES_MAX = 0xFFFF_FFFF
ENTRIES_MAX = 0xFFFF
_UTF8 = 0x0800
_VERSION = 20
_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]+')


class Entry(msgspec.Struct, frozen=True):
    """What the directory must know of a file; `offset` counts from its part's first byte."""

    name: str
    crc: int
    size_bytes: int
    offset: int


def safe_name(text: str) -> str:
    """Return a file or folder name that leads nowhere else on any system."""
    cleaned = _UNSAFE.sub("_", text).strip(" .")
    return cleaned[:80] or "_"


def part(files: Sequence[tuple[str, bytes]], *, at: datetime) -> tuple[bytes, list[Entry]]:
    """Return a part's bytes and its entries; `at` is the bank's wall clock."""
    blocks: list[bytes] = []
    entries: list[Entry] = []
    offset = 0
    for name, data in files:
        entry = Entry(name, zlib.crc32(data), len(data), offset)
        head = b"PK\x03\x04" + _shared(entry, at) + entry.name.encode()
        entries.append(entry)
        blocks += (head, data)
        offset += len(head) + len(data)
    return b"".join(blocks), entries


def directory(parts: Sequence[tuple[int, Sequence[Entry]]], *, at: datetime) -> bytes:
    """Return the archive's end; `parts` are each part's size in bytes and its entries.

    Raises `Invalid` when the archive is over 4 GiB or 65,535 files: then batches are smaller.
    """
    blocks: list[bytes] = []
    start = 0
    for size_bytes, entries in parts:
        for entry in entries:
            place = struct.pack("<HHHLL", 0, 0, 0, 0, min(start + entry.offset, BYTES_MAX))
            made_by = struct.pack("<H", _VERSION)
            blocks.append(b"PK\x01\x02" + made_by + _shared(entry, at) + place + _name(entry))
        start += size_bytes
    listing = b"".join(blocks)
    if start + len(listing) > BYTES_MAX or len(blocks) > ENTRIES_MAX:
        raise Invalid.of("branch_id", "整包超过 4 GB 或 65535 张，请按支行分批生成")
    count = len(blocks)
    end = struct.pack("<4sHHHHLLH", b"PK\x05\x06", 0, 0, count, count, len(listing), start, 0)
    return listing + end


def _name(entry: Entry) -> bytes:
    return entry.name.encode()


def _shared(entry: Entry, at: datetime) -> bytes:
    """Return the fields that a file's own head and its directory line have in common."""
    day = (max(0, at.year - 1980) << 9) | (at.month << 5) | at.day
    clock = (at.hour << 11) | (at.minute << 5) | (at.second // 2)
    size, length = entry.size_bytes, len(_name(entry))
    return struct.pack(
        "<HHHHHLLLHH", _VERSION, _UTF8, 0, clock, day, entry.crc, size, size, length, 0
    )
