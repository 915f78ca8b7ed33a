"""Reads of what clubs give: their rights, who has pieces left this month, what is still free."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from pyroaring import BitMap
from sqlalchemy import func, select

from contenthub.customers.models import Customer
from contenthub.customers.models_clubs import Club
from contenthub.db import Read
from contenthub.errors import NotFound
from contenthub.library import queries_shareable
from contenthub.library.models import Item, Revision
from contenthub.sharing import claims, queries, window
from contenthub.sharing.models_clubs import ClubGrant, ClubRight
from contenthub.tenants import queries as tenants
from contenthub.tenants.models import Bank
from contenthub.tenants.sealing import bank_id

NOT_A_MEMBER = (
    "这项权益只送给俱乐部会员，这个手机号本月没有可以领的份数（不是会员，或本月已经领过）；"
    "有疑问请联系本页的客户经理"
)
"""One sentence for all: nobody learns from it whose number is a member's."""


@dataclass(frozen=True, slots=True)
class Given:
    """A club's right with its item and what came of it this month."""

    right: ClubRight
    club: Club
    item: Item
    members: int
    """How many members were given it."""
    pieces: int
    used: int


@dataclass(frozen=True, slots=True)
class Due:
    """A member who has pieces of a right left this month, or had them."""

    grant: ClubGrant
    customer: Customer

    @property
    def left(self) -> int:
        """How many pieces they may still get."""
        return self.grant.pieces - self.grant.claimed - self.grant.handed


async def month(db: Read, *, at: datetime) -> date:
    """Return the first day of the bank's month."""
    return (await tenants.today(db, at=at)).replace(day=1)


async def right(db: Read, right_id: UUID, *, lock: bool = False) -> ClubRight:
    """Return one right of a club; raises NotFound."""
    found = await db.get(
        ClubRight, (bank_id(db), right_id), with_for_update=lock or None, populate_existing=lock
    )
    if found is None:
        raise NotFound("没有找到这项俱乐部权益，请刷新后再试")
    return found


async def running(db: Read) -> Sequence[UUID]:
    """Return the rights that clubs give their members every month, the oldest first."""
    rows = await db.scalars(
        select(ClubRight.id)
        .where(ClubRight.tenant_id == bank_id(db), ClubRight.stopped_at.is_(None))
        .order_by(ClubRight.added_at, ClubRight.id)
    )
    return rows.all()


async def given(db: Read, *, club_id: UUID | None = None, at: datetime) -> list[Given]:
    """Return the rights of one club, or of all, that still run or were given this month."""
    which = [ClubRight.tenant_id == bank_id(db)]
    if club_id is not None:
        which.append(ClubRight.club_id == club_id)
    counted = (
        select(
            ClubGrant.right_id,
            func.count().label("members"),
            func.sum(ClubGrant.pieces).label("pieces"),
            func.sum(ClubGrant.claimed + ClubGrant.handed).label("used"),
        )
        .where(
            ClubGrant.tenant_id == bank_id(db),
            ClubGrant.right_id.in_(select(ClubRight.id).where(*which)),
            ClubGrant.month_on == await month(db, at=at),
        )
        .group_by(ClubGrant.right_id)
        .subquery()
    )
    asked = (
        select(ClubRight, Club, Item, counted.c.members, counted.c.pieces, counted.c.used)
        .join(Club, (Club.tenant_id == ClubRight.tenant_id) & (Club.id == ClubRight.club_id))
        .join(Item, (Item.tenant_id == ClubRight.tenant_id) & (Item.id == ClubRight.item_id))
        .outerjoin(counted, counted.c.right_id == ClubRight.id)
        .where(*which, ClubRight.stopped_at.is_(None) | counted.c.members.is_not(None))
        .order_by(Club.name, ClubRight.added_at)
    )
    rows = await db.execute(asked)
    return [Given(r[0], r[1], r[2], int(r[3] or 0), int(r[4] or 0), int(r[5] or 0)) for r in rows]


async def granted(db: Read, right_id: UUID, *, on: date) -> BitMap:
    """Return the numbers of the customers that were given a right for a month."""
    rows = await db.scalars(
        select(ClubGrant.customer_no).where(
            ClubGrant.tenant_id == bank_id(db),
            ClubGrant.right_id == right_id,
            ClubGrant.month_on == on,
        )
    )
    return BitMap(rows)


