"""Reads of many items: lists with their filters and order, and how many each filter matches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, func, literal, not_, or_, select, text, union_all
from sqlalchemy.orm import InstrumentedAttribute, aliased

from contenthub.db import Read
from contenthub.library.itemfilter import Filter
from contenthub.library.models import Item, Revision
from contenthub.library.models_labels import Label, LabelledItem
from contenthub.library.queries_words import has_words, is_named, named_first
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id

_OF_WORKING = frozenset({"draft", "in_review", "returned", "approved"})
"""States in which a new revision may be while an older one is live."""
Key = datetime | date | None
After = tuple[Key, UUID]
"""(value of the column it is sorted by, id) of the last one seen."""
_SORTED_BY: dict[str, InstrumentedAttribute[Any]] = {
    "updated": Item.updated_at,
    "created": Item.created_at,
    "until": Item.live_until,
    "shared": Item.shared_on,
}

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
    rows = await db.scalars(_after(_filtered(db, select(Item), wanted), wanted, after).limit(limit))
    return rows.all()


async def lines(
    db: Read, wanted: Filter, *, after: After | None = None, limit: int = 20
) -> list[Line]:
    """Return items as `items` does, each with what a list shows, in one statement.

    The page is found first: wordings and people are joined to its rows only.
    """
    found = _after(_filtered(db, select(Item.id), wanted), wanted, after).limit(limit).subquery()
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
        .where(Item.tenant_id == bank_id(db))
    )
    return [Line(*row) for row in await db.execute(_ordered(query, wanted))]


async def authors(db: Read) -> dict[str, str]:
    """Return the names of those who began an item, by their id as text, in order of names."""
    rows = await db.execute(_AUTHORS, {"bank": bank_id(db)})
    return {str(row[0]): row[1] for row in rows}


def place(wanted: Filter, last: Item) -> After:
    """Return where a list goes on after `last`."""
    return getattr(last, _SORTED_BY[wanted.sort.removeprefix("-")].key), last.id


async def item_count(db: Read, wanted: Filter) -> int:
    """Return how many items a filter matches."""
    return int(await db.scalar(_filtered(db, select(func.count(Item.id)), wanted)) or 0)


async def kind_counts(db: Read, wanted: Filter) -> dict[str, int]:
    """Return how many items of each kind a filter matches; kinds without any are left out."""
    return (await list_counts(db, wanted, {}))[0]


async def named_counts(db: Read, views: Mapping[str, Filter]) -> dict[str, int]:
    """Return how many items each named filter matches, in one statement."""
    if not views:
        return {}
    return {name: int(found) for name, _, found in await db.execute(union_all(*_counts(db, views)))}


def _counts(db: Read, views: Mapping[str, Filter]) -> list[Any]:
    """Return one select a named filter: its name, no kind, how many items match."""
    found = []
    for name, view in views.items():
        each = select(literal(name).label("view"), literal("").label("kind"), func.count())
        found.append(_filtered(db, each.select_from(Item), view))
    return found


async def list_counts(
    db: Read, wanted: Filter, views: Mapping[str, Filter]
) -> tuple[dict[str, int], dict[str, int]]:
    """Return how many items of each kind a filter matches, and how many each named filter does.

    One statement: a page asks for both. Kinds without any are left out.
    """
    per_kind = select(literal("").label("view"), Item.kind, func.count().label("found"))
    parts = [_filtered(db, per_kind, wanted).group_by(Item.kind), *_counts(db, views)]
    kinds: dict[str, int] = {}
    named: dict[str, int] = {}
    for name, kind, found in await db.execute(union_all(*parts)):
        if name:
            named[name] = int(found)
        else:
            kinds[kind] = int(found)
    return kinds, named


def _filtered(db: Read, query: Any, wanted: Filter) -> Any:  # any select, same select back
    conditions = [
        Item.tenant_id == bank_id(db),
        *_plain(wanted),
        *_stated(wanted),
        *_valid(wanted),
        *has_words(wanted.q, live_only=wanted.live_only),
    ]
    for label_id in wanted.label_ids:
        there = select(Label.id).where(
            Label.tenant_id == bank_id(db), Label.id == label_id, Label.deleted_at.is_(None)
        )
        has = select(LabelledItem.item_id).where(
            LabelledItem.tenant_id == Item.tenant_id,
            LabelledItem.label_id == there.scalar_subquery(),
            LabelledItem.item_id == Item.id,
        )
        conditions.append(has.exists())
    return query.where(*conditions)


def _plain(wanted: Filter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.live_only:
        found.append(Item.live_revision_id.is_not(None))
    if wanted.kind:
        found.append(Item.kind == wanted.kind)
    if wanted.topic:
        found.append(Item.topic == wanted.topic)
    if wanted.author_id:
        found.append(Item.author_id == wanted.author_id)
    if wanted.updated_from is not None:
        found.append(Item.updated_at >= wanted.updated_from)
    if wanted.updated_before is not None:
        found.append(Item.updated_at < wanted.updated_before)
    if wanted.quiet_since is not None:
        found.append(Item.live_revision_id.is_not(None))
        found.append(or_(Item.shared_on.is_(None), Item.shared_on < wanted.quiet_since))
    return found


def _stated(wanted: Filter) -> list[ColumnElement[bool]]:
    if wanted.state in _OF_WORKING and not wanted.live_only:
        return [_newest_is(wanted.state)]
    return [Item.state == wanted.state] if wanted.state else []


def _newest_is(state: str) -> ColumnElement[bool]:
    newest = select(Revision.id).where(
        Revision.tenant_id == Item.tenant_id,
        Revision.item_id == Item.id,
        Revision.id == Item.working_revision_id,
        Revision.state == state,
    )
    return newest.exists()


def _valid(wanted: Filter) -> list[ColumnElement[bool]]:
    if not wanted.validity:
        return []
    if wanted.at is None:
        raise ValueError("an instant is needed to judge validity by")
    is_live = Item.live_revision_id.is_not(None)
    if wanted.validity == "current":
        return [is_live, or_(Item.live_until.is_(None), Item.live_until > wanted.at)]
    if wanted.validity == "expiring":
        return [Item.live_until > wanted.at, Item.live_until <= wanted.expiring_before]
    if wanted.validity == "expired":
        return [or_(Item.state == "expired", Item.live_until <= wanted.at)]
    # What waits for its first day is known to those who may see drafts only.
    return [_newest_is("approved"), *([is_live] if wanted.live_only else [])]


def _after(query: Any, wanted: Filter, after: After | None) -> Any:
    """Order a list, and leave out what was seen; what has no value comes last.

    Sorted by its last share, an item that nobody ever shared has waited longest: it comes
    first, and last when the newest share leads.
    """
    if after is not None:
        column = _SORTED_BY[wanted.sort.removeprefix("-")]
        is_down = wanted.sort.startswith("-")
        is_first = wanted.sort == "shared"
        rest = _beyond(column, after, is_down=is_down, nulls_first=is_first)
        named = is_named(wanted.q)
        if named is not None:
            # Those that are named lead: after one of them the others of them, then all else.
            ended_named = _is_named(after[1], wanted.q)
            rest = or_(and_(rest, named == ended_named), and_(ended_named, not_(named)))
        query = query.where(rest)
    return _ordered(query, wanted)


def _is_named(item_id: UUID, q: str) -> ColumnElement[bool]:
    one = aliased(Item)
    same = select(one.id).where(one.tenant_id == Item.tenant_id, one.id == item_id)
    named = is_named(q, one)
    return false() if named is None else same.where(named).exists()


def _ordered(query: Any, wanted: Filter) -> Any:  # any select, same select back
    name = wanted.sort.removeprefix("-")
    is_down = wanted.sort.startswith("-")
    first = _SORTED_BY[name].desc() if is_down else _SORTED_BY[name].asc()
    if name in ("until", "shared"):
        first = first.nulls_first() if wanted.sort == "shared" else first.nulls_last()
    named = named_first(wanted.q)
    return query.order_by(*named, first, Item.id.desc() if is_down else Item.id.asc())


def _beyond(
    column: InstrumentedAttribute[Any], after: After, *, is_down: bool, nulls_first: bool
) -> ColumnElement[bool]:
    value, item_id = after
    later = Item.id < item_id if is_down else Item.id > item_id
    if value is None:
        same = and_(column.is_(None), later)
        return or_(same, column.is_not(None)) if nulls_first else same
    further = column < value if is_down else column > value
    found = or_(further, and_(column == value, later))
    if column in (Item.updated_at, Item.created_at):
        # Says the same once more, in a way that an index can begin at.
        return and_(column <= value if is_down else column >= value, found)
    return found if nulls_first else or_(found, column.is_(None))
