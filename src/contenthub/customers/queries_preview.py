"""What an author sees of an audience before anything is sent: where it is, whose, and a sample."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pyroaring import BitMap
from sqlalchemy import select, text

from contenthub.customers import bitmaps
from contenthub.customers import queries_audience as audiences
from contenthub.customers.indexkeys import owner_key
from contenthub.customers.models import Customer
from contenthub.customers.queries_audience import Audience
from contenthub.customers.queries_bitmaps import united
from contenthub.customers.queries_kept import serving
from contenthub.customers.tagtree import Node
from contenthub.db import Read
from contenthub.tenants import queries as tenants
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id

SAMPLE = 3
_SHARES = """
select key, chunk, bm from audience_bitmaps where tenant_id = :tenant and dim = :dim
and (cast(:keys as text[]) is null or key = any(cast(:keys as text[])))
"""


@dataclass(frozen=True, slots=True)
class Sampled:
    """A customer as a sample shows them: masked."""

    id: UUID
    no: int
    name: str
    phone: str
    owner: str


@dataclass(frozen=True, slots=True)
class Preview:
    """An audience, the number of employees who would send to it, and a masked sample."""

    audience: Audience
    employees: int
    sample: list[Sampled]


async def preview(
    db: Read, node: Node, *, topic: str, at: datetime, risk: int = 0, turn: int = 0
) -> Preview:
    """Return what an author sees of an audience; another `turn` gives another sample.

    Raises:
        ExpressionInvalid: a name the bank does not have. Invalid: an unknown topic.
    """
    found = await audiences.audience(db, node, topic=topic, at=at, risk=risk)
    employees = await serving(db, found.reachable)
    return Preview(found, employees, await _sample(db, found.reachable, turn))


async def by_branch(db: Read, some: BitMap) -> list[tuple[str, int]]:
    """Return how many of `some` are in each branch below the head office, outlets included.

    The most first; those of the head office itself come last, under its own name.
    """
    tree = await tenants.branches(db)
    heads = {branch.id: branch.name for branch in tree if branch.parent_id is None}
    names = {str(b.id): b.name for b in tree if b.parent_id in heads}
    counts = await _shares(db, some, "branch", keys=list(names))
    rows = [(names[key], count) for key, count in counts.items()]
    rows.sort(key=lambda row: (-row[1], row[0]))
    rest = len(some) - sum(count for _, count in rows)
    return rows + ([(next(iter(heads.values()), "总行"), rest)] if rest else [])


async def people(db: Read, some: BitMap, *, after: int = 0, limit: int = 50) -> list[Sampled]:
    """Return customers of `some` by number, after `after`, masked."""
    start = some.rank(after)
    return await _masked(db, list(some[start : start + limit]))


async def _shares(
    db: Read, some: BitMap, dim: str, *, keys: list[str] | None = None
) -> dict[str, int]:
    """Return how many of `some` each key of a dimension (or of `keys`) holds, if any."""
    parts = bitmaps.by_chunk(some)
    if not parts:
        return {}
    rows = await db.execute(text(_SHARES), {"tenant": bank_id(db), "dim": dim, "keys": keys})
    counts: dict[str, int] = {}
    for key, chunk, bm in rows:
        part = parts.get(chunk)
        if part is not None and (inside := BitMap.deserialize(bm).intersection_cardinality(part)):
            counts[key] = counts.get(key, 0) + inside
    return counts


async def _sample(db: Read, reachable: BitMap, turn: int) -> list[Sampled]:
    """Return a few customers spread over the audience."""
    count = len(reachable)
    if not count:
        return []
    places = {(i * count // SAMPLE + turn * 7) % count for i in range(min(SAMPLE, count))}
    return await _masked(db, sorted(reachable[place] for place in places))


async def _masked(db: Read, nos: list[int]) -> list[Sampled]:
    rows = await db.execute(
        select(Customer.id, Customer.no, Customer.name_masked, Customer.phone_masked, Staff.name)
        .outerjoin(Staff, (Staff.tenant_id == Customer.tenant_id) & (Staff.id == Customer.owner_id))
        .where(Customer.tenant_id == bank_id(db), Customer.no.in_(nos))
        .order_by(Customer.no)
    )
    return [Sampled(row[0], row[1], row[2], row[3], row[4] or "") for row in rows]


async def tag_counts(db: Read, *, owner_ids: set[UUID] | None) -> dict[str, int]:
    """Return tag id -> number of customers; within `owner_ids`, or of the whole bank."""
    return await _shares(db, await in_scope(db, owner_ids), "tag")


async def in_scope(db: Read, owner_ids: set[UUID] | None) -> BitMap:
    """Return the customers a viewer may see: everybody, or those of some employees."""
    if owner_ids is None:
        return await united(db, [("all", "")])
    return await united(db, map(owner_key, owner_ids))
