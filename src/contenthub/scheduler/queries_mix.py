"""Reads of what customers received and employees sent: how much of it sold (library/mix.py)."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from pyroaring import BitMap
from sqlalchemy import ColumnElement, Select, and_, func, or_, select, text

from contenthub.db import Read
from contenthub.library import mix
from contenthub.library.mix import Mix
from contenthub.library.models import Item
from contenthub.scheduler.models import Delivery, Push
from contenthub.sharing.models import Link
from contenthub.tenants.sealing import bank_id

RECEIVED = ("confirmed", "delivered")
"""States of a delivery that a customer has in hand, as far as WeCom says."""
COMING = ("planned", "claimed", "sending", "submitted", "unknown")
"""States of a delivery that is on its way to a customer."""
_IN_HAND = "deliveries.state in ('confirmed', 'delivered')"
_IN_HAND_OR_COMING = "deliveries.state not in ('skipped', 'failed')"


@dataclass(frozen=True, slots=True)
class Received:
    """How often each customer got something, by whether it sold: times -> customers."""

    times: dict[bool, dict[int, BitMap]] = field(default_factory=dict)

    def mix(self, among: BitMap | None = None) -> Mix:
        """Return the mix of what some customers got; of everybody's when not told whose."""
        return Mix(self._sum(True, among), self._sum(False, among))

    def _sum(self, sold: bool, among: BitMap | None) -> int:
        return sum(
            times * (len(who) if among is None else who.intersection_cardinality(among))
            for times, who in self.times.get(sold, {}).items()
        )

    def reached(self, among: BitMap | None = None) -> int:
        """Return how many of some customers got anything."""
        everybody = BitMap()
        for by_times in self.times.values():
            for who in by_times.values():
                everybody |= who
        return len(everybody) if among is None else everybody.intersection_cardinality(among)


@dataclass(frozen=True, slots=True)
class Feed:
    """What one employee sent: group messages of pushes, and content shared without one."""

    pushed: Mix
    shared: Mix
    customers: int
    """How often customers got one of the pushed messages."""

    @property
    def mix(self) -> Mix:
        """Both together."""
        return Mix(
            self.pushed.selling + self.shared.selling, self.pushed.service + self.shared.service
        )


def sells(kind: Any, topic: Any) -> ColumnElement[bool]:
    """Return library/mix.py's table as a condition on two columns."""
    known = [
        and_(kind == name, topic.in_(sorted(topics)))
        for name, topics in mix.SELLS.items()
        if topics
    ]
    return or_(*known, kind.not_in(list(mix.SELLS)))


def _ledger(
    db: Read, columns: list[Any], *, since: datetime, states: tuple[str, ...]
) -> Select[Any]:
    """Return a select of deliveries with what they carried, in some states since a moment."""
    return (
        select(*columns)
        .select_from(Delivery)
        .join(Push, and_(Push.tenant_id == Delivery.tenant_id, Push.id == Delivery.push_id))
        .join(Item, and_(Item.tenant_id == Push.tenant_id, Item.id == Push.item_id))
        .where(
            Delivery.tenant_id == bank_id(db),
            Delivery.updated_at >= since,
            # As the partial indexes say it, with no parameters, so that they are used.
            text(_IN_HAND if states == RECEIVED else _IN_HAND_OR_COMING),
            Delivery.state.in_(states),
        )
    )


def _within(query: Select[Any], staff_ids: Collection[UUID] | None) -> Select[Any]:
    return query if staff_ids is None else query.where(Delivery.employee_id.in_(staff_ids))


async def received(
    db: Read,
    *,
    since: datetime,
    staff_ids: Collection[UUID] | None = None,
    with_coming: bool = False,
) -> Received:
    """Return what each customer got since a moment; `with_coming` counts what is on its way.

    `staff_ids` is the reader's scope: what these employees sent; None is the whole bank.
    """
    sold = sells(Item.kind, Push.topic).label("sold")
    columns = [Delivery.customer_no, sold, func.count().label("times")]
    states = (*RECEIVED, *COMING) if with_coming else RECEIVED
    each = _within(_ledger(db, columns, since=since, states=states), staff_ids)
    per_customer = each.group_by(Delivery.customer_no, sold).subquery()
    rows = await db.execute(
        select(
            per_customer.c.sold, per_customer.c.times, func.array_agg(per_customer.c.customer_no)
        ).group_by(per_customer.c.sold, per_customer.c.times)
    )
    found: dict[bool, dict[int, BitMap]] = {}
    for is_selling, times, numbers in rows:
        found.setdefault(is_selling, {})[times] = BitMap(numbers)
    return Received(found)


async def by_content(
    db: Read, *, since: datetime, staff_ids: Collection[UUID] | None = None
) -> list[tuple[str, str, int]]:
    """Return (kind, topic, times received) of everything customers got, most first."""
    times = func.count().label("times")
    query = _ledger(db, [Item.kind, Push.topic, times], since=since, states=RECEIVED)
    query = _within(query, staff_ids).group_by(Item.kind, Push.topic)
    rows = await db.execute(query.order_by(times.desc(), Item.kind, Push.topic))
    return [(kind, topic, count) for kind, topic, count in rows]


async def by_employee(
    db: Read, *, since: datetime, staff_ids: Collection[UUID] | None = None
) -> dict[UUID, Feed]:
    """Return what each employee sent: a firing of a push is one post, whoever many got it.

    Of content shared without a push every link of a channel is one post; what re-sharing
    customers made is not.
    """
    sold = sells(Item.kind, Push.topic)
    fired = func.distinct(func.row(Delivery.push_id, Delivery.step))
    columns = [
        Delivery.employee_id,
        func.count(fired).filter(sold),
        func.count(fired).filter(~sold),
        func.count(),
    ]
    pushed = _within(_ledger(db, columns, since=since, states=RECEIVED), staff_ids)
    rows = await db.execute(
        pushed.where(Delivery.employee_id.is_not(None)).group_by(Delivery.employee_id)
    )
    shared = await _shared(db, since=since, staff_ids=staff_ids)
    found = {
        who: Feed(Mix(selling, service), shared.pop(who, Mix()), customers)
        for who, selling, service, customers in rows
    }
    return found | {who: Feed(Mix(), own, 0) for who, own in shared.items()}


async def _shared(
    db: Read, *, since: datetime, staff_ids: Collection[UUID] | None
) -> dict[UUID, Mix]:
    sold = sells(Item.kind, Item.topic)
    query = (
        select(Link.employee_id, func.count().filter(sold), func.count().filter(~sold))
        .join(Item, and_(Item.tenant_id == Link.tenant_id, Item.id == Link.item_id))
        .where(
            Link.tenant_id == bank_id(db),
            Link.created_at >= since,
            Link.push_id.is_(None),
            Link.parent_id.is_(None),
        )
        .group_by(Link.employee_id)
    )
    if staff_ids is not None:
        query = query.where(Link.employee_id.in_(staff_ids))
    return {who: Mix(selling, service) for who, selling, service in await db.execute(query)}


async def selling_pushes(db: Read, push_ids: Collection[UUID]) -> set[UUID]:
    """Return which of some pushes carry content that sells."""
    rows = await db.scalars(
        select(Push.id)
        .join(Item, and_(Item.tenant_id == Push.tenant_id, Item.id == Push.item_id))
        .where(Push.tenant_id == bank_id(db), Push.id.in_(push_ids), sells(Item.kind, Push.topic))
    )
    return set(rows)
