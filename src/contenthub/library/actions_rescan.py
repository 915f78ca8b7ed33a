"""Writes of a re-scan: all content in use is read again under changed rules, step by step."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from contenthub.db import Write, clock, new_id
from contenthub.library import queries_rules
from contenthub.library.lint import Hit
from contenthub.library.models import Revision
from contenthub.library.models_rules import RuleFinding, RuleScan
from contenthub.library.queries_rules import SCAN_KIND
from contenthub.library.rules import RULE_PACK_VERSION
from contenthub.queue import enqueue
from contenthub.tenants import actions as tenants
from contenthub.tenants import queries as tenants_queries
from contenthub.tenants.models import LongJob, Staff
from contenthub.tenants.sealing import bank_id

JOB = "library.rescan_items"
LEASE = timedelta(seconds=60)
NOBODY = UUID(int=0)
"""Who started a re-scan that came with a new pack."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A claimed re-scan: whose lease it is, and behind which revision it goes on."""

    job_id: UUID
    lease_until: datetime
    after: UUID | None


@dataclass(frozen=True, slots=True)
class Read:
    """One revision that was read: what blocks it now."""

    revision_id: UUID
    item_id: UUID
    hits: list[Hit]


async def start(db: Write, *, by: Staff | None, at: datetime) -> LongJob | None:
    """Have all content in use read under the rules as they are now; None when there is nothing.

    One that is under way begins anew: what it has read so far was under other rules.
    """
    await db.flush()
    known = await _scan(db)
    total = await queries_rules.to_scan_count(db)
    running = await queries_rules.open_scan(db)
    if running is not None:
        running = await tenants_queries.long_job(db, running.id, lock=True)
        running.state, running.finished_at, running.lease_until = "cancelled", at, None
        running.message = "规则又有变化，已从头再查"
    if total == 0:
        rules = await queries_rules.rules(db)
        known.version, known.pack_version = rules.version, RULE_PACK_VERSION
        known.scanned, known.failing, known.finished_at, known.job_id = 0, 0, at, None
        await db.execute(delete(RuleFinding).where(RuleFinding.tenant_id == bank_id(db)))
        return None
    job = LongJob(
        tenant_id=bank_id(db),
        id=new_id(),
        kind=SCAN_KIND,
        title="规则变化后复查全部内容",
        params={},
        total=total,
        created_by=NOBODY if by is None else by.id,
        created_at=at,
    )
    db.add(job)
    await db.flush()
    known.job_id, known.pack_version = job.id, RULE_PACK_VERSION
    enqueue(db, JOB, job_id=job.id)
    return job


async def _scan(db: Write) -> RuleScan:
    await db.execute(
        insert(RuleScan)
        .values(tenant_id=bank_id(db))
        .on_conflict_do_nothing(index_elements=["tenant_id"])
    )
    # The row's lock makes two changes of the rules follow each other.
    found = await db.scalar(
        select(RuleScan).where(RuleScan.tenant_id == bank_id(db)).with_for_update()
    )
    assert found is not None
    return found


async def claim(db: Write, job_id: UUID) -> Turn | None:
    """Take a re-scan for one lease, or return None: somebody has it, or it has ended."""
    job = await tenants_queries.long_job(db, job_id, lock=True)
    now = await clock(db)
    is_taken = job.lease_until is not None and job.lease_until > now
    if job.kind != SCAN_KIND or job.state not in ("queued", "running") or is_taken:
        return None
    job.state, job.lease_until = "running", now + LEASE
    after = job.result.get("after")
    return Turn(job.id, job.lease_until, UUID(after) if after else None)


async def take_step(
    db: Write, turn: Turn, read: Sequence[Read], *, version: str, at: datetime
) -> Turn | None:
    """Write down what a batch of revisions fails by; None when the turn was taken away."""
    job = await tenants_queries.long_job(db, turn.job_id, lock=True)
    if job.state != "running" or job.lease_until != turn.lease_until:
        return None
    await keep(db, read, version=version, at=at)
    last = read[-1].revision_id
    failing = int(job.result.get("failing", 0)) + sum(1 for one in read if one.hits)
    job.result = {"after": str(last), "failing": failing, "version": version}
    job.done += len(read)
    job.total = max(job.total, job.done)
    job.lease_until = await clock(db) + LEASE
    return Turn(turn.job_id, job.lease_until, last)


async def keep(db: Write, read: Sequence[Read], *, version: str, at: datetime) -> None:
    """Write down what some revisions fail by; the finding of one that passes is forgotten."""
    table = RuleFinding
    passing = [one.revision_id for one in read if not one.hits]
    if passing:
        await db.execute(
            delete(table).where(table.tenant_id == bank_id(db), table.revision_id.in_(passing))
        )
    rows: list[dict[str, Any]] = [
        {
            "tenant_id": bank_id(db),
            "revision_id": one.revision_id,
            "item_id": one.item_id,
            "version": version,
            "blocks": len(one.hits),
            "hits": msgspec.to_builtins(one.hits),
            "found_at": at,
        }
        for one in read
        if one.hits
    ]
    if rows:
        made = insert(table).values(rows)
        fresh = {name: made.excluded[name] for name in ("version", "blocks", "hits", "found_at")}
        await db.execute(
            made.on_conflict_do_update(index_elements=["tenant_id", "revision_id"], set_=fresh)
        )


async def finish(db: Write, turn: Turn, *, version: str, at: datetime) -> None:
    """Close a re-scan that has read everything, and forget what is no longer in use."""
    job = await tenants_queries.long_job(db, turn.job_id, lock=True)
    if job.state != "running" or job.lease_until != turn.lease_until:
        return
    used = select(Revision.id).where(Revision.tenant_id == bank_id(db), queries_rules.scanned())
    await db.execute(
        delete(RuleFinding).where(
            RuleFinding.tenant_id == bank_id(db), RuleFinding.revision_id.not_in(used)
        )
    )
    failing = await queries_rules.failing_count(db)
    known = await _scan(db)
    known.version, known.pack_version = version, RULE_PACK_VERSION
    known.scanned, known.failing, known.finished_at = job.done, failing, at
    job.state, job.finished_at, job.lease_until = "done", at, None
    job.message = (
        f"复查了 {job.done:,} 个版本，{failing:,} 条在用内容未通过现行规则"
        if failing
        else f"复查了 {job.done:,} 个版本，在用内容全部通过现行规则"
    )
    tenants.record(
        db, "rules.rescanned", "job", job.id, by=None, at=at, scanned=job.done, failing=failing
    )
