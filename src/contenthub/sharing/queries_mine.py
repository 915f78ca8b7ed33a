"""Reads of one employee's own links and what came through re-shares of them."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, select

from contenthub.db import Read
from contenthub.library.models import Item
from contenthub.sharing.models import Lead, Link, Signup
from contenthub.tenants.sealing import bank_id


async def reshare_leads(db: Read, employee_id: UUID, *, since: datetime) -> int:
    """Return how many leads came through a link that a customer passed on 老客转介."""
    query = (
        select(func.count())
        .select_from(Lead)
        .join(Link, and_(Link.tenant_id == Lead.tenant_id, Link.id == Lead.link_id))
        .where(
            Lead.tenant_id == bank_id(db),
            Lead.employee_id == employee_id,
            Lead.created_at >= since,
            Link.parent_id.is_not(None),
        )
    )
    return int(await db.scalar(query) or 0)


async def own_link(db: Read, item_id: UUID, employee_id: UUID, *, channel: str) -> Link | None:
    """Return an employee's own link to an item for a channel, outside any push, or None."""
    return await db.scalar(
        select(Link).where(
            Link.tenant_id == bank_id(db),
            Link.item_id == item_id,
            Link.employee_id == employee_id,
            Link.channel == channel,
            Link.push_id.is_(None),
            Link.parent_id.is_(None),
            Link.visitor_id.is_(None),
        )
    )


async def titles_of(db: Read, link_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return the title of the item behind each link."""
    rows = await db.execute(
        select(Link.id, Item.title)
        .join(Item, and_(Item.tenant_id == Link.tenant_id, Item.id == Link.item_id))
        .where(Link.tenant_id == bank_id(db), Link.id.in_(link_ids))
    )
    return {row[0]: row[1] for row in rows}


async def followed_since(db: Read, employee_id: UUID, *, since: datetime) -> int:
    """Return how many leads and sign-ups an employee has followed up since an instant."""
    leads = select(func.count()).where(
        Lead.tenant_id == bank_id(db),
        Lead.employee_id == employee_id,
        Lead.state.in_(("contacted", "won", "lost")),
        Lead.updated_at >= since,
    )
    signups = select(func.count()).where(
        Signup.tenant_id == bank_id(db),
        Signup.employee_id == employee_id,
        Signup.state != "new",
        Signup.updated_at >= since,
    )
    return int(await db.scalar(leads) or 0) + int(await db.scalar(signups) or 0)
