"""Reads of what imports did: what an undo would take back, and whom one left."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from pyroaring import BitMap
from sqlalchemy import Select, select

from contenthub.customers.bitmaps import Key
from contenthub.customers.indexkeys import touched_key
from contenthub.customers.models import Customer
from contenthub.customers.models_imports import ImportChange, ImportStep
from contenthub.db import Read
from contenthub.tenants import queries as tenants
from contenthub.tenants.bankday import bank_day
from contenthub.tenants.models import Branch, LongJob, Staff
from contenthub.tenants.sealing import bank_id

KEPT_DAYS = 90
KEPT = timedelta(days=KEPT_DAYS)
"""How long an import can be taken back."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """What an undo would take back, if nobody went on with any of it since."""

    people: int
    added: int
    changed: int
    tags: int
    until: datetime


async def ahead(db: Read, job: LongJob, *, at: datetime) -> Ahead | None:
    """Return what an undo of a load that has ended would take back; None: nothing any more."""
    ended = job.state in ("done", "cancelled", "failed")
    if not ended or job.params["stage"] not in ("load", "undo"):
        return None
    rows = await db.scalars(_open(db, job.id).where(ImportStep.at >= at - KEPT))
    steps = rows.all()
    if not steps:
        return None
    changed = await db.scalars(
        select(ImportChange.customer_no).where(
            ImportChange.tenant_id == bank_id(db),
            ImportChange.job_id == job.id,
            ImportChange.reason == "",
        )
    )
    added = BitMap.union(BitMap(), *(BitMap.deserialize(step.added) for step in steps))
    people = [len(BitMap.deserialize(step.people)) for step in steps]
    return Ahead(
        people=sum(people),
        added=len(added),
        # Whom it added and changed itself goes; nothing is left of them to restore.
        changed=len(BitMap(changed) - added),
        tags=sum(step.tags_put for step in steps),
        until=min(step.at for step in steps) + KEPT,
    )


def _open(db: Read, job_id: UUID) -> Select[ImportStep]:
    return (
        select(ImportStep)
        .where(
            ImportStep.tenant_id == bank_id(db),
            ImportStep.job_id == job_id,
            ImportStep.undone_at.is_(None),
        )
        .order_by(ImportStep.last_line.desc())
    )


async def last_open(db: Read, job_id: UUID) -> ImportStep | None:
    """Return the last batch of an import that was not taken back."""
    return await db.scalar(_open(db, job_id).limit(1))


async def added_before(db: Read, step: ImportStep) -> BitMap:
    """Return whom earlier batches of the same import added that are not taken back."""
    rows = await db.scalars(
        select(ImportStep.added).where(
            ImportStep.tenant_id == bank_id(db),
            ImportStep.job_id == step.job_id,
            ImportStep.undone_at.is_(None),
            ImportStep.last_line < step.last_line,
        )
    )
    return BitMap.union(BitMap(), *map(BitMap.deserialize, rows))


async def times(db: Read, job_id: UUID) -> Sequence[datetime]:
    """Return when the batches of an import were written: what they gave bears these times."""
    rows = await db.scalars(
        select(ImportStep.at).where(
            ImportStep.tenant_id == bank_id(db), ImportStep.job_id == job_id
        )
    )
    return rows.all()


async def left(
    db: Read, job_id: UUID, *, after_no: int = 0, limit: int = 50
) -> Sequence[tuple[Customer, str]]:
    """Return whom an undo left as they are, by number, each with the reason."""
    rows = await db.execute(
        select(Customer, ImportChange.reason)
        .join(
            ImportChange,
            (ImportChange.tenant_id == Customer.tenant_id)
            & (ImportChange.customer_no == Customer.no),
        )
        .where(
            ImportChange.tenant_id == bank_id(db),
            ImportChange.job_id == job_id,
            ImportChange.reason != "",
            ImportChange.customer_no > after_no,
        )
        .order_by(ImportChange.customer_no)
        .limit(limit)
    )
    return [(customer, reason) for customer, reason in rows]


async def sent_days(db: Read, *, since: datetime, at: datetime) -> list[Key]:
    """Return the keys of who was sent to on each day from one instant to another."""
    bank = await tenants.bank(db)
    first, last = bank_day(bank, since), bank_day(bank, at)
    return [touched_key(first + timedelta(days=n)) for n in range((last - first).days + 1)]


async def working_staff(db: Read) -> set[UUID]:
    """Return the staff to whom customers may come back: all who have not left."""
    rows = await db.scalars(
        select(Staff.id).where(Staff.tenant_id == bank_id(db), Staff.state != "resigned")
    )
    return set(rows)


async def closed_branches(db: Read) -> set[UUID]:
    """Return the branches that were closed or merged."""
    rows = await db.scalars(
        select(Branch.id).where(Branch.tenant_id == bank_id(db), Branch.state != "open")
    )
    return set(rows)
