"""Writes of published posters: compared, claimed, recorded; each step its own transaction.

look → (claim → draw and send, no transaction → record)*. A killed worker's lease runs out and
another goes on; the name of a file is committed before its first byte is sent.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import CursorResult, delete, select, text, update
from sqlalchemy.dialects.postgresql import insert

from contenthub.db import Write, new_id
from contenthub.errors import Conflict, NotFound
from contenthub.library import queries as library
from contenthub.posters import (
    actions_batch,
    published,
    queries,
    queries_choices,
    queries_plans,
    queries_published,
)
from contenthub.posters.actions_batch import Ground, NewCode
from contenthub.posters.batching import Planned
from contenthub.posters.models_published import PosterUpkeep, PublishedPoster
from contenthub.posters.rendering import PosterPlan
from contenthub.queue import enqueue
from contenthub.tenants.sealing import bank_id, keyring

JOB = "posters.publish_posters"
LOOK_EVERY = timedelta(minutes=2)
AT_ONCE = 20
"""Files of a portion; a portion is a second or two."""
LEASE = timedelta(minutes=5)
"""How long a worker has a file to itself; longer than the store's client tries."""
KEEP_GONE = timedelta(days=7)
PAUSE = timedelta(minutes=1)
PAUSE_MOST = timedelta(hours=1)
ROWS_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class File:
    """A poster whose files a worker has to itself for a while; `plan` is None to take it away."""

    id: UUID
    name: str
    plan: PosterPlan | None = None


async def look(db: Write, *, at: datetime) -> None:
    """Compare what should be published with what is: plan what is missing, end what is over."""
    wanted = await queries_published.wanted(db, at=at)
    kept: set[tuple[UUID, UUID]] = set()
    over: list[UUID] = []
    for row in await queries_published.standing(db):
        key = (row.revision_id, row.employee_id)
        if wanted.get(key) == row.facts:
            kept.add(key)
        else:
            over.append(row.id)
    await _end(db, over, at=at)
    await _plan(db, {key: facts for key, facts in wanted.items() if key not in kept}, at=at)
    table = PublishedPoster
    await db.execute(
        delete(table).where(
            table.tenant_id == bank_id(db), table.state == "gone", table.gone_at < at - KEEP_GONE
        )
    )
    await _keep_upkeep(db, look_after_at=at + LOOK_EVERY)


async def look_if_due(db: Write, *, at: datetime) -> None:
    """Compare as `look`, unless that was done just now."""
    known = await queries_published.upkeep(db)
    if known is None or known.look_after_at <= at:
        await look(db, at=at)


async def look_again(db: Write, *, at: datetime) -> None:
    """Have a bank that publishes posters compared at once: one went live, or ended."""
    known = await db.execute(
        update(PosterUpkeep)
        .where(PosterUpkeep.tenant_id == bank_id(db))
        .values(look_after_at=at)
        .execution_options(synchronize_session=False)
    )
    if isinstance(known, CursorResult) and known.rowcount:
        enqueue(db, JOB)


async def end_of(db: Write, revision_id: UUID, employee_id: UUID, *, at: datetime) -> None:
    """Have one employee's file of a revision taken away: it shows what is over.

    The next look plans what stands in its place.
    """
    table = PublishedPoster
    rows = await db.scalars(
        select(table.id).where(
            table.tenant_id == bank_id(db),
            table.revision_id == revision_id,
            table.employee_id == employee_id,
            table.state.in_(published.STANDING),
        )
    )
    await _end(db, list(rows), at=at)


async def note_tidied(db: Write, *, lost: Sequence[UUID] = (), at: datetime) -> None:
    """Write down that a bank's stored bases and published files were tidied.

    `lost` are rows whose files the store does not have (any more): they are planned anew.
    """
    await _end(db, lost, at=at)
    await _keep_upkeep(db, tidied_at=at)
    if lost:
        await look_again(db, at=at)


async def _keep_upkeep(db: Write, **facts: datetime) -> None:
    row = {"tenant_id": bank_id(db), "look_after_at": next(iter(facts.values())), **facts}
    statement = insert(PosterUpkeep).values(row)
    await db.execute(statement.on_conflict_do_update(index_elements=["tenant_id"], set_=facts))


async def _end(db: Write, ids: Sequence[UUID], *, at: datetime) -> None:
    in_order = sorted(ids)
    for start in range(0, len(in_order), ROWS_AT_ONCE):
        for row in await queries_published.locked(db, in_order[start : start + ROWS_AT_ONCE]):
            if row.state not in published.STANDING:
                continue
            # What is being sent may arrive until its lease is over; taken away before, it would
            # come back.
            row.try_after_at = row.try_after_at if row.state == "uploading" else at
            row.state, row.problem, row.tries = "removing", "", 0
        await db.flush()


# Arrays, not rows: 24,000 of them are planned at once where a large bank begins.
_PLAN = text("""
insert into published_posters
  (tenant_id, id, revision_id, employee_id, facts, try_after_at, created_at)
select :bank, p.id, p.revision_id, p.employee_id, p.facts, :at, :at
from unnest(cast(:ids as uuid[]), cast(:revisions as uuid[]), cast(:people as uuid[]),
  cast(:facts as text[])) as p (id, revision_id, employee_id, facts)
on conflict do nothing
""")


