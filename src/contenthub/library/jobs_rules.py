"""Worker entry of the re-scan: every revision in use is read under the rules as they are now."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select

from contenthub.db import Database, Platform, TenantId
from contenthub.library import actions_rescan, queries_rules
from contenthub.library.actions_rescan import JOB, Read, Turn
from contenthub.library.lint import ProductFacts
from contenthub.library.models import Revision
from contenthub.library.models_rules import RuleScan
from contenthub.library.queries_rules import SCAN_KIND
from contenthub.library.rules import RULE_PACK_VERSION, Book
from contenthub.queue import job, sweep
from contenthub.tenants.models import Bank, LongJob

BATCH = 200
_BANKS = 20


@job(JOB)
async def rescan(database: Database, tenant: TenantId, /, **ids: Any) -> None:
    """Read on where the re-scan `job_id` stands; without an id begin one, for a new pack."""
    job_id = ids.get("job_id")
    if job_id is None:
        async with database.unit_of_work(tenant) as db:
            known = await queries_rules.scan(db)
            if known is None or known.pack_version != RULE_PACK_VERSION:
                await actions_rescan.start(db, by=None, at=datetime.now(UTC))
        return
    async with database.unit_of_work(tenant) as db:
        turn = await actions_rescan.claim(db, UUID(job_id))
    version = ""
    while turn is not None:
        async with database.reading(tenant) as db:
            rules = await queries_rules.rules(db)
            some = await queries_rules.to_scan(db, after=turn.after, limit=BATCH)
            codes = [c for r in some for c in queries_rules.referred(r.kind, r.topic, r.fields)]
            products = await queries_rules.products(db, codes) if codes else {}
        version = rules.version
        if not some:
            break
        read = await asyncio.to_thread(read_through, some, rules, products)
        async with database.unit_of_work(tenant) as db:
            turn = await actions_rescan.take_step(
                db, turn, read, version=version, at=datetime.now(UTC)
            )
    if turn is not None:
        await _finish(database, tenant, turn, version)


async def _finish(database: Database, tenant: TenantId, turn: Turn, version: str) -> None:
    async with database.unit_of_work(tenant) as db:
        await actions_rescan.finish(db, turn, version=version, at=datetime.now(UTC))


def read_through(
    revisions: Sequence[Revision], rules: Book, products: Mapping[str, ProductFacts]
) -> list[Read]:
    """Return what blocks each of some revisions under some rules."""
    return [_read(one, rules, products) for one in revisions]


def _read(one: Revision, rules: Book, products: Mapping[str, ProductFacts]) -> Read:
    codes = queries_rules.referred(one.kind, one.topic, one.fields) if products else []
    found = queries_rules.hits_under(one, rules, queries_rules.first_of(codes, products))
    return Read(one.id, one.item_id, [hit for hit in found if hit.severity == "block"])


@sweep(JOB)
async def due_scans(db: Platform, _now: datetime) -> list[tuple[UUID, dict[str, str]]]:
    """Return re-scans that nobody works on, and banks last read under an older pack."""
    free = or_(LongJob.lease_until.is_(None), LongJob.lease_until <= func.clock_timestamp())
    waiting = await db.execute(
        select(LongJob.tenant_id, LongJob.id)
        .where(LongJob.kind == SCAN_KIND, LongJob.state.in_(("queued", "running")), free)
        .limit(_BANKS)
    )
    behind = await db.execute(
        select(Bank.id)
        .outerjoin(RuleScan, RuleScan.tenant_id == Bank.id)
        .where(
            Bank.state == "active",
            or_(RuleScan.tenant_id.is_(None), RuleScan.pack_version != RULE_PACK_VERSION),
        )
        # A bank that has just come first; nobody has to wait behind a long row of others.
        .order_by(Bank.id.desc())
        .limit(_BANKS)
    )
    found: list[tuple[UUID, dict[str, str]]] = [
        (row[0], {"job_id": str(row[1])}) for row in waiting
    ]
    return [*found, *((row[0], {}) for row in behind)]
