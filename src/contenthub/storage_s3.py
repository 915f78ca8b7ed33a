"""Blobs on an S3-compatible server, through boto3 in a pool of threads."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from hashlib import md5
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
from boto3.exceptions import S3UploadFailedError
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from contenthub.errors import NotFound, Unavailable
from contenthub.storage import BLOCK_BYTES, Entry, check_key

S3_THREADS = 16
NO_LOCK = ("InvalidRequest", "NotImplemented", "InvalidArgument", "InvalidBucketState")
"""What servers answer that keep no retention locks, or none for this bucket."""


class S3Storage:
    """Blobs on an S3-compatible server, through boto3 in a pool of threads.

    Checksums only when required: OSS, COS and rclone refuse boto3's default
    trailers (design/stack.md pitfall 11).
    """

    def __init__(
        self, bucket: str, options: dict[str, str], *, access_key: str, secret_key: str
    ) -> None:
        self.bucket = bucket
        self._pool = ThreadPoolExecutor(S3_THREADS, thread_name_prefix="s3")
        config = Config(
            signature_version="s3v4",
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            s3={"addressing_style": options.get("addressing", "path")},
            max_pool_connections=S3_THREADS,
            connect_timeout=3,
            read_timeout=20,
            retries={"mode": "standard", "max_attempts": 3},
        )

        def client(endpoint: str | None) -> Any:
            return boto3.client(
                "s3",
                endpoint_url=endpoint,
                region_name=options.get("region", "us-east-1"),
                aws_access_key_id=access_key,
                aws_secret_access_key=secret_key,
                config=config,
            )

        self._client: Any = client(options.get("endpoint"))
        self._public = options.get("public", "")
        self._signer: Any = client(self._public) if self._public else None

    async def _call(self, name: str, **arguments: object) -> Any:
        return await self._run(lambda: getattr(self._client, name)(Bucket=self.bucket, **arguments))

    async def _run(self, call: Callable[[], Any]) -> Any:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, call)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
                raise NotFound("文件不存在或已被清理") from error
            raise Unavailable("对象存储拒绝了请求，请检查访问密钥和桶权限") from error
        except (BotoCoreError, S3UploadFailedError) as error:
            raise Unavailable("对象存储没有应答，请稍后再试") from error

    async def put(self, key: str, data: bytes, *, mime: str, cache_control: str = "") -> None:
        """Keep `data`; when this returns, the server has acknowledged it."""
        said = {"CacheControl": cache_control} if cache_control else {}
        await self._call("put_object", Key=check_key(key), Body=data, ContentType=mime, **said)

    async def put_locked(self, key: str, data: bytes, *, mime: str, until: datetime) -> None:
        """Keep `data` under Object Lock (governance), if the bucket was made with it."""
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

    async def size_of(self, key: str) -> int:
        """Return how many bytes a blob has; raises NotFound."""
        return int((await self._call("head_object", Key=check_key(key)))["ContentLength"])

    async def read(self, key: str, first: int, last: int) -> AsyncGenerator[bytes, None]:
        """Yield the bytes from `first` to `last`, a block at a time; raises NotFound."""
        if last < first:
            return
        found = await self._call("get_object", Key=check_key(key), Range=f"bytes={first}-{last}")
        body = found["Body"]
        try:
            while block := await self._run(lambda: body.read(BLOCK_BYTES)):
                yield block
        finally:
            body.close()

    def upload_url(self, key: str, *, mime: str, size_bytes: int, seconds: int) -> str:
        """Return an address for one PUT of this key, type and length; empty without `public`."""
        if self._signer is None:
            return ""
        wanted = {
            "Bucket": self.bucket,
            "Key": check_key(key),
            "ContentType": mime,
            "ContentLength": size_bytes,
        }
        url: str = self._signer.generate_presigned_url(
            "put_object", Params=wanted, ExpiresIn=seconds, HttpMethod="PUT"
        )
        return url

    def upload_origin(self) -> str:
        """Return the server's origin as browsers reach it, empty without `public`."""
        parts = urlsplit(self._public)
        return f"{parts.scheme}://{parts.netloc}" if self._public else ""

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

    async def copy(self, key: str, to: str) -> None:
        """Keep the content of `key` under `to` as well, on the server itself; raises NotFound."""
        source = {"Bucket": self.bucket, "Key": check_key(key)}
        await self._call("copy_object", Key=check_key(to), CopySource=source)

    async def delete(self, key: str) -> None:
        """Forget the blob; silent if it is not there."""
        await self._call("delete_object", Key=check_key(key))

    async def keys(self, prefix: str) -> list[str]:
        """Return every key below `prefix`, sorted."""
        return sorted([entry["Key"] async for entry in self._entries(prefix)])

    async def entries(self, prefix: str) -> list[Entry]:
        """Return every blob below `prefix` with its size and age, sorted by key."""
        found = [
            Entry(entry["Key"], int(entry["Size"]), entry["LastModified"])
            async for entry in self._entries(prefix)
        ]
        return sorted(found, key=lambda one: one.key)

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
