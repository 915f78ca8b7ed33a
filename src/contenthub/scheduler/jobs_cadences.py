"""Worker entry of cadences: a bank's due steps come to its employees, answers end runs."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from contenthub.db import Database, Platform, TenantId
from contenthub.queue import job, sweep
from contenthub.scheduler import actions_answers, actions_runs
from contenthub.scheduler.jobs import new_code

LOOKS_EVERY = timedelta(minutes=5)
"""How soon a run ends whose customer answered, when no bell rang."""

# Banks with a step that is due, and banks whose runs were not looked at for a while.
_DUE = """
select distinct tenant_id from cadence_runs where state = 'running' and next_at <= :now
union
select d.tenant_id from cadences d
where (d.looked_at is null or d.looked_at < :before) and exists (
  select 1 from cadence_runs r
  where r.tenant_id = d.tenant_id and r.cadence_id = d.id and r.state = 'running')
limit 200
"""


@job(actions_runs.JOB)
async def walk_cadences(database: Database, tenant: TenantId, /, **ids: Any) -> None:
    """End what is answered, then hand out what is due, some at a time until nothing is."""
    async with database.unit_of_work(tenant) as db:
        await actions_answers.settle(db, at=datetime.now(UTC))
    moved = actions_runs.BATCH
    while moved == actions_runs.BATCH:
        async with database.unit_of_work(tenant) as db:
            moved = await actions_runs.hand_out(db, at=datetime.now(UTC), new_code=new_code)


@sweep(actions_runs.JOB)
async def banks_due(db: Platform, now: datetime) -> list[tuple[UUID, dict[str, str]]]:
    """Return the banks with something to do."""
    facts = {"now": now, "before": now - LOOKS_EVERY}
    return [(row[0], {}) for row in await db.execute(text(_DUE), facts)]
