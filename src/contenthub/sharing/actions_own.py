"""Writes of what an employee passed on by hand: a poster saved, a link copied or sent."""

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert

from contenthub.db import Write
from contenthub.errors import NotFound
from contenthub.library import actions_signals as library_signals
from contenthub.sharing.models import Link, OwnShare
from contenthub.tenants import queries as tenants
from contenthub.tenants.bankday import bank_day
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id


async def note_share(db: Write, link: Link, *, by: Staff, at: datetime) -> int:
    """Count that an employee passed their own link on; return how often they did that day.

    It is what the employee did on our page: whether it was sent, no messenger tells.
    Raises NotFound for another's link.
    """
    if link.employee_id != by.id:
        raise NotFound("没有找到这个分享链接")
    bank = await tenants.bank(db)
    day = bank_day(bank, at)
    row = {"tenant_id": bank_id(db), "link_id": link.id, "day_on": day}
    times = await db.scalar(
        insert(OwnShare)
        .values(**row, employee_id=by.id, times=1, last_at=at)
        .on_conflict_do_update(
            index_elements=list(row), set_={"times": OwnShare.times + 1, "last_at": at}
        )
        .returning(OwnShare.times)
    )
    await library_signals.shared(db, link.item_id, at=at)
    return int(times or 0)
