"""What the last 30 days brought to items, inside the viewer's data scope."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from contenthub.db import Read
from contenthub.library.itemfilter import QUIET_DAYS
from contenthub.sharing import queries_reports as reports
from contenthub.tenants import queries as tenants
from contenthub.tenants.models import Bank, Staff
from contenthub.web import bankdays


def first_day(bank: Bank, at: datetime) -> date:
    """Return the first of the last 30 days on the bank's clock."""
    return at.astimezone(ZoneInfo(bank.zone)).date() - timedelta(days=QUIET_DAYS - 1)


async def figures_of(
    db: Read, item_ids: Sequence[UUID], me: Staff, *, bank: Bank, at: datetime
) -> dict[UUID, reports.Figures]:
    """Return views and leads of some items; those that brought nothing are left out."""
    visible = await tenants.visible_staff_ids(db, me)
    wanted = reports.Wanted(staff_ids=visible, from_on=first_day(bank, at))
    return await reports.of_items(db, item_ids, wanted)


async def shares_of(
    db: Read, item_ids: Sequence[UUID], me: Staff, *, bank: Bank, at: datetime
) -> dict[UUID, int]:
    """Return how many links to some items were made; items without any are left out."""
    since = bankdays.start_of(first_day(bank, at), bank.zone)
    visible = await tenants.visible_staff_ids(db, me)
    return await reports.links_made(db, item_ids, since=since, staff_ids=visible)
