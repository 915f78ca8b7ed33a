"""Reads of the roll-ups: funnel, ranking, trend and chain, within the caller's data scope."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    and_,
    bindparam,
    func,
    literal_column,
    select,
    union_all,
)

from contenthub.db import Read
from contenthub.library.models import Item
from contenthub.sharing.chain import Node, Share, forest
from contenthub.sharing.models import EmployeeDay, ItemDay, Link, LinkStat, ScriptCopy
from contenthub.tenants.models import Branch, Staff
from contenthub.tenants.sealing import BANK, bank_id

FIGURES = ("fetches", "views", "leads", "signups", "shares")
OF_ITEMS = (*FIGURES, "links")
CHAIN_LINKS = 5_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a report counts. `staff_ids` is the scope and the filters together; None = all."""

    staff_ids: set[UUID] | None = None
    item_id: UUID | None = None
    push_id: UUID | None = None
    from_on: date | None = None
    to_on: date | None = None


Figures = dict[str, int]


async def totals(db: Read, wanted: Wanted) -> Figures:
    """Return the figures of everything wanted.

    A push is counted from its links, over its whole life: days are not kept per push.
    """
    if wanted.push_id is not None:
        return await _push_totals(db, wanted)
    _, query = _days(db, wanted, [])
    row = (await db.execute(query)).one()
    return {name: int(value) for name, value in zip(FIGURES, row, strict=True)}


async def _push_totals(db: Read, wanted: Wanted) -> Figures:
    query = (
        select(*(func.coalesce(func.sum(getattr(LinkStat, name)), 0) for name in FIGURES))
        .select_from(Link)
        .join(LinkStat, and_(LinkStat.tenant_id == Link.tenant_id, LinkStat.link_id == Link.id))
        .where(Link.tenant_id == bank_id(db), Link.push_id == wanted.push_id)
    )
    if wanted.staff_ids is not None:
        query = query.where(Link.employee_id.in_(wanted.staff_ids))
    if wanted.item_id is not None:
        query = query.where(Link.item_id == wanted.item_id)
    row = (await db.execute(query)).one()
    return {name: int(value) for name, value in zip(FIGURES, row, strict=True)}


async def trend(db: Read, wanted: Wanted) -> list[tuple[date, Figures]]:
    """Return the figures of each day that has any, oldest first."""
    table, query = _days(db, wanted, ["day_on"])
    rows = await db.execute(query.order_by(table.day_on))
    return [(row[0], _figures(row[1:])) for row in rows]


async def by_employee(db: Read, wanted: Wanted) -> list[tuple[Staff, Branch, Figures]]:
    """Return people with their branch and figures, most leads, then most views first."""
    _, query = _days(db, wanted, ["employee_id"])
    found = {row[0]: _figures(row[1:]) for row in await db.execute(query)}
    rows = await db.execute(
        select(Staff, Branch)
        .join(Branch, and_(Branch.tenant_id == Staff.tenant_id, Branch.id == Staff.branch_id))
        .where(Staff.tenant_id == bank_id(db), Staff.id.in_(found))
    )
    ranked = [(staff, branch, found[staff.id]) for staff, branch in rows]
    return sorted(ranked, key=lambda row: (*_rank(row[2]), row[0].staff_no))


async def by_branch(db: Read, wanted: Wanted) -> list[tuple[Branch, Figures]]:
    """Return branches with the figures of their own people, most leads, then views first."""
    found: dict[UUID, tuple[Branch, Figures]] = {}
    for _, branch, figures in await by_employee(db, wanted):
        _, sum_ = found.setdefault(branch.id, (branch, dict.fromkeys(FIGURES, 0)))
        for name in FIGURES:
            sum_[name] += figures[name]
    return sorted(found.values(), key=lambda row: (*_rank(row[1]), row[0].code))


async def of_items(
    db: Read,
    item_ids: Sequence[UUID],
    *,
    from_on: date,
    since: datetime,
    staff_ids: set[UUID] | None,
) -> dict[UUID, Figures]:
    """Return what some items brought from a day on, which began at `since`.

    Beside the figures stands, as `links`, how often an item was taken up: links made by staff
    and by customers; of a script who copied it. `staff_ids` is the scope, None = all; items
    that brought nothing are left out.
    """
    if not item_ids:
        return {}
    said: dict[str, Any] = {"bank": bank_id(db), "items": item_ids, "day": from_on, "at": since}
    if staff_ids is not None:
        said["staff"] = staff_ids
    found: dict[UUID, Figures] = {}
    for item_id, *values in await db.execute(_of_items(is_scoped=staff_ids is not None), said):
        brought = found.setdefault(item_id, dict.fromkeys(OF_ITEMS, 0))
        for name, value in zip(OF_ITEMS, values, strict=True):
            brought[name] += int(value)
    return found


