"""Sum what was received of a firing that is over, once."""

from datetime import datetime
from uuid import UUID

from pyroaring import BitMap
from sqlalchemy import func, select

from contenthub.db import Write, new_id
from contenthub.scheduler.models import Delivery, Occurrence
from contenthub.scheduler.models_mix import ReceivedSum
from contenthub.tenants.sealing import bank_id

OVER = ("delivered", "failed", "skipped")
"""States of a delivery that nothing changes any more."""
SUMMED = ("planned", "done")
"""States of a firing whose deliveries are all written; the others have none."""


async def sum_received(db: Write, push_id: UUID, step: int, *, at: datetime) -> bool:
    """Sum who got a firing and mark it; return whether that was done now.

    Nothing happens while one of its deliveries may still change, or when it was summed before.
    """
    fired = await db.scalar(
        select(Occurrence)
        .where(
            Occurrence.tenant_id == bank_id(db),
            Occurrence.push_id == push_id,
            Occurrence.step == step,
        )
        .with_for_update()
    )
    if fired is None or fired.summed_at is not None or fired.state not in SUMMED:
        return False
    its = (
        Delivery.tenant_id == fired.tenant_id,
        Delivery.push_id == push_id,
        Delivery.step == step,
    )
    if await db.scalar(select(select(Delivery).where(*its, Delivery.state.not_in(OVER)).exists())):
        return False
    rows = await db.execute(
        select(Delivery.employee_id, Delivery.updated_at, func.array_agg(Delivery.customer_no))
        .where(*its, Delivery.state == "delivered")
        .group_by(Delivery.employee_id, Delivery.updated_at)
    )
    for employee_id, received_at, numbers in rows:
        db.add(
            ReceivedSum(
                tenant_id=fired.tenant_id,
                id=new_id(),
                push_id=push_id,
                step=step,
                employee_id=employee_id,
                at=received_at,
                customers=len(numbers),
                who=BitMap(numbers).serialize(),
            )
        )
    fired.summed_at = at
    await db.flush()
    return True
