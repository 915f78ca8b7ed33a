"""Writes of the e-cards that codes of posters open: made for whoever has none yet."""

from collections.abc import Callable, Collection
from datetime import datetime
from uuid import UUID

from contenthub.db import Write
from contenthub.library.models import Item
from contenthub.library.queries_shareable import FailsRules
from contenthub.posters import contactcodes, queries
from contenthub.posters.template import Template
from contenthub.sharing import actions as sharing
from contenthub.sharing import queries_cards
from contenthub.sharing.actions_push import make_own_links
from contenthub.tenants import qualification
from contenthub.tenants import queries as tenants
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import settings_of


async def card_urls(
    db: Write,
    design: Template,
    item: Item,
    staff_ids: Collection[UUID],
    *,
    at: datetime,
    new_code: Callable[[], str],
) -> dict[UUID, str]:
    """Return the address of people's e-cards, where a design shows one; else nothing is read.

    Who has no card yet gets one by the poster's item: they were asked whether they may share it.

    Raises:
        NotLive, FailsRules: of the item, where a card is to be made.
    """
    if not contactcodes.shows_card(design):
        return {}
    codes = await queries_cards.codes(db, staff_ids)
    fresh = {one: new_code() for one in staff_ids if one not in codes}
    if fresh:
        codes |= await make_own_links(db, item, fresh, channel=queries_cards.CHANNEL, at=at)
    root = f"{settings_of(db).public_url}/c/"
    return {one: root + code for one, code in codes.items()}


async def card_url(db: Write, employee: Staff, *, at: datetime, code: str) -> str:
    """Return the address of an employee's e-card; its link is made with `code` at first.

    A card that they have stays when a rule of today stops the item behind its code: it shows
    who they are, and leaves that item out (queries_cards.py).

    Raises:
        NotLive, or Conflict with the reason when the employee may not share; FailsRules only
        where there is no card yet.
    """
    item = await queries.card_item(db, employee, at=at)
    try:
        link = await sharing.make_link(
            db, item, employee=employee, channel=queries_cards.CHANNEL, at=at, code=code
        )
        code = link.code
    except FailsRules:
        known = await queries_cards.codes(db, [employee.id])
        bank = await tenants.bank(db)
        why = qualification.why_not(employee, topic=item.topic, bank=bank, at=at)
        if why or employee.id not in known:
            raise
        code = known[employee.id]
    return f"{settings_of(db).public_url}/c/{code}"
