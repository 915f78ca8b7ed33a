"""Where a list by latest change goes on: the last row seen, as an opaque cursor."""

import base64
import binascii
from datetime import datetime
from uuid import UUID

from contenthub.errors import Invalid

Place = tuple[datetime, UUID]
"""(changed at, id) of the last row seen."""


def cursor_of(place: Place | None) -> str | None:
    """Return a place as text for a URL, or None at the end of the list."""
    if place is None:
        return None
    at, row_id = place
    return base64.urlsafe_b64encode(f"{at.isoformat()}~{row_id}".encode()).decode().rstrip("=")


def place_of(cursor: str) -> Place | None:
    """Return the place a cursor names, or None for an empty one; raises Invalid (`cursor`)."""
    if not cursor:
        return None
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        at, _, row_id = text.partition("~")
        found = datetime.fromisoformat(at), UUID(row_id)
    except (binascii.Error, ValueError) as error:
        raise Invalid.of("cursor", "翻页位置不正确，请从第一页重新开始") from error
    if found[0].tzinfo is None or not 1900 <= found[0].year <= 2200:
        raise Invalid.of("cursor", "翻页位置不正确，请从第一页重新开始")
    return found
