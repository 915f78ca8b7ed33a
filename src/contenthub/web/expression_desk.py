"""What helps a clerk write an expression: the bank's words, and where it went wrong."""

import re

from contenthub.customers import queries_preview, queries_tags, tagwords
from contenthub.db import Read
from contenthub.tenants import queries as tenants

_PLACE = re.compile(r"第 (\d+) 个字附近：")
_NAMED = re.compile(r"没有名为“(.+?)”的")


async def words(db: Read) -> list[tuple[str, list[tuple[str, str, int]]]]:
    """Return group -> (tag, as it is written, how many have it)."""
    counts = await queries_preview.tag_counts(db, owner_ids=None)
    return [
        (
            group.name,
            [(t.name, tagwords.quoted(t.name), counts.get(str(t.id), 0)) for t in tags],
        )
        for group, tags in await queries_tags.groups(db)
    ]


async def branches(db: Read) -> list[tuple[str, str]]:
    """Return every branch's name, and how it is written in an expression."""
    return [(b.name, f"branch({tagwords.quoted(b.name)})") for b in await tenants.branches(db)]


def wrong_place(expr: str, message: str) -> dict[str, str]:
    """Return the message with the text before, at and after the place it speaks of."""
    if at := _PLACE.search(message):
        start = min(int(at[1]) - 1, len(expr))
        length = 1
    elif (named := _NAMED.search(message)) and named[1] in expr:
        start, length = expr.index(named[1]), len(named[1])
    else:
        return {"message": message, "before": "", "at": "", "after": ""}
    end = start + length
    return {
        "message": message,
        "before": expr[:start],
        "at": expr[start:end] or "▁",
        "after": expr[end:],
    }
