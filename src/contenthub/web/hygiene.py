"""What no request may carry: a NUL that no row can hold, a day that no calendar of ours has.

Looked at before a handler reads its input, so that the refusal can name the field.
"""

import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from litestar import Request

from contenthub.errors import Invalid

FIRST_YEAR, LAST_YEAR = 1900, 2200
_NUL = "含有空字符（NUL），不能保存；请删去后重新填写"
Day = TypeVar("Day", date, datetime)
_PLAIN_TYPES = ("application/json", "application/x-www-form-urlencoded")


async def refuse_nul(request: Request[Any, Any, Any]) -> None:
    """Raise Invalid naming the field of the query, path or body that has a NUL in it.

    PostgreSQL keeps every character but this one. Files are left to their own readers.
    """
    if b"%00" in request.scope.get("query_string", b""):
        _named(parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True))
    _named((name, str(value)) for name, value in request.path_params.items())
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind and kind not in _PLAIN_TYPES:
        return
    body = await request.body()
    if kind == _PLAIN_TYPES[1]:
        if b"%00" in body or b"\x00" in body:
            _named(parse_qsl(body.decode("latin-1"), keep_blank_values=True))
    elif b"\\u0000" in body:
        try:
            _named(_strings(json.loads(body), ""))
        except (ValueError, RecursionError):
            return  # not JSON: the handler's own decoder says so


def _named(pairs: Any) -> None:
    for name, value in pairs:
        if "\x00" in name or "\x00" in value:
            shown = name.replace("\x00", "") or "body"
            raise Invalid.of(shown[:60], f"“{shown[:60]}”{_NUL}")


def _strings(value: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield place, str(key)
            yield from _strings(inner, f"{place}.{key}".lstrip("."))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _strings(inner, f"{place}.{number}".lstrip("."))


def within_reach(name: str, day: Day) -> Day:
    """Return `day` when its year is 1900 to 2200; raises Invalid (field `name`).

    Outside of that, adding a day or changing the zone may leave the calendar altogether.
    """
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise Invalid.of(name, f"年份应在 {FIRST_YEAR} 到 {LAST_YEAR} 之间")
    return day
