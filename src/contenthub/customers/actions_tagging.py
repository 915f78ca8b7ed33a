"""Putting tags on customers and taking them off: one way for hand, file, bulk and rule.

Whoever calls holds the customers (`lock`, `lock_one`), then tells the index what moved. Of an
exclusive group the tag put on last stays, the others go.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from pyroaring import BitMap
from sqlalchemy import and_, delete, select, text, tuple_

from contenthub.customers import queries_locks, queries_tags
from contenthub.customers.actions_audience import mark
from contenthub.customers.bitmaps import Key
from contenthub.customers.models import CustomerTag, Tag
from contenthub.customers.models_tags import RemovedTag, TagChange
from contenthub.db import Write
from contenthub.tenants import actions as tenants
from contenthub.tenants import queries as tenants_queries
from contenthub.tenants.sealing import bank_id

ENDED_AT_ONCE = 5_000
KEPT = timedelta(days=30)
"""How long what was deleted or changed can be taken back."""

_THERE = text("""
select no from customers where tenant_id = :bank and no = any(cast(:nos as int[])) order by no
""")
_LOCK_ONE = text("select no from customers where tenant_id = :bank and no = :no for update")
# By `on conflict` and not by a join with what is there: a plan made for an empty bank is still
# used when it has a million customers. A tag's numbers come as one text: see packed.py.
_PUT = text("""
with fresh as (
  insert into customer_tags (tenant_id, tag_id, customer_no, source, tagged_by, tagged_at,
    until_on, change_id)
  select :bank, w.tag_id, n.no, :source, :by, :at, w.until_on, :change
  from unnest(cast(:tags as uuid[]), cast(:lists as text[]), cast(:untils as date[]))
    as w (tag_id, list, until_on), unnest(cast(w.list as int[])) as n (no)
  on conflict do nothing returning tag_id, customer_no
)
select tag_id, array_agg(customer_no) from fresh group by tag_id
""")
# A tag that ends is put on again: it holds longer then, never shorter. `between` and `coalesce`
# leave the planner one index only that can answer: the primary key.
_HOLD_LONGER = text("""
with longer as (
  update customer_tags c
  set until_on = w.until_on, source = :source, tagged_by = :by, tagged_at = :at, change_id = null
  from (
    select o.place, w.until_on
    from unnest(cast(:tags as uuid[]), cast(:nos as int[]), cast(:untils as date[]))
      as w (tag_id, no, until_on), lateral (
      select o.ctid as place from customer_tags o
      where o.tenant_id = :bank and o.tag_id = w.tag_id and o.customer_no between w.no and w.no
        and coalesce(o.until_on, 'infinity') < coalesce(w.until_on, 'infinity') limit 1
    ) o
  ) w where c.ctid = w.place returning c.tag_id, c.customer_no, old.source, old.tagged_by,
    old.tagged_at, old.until_on, old.change_id
)
select * from longer
""")
_OFF = """
delete from customer_tags c
where c.tenant_id = :bank and c.tag_id = any(cast(:tags as uuid[]))
  and c.customer_no = any(cast(:nos as int[]))
returning c.tag_id, c.customer_no, c.source, c.tagged_by, c.tagged_at, c.until_on, c.change_id
"""
# What a change of many takes off is kept as it was.
_OFF_KEPT = """
with gone as (
  delete from customer_tags c
  where c.tenant_id = :bank and c.tag_id = any(cast(:tags as uuid[]))
    and c.customer_no = any(cast(:nos as int[]))
  returning c.*
)
insert into removed_tags (tenant_id, change_id, tag_id, customer_no, source, tagged_by, tagged_at,
  until_on, put_by_change_id)
select g.tenant_id, :change, g.tag_id, g.customer_no, g.source, g.tagged_by, g.tagged_at,
  g.until_on, g.change_id
from gone g on conflict do nothing returning tag_id, customer_no
"""

_DROP_RIVALS = """
delete from customer_tags c using tags t, tag_groups g
where c.tenant_id = :bank and c.tag_id = :tag and t.tenant_id = c.tenant_id and t.id = c.tag_id
  and g.tenant_id = t.tenant_id and g.id = t.group_id and g.is_exclusive and exists (
    select from customer_tags r join tags o on o.tenant_id = r.tenant_id and o.id = r.tag_id
    where r.tenant_id = c.tenant_id and r.customer_no = c.customer_no
      and o.group_id = t.group_id and o.id <> t.id and o.deleted_at is null)
returning c.tag_id, c.customer_no
"""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where tags come from: a source of taggroups.SOURCES, who, when, until when, which change."""

    source: str
    at: datetime
    by: UUID | None = None
    until_on: date | None = None
    """The last day it holds; None: as the tag itself says."""
    change_id: UUID | None = None


class Was(NamedTuple):
    """A tag of a customer as it was."""

    tag_id: UUID
    customer_no: int
    source: str
    tagged_by: UUID | None
    tagged_at: datetime
    until_on: date | None
    change_id: UUID | None


