"""Rows of a bank's file become customers: one batch, one transaction, found again by phone."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain, islice
from typing import TypeAlias
from uuid import UUID

from pyroaring import BitMap
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from contenthub.customers import (
    actions_audience,
    actions_known,
    actions_newcomers,
    actions_tagging,
    queries,
    queries_locks,
    queries_places,
    queries_tags,
    rows,
)
from contenthub.customers.actions_known import Change, Known, Placed, Sealed
from contenthub.customers.actions_newcomers import Newcomer
from contenthub.customers.actions_tagging import Moved, Origin, Was
from contenthub.customers.bitmaps import Key
from contenthub.customers.filerows import Batch, Prepared
from contenthub.customers.indexkeys import grouped
from contenthub.customers.mergerules import Rules
from contenthub.customers.models import Tag, TagGroup
from contenthub.customers.queries_places import Places, Where
from contenthub.customers.rows import CustomerRow
from contenthub.db import Write, new_id
from contenthub.errors import Invalid
from contenthub.tenants import actions as tenants
from contenthub.tenants import queries_banks
from contenthub.tenants.masking import mask_phone
from contenthub.tenants.sealing import bank_id, keyring
from contenthub.tenants.topics import topic_slug
from contenthub.uploads.sorts import RowProblem

ERASED = "该客户已要求删除，没有导入；客户重新授权后，请单独新增并填写授权书版本"
IMPORT_GROUP = "导入标签"
TAG_LIMIT = 500
"""More new tags than this in one batch is a wrong column, not tags."""
SHOWN = 20
"""Of how many rows a trial shows what they change."""

Bits: TypeAlias = dict[Key, BitMap]
# One statement a batch: arrays go over the wire four times faster than rows.
# A file names no last day: the refusal holds for good, also where one was to end.
_REFUSE = text("""
with said as (
insert into refusals (tenant_id, customer_no, topic, recorded_by, recorded_at, channel,
  text_version)
select :tenant_id, w.no, w.topic, :by, :at, 'import', ''
from unnest(cast(:nos as int[]), cast(:topics as text[])) as w (no, topic)
on conflict (tenant_id, customer_no, topic) do update
set until_on = excluded.until_on, recorded_by = excluded.recorded_by,
  recorded_at = excluded.recorded_at, channel = excluded.channel
where refusals.until_on is not null
returning old.customer_no, old.topic, old.recorded_by, old.recorded_at, old.until_on, old.channel,
  old.text_version)
select * from said where customer_no is not null
""")


@dataclass(slots=True)
class Trace:
    """Whom a batch met and added, and what it changed, as it was."""

    people: BitMap
    added: BitMap
    changes: Sequence[Change]
    sealed: Sealed
    tags_put: int = 0
    tags_were: Sequence[Was] = ()
    refusals_were: Sequence[Sequence[object]] = ()


@dataclass(slots=True)
class Tally:
    """What a batch did; `problems` go to the error file."""

    added: int = 0
    updated: int = 0
    repeated: int = 0
    """Lines whose phone an earlier line of the same batch had already."""
    fresh: list[str] = field(default_factory=list)
    """Phones the bank did not know; for the trial alone, never logged."""
    problems: list[RowProblem] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)
    """Phone → its last line in the batch; never logged."""
    warnings: list[RowProblem] = field(default_factory=list)
    """Lines that a later line of the same phone follows; they are not failed."""
    met: list[tuple[Known, Placed]] = field(default_factory=list)
    """Some of whom it knew with their rows, to show what changes."""
    rules: Rules = field(default_factory=Rules)
    """By what their rows were merged."""
    trace: Trace | None = None
    """What it wrote, for who may take it back; None: nothing."""


@dataclass(slots=True)
class _Told:
    """The rows of a batch by phone's index, as if each further one had come in a later batch."""

    first: dict[bytes, Placed] = field(default_factory=dict)
    more: list[tuple[bytes, Placed]] = field(default_factory=list)
    """Further rows of the same phones, in the order of the file."""

    def placed(self) -> Iterator[tuple[bytes, Placed]]:
        return chain(self.first.items(), self.more)

    def rows(self) -> Iterator[CustomerRow]:
        return (placed.row for _, placed in self.placed())

    def hints(self) -> list[RowProblem]:
        """Return for each row that a later one follows that both are one customer."""
        last = {index: self.first[index].row.line for index, _ in self.more}
        found = []
        for index, (row, _, _) in self.more:
            found.append(rows.repeated(last[index], row.line, phone=row.phone))
            last[index] = row.line
        return found


