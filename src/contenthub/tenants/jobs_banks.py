"""Worker entries for whole banks: an archive, erasing one, a parent's figures."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from arq.connections import ArqRedis
from sqlalchemy import and_, func, or_, select

from contenthub import log
from contenthub.db import Database, Platform, TenantId
from contenthub.queue import job, sweep
from contenthub.storage import storage_of
from contenthub.storage_public import public_store_of
from contenthub.tenants import (
    actions_erasure,
    actions_exports,
    actions_kitfigures,
    actions_members,
    queries_archive,
    queries_members,
)
from contenthub.tenants.models import LongJob
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
    storage = storage_of(database.resources)
    redis: ArqRedis = database.resources["redis"]  # type: ignore[assignment]  # house.py puts it there
    objects = await actions_erasure.erase_objects(storage, tenant)
    if (public := public_store_of(database.resources)) is not None:
        objects += await public.empty(str(tenant))
    async with database.platform_unit_of_work() as db:
        slug = (await db.get_one(BankErasure, tenant)).slug
    keys = await actions_erasure.erase_redis(redis, tenant, slug)
    async with database.platform_unit_of_work() as db:
        proof = await actions_erasure.record_rest(
            db, tenant, objects=objects, redis_keys=keys, at=datetime.now(UTC)
        )
    log.event("bank.erased", bank=slug, objects=objects, redis_keys=keys)
    return proof


@job(actions_exports.JOB)
async def export_bank(database: Database, tenant: TenantId, /, **ids: Any) -> None:
    """Write the archive of export `job_id`, or clear away one whose time is over."""
    job_id, now = UUID(ids["job_id"]), datetime.now(UTC)
    storage = storage_of(database.resources)
    if ids.get("clear"):
        async with database.unit_of_work(tenant) as db:
            key = await actions_exports.forget(db, job_id)
        if key:
            await storage.delete(key)
        return
    async with database.unit_of_work(tenant) as db:
        taken = await actions_exports.claim(db, job_id)
    if taken is None:
        return
    key = actions_exports.archive_key(tenant, job_id)
    with tempfile.TemporaryDirectory(prefix="contenthub-export-") as folder:
        path = Path(folder) / "bank.zip"
        rows = await queries_archive.write_archive(
            database, storage, tenant, path, is_clear=False, at=now
        )
        await storage.put_file(key, path, mime="application/zip")
    async with database.unit_of_work(tenant) as db:
        total = sum(rows.values())
        await actions_exports.finish(db, job_id, key, rows=total, at=datetime.now(UTC))


@sweep(actions_exports.JOB)
async def waiting_exports(db: Platform, now: datetime) -> Due:
    """Return exports that nobody works on, and archives whose seven days are over."""
    free = or_(LongJob.lease_until.is_(None), LongJob.lease_until <= func.clock_timestamp())
    is_old = LongJob.finished_at < now - actions_exports.KEEP
    rows = await db.execute(
        select(LongJob.tenant_id, LongJob.id, LongJob.state)
        .where(
            LongJob.kind == actions_exports.KIND,
            or_(
                and_(LongJob.state.in_(("queued", "running")), free),
                and_(LongJob.state == "done", LongJob.result_key != "", is_old),
            ),
        )
        .limit(20)
    )
    return [
        (row[0], {"job_id": str(row[1]), **({"clear": "1"} if row[2] == "done" else {})})
        for row in rows
    ]


@job("tenants.gather_figures")
async def gather_figures(database: Database, tenant: TenantId, /, **_ids: Any) -> None:
    """Write a parent's figures of its members."""
    async with database.platform_unit_of_work() as db:
        await actions_members.gather(db, tenant, at=datetime.now(UTC))


@sweep("tenants.gather_figures")
async def parents_to_tell(db: Platform, now: datetime) -> Due:
    """Return parents whose figures are older than an hour."""
    return [(parent, {}) for parent in await queries_members.stale_parents(db, now)]


@job("tenants.gather_kit_figures")
async def gather_kit_figures(database: Database, tenant: TenantId, /, **_ids: Any) -> None:
    """Write what became of a parent's kits at its members."""
    async with database.platform_unit_of_work() as db:
        await actions_kitfigures.gather(db, tenant, at=datetime.now(UTC))


@sweep("tenants.gather_kit_figures")
async def parents_to_tell_of_kits(db: Platform, now: datetime) -> Due:
    """Return parents whose kits were counted over ten minutes ago, or moved since."""
    return [(parent, {}) for parent in await queries_members.parents_of_stale_kits(db, now)]
