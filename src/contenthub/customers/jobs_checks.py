"""Worker entry of the audience index's check: every night, and when somebody asks."""

import logging
from datetime import UTC, datetime
from typing import Any

from contenthub import log
from contenthub.customers import actions_checks, queries_checks
from contenthub.customers.jobs import audience_differences, mend_audience
from contenthub.db import Database, Platform, TenantId
from contenthub.queue import job, sweep
from contenthub.uploads.queries import Due


@job(actions_checks.JOB)
async def check_audience(database: Database, tenant: TenantId, /, **_ids: Any) -> None:
    """Compare the bank's index with its customers, put it right if asked, write down the end."""
    async with database.unit_of_work(tenant) as db:
        mends = await actions_checks.take_up(db, at=datetime.now(UTC))
    wrong = await audience_differences(database, tenant)
    mended = 0 if mends else None
    if wrong and mends:
        mended = await mend_audience(database, tenant)
        wrong = await audience_differences(database, tenant)
    async with database.unit_of_work(tenant) as db:
        await actions_checks.write_down(db, wrong, mended=mended, at=datetime.now(UTC))
    if wrong:
        log.event("audience.differs", level=logging.ERROR, bank=str(tenant), keys=len(wrong))


@sweep(actions_checks.JOB)
async def unchecked_audiences(db: Platform, now: datetime) -> Due:
    """Return banks that were not checked since their last night, or where somebody asked."""
    return [(bank, {}) for bank in await queries_checks.due(db, now)]
