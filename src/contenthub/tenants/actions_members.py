"""Writes of a parent's figures of its members, by the platform's role."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from contenthub.db import Platform
from contenthub.tenants import memberfigures, queries_members
from contenthub.tenants.bankday import bank_day
from contenthub.tenants.models import Bank
from contenthub.tenants.models_security import MemberFigure

KEEP = timedelta(days=400)


async def gather(db: Platform, parent: UUID, *, at: datetime) -> int:
    """Write today's figures of a parent's members; return how many members it has.

    What a bank that is no member any more left behind goes.
    """
    bank = await db.get(Bank, parent)
    if bank is None:
        return 0
    on = bank_day(bank, at)
    since = at - timedelta(days=memberfigures.DAYS)
    found = await queries_members.counted(db, parent, since=since)
    values = [
        {
            "tenant_id": parent,
            "member_id": row["id"],
            "on": on,
            "name": name,
            "member_name": row["name"],
            "value": int(at.timestamp()) if name == memberfigures.STAMP else row[name],
        }
        for row in found
        for name in (*memberfigures.FIGURES, memberfigures.STAMP)
    ]
    if values:
        added = insert(MemberFigure).values(values)
        await db.execute(
            added.on_conflict_do_update(
                index_elements=["tenant_id", "member_id", "on", "name"],
                set_={"value": added.excluded.value, "member_name": added.excluded.member_name},
            )
        )
    mine = select(Bank.id).where(Bank.parent_id == parent)
    await db.execute(
        delete(MemberFigure).where(
            MemberFigure.tenant_id == parent,
            (MemberFigure.on < on - KEEP) | MemberFigure.member_id.not_in(mine),
        )
    )
    return len(found)
