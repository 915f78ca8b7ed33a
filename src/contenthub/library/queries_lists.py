"""Reads of many items: lists with their filters and order, and how many each filter matches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    and_,
    bindparam,
    false,
    func,
    literal_column,
    not_,
    or_,
    select,
    text,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, aliased

from contenthub.db import Read
from contenthub.library.itemfilter import Filter
from contenthub.library.models import Item, Revision
from contenthub.library.queries_filters import Shape, conditions, named, shape_of, values_of
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import BANK, bank_id

Key = datetime | date | None
After = tuple[Key, UUID]
"""(value of the column it is sorted by, id) of the last one seen."""
_SORTED_BY: dict[str, InstrumentedAttribute[Any]] = {
    "updated": Item.updated_at,
    "created": Item.created_at,
    "until": Item.live_until,
    "shared": Item.shared_on,
}
_KEPT = 256
_Seen = Literal["", "value", "none"]
"""Where a list goes on: at its beginning, after a value of its column, after an empty one."""

# Made once: what an alias knows of its columns costs milliseconds to find out.
_WORKING, _CURRENT = aliased(Revision), aliased(Revision)


_AUTHORS = text(
    """
    with recursive a (id) as (
      (select author_id from items where tenant_id = :bank order by author_id limit 1)
      union all
      select (select i.author_id from items i
              where i.tenant_id = :bank and i.author_id > a.id order by i.author_id limit 1)
      from a where a.id is not null)
    select s.id, s.name from a join staff s on s.tenant_id = :bank and s.id = a.id
    order by s.name, s.id
    """
)
"""One step of an index an author: a bank's tens of thousands of items have a handful of them."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list: the item, its newest and its live revision in short, its author.

    The item's own title is the live one; `title` and `topic` are those of the newest revision,
    which only those who may see drafts are shown.
    """

    item: Item
    revision_id: UUID
    no: int
    state: str
    hash: str
    title: str
    topic: str
    live_no: int | None
    live_id: UUID | None
    live_hash: str | None
    valid_until: datetime | None
    """Of the live revision, else of the newest one."""
    author: str


async def items(
    db: Read, wanted: Filter, *, after: After | None = None, limit: int = 20
) -> Sequence[Item]:
    """Return items in the order wanted, after the last one seen."""
    query = _page(shape_of(wanted), wanted.sort, _seen(after))
    return (await db.scalars(query, _said(db, wanted, after, limit))).all()


async def lines(
    db: Read, wanted: Filter, *, after: After | None = None, limit: int = 20
) -> list[Line]:
    """Return items as `items` does, each with what a list shows, in one statement."""
    query = _lines(shape_of(wanted), wanted.sort, _seen(after))
    return [Line(*row) for row in await db.execute(query, _said(db, wanted, after, limit))]


def _seen(after: After | None) -> _Seen:
    if after is None:
        return ""
    return "none" if after[0] is None else "value"


def _said(db: Read, wanted: Filter, after: After | None, limit: int) -> dict[str, Any]:
    said = {"bank": bank_id(db), "limit": limit, **values_of(wanted)}
    if after is not None:
        said |= {"seen": after[0], "seen_id": after[1]}
    return said


@lru_cache(maxsize=_KEPT)
def _page(shape: Shape, sort: str, seen: _Seen) -> Any:  # a select of items
    query = select(Item).where(*conditions(shape))
    return _after(query, shape, sort, seen).limit(bindparam("limit", type_=Integer))


@lru_cache(maxsize=_KEPT)
def _lines(shape: Shape, sort: str, seen: _Seen) -> Any:  # a select of lines
    # The page is found first: wordings and people are joined to its rows only.
    some = _after(select(Item.id).where(*conditions(shape)), shape, sort, seen)
    found = some.limit(bindparam("limit", type_=Integer)).subquery()
    working, current = _WORKING, _CURRENT
    columns = (working.id, working.no, working.state, working.hash, working.title, working.topic)
    shown = (current.no, current.id, current.hash)
    until = func.coalesce(current.valid_until, working.valid_until)
    query = (
        select(Item, *columns, *shown, until, Staff.name)
        .join(
            working,
            and_(working.tenant_id == Item.tenant_id, working.id == Item.working_revision_id),
        )
        .outerjoin(
            current,
            and_(current.tenant_id == Item.tenant_id, current.id == Item.live_revision_id),
        )
        .join(Staff, and_(Staff.tenant_id == Item.tenant_id, Staff.id == Item.author_id))
        .join(found, found.c.id == Item.id)
        .where(Item.tenant_id == BANK)
    )
    return _ordered(query, shape, sort)


async def authors(db: Read) -> dict[str, str]:
    """Return the names of those who began an item, by their id as text, in order of names."""
    rows = await db.execute(_AUTHORS, {"bank": bank_id(db)})
    return {str(row[0]): row[1] for row in rows}


async def item_count(db: Read, wanted: Filter) -> int:
    """Return how many items a filter matches."""
    return (await named_counts(db, {"all": wanted}))["all"]


async def kind_counts(db: Read, wanted: Filter) -> dict[str, int]:
    """Return how many items of each kind a filter matches; kinds without any are left out."""
    return (await list_counts(db, wanted, {}))[0]


async def named_counts(db: Read, views: Mapping[str, Filter]) -> dict[str, int]:
    """Return how many items each named filter matches, in one statement."""
    return (await _counted(db, None, views))[1] if views else {}


async def list_counts(
    db: Read, wanted: Filter, views: Mapping[str, Filter]
) -> tuple[dict[str, int], dict[str, int]]:
    """Return how many items of each kind a filter matches, and how many each named filter does.

    One statement: a page asks for both. Kinds without any are left out.
    """
    return await _counted(db, wanted, views)


async def _counted(
    db: Read, per_kind: Filter | None, views: Mapping[str, Filter]
) -> tuple[dict[str, int], dict[str, int]]:
    names, kinds, found = list(views), {}, {}
    said = {"bank": bank_id(db)}
    for no, one in enumerate((*([] if per_kind is None else [per_kind]), *views.values())):
        said |= values_of(one, f"of{no}_")
    shapes = tuple(shape_of(one) for one in views.values())
    query = _counts(None if per_kind is None else shape_of(per_kind), shapes)
    for no, kind, count in await db.execute(query, said):
        if no < 0:
            kinds[kind] = int(count)
        else:
            found[names[no]] = int(count)
    return kinds, found


@lru_cache(maxsize=_KEPT)
def _counts(
    per_kind: Shape | None, views: tuple[Shape, ...]
) -> Any:  # a select of (no, kind, count)
    """Return one select a filter: -1 with each kind, or its number without one, and how many."""
    parts: list[Any] = []
    if per_kind is not None:
        kinds: Any = select(literal_column("-1"), Item.kind, func.count())
        parts.append(kinds.where(*conditions(per_kind, "of0_")).group_by(Item.kind))
    for no, shape in enumerate(views):
        one: Any = select(literal_column(str(no)), literal_column("''"), func.count())
        of = conditions(shape, f"of{no + (per_kind is not None)}_")
        parts.append(one.select_from(Item).where(*of))
    return union_all(*parts)


def _after(query: Any, shape: Shape, sort: str, seen: _Seen) -> Any:  # any select
    """Order a list, and leave out what was seen; what has no value comes last.

    Sorted by its last share, an item that nobody ever shared has waited longest: it comes
    first, and last when the newest share leads.
    """
    if seen:
        column = _SORTED_BY[sort.removeprefix("-")]
        rest = _beyond(column, seen, is_down=sort.startswith("-"), nulls_first=sort == "shared")
        is_named = named(shape)
        if is_named is not None:
            # Those that are named lead: after one of them the others of them, then all else.
            ended_named = _ended_named(shape)
            rest = or_(and_(rest, is_named == ended_named), and_(ended_named, not_(is_named)))
        query = query.where(rest)
    return _ordered(query, shape, sort)


def _ended_named(shape: Shape) -> ColumnElement[bool]:
    one = aliased(Item)
    is_named = named(shape, one)
    same = select(one.id).where(one.tenant_id == Item.tenant_id, one.id == bindparam("seen_id"))
    return false() if is_named is None else same.where(is_named).exists()


def _ordered(query: Any, shape: Shape, sort: str) -> Any:  # any select, same select back
    name = sort.removeprefix("-")
    is_down = sort.startswith("-")
    first = _SORTED_BY[name].desc() if is_down else _SORTED_BY[name].asc()
    if name in ("until", "shared"):
        first = first.nulls_first() if sort == "shared" else first.nulls_last()
    is_named = named(shape)
    lead = [] if is_named is None else [is_named.desc()]
    return query.order_by(*lead, first, Item.id.desc() if is_down else Item.id.asc())


def _beyond(
    column: InstrumentedAttribute[Any], seen: _Seen, *, is_down: bool, nulls_first: bool
) -> ColumnElement[bool]:
    value: BindParameter[Any] = bindparam("seen", type_=column.type)
    item_id: BindParameter[UUID] = bindparam("seen_id")
    later = Item.id < item_id if is_down else Item.id > item_id
    if seen == "none":
        same = and_(column.is_(None), later)
        return or_(same, column.is_not(None)) if nulls_first else same
    further = column < value if is_down else column > value
    found = or_(further, and_(column == value, later))
    if column in (Item.updated_at, Item.created_at):
        # Says the same once more, in a way that an index can begin at.
        return and_(column <= value if is_down else column >= value, found)
    return found if nulls_first else or_(found, column.is_(None))


def place(wanted: Filter, last: Item) -> After:
    """Return where a list goes on after `last`."""
    return getattr(last, _SORTED_BY[wanted.sort.removeprefix("-")].key), last.id
