"""Reads of an employee's day that no roll-up holds: what they passed on, who came."""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select

from contenthub.db import Read
from contenthub.sharing.models import OwnShare, Signup
from contenthub.tenants.sealing import bank_id


async def shared_on(db: Read, staff_ids: Collection[UUID], *, on: date) -> dict[UUID, int]:
    """Return how often people passed links on, on a day; who did not is left out."""
    rows = await db.execute(
        select(OwnShare.employee_id, func.sum(OwnShare.times))
        .where(
            OwnShare.tenant_id == bank_id(db),
            OwnShare.employee_id.in_(staff_ids),
            OwnShare.day_on == on,
        )
        .group_by(OwnShare.employee_id)
    )
    return {row[0]: int(row[1]) for row in rows}


async def attended_between(
    db: Read, staff_ids: Collection[UUID], *, since: datetime, until: datetime
) -> dict[UUID, int]:
    """Return how many of people's customers came (or claimed) in a time; none is left out."""
    rows = await db.execute(
        select(Signup.employee_id, func.count())
        .where(
            Signup.tenant_id == bank_id(db),
            Signup.employee_id.in_(staff_ids),
            Signup.state == "attended",
            Signup.attended_at >= since,
            Signup.attended_at < until,
        )
        .group_by(Signup.employee_id)
    )
    return {row[0]: int(row[1]) for row in rows}


async def times_shared(db: Read, link_id: UUID) -> int:
    """Return how often a link's employee passed it on, in all."""
    found = select(func.sum(OwnShare.times)).where(
        OwnShare.tenant_id == bank_id(db), OwnShare.link_id == link_id
    )
    return int(await db.scalar(found) or 0)
