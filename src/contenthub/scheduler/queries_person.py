"""What the ledger knows of one customer: for their portrait and their export."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from contenthub.db import Read
from contenthub.scheduler.models import Delivery, Push
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
