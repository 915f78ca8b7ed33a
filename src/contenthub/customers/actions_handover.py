"""Customers of somebody who left pass to the successor, with the index of audiences."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from contenthub.customers import actions_audience
from contenthub.customers.actions_branches import hold_still
from contenthub.customers.indexkeys import owner_key
from contenthub.customers.models import Customer
from contenthub.db import Write
from contenthub.tenants.sealing import bank_id


async def pass_customers(db: Write, from_id: UUID, to_id: UUID, *, limit: int, at: datetime) -> int:
    """Give at most `limit` customers of one owner to another; return how many.

    Fewer than `limit` means that none is left. Refusals, consents, tags and branch stay.
    """
    await hold_still(db)
    found = await db.scalars(
        select(Customer.no)
        .where(Customer.tenant_id == bank_id(db), Customer.owner_id == from_id)
        .order_by(Customer.no)
        .limit(limit)
        .with_for_update()
    )
    nos = list(found)
    if not nos:
        return 0
    await db.execute(
        update(Customer)
        .where(Customer.tenant_id == bank_id(db), Customer.no.in_(nos))
        .values(owner_id=to_id, updated_at=at)
    )
    await actions_audience.mark(db, {owner_key(to_id): nos}, {owner_key(from_id): nos})
    return len(nos)
