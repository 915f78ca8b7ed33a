"""Blobs: pictures, import files, compiled posters; on disk by default, or on S3.

Every key starts with the bank's id, so two banks never share one (reliability T9).
"""

import asyncio
import contextlib
import errno
import io
import os
import re
import secrets
import shutil
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Protocol, runtime_checkable
from urllib.parse import parse_qs, unquote, urlsplit

from contenthub.errors import Invalid, NotFound, Unavailable

_KEY = re.compile(r"[a-z0-9][a-z0-9_.-]*(/[a-z0-9][a-z0-9_.-]*)+")
_BANK = re.compile(r"[a-z0-9][a-z0-9-]*")
COPY_BYTES = 1024 * 1024
BLOCK_BYTES = 256 * 1024
"""How much of a blob is in memory while it is read to somebody."""

FULL_BYTES = 32 * 1024 * 1024
"""Two log segments of PostgreSQL: with less room than that it stops."""


def is_full(place: Path) -> bool:
    """Return whether the disk of a directory has no room left; False when it cannot be asked."""
    try:
        return shutil.disk_usage(place).free < FULL_BYTES
    except OSError:
        return False


@dataclass(frozen=True, slots=True)
class Entry:
    """A blob in a listing."""

    key: str
    size_bytes: int
    modified_at: datetime


@runtime_checkable
class Storage(Protocol):
    """Where blobs live. Keys are `bank-id/kind/name`, lower case."""

    async def put(self, key: str, data: bytes, *, mime: str, cache_control: str = "") -> None:
        """Keep `data`; when this returns, it survives a crash.

        `cache_control` is what a store that answers readers itself tells them.
        """

    async def put_locked(self, key: str, data: bytes, *, mime: str, until: datetime) -> None:
        """Keep `data` so that, where the store can, nobody deletes it before `until`."""

    async def get(self, key: str) -> bytes:
        """Return the blob; raises NotFound."""

    async def size_of(self, key: str) -> int:
        """Return how many bytes a blob has; raises NotFound."""

    def read(self, key: str, first: int, last: int) -> AsyncGenerator[bytes, None]:
        """Yield the bytes from `first` to `last` (both in it), a block at a time."""

    def upload_url(self, key: str, *, mime: str, size_bytes: int, seconds: int) -> str:
        """Return where a browser may PUT exactly this blob, empty when only through us."""

    def upload_origin(self) -> str:
        """Return the origin of such addresses, empty when there are none."""

    async def put_file(self, key: str, path: Path, *, mime: str) -> None:
        """Keep the content of a local file without holding it in memory."""

    async def get_file(self, key: str, path: Path) -> None:
        """Write the blob to a local file without holding it in memory; raises NotFound."""

    async def copy(self, key: str, to: str) -> None:
        """Keep the content of `key` under `to` as well, not passing through us; raises NotFound."""

    async def delete(self, key: str) -> None:
        """Forget the blob; silent if it is not there."""

    async def keys(self, prefix: str) -> list[str]:
        """Return every key below `prefix`, sorted."""

    async def entries(self, prefix: str) -> list[Entry]:
        """Return every blob below `prefix` with its size and age, sorted by key."""

    async def size_bytes(self, prefix: str) -> int:
        """Return how many bytes lie below `prefix`, 0 when nothing does."""

    async def clear_folders(self, bank: str) -> None:
        """Leave nothing where a bank's blobs lay that were all deleted: its name neither."""

    async def check(self) -> None:
        """Raise Unavailable when a write would fail."""


def check_key(key: str) -> str:
    """Return `key` if it is one of ours; raises Invalid for `..`, absolute or odd names."""
    if not _KEY.fullmatch(key) or ".." in key or len(key) > 300:
        raise Invalid.of("key", "存储路径不合法")
    return key


def storage_of(resources: Mapping[str, object]) -> Storage:
    """Return the store that travels with a database's sessions and jobs (db.Database.resources)."""
    found = resources["storage"]
    if not isinstance(found, Storage):
        raise TypeError("the database was opened without a store")
    return found


