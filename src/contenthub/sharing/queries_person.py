"""What a person left behind by their phone: for a customer's portrait and export."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import literal, select, union_all

from contenthub.db import Read
from contenthub.library.models import Item
from contenthub.sharing.models import Lead, Signup
from contenthub.tenants.sealing import bank_id


@dataclass(frozen=True, slots=True)
class Left:
    """A lead or a sign-up of this phone, on which item, and when."""

    kind: str
    id: UUID
    item_title: str
    consent_version: str
    created_at: datetime


async def left_by(db: Read, phone_index: bytes) -> Sequence[Left]:
    """Return the leads and sign-ups of a phone, newest first."""
    parts = [
        select(
            literal(kind).label("kind"),
            model.id,
            Item.title,
            model.consent_version,
            model.created_at.label("created_at"),
        )
        .join(Item, (Item.tenant_id == model.tenant_id) & (Item.id == model.item_id))
        .where(model.tenant_id == bank_id(db), model.phone_index == phone_index)
        for kind, model in (("lead", Lead), ("signup", Signup))
    ]
    joined = union_all(*parts).subquery()
    rows = await db.execute(select(joined).order_by(joined.c.created_at.desc()))
    return [Left(*row) for row in rows]
