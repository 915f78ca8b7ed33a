"""Worker entries of the posters room: a whole bank's posters as one archive, in parts."""

import secrets
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_

from contenthub.db import Database, Platform, TenantId
from contenthub.errors import Conflict, Invalid, NotFound
from contenthub.posters import actions_batch as batch
from contenthub.posters import batching, rendering
from contenthub.posters.actions_batch import Turn
from contenthub.posters.pool import Pool
from contenthub.queue import job, sweep
from contenthub.sharing.codes import RANDOM_BYTES, code_from
from contenthub.storage import storage_of
from contenthub.tenants import queries as tenants
from contenthub.tenants.models import LongJob


def new_code() -> str:
    """Return a fresh random share code."""
    return code_from(secrets.token_bytes(RANDOM_BYTES))


@job(batch.JOB)
async def draw_batch(database: Database, tenant: TenantId, /, **ids: Any) -> None:
    """Draw the batch `job_id` from where it stands to its end; clear away what nobody wants."""
    job_id = UUID(ids["job_id"])
    async with database.unit_of_work(tenant) as db:
        turn = await batch.claim(db, job_id)
    if turn is None:
        await _clear(database, tenant, job_id)
    else:
        await _draw(database, tenant, turn)


async def _draw(database: Database, tenant: TenantId, turn: Turn) -> None:
    try:
        last = await _draw_parts(database, tenant, turn)
        if last is None:
            await _clear(database, tenant, turn.job_id)
            return
        storage = storage_of(database.resources)
        where = batching.folder(tenant, turn.job_id)
        errors_key = await batching.assemble(storage, where, last.part_no, at=datetime.now(UTC))
        async with database.unit_of_work(tenant) as db:
            await batch.finish_batch(db, last, errors_key=errors_key, at=datetime.now(UTC))
    except (Conflict, Invalid, NotFound) as refused:
        async with database.unit_of_work(tenant) as db:
            await batch.fail_batch(db, turn.job_id, reason=refused.detail, at=datetime.now(UTC))


async def _draw_parts(database: Database, tenant: TenantId, turn: Turn) -> Turn | None:
    """Draw and store part after part; return the last turn, or None when it was taken away."""
    storage = storage_of(database.resources)
    where = batching.folder(tenant, turn.job_id)
    with ExitStack() as stack:
        pool: Pool | None = None
        while True:
            now = datetime.now(UTC)
            async with database.unit_of_work(tenant) as db:
                work = await batch.next_part(db, turn, at=now, new_code=new_code)
                if work is None:
                    return await batch.hold(db, turn)
            if pool is None:
                pool = stack.enter_context(Pool(await rendering.artefact_of(storage, work.base)))
            files, problems = await batching.draw_part(storage, pool, work)
            await batching.store_part(
                storage, where, turn.part_no, files=files, problems=problems, at=now
            )
            async with database.unit_of_work(tenant) as db:
                renewed = await batch.record_part(db, turn, work, failed=len(problems))
            if renewed is None:
                return None
            turn = renewed


async def _clear(database: Database, tenant: TenantId, job_id: UUID) -> None:
    """Delete the blobs of a batch that failed, was cancelled, or whose time is over."""
    async with database.unit_of_work(tenant) as db:
        known = await tenants.long_job(db, job_id)
        old = known.finished_at is not None and known.finished_at < datetime.now(UTC) - batch.KEEP
        gone = known.state in ("failed", "cancelled") or (known.state == "done" and old)
    if gone and known.kind == batch.KIND:
        await batching.clear(storage_of(database.resources), batching.folder(tenant, job_id))
        async with database.unit_of_work(tenant) as db:
            await batch.forget_files(db, job_id)


@sweep(batch.JOB)
async def due_batches(db: Platform, now: datetime) -> list[tuple[UUID, dict[str, str]]]:
    """Return batches that nobody works on, and ended ones whose blobs are to be cleared."""
    is_old = and_(LongJob.state == "done", LongJob.finished_at < now - batch.KEEP)
    has_files = LongJob.position > 0
    is_over = or_(LongJob.state.in_(("failed", "cancelled")), is_old)
    return await tenants.idle_jobs(db, batch.KIND, also=and_(has_files, is_over))
