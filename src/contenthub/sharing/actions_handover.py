"""What of a leaver's sharing passes on: open leads move, links stay and lead to the successor.

A link keeps its maker, so what it brought stays theirs; who serves it now is worked out by
`queries.credited` at each visit. Won and lost leads stay with who closed them.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update

from contenthub.db import Read, Write
from contenthub.sharing.models import Lead, Link
from contenthub.tenants.sealing import bank_id

OPEN = ("new", "assigned", "contacted")


async def pass_leads(db: Write, from_id: UUID, to_id: UUID, *, at: datetime) -> int:
    """Give the open leads of one employee to another; return how many. Day counters stay."""
    moved = await db.execute(
        update(Lead)
        .where(Lead.tenant_id == bank_id(db), Lead.employee_id == from_id, Lead.state.in_(OPEN))
        .values(employee_id=to_id, updated_at=at)
        .returning(Lead.id)
    )
    return len(moved.all())


async def open_leads(db: Read, employee_id: UUID) -> int:
    """Return how many leads an employee has not closed."""
    counted = select(func.count()).where(
        Lead.tenant_id == bank_id(db), Lead.employee_id == employee_id, Lead.state.in_(OPEN)
    )
    return (await db.execute(counted)).scalar_one()


async def links_of(db: Read, employee_id: UUID) -> int:
    """Return how many links and codes of an employee are out, those of customers included."""
    counted = select(func.count()).where(
        Link.tenant_id == bank_id(db), Link.employee_id == employee_id
    )
    return (await db.execute(counted)).scalar_one()
