"""Worker entries of need scores."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import exists, or_, select

from contenthub.customers import actions_score_runs, actions_scores, queries_scores
from contenthub.customers.models_scores import ScoreTopic
from contenthub.db import Database, Platform, TenantId
from contenthub.queue import job, sweep
from contenthub.tenants.models import Bank
from contenthub.uploads.queries import Due

CHECKED_EVERY = timedelta(seconds=30)
"""How soon a score follows what customers do, what is known of them, and the day."""


@job(actions_scores.JOB)
async def run_scores(database: Database, tenant: TenantId, /, **_ids: Any) -> None:
    """Let the bank's scores follow what has changed, topic by topic."""
    async with database.reading(tenant) as db:
        topics = list(await queries_scores.topics(db))
    for topic in topics:
        has_more = True
        while has_more:
            async with database.unit_of_work(tenant) as db:
                has_more = await actions_score_runs.take_step(db, topic, at=datetime.now(UTC))


@sweep(actions_scores.JOB)
async def unchecked_scores(db: Platform, now: datetime) -> Due:
    """Return banks with a topic that nobody has looked at for a moment."""
    waits = or_(ScoreTopic.checked_at.is_(None), ScoreTopic.checked_at < now - CHECKED_EVERY)
    due = exists().where(ScoreTopic.tenant_id == Bank.id, waits)
    return [(row[0], {}) for row in await db.execute(select(Bank.id).where(due))]
