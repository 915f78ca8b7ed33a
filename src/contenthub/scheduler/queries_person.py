"""What the ledger knows of one customer: for their portrait and their export."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from contenthub.db import Read
from contenthub.scheduler.models import Delivery, Push
from contenthub.scheduler.models_cadences import Cadence, CadenceContact, CadenceRun
from contenthub.tenants.sealing import bank_id


@dataclass(frozen=True, slots=True)
class Sent:
    """A push that had this customer in its ledger, and what became of it."""

    push_id: UUID
    title: str
    state: str
    reason: str
    updated_at: datetime


async def pushes_to(db: Read, customer_no: int, *, limit: int = 20) -> Sequence[Sent]:
    """Return the newest ledger rows of a customer."""
    rows = await db.execute(
        select(Delivery.push_id, Push.title, Delivery.state, Delivery.reason, Delivery.updated_at)
        .join(Push, (Push.tenant_id == Delivery.tenant_id) & (Push.id == Delivery.push_id))
        .where(Delivery.tenant_id == bank_id(db), Delivery.customer_no == customer_no)
        .order_by(Delivery.updated_at.desc())
        .limit(limit)
    )
    return [Sent(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Called:
    """One step of a cadence that came up for this customer, and what the employee said of it."""

    cadence: str
    why: str
    step: int
    due_on: date
    outcome: str
    said_at: datetime | None


async def calls_to(db: Read, customer_no: int, *, limit: int = 20) -> Sequence[Called]:
    """Return the newest follow-ups of a customer."""
    run, one = CadenceRun, CadenceContact
    rows = await db.execute(
        select(Cadence.title, run.why, one.no, one.due_on, one.outcome, one.said_at)
        .join(run, (run.tenant_id == one.tenant_id) & (run.id == one.run_id))
        .join(Cadence, (Cadence.tenant_id == run.tenant_id) & (Cadence.id == run.cadence_id))
        .where(one.tenant_id == bank_id(db), run.customer_no == customer_no)
        .order_by(one.due_on.desc(), one.no.desc())
        .limit(limit)
    )
    return [Called(*row) for row in rows]