async def add_batch(
    db: Write,
    batch: Sequence[CustomerRow],
    read: Batch | None = None,
    *,
    rules: Rules | None = None,
    dry_run: bool,
    by: UUID | None,
    at: datetime,
) -> Tally:
    """Add or update the customers of a batch; with `dry_run`, only say what would happen.

    `read`: what the file's reader made ready of these very rows.

    A phone that is there already updates that customer with what the row says, as far as the
    bank's `rules` let it; empty cells change nothing. Running the same batch again changes
    nothing more.
    Raises Invalid (`tags`) for hundreds of unknown tags: then another column was meant.
    """
    if not dry_run:
        # Two files at once take turns: the same new phone in both is one customer.
        await queries_locks.one_file(db)
        await queries_locks.share(db)
    known = await queries_places.places(db)
    tally = Tally()
    said = _good(batch, _phone_indexes(db, batch, read), known, tally)
    good = said.first
    new_words = {word for row in said.rows() for word in row.tags} - set(known.tags)
    if len(new_words) > TAG_LIMIT:
        raise Invalid.of(
            "tags",
            f"标签列里有 {len(new_words)} 个没见过的标签，不像是标签，请核对“标签”选的是哪一列",
        )
    have = await actions_known.existing(db, list(good), lock=not dry_run)
    await _leave_out_erased(db, said, have, tally)
    tally.repeated = len(said.more)
    tally.warnings = said.hints()
    tally.added, tally.updated = len(good) - len(have), len(have)
    tally.fresh = [row.phone for index, (row, _, _) in good.items() if index not in have]
    if rules:
        tally.rules = replace(rules, head_id=known.head_id)
    shown = dict(islice(have.items(), SHOWN))
    tally.met = [(shown[index], placed) for index, placed in said.placed() if index in shown]
    if not dry_run and good:
        ready = None if read is None else read.prepared
        tally.trace = await _write(
            db, said, have, known, rules=tally.rules, ready=ready, by=by, at=at
        )
    return tally


def _good(
    batch: Sequence[CustomerRow], indexes: Sequence[bytes], known: Places, tally: Tally
) -> _Told:
    """Return the rows whose words the bank knows, by phone; the others are the tally's problems."""
    said = _Told()
    found: dict[tuple[str, str], Where | None] = {}
    for row, index in zip(batch, indexes, strict=True):
        words = row.branch, row.owner
        # Thousands of rows name the same few.
        if words not in found:
            found[words] = queries_places.where(*words, known)
        where = found[words]
        if where is None:
            tally.problems.append(queries_places.unknown(row, known))
            continue
        placed = Placed(row, *where)
        if said.first.setdefault(index, placed) is not placed:
            said.more.append((index, placed))
        tally.lines[row.phone] = row.line
    return said


def _phone_indexes(db: Write, batch: Sequence[CustomerRow], read: Batch | None) -> Sequence[bytes]:
    if read is not None:
        return read.phone_indexes
    return keyring(db).index_all(bank_id(db), [row.phone for row in batch])


async def _leave_out_erased(
    db: Write, said: _Told, have: Mapping[bytes, Known], tally: Tally
) -> None:
    """Take the rows out whose owners asked to be erased: a file is no new consent of theirs."""
    new = {one.row.phone: index for index, one in said.first.items() if index not in have}
    erased = await queries.erased_phones(db, new)
    for phone in erased:
        del tally.lines[phone]
    gone = {new[phone] for phone in erased}
    tally.problems += [
        RowProblem(one.row.line, "phone", mask_phone(one.row.phone), ERASED)
        for index, one in said.placed()
        if index in gone
    ]
    for index in gone:
        del said.first[index]
    said.more = [(index, one) for index, one in said.more if index not in gone]


async def _write(
    db: Write,
    said: _Told,
    have: Mapping[bytes, Known],
    known: Places,
    *,
    rules: Rules,
    ready: Prepared | None,
    by: UUID | None,
    at: datetime,
) -> Trace:
    good = said.first
    new = [index for index in good if index not in have]
    await queries_banks.check_customers(db, len(new))
    first = await tenants.next_no(db, "customer", count=len(new)) if new else 0
    numbers = {index: first + i for i, index in enumerate(new)}
    numbers |= {index: customer.no for index, customer in have.items()}
    newcomers = [Newcomer(numbers[index], index, *good[index]) for index in new]
    sets = asyncio.create_task(asyncio.to_thread(_tag_sets, said, numbers))
    try:
        add = await actions_newcomers.add(db, newcomers, known.above, ready=ready, at=at)
    finally:
        await asyncio.wait([sets])
    if rules.by_day:
        told = [(newcomer.no, newcomer.row) for newcomer in newcomers]
        await actions_known.date_newcomers(db, told, rules)
    changes, sealed = await _change(db, said, have, rules=rules, at=at)
    added = BitMap(numbers[index] for index in new)
    # What a newcomer's later rows changed is no change to who was there: an undo deletes them.
    fresh, old = _apart(changes, added)
    for key, nos in grouped([one.before for one in fresh], known.above).items():
        add[key] = add.get(key, BitMap()) - BitMap(nos)
    trace = Trace(BitMap(numbers.values()), added, old, sealed)
    _put_in(add, grouped([one.after for one in changes], known.above))
    remove = grouped([one.before for one in old], known.above)
    moved = await _tag(db, await sets, known, by=by, at=at)
    trace.tags_were, trace.tags_put = moved.were, moved.put
    _put_in(add, moved.add)
    _put_in(remove, moved.remove)
    trace.refusals_were = await _refuse(db, said, numbers, add=add, by=by, at=at)
    nobody = BitMap()
    await actions_audience.mark(
        db, add, {key: nos - add.get(key, nobody) for key, nos in remove.items()}
    )
    return trace


