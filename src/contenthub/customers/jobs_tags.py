"""Worker entries of tags: those that end, changes of many customers, what is past undo."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, exists, func, or_, select

from contenthub.customers import (
    actions_tag_changes,
    actions_tagging,
    actions_uploads_undo,
    queries_imports,
)
from contenthub.customers.models import CustomerTag, Tag
from contenthub.customers.models_imports import ImportStep
from contenthub.customers.models_tags import RemovedTag, TagChange
from contenthub.db import Database, Platform, TenantId
from contenthub.queue import job, sweep
from contenthub.tenants import queries as tenants
from contenthub.tenants.models import Bank
from contenthub.uploads.queries import Due


@job("customers.end_tags")
async def end_tags(database: Database, tenant: TenantId, /, **_ids: Any) -> None:
    """Take the bank's tags off whose last day is over, in steps."""
    ended = 1
    while ended:
        async with database.unit_of_work(tenant) as db:
            ended = await actions_tagging.end_tags(db, at=datetime.now(UTC))


@sweep("customers.end_tags")
async def ended_tags(db: Platform, now: datetime) -> Due:
    """Return banks with a tag whose last day is over on their own clock."""
    day = func.date(func.timezone(Bank.zone, now))
    over = exists().where(CustomerTag.tenant_id == Bank.id, CustomerTag.until_on < day)
    return [(row[0], {}) for row in await db.execute(select(Bank.id).where(over))]


@job(actions_tag_changes.JOB)
async def change_tags(database: Database, tenant: TenantId, /, **ids: Any) -> None:
    """Do the change of many customers' tags of `job_id` from where it stands, step by step."""
    has_more = True
    while has_more:
        async with database.unit_of_work(tenant) as db:
            has_more = await actions_tag_changes.take_turn(
                db, UUID(ids["job_id"]), at=datetime.now(UTC)
            )


@sweep(actions_tag_changes.JOB)
async def changes_due(db: Platform, _now: datetime) -> Due:
    """Return changes that nobody works on."""
    return await tenants.idle_jobs(db, actions_tag_changes.KIND)


@job("customers.forget_tags")
async def forget_tags(database: Database, tenant: TenantId, /, **_ids: Any) -> None:
    """Forget what was deleted, merged, changed or imported too long ago to be taken back."""
    forgotten = 1
    while forgotten:
        async with database.unit_of_work(tenant) as db:
            forgotten = await actions_tagging.forget(db, at=datetime.now(UTC))
            forgotten += await actions_uploads_undo.forget(db, at=datetime.now(UTC))


@sweep("customers.forget_tags")
async def forgotten_tags(db: Platform, now: datetime) -> Due:
    """Return banks that keep rows of tags or imports past their time."""
    before = now - actions_tagging.KEPT
    dead = select(CustomerTag.tenant_id).join(
        Tag, and_(Tag.tenant_id == CustomerTag.tenant_id, Tag.id == CustomerTag.tag_id)
    )
    gone = dead.where(CustomerTag.tenant_id == Bank.id, Tag.deleted_at < before).exists()
    removed = select(RemovedTag.tenant_id).join(
        TagChange,
        and_(TagChange.tenant_id == RemovedTag.tenant_id, TagChange.id == RemovedTag.change_id),
    )
    old = removed.where(RemovedTag.tenant_id == Bank.id, TagChange.at < before).exists()
    past = ImportStep.at < now - queries_imports.KEPT
    steps = select(ImportStep.tenant_id).where(ImportStep.tenant_id == Bank.id, past).exists()
    return [(row[0], {}) for row in await db.execute(select(Bank.id).where(or_(gone, old, steps)))]
