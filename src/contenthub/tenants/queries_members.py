"""Reads of a parent's members: sums that were written for it, and nothing of a member itself."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from contenthub.db import Platform, Read
from contenthub.tenants import memberfigures
from contenthub.tenants.memberfigures import Member
from contenthub.tenants.models_security import MemberFigure
from contenthub.tenants.sealing import bank_id


async def members(db: Read) -> list[Member]:
    """Return the own bank's members with their newest figures."""
    rows = await db.execute(
        select(
            MemberFigure.member_id,
            MemberFigure.member_name,
            MemberFigure.on,
            MemberFigure.name,
            MemberFigure.value,
        ).where(MemberFigure.tenant_id == bank_id(db))
    )
    return memberfigures.newest((r[0], r[1], r[2], r[3], r[4]) for r in rows)


# Sums by the platform's role, which may count people and read no name of one (migration 0015).
_COUNT = """
select m.id, m.name,
  (select count(*) from staff s where s.tenant_id = m.id and s.state = 'active'
     and s.operator_id is null) as people,
  (select count(*) from items i where i.tenant_id = m.id and i.state = 'live') as items,
  (select count(*) from pushes p where p.tenant_id = m.id and p.started_at >= :since) as pushes,
  coalesce(sum(d.views), 0)::bigint as views, coalesce(sum(d.leads), 0)::bigint as leads,
  coalesce(sum(d.signups), 0)::bigint as signups
from banks m left join employee_days d
  on d.tenant_id = m.id and d.day_on >= cast(:since as timestamptz)::date
where m.parent_id = :parent and m.state <> 'deleted' group by m.id, m.name
"""


async def counted(db: Platform, parent: UUID, *, since: datetime) -> list[dict[str, Any]]:
    """Return id, name and the sums of every member of a parent since an instant."""
    rows = await db.execute(text(_COUNT), {"parent": parent, "since": since})
    return [dict(row._mapping) for row in rows]


_STALE = """
select distinct m.parent_id from banks m where m.parent_id is not null and not exists (
  select 1 from member_figures f where f.tenant_id = m.parent_id and f.member_id = m.id
    and f.name = :stamp and f.value > :fresh)
"""
# What a member publishes or withdraws moves no link: it is found by the clock.
_STALE_KITS = """
select distinct k.tenant_id from kits k where k.state <> 'draft'
and exists (select 1 from banks m where m.parent_id = k.tenant_id)
and (k.figured_at is null or k.figured_at < :fresh or exists (
  select 1 from adopted_parts a
  where a.source_bank_id = k.tenant_id and a.updated_at > k.figured_at))
"""
KITS_FRESH = timedelta(minutes=10)


async def stale_parents(db: Platform, now: datetime) -> list[UUID]:
    """Return parents with figures older than an hour."""
    fresh = int(now.timestamp()) - memberfigures.REFRESH_SECONDS
    rows = await db.execute(text(_STALE), {"stamp": memberfigures.STAMP, "fresh": fresh})
    return list(rows.scalars())


async def parents_of_stale_kits(db: Platform, now: datetime) -> list[UUID]:
    """Return parents with kits counted over ten minutes ago, or that members moved since."""
    rows = await db.execute(text(_STALE_KITS), {"fresh": now - KITS_FRESH})
    return list(rows.scalars())
