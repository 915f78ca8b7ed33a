"""Idea: a batch's archive as it lies in the store, and any bytes of it as a ZIP for a reader.

What all posters of a background share is kept once, what is each one's in parts: a tenth of the
archive. The ZIP is made while it is read, at the pace of memory; its length is known before its
first byte.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime

import msgspec

from contenthub.errors import Conflict, NotFound
from contenthub.posters import ziparchive
from contenthub.posters.ziparchive import Layout, Part, Place
from contenthub.storage import Storage

ENDING = "archive"
"""How the key of an archive ends; it is downloaded as a `.zip`."""
OTHER_BASE = "生成期间海报底图变了（行徽、客服热线或系统版本有更新），请重新生成"
_BINARY = "application/octet-stream"

Shared = Mapping[int, Sequence[bytes]]
"""Background → what the files on it have in common."""


class Manifest(msgspec.Struct, frozen=True):
    """What an archive consists of; `at` is the bank's wall clock."""

    at: datetime
    parts: list[Part]


class Archive:
    """A finished batch's ZIP, read from the store; `size_bytes` is its whole length."""

    def __init__(self, storage: Storage, where: str, manifest: Manifest, *, shared: Shared) -> None:
        self._storage = storage
        self._where = where
        self._parts = manifest.parts
        self._shared = shared
        self._layout = Layout(manifest.parts, at=manifest.at)
        self.size_bytes = self._layout.size_bytes

    async def read(self, first: int, last: int) -> AsyncIterator[bytes]:
        """Yield the bytes from `first` to `last` (both in it), a piece of a file at a time.

        One part is in memory. Raises NotFound when the archive was cleared away meanwhile.
        """
        part_no, part = -1, b""
        for place in self._layout.from_byte(first):
            if place.start > last:
                return
            if place.part_no != part_no:
                part_no = place.part_no
                part = await self._storage.get(self._where + self._parts[part_no].name)
            start = place.start
            for piece in self._file(place, part):
                if shown := _within(piece, start, first, last):
                    yield shown
                start += len(piece)
        start = self.size_bytes - len(self._layout.directory)
        if last >= start:
            yield _within(self._layout.directory, start, first, last)

    def _file(self, place: Place, part: bytes) -> list[bytes]:
        """Return a file with its head as pieces; what all files share is not copied."""
        head = self._layout.head(place.entry)
        shared = self._shared.get(place.entry.background, ())
        return [head, *ziparchive.content(place.entry, part, place.own_start, shared=shared)]


def _within(data: bytes, start: int, first: int, last: int) -> bytes:
    """Return what of `data`, which lies at `start`, is between `first` and `last`."""
    if start >= first and start + len(data) <= last + 1:
        return data
    return data[max(0, first - start) : max(0, last + 1 - start)]


async def keep_shared(
    storage: Storage, where: str, shared: Sequence[bytes], *, background: int = 0
) -> None:
    """Keep what a batch's files on a background have in common, before the first part with one.

    Raises Conflict where parts were drawn on another base of it already.
    """
    data, key = msgspec.msgpack.encode(shared), where + _shared_name(background)
    try:
        known = await storage.get(key)
    except NotFound:
        await storage.put(key, data, mime=_BINARY)
        return
    if known != data:
        raise Conflict(OTHER_BASE)


async def keep(storage: Storage, where: str, manifest: Manifest) -> str:
    """Keep the list of an archive whose parts are stored already; return its key."""
    key = f"{where}posters.{ENDING}"
    await storage.put(key, msgspec.msgpack.encode(manifest), mime=_BINARY)
    return key


async def opened(storage: Storage, key: str) -> Archive:
    """Return the archive kept under a key; raises NotFound."""
    manifest = msgspec.msgpack.decode(await storage.get(key), type=Manifest)
    where = key.rpartition("/")[0] + "/"
    spliced = (one for part in manifest.parts for one in part.entries if one.is_spliced)
    shared = {
        number: msgspec.msgpack.decode(
            await storage.get(where + _shared_name(number)), type=tuple[bytes, ...]
        )
        for number in sorted({one.background for one in spliced})
    }
    return Archive(storage, where, manifest, shared=shared)


def _shared_name(background: int) -> str:
    return f"shared-{background}.bin" if background else "shared.bin"
