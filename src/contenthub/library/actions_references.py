"""Writes of what is read again when a product goes live anew, is recalled or ends."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import update

from contenthub.db import Write
from contenthub.library.models import Item
from contenthub.queue import enqueue
from contenthub.tenants import actions as tenants
from contenthub.tenants.sealing import bank_id

JOB = "library.rescan_references"


def mark(db: Write, item: Item) -> None:
    """Have what refers to a product read again; `updated_at` is the instant it changed."""
    if item.kind == "product":
        item.references_due_at = item.updated_at
        enqueue(db, JOB, item_id=item.id)


async def finish(
    db: Write, item_id: UUID, *, seen_at: datetime, checked: int, failing: int, at: datetime
) -> None:
    """Note that everything was read as of `seen_at`; a change since then is read once more."""
    await db.execute(
        update(Item)
        .where(
            Item.tenant_id == bank_id(db),
            Item.id == item_id,
            Item.references_due_at == seen_at,
        )
        .values(references_due_at=None)
    )
    if checked:
        tenants.record(
            db, "rules.references_read", "item", item_id, by=None, at=at,
            scanned=checked, failing=failing,
        )  # fmt: skip
