"""Worker entry of a long hand-over: step by step until the leaver has no customers."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from contenthub.db import Database, Platform, TenantId
from contenthub.queue import job, sweep
from contenthub.scheduler import actions_handover
from contenthub.tenants.models import LongJob


@job("scheduler.hand_over")
async def hand_over(database: Database, tenant: TenantId, /, **ids: Any) -> None:
    """Pass the customers of the hand-over `job_id`, each step in a unit of work of its own."""
    more = True
    while more:
        async with database.unit_of_work(tenant) as db:
            more = await actions_handover.pass_step(db, UUID(ids["job_id"]), at=datetime.now(UTC))


@sweep("scheduler.hand_over")
async def open_handovers(db: Platform, now: datetime) -> list[tuple[UUID, dict[str, str]]]:
    """Return the hand-overs that are not done: a step taken twice finds nothing to do."""
    rows = await db.execute(
        select(LongJob.tenant_id, LongJob.id)
        .where(
            LongJob.kind == actions_handover.KIND,
            LongJob.state.in_(("queued", "running")),
            (LongJob.lease_until.is_(None)) | (LongJob.lease_until <= now),
        )
        .limit(50)
    )
    return [(row[0], {"job_id": str(row[1])}) for row in rows]
