"""Reads of what known customers did."""

from datetime import date

from sqlalchemy import select

from contenthub.customers.models_behaviour import CustomerAct
from contenthub.db import Read
from contenthub.tenants.sealing import bank_id


async def done_by(
    db: Read, customer_no: int, *, limit: int = 60
) -> list[tuple[str, str, date, int]]:
    """Return (act, topic, day, times) of what a customer did, the newest day first."""
    rows = await db.execute(
        select(CustomerAct.kind, CustomerAct.topic, CustomerAct.day_on, CustomerAct.times)
        .where(CustomerAct.tenant_id == bank_id(db), CustomerAct.customer_no == customer_no)
        .order_by(CustomerAct.day_on.desc(), CustomerAct.kind, CustomerAct.topic)
        .limit(limit)
    )
    return [(kind, topic, on, times) for kind, topic, on, times in rows]


async def acts_of(db: Read, customer_no: int) -> list[dict[str, object]]:
    """Return what a customer did as it is kept, the newest day first."""
    rows = await db.execute(
        select(CustomerAct.kind, CustomerAct.topic, CustomerAct.day_on, CustomerAct.times)
        .where(CustomerAct.tenant_id == bank_id(db), CustomerAct.customer_no == customer_no)
        .order_by(CustomerAct.day_on.desc(), CustomerAct.kind, CustomerAct.topic)
    )
    return [dict(row._mapping) for row in rows]
