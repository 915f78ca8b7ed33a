"""Worker entries of behaviour and tag rules: what customers did, who gets a tag for it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import exists, func, or_, select

from contenthub.customers import (
    actions_behaviour,
    actions_rule_runs,
    actions_rules,
    queries_rules,
    rulegraph,
)
from contenthub.customers.behaviour import KEPT_DAYS
from contenthub.customers.models_behaviour import CustomerAct, NotedAct
from contenthub.customers.models_rules import TagRule
from contenthub.db import Database, Platform, TenantId
from contenthub.queue import job, sweep
from contenthub.tenants.models import Bank
from contenthub.uploads.queries import Due

CHECKED_EVERY = timedelta(seconds=30)
"""How soon a rule follows what its expression reads."""


@job(actions_behaviour.JOB)
async def count_acts(database: Database, tenant: TenantId, /, **_ids: Any) -> None:
    """Count what was noted of the bank's customers until nothing waits."""
    taken = 1
    while taken:
        async with database.unit_of_work(tenant) as db:
            taken = await actions_behaviour.count_noted(db, at=datetime.now(UTC))


@sweep(actions_behaviour.JOB)
async def uncounted_acts(db: Platform, _now: datetime) -> Due:
    """Return banks of which something is noted and not yet counted."""
    waits = exists().where(NotedAct.tenant_id == Bank.id)
    return [(row[0], {}) for row in await db.execute(select(Bank.id).where(waits))]


@job("customers.forget_acts")
async def forget_acts(database: Database, tenant: TenantId, /, **_ids: Any) -> None:
    """Forget what the bank's customers did so long ago that no expression asks, day by day."""
    is_more = True
    while is_more:
        async with database.unit_of_work(tenant) as db:
            is_more = await actions_behaviour.forget_day(db, at=datetime.now(UTC)) is not None


@sweep("customers.forget_acts")
async def forgotten_acts(db: Platform, now: datetime) -> Due:
    """Return banks that keep days past their time."""
    limit = func.date(func.timezone(Bank.zone, now)) - KEPT_DAYS
    old = exists().where(CustomerAct.tenant_id == Bank.id, CustomerAct.day_on < limit)
    return [(row[0], {}) for row in await db.execute(select(Bank.id).where(old))]


@job(actions_rules.JOB)
async def run_rules(database: Database, tenant: TenantId, /, **_ids: Any) -> None:
    """Let the bank's rules follow what has changed, those whose tags others read first."""
    async with database.reading(tenant) as db:
        rules = rulegraph.order(await queries_rules.flows(db))
    for rule_id in rules:
        has_more = True
        while has_more:
            async with database.unit_of_work(tenant) as db:
                has_more = await actions_rule_runs.take_step(db, rule_id, at=datetime.now(UTC))


@sweep(actions_rules.JOB)
async def unchecked_rules(db: Platform, now: datetime) -> Due:
    """Return banks with a rule at work that nobody has looked at for a moment."""
    waits = or_(TagRule.checked_at.is_(None), TagRule.checked_at < now - CHECKED_EVERY)
    due = exists().where(TagRule.tenant_id == Bank.id, TagRule.state != "off", waits)
    return [(row[0], {}) for row in await db.execute(select(Bank.id).where(due))]
