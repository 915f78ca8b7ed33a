"""Reads of employees' e-cards: what they chose to show."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, select

from contenthub.db import Read
from contenthub.library import queries as library
from contenthub.library import queries_shareable
from contenthub.library.models import Item, Revision
from contenthub.sharing.models import Link
from contenthub.sharing.models_cards import NameCard
from contenthub.tenants import qualification
from contenthub.tenants import queries as tenants
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id

CHANNEL = "card"


@dataclass(frozen=True, slots=True)
class CardItem:
    """One item on a card, with the employee's own link to it."""

    item: Item
    revision: Revision
    code: str


async def choices(db: Read, employee_id: UUID) -> NameCard | None:
    """Return what an employee chose for their card, or None while they chose nothing."""
    return await db.get(NameCard, (bank_id(db), employee_id))


async def codes(db: Read, staff_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return the code each of some people's cards lies under; who has none is left out.

    It is the oldest whose item may still be asked about, so that what was printed stays the one
    in use; the card of any other of their codes opens as well.
    """
    rows = await db.execute(
        select(Link.employee_id, Link.code)
        .join(Item, and_(Item.tenant_id == Link.tenant_id, Item.id == Link.item_id))
        .where(
            Link.tenant_id == bank_id(db),
            Link.employee_id.in_(staff_ids),
            Link.channel == CHANNEL,
            Link.parent_id.is_(None),
            Item.live_revision_id.is_not(None),
        )
        .order_by(Link.id.desc())
    )
    # The oldest comes last, and stays.
    return {row[0]: row[1] for row in rows}


async def shown_items(db: Read, employee: Staff, *, at: datetime) -> list[CardItem]:
    """Return what a card offers now: live, linked, and of a topic the employee may speak of.

    What a rule of today stops is left out: a card begins to share it with whoever opens it.
    """
    card = await choices(db, employee.id)
    if card is None or not card.item_ids:
        return []
    rows = await db.execute(
        select(Link.item_id, Link.code).where(
            Link.tenant_id == bank_id(db),
            Link.employee_id == employee.id,
            Link.channel == CHANNEL,
            Link.parent_id.is_(None),
            Link.item_id.in_(card.item_ids),
        )
    )
    codes = {row[0]: row[1] for row in rows}
    bank = await tenants.bank(db)
    found = []
    for item_id in card.item_ids:
        try:
            item, revision = await library.live(db, item_id, at=at)
        except library.NotLive:
            continue
        if item_id in codes and not qualification.why_not(
            employee, topic=item.topic, bank=bank, at=at
        ):
            found.append(CardItem(item, revision, codes[item_id]))
    stopped = await queries_shareable.stopped_of(db, [one.revision.id for one in found])
    return [one for one in found if one.revision.id not in stopped]
