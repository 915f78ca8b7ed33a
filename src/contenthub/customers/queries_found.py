"""Customers by what they are, as one bitmap: a list, its count and a bulk change ask the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pyroaring import BitMap
from sqlalchemy import select

from contenthub.customers import queries, queries_audience, queries_bitmaps, queries_preview
from contenthub.customers.bitmaps import Key
from contenthub.customers.indexkeys import owner_key
from contenthub.customers.models import Customer, Tag
from contenthub.customers.tagtree import Node
from contenthub.db import Read
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id


@dataclass(frozen=True, slots=True)
class Filter:
    """Which customers are asked for; what is left empty does not filter."""

    q: str = ""
    """A whole name, phone or CRM number."""
    tag_ids: tuple[UUID, ...] = ()
    """A customer must have them all."""
    without_tag_ids: tuple[UUID, ...] = ()
    owner_id: UUID | None = None
    owner: str = ""
    """Staff number or whole name of the employee; several of one name are all meant."""
    is_owned: bool | None = None
    branch_id: UUID | None = None
    """With the branches below it."""
    stage: str = ""
    condition: Node | None = None
    """An expression they must match, as an audience's."""


async def found(db: Read, asked: Filter, *, owner_ids: set[UUID] | None, at: datetime) -> BitMap:
    """Return the numbers of the customers asked for, within `owner_ids` (the viewer's scope).

    Raises:
        ExpressionInvalid: the condition names what the bank does not have.
    """
    some = await queries_preview.in_scope(db, owner_ids)
    if asked.condition is not None:
        some &= await queries_audience.matching(db, asked.condition, at=at)
    facets = await _facets(db, asked)
    away = [("tag", str(tag_id)) for tag_id in asked.without_tag_ids]
    owned: Key = ("owned", "")
    held = await queries_bitmaps.whole(db, [*(key for one in facets for key in one), *away, owned])
    for facet in facets:
        some &= BitMap.union(*(held[key] for key in facet if key in held), BitMap())
    for key in away:
        some -= held.get(key, BitMap())
    if asked.is_owned is not None:
        has = held.get(owned, BitMap())
        some = some & has if asked.is_owned else some - has
    if asked.q:
        rows = await db.scalars(
            select(Customer.no).where(
                Customer.tenant_id == bank_id(db), queries.is_called(db, asked.q)
            )
        )
        some &= BitMap(rows)
    return some


async def _facets(db: Read, asked: Filter) -> list[list[Key]]:
    """Return the keys of each condition; one of each must hold a customer."""
    there = await db.scalars(
        select(Tag.id).where(
            Tag.tenant_id == bank_id(db), Tag.id.in_(asked.tag_ids), Tag.deleted_at.is_(None)
        )
    )
    living = set(there)
    # A tag that is not there holds nobody: its condition has no key.
    facets: list[list[Key]] = [
        [("tag", str(one))] if one in living else [] for one in asked.tag_ids
    ]
    if asked.owner_id is not None:
        facets.append([owner_key(asked.owner_id)])
    if asked.owner:
        named = await db.scalars(
            select(Staff.id).where(
                Staff.tenant_id == bank_id(db),
                (Staff.staff_no == asked.owner) | (Staff.name == asked.owner),
            )
        )
        facets.append([owner_key(staff_id) for staff_id in named])
    if asked.branch_id is not None:
        facets.append([("branch", str(asked.branch_id))])
    if asked.stage:
        facets.append([("stage", asked.stage)])
    return facets


async def rows_of(db: Read, some: BitMap, *, after: int = 0, limit: int = 50) -> Sequence[Customer]:
    """Return customers of `some` by number, after `after`."""
    start = some.rank(after)
    rows = await queries.by_numbers(db, some[start : start + limit])
    return [rows[no] for no in sorted(rows)]


async def numbers_of(
    db: Read, customer_ids: Sequence[UUID], *, owner_ids: set[UUID] | None
) -> BitMap:
    """Return the numbers of some customers; those outside `owner_ids` are left out."""
    rows = await db.scalars(
        select(Customer.no).where(
            Customer.tenant_id == bank_id(db), Customer.id.in_(list(customer_ids))
        )
    )
    return BitMap(rows) & await queries_preview.in_scope(db, owner_ids)