@dataclass(slots=True)
class Moved:
    """Which bits of the index follow, how many rows came, and how many gave way."""

    add: dict[Key, list[int]] = field(default_factory=dict)
    remove: dict[Key, list[int]] = field(default_factory=dict)
    put: int = 0
    replaced: int = 0
    were: list[Was] = field(default_factory=list)
    """What gave way or holds longer now, as it was; not of a change of many, which keeps it."""

    def came(self, tag_id: UUID, nos: Iterable[int]) -> None:
        """Write down that customers have a tag now."""
        self.add.setdefault(("tag", str(tag_id)), []).extend(nos)

    def went(self, pairs: Iterable[tuple[UUID, int]]) -> int:
        """Write down that customers have tags no more; return how many."""
        count = 0
        for tag_id, no in pairs:
            self.remove.setdefault(("tag", str(tag_id)), []).append(no)
            count += 1
        return count


async def lock(db: Write, nos: Iterable[int]) -> list[int]:
    """Let nobody else tag, change by file or erase until this transaction ends.

    Returns the numbers of those customers that are there, in order.
    """
    await queries_locks.alone(db)
    rows = await db.scalars(_THERE, {"bank": bank_id(db), "nos": list(nos)})
    return list(rows)


async def lock_one(db: Write, no: int) -> None:
    """Hold the row of one customer until this transaction ends; others may be tagged."""
    await queries_locks.share(db)
    await db.execute(_LOCK_ONE, {"bank": bank_id(db), "no": no})


async def put_on(db: Write, pairs: Sequence[tuple[UUID, int]], origin: Origin) -> Moved:
    """Put tags on customers, (tag, customer number) each; of one exclusive group the last stays.

    The caller tells the index: `actions_audience.mark(db, moved.add, moved.remove)`.
    """
    rules = await queries_tags.rules(db, {tag_id for tag_id, _ in pairs})
    return await _put(db, _one_of_each_group(pairs, rules), rules, origin)


async def put_sets_on(
    db: Write, sets: Sequence[tuple[Sequence[UUID], Sequence[int]]], origin: Origin
) -> Moved:
    """Put sets of tags on customers, each number in one set at most; as `put_on`.

    What many share is looked at once, not once for each.
    """
    rules = await queries_tags.rules(db, {tag_id for tag_ids, _ in sets for tag_id in tag_ids})
    by_tag: dict[UUID, list[int]] = {}
    for place, (tag_ids, nos) in enumerate(sets):
        for tag_id in _one_of_each_group([(tag_id, place) for tag_id in tag_ids], rules):
            by_tag.setdefault(tag_id, []).extend(nos)
    return await _put(db, by_tag, rules, origin)


async def _put(
    db: Write,
    by_tag: dict[UUID, list[int]],
    rules: Mapping[UUID, queries_tags.Rule],
    origin: Origin,
) -> Moved:
    moved = Moved()
    untils = await _untils(db, rules, origin)
    for tag_id, nos in by_tag.items():
        if rivals := rules[tag_id].rivals:
            if origin.change_id is None:
                gone = [Was(*row) for row in await _off(db, rivals, nos)]
                moved.were += gone
                moved.replaced += moved.went((one.tag_id, one.customer_no) for one in gone)
            else:
                kept = await take_off(db, rivals, nos, change_id=origin.change_id)
                moved.replaced += moved.went(kept)
        moved.came(tag_id, nos)
    if not by_tag:
        return moved
    facts = {"bank": bank_id(db), "source": origin.source, "by": origin.by, "at": origin.at}
    lists = {
        "tags": list(by_tag),
        "lists": [f"{{{','.join(map(str, nos))}}}" for nos in by_tag.values()],
        "untils": [untils.get(tag_id, origin.until_on) for tag_id in by_tag],
    }
    for tag_id, came in await db.execute(_PUT, {**facts, **lists, "change": origin.change_id}):
        moved.put += len(came)
        by_tag[tag_id] = list(BitMap(by_tag[tag_id]) - BitMap(came))
    # A change of many leaves what is there alone: undoing it takes off what it put on only.
    if any(by_tag.values()) and origin.change_id is None:
        rows = _columns(by_tag, untils, origin)
        longer = [Was(*row) for row in await db.execute(_HOLD_LONGER, {**facts, **rows})]
        moved.were += longer
        moved.put += len(longer)
    return moved


def _columns(
    by_tag: Mapping[UUID, Sequence[int]], untils: Mapping[UUID, date], origin: Origin
) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {"tags": [], "nos": [], "untils": []}
    for tag_id, nos in by_tag.items():
        columns["tags"] += [tag_id] * len(nos)
        columns["untils"] += [untils.get(tag_id, origin.until_on)] * len(nos)
        columns["nos"] += nos
    return columns


def _one_of_each_group(
    pairs: Sequence[tuple[UUID, int]], rules: Mapping[UUID, queries_tags.Rule]
) -> dict[UUID, list[int]]:
    """Return tag → numbers, each once; of an exclusive group a customer's last tag only."""
    by_tag: dict[UUID, dict[int, None]] = {}
    last: dict[tuple[UUID, int], UUID] = {}
    for tag_id, no in pairs:
        rule = rules[tag_id]
        if rule.rivals:
            last[rule.group_id, no] = tag_id
        else:
            by_tag.setdefault(tag_id, {})[no] = None
    for (_, no), tag_id in last.items():
        by_tag.setdefault(tag_id, {})[no] = None
    return {tag_id: list(nos) for tag_id, nos in by_tag.items()}


