"""A kept file on its way to a reader: streamed from the store, in parts where a player asks so."""

import re
from collections.abc import AsyncIterator, Callable, Mapping
from functools import partial
from typing import Any
from urllib.parse import quote

from litestar import Request, Response
from litestar.response import Stream

from contenthub.library import queries_assets
from contenthub.library.models import Asset
from contenthub.web.house import House

SMALL_BYTES = 1024 * 1024
"""What is no larger is read at once: a stream costs more than it saves."""
_RANGE = re.compile(r"bytes=([0-9]{0,12})-([0-9]{0,12})")
_PLAYED = ("image/", "audio/", "video/")


class OutOfReach(Exception):
    """A range begins behind the end of a file of so many bytes."""


def part_of(asked: str, size_bytes: int) -> tuple[int, int] | None:
    """Return first and last byte of a `Range` header; None for the whole (RFC 9110, 14.2).

    Safari plays no video from a server that answers its first two bytes with all of them. What
    is no single range is answered with the whole, as the RFC allows.

    Raises OutOfReach for a range that begins behind the end.
    """
    match = _RANGE.fullmatch(asked.strip())
    if match is None or match[1] == match[2] == "":
        return None
    if match[1] == "":
        first, last = max(0, size_bytes - int(match[2])), size_bytes - 1
    else:
        first = int(match[1])
        last = min(int(match[2]), size_bytes - 1) if match[2] else size_bytes - 1
    if first >= size_bytes:
        raise OutOfReach(size_bytes)
    return (first, last) if first <= last else None


async def file_answer(
    request: Request[Any, Any, Any],
    house: House,
    asset: Asset,
    headers: Mapping[str, str],
) -> Response[Any]:
    """Return a file, or the part that a `Range` header asks for.

    No transaction may be open: the store may be slow, and the reader's network slower.

    Raises:
        NotFound: its bytes are gone. AssetNotReady: no scanner has found it clean.
    """
    queries_assets.require_ready(asset)
    etag = f'"{asset.sha256}"'
    told = {**headers, "ETag": etag}
    if not asset.mime.startswith(_PLAYED):
        # What a browser would open as a page of ours is handed over as a file.
        told["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(asset.filename)}"
        told["Content-Security-Policy"] = "sandbox"
    if etag in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=304, headers={**told, "Accept-Ranges": "bytes"})
    size = await house.storage.size_of(asset.storage_key)
    read = partial(house.storage.read, asset.storage_key)
    return await ranged(request, told, mime=asset.mime, size_bytes=size, read=read)


async def ranged(
    request: Request[Any, Any, Any],
    headers: Mapping[str, str],
    *,
    mime: str,
    size_bytes: int,
    read: Callable[[int, int], AsyncIterator[bytes]],
) -> Response[Any]:
    """Return what `read` gives from a first to a last byte: all, or the `Range` asked for.

    `headers` hold an ETag, by which a reader who goes on knows that it is the same file.
    """
    told = {**headers, "Accept-Ranges": "bytes"}
    # A part of another version than the reader began with is of no use to it.
    is_same = request.headers.get("if-range", told["ETag"]) == told["ETag"]
    asked = "" if not is_same else request.headers.get("range", "")
    try:
        part, status = part_of(asked, size_bytes), 200
    except OutOfReach:
        told["Content-Range"] = f"bytes */{size_bytes}"
        return Response(b"", media_type=mime, status_code=416, headers=told)
    first, last = part or (0, size_bytes - 1)
    if part is not None:
        told["Content-Range"], status = f"bytes {first}-{last}/{size_bytes}", 206
    blocks = read(first, last)
    if last - first < SMALL_BYTES:
        data = b"".join([block async for block in blocks])
        return Response(data, media_type=mime, status_code=status, headers=told)
    told["Content-Length"] = str(last - first + 1)
    return Stream(blocks, media_type=mime, status_code=status, headers=told)
