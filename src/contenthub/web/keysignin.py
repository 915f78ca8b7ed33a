"""An API key becomes its owner: found by its hash, judged by its terms, its use noted."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.orm.attributes import set_committed_value

from contenthub import log
from contenthub.db import TenantId
from contenthub.errors import ContentHubError, NotFound
from contenthub.tenants import access, actions_keys, bankstates, keys, queries
from contenthub.tenants.models import ApiKey, Bank, Staff
from contenthub.web.house import House

_writing: set[asyncio.Task[None]] = set()


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """Whoever a key acts as, and the key."""

    staff: Staff
    bank: Bank
    tenant: TenantId
    key: ApiKey


async def find_holder(house: House, clear: str, *, address: str) -> KeyHolder | None:
    """Return whom a clear key acts as, or None for one that is unknown, ended or revoked.

    A key of some scopes lends its owner's roles with those permissions only, so that every
    guard and every question about a permission gives the key's own answer.

    Raises:
        ElsewhereThanAllowed: the key is good, but not from this address.
        BankResting: the key is good, but its bank is suspended.
    """
    digest = queries.key_hash(clear)
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
    now = datetime.now(UTC)
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
    if key.scopes:
        # Not a change of the person: what is lent to this request only.
        set_committed_value(staff, "roles", access.Lent(staff.roles, key.scopes))
    if keys.is_use_due(key.last_used_at, now):
        _note_later(house, tenant, key, address=address, at=now)
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
