"""What every web process must hear at once: the page of an item is another one now."""

from sqlalchemy import text

from contenthub.db import Write
from contenthub.library.models import Item
from contenthub.tenants import signals

CHANNEL = signals.PAGES


async def page_changed(db: Write, item: Item) -> None:
    """Let every process forget what it keeps of an item's page, the moment this commits."""
    await db.execute(
        text("select pg_notify(:channel, :item)"), {"channel": CHANNEL, "item": str(item.id)}
    )
