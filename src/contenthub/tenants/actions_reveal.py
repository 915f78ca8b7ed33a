"""A look at somebody's full name or phone: counted, and written down before it is given."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from contenthub.db import Write
from contenthub.tenants import actions as tenants
from contenthub.tenants import chain, reveals
from contenthub.tenants.models import AuditEntry, Staff
from contenthub.tenants.sealing import bank_id

EVENTS = ("customer.revealed", "lead.revealed", "signup.revealed")
FIELDS = ["name", "phone"]


async def record_look(
    db: Write, kind: str, subject_id: UUID, *, reason: str, by: Staff, at: datetime
) -> None:
    """Write down that `by` looks at the name and phone of a customer, lead or sign-up, and why.

    Raises:
        Invalid: no reason. TooMany: too many looks within an hour.
    """
    why = reveals.checked_reason(reason)
    # The person's row is locked, so that looks at the same time are counted one by one.
    await db.execute(
        select(Staff.id)
        .where(Staff.tenant_id == bank_id(db), Staff.id == by.id)
        .with_for_update(key_share=True)
    )
    looks = await db.scalar(
        select(func.count()).where(
            AuditEntry.tenant_id == bank_id(db),
            AuditEntry.id >= chain.earliest_id(at - reveals.AN_HOUR),
            AuditEntry.at > at - reveals.AN_HOUR,
            AuditEntry.actor_id == by.id,
            AuditEntry.event.in_(EVENTS),
        )
    )
    reveals.check_pace(int(looks or 0))
    tenants.record(
        db, f"{kind}.revealed", kind, subject_id, by=by, at=at, fields=FIELDS, reason=why
    )
    await db.flush()
