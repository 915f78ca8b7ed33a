"""What others do that an item must show: its page is another one now; somebody shared it."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select, text, update

from contenthub.db import Write
from contenthub.library.models import Item
from contenthub.tenants import queries as tenants
from contenthub.tenants import signals
from contenthub.tenants.sealing import bank_id

CHANNEL = signals.PAGES


async def page_changed(db: Write, item: Item) -> None:
    """Let every process forget what it keeps of an item's page, the moment this commits."""
    await db.execute(
        text("select pg_notify(:channel, :item)"), {"channel": CHANNEL, "item": str(item.id)}
    )


async def shared(db: Write, item_id: UUID, *, at: datetime) -> None:
    """Note the bank's day on which an item was shared; once a day, and never waiting for it.

    Whoever finds the row taken leaves it be: a share must not queue behind an editor.
    """
    zone = (await tenants.bank(db)).zone
    day = at.astimezone(ZoneInfo(zone)).date()
    free = (
        select(Item.id)
        .where(
            Item.tenant_id == bank_id(db),
            Item.id == item_id,
            or_(Item.shared_on.is_(None), Item.shared_on < day),
        )
        .with_for_update(skip_locked=True, key_share=True)
    )
    await db.execute(
        update(Item)
        .where(Item.tenant_id == bank_id(db), Item.id.in_(free.scalar_subquery()))
        .values(shared_on=day)
        .execution_options(synchronize_session=False)
    )
