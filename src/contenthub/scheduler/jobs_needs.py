"""Worker entry of needs that reached their threshold."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import exists, select

from contenthub.customers.actions_score_runs import HAND_OVER
from contenthub.customers.models_scores import ScoreCrossing
from contenthub.db import Database, Platform, TenantId
from contenthub.queue import job, sweep
from contenthub.scheduler import actions_needs
from contenthub.tenants.models import Bank
from contenthub.uploads.queries import Due


@job(HAND_OVER)
async def hand_over_needs(database: Database, tenant: TenantId, /, **_ids: Any) -> None:
    """Hand over who waits, some at a time until nobody is left to look at."""
    looked_at = 1
    while looked_at:
        async with database.unit_of_work(tenant) as db:
            looked_at = await actions_needs.hand_over(db, at=datetime.now(UTC))


@sweep(HAND_OVER)
async def waiting_needs(db: Platform, now: datetime) -> Due:
    """Return banks where somebody waits who can be looked at by now."""
    waits = exists().where(
        ScoreCrossing.tenant_id == Bank.id,
        ScoreCrossing.state == "waiting",
        ScoreCrossing.next_at <= now,
    )
    return [(row[0], {}) for row in await db.execute(select(Bank.id).where(waits))]
