"""Reads of a club's members: who is one, who would be, how many joined and left by month."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pyroaring import BitMap
from sqlalchemy import select, text

from contenthub.customers import (
    queries_bitmaps,
    queries_preview,
    queries_rules,
    queries_tags,
    tagexpr,
)
from contenthub.customers.bitmaps import Key
from contenthub.customers.models import Customer
from contenthub.customers.models_clubs import Club, ClubMembership
from contenthub.customers.tagtree import ExpressionInvalid
from contenthub.db import Read
from contenthub.tenants.sealing import bank_id

MONTHS_SHOWN = 12

_MONTHS = text("""
select to_char(moved_at at time zone :zone, 'YYYY-MM') as month, sum(came), sum(went)
from (
  select joined_at as moved_at, 1 as came, 0 as went from club_memberships
  where tenant_id = :bank and club_id = :club
  union all
  select left_at, 0, 1 from club_memberships
  where tenant_id = :bank and club_id = :club and left_at is not null
) m group by 1 order by 1 desc limit :most
""")


@dataclass(frozen=True, slots=True)
class Month:
    """How many joined a club and left it within one month (YYYY-MM)."""

    month: str
    joined: int
    left: int


def club_key(club: Club) -> Key:
    """Return the key of the index that holds a club's members."""
    return ("club", str(club.id))


async def members(db: Read, club: Club, *, owner_ids: set[UUID] | None) -> BitMap:
    """Return the numbers of a club's members within `owner_ids` (the viewer's scope)."""
    found = await queries_bitmaps.united(db, [club_key(club)])
    return found & await queries_preview.in_scope(db, owner_ids)


async def member_rows(
    db: Read, club: Club, some: BitMap, *, after: int = 0, limit: int = 50
) -> Sequence[tuple[Customer, ClubMembership]]:
    """Return members of `some` by number, after `after`, with when and how they joined."""
    start = some.rank(after)
    rows = await db.execute(
        select(Customer, ClubMembership)
        .join(
            ClubMembership,
            (ClubMembership.tenant_id == Customer.tenant_id)
            & (ClubMembership.customer_no == Customer.no),
        )
        .where(
            Customer.tenant_id == bank_id(db),
            Customer.no.in_(list(some[start : start + limit])),
            ClubMembership.club_id == club.id,
            ClubMembership.left_at.is_(None),
        )
        .order_by(Customer.no)
    )
    return [(row[0], row[1]) for row in rows]


async def months(db: Read, club: Club, *, zone: str) -> list[Month]:
    """Return the last months of the bank's clock in which anybody joined or left, newest first."""
    facts = {"bank": bank_id(db), "club": club.id, "zone": zone, "most": MONTHS_SHOWN}
    return [Month(*row) for row in await db.execute(_MONTHS, facts)]


async def expected(db: Read, club: Club, *, at: datetime) -> int:
    """Return how many would be members if the club were open and its rule were on."""
    having = await queries_bitmaps.united(db, [("tag", str(club.tag_id))])
    rule = await queries_rules.rule(db, club.rule_id, with_deleted=True) if club.rule_id else None
    tag = await queries_tags.tag(db, club.tag_id, with_deleted=True)
    if rule is None or rule.deleted_at or tag.deleted_at or rule.tag_id != club.tag_id:
        return len(having)
    try:
        node = tagexpr.parse(rule.expr)
        plan = await queries_rules.plan(
            db, rule, node, days=rule.keep_days or tag.holds_days, at=at
        )
    except ExpressionInvalid:
        return len(having)
    return len((having | plan.gain) - plan.lose)