async def _plan(db: Write, missing: dict[tuple[UUID, UUID], str], *, at: datetime) -> None:
    rows = list(missing.items())
    for start in range(0, len(rows), ROWS_AT_ONCE):
        some = rows[start : start + ROWS_AT_ONCE]
        said = {
            "bank": bank_id(db),
            "at": at,
            "ids": [new_id() for _ in some],
            "revisions": [revision_id for (revision_id, _), _ in some],
            "people": [employee_id for (_, employee_id), _ in some],
            "facts": [facts for _, facts in some],
        }
        await db.execute(_PLAN, said)


async def claim_uploads(db: Write, *, at: datetime, new_code: NewCode) -> list[File]:
    """Take some posters that are due to be drawn and sent, for one lease; their names are kept."""
    rows = await queries_published.due(db, ("planned", "uploading"), at=at, limit=AT_ONCE)
    found: list[File] = []
    for revision_id in {row.revision_id for row in rows}:
        some = [row for row in rows if row.revision_id == revision_id]
        plans = await _plans(db, revision_id, some, at=at, new_code=new_code)
        for row in some:
            planned = plans.get(row.employee_id)
            plan = planned and planned.plan
            name = _name(db, row, plan) if plan else ""
            if planned is None or plan is None or row.name not in ("", name):
                # Not wanted any more, or another picture by now: the next look plans that one.
                row.state, row.try_after_at = "removing", at
                continue
            row.name, row.state, row.try_after_at = name, "uploading", at + LEASE
            row.link_code = plan.personal.qr_text.rpartition("/")[2].upper()
            row.background = planned.background
            found.append(File(row.id, name, plan))
    return found


async def _plans(
    db: Write,
    revision_id: UUID,
    rows: Sequence[PublishedPoster],
    *,
    at: datetime,
    new_code: NewCode,
) -> dict[UUID, Planned]:
    """Return people's posters on the backgrounds they chose, each one's link made.

    Who has none, or another than was planned, is left out.
    """
    revision = await queries.template_revision(db, revision_id)
    try:
        template = await queries.shareable_template(db, revision.template_id, at=at)
    except (NotFound, Conflict):  # recalled, expired or stopped by a rule since it was planned
        return {}
    ids = [row.employee_id for row in rows]
    chosen = await queries_choices.chosen_by(db, revision, ids)
    numbers = {one: chosen.get(one, 0) for one in ids}
    bases = await queries_plans.bases_on(db, revision, {*numbers.values()})
    facts = queries_published.facts_by(db, bases)
    wanted = [row.employee_id for row in rows if row.facts == facts[numbers[row.employee_id]]]
    people = await queries.sharers(db, staff_ids=wanted, limit=len(rows))
    if template.live_revision_id != revision_id or not people:
        return {}
    item = await library.item(db, template.item_id)
    ground = Ground(bases, numbers)
    work = await actions_batch.work_of(
        db, ground, people, item=item, png=False, at=at, new_code=new_code
    )
    return {each.staff_id: each for each in work.plans}


def _name(db: Write, row: PublishedPoster, plan: PosterPlan) -> str:
    said = published.signed_text(row.revision_id, row.employee_id, plan.etag)
    return keyring(db).sign(bank_id(db), published.PURPOSE, said).hex()


async def claim_removals(db: Write, *, at: datetime) -> list[File]:
    """Take some files that are due to be taken away; those that never were sent are gone."""
    found = []
    for row in await queries_published.due(db, ("removing",), at=at, limit=AT_ONCE):
        if not row.name:
            row.state, row.gone_at = "gone", at
            continue
        row.try_after_at = at + LEASE
        found.append(File(row.id, row.name))
    return found


async def record_published(db: Write, files: Collection[File], *, at: datetime) -> None:
    """Write down that files lie in the store; what was ended meanwhile is taken away at once."""
    for row, file in await _rows(db, files):
        if row.state == "uploading" and row.name == file.name:
            row.state, row.published_at, row.problem, row.tries = "published", at, "", 0
        elif row.state in ("removing", "gone"):
            row.state, row.gone_at, row.try_after_at = "removing", None, at


async def record_gone(db: Write, files: Collection[File], *, at: datetime) -> None:
    """Write down that files were taken away."""
    for row, _ in await _rows(db, files):
        if row.state == "removing":
            row.state, row.gone_at, row.problem = "gone", at, ""


async def record_problem(
    db: Write, files: Collection[File], why: str, *, at: datetime, is_lasting: bool = False
) -> None:
    """Write down why files were not sent or taken away; tried again after growing pauses."""
    for row, _ in await _rows(db, files):
        if row.state in ("published", "gone"):
            continue
        if row.state == "uploading":
            row.state = "planned"  # nothing is on its way any more: it may be ended at once
        row.problem, row.tries = why[:300], row.tries + 1
        pause = PAUSE_MOST if is_lasting else min(PAUSE_MOST, PAUSE * 2 ** min(row.tries - 1, 6))
        row.try_after_at = at + pause


async def _rows(db: Write, files: Collection[File]) -> list[tuple[PublishedPoster, File]]:
    """Return files with their rows, locked in one order with all who lock several."""
    known = {file.id: file for file in files}
    return [(row, known[row.id]) for row in await queries_published.locked(db, list(known))]