def open_storage(url: str, *, access_key: str = "", secret_key: str = "") -> Storage:
    """Return the store that `url` names (`file:///dir` or `s3://bucket?endpoint=…&region=…`).

    With `&public=https://…`, the server's address as browsers reach it, large files go there
    directly.

    Raises:
        Invalid: the URL is of no known kind.
    """
    parts = urlsplit(url)
    if parts.scheme == "file":
        return DiskStorage(Path(unquote(parts.path)))
    if parts.scheme == "s3" and parts.netloc:
        # Only who keeps blobs on S3 waits for its client to be imported.
        from contenthub.storage_s3 import S3Storage

        options = {k: v[0] for k, v in parse_qs(parts.query).items()}
        return S3Storage(parts.netloc, options, access_key=access_key, secret_key=secret_key)
    raise Invalid.of("CONTENTHUB_STORAGE_URL", "应为 file:///目录 或 s3://桶名?endpoint=…")


class DiskStorage:
    """Blobs as plain files: written aside, synced, then renamed into place.

    Only this process's own account reads them: they hold customers' files.
    """

    def __init__(self, root: Path, *, is_public: bool = False) -> None:
        """Keep blobs below `root`; with `is_public` a web server's account may read them too."""
        self.root = root
        self._closed = False
        self._is_public = is_public
        self._folder_mode, self._file_mode = (0o755, 0o644) if is_public else (0o700, 0o600)

    async def put(self, key: str, data: bytes, *, mime: str, cache_control: str = "") -> None:
        """Keep `data` durably; raises Unavailable when the disk is full."""
        await asyncio.to_thread(self._put, check_key(key), io.BytesIO(data))

    async def put_locked(self, key: str, data: bytes, *, mime: str, until: datetime) -> None:
        """Keep `data` as a file that is not written again by mistake; a disk has no locks."""
        await self.put(key, data, mime=mime)
        path = self.root / check_key(key)
        await asyncio.to_thread(path.chmod, 0o400)

    async def put_file(self, key: str, path: Path, *, mime: str) -> None:
        """Keep a local file's content durably; raises Unavailable when the disk is full."""
        with await asyncio.to_thread(path.open, "rb") as file:
            await asyncio.to_thread(self._put, check_key(key), file)

    def _put(self, key: str, data: BinaryIO) -> None:
        path = self.root / key
        aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            self._make_folder(path.parent)
            mine = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, self._file_mode)
            with os.fdopen(mine, "wb") as file:
                if self._is_public:
                    os.fchmod(mine, self._file_mode)  # whatever the process's mask takes away
                shutil.copyfileobj(data, file, COPY_BYTES)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(path)
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            aside.unlink(missing_ok=True)
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise Unavailable(
                    "存储空间已满，文件没有保存；请清理空间后重试，已有数据不受影响"
                ) from error
            raise Unavailable("文件存储暂时写不进去，请稍后再试") from error

    def _make_folder(self, folder: Path) -> None:
        if not self._closed:
            self.root.mkdir(mode=self._folder_mode, parents=True, exist_ok=True)
            # As an earlier version left it: what is below is out of others' reach as well.
            kept = self._folder_mode if self._is_public else self.root.stat().st_mode & 0o770
            with contextlib.suppress(PermissionError):  # a share that somebody else owns
                self.root.chmod(kept)
            self._closed = True
        for step in reversed([folder, *folder.parents]):
            if self.root in step.parents:
                step.mkdir(mode=self._folder_mode, exist_ok=True)
                if self._is_public:
                    step.chmod(self._folder_mode)

    async def get(self, key: str) -> bytes:
        """Return the blob; raises NotFound."""
        try:
            return await asyncio.to_thread((self.root / check_key(key)).read_bytes)
        except FileNotFoundError as error:
            raise NotFound("文件不存在或已被清理") from error

    async def get_file(self, key: str, path: Path) -> None:
        """Write the blob to a local file; raises NotFound."""
        try:
            await asyncio.to_thread(shutil.copyfile, self.root / check_key(key), path)
        except FileNotFoundError as error:
            raise NotFound("文件不存在或已被清理") from error

    async def size_of(self, key: str) -> int:
        """Return how many bytes a blob has; raises NotFound."""
        try:
            return (await asyncio.to_thread((self.root / check_key(key)).stat)).st_size
        except FileNotFoundError as error:
            raise NotFound("文件不存在或已被清理") from error

    async def read(self, key: str, first: int, last: int) -> AsyncGenerator[bytes, None]:
        """Yield the bytes from `first` to `last`, a block at a time; raises NotFound."""
        try:
            file = await asyncio.to_thread((self.root / check_key(key)).open, "rb")
        except FileNotFoundError as error:
            raise NotFound("文件不存在或已被清理") from error
        with file:
            file.seek(first)
            left = last - first + 1
            while left > 0:
                block = await asyncio.to_thread(file.read, min(left, BLOCK_BYTES))
                if not block:
                    return
                left -= len(block)
                yield block

    def upload_url(self, key: str, *, mime: str, size_bytes: int, seconds: int) -> str:
        """Return an empty text: what goes to a disk goes through us."""
        return ""

    def upload_origin(self) -> str:
        """Return an empty text."""
        return ""

    async def copy(self, key: str, to: str) -> None:
        """Keep the content of `key` under `to` as well; raises NotFound."""
        try:
            await self.put_file(to, self.root / check_key(key), mime="")
        except FileNotFoundError as error:
            raise NotFound("文件不存在或已被清理") from error

    async def delete(self, key: str) -> None:
        """Forget the blob; silent if it is not there."""
        await asyncio.to_thread((self.root / check_key(key)).unlink, missing_ok=True)

    async def keys(self, prefix: str) -> list[str]:
        """Return every key below `prefix`, sorted."""
        return await asyncio.to_thread(self._keys, prefix)

    def _keys(self, prefix: str) -> list[str]:
        # Another bank's thousands of pictures are not looked at: keys begin with the bank's id.
        folder = self.root / prefix.rpartition("/")[0]
        names = (p.relative_to(self.root).as_posix() for p in folder.rglob("*") if p.is_file())
        return sorted(n for n in names if n.startswith(prefix) and "/." not in n)

    async def entries(self, prefix: str) -> list[Entry]:
        """Return every blob below `prefix` with its size and age, sorted by key."""
        return await asyncio.to_thread(self._entries, prefix)

    def _entries(self, prefix: str) -> list[Entry]:
        found = []
        for name in self._keys(prefix):
            with contextlib.suppress(FileNotFoundError):  # deleted since it was listed
                stat = (self.root / name).stat()
                age = datetime.fromtimestamp(stat.st_mtime, UTC)
                found.append(Entry(name, stat.st_size, age))
        return found

    async def size_bytes(self, prefix: str) -> int:
        """Return how many bytes lie below `prefix`, 0 when nothing does."""
        return await asyncio.to_thread(self._size_bytes, prefix)

    def _size_bytes(self, prefix: str) -> int:
        size = 0
        for name in self._keys(prefix):
            with contextlib.suppress(FileNotFoundError):  # deleted since it was listed
                size += (self.root / name).stat().st_size
        return size

    async def clear_folders(self, bank: str) -> None:
        """Take a bank's empty folders away, and what a write left aside that was killed."""
        if not _BANK.fullmatch(bank):
            raise Invalid.of("key", "存储路径不合法")
        await asyncio.to_thread(self._clear_folders, self.root / bank)

    def _clear_folders(self, folder: Path) -> None:
        # What is inside comes before what holds it.
        for path in [*sorted(folder.rglob("*"), reverse=True), folder]:
            with contextlib.suppress(OSError):  # written into meanwhile, or gone already
                if path.is_dir():
                    path.rmdir()
                elif path.name.startswith("."):
                    path.unlink()

    async def check(self) -> None:
        """Raise Unavailable when a write would fail."""
        probe = "probe/check/" + secrets.token_hex(4)
        await self.put(probe, b"ok", mime="text/plain")
        await self.delete(probe)
