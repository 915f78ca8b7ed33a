"""Writes of employees' e-cards: what they choose to show."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from contenthub.db import Write
from contenthub.errors import Invalid
from contenthub.library import queries as library
from contenthub.sharing import actions
from contenthub.sharing.models_cards import NameCard
from contenthub.sharing.queries_cards import CHANNEL
from contenthub.tenants import actions as tenants
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id

ITEMS_MAX = 6


async def write_card(
    db: Write,
    item_ids: Sequence[UUID],
    *,
    shows_phone: bool,
    by: Staff,
    at: datetime,
    new_code: Callable[[], str],
) -> NameCard:
    """Keep what an employee's card shows; each item gets their own link, for the credit.

    Raises:
        Invalid: more than six items. NotFound, NotLive, Conflict: an item they may not share.
    """
    wanted = list(dict.fromkeys(item_ids))
    if len(wanted) > ITEMS_MAX:
        raise Invalid.of("item_ids", f"名片上最多放 {ITEMS_MAX} 条内容，请去掉一些")
    for item_id in wanted:
        item = await library.item(db, item_id)
        await actions.make_link(db, item, employee=by, channel=CHANNEL, at=at, code=new_code())
    row = {"tenant_id": bank_id(db), "employee_id": by.id}
    facts = {"shows_phone": shows_phone, "item_ids": wanted, "updated_at": at}
    written = await db.scalars(
        insert(NameCard)
        .values(**row, **facts)
        .on_conflict_do_update(index_elements=list(row), set_=facts)
        .returning(NameCard)
        .execution_options(populate_existing=True)
    )
    tenants.record(
        db, "card.written", "staff", by.id, by=by, at=at, shows_phone=shows_phone, items=len(wanted)
    )
    return written.one()
