"""A club at work: who got its tag joins, who lost it leaves, a portion in each transaction.

What is left to do is the difference of two bitmaps of the index, worked out anew each time: so a
worker that dies loses nothing and does nothing twice.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from pyroaring import BitMap
from sqlalchemy import select, text, update

from contenthub.customers import actions_tagging as tagging
from contenthub.customers import queries_bitmaps, queries_tags
from contenthub.customers.actions_audience import mark
from contenthub.customers.models import Customer
from contenthub.customers.models_clubs import Club, ClubMembership
from contenthub.customers.queries_members import club_key
from contenthub.db import Write
from contenthub.tenants import actions as tenants
from contenthub.tenants import actions_webhooks as webhooks
from contenthub.tenants.sealing import bank_id

STEP = 5_000
TOLD_AT_ONCE = 500
"""So many customers are named in one event to the bank's systems."""

_JOIN = text("""
insert into club_memberships (tenant_id, club_id, customer_no, joined_at, how, why_left)
select :bank, :club, w.no, :at, coalesce(c.source, 'hand'), ''
from unnest(cast(:nos as int[])) as w (no)
left join customer_tags c
  on c.tenant_id = :bank and c.tag_id = :tag and c.customer_no = w.no
on conflict do nothing
""")


class Moves(NamedTuple):
    """Who has to join a club and who to leave it, by the index; and who is a member so far."""

    joins: BitMap
    leaves: BitMap
    members: BitMap


async def take_step(db: Write, club_id: UUID, *, at: datetime) -> bool:
    """Do the next portion of a club's joins and leaves; return whether there are more.

    Nothing is done for a draft, or when another worker has the club.
    """
    club = await db.scalar(
        select(Club)
        .where(Club.tenant_id == bank_id(db), Club.id == club_id, Club.state != "draft")
        .with_for_update(skip_locked=True)
    )
    if club is None:
        return False
    club.checked_at = at
    tag = await queries_tags.tag(db, club.tag_id, with_deleted=True)
    if club.state == "open" and tag.deleted_at is not None:
        club.problem = (
            f"标签“{tag.name}”已删除或已合并，会员没有变动；请恢复它，或给俱乐部换一个标签"
        )
        await db.flush()
        return False
    club.problem = ""
    moves = await _moves(db, club)
    some = BitMap((moves.leaves | moves.joins)[:STEP])
    if some:
        # Their rows are held now, so what the index says of their tag is what it will say.
        there = BitMap(await tagging.lock(db, some))
        now = await _moves(db, club)
        await _write(db, club, now, joins=now.joins & there, leaves=now.leaves & some, at=at)
    await db.flush()
    return len(some) < len(moves.leaves) + len(moves.joins)


async def _moves(db: Write, club: Club) -> Moves:
    of_tag, of_club = ("tag", str(club.tag_id)), club_key(club)
    bits = await queries_bitmaps.whole(db, [of_tag, of_club])
    members = bits.get(of_club, BitMap())
    having = bits.get(of_tag, BitMap()) if club.state == "open" else BitMap()
    return Moves(having - members, members - having, members)


async def _write(
    db: Write, club: Club, now: Moves, *, joins: BitMap, leaves: BitMap, at: datetime
) -> None:
    if joins:
        facts = {"bank": bank_id(db), "club": club.id, "tag": club.tag_id, "at": at}
        await db.execute(_JOIN, {**facts, "nos": list(joins)})
    if leaves:
        await db.execute(
            update(ClubMembership)
            .where(
                ClubMembership.tenant_id == bank_id(db),
                ClubMembership.club_id == club.id,
                ClubMembership.customer_no.in_(list(leaves)),
                ClubMembership.left_at.is_(None),
            )
            .values(left_at=at, why_left="tag" if club.state == "open" else "closed")
        )
    if not joins and not leaves:
        return
    await mark(db, {club_key(club): joins}, {club_key(club): leaves})
    club.member_count = len((now.members | joins) - leaves)
    facts = {"name": club.name, "joined": len(joins), "left": len(leaves)}
    tenants.record(db, "club.moved", "club", club.id, by=None, at=at, **facts)
    await _tell(db, "club.joined", club, joins, at=at)
    await _tell(db, "club.left", club, leaves, at=at)


async def _tell(db: Write, event: str, club: Club, nos: Iterable[int], *, at: datetime) -> None:
    """Let the bank's systems hear who moved; of who was erased there is nothing to tell."""
    rows = await db.scalars(
        select(Customer.id)
        .where(Customer.tenant_id == bank_id(db), Customer.no.in_(list(nos)))
        .order_by(Customer.no)
    )
    ids = [str(one) for one in rows]
    for first in range(0, len(ids), TOLD_AT_ONCE):
        some = ids[first : first + TOLD_AT_ONCE]
        await webhooks.tell(db, event, at=at, club_id=club.id, customer_ids=some)
