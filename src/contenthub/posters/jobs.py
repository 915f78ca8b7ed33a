"""Worker entries of the posters room: a whole bank's posters as one archive, in parts."""

import asyncio
import secrets
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import and_, or_

from contenthub.db import Database, Platform, TenantId
from contenthub.errors import Conflict, Invalid, NotFound
from contenthub.posters import actions_batch as batch
from contenthub.posters import archive, batching, fontfiles, rendering
from contenthub.posters.actions_batch import Turn
from contenthub.posters.artefact import StaleArtefact
from contenthub.posters.batching import Drawn, Work
from contenthub.posters.pool import PaintersKilled, Pool
from contenthub.posters.rendering import PosterPlan
from contenthub.posters.template import Personal
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
    if turn is None or not await _Run(database, tenant, turn).to_its_end():
        await _clear(database, tenant, job_id)


class _Run:
    """One worker's turn at a batch: while a part is drawn, the next one is made ready and the
    one before is stored. No transaction is open meanwhile.
    """

    def __init__(self, database: Database, tenant: TenantId, turn: Turn) -> None:
        self._database = database
        self._tenant = tenant
        self._turn = turn
        self._storage = storage_of(database.resources)
        self._where = batching.folder(tenant, turn.job_id)
        self._bases: dict[int, str] = {}
        """Background → the base it was first drawn on in this turn."""

    async def to_its_end(self) -> bool:
        """Draw what is left and close the batch; return whether it is done.

        A store that does not answer is waited for: the lease runs out, another turn goes on.
        """
        now = datetime.now(UTC)
        try:
            return await self._draw_parts() and await self._finish()
        except (Conflict, Invalid, NotFound) as refused:
            async with self._database.unit_of_work(self._tenant) as db:
                await batch.fail_batch(db, self._turn.job_id, reason=refused.detail, at=now)
        except PaintersKilled as broken:
            async with self._database.unit_of_work(self._tenant) as db:
                await batch.note_killed(db, self._turn, why=broken.detail, at=now)
        return False

    async def _draw_parts(self) -> bool:
        with Pool() as pool:
            work, people = await self._prepared(self._turn.after)
            drawn: Drawn | None = None
            while work is not None or drawn is not None:
                if work is not None:
                    await self._lay_down(pool, work)
                drawn, (work, people), is_ours = await asyncio.gather(
                    _drawn(pool, work, people),
                    self._prepared(work.after if work else None),
                    self._kept(drawn),
                )
                if not is_ours:
                    return False
        return True

    async def _lay_down(self, pool: Pool, work: Work) -> None:
        """Have the pool hold the bases of a part that no part before had."""
        for number, base in work.bases.items():
            known = self._bases.setdefault(number, base.base_hash)
            if known != base.base_hash:
                raise Conflict(archive.OTHER_BASE)
            if number not in pool.shared_bytes:
                await self._held(pool, base, number, png=work.png)

    async def _held(self, pool: Pool, base: PosterPlan, number: int, *, png: bool) -> None:
        stored = await rendering.artefact_of(self._storage, base, png=png)
        try:
            shared = pool.hold(stored, number, png=png)
        except StaleArtefact:  # what was kept is damaged
            stored = await rendering.artefact_of(self._storage, base, png=png, anew=True)
            shared = pool.hold(stored, number, png=png)
        await archive.keep_shared(self._storage, self._where, shared, background=number)

    async def _prepared(self, after: str | None) -> tuple[Work | None, list[Personal]]:
        """Return the part behind a staff number with its people's photos; None: no more."""
        if after is None:
            return None, []
        async with self._database.unit_of_work(self._tenant) as db:
            work = await batch.next_part(
                db, self._turn.job_id, after=after, at=datetime.now(UTC), new_code=new_code
            )
        if work is None:
            return None, []
        plans = [planned.plan for planned in work.plans]
        faces = {face: key for plan in plans for face, key in plan.fonts.items()}
        await fontfiles.bring(self._storage, faces)
        return work, await rendering.with_photos(self._storage, plans)

    async def _kept(self, drawn: Drawn | None) -> bool:
        """Store a part and write it down; return False when the batch was taken away."""
        if drawn is None:
            return True
        await batching.store_part(self._storage, self._where, self._turn.part_no, drawn)
        async with self._database.unit_of_work(self._tenant) as db:
            renewed = await batch.record_part(db, self._turn, drawn)
        self._turn = renewed or self._turn
        return renewed is not None

    async def _finish(self) -> bool:
        async with self._database.unit_of_work(self._tenant) as db:
            held = await batch.hold(db, self._turn)
        if held is None:
            return False
        at = datetime.now(UTC)
        wall = at.astimezone(ZoneInfo(held.zone))
        keys = await batching.assemble(self._storage, self._where, held.part_no, at=wall)
        async with self._database.unit_of_work(self._tenant) as db:
            await batch.finish_batch(db, held, result_key=keys[0], errors_key=keys[1], at=at)
        await batching.drop_indexes(self._storage, self._where, held.part_no)
        return True


async def _drawn(pool: Pool, work: Work | None, people: list[Personal]) -> Drawn | None:
    return None if work is None else await batching.draw_part(pool, work, people)


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
