"""How much of a list is asked for, and where it goes on: the last row seen, as a cursor."""

import base64
import binascii
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from contenthub.errors import Invalid

Place = tuple[datetime, UUID]
"""(changed at, id) of the last row seen."""
SortedPlace = tuple[datetime | date | None, UUID]
"""(what the list is sorted by, id) of the last row seen; without a value it stands at the end."""

PAGE_MAX = 200
"""Rows of one answer, for every list of the API."""
_PAGING = ("cursor", "limit")
_LOST = "翻页位置不正确，请从第一页重新开始"
_STAFF_NO = "no~"


def page_size(limit: int) -> int:
    """Return how many rows are asked for; raises Invalid (`limit`) outside 1 to 200."""
    if not 1 <= limit <= PAGE_MAX:
        raise Invalid.of("limit", f"limit 应在 1 到 {PAGE_MAX} 之间，现在是 {limit}")
    return limit


def strange(names: Iterable[str], known: Sequence[str]) -> dict[str, str]:
    """Return what is wrong with the parameters of a list, by name: those that filter nothing.

    Without the filter that a misspelt one meant everything would be listed, or exported.
    """
    told = "、".join(known)
    return {
        name[:40]: f"没有“{name[:20]}”这个筛选条件，可用的有：{told}"
        for name in names
        if name not in (*known, *_PAGING)
    }


def id_of(cursor: str) -> UUID | None:
    """Return the id a cursor names, or None for an empty one; raises Invalid (`cursor`)."""
    try:
        return UUID(cursor) if cursor else None
    except ValueError as error:
        raise Invalid.of("cursor", _LOST) from error


def staff_cursor(staff_no: str | None) -> str | None:
    """Return the cursor after a person in a list by staff number, None at the end."""
    return None if staff_no is None else _wrapped(_STAFF_NO + staff_no)


def staff_no_of(cursor: str) -> str:
    """Return the staff number a cursor names, empty for an empty one; raises Invalid (`cursor`)."""
    text = _unwrapped(cursor) if cursor else _STAFF_NO
    if not text.startswith(_STAFF_NO):
        raise Invalid.of("cursor", _LOST)
    return text.removeprefix(_STAFF_NO)


def cursor_of(place: Place | None) -> str | None:
    """Return a place as text for a URL, or None at the end of the list."""
    if place is None:
        return None
    at, row_id = place
    return _wrapped(f"{at.isoformat()}~{row_id}")


def place_of(cursor: str) -> Place | None:
    """Return the place a cursor names, or None for an empty one; raises Invalid (`cursor`)."""
    if not cursor:
        return None
    at, _, row_id = _unwrapped(cursor).partition("~")
    try:
        found = datetime.fromisoformat(at), UUID(row_id)
    except ValueError as error:
        raise Invalid.of("cursor", _LOST) from error
    if found[0].tzinfo is None or not 1900 <= found[0].year <= 2200:
        raise Invalid.of("cursor", _LOST)
    return found


def sorted_cursor(sort: str, place: SortedPlace | None) -> str | None:
    """Return a place of a list with a choice of orders as text, or None at the end of the list."""
    if place is None:
        return None
    value, row_id = place
    return _wrapped(f"{sort}|{'' if value is None else value.isoformat()}~{row_id}")


def sorted_place(sort: str, cursor: str, *, by_day: bool = False) -> SortedPlace | None:
    """Return the place a cursor names in the order `sort`, or None for an empty one.

    `by_day` says that it is sorted by days, not instants. Raises Invalid (`cursor`); also for a
    cursor of another order.
    """
    if not cursor:
        return None
    order, _, place = _unwrapped(cursor).partition("|")
    value, _, row_id = place.partition("~")
    if order != sort:
        raise Invalid.of("cursor", _LOST)
    try:
        return _value(value, by_day=by_day), UUID(row_id)
    except ValueError as error:
        raise Invalid.of("cursor", _LOST) from error


def _value(text: str, *, by_day: bool) -> datetime | date | None:
    if not text:
        return None
    if by_day:
        return date.fromisoformat(text)
    found = datetime.fromisoformat(text)
    if found.tzinfo is None or not 1900 <= found.year <= 2200:
        raise ValueError(text)
    return found


def _wrapped(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _unwrapped(cursor: str) -> str:
    try:
        return base64.b64decode(
            cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True
        ).decode()
    except (binascii.Error, ValueError) as error:
        raise Invalid.of("cursor", _LOST) from error
