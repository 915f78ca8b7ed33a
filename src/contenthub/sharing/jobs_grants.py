"""Worker entries of clubs' rights: members are given theirs, at joining and each month."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import exists, or_, select

from contenthub.db import Database, Platform, TenantId
from contenthub.queue import job, sweep
from contenthub.sharing import actions_grant_runs, actions_grants, queries_grants
from contenthub.sharing.models_clubs import ClubRight
from contenthub.tenants.models import Bank
from contenthub.uploads.queries import Due

CHECKED_EVERY = timedelta(seconds=30)
"""How soon a new member, or a new month, is given the rights."""


@job(actions_grants.JOB)
async def grant_rights(database: Database, tenant: TenantId, /, **_ids: Any) -> None:
    """Give the bank's clubs' rights to the members who lack them this month."""
    async with database.reading(tenant) as db:
        rights = await queries_grants.running(db)
    for right_id in rights:
        has_more = True
        while has_more:
            async with database.unit_of_work(tenant) as db:
                has_more = await actions_grant_runs.take_step(db, right_id, at=datetime.now(UTC))


@sweep(actions_grants.JOB)
async def unchecked_rights(db: Platform, now: datetime) -> Due:
    """Return banks with a right of a club that nobody has looked at for a moment."""
    waits = or_(ClubRight.checked_at.is_(None), ClubRight.checked_at < now - CHECKED_EVERY)
    due = exists().where(ClubRight.tenant_id == Bank.id, ClubRight.stopped_at.is_(None), waits)
    return [(row[0], {}) for row in await db.execute(select(Bank.id).where(due))]
