"""Writes of API keys after their making: changes of their terms, rotation, use."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, update

from contenthub.db import Write
from contenthub.errors import Conflict, Invalid
from contenthub.tenants import keys, queries, queries_staff
from contenthub.tenants.actions import create_key, record
from contenthub.tenants.keys import KeyTerms
from contenthub.tenants.models import ApiKey, Staff
from contenthub.tenants.sealing import bank_id


def terms_of(key: ApiKey) -> KeyTerms:
    """Return the limits of a key."""
    return KeyTerms(tuple(key.scopes), tuple(key.ip_allow), key.per_minute, key.expires_at)


async def change_key(
    db: Write,
    key_id: UUID,
    terms: KeyTerms,
    *,
    name: str,
    by: Staff,
    at: datetime,
    lender: frozenset[str] = frozenset(),
) -> ApiKey:
    """Change a key's name and terms; what calls with it notices at its next request.

    Raises:
        Conflict: the key has ended.
        Invalid: a scope its owner does not have, a network nobody can read.
    """
    key = await _live(db, key_id, at)
    owner = await queries.staff(db, key.staff_id)
    wanted = keys.checked(terms, owner.roles, lender=lender)
    if not name.strip():
        raise Invalid.of("name", "请填写用途，例如“夜间导入”")
    after = {
        "name": name.strip(),
        "scopes": list(wanted.scopes),
        "ip_allow": list(wanted.ip_allow),
        "per_minute": wanted.per_minute,
        "expires_at": wanted.expires_at,
    }
    changed = sorted(field for field, value in after.items() if getattr(key, field) != value)
    for field in changed:
        setattr(key, field, after[field])
    if changed:
        record(db, "key.changed", "key", key.id, by=by, at=at, name=key.name, facts=changed)
    await db.flush()
    return key


async def rotate_key(
    db: Write, key_id: UUID, *, by: Staff, at: datetime, lender: frozenset[str] = frozenset()
) -> tuple[ApiKey, str, datetime]:
    """Make a key of the same terms beside the old one; return it, its secret, the old one's end.

    The old secret goes on for 24 hours (or to its own end if that is sooner), so that no
    script stops; it stays in the list with its last use and may be revoked before.

    Raises:
        Conflict: the key has ended, or its owner is not at work.
    """
    old = await _live(db, key_id, at)
    owner = await queries.staff(db, old.staff_id)
    if owner.state != "active":
        raise Conflict("密钥的使用人已不在岗，请为在岗的员工新建密钥")
    terms = terms_of(old)
    new, clear = await create_key(db, owner, old.name, by=by, at=at, terms=terms, lender=lender)
    old.expires_at = keys.ends_after_rotation(old.expires_at, at)
    record(db, "key.rotated", "key", old.id, by=by, at=at, name=old.name, new_id=str(new.id))
    await db.flush()
    return new, clear, old.expires_at


async def note_use(db: Write, key_id: UUID, *, address: str, at: datetime) -> None:
    """Remember when and from where a key was used last, at most once a minute."""
    await db.execute(
        update(ApiKey)
        .where(
            ApiKey.tenant_id == bank_id(db),
            ApiKey.id == key_id,
            or_(ApiKey.last_used_at.is_(None), ApiKey.last_used_at <= at - keys.USE_NOTED_EVERY),
        )
        .values(last_used_at=at, last_used_from=address)
    )


async def _live(db: Write, key_id: UUID, at: datetime) -> ApiKey:
    key = await queries_staff.key(db, key_id, lock=True)
    if key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= at):
        raise Conflict("这个密钥已吊销或已到期，请新建一个")
    return key
