"""Erasing a bank: rows, then objects, then what Redis still holds, and the proof of it."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from arq.connections import ArqRedis
from sqlalchemy import delete, select, text, update

from contenthub.db import Platform
from contenthub.errors import NotFound
from contenthub.storage import Storage
from contenthub.tenants.actions_platform import note
from contenthub.tenants.models import Bank
from contenthub.tenants.models_security import BankErasure, MemberFigure

_SCAN = 1000


async def erase_rows(db: Platform, bank_id: UUID, *, at: datetime) -> dict[str, Any]:
    """Delete every row of a bank whose grace is over; return the counts before and after.

    Harmless when the rows are gone already. Raises Conflict while the grace lasts.
    """
    # Three million customers take longer than any page may.
    await db.execute(text("set local statement_timeout = 0"))
    erasure = await _erasure(db, bank_id)
    if "rows" in erasure.proof:
        return dict(erasure.proof["rows"])
    await db.execute(delete(MemberFigure).where(MemberFigure.member_id == bank_id))
    await db.execute(text("delete from kit_figures where member_id = :b"), {"b": bank_id})
    await db.execute(update(Bank).where(Bank.parent_id == bank_id).values(parent_id=None))
    counted = (await db.execute(text("select erase_bank(:b)"), {"b": bank_id})).scalar_one()
    erasure.proof = {**erasure.proof, "rows": counted}
    note(db, "bank.erased", erasure.slug, by=None, at=at, rows=sum(counted["before"].values()))
    return dict(counted)


async def record_rest(
    db: Platform, bank_id: UUID, *, objects: int, redis_keys: int, at: datetime
) -> BankErasure:
    """Finish the proof with what else was deleted; from now on the bank is erased."""
    erasure = await _erasure(db, bank_id)
    erasure.proof = {
        **erasure.proof,
        "objects": {"before": objects, "after": 0},
        "redis_keys": {"before": redis_keys, "after": 0},
    }
    erasure.erased_at = at
    return erasure


async def _erasure(db: Platform, bank_id: UUID) -> BankErasure:
    found = await db.scalar(
        select(BankErasure).where(BankErasure.bank_id == bank_id).with_for_update()
    )
    if found is None:
        raise NotFound("没有这家银行的删除申请")
    return found


async def erase_objects(storage: Storage, bank_id: UUID) -> int:
    """Delete everything below a bank's prefix in the store, its folders too; return how many."""
    gone = 0
    # Somebody may have written meanwhile: asked until the store says that nothing is left.
    while keys := await storage.keys(f"{bank_id}/"):
        for key in keys:
            await storage.delete(key)
        gone += len(keys)
    await storage.clear_folders(str(bank_id))
    return gone


async def erase_redis(redis: ArqRedis, bank_id: UUID, slug: str) -> int:
    """Delete sessions of a bank and every key that names it; return how many."""
    bank = str(bank_id).encode()
    gone = 0
    async for key in redis.scan_iter(count=_SCAN):
        if bank in key or bank.replace(b"-", b"") in key or _is_of(slug, key):
            gone += int(await redis.delete(key))
        elif await redis.type(key) == b"string" and key.startswith(b"session"):
            gone += int(await redis.delete(key)) if await _holds(redis, key, bank) else 0
    return gone


def _is_of(slug: str, key: bytes) -> bool:
    return slug.encode() in key.split(b":")


async def _holds(redis: ArqRedis, key: bytes, bank: bytes) -> bool:
    raw = await redis.get(key)
    if raw is None:
        return False
    try:
        body = msgspec.json.decode(raw)
    except msgspec.DecodeError:
        return bank in raw
    return isinstance(body, dict) and str(body.get("t", "")).encode() == bank


async def due(db: Platform, now: datetime) -> list[UUID]:
    """Return banks whose grace is over, and those whose erasure was begun and not finished."""
    rows = await db.scalars(
        select(BankErasure.bank_id)
        .outerjoin(Bank, Bank.id == BankErasure.bank_id)
        .where(
            BankErasure.erased_at.is_(None),
            Bank.id.is_(None) | ((Bank.state == "deleting") & (Bank.delete_after_at <= now)),
        )
    )
    return list(rows)
