"""What no request may carry: a NUL that no row can hold, a day that no calendar of ours has.

Looked at before a handler reads its input, so that the refusal can name the field.
"""

import json
import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from litestar import Request
from litestar.exceptions import HTTPException
from litestar.exceptions.http_exceptions import RequestEntityTooLarge

from contenthub.errors import Invalid
from contenthub.tenants import shorttext

FIRST_YEAR, LAST_YEAR = 1900, 2200
MOST_LEVELS = 128
TEXT_BYTES = 2_000_000
"""A JSON or form body; pictures and files come as multipart with limits of their own."""
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_NO_BRACKET = bytes(c for c in range(256) if c not in b"[]{}")
_NUL = "含有空字符（NUL），不能保存；请删去后重新填写"
Day = TypeVar("Day", date, datetime)
_PLAIN_TYPES = ("application/json", "application/x-www-form-urlencoded")


async def refuse_unfit(request: Request[Any, Any, Any]) -> None:
    """Raise the refusal of a request that no handler should see (a `before_request` hook).

    That is a packed body, text over 2 MB, JSON that is not UTF-8 or nested without end, and
    a NUL anywhere: PostgreSQL keeps every character but this one; nor may a name or title
    (shorttext.LABELS) hide or turn what it says. Files are left to their own readers.
    """
    if b"%00" in request.scope.get("query_string", b""):
        _named(parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True))
    _named((name, str(value)) for name, value in request.path_params.items())
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    if request.headers.get("content-encoding", "identity").lower() not in ("", "identity"):
        # Unpacked, ten kilobytes may be ten gigabytes; nobody here needs it.
        raise HTTPException(status_code=415)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind and kind not in _PLAIN_TYPES:
        return
    said = request.headers.get("content-length", "0")
    if said.isascii() and said.isdigit() and len(said) < 19 and int(said) > TEXT_BYTES:
        raise RequestEntityTooLarge()
    body = await request.body()
    if len(body) > TEXT_BYTES:
        raise RequestEntityTooLarge()
    if kind == _PLAIN_TYPES[1]:
        _refuse_form(body)
    else:
        _refuse_json(body)


def _refuse_form(body: bytes) -> None:
    if b"%00" in body or b"\x00" in body:
        _named(parse_qsl(body.decode("latin-1"), keep_blank_values=True))
    for name, value in parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True):
        shorttext.refuse_hidden(name, value)


def _refuse_json(body: bytes) -> None:
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise Invalid("请求的内容不是 UTF-8 编码，请转成 UTF-8 后再发送") from error
    if _depth(body) > MOST_LEVELS:
        # A decoder that recurses would end in RecursionError, which tells the sender nothing.
        raise Invalid(f"请求的内容嵌套超过 {MOST_LEVELS} 层，请减少层数")
    # Most bodies hold neither an escape nor a hidden character and are not read twice.
    if "\\" in text or shorttext.HIDDEN.search(text):
        try:
            pairs = list(_strings(json.loads(text), ""))
        except ValueError:
            return  # not JSON: the handler's own decoder says so
        _named(pairs)
        for place, value in pairs:
            shorttext.refuse_hidden(place, value)


def _depth(body: bytes) -> int:
    if body.count(b"[") + body.count(b"{") <= MOST_LEVELS:
        return 0
    deepest = depth = 0
    for mark in _STRING.sub(b"", body).translate(None, delete=_NO_BRACKET):
        depth += 1 if mark in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest


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
