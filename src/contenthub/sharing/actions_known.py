"""Whose a browser is, and telling the customers' room what its owner did there."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select, text, update

from contenthub.customers import actions_behaviour as customers
from contenthub.customers.actions_behaviour import Noted
from contenthub.customers.behaviour import Act
from contenthub.db import Platform, Write
from contenthub.library import queries as library
from contenthub.sharing.models import Link, Visitor
from contenthub.tenants import queries as tenants
from contenthub.tenants.sealing import bank_id

# Two phones from one browser: an outlet's tablet, or somebody who filled it in for others.
_KNOWN = """
insert into visitors as v (tenant_id, id, first_link_id, first_seen_at, last_seen_at, phone_index,
  known_at)
values (:bank, :visitor, :link, :at, :at, :phone, :at)
on conflict (tenant_id, id) do update set
  phone_index = case when v.known_at is null or v.phone_index = excluded.phone_index
    then excluded.phone_index end,
  known_at = coalesce(v.known_at, excluded.known_at)
"""
_TOPICS = """
select i.tenant_id, i.id, i.topic from unnest(cast(:banks as uuid[]), cast(:items as uuid[]))
  as w (bank, item) join items i on i.tenant_id = w.bank and i.id = w.item
"""


class View(NamedTuple):
    """A view of an item by the owner of a phone, on a day of the bank."""

    bank: UUID
    phone_index: bytes
    item_id: UUID
    on: date


async def remember(
    db: Write, link: Link, visitor_id: UUID | None, *, phone_index: bytes, at: datetime
) -> None:
    """Remember from whose browser a form came; what was seen there before stays nobody's."""
    if visitor_id is None:
        return
    facts = {"bank": bank_id(db), "visitor": visitor_id, "link": link.id}
    await db.execute(text(_KNOWN), {**facts, "phone": phone_index, "at": at})


async def forget_browsers(db: Write, phone_index: bytes) -> None:
    """Let the browsers of the owner of a phone be nobody's again, for good."""
    await db.execute(
        update(Visitor)
        .where(Visitor.tenant_id == bank_id(db), Visitor.phone_index == phone_index)
        .values(phone_index=None)
    )


async def did(
    db: Write, kind: str, item_id: UUID, *, phone_index: bytes, at: datetime, times: int = 1
) -> None:
    """Note what the owner of a phone did with an item; `times` -1 takes it back."""
    item = await library.item(db, item_id)
    act = Act(kind, item.topic, await tenants.today(db, at=at))
    await customers.note(db, phone_index, act, times=times)


async def shared(db: Write, visitor_id: UUID, item_id: UUID, *, at: datetime) -> None:
    """Note that the owner of a browser passed an item on, if we know who that is."""
    phone_index = await db.scalar(
        select(Visitor.phone_index).where(
            Visitor.tenant_id == bank_id(db), Visitor.id == visitor_id
        )
    )
    if phone_index is not None:
        await did(db, "shared", item_id, phone_index=phone_index, at=at)


async def viewed(db: Platform, views: Iterable[View]) -> None:
    """Note views of any banks by people who left their number before from the same browser."""
    counts = Counter(views)
    if not counts:
        return
    items = sorted({(view.bank, view.item_id) for view in counts})
    facts = {"banks": [bank for bank, _ in items], "items": [item for _, item in items]}
    topics = {(bank, item): topic for bank, item, topic in await db.execute(text(_TOPICS), facts)}
    await customers.note_many(
        db,
        [
            Noted(v.bank, v.phone_index, Act("viewed", topics[v.bank, v.item_id], v.on), times)
            for v, times in counts.items()
            if (v.bank, v.item_id) in topics
        ],
    )
