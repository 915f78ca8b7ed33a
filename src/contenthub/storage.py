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
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from hashlib import md5
from pathlib import Path
from typing import Any, BinaryIO, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

from contenthub.errors import Invalid, NotFound, Unavailable

_KEY = re.compile(r"[a-z0-9][a-z0-9_.-]*(/[a-z0-9][a-z0-9_.-]*)+")
_BANK = re.compile(r"[a-z0-9][a-z0-9-]*")
S3_THREADS = 16
COPY_BYTES = 1024 * 1024
NO_LOCK = ("InvalidRequest", "NotImplemented", "InvalidArgument", "InvalidBucketState")
"""What servers answer that keep no retention locks, or none for this bucket."""

FULL_BYTES = 32 * 1024 * 1024
"""Two log segments of PostgreSQL: with less room than that it stops."""


def is_full(place: Path) -> bool:
    """Return whether the disk of a directory has no room left; False when it cannot be asked."""
    try:
        return shutil.disk_usage(place).free < FULL_BYTES
    except OSError:
        return False


class Storage(Protocol):
    """Where blobs live. Keys are `bank-id/kind/name`, lower case."""

    async def put(self, key: str, data: bytes, *, mime: str) -> None:
        """Keep `data`; when this returns, it survives a crash."""

    async def put_locked(self, key: str, data: bytes, *, mime: str, until: datetime) -> None:
        """Keep `data` so that, where the store can, nobody deletes it before `until`."""

    async def get(self, key: str) -> bytes:
        """Return the blob; raises NotFound."""

    async def put_file(self, key: str, path: Path, *, mime: str) -> None:
        """Keep the content of a local file without holding it in memory."""

    async def get_file(self, key: str, path: Path) -> None:
        """Write the blob to a local file without holding it in memory; raises NotFound."""

    async def delete(self, key: str) -> None:
        """Forget the blob; silent if it is not there."""

    async def keys(self, prefix: str) -> list[str]:
        """Return every key below `prefix`, sorted."""

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


def open_storage(url: str, *, access_key: str = "", secret_key: str = "") -> Storage:
    """Return the store that `url` names (`file:///dir` or `s3://bucket?endpoint=…&region=…`).

    Raises:
        Invalid: the URL is of no known kind.
    """
    parts = urlsplit(url)
    if parts.scheme == "file":
        return DiskStorage(Path(unquote(parts.path)))
    if parts.scheme == "s3" and parts.netloc:
        options = {k: v[0] for k, v in parse_qs(parts.query).items()}
        return S3Storage(parts.netloc, options, access_key=access_key, secret_key=secret_key)
    raise Invalid.of("CONTENTHUB_STORAGE_URL", "应为 file:///目录 或 s3://桶名?endpoint=…")


