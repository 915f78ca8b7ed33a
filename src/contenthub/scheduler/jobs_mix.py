"""Worker entry that sums what was received of firings that are over."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from contenthub.db import Database, Platform, TenantId
from contenthub.queue import job, sweep
from contenthub.scheduler import actions_mix
from contenthub.scheduler.models import Delivery, Occurrence

JOB = "scheduler.sum_received"
BATCH = 50
REST = timedelta(hours=1)
"""A firing is looked at no sooner after its hour: hardly any is over before."""


@job(JOB)
async def sum_received(database: Database, tenant: TenantId, /, **ids: Any) -> None:
    """Sum what was received of the firing `step` of `push_id`."""
    async with database.unit_of_work(tenant) as db:
        await actions_mix.sum_received(
            db, UUID(ids["push_id"]), int(ids["step"]), at=datetime.now(UTC)
        )


@sweep(JOB)
async def firings_over(db: Platform, now: datetime) -> list[tuple[UUID, dict[str, str]]]:
    """Return firings to be summed, the oldest first: no delivery of theirs can change any more."""
    may_change = select(Delivery.push_id).where(
        Delivery.tenant_id == Occurrence.tenant_id,
        Delivery.push_id == Occurrence.push_id,
        Delivery.step == Occurrence.step,
        Delivery.state.not_in(actions_mix.OVER),
    )
    rows = await db.execute(
        select(Occurrence.tenant_id, Occurrence.push_id, Occurrence.step)
        .where(
            Occurrence.summed_at.is_(None),
            Occurrence.state.in_(actions_mix.SUMMED),
            Occurrence.fire_at <= now - REST,
            ~may_change.exists(),
        )
        .order_by(Occurrence.fire_at)
        .limit(BATCH)
    )
    return [(row[0], {"push_id": str(row[1]), "step": str(row[2])}) for row in rows]
