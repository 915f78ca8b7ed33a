"""Worker entries for whole banks: erasing one whose grace is over."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from arq.connections import ArqRedis

from contenthub import log
from contenthub.db import Database, Platform, TenantId
from contenthub.queue import job, sweep
from contenthub.storage import Storage
from contenthub.tenants import actions_erasure
from contenthub.tenants.models_security import BankErasure

Due = list[tuple[UUID, dict[str, str]]]


@job("tenants.erase_bank")
async def erase_bank(database: Database, tenant: TenantId, /, **_ids: Any) -> None:
    """Erase a bank whose grace is over, and leave the proof."""
    await erase(database, tenant)


@sweep("tenants.erase_bank")
async def banks_to_erase(db: Platform, now: datetime) -> Due:
    """Return banks whose grace is over or whose erasure was interrupted."""
    return [(bank, {}) for bank in await actions_erasure.due(db, now)]


async def erase(database: Database, tenant: UUID) -> BankErasure:
    """Erase rows, objects and Redis keys of a bank, each step harmless when repeated.

    Raises:
        Conflict: the bank waits for no deletion, or its grace is not over.
    """
    async with database.platform_unit_of_work() as db:
        await actions_erasure.erase_rows(db, tenant, at=datetime.now(UTC))
    storage: Storage = database.resources["storage"]  # type: ignore[assignment]  # app.py puts it there
    redis: ArqRedis = database.resources["redis"]  # type: ignore[assignment]  # house.py puts it there
    objects = await actions_erasure.erase_objects(storage, tenant)
    async with database.platform_unit_of_work() as db:
        slug = (await db.get_one(BankErasure, tenant)).slug
    keys = await actions_erasure.erase_redis(redis, tenant, slug)
    async with database.platform_unit_of_work() as db:
        proof = await actions_erasure.record_rest(
            db, tenant, objects=objects, redis_keys=keys, at=datetime.now(UTC)
        )
    log.event("bank.erased", bank=slug, objects=objects, redis_keys=keys)
    return proof