async def _change(
    db: Write, said: _Told, have: Mapping[bytes, Known], *, rules: Rules, at: datetime
) -> tuple[Sequence[Change], Sealed]:
    """Write what rows say of who is there by now, newcomers of this batch among them."""
    there = dict(have)
    if new := {index for index, _ in said.more if index not in have}:
        there |= await actions_known.existing(db, sorted(new), lock=True)
    told = [(customer, said.first[index]) for index, customer in have.items()]
    told += [(there[index], placed) for index, placed in said.more]
    return await actions_known.change(db, told, rules, at=at)


def _apart(changes: Sequence[Change], added: BitMap) -> tuple[Sequence[Change], Sequence[Change]]:
    fresh = [one for one in changes if one.before.no in added]
    return fresh, changes if not fresh else [one for one in changes if one.before.no not in added]


def _put_in(bits: Bits, more: Mapping[Key, Iterable[int]]) -> None:
    for key, nos in more.items():
        bits.setdefault(key, BitMap()).update(nos)


def _tag_sets(said: _Told, numbers: Mapping[bytes, int]) -> dict[tuple[str, ...], list[int]]:
    """Return each combination of tags that rows name, with the numbers of its customers."""
    more: dict[bytes, dict[str, None]] = {}
    for index, (row, _, _) in said.more:
        words = more.setdefault(index, dict.fromkeys(said.first[index].row.tags))
        for word in row.tags:
            # Said last stands last: of an exclusive group that one stays.
            words.pop(word, None)
            words[word] = None
    sets: dict[tuple[str, ...], list[int]] = {}
    for index, (row, _, _) in said.first.items():
        if tags := tuple(more[index]) if index in more else row.tags:
            sets.setdefault(tags, []).append(numbers[index])
    return sets


async def _tag(
    db: Write,
    sets: Mapping[tuple[str, ...], Sequence[int]],
    known: Places,
    *,
    by: UUID | None,
    at: datetime,
) -> Moved:
    words = {word for some in sets for word in some}
    await _new_tags(db, sorted(words - set(known.tags)), known, at=at)
    wanted = [([known.tags[word] for word in some], nos) for some, nos in sets.items()]
    return await actions_tagging.put_sets_on(db, wanted, Origin("import", at, by))


async def _new_tags(db: Write, words: list[str], known: Places, *, at: datetime) -> None:
    if not words:
        return
    bank = bank_id(db)
    await db.execute(
        insert(TagGroup)
        .values(tenant_id=bank, id=new_id(), name=IMPORT_GROUP, dimension="kind", created_at=at)
        .on_conflict_do_nothing()
    )
    group_id = await db.scalar(
        select(TagGroup.id).where(
            TagGroup.tenant_id == bank,
            TagGroup.name == IMPORT_GROUP,
            TagGroup.deleted_at.is_(None),
        )
    )
    await db.execute(
        insert(Tag).on_conflict_do_nothing(),
        [
            {"tenant_id": bank, "id": new_id(), "group_id": group_id, "name": w, "created_at": at}
            for w in words
        ],
    )
    known.tags.update(await queries_tags.ids_by_name(db, words))


async def _refuse(
    db: Write,
    said: _Told,
    numbers: Mapping[bytes, int],
    *,
    add: Bits,
    by: UUID | None,
    at: datetime,
) -> Sequence[Sequence[object]]:
    found: dict[str, dict[int, None]] = {}
    for index, (row, _, _) in said.placed():
        for word in row.refused:
            found.setdefault(topic_slug(word), {})[numbers[index]] = None
    if not found:
        return []
    _put_in(add, {("refused", topic): some for topic, some in found.items()})
    pairs = [(no, topic) for topic, some in found.items() for no in some]
    nos, topics = zip(*pairs, strict=True)
    facts = {"tenant_id": bank_id(db), "by": by, "at": at, "nos": list(nos), "topics": list(topics)}
    return [list(row) for row in await db.execute(_REFUSE, facts)]
