"""Seals of the audit trail kept outside the database, in the object store.

Who can cut the newest rows off a table can cut off their seals too; the copy in the
store (under a retention lock, where the store has one) still knows them.
"""

import re
from datetime import timedelta

import msgspec

from contenthub.db import TenantId
from contenthub.storage import Storage
from contenthub.tenants.models import AuditSeal

LOCKED = timedelta(days=1095)
"""How long a store with retention locks refuses to give a seal up: three years."""


class _Copy(msgspec.Struct):
    no: int
    hash: str


_NAME = re.compile(r"/audit/seal-(\d{8,})\.json$")


def _folder(tenant: TenantId) -> str:
    return f"{tenant}/audit/seal-"


def _key(tenant: TenantId, no: int) -> str:
    return f"{_folder(tenant)}{no:08d}.json"


async def keep(storage: Storage, tenant: TenantId, seal: AuditSeal) -> None:
    """Leave a copy of `seal` in the store; the same seal twice is harmless."""
    facts = {
        "no": seal.no,
        "hash": seal.hash.hex(),
        "entries": seal.entries,
        "last_id": str(seal.last_id),
        "sealed_at": seal.sealed_at.isoformat(),
    }
    await storage.put_locked(
        _key(tenant, seal.no),
        msgspec.json.encode(facts),
        mime="application/json",
        until=seal.sealed_at + LOCKED,
    )


async def numbers(storage: Storage, tenant: TenantId) -> set[int]:
    """Return the numbers of the seals that have a copy in the store."""
    return {no for key in await storage.keys(_folder(tenant)) if (no := _no(key))}


async def kept(
    storage: Storage, tenant: TenantId, *, last: int | None = 100
) -> dict[int, str | None]:
    """Return a bank's copies: seal number → hash as hex, empty for one that cannot be read.

    Only the `last` newest are opened (None: all); the others are there, with None.
    """
    copies = {no: key for key in await storage.keys(_folder(tenant)) if (no := _no(key))}
    found: dict[int, str | None] = dict.fromkeys(copies)
    opened = sorted(copies) if last is None else sorted(copies)[-last:]
    for no in opened:
        found[no] = _hash(await storage.get(copies[no]), no)
    return found


def _hash(data: bytes, no: int) -> str:
    try:
        copy = msgspec.json.decode(data, type=_Copy)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return ""
    return copy.hash if copy.no == no else ""


def _no(key: str) -> int:
    found = _NAME.search(key)
    return int(found[1]) if found else 0
