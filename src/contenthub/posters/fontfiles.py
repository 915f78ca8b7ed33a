"""Banks' own typefaces on this machine's disk: fetched once from the store, named by content."""

import asyncio
import os
import threading
from collections.abc import Mapping
from hashlib import sha256

import msgspec

from contenthub.errors import Unavailable
from contenthub.posters import fonts
from contenthub.storage import Storage

FILES_MAX = 200
"""Faces kept on one machine; those fetched longest ago go, and are fetched again when wanted."""


async def bring(storage: Storage, keys: Mapping[str, str]) -> None:
    """Do nothing but have these faces (key → place in the store) ready for the painters.

    Raises NotFound, Unavailable: a file is gone, or is not what it was.
    """
    for face, key in keys.items():
        if not fonts.is_here(face):
            data = await storage.get(key)
            await asyncio.to_thread(keep, face, data)


def keep(face: str, data: bytes) -> None:
    """Put a face on this machine's disk; raises Unavailable for one that is damaged."""
    if sha256(data).hexdigest() != face:
        raise Unavailable("存储里的字体文件已损坏，请重新上传这个字体")
    half = fonts.own_folder() / f"{face}.{os.getpid()}-{threading.get_ident()}.part"
    half.write_bytes(data)
    widths = msgspec.msgpack.encode(fonts.measured(half))
    half.replace(fonts.own_path(face))
    half.write_bytes(widths)
    half.replace(fonts.widths_path(face))
    _tidy()


def _tidy() -> None:
    found = sorted(fonts.own_folder().glob("*.font"), key=lambda one: one.stat().st_mtime)
    for old in found[:-FILES_MAX]:
        old.with_suffix(".widths").unlink(missing_ok=True)
        old.unlink(missing_ok=True)
