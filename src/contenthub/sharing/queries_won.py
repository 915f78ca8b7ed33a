"""Reads of leads that became business, as customers of the bank."""

from datetime import datetime

from pyroaring import BitMap
from sqlalchemy import and_, select

from contenthub.customers.models import Customer
from contenthub.db import Read
from contenthub.library.models import Item
from contenthub.sharing.models import Lead
from contenthub.tenants.sealing import bank_id


async def won_customers(db: Read, *, topic: str | None, since: datetime) -> BitMap:
    """Return the numbers of customers who left a lead since then that was won."""
    query = (
        select(Customer.no)
        .join(
            Lead,
            and_(Lead.tenant_id == Customer.tenant_id, Lead.phone_index == Customer.phone_index),
        )
        .where(Customer.tenant_id == bank_id(db), Lead.state == "won", Lead.created_at >= since)
    )
    if topic is not None:
        query = query.join(
            Item, and_(Item.tenant_id == Lead.tenant_id, Item.id == Lead.item_id)
        ).where(Item.topic == topic)
    return BitMap(await db.scalars(query))
