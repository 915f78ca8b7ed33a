"""Worker entry of the re-scan: every revision in use is read under the rules as they are now."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select

from contenthub.db import Database, Platform, TenantId
from contenthub.db import Read as Session
from contenthub.library import (
    actions_references,
    actions_rescan,
    queries_references,
    queries_rules,
    referring,
)
from contenthub.library.actions_rescan import JOB, Read, Turn
from contenthub.library.lint import Hit, ProductFacts
from contenthub.library.models import Item, Revision
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
            facts = await _facts(db, some)
        version = rules.version
        if not some:
            break
        read = await asyncio.to_thread(read_through, some, rules, *facts)
        async with database.unit_of_work(tenant) as db:
            turn = await actions_rescan.take_step(
                db, turn, read, version=version, at=datetime.now(UTC)
            )
    if turn is not None:
        await _finish(database, tenant, turn, version)


async def _facts(
    db: Session, some: Sequence[Revision]
) -> tuple[dict[str, ProductFacts], dict[str, str]]:
    """Return code -> facts of the live products some revisions refer to, and of those gone."""
    codes = [c for r in some for c in queries_rules.referred(r.kind, r.topic, r.fields)]
    products = await queries_rules.products(db, codes) if codes else {}
    return products, await queries_references.gone(db, codes)


async def _finish(database: Database, tenant: TenantId, turn: Turn, version: str) -> None:
    async with database.unit_of_work(tenant) as db:
        await actions_rescan.finish(db, turn, version=version, at=datetime.now(UTC))


def read_through(
    revisions: Sequence[Revision],
    rules: Book,
    products: Mapping[str, ProductFacts],
    gone: Mapping[str, str] = MappingProxyType({}),
) -> list[Read]:
    """Return what blocks each of some revisions under some rules; `gone` is code -> title."""
    return [
        Read(one.id, one.item_id, [*_gone_hits(one, gone), *_blocks(one, rules, products)])
        for one in revisions
    ]


def _gone_hits(one: Revision, gone: Mapping[str, str]) -> list[Hit]:
    return referring.gone_hits(one.kind, one.topic, one.fields, gone) if gone else []


def _blocks(one: Revision, rules: Book, products: Mapping[str, ProductFacts]) -> list[Hit]:
    codes = queries_rules.referred(one.kind, one.topic, one.fields) if products else []
    found = queries_rules.hits_under(one, rules, queries_rules.first_of(codes, products))
    return [hit for hit in found if hit.severity == "block"]


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


@job(actions_references.JOB)
async def rescan_references(database: Database, tenant: TenantId, /, **ids: Any) -> None:
    """Read again what refers to the product `item_id`; a worker that dies begins anew."""
    item_id = UUID(ids["item_id"])
    after: UUID | None = None
    checked = failing = 0
    async with database.reading(tenant) as db:
        item = await db.get(Item, (tenant, item_id))
        code, due_at = (item.code, item.references_due_at) if item is not None else ("", None)
    if due_at is None:
        return
    while True:
        async with database.reading(tenant) as db:
            rules = await queries_rules.rules(db)
            some = await queries_references.referring_to(
                db, code, states=queries_rules.SCANNED_STATES, after=after, limit=BATCH
            )
            facts = await _facts(db, some)
        if not some:
            break
        read = await asyncio.to_thread(read_through, some, rules, *facts)
        async with database.unit_of_work(tenant) as db:
            await actions_rescan.keep(db, read, version=rules.version, at=datetime.now(UTC))
        after, checked = some[-1].id, checked + len(read)
        failing += sum(1 for one in read if one.hits)
    async with database.unit_of_work(tenant) as db:
        await actions_references.finish(
            db, item_id, seen_at=due_at, checked=checked, failing=failing, at=datetime.now(UTC)
        )


@sweep(actions_references.JOB)
async def due_references(db: Platform, _now: datetime) -> list[tuple[UUID, dict[str, str]]]:
    """Return products whose references wait to be read again, longest first."""
    rows = await db.execute(
        select(Item.tenant_id, Item.id)
        .where(Item.references_due_at.is_not(None))
        .order_by(Item.references_due_at)
        .limit(BATCH)
    )
    return [(row[0], {"item_id": str(row[1])}) for row in rows]
