"""Idea: how large a file is, in the words of every page and refusal."""

import math


def shown(size_bytes: int, *, upward: bool = False) -> str:
    """Return a size for people: `812 B`, `10 MB`, `3.5 GB`.

    `upward` rounds up, so that what is over a limit never reads like the limit.
    """
    if size_bytes < 1024:
        return f"{size_bytes:,} B"
    size, unit = float(size_bytes), "B"
    for larger in ("KB", "MB", "GB", "TB"):
        if size >= 1024:
            size, unit = size / 1024, larger
    tenths = math.ceil(size * 10) if upward else round(size * 10)
    return f"{tenths / 10:,.1f}".removesuffix(".0") + f" {unit}"