async def free(
    db: Read, item_id: UUID, revision: Revision, *, bank: Bank, at: datetime
) -> int | None:
    """Return how many pieces of a right are nobody's yet: neither claimed, handed nor granted.

    None for any number. What is granted for an earlier month and was not used is free again.
    """
    on = await month(db, at=at)
    held = (
        await db.execute(
            select(
                func.coalesce(
                    func.sum(ClubGrant.pieces - ClubGrant.claimed).filter(ClubGrant.month_on == on),
                    0,
                ),
                func.coalesce(func.sum(ClubGrant.handed).filter(ClubGrant.month_on < on), 0),
            )
            .join(
                ClubRight,
                (ClubRight.tenant_id == ClubGrant.tenant_id) & (ClubRight.id == ClubGrant.right_id),
            )
            .where(ClubGrant.tenant_id == bank_id(db), ClubRight.item_id == item_id)
        )
    ).one()
    reserved, handed_before = int(held[0]), int(held[1])
    total, monthly = window.places(revision.fields), window.monthly_places(revision.fields)
    left = []
    if total is not None:
        left.append(total - await queries.seats_taken(db, item_id) - handed_before - reserved)
    if monthly is not None:
        since = claims.month_begin(at, bank.zone)
        left.append(monthly - await queries.seats_taken(db, item_id, since=since) - reserved)
    return max(0, min(left)) if left else None


async def choices(db: Read, *, at: datetime) -> list[tuple[UUID, str]]:
    """Return the live rights, the latest change first, to choose one for a club."""
    rows = await queries_shareable.shareable(db, kind="right", at=at, limit=200)
    return [(item.id, revision.title) for item, revision in rows]


async def is_for_members(db: Read, item_id: UUID) -> bool:
    """Return whether a club gives this right, so that only its members may claim it."""
    found = await db.scalar(
        select(ClubRight.id)
        .where(
            ClubRight.tenant_id == bank_id(db),
            ClubRight.item_id == item_id,
            ClubRight.stopped_at.is_(None),
        )
        .limit(1)
    )
    return found is not None


async def due_of(
    db: Read, right_id: UUID, *, owner_ids: set[UUID] | None, at: datetime, limit: int = 200
) -> Sequence[Due]:
    """Return who of one's customers was given a right this month, who waits for it first."""
    asked = (
        select(ClubGrant, Customer)
        .join(
            Customer,
            (Customer.tenant_id == ClubGrant.tenant_id) & (Customer.no == ClubGrant.customer_no),
        )
        .where(
            ClubGrant.tenant_id == bank_id(db),
            ClubGrant.right_id == right_id,
            ClubGrant.month_on == await month(db, at=at),
        )
        .order_by((ClubGrant.claimed + ClubGrant.handed >= ClubGrant.pieces), ClubGrant.customer_no)
        .limit(limit)
    )
    if owner_ids is not None:
        asked = asked.where(Customer.owner_id.in_(owner_ids))
    return [Due(row[0], row[1]) for row in await db.execute(asked)]


async def given_to(db: Read, customer_no: int) -> list[dict[str, object]]:
    """Return all that clubs gave a customer, for who asks what is kept of them."""
    rows = await db.execute(
        select(ClubGrant, Item.title)
        .join(
            ClubRight,
            (ClubRight.tenant_id == ClubGrant.tenant_id) & (ClubRight.id == ClubGrant.right_id),
        )
        .join(Item, (Item.tenant_id == ClubRight.tenant_id) & (Item.id == ClubRight.item_id))
        .where(ClubGrant.tenant_id == bank_id(db), ClubGrant.customer_no == customer_no)
        .order_by(ClubGrant.month_on.desc(), Item.title)
    )
    return [
        {
            "right": title,
            "month_on": grant.month_on,
            "pieces": grant.pieces,
            "claimed": grant.claimed,
            "handed": grant.handed,
        }
        for grant, title in rows
    ]


async def waiting(db: Read, staff_id: UUID, *, at: datetime) -> dict[UUID, tuple[int, int]]:
    """Return, by right, how many of an employee's members wait for it this month, of how many."""
    rows = await db.execute(
        select(
            ClubGrant.right_id,
            func.count().filter(ClubGrant.claimed + ClubGrant.handed < ClubGrant.pieces),
            func.count(),
        )
        .join(
            Customer,
            (Customer.tenant_id == ClubGrant.tenant_id) & (Customer.no == ClubGrant.customer_no),
        )
        .where(
            ClubGrant.tenant_id == bank_id(db),
            ClubGrant.month_on == await month(db, at=at),
            Customer.owner_id == staff_id,
        )
        .group_by(ClubGrant.right_id)
    )
    return {row[0]: (int(row[1]), int(row[2])) for row in rows}
