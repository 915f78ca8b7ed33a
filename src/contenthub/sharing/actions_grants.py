"""Writes of what clubs give: a right added or stopped, a piece claimed, handed over, taken back."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from contenthub.customers import queries as customers
from contenthub.customers import queries_clubs
from contenthub.customers.models import Customer
from contenthub.db import Write, new_id
from contenthub.errors import Conflict, Invalid
from contenthub.library import queries as library
from contenthub.library.models import Item
from contenthub.queue import enqueue
from contenthub.sharing import queries_grants
from contenthub.sharing.models_clubs import ClubGrant, ClubRight
from contenthub.sharing.phones import mobile
from contenthub.tenants import actions as tenants
from contenthub.tenants import queries as tenants_queries
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id

JOB = "sharing.grant_rights"
MONTHLY_MOST = 31


async def add_right(
    db: Write, club_id: UUID, item_id: UUID, *, monthly: int, by: Staff, at: datetime
) -> ClubRight:
    """Let a club give its members a right every month; one that was stopped goes on.

    From now on only who was given it can claim it on its page.

    Raises:
        Invalid: no right (`item_id`), the club gives it already, or a number of pieces that is
        not 1 to 31 or more than the right allows a person a month (`monthly`).
        NotLive: the right is not live. NotFound: the club or the right.
    """
    club = await queries_clubs.club(db, club_id)
    item, revision = await library.live(db, item_id, at=at)
    if item.kind != "right":
        raise Invalid.of("item_id", f"“{item.title}”不是权益，请选一项已发布的权益")
    allowed = revision.fields.get("monthly_per_person")
    most = min(allowed, MONTHLY_MOST) if isinstance(allowed, int) and allowed else MONTHLY_MOST
    if not 1 <= monthly <= most:
        why = f"：这项权益每人每月可领 {most} 份" if most == allowed else ""
        asked = "1" if most == 1 else f"1 到 {most} 的整数"
        raise Invalid.of("monthly", f"每位会员每月份数请填 {asked}{why}")
    made = await db.scalar(
        select(ClubRight)
        .where(
            ClubRight.tenant_id == bank_id(db),
            ClubRight.club_id == club.id,
            ClubRight.item_id == item.id,
        )
        .with_for_update()
    )
    if made is not None and made.stopped_at is None:
        raise Invalid.of("item_id", f"“{item.title}”已经是这个俱乐部的权益")
    if made is None:
        made = ClubRight(
            tenant_id=bank_id(db), id=new_id(), club_id=club.id, item_id=item.id, added_at=at
        )
        db.add(made)
    made.monthly, made.added_by = monthly, by.id
    made.stopped_at, made.checked_at, made.seen, made.problem = None, None, "", ""
    await db.flush()
    facts = {"name": club.name, "title": item.title, "pieces": monthly}
    tenants.record(db, "club.right_added", "club", club.id, by=by, at=at, **facts)
    enqueue(db, JOB)
    return made


async def stop_right(db: Write, right_id: UUID, *, by: Staff, at: datetime) -> ClubRight:
    """Let a club give a right no more; what was given holds until the month ends.

    Raises:
        Conflict: it is stopped. NotFound.
    """
    found = await queries_grants.right(db, right_id, lock=True)
    if found.stopped_at is not None:
        raise Conflict("这项权益已经停止发放")
    found.stopped_at = at
    await db.flush()
    club = await queries_clubs.club(db, found.club_id)
    item = await library.item(db, found.item_id)
    facts = {"name": club.name, "title": item.title}
    tenants.record(db, "club.right_stopped", "club", club.id, by=by, at=at, **facts)
    return found


async def claim(db: Write, item: Item, *, phone: str, at: datetime) -> None:
    """Count a piece that a member claims on a right's page; nothing for a right of no club.

    The caller holds the item's turn (`actions_places.wait_for_turn`).

    Raises:
        Conflict: the phone's owner has no piece of it left this month, or is no member.
    """
    if not await queries_grants.is_for_members(db, item.id):
        return
    known = await customers.by_phone(db, mobile(phone))
    grant = await _piece_of(db, item, known, at=at) if known is not None else None
    if grant is None:
        raise Conflict(queries_grants.NOT_A_MEMBER)
    grant.claimed += 1
    await db.flush()


async def _piece_of(db: Write, item: Item, customer: Customer, *, at: datetime) -> ClubGrant | None:
    found: ClubGrant | None = await db.scalar(
        select(ClubGrant)
        .join(
            ClubRight,
            (ClubRight.tenant_id == ClubGrant.tenant_id) & (ClubRight.id == ClubGrant.right_id),
        )
        .where(
            ClubGrant.tenant_id == bank_id(db),
            ClubRight.item_id == item.id,
            ClubGrant.month_on == await queries_grants.month(db, at=at),
            ClubGrant.customer_no == customer.no,
            ClubGrant.claimed + ClubGrant.handed < ClubGrant.pieces,
        )
        .order_by(ClubGrant.right_id)
        .limit(1)
        .with_for_update(of=ClubGrant)
    )
    return found


async def hand_over(
    db: Write, right_id: UUID, customer_id: UUID, *, by: Staff, at: datetime
) -> ClubGrant:
    """Note that a member in the actor's reach was handed a piece of this month.

    Raises:
        Conflict: none is left, the customer was not given it this month, or (NotLive) the right
        is recalled or over. NotFound: the right or the customer.
    """
    right = await queries_grants.right(db, right_id)
    await library.live(db, right.item_id, at=at)
    customer, grant = await _grant(db, right, customer_id, by=by, at=at)
    if grant.claimed + grant.handed >= grant.pieces:
        raise Conflict("这位会员本月的份数已经领完或送完")
    grant.handed += 1
    grant.handed_by, grant.handed_at = by.id, at
    await db.flush()
    title = (await library.item(db, right.item_id)).title
    tenants.record(db, "club.handed_over", "customer", customer.id, by=by, at=at, title=title)
    return grant


async def take_back(
    db: Write, right_id: UUID, customer_id: UUID, *, by: Staff, at: datetime
) -> ClubGrant:
    """Undo `hand_over` of one piece, within its month.

    Raises:
        Conflict: none was handed over, or as `hand_over`. NotFound: as `hand_over`.
    """
    right = await queries_grants.right(db, right_id)
    customer, grant = await _grant(db, right, customer_id, by=by, at=at)
    if grant.handed == 0:
        raise Conflict("这位会员本月没有登记过送达，不用撤销")
    grant.handed -= 1
    await db.flush()
    title = (await library.item(db, right.item_id)).title
    tenants.record(db, "club.taken_back", "customer", customer.id, by=by, at=at, title=title)
    return grant


async def _grant(
    db: Write, right: ClubRight, customer_id: UUID, *, by: Staff, at: datetime
) -> tuple[Customer, ClubGrant]:
    reach = await tenants_queries.visible_staff_ids(db, by)
    customer = await customers.customer(db, customer_id, owner_ids=reach)
    key = (bank_id(db), right.id, await queries_grants.month(db, at=at), customer.no)
    grant = await db.get(ClubGrant, key, with_for_update=True, populate_existing=True)
    if grant is None:
        raise Conflict("这位客户本月没有这项会员权益")
    return customer, grant
