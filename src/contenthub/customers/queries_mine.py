"""Reads of one employee's own customers for their phone."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from pyroaring import BitMap
from sqlalchemy import and_, func, select

from contenthub.customers import queries
from contenthub.customers.bitmaps import solar_days
from contenthub.customers.indexkeys import owner_key
from contenthub.customers.lunar import lunar_days
from contenthub.customers.models import Customer, CustomerTag, Tag
from contenthub.customers.queries_bitmaps import whole
from contenthub.db import Read
from contenthub.tenants.sealing import bank_id


async def birthdays(db: Read, owner_id: UUID, *, on: date, limit: int = 20) -> Sequence[Customer]:
    """Return an employee's customers whose birthday, solar or lunar, is `on`, by number."""
    mine = owner_key(owner_id)
    born = [("birthday", day) for day in solar_days(on)] + [("lunar", d) for d in lunar_days([on])]
    having = await whole(db, [mine, *born])
    today = BitMap.union(*(having[key] for key in born if key in having), BitMap())
    both = having.get(mine, BitMap()) & today
    found = await queries.by_numbers(db, both[:limit])
    return [found[no] for no in sorted(found)]


async def tag_counts(db: Read, owner_id: UUID, *, limit: int = 12) -> list[tuple[Tag, int]]:
    """Return the tags an employee's customers carry, with how many, most first."""
    rows = await db.execute(
        select(Tag, func.count())
        .join(
            CustomerTag, and_(CustomerTag.tenant_id == Tag.tenant_id, CustomerTag.tag_id == Tag.id)
        )
        .join(
            Customer,
            and_(
                Customer.tenant_id == CustomerTag.tenant_id,
                Customer.no == CustomerTag.customer_no,
            ),
        )
        .where(
            Tag.tenant_id == bank_id(db), Tag.deleted_at.is_(None), Customer.owner_id == owner_id
        )
        .group_by(Tag.tenant_id, Tag.id)
        .order_by(func.count().desc(), Tag.name)
        .limit(limit)
    )
    return [(row[0], int(row[1])) for row in rows]


async def tags_of(db: Read, nos: Collection[int]) -> dict[int, list[str]]:
    """Return the names of the tags of some customers by their number, in order of name."""
    rows = await db.execute(
        select(CustomerTag.customer_no, Tag.name)
        .join(Tag, and_(Tag.tenant_id == CustomerTag.tenant_id, Tag.id == CustomerTag.tag_id))
        .where(
            CustomerTag.tenant_id == bank_id(db),
            CustomerTag.customer_no.in_(nos),
            Tag.deleted_at.is_(None),
        )
        .order_by(CustomerTag.customer_no, Tag.name)
    )
    found: dict[int, list[str]] = {}
    for no, name in rows:
        found.setdefault(no, []).append(name)
    return found


async def mine_count(db: Read, owner_id: UUID) -> int:
    """Return how many customers an employee serves."""
    query = select(func.count()).where(
        Customer.tenant_id == bank_id(db), Customer.owner_id == owner_id
    )
    return int(await db.scalar(query) or 0)
