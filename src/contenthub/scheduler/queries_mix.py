"""Reads of what customers received and employees sent: how much of it sold (library/mix.py).

Firings that are over were summed once (models_mix.py); the others are counted from the ledger
as they are now, so that every answer is of this moment.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

from pyroaring import BitMap
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    Select,
    Uuid,
    and_,
    cast,
    func,
    or_,
    select,
    true,
    union_all,
)

from contenthub.db import Read
from contenthub.library import mix
from contenthub.library.mix import Mix
from contenthub.library.models import Item
from contenthub.scheduler.models import Delivery, Occurrence, Push
from contenthub.scheduler.models_mix import ReceivedSum
from contenthub.sharing.models import Link
from contenthub.tenants.sealing import bank_id

RECEIVED = ("confirmed", "delivered")
"""States of a delivery that a customer has in hand, as far as WeCom says."""
COMING = ("planned", "claimed", "sending", "submitted", "unknown")
"""States of a delivery that is on its way to a customer."""


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


async def _open_firings(db: Read) -> Any:
    """Return the (push, step) of firings that are not summed yet, as a table to join.

    Asked first and then named: a plan made for a table with few of them left may not know it,
    and would read the whole ledger.
    """
    rows = await db.execute(
        select(Occurrence.push_id, Occurrence.step).where(
            Occurrence.tenant_id == bank_id(db), Occurrence.summed_at.is_(None)
        )
    )
    pairs = rows.all()
    pushes = cast([push_id for push_id, _ in pairs], ARRAY(Uuid))
    steps = cast([step for _, step in pairs], ARRAY(Integer))
    return (
        func.unnest(pushes, steps)
        .table_valued("push_id", "step")
        .render_derived(name="open_firings")
    )


async def _open_sent(
    db: Read,
    *,
    since: datetime,
    staff_ids: Collection[UUID] | None,
    states: tuple[str, ...] = RECEIVED,
) -> Any:
    """Return the deliveries in some states since a moment, of firings not summed, as a table.

    Firing by firing, which `offset 0` holds the planner to: it cannot know how few they are.
    """
    firings = await _open_firings(db)
    columns: list[Any] = [Delivery.push_id, Delivery.step]
    columns += [Delivery.employee_id, Delivery.customer_no]
    each: Select[Any] = select(*columns).where(
        Delivery.tenant_id == bank_id(db),
        Delivery.push_id == firings.c.push_id,
        Delivery.step == firings.c.step,
        Delivery.updated_at >= since,
        Delivery.state.in_(states),
    )
    sent = _within(each, Delivery.employee_id, staff_ids).offset(0).lateral()
    return select(sent).select_from(firings.join(sent, true())).subquery()


def _sums(db: Read, columns: list[Any], *, since: datetime) -> Select[Any]:
    """Return a select of the sums of firings that are over, since a moment."""
    return select(*columns).where(ReceivedSum.tenant_id == bank_id(db), ReceivedSum.at >= since)


def _carried(query: Any, push_id: Any, tenant_id: UUID) -> Any:  # any select, same select back
    """Join what a push carries to something that names the push."""
    return query.join(Push, and_(Push.tenant_id == tenant_id, Push.id == push_id)).join(
        Item, and_(Item.tenant_id == Push.tenant_id, Item.id == Push.item_id)
    )


async def _parts(db: Read, *, since: datetime, staff_ids: Collection[UUID] | None) -> Any:
    """Return (push, step, employee, customers) of all that was received, as a subquery.

    A firing that is over is a row a moment and employee; one that is not is counted here.
    """
    over = [ReceivedSum.push_id, ReceivedSum.step, ReceivedSum.employee_id, ReceivedSum.customers]
    summed = _within(_sums(db, over, since=since), ReceivedSum.employee_id, staff_ids)
    sent = await _open_sent(db, since=since, staff_ids=staff_ids)
    still = [sent.c.push_id, sent.c.step, sent.c.employee_id]
    each = select(*still, func.count().label("customers")).group_by(*still)
    return union_all(summed, each).subquery()


def _within(query: Select[Any], column: Any, staff_ids: Collection[UUID] | None) -> Select[Any]:
    return query if staff_ids is None else query.where(column.in_(staff_ids))


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
    found: dict[bool, list[BitMap]] = {True: [], False: []}
    for is_selling, firings in (await _summed(db, since=since, staff_ids=staff_ids)).items():
        found[is_selling] += firings
    sold = sells(Item.kind, Push.topic).label("sold")
    states = (*RECEIVED, *COMING) if with_coming else RECEIVED
    sent = await _open_sent(db, since=since, staff_ids=staff_ids, states=states)
    each = _carried(
        select(sent.c.customer_no, sold, func.count().label("times")).select_from(sent),
        sent.c.push_id,
        bank_id(db),
    )
    per_customer = each.group_by(sent.c.customer_no, sold).subquery()
    rows = await db.execute(
        select(
            per_customer.c.sold, per_customer.c.times, func.array_agg(per_customer.c.customer_no)
        ).group_by(per_customer.c.sold, per_customer.c.times)
    )
    for is_selling, times, numbers in rows:
        found[is_selling] += [BitMap(numbers)] * times
    return Received({sold: counted(firings) for sold, firings in found.items()})


async def _summed(
    db: Read, *, since: datetime, staff_ids: Collection[UUID] | None
) -> dict[bool, list[BitMap]]:
    """Return who got each firing that is over, by whether it sells."""
    columns = [sells(Item.kind, Push.topic), ReceivedSum.push_id, ReceivedSum.step]
    query = _sums(db, [*columns, ReceivedSum.who], since=since)
    query = _carried(query, ReceivedSum.push_id, bank_id(db))
    query = _within(query, ReceivedSum.employee_id, staff_ids)
    firings: dict[tuple[bool, UUID, int], list[BitMap]] = {}
    for is_selling, push_id, step, who in await db.execute(query):
        # Nobody is twice in one firing: its parts are one set.
        firings.setdefault((is_selling, push_id, step), []).append(BitMap.deserialize(who))
    found: dict[bool, list[BitMap]] = {}
    for (is_selling, _, _), parts in firings.items():
        found.setdefault(is_selling, []).append(BitMap.union(*parts))
    return found


def counted(sets: Iterable[BitMap]) -> dict[int, BitMap]:
    """Return how many of some sets each number is in: times -> numbers.

    `levels[n]` holds who is in more than n of the sets seen so far.
    """
    levels: list[BitMap] = []
    for each in sets:
        carried = each
        for place, level in enumerate(levels):
            levels[place], carried = level | carried, level & carried
            if not carried:
                break
        if carried:
            levels.append(carried)
    steps = enumerate(pairwise([*levels, BitMap()]), start=1)
    return {times: exactly for times, (level, above) in steps if (exactly := level - above)}


async def by_content(
    db: Read, *, since: datetime, staff_ids: Collection[UUID] | None = None
) -> list[tuple[str, str, int]]:
    """Return (kind, topic, times received) of everything customers got, most first."""
    parts = await _parts(db, since=since, staff_ids=staff_ids)
    times = func.sum(parts.c.customers).label("times")
    query = _carried(
        select(Item.kind, Push.topic, times).select_from(parts), parts.c.push_id, bank_id(db)
    ).group_by(Item.kind, Push.topic)
    rows = await db.execute(query.order_by(times.desc(), Item.kind, Push.topic))
    return [(kind, topic, int(count)) for kind, topic, count in rows]


async def by_employee(
    db: Read, *, since: datetime, staff_ids: Collection[UUID] | None = None
) -> dict[UUID, Feed]:
    """Return what each employee sent: a firing of a push is one post, whoever many got it.

    Of content shared without a push every link of a channel is one post; what re-sharing
    customers made is not.
    """
    sold = sells(Item.kind, Push.topic)
    parts = await _parts(db, since=since, staff_ids=staff_ids)
    fired = func.distinct(func.row(parts.c.push_id, parts.c.step))
    columns = [
        parts.c.employee_id,
        func.count(fired).filter(sold),
        func.count(fired).filter(~sold),
        func.sum(parts.c.customers),
    ]
    pushed = _carried(select(*columns).select_from(parts), parts.c.push_id, bank_id(db))
    rows = await db.execute(
        pushed.where(parts.c.employee_id.is_not(None)).group_by(parts.c.employee_id)
    )
    shared = await _shared(db, since=since, staff_ids=staff_ids)
    found = {
        who: Feed(Mix(selling, service), shared.pop(who, Mix()), int(customers))
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
