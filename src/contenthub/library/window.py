"""Idea: when an item's validity begins and ends, as a clerk writes it, on the bank's clock."""

import re
import unicodedata
from datetime import datetime, time
from zoneinfo import ZoneInfo

from contenthub.errors import Invalid

_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_YEARS = range(2000, 2101)
_LAST_SECOND = time(23, 59, 59)


def instant(text: str, zone: str, *, field: str, is_end: bool = False) -> datetime | None:
    """Return the instant that a day or a time names, or None for an empty text.

    A day alone is its first second, or its last one for `is_end`; a time without an offset
    is read on the clock of `zone`. Raises Invalid for `field`.
    """
    written = unicodedata.normalize("NFKC", text).strip()
    if not written:
        return None
    clock = ZoneInfo(zone)
    try:
        if day := _DAY.fullmatch(written):
            found = datetime(int(day[1]), int(day[2]), int(day[3]), tzinfo=clock)
            found = datetime.combine(found, _LAST_SECOND, clock) if is_end else found
        else:
            found = datetime.fromisoformat(written)
            found = found if found.tzinfo else found.replace(tzinfo=clock)
    except ValueError:
        found = None
    if found is None or found.year not in _YEARS:
        raise Invalid.of(field, "请填写真实存在的日期或时间，例如 2026-12-31 或 2026-12-31 18:00")
    return found


def both(first: str, last: str, zone: str) -> dict[str, datetime | None]:
    """Return `valid_from` and `valid_until` as instants; raises Invalid naming every wrong one."""
    found: dict[str, datetime | None] = {}
    wrong: dict[str, str] = {}
    for field, text in (("valid_from", first), ("valid_until", last)):
        try:
            found[field] = instant(text, zone, field=field, is_end=field == "valid_until")
        except Invalid as error:
            wrong.update(error.fields)
    if wrong:
        raise Invalid(fields=wrong)
    return found


def for_input(at: datetime | None, zone: str, *, is_end: bool = False) -> tuple[str, str]:
    """Return the type and value of the input that shows an instant, so that it reads back the same.

    A whole day is a `date`; anything else a `datetime-local` with its seconds.
    """
    if at is None:
        return "date", ""
    local = at.astimezone(ZoneInfo(zone))
    edge = _LAST_SECOND if is_end else time()
    if local.time() == edge:
        return "date", local.date().isoformat()
    return "datetime-local", local.strftime("%Y-%m-%dT%H:%M:%S")