class DiskStorage:
    """Blobs as plain files: written aside, synced, then renamed into place.

    Only this process's own account reads them: they hold customers' files.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._closed = False

    async def put(self, key: str, data: bytes, *, mime: str) -> None:
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
            mine = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(mine, "wb") as file:
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
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            # As an earlier version left it: what is below is out of others' reach as well.
            with contextlib.suppress(PermissionError):  # a share that somebody else owns
                self.root.chmod(self.root.stat().st_mode & 0o770)
            self._closed = True
        for step in reversed([folder, *folder.parents]):
            if self.root in step.parents:
                step.mkdir(mode=0o700, exist_ok=True)

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


class S3Storage:
    """Blobs on an S3-compatible server, through boto3 in a pool of threads.

    Checksums only when required: OSS, COS and rclone refuse boto3's default
    trailers (design/stack.md pitfall 11).
    """

    def __init__(
        self, bucket: str, options: dict[str, str], *, access_key: str, secret_key: str
    ) -> None:
        # Only who keeps blobs on S3 waits for these to be imported.
        import boto3
        from botocore.config import Config

        self.bucket = bucket
        self._pool = ThreadPoolExecutor(S3_THREADS, thread_name_prefix="s3")
        self._client: Any = boto3.client(
            "s3",
            endpoint_url=options.get("endpoint"),
            region_name=options.get("region", "us-east-1"),
            aws_access_key_id=access_key,
            aws_secret_access_key=secret_key,
            config=Config(
                signature_version="s3v4",
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                s3={"addressing_style": options.get("addressing", "path")},
                max_pool_connections=S3_THREADS,
                connect_timeout=3,
                read_timeout=20,
                retries={"mode": "standard", "max_attempts": 3},
            ),
        )

    async def _call(self, name: str, **arguments: object) -> Any:
        return await self._run(lambda: getattr(self._client, name)(Bucket=self.bucket, **arguments))

    async def _run(self, call: Callable[[], Any]) -> Any:
        from boto3.exceptions import S3UploadFailedError
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, call)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
                raise NotFound("文件不存在或已被清理") from error
            raise Unavailable("对象存储拒绝了请求，请检查访问密钥和桶权限") from error
        except (BotoCoreError, S3UploadFailedError) as error:
            raise Unavailable("对象存储没有应答，请稍后再试") from error

    async def put(self, key: str, data: bytes, *, mime: str) -> None:
        """Keep `data`; when this returns, the server has acknowledged it."""
        await self._call("put_object", Key=check_key(key), Body=data, ContentType=mime)

    async def put_locked(self, key: str, data: bytes, *, mime: str, until: datetime) -> None:
        """Keep `data` under Object Lock (governance), if the bucket was made with it."""
        from botocore.exceptions import ClientError

        kept, digest = check_key(key), b64encode(md5(data, usedforsecurity=False).digest())
        lock = {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": until}

        def put() -> None:
            put_object = self._client.put_object
            said = {"Bucket": self.bucket, "Key": kept, "Body": data, "ContentType": mime}
            try:
                put_object(**said, **lock, ContentMD5=digest.decode())
            except ClientError as error:
                if error.response["Error"]["Code"] not in NO_LOCK:
                    raise
                put_object(**said)

        await self._run(put)

    async def get(self, key: str) -> bytes:
        """Return the blob; raises NotFound."""
        kept = check_key(key)

        def read() -> bytes:
            found = self._client.get_object(Bucket=self.bucket, Key=kept)
            body: bytes = found["Body"].read()
            return body

        # The body too: a server that dies half-way is an outage, not a bug of the caller's.
        body: bytes = await self._run(read)
        return body

    async def put_file(self, key: str, path: Path, *, mime: str) -> None:
        """Keep a local file's content; large ones go up in parts."""
        kept = check_key(key)
        extra = {"ContentType": mime}
        await self._run(
            lambda: self._client.upload_file(str(path), self.bucket, kept, ExtraArgs=extra)
        )

    async def get_file(self, key: str, path: Path) -> None:
        """Write the blob to a local file; raises NotFound."""
        kept = check_key(key)
        await self._run(lambda: self._client.download_file(self.bucket, kept, str(path)))

    async def delete(self, key: str) -> None:
        """Forget the blob; silent if it is not there."""
        await self._call("delete_object", Key=check_key(key))

    async def keys(self, prefix: str) -> list[str]:
        """Return every key below `prefix`, sorted."""
        return sorted([entry["Key"] async for entry in self._entries(prefix)])

    async def size_bytes(self, prefix: str) -> int:
        """Return how many bytes lie below `prefix`, 0 when nothing does."""
        return sum([int(entry["Size"]) async for entry in self._entries(prefix)])

    async def clear_folders(self, bank: str) -> None:
        """Do nothing: an object store has no folders, and keeps no object that is half written."""

    async def _entries(self, prefix: str) -> AsyncIterator[dict[str, Any]]:
        token: dict[str, str] = {}
        while True:
            page = await self._call("list_objects_v2", Prefix=prefix, **token)
            for entry in page.get("Contents", []):
                yield entry
            if not page.get("IsTruncated"):
                return
            token = {"ContinuationToken": page["NextContinuationToken"]}

    async def check(self) -> None:
        """Raise Unavailable when the bucket does not answer."""
        await self._call("head_bucket")
