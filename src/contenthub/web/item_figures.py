"""What the last 30 days brought to items, inside the viewer's data scope."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from contenthub.db import Read
from contenthub.library.itemfilter import QUIET_DAYS
from contenthub.sharing import queries_reports as reports
from contenthub.tenants import queries as tenants
from contenthub.tenants.bankday import bank_day
from contenthub.tenants.models import Bank, Staff
from contenthub.web import bankdays


async def figures_of(
    db: Read, item_ids: Sequence[UUID], me: Staff, *, bank: Bank, at: datetime
) -> dict[UUID, reports.Figures]:
    """Return what some items brought, `links` among it; those that brought nothing are left out."""
    first = bank_day(bank, at) - timedelta(days=QUIET_DAYS - 1)
    return await reports.of_items(
        db,
        item_ids,
        from_on=first,
        since=bankdays.start_of(first, bank.zone),
        staff_ids=await tenants.visible_staff_ids(db, me),
    )
