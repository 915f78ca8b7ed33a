"""Reads of links and of what a landing page shows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from contenthub.db import Read
from contenthub.errors import NotFound
from contenthub.library import queries_outside
from contenthub.library.lint import Hit
from contenthub.library.models import Revision
from contenthub.sharing import claims, seating, signupstates
from contenthub.sharing.codes import normalise
from contenthub.sharing.models import Lead, Link, LinkStat, Signup
from contenthub.sharing.window import monthly_places, places
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id

_SUCCESSIONS = 8


async def link(db: Read, link_id: UUID) -> Link:
    """Return a link by id; raises NotFound."""
    found = await db.get(Link, (bank_id(db), link_id))
    if found is None:
        raise NotFound("没有找到这个分享链接")
    return found


async def link_by_code(db: Read, code: str) -> Link:
    """Return a link by its code in any spelling; raises NotFound."""
    rows = await db.execute(
        select(Link).where(Link.tenant_id == bank_id(db), Link.code == (normalise(code) or ""))
    )
    found = rows.scalar_one_or_none()
    if found is None:
        raise NotFound("没有找到这个分享链接")
    return found


async def stat(db: Read, link_id: UUID) -> LinkStat:
    """Return what a link brought so far; all zero before the first visit."""
    found = await db.get(LinkStat, (bank_id(db), link_id))
    zeros = dict.fromkeys(
        (
            "fetches",
            "views",
            "leads",
            "signups",
            "shares",
            "sub_views",
            "sub_leads",
            "sub_signups",
        ),
        0,
    )
    return found or LinkStat(tenant_id=bank_id(db), link_id=link_id, **zeros)


async def chain_above(db: Read, link: Link) -> Sequence[tuple[UUID, UUID | None]]:
    """Return (id, visitor) of the link's ancestors and itself, root first."""
    rows = await db.execute(
        select(Link.id, Link.visitor_id).where(
            Link.tenant_id == bank_id(db), Link.id.in_([*link.path, link.id])
        )
    )
    makers = {link_id: visitor for link_id, visitor in rows}
    return [(i, makers.get(i)) for i in (*link.path, link.id)]


async def credited(db: Read, employee_id: UUID) -> Staff:
    """Return who serves what a link brings now: the sharer, or the successor of one who left."""
    found: Staff | None = None
    wanted: UUID | None = employee_id
    for _ in range(_SUCCESSIONS):
        found = await db.get(Staff, (bank_id(db), wanted))
        if found is None or found.state != "resigned" or found.successor_id is None:
            break
        wanted = found.successor_id
    if found is None:
        raise NotFound("没有找到这位员工")
    return found


async def places_left(
    db: Read, item_id: UUID, fields: Mapping[str, Any], *, zone: str, at: datetime
) -> int | None:
    """Return how many places of an activity, or pieces of a right, are left; None for any number.

    A right with pieces for a month has no more left than those of the bank's month.
    """
    total, monthly = places(fields), monthly_places(fields)
    left = None if total is None else total - await seats_taken(db, item_id)
    if monthly is not None:
        since = claims.month_begin(at, zone)
        of_month = monthly - await seats_taken(db, item_id, since=since)
        left = of_month if left is None else min(left, of_month)
    return None if left is None else max(0, left)


async def seats_taken(db: Read, item_id: UUID, *, since: datetime | None = None) -> int:
    """Return how many places of an activity, pieces of a right, are taken; cancelled are not."""
    counted = select(func.coalesce(func.sum(Signup.seats), 0)).where(
        Signup.tenant_id == bank_id(db),
        Signup.item_id == item_id,
        Signup.state.in_(signupstates.HELD),
    )
    if since is not None:
        counted = counted.where(Signup.created_at >= since)
    return int(await db.scalar(counted) or 0)


@queries_outside.finder
async def seat_hits(db: Read, revision: Revision) -> list[Hit]:
    """Return what is found in a wording because more people have a place than it has."""
    if not seating.field_of(revision.kind, revision.fields):
        return []
    taken = await seats_taken(db, revision.item_id)
    return seating.short_hits(revision.kind, revision.topic, revision.fields, taken=taken)


async def held_by(db: Read, item_id: UUID, visitor_id: UUID) -> Sequence[Signup]:
    """Return what a browser signed up for of an activity and may still change, newest first."""
    rows = await db.scalars(
        select(Signup)
        .where(
            Signup.tenant_id == bank_id(db),
            Signup.item_id == item_id,
            Signup.visitor_id == visitor_id,
            Signup.state.in_(signupstates.OPEN),
        )
        .order_by(Signup.created_at.desc())
    )
    return rows.all()


async def is_within(db: Read, link: Link, staff_ids: set[UUID]) -> bool:
    """Return whether the link was shared, or is served now (`credited`), by one of some staff."""
    if link.employee_id in staff_ids:
        return True
    return (await credited(db, link.employee_id)).id in staff_ids


async def lead(db: Read, lead_id: UUID, *, lock: bool = False) -> Lead:
    """Return a lead; raises NotFound. With `lock`, nobody else changes it meanwhile."""
    found = await db.get(Lead, (bank_id(db), lead_id), with_for_update=lock or None)
    if found is None:
        raise NotFound("没有找到这条线索")
    return found


async def latest_leads(
    db: Read, *, employee_ids: set[UUID] | None, limit: int = 20
) -> Sequence[Lead]:
    """Return the newest leads of some employees, or of the whole bank for None."""
    query = select(Lead).where(Lead.tenant_id == bank_id(db))
    if employee_ids is not None:
        query = query.where(Lead.employee_id.in_(employee_ids))
    rows = await db.scalars(query.order_by(Lead.id.desc()).limit(limit))
    return rows.all()
