"""Blobs that the world may read: files of a public store, at the address of a CDN before it.

Apart from the store of everything else (storage.py): what is put here is published.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from contenthub.errors import Invalid
from contenthub.settings import Settings
from contenthub.storage import DiskStorage, Entry, Storage, open_storage

_PREFIX = re.compile(r"(/[a-z0-9][a-z0-9_-]*)*/?")


@dataclass(frozen=True, slots=True)
class PublicStore:
    """A public store; names are `bank-id/file`, as everywhere (reliability T9)."""

    storage: Storage
    prefix: str
    """What every key begins with, with a slash at its end; empty for the whole bucket."""
    address: str
    """Where the files lie for browsers, without a slash at the end."""
    cache_seconds: int

    @property
    def origin(self) -> str:
        """Return scheme and host of the address, for the pages' policy."""
        parts = urlsplit(self.address)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def cache_control(self) -> str:
        """Return what readers are told: a name never gets another content."""
        return f"public, max-age={self.cache_seconds}, immutable"

    @property
    def is_served_by_us(self) -> bool:
        """Return whether the files lie on a disk, which our own route serves too."""
        return isinstance(self.storage, DiskStorage)

    def url(self, name: str) -> str:
        """Return the public address of a file."""
        return f"{self.address}/{name}"

    async def put(self, name: str, data: bytes, *, mime: str) -> None:
        """Publish a file; raises Unavailable."""
        await self.storage.put(
            self.prefix + name, data, mime=mime, cache_control=self.cache_control
        )

    async def get(self, name: str) -> bytes:
        """Return a file; raises NotFound."""
        return await self.storage.get(self.prefix + name)

    async def delete(self, name: str) -> None:
        """Take a file away; silent if it is not there. Raises Unavailable."""
        await self.storage.delete(self.prefix + name)

    async def entries(self, folder: str) -> list[Entry]:
        """Return the files of a bank's folder, by their names."""
        found = await self.storage.entries(f"{self.prefix}{folder}/")
        return [
            Entry(one.key.removeprefix(self.prefix), one.size_bytes, one.modified_at)
            for one in found
        ]

    async def empty(self, folder: str) -> int:
        """Take every file of a bank's folder away, and the folder; return how many there were."""
        gone = 0
        # Somebody may be sending meanwhile: asked until the store says that nothing is left.
        while files := await self.entries(folder):
            for one in files:
                await self.delete(one.key)
            gone += len(files)
        if not self.prefix:
            await self.storage.clear_folders(folder)
        return gone


def open_public(settings: Settings) -> PublicStore | None:
    """Return the public store of a deployment, None where none is configured.

    Raises:
        Invalid: the store's URL is of no known kind, or its prefix is odd.
    """
    if not settings.cdn_url:
        return None
    parts = urlsplit(settings.cdn_storage_url)
    address, seconds = settings.cdn_url.rstrip("/"), settings.cdn_cache_seconds
    if parts.scheme == "file":
        disk = DiskStorage(Path(unquote(parts.path)), is_public=True)
        return PublicStore(disk, "", address, seconds)
    if not _PREFIX.fullmatch(parts.path):
        raise Invalid.of(
            "CONTENTHUB_CDN_STORAGE_URL", "桶名后的目录只能用小写字母、数字、- 和 _，例如 /posters"
        )
    storage = open_storage(
        settings.cdn_storage_url,
        access_key=settings.cdn_access_key or settings.storage_access_key,
        secret_key=settings.cdn_secret_key or settings.storage_secret_key,
    )
    prefix = parts.path.strip("/")
    return PublicStore(storage, f"{prefix}/" if prefix else "", address, seconds)


def public_store_of(resources: Mapping[str, object]) -> PublicStore | None:
    """Return the public store that travels with a database's sessions and jobs, if there is one."""
    found = resources.get("public_store")
    return found if isinstance(found, PublicStore) else None
