"""Reads of what became of items that are gone: for those who shared them, and for the console."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Integer, and_, bindparam, func, select, text

from contenthub.db import Read
from contenthub.library.models import Item
from contenthub.scheduler.models_gone import ItemStop, Notice
from contenthub.tenants.sealing import BANK, bank_id

OPEN_MAX = 50

# A push that was under way belongs to the newest stop before its end. What was skipped because
# of it counts whoever skipped it: the stop itself, or a send that looked again just before.
_LEDGER = """
select s.id,
  count(*) filter (where d.state = 'skipped' and d.reason = 'content_gone'),
  count(*) filter (where d.state = 'skipped' and d.reason = 'cancelled'),
  count(*) filter (where d.state in ('claimed', 'sending', 'submitted'))
from item_stops s
join pushes p on p.tenant_id = s.tenant_id and p.item_id = s.item_id
  and p.finished_at >= s.gone_at
join deliveries d on d.tenant_id = p.tenant_id and d.push_id = p.id
where s.tenant_id = :tenant and s.item_id = :item and not exists (
  select 1 from item_stops t where t.tenant_id = s.tenant_id and t.item_id = s.item_id
    and t.gone_at > s.gone_at and t.gone_at <= p.finished_at)
group by s.id
"""


_SEEN = (
    select(func.count())
    .where(
        Notice.tenant_id == ItemStop.tenant_id,
        Notice.stop_id == ItemStop.id,
        Notice.seen_at.is_not(None),
    )
    .scalar_subquery()
)
_STOPS = (
    select(ItemStop, _SEEN)
    .where(ItemStop.tenant_id == BANK, ItemStop.item_id == bindparam("item"))
    .order_by(ItemStop.gone_at.desc())
    .limit(bindparam("limit", type_=Integer))
)


@dataclass(frozen=True, slots=True)
class Told:
    """One recall or expiry carried through, and how many of those who were told have seen it.

    `taken_back` messages were with employees already and were withdrawn before anybody sent
    them, `open` ones are still with them: the channel is being asked.
    """

    stop: ItemStop
    seen: int
    stopped: int = 0
    """Messages that never went to an employee."""
    taken_back: int = 0
    open: int = 0


@dataclass(frozen=True, slots=True)
class OpenNotice:
    """What an employee was told of an item and has not seen yet, and the item as it is now."""

    notice: Notice
    stop: ItemStop
    item: Item

    @property
    def is_back(self) -> bool:
        """Whether the item is live again: what was told holds no more."""
        return self.item.live_revision_id is not None


async def open_notices(
    db: Read, employee_id: UUID, *, limit: int = OPEN_MAX
) -> Sequence[OpenNotice]:
    """Return what an employee was told and has not seen yet, the newest first."""
    rows = await db.execute(
        select(Notice, ItemStop, Item)
        .join(
            ItemStop,
            and_(ItemStop.tenant_id == Notice.tenant_id, ItemStop.id == Notice.stop_id),
        )
        .join(Item, and_(Item.tenant_id == ItemStop.tenant_id, Item.id == ItemStop.item_id))
        .where(
            Notice.tenant_id == bank_id(db),
            Notice.employee_id == employee_id,
            Notice.seen_at.is_(None),
        )
        .order_by(Notice.created_at.desc(), Notice.id.desc())
        .limit(limit)
    )
    return [OpenNotice(*row) for row in rows]


async def stops_of(db: Read, item_id: UUID, *, limit: int = 20) -> list[Told]:
    """Return the recalls and expiries of an item, the newest first."""
    rows = await db.execute(_STOPS, {"bank": bank_id(db), "item": item_id, "limit": limit})
    found = [(row[0], int(row[1])) for row in rows]
    ledger = await ledger_of(db, item_id) if found else {}
    return [Told(stop, seen, *ledger.get(stop.id, (0, 0, 0))) for stop, seen in found]


async def ledger_of(db: Read, item_id: UUID) -> dict[UUID, tuple[int, int, int]]:
    """Return stop -> messages that never went out, that were withdrawn, that still are out."""
    rows = await db.execute(text(_LEDGER), {"tenant": bank_id(db), "item": item_id})
    return {row[0]: (int(row[1]), int(row[2]), int(row[3])) for row in rows}
