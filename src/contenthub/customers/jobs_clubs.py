"""Worker entries of clubs: members follow the club's tag."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import exists, or_, select

from contenthub.customers import actions_club_moves, actions_clubs, queries_clubs
from contenthub.customers.models_clubs import Club
from contenthub.db import Database, Platform, TenantId
from contenthub.queue import job, sweep
from contenthub.tenants.models import Bank
from contenthub.uploads.queries import Due

CHECKED_EVERY = timedelta(seconds=30)
"""How soon a club follows its tag."""


@job(actions_clubs.JOB)
async def follow_clubs(database: Database, tenant: TenantId, /, **_ids: Any) -> None:
    """Let the bank's clubs take in who got their tag, and let go who lost it."""
    async with database.reading(tenant) as db:
        clubs = [club.id for club, _ in await queries_clubs.clubs(db)]
    for club_id in clubs:
        has_more = True
        while has_more:
            async with database.unit_of_work(tenant) as db:
                has_more = await actions_club_moves.take_step(db, club_id, at=datetime.now(UTC))


@sweep(actions_clubs.JOB)
async def unchecked_clubs(db: Platform, now: datetime) -> Due:
    """Return banks with a club at work that nobody has looked at for a moment."""
    works = or_(Club.state == "open", Club.member_count > 0)
    waits = or_(Club.checked_at.is_(None), Club.checked_at < now - CHECKED_EVERY)
    due = exists().where(Club.tenant_id == Bank.id, works, waits)
    return [(row[0], {}) for row in await db.execute(select(Bank.id).where(due))]
