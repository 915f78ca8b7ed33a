"""An API key becomes its owner: found by its hash, judged by its terms, its use noted.

Only the look-up is remembered, for three seconds: three queries, 2.7 ms of this process's
time, at each of twenty calls a second. Terms are judged at every request.
"""

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.orm.attributes import set_committed_value

from contenthub import log
from contenthub.db import TenantId
from contenthub.errors import ContentHubError, NotFound
from contenthub.tenants import access, actions_keys, bankstates, keys, queries
from contenthub.tenants.models import ApiKey, Bank, Staff
from contenthub.web.house import House

CACHE_SECONDS = 3.0
"""A revoked key ends within 5 s, as a disabled person does (signin.py)."""
_CACHE_SIZE = 2000
_writing: set[asyncio.Task[None]] = set()


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """Whoever a key acts as, and the key."""

    staff: Staff
    bank: Bank
    tenant: TenantId
    key: ApiKey


_known: dict[tuple[int, str], tuple[float, KeyHolder]] = {}
"""By house and the key's SHA-256, which is one bank's; the holder names its tenant."""


async def find_holder(house: House, clear: str, *, address: str) -> KeyHolder | None:
    """Return whom a clear key acts as, or None for one that is unknown, ended or revoked.

    A key of some scopes lends its owner's roles with those permissions only, so that every
    guard and every question about a permission gives the key's own answer.

    Raises:
        ElsewhereThanAllowed: the key is good, but not from this address.
        BankResting: the key is good, but its bank is suspended.
    """
    holder = await _remembered(house, queries.key_hash(clear))
    if holder is None:
        return None
    staff, bank, key, now = holder.staff, holder.bank, holder.key, datetime.now(UTC)
    expired = key.expires_at is not None and key.expires_at <= now
    if staff.state != "active" or key.revoked_at is not None or expired:
        return None
    bankstates.refuse_resting(bank.state, bank.state_reason)
    if not keys.admits(key.ip_allow, address):
        log.event("key.refused", key=str(key.id), address=address)
        raise keys.ElsewhereThanAllowed(
            f"这个接口密钥只能从登记的地址使用，本次来自 {address or '未知地址'}；"
            "请由管理员在“接口密钥”页修改允许的地址"
        )
    if keys.is_use_due(key.last_used_at, now):
        # Said of what is remembered too: the next request need not note it again.
        set_committed_value(key, "last_used_at", now)
        _note_later(house, holder.tenant, key, address=address, at=now)
    return holder


def forget(house: House, key_id: UUID) -> None:
    """Look a key up afresh at its next request: it was revoked or changed in this process."""
    for place, (_, holder) in list(_known.items()):
        if place[0] == id(house) and holder.key.id == key_id:
            del _known[place]


async def _remembered(house: House, digest: str) -> KeyHolder | None:
    place, now = (id(house), digest), time.monotonic()
    if (hit := _known.get(place)) is not None and hit[0] > now:
        return hit[1]
    found = await _load(house, digest)
    if found is None:
        _known.pop(place, None)
        return None
    if len(_known) >= _CACHE_SIZE:
        _known.clear()
    _known[place] = (now + CACHE_SECONDS, found)
    return found


async def _load(house: House, digest: str) -> KeyHolder | None:
    try:
        async with house.database.unscoped_reading() as session:
            found = await queries.find_in_directory(session, "key", digest)
    except NotFound:
        return None
    tenant = TenantId(found.bank_id)
    async with house.database.reading(tenant) as db:
        owner = await queries.staff_by_key(db, digest)
        bank = await queries.bank(db)
    if owner is None:
        return None
    staff, key = owner
    if key.scopes:
        # Not a change of the person: what is lent to the key's requests only.
        set_committed_value(staff, "roles", access.Lent(staff.roles, key.scopes))
    return KeyHolder(staff, bank, tenant, key)


def _note_later(house: House, tenant: TenantId, key: ApiKey, *, address: str, at: datetime) -> None:
    # Beside the request, which does not wait for it; two notes of one minute are one in SQL.
    task = asyncio.create_task(_note(house, tenant, key, address=address, at=at))
    _writing.add(task)
    task.add_done_callback(_writing.discard)


async def _note(house: House, tenant: TenantId, key: ApiKey, *, address: str, at: datetime) -> None:
    try:
        async with house.database.unit_of_work(tenant) as db:
            await actions_keys.note_use(db, key.id, address=address, at=at)
    except ContentHubError as error:
        log.event("key.use_not_noted", level=30, key=str(key.id), error=error.detail)


async def settle() -> None:
    """Wait for the notes of use that are being written (before a house closes)."""
    while _writing:
        await asyncio.gather(*_writing, return_exceptions=True)
