"""Worker entries of kits: a parent's recall reaches each member in a job of its own."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from contenthub.db import Database, Platform, TenantId
from contenthub.kits import actions_updates, queries
from contenthub.queue import job, sweep

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