async def _untils(
    db: Write, rules: Mapping[UUID, queries_tags.Rule], origin: Origin
) -> dict[UUID, date]:
    """Return the last day of the tags that hold for days, unless the origin says a day."""
    days = {tag_id: rule.holds_days for tag_id, rule in rules.items() if rule.holds_days}
    if not days or origin.until_on is not None:
        return {}
    today = await tenants_queries.today(db, at=origin.at)
    return {tag_id: today + timedelta(days=holds) for tag_id, holds in days.items()}


async def take_off(
    db: Write, tag_ids: Iterable[UUID], nos: Iterable[int], *, change_id: UUID | None = None
) -> list[tuple[UUID, int]]:
    """Take tags off customers; return the (tag, number) pairs that were there.

    What a change of many (`change_id`) takes off is kept, so that it can be put back.
    """
    if change_id is None:
        return [(row[0], row[1]) for row in await _off(db, tag_ids, nos)]
    facts = {"bank": bank_id(db), "tags": list(tag_ids), "nos": list(nos), "change": change_id}
    return [(row[0], row[1]) for row in await db.execute(text(_OFF_KEPT), facts)]


async def _off(db: Write, tag_ids: Iterable[UUID], nos: Iterable[int]) -> Sequence[Any]:
    facts = {"bank": bank_id(db), "tags": list(tag_ids), "nos": list(nos)}
    return (await db.execute(text(_OFF), facts)).all()


async def drop_rivals(db: Write, tag: Tag) -> int:
    """Take a tag that came back off who has another one of its exclusive group; return how many."""
    moved = Moved()
    gone = await db.execute(text(_DROP_RIVALS), {"bank": bank_id(db), "tag": tag.id})
    count = moved.went((row[0], row[1]) for row in gone)
    await mark(db, moved.add, moved.remove)
    return count


async def end_tags(db: Write, *, at: datetime) -> int:
    """Take tags off whose last day is over, some at a time; return how many. Harmless again.

    The last day still counts: it ends at midnight on the bank's wall clock.
    """
    today = await tenants_queries.today(db, at=at)
    over = (CustomerTag.tenant_id == bank_id(db), CustomerTag.until_on < today)
    rows = await db.execute(
        select(CustomerTag.tag_id, CustomerTag.customer_no)
        .where(*over)
        .order_by(CustomerTag.until_on)
        .limit(ENDED_AT_ONCE)
    )
    pairs = [(row[0], row[1]) for row in rows]
    if not pairs:
        return 0
    await lock(db, {no for _, no in pairs})
    gone = await db.execute(
        delete(CustomerTag)
        .where(*over, tuple_(CustomerTag.tag_id, CustomerTag.customer_no).in_(pairs))
        .returning(CustomerTag.tag_id, CustomerTag.customer_no)
    )
    moved = Moved()
    count = moved.went((row[0], row[1]) for row in gone)
    await mark(db, moved.add, moved.remove)
    if count:
        tenants.record(db, "tags.ended", "tag", None, by=None, at=at, total=count)
    return count


async def forget(db: Write, *, at: datetime) -> int:
    """Drop rows of tags deleted long ago and of changes past undo, some at a time; return how many.

    The tags themselves stay: names, ledgers and merged names go on meaning them.
    """
    dead = and_(Tag.tenant_id == CustomerTag.tenant_id, Tag.id == CustomerTag.tag_id)
    rows = await db.execute(
        select(CustomerTag.tag_id, CustomerTag.customer_no)
        .join(Tag, dead)
        .where(CustomerTag.tenant_id == bank_id(db), Tag.deleted_at < at - KEPT)
        .limit(ENDED_AT_ONCE)
    )
    by_tag: dict[UUID, list[int]] = {}
    for tag_id, no in rows:
        by_tag.setdefault(tag_id, []).append(no)
    moved, count = Moved(), 0
    for tag_id, nos in by_tag.items():
        count += moved.went(await take_off(db, [tag_id], await lock(db, nos)))
    await mark(db, moved.add, moved.remove)
    old = select(RemovedTag.change_id, RemovedTag.tag_id, RemovedTag.customer_no)
    over = old.join(
        TagChange,
        and_(TagChange.tenant_id == RemovedTag.tenant_id, TagChange.id == RemovedTag.change_id),
    ).where(RemovedTag.tenant_id == bank_id(db), TagChange.at < at - KEPT)
    key = tuple_(RemovedTag.change_id, RemovedTag.tag_id, RemovedTag.customer_no)
    gone = await db.execute(
        delete(RemovedTag)
        .where(RemovedTag.tenant_id == bank_id(db), key.in_(over.limit(ENDED_AT_ONCE)))
        .returning(RemovedTag.customer_no)
    )
    return count + len(gone.all())
