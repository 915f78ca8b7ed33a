"""Reads of rooms above the library: what customers did may speak against a wording.

A room registers what it looks for, as it does its jobs; whoever reads a wording asks here.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from contenthub.db import Read
from contenthub.library.lint import Hit
from contenthub.library.models import Revision

Finder = Callable[[Read, Revision], Awaitable[list[Hit]]]
_finders: list[Finder] = []


def finder(entry: Finder) -> Finder:
    """Register what another room finds in a wording; returned as it is."""
    _finders.append(entry)
    return entry


async def hits_of(db: Read, revision: Revision) -> list[Hit]:
    """Return what other rooms find in a wording as things are now."""
    return [hit for find in _finders for hit in await find(db, revision)]


async def hits_since(db: Read, revision: Revision) -> list[dict[str, Any]]:
    """Return what other rooms find now and did not when the wording was submitted."""
    known = {(hit["rule"], hit["where"]) for hit in revision.hits}
    found = [hit.as_dict() for hit in await hits_of(db, revision)]
    return [hit for hit in found if (hit["rule"], hit["where"]) not in known]
