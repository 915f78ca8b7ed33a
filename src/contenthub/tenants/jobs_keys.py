"""Worker entries of data keys: a bank's first key, keys that may be used, and rotation."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from contenthub.db import Database, Platform, TenantId
from contenthub.errors import Conflict
from contenthub.queue import job, sweep
from contenthub.tenants import actions_bankkeys, actions_rotation, queries, queries_bankkeys

RETRIES = 20


@job("tenants.turn_keys")
async def turn_keys(database: Database, tenant: TenantId, /, **_ids: Any) -> None:
    """Make the bank's first data key, or let the waiting one seal."""
    now = datetime.now(UTC)
    async with database.unit_of_work(tenant) as db:
        if not await queries_bankkeys.data_keys(db):
            await actions_bankkeys.make_key(db, by=None, at=now)
        else:
            await actions_bankkeys.activate_key(db, at=now)


@sweep("tenants.turn_keys")
async def due_keys(db: Platform, _now: datetime) -> list[tuple[UUID, dict[str, str]]]:
    """Return banks without a data key, and those whose waiting key may be used."""
    return [(bank, {}) for bank in await queries_bankkeys.banks_with_due_keys(db)]


@job(actions_rotation.JOB)
async def rotate_keys(database: Database, tenant: TenantId, /, **ids: Any) -> None:
    """Seal the bank's values anew from where the rotation `job_id` stands, batch by batch."""
    async with database.unit_of_work(tenant) as db:
        turn = await actions_rotation.claim(db, UUID(ids["job_id"]), at=datetime.now(UTC))
    refused = 0
    while turn is not None:
        try:
            async with database.unit_of_work(tenant) as db:
                turn = await actions_rotation.seal_batch(db, turn, at=datetime.now(UTC))
        except Conflict:
            # Somebody else's batch held the same rows in another order: once more.
            refused += 1
            if refused > RETRIES:
                raise


@sweep(actions_rotation.JOB)
async def due_rotations(db: Platform, _now: datetime) -> list[tuple[UUID, dict[str, str]]]:
    """Return rotations that nobody works on."""
    return await queries.idle_jobs(db, actions_rotation.KIND)
