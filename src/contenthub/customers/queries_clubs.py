"""Reads of clubs: the bank's, by name, and those of one customer."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import select

from contenthub.customers.models import Tag
from contenthub.customers.models_clubs import Club, ClubMembership
from contenthub.db import Read
from contenthub.errors import NotFound
from contenthub.tenants.sealing import bank_id


async def club(db: Read, club_id: UUID, *, lock: bool = False) -> Club:
    """Return one club; raises NotFound."""
    found = await db.get(
        Club, (bank_id(db), club_id), with_for_update=lock or None, populate_existing=lock
    )
    if found is None:
        raise NotFound("没有找到这个俱乐部，请刷新后再试")
    return found


async def clubs(db: Read) -> Sequence[tuple[Club, Tag]]:
    """Return the bank's clubs with their tags, by name."""
    rows = await db.execute(
        select(Club, Tag)
        .join(Tag, (Tag.tenant_id == Club.tenant_id) & (Tag.id == Club.tag_id))
        .where(Club.tenant_id == bank_id(db))
        .order_by(Club.name)
    )
    return [(row[0], row[1]) for row in rows]


async def by_name(db: Read, names: Collection[str]) -> dict[str, Club]:
    """Return the clubs of some names; unknown ones are absent."""
    if not names:
        return {}
    rows = await db.scalars(select(Club).where(Club.tenant_id == bank_id(db), Club.name.in_(names)))
    return {one.name: one for one in rows}


async def of_customer(db: Read, customer_no: int) -> Sequence[tuple[Club, ClubMembership]]:
    """Return every time a customer was a member of a club, the newest first."""
    rows = await db.execute(
        select(Club, ClubMembership)
        .join(
            ClubMembership,
            (ClubMembership.tenant_id == Club.tenant_id) & (ClubMembership.club_id == Club.id),
        )
        .where(Club.tenant_id == bank_id(db), ClubMembership.customer_no == customer_no)
        .order_by(ClubMembership.joined_at.desc())
    )
    return [(row[0], row[1]) for row in rows]
