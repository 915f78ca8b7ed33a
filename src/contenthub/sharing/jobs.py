"""Worker entries of the sharing room: drain the inbox, keep a partition ahead, forget."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from arq.connections import ArqRedis
from sqlalchemy import text

from contenthub.db import Database, Platform, TenantId
from contenthub.queue import job, sweep
from contenthub.sharing import actions_drain as actions
from contenthub.sharing import actions_retention, bridge
from contenthub.sharing.inbox import inbox_sink
from contenthub.tenants import banksettings

ALL_BANKS = UUID(int=0)
"""The inbox holds visits of every bank: this work belongs to none."""


@job("sharing.drain_visits")
async def drain_visits(database: Database, _tenant: TenantId, /, **_ids: Any) -> None:
    """Drain the inbox until it is empty, one transaction after the other."""
    while True:
        async with database.platform_unit_of_work() as db:
            taken = await actions.drain(db, at=datetime.now(UTC))
        if taken < actions.BATCHES:
            return


@sweep("sharing.drain_visits")
async def undrained(db: Platform, _now: datetime) -> list[tuple[UUID, dict[str, str]]]:
    """Return one piece of work when the inbox holds a batch."""
    found = await db.execute(
        text("select exists (select from visit_inbox where set_aside_at is null)")
    )
    return [(ALL_BANKS, {})] if found.scalar_one() else []


@job("sharing.move_bridged")
async def move_bridged(database: Database, _tenant: TenantId, /, **_ids: Any) -> None:
    """Move visits that waited in Redis for PostgreSQL into the inbox."""
    redis = database.resources["redis"]
    assert isinstance(redis, ArqRedis)
    while (found := await bridge.waiting(redis)).entries:
        async with inbox_sink(database)() as write:
            await write(found.visits)
        # Only after the commit: a worker that dies here moves them twice, they count once.
        if not await bridge.forget(redis, found.entries):
            return


@sweep("sharing.move_bridged")
async def bridged(_db: Platform, _now: datetime) -> list[tuple[UUID, dict[str, str]]]:
    """Return one piece of work: only Redis knows what waits there, and it may hang."""
    return [(ALL_BANKS, {})]


@job("sharing.ensure_visit_month")
async def ensure_visit_month(database: Database, _tenant: TenantId, /, **ids: Any) -> None:
    """Make the partition of a month, so that its first visit has a place."""
    async with database.platform_unit_of_work() as db:
        await db.execute(
            text("select ensure_visit_month(cast(cast(:m as text) as date))"),
            {"m": ids["month_on"]},
        )


@sweep("sharing.ensure_visit_month")
async def missing_months(db: Platform, now: datetime) -> list[tuple[UUID, dict[str, str]]]:
    """Return this and the next month if they have no partition yet."""
    months = {now.strftime("%Y-%m-01"), (now + timedelta(days=28)).strftime("%Y-%m-01")}
    rows = await db.execute(
        text(
            "select m from unnest(cast(:months as text[])) as m where to_regclass("
            "'public.visits_' || to_char(cast(m as date), 'YYYYMM')) is null"
        ),
        {"months": sorted(months)},
    )
    return [(ALL_BANKS, {"month_on": month}) for month in rows.scalars()]


_OLD_VISITS = """
select b.id from banks b where b.state = 'active' and exists (
  select 1 from visits v where v.tenant_id = b.id and v.at < cast(:now as timestamptz)
    - make_interval(months => coalesce((b.settings ->> 'visits_keep_months')::int, :months)))
"""


@job("sharing.forget_visits")
async def forget_visits(database: Database, tenant: TenantId, /, **_ids: Any) -> None:
    """Delete visits older than the bank keeps them; sums by day stay (visits_keep_months)."""
    while True:
        async with database.unit_of_work(tenant) as db:
            gone = await actions_retention.forget_visits(db, at=datetime.now(UTC))
        if gone < actions_retention.BATCH:
            return


@sweep("sharing.forget_visits")
async def old_visits(db: Platform, now: datetime) -> list[tuple[UUID, dict[str, str]]]:
    """Return banks that hold visits older than they keep them."""
    months = banksettings.DEFAULTS["visits_keep_months"]
    rows = await db.execute(text(_OLD_VISITS), {"now": now, "months": months})
    return [(bank, {}) for bank in rows.scalars()]
