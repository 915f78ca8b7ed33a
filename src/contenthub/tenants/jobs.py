"""Worker entries of the tenants room: sealing and checking the audit trail."""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from contenthub import log
from contenthub.db import Database, Platform, TenantId
from contenthub.queue import job, sweep
from contenthub.storage import storage_of
from contenthub.tenants import actions_audit, anchors, chain, queries_audit

CHECK, FULL_CHECK = timedelta(hours=1), timedelta(days=1)
ANCHORED_AT_ONCE = 500
OPENED_HOURLY, OPENED_DAILY = 100, 2000
"""How many of the newest copies a check opens; that the older ones are there it sees too."""


@job("tenants.seal_audit")
async def seal_audit(database: Database, tenant: TenantId, /, **_ids: Any) -> None:
    """Seal the bank's settled audit entries, then keep a copy of the seal outside."""
    async with database.unit_of_work(tenant) as db:
        seal = await actions_audit.seal_audit(db, at=datetime.now(UTC))
    if seal is not None:
        # Whoever collects the log holds a head of the chain that no database can take back.
        log.event("audit.sealed", bank=str(tenant), no=seal.no, hash=seal.hash.hex()[:64])
    await _anchor(database, tenant)


async def _anchor(database: Database, tenant: TenantId) -> None:
    """Copy out what is not yet, also of a run that was killed between its seal and its copy."""
    storage = storage_of(database.resources)
    async with database.reading(tenant) as db:
        waiting = await queries_audit.unanchored(db, limit=ANCHORED_AT_ONCE)
    if not waiting:
        return
    # A copy that is there already is left as it is: were it edited, a new one would hide that.
    there = await anchors.numbers(storage, tenant) if len(waiting) > 1 else set()
    for seal in waiting:
        if seal.no not in there:
            await anchors.keep(storage, tenant, seal)
    async with database.unit_of_work(tenant) as write:
        await actions_audit.note_anchored(write, waiting[-1].no)


@job("tenants.verify_audit")
async def verify_audit(database: Database, tenant: TenantId, /, **_ids: Any) -> None:
    """Check the bank's chain: what came new each hour, all of it each day."""
    now, storage = datetime.now(UTC), storage_of(database.resources)
    async with database.reading(tenant) as read:
        before = await queries_audit.last_check(read)
        is_fresh = before is not None and before.full_at > now - FULL_CHECK
        since_no = before.seal_no if before is not None and is_fresh else 0
        copied_no = await queries_audit.copied_no(read)
    copies = await anchors.kept(storage, tenant, last=OPENED_HOURLY if since_no else OPENED_DAILY)
    outside = queries_audit.Outside(copies, copied_no)
    async with database.reading(tenant) as read:
        verdict = await queries_audit.verify(read, outside=outside, since_no=since_no)
    async with database.unit_of_work(tenant) as db:
        await actions_audit.record_check(db, verdict, since_no=since_no, at=now)
    if not verdict.is_intact:
        log.event("audit.broken", level=logging.ERROR, problems=verdict.problems)


@sweep("tenants.verify_audit")
async def unchecked(db: Platform, now: datetime) -> list[tuple[UUID, dict[str, str]]]:
    """Return the banks whose chain is to be checked."""
    rows = await db.execute(
        text(
            "select b.id from banks b cross join lateral (select no from audit_seals s "
            "where s.tenant_id = b.id order by no desc limit 1) s "
            "left join audit_checks c on c.tenant_id = b.id where c.tenant_id is null "
            "or (c.checked_at < :hour and c.seal_no < s.no) or c.full_at < :day limit 20"
        ),
        {"hour": now - CHECK, "day": now - FULL_CHECK},
    )
    return [(row[0], {}) for row in rows]


@sweep("tenants.seal_audit")
async def unsealed(db: Platform, now: datetime) -> list[tuple[UUID, dict[str, str]]]:
    """Return the banks whose oldest unsealed entry has waited long enough."""
    rows = await db.execute(
        # One look into two primary keys per bank; a join over all entries would grow for ever.
        text(
            "select b.id from banks b where exists (select 1 from audit_entries e "
            "where e.tenant_id = b.id and e.id < :until and e.id > coalesce((select s.last_id "
            "from audit_seals s where s.tenant_id = b.id order by s.no desc limit 1), :zero))"
        ),
        {
            "until": chain.earliest_id(now - actions_audit.SEAL_AFTER),
            "zero": UUID(int=0),
        },
    )
    return [(row[0], {}) for row in rows]
