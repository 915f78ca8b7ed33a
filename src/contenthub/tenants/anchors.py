"""Seals of the audit trail kept outside the database, in the object store.

Who can cut the newest rows off a table can cut off their seals too; the copy in the
store (under a retention lock, where the store has one) still knows them.
"""

from datetime import timedelta

import msgspec

from contenthub.db import TenantId
from contenthub.storage import Storage
from contenthub.tenants.models import AuditSeal

LOCKED = timedelta(days=1095)
"""How long a store with retention locks refuses to give a seal up: three years."""


def _key(tenant: TenantId, no: int) -> str:
    return f"{tenant}/audit/seal-{no:08d}.json"


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


async def kept(storage: Storage, tenant: TenantId, *, last: int = 100) -> dict[int, str]:
    """Return the `last` newest copies of a bank: seal number → hash as hex."""
    found: dict[int, str] = {}
    for key in (await storage.keys(f"{tenant}/audit/seal-"))[-last:]:
        facts = msgspec.json.decode(await storage.get(key))
        found[int(facts["no"])] = str(facts["hash"])
    return found
