"""Worker entries of kits: a parent's recall at each member, and large adoptions."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from contenthub.db import Database, Platform, TenantId
from contenthub.errors import NotFound
from contenthub.kits import actions_adopt, actions_adoptions, actions_updates, queries
from contenthub.kits.actions_adoptions import Turn
from contenthub.queue import job, sweep
from contenthub.storage import storage_of
from contenthub.tenants import queries as tenants

# Each pair of a recall and a member that has not carried it out; a killed worker's is found
# again, one that is done never.
_DUE = """
select distinct a.tenant_id, r.id from kit_recalls r
join adopted_parts a on a.source_bank_id = r.tenant_id and a.source_id = r.subject_id
join banks b on b.id = a.tenant_id and b.parent_id = r.tenant_id
where a.adopted_at <= r.recalled_at
  and (a.recalled_at is null or a.recalled_at < r.recalled_at)
limit 500
"""


@job("kits.carry_recall")
async def carry_recall(database: Database, tenant: TenantId, /, **ids: Any) -> None:
    """Carry out one recall of the parent's at this member."""
    async with database.unit_of_work(tenant) as db:
        recall = await queries.recall(db, UUID(ids["recall_id"]))
        if recall is not None:
            await actions_updates.carry_recall(db, recall, at=datetime.now(UTC))


@sweep("kits.carry_recall")
async def recalls_due(db: Platform, now: datetime) -> list[tuple[UUID, dict[str, str]]]:
    """Return each member bank with a recall of its parent's that has not reached it."""
    return [(row[0], {"recall_id": str(row[1])}) for row in await db.execute(text(_DUE))]


@job(actions_adoptions.JOB)
async def adopt_parts(database: Database, tenant: TenantId, /, **ids: Any) -> None:
    """Take a kit over from where the job `job_id` stands, step by step."""
    has_more = True
    while has_more:
        async with database.unit_of_work(tenant) as db:
            turn = await actions_adoptions.claim(db, UUID(ids["job_id"]))
        has_more = turn is not None and await _adopt_step(database, tenant, turn)


async def _adopt_step(database: Database, tenant: TenantId, turn: Turn) -> bool:
    storage = storage_of(database.resources)
    at = datetime.now(UTC)
    try:
        async with database.reading(tenant) as read:
            version = await queries.offered_kit(read, turn.kit_id)
            every = await queries.version_parts(read, version.tenant_id, version.kit_id, version.no)
            by = await tenants.staff(read, turn.by_id)
    except NotFound as gone:
        async with database.unit_of_work(tenant) as db:
            await actions_adoptions.give_up(db, turn, gone.detail, at=at)
        return False
    place = {subject_id: no for no, subject_id in enumerate(turn.subject_ids)}
    parts = sorted(
        (part for part in every if part.subject_id in place),
        key=lambda part: place[part.subject_id],
    )
    # The store may be slow: no transaction is open while files are copied.
    stored = await actions_adopt.copy_files(storage, tenant, parts)
    async with database.unit_of_work(tenant) as db:
        return await actions_adoptions.take_step(
            db, turn, version, parts, stored=stored, by=by, at=at
        )


@sweep(actions_adoptions.JOB)
async def adoptions_due(db: Platform, _now: datetime) -> list[tuple[UUID, dict[str, str]]]:
    """Return adoptions that nobody works on."""
    return await tenants.idle_jobs(db, actions_adoptions.KIND)
