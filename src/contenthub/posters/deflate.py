"""Idea: deflate by the fastest library that is there: isal, zlib-ng, or Python's own zlib.

All write streams every reader inflates; only pace and size differ (design/posters.md §3).
The same data may come out in other bytes: isal's matches depend on what its memory held before.
"""

import zlib
from collections.abc import Callable
from typing import Any


def _library() -> tuple[str, Any, int]:
    """Return the name of the library, its module, and the level to be quick with."""
    try:
        from isal import isal_zlib
    except ImportError:
        try:
            from zlib_ng import zlib_ng
        except ImportError:
            return "zlib", zlib, 4
        return "zlib-ng", zlib_ng, 1
    return "isal", isal_zlib, 1


NAME, _module, LEVEL = _library()
checksum: Callable[[bytes], int] = _module.adler32


def whole(data: bytes) -> bytes:
    """Return the data as one zlib stream (RFC 1950)."""
    coded: bytes = _module.compress(data, LEVEL)
    return coded


def piece(data: bytes) -> bytes:
    """Return the data deflated (RFC 1951), ended with a full flush: pieces join to one stream."""
    press = _module.compressobj(LEVEL, zlib.DEFLATED, -15)
    coded: bytes = press.compress(data) + press.flush(zlib.Z_FULL_FLUSH)
    return coded


Broken: type[Exception] = _module.error


def inflated(data: bytes) -> bytes:
    """Return what a zlib stream holds; raises `Broken` for a damaged one."""
    plain: bytes = _module.decompress(data)
    return plain