@cache
def _of_items(*, is_scoped: bool) -> CompoundSelect[Any]:
    parts = []
    for table, since in (
        (ItemDay, ItemDay.day_on >= bindparam("day")),
        (Link, Link.created_at >= bindparam("at")),
        (ScriptCopy, ScriptCopy.last_at >= bindparam("at")),
    ):
        is_day = table is ItemDay
        sums = [_sum_of(name) if is_day else literal_column("0") for name in FIGURES]
        taken = literal_column("0") if is_day else func.count()
        part = select(table.item_id, *sums, taken).where(
            table.tenant_id == BANK, table.item_id.in_(bindparam("items", expanding=True)), since
        )
        if is_scoped:
            part = part.where(table.employee_id.in_(bindparam("staff", expanding=True)))
        parts.append(part.group_by(table.item_id))
    return union_all(*parts)


def _sum_of(name: str) -> ColumnElement[int]:
    return func.sum(getattr(ItemDay, name))


async def by_item(db: Read, wanted: Wanted, *, limit: int = 50) -> list[tuple[Item, Figures]]:
    """Return the items that brought most, most leads, then views first."""
    _, query = _days(db, wanted, ["item_id"])
    found = {row[0]: _figures(row[1:]) for row in await db.execute(query)}
    rows = await db.scalars(select(Item).where(Item.tenant_id == bank_id(db), Item.id.in_(found)))
    ranked = [(item, found[item.id]) for item in rows]
    return sorted(ranked, key=lambda row: (*_rank(row[1]), row[0].code))[:limit]


def _rank(figures: Figures) -> tuple[int, int]:
    return -(figures["leads"] + figures["signups"]), -figures["views"]


def _figures(values: Sequence[Any]) -> Figures:
    return {name: int(value) for name, value in zip(FIGURES, values, strict=True)}


def _days(
    db: Read, wanted: Wanted, keys: list[str]
) -> tuple[type[EmployeeDay | ItemDay], Select[Any]]:
    """Return the smallest roll-up that answers, and its sums grouped by `keys`."""
    per_item = wanted.item_id is not None or "item_id" in keys
    table: type[EmployeeDay | ItemDay] = ItemDay if per_item else EmployeeDay
    columns = [getattr(table, key) for key in keys]
    sums = [func.coalesce(func.sum(getattr(table, name)), 0) for name in FIGURES]
    query = select(*columns, *sums).where(*_conditions(db, table, wanted))
    return table, query.group_by(*columns) if columns else query


def _conditions(
    db: Read, table: type[EmployeeDay | ItemDay], wanted: Wanted
) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [table.tenant_id == bank_id(db)]
    if wanted.staff_ids is not None:
        found.append(table.employee_id.in_(wanted.staff_ids))
    if wanted.item_id is not None and table is ItemDay:
        found.append(ItemDay.item_id == wanted.item_id)
    if wanted.from_on is not None:
        found.append(table.day_on >= wanted.from_on)
    if wanted.to_on is not None:
        found.append(table.day_on <= wanted.to_on)
    return found


async def chain(
    db: Read, *, item_id: UUID | None, root_id: UUID | None, staff_ids: set[UUID] | None
) -> list[Node]:
    """Return the trees of re-shares of an item, or the tree below one root link.

    At most 5,000 links; whoever shared on is a numbered customer, never a name.
    """
    query = (
        select(Link, Staff.name, LinkStat)
        .join(Staff, and_(Staff.tenant_id == Link.tenant_id, Staff.id == Link.employee_id))
        .outerjoin(
            LinkStat, and_(LinkStat.tenant_id == Link.tenant_id, LinkStat.link_id == Link.id)
        )
        .where(Link.tenant_id == bank_id(db))
        .order_by(Link.created_at, Link.id)
        .limit(CHAIN_LINKS)
    )
    if item_id is not None:
        query = query.where(Link.item_id == item_id)
    if root_id is not None:
        query = query.where(Link.root_id == root_id)
    if staff_ids is not None:
        query = query.where(Link.employee_id.in_(staff_ids))
    return forest(
        [
            Share(link.id, link.parent_id, link.code, name, link.visitor_id, _stat(stat))
            for link, name, stat in await db.execute(query)
        ]
    )


def _stat(stat: LinkStat | None) -> Figures:
    names = (*FIGURES, "sub_views", "sub_leads", "sub_signups")
    return {name: int(getattr(stat, name)) if stat else 0 for name in names}
