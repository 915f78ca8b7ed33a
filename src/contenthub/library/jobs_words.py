"""Worker entry that brings the words old items are found by up to date after an upgrade."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from contenthub.db import Database, Platform, TenantId
from contenthub.library import actions_tokens
from contenthub.library.models import WORDS_VERSION, Item
from contenthub.queue import job, sweep

JOB = "library.reindex_items"
BATCH = 50
_BANKS = 20


@job(JOB)
async def reindex(database: Database, tenant: TenantId, /, **_: Any) -> None:
    """Write the words of items anew that an older version of the index left, batch by batch.

    What is done is marked on the item itself: a worker that dies leaves the rest to the next.
    """
    more = True
    while more:
        async with database.unit_of_work(tenant) as db:
            more = await actions_tokens.reindex(db, limit=BATCH) == BATCH


@sweep(JOB)
async def due_words(db: Platform, _now: datetime) -> list[tuple[UUID, dict[str, str]]]:
    """Return banks with items whose words were written by an older version of the index."""
    rows = await db.scalars(
        select(Item.tenant_id)
        .where(Item.words_version < WORDS_VERSION)
        .group_by(Item.tenant_id)
        .limit(_BANKS)
    )
    return [(tenant, {}) for tenant in rows]
