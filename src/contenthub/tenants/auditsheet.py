"""Idea: rows as a CSV that Excel opens, in which nothing is a formula."""

import csv
import io
from collections.abc import Iterable, Sequence

HEADERS = ("时间", "操作人", "操作", "对象", "对象名称", "对象编号", "详情")
_RISKY = ("=", "+", "-", "@", "\t", "\r")


def lines(rows: Iterable[Sequence[str]]) -> str:
    """Return rows as CSV; a text that Excel would take for a formula gets a quote before it."""
    held = io.StringIO(newline="")
    writer = csv.writer(held)
    for cells in rows:
        writer.writerow([f"'{cell}" if cell.startswith(_RISKY) else cell for cell in cells])
    return held.getvalue()
