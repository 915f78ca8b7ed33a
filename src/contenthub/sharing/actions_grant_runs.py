"""Clubs' rights at work: each member is given theirs once a month, a portion a transaction.

Who lacks it is worked out anew each time, members less those who were given it: so a worker that
dies loses nothing, and the ledger's key keeps anybody from being given a month twice.
"""

from datetime import date, datetime
from uuid import UUID

from pyroaring import BitMap
from sqlalchemy import func, select, text

from contenthub.customers import actions_tagging as tagging
from contenthub.customers import queries_bitmaps, queries_clubs
from contenthub.customers.models_clubs import Club, ClubMembership
from contenthub.customers.queries_members import club_key
from contenthub.db import Write
from contenthub.library import queries as library
from contenthub.library.models import Item, Revision
from contenthub.library.queries import NotLive
from contenthub.sharing import queries_grants
from contenthub.sharing.actions_places import wait_for_turn
from contenthub.sharing.models_clubs import ClubRight
from contenthub.sharing.window import signup_closed
from contenthub.tenants import actions as tenants
from contenthub.tenants import queries as tenants_queries
from contenthub.tenants.sealing import bank_id

STEP = 5_000

_GRANT = text("""
insert into club_grants (tenant_id, right_id, month_on, customer_no, pieces, claimed, handed,
  granted_at)
select :bank, :right, :month, w.no, :pieces, 0, 0, :at from unnest(cast(:nos as int[])) as w (no)
on conflict do nothing
""")


async def take_step(db: Write, right_id: UUID, *, at: datetime) -> bool:
    """Give a right to the next members who lack it this month; return whether there are more.

    Nobody gets what is stopped, recalled or over, and nobody beyond its pieces.
    """
    right = await db.scalar(
        select(ClubRight)
        .where(
            ClubRight.tenant_id == bank_id(db),
            ClubRight.id == right_id,
            ClubRight.stopped_at.is_(None),
        )
        .with_for_update(skip_locked=True)
    )
    if right is None:
        return False
    right.checked_at = at
    club = await queries_clubs.club(db, right.club_id)
    try:
        item, revision = await library.live(db, right.item_id, at=at)
    except NotLive as error:
        right.problem, right.seen = error.detail, ""
    else:
        bank = await tenants_queries.bank(db)
        right.problem = signup_closed(revision.fields, zone=bank.zone, at=at).partition("，")[0]
        if club.state == "open" and not right.problem:
            return await _step(db, right, club, (item, revision), at=at)
        right.seen = ""
    await db.flush()
    return False


async def _step(
    db: Write, right: ClubRight, club: Club, shown: tuple[Item, Revision], *, at: datetime
) -> bool:
    item, revision = shown
    await wait_for_turn(db, item)
    on = await queries_grants.month(db, at=at)
    bank = await tenants_queries.bank(db)
    free = await queries_grants.free(db, item.id, revision, bank=bank, at=at)
    word = f"{on}:{revision.id}:{right.monthly}:{free}:{await _newest(db, club)}"
    if word == right.seen:
        return False
    members = await queries_bitmaps.united(db, [club_key(club)])
    lack = members - await queries_grants.granted(db, right.id, on=on)
    there = BitMap(await tagging.lock(db, lack[:STEP]))
    most = len(there) if free is None else min(len(there), free // right.monthly)
    await _give(db, right, item, there[:most], on=on, at=at)
    rest = len(lack) - most
    is_more = rest > 0 and most == len(there) > 0
    if not is_more:
        right.seen = word if not most else ""
        right.problem = f"份数不够：还有 {rest} 位会员没有发到，加份数后自动补发" if rest else ""
    await db.flush()
    return is_more


async def _newest(db: Write, club: Club) -> datetime | None:
    """Return when somebody joined a club last: before that nobody new lacks anything."""
    found: datetime | None = await db.scalar(
        select(func.max(ClubMembership.joined_at)).where(
            ClubMembership.tenant_id == bank_id(db), ClubMembership.club_id == club.id
        )
    )
    return found


async def _give(
    db: Write, right: ClubRight, item: Item, nos: BitMap, *, on: date, at: datetime
) -> None:
    if not nos:
        return
    facts = {"bank": bank_id(db), "right": right.id, "month": on, "pieces": right.monthly}
    await db.execute(_GRANT, {**facts, "nos": list(nos), "at": at})
    told = {"title": item.title, "month": f"{on:%Y-%m}", "customers": len(nos)}
    tenants.record(db, "club.granted", "club", right.club_id, by=None, at=at, **told)
