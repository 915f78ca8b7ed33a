"""Reads of reviews: what waits and for whom, the steps of one submission, and the record."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    any_,
    bindparam,
    exists,
    func,
    literal,
    select,
    tuple_,
)
from sqlalchemy.orm import aliased

from contenthub.db import Read
from contenthub.errors import NotFound
from contenthub.library import queries
from contenthub.library.models import Item, Review, Revision
from contenthub.library.queries_deputies import deputising
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import BANK, bank_id

_NEVER = datetime(9999, 12, 31, tzinfo=UTC)
DECIDED = ("approved", "returned")
_OF_ALL = (
    select(Review)
    .where(Review.tenant_id == BANK, Review.subject_id.in_(bindparam("subjects", expanding=True)))
    .order_by(Review.id.desc())
)
_Earlier, _Live = aliased(Review), aliased(Revision)


@dataclass(frozen=True, slots=True)
class Hands:
    """Whose hands a step may be in: a person, their roles and those lent by people on leave."""

    me_id: UUID
    roles: tuple[str, ...]
    lenders: tuple[tuple[str, str], ...] = ()
    """(role, who lends it) of roles that are not one's own."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list of reviews shows; an empty part asks nothing.

    `state` 'decided' is approved or returned; `mine` are the steps somebody may take;
    `late_at` those that are overdue then; `since` and `until` bound the decision.
    """

    state: str = "waiting"
    subject_kind: str = ""
    mine: Hands | None = None
    late_at: datetime | None = None
    since: datetime | None = None
    until: datetime | None = None
    words: str = ""
    reviewer_id: UUID | None = None


async def hands(db: Read, me: Staff, *, at: datetime) -> Hands:
    """Return what `me` may take at `at`, as a deputy too."""
    lent = [
        (role, person.name)
        for person in await deputising(db, me.id, at=at)
        for role in person.roles
        if role not in me.roles
    ]
    roles = dict.fromkeys(["", *me.roles, *(role for role, _ in lent)])
    return Hands(me.id, tuple(roles), tuple(lent))


def _is_mine(of: Hands) -> ColumnElement[bool]:
    taken = exists().where(
        _Earlier.tenant_id == Review.tenant_id,
        _Earlier.round_id == Review.round_id,
        _Earlier.reviewer_id == of.me_id,
    )
    wrote = literal(of.me_id) == any_(Review.involved)
    return and_(~wrote, Review.step_role.in_(of.roles), ~taken)


def _filtered(query: Select[Any], db: Read, wanted: Wanted) -> Select[Any]:
    states = DECIDED if wanted.state == "decided" else (wanted.state,)
    query = query.where(Review.tenant_id == bank_id(db), Review.state.in_(states))
    if wanted.subject_kind:
        query = query.where(Review.subject_kind == wanted.subject_kind)
    if wanted.mine is not None:
        query = query.where(_is_mine(wanted.mine))
    if wanted.late_at is not None:
        query = query.where(Review.due_at < wanted.late_at)
    if wanted.since is not None:
        query = query.where(Review.decided_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(Review.decided_at < wanted.until)
    if wanted.words:
        query = query.where(Review.title.icontains(wanted.words, autoescape=True))
    if wanted.reviewer_id is not None:
        query = query.where(Review.reviewer_id == wanted.reviewer_id)
    return query


async def inbox(
    db: Read, wanted: Wanted, *, after: UUID | None = None, limit: int = 50
) -> Sequence[Review]:
    """Return reviews: waiting ones by their due time, so that late ones come first; decided
    ones newest first. `after` is the id of the last one seen.
    """
    query = _filtered(select(Review), db, wanted)
    if wanted.state != "waiting":
        if after is not None:
            query = query.where(Review.id < after)
        return (await db.scalars(query.order_by(Review.id.desc()).limit(limit))).all()
    due = func.coalesce(Review.due_at, _NEVER)
    if after is not None:
        last = await db.get(Review, (bank_id(db), after))
        if last is not None:
            query = query.where(tuple_(due, Review.id) > (last.due_at or _NEVER, last.id))
    return (await db.scalars(query.order_by(due, Review.id).limit(limit))).all()


async def round_of(db: Read, of: Review) -> Sequence[Review]:
    """Return the steps of one submission in their order."""
    rows = await db.scalars(
        select(Review)
        .where(Review.tenant_id == bank_id(db), Review.round_id == of.round_id)
        .order_by(Review.step_no)
    )
    return rows.all()


async def reviews_of_all(db: Read, subject_ids: Collection[UUID]) -> Sequence[Review]:
    """Return the reviews of some revisions, newest first."""
    return (await db.scalars(_OF_ALL, {"bank": bank_id(db), "subjects": subject_ids})).all()


async def reviews_of_item(db: Read, of: Review, *, limit: int = 20) -> Sequence[Review]:
    """Return the decided reviews of the same thing, newest first: of every version of an item."""
    subjects: Any = [of.subject_id]
    if of.subject_kind == "revision":
        owner = select(Revision.item_id).where(
            Revision.tenant_id == bank_id(db), Revision.id == of.subject_id
        )
        subjects = select(Revision.id).where(
            Revision.tenant_id == bank_id(db), Revision.item_id == owner.scalar_subquery()
        )
    rows = await db.scalars(
        select(Review)
        .where(
            Review.tenant_id == bank_id(db),
            Review.subject_id.in_(subjects),
            Review.state.in_(DECIDED),
        )
        .order_by(Review.id.desc())
        .limit(limit)
    )
    return rows.all()


async def wordings(db: Read, revision_id: UUID) -> tuple[Revision, Item, Revision | None]:
    """Return a revision, its item and what customers see of it, or saw last; one statement.

    The third is the live revision; of an item that was recalled or ended, the one that was
    live last; None where nothing ever was.
    """
    row = (
        await db.execute(
            select(Revision, Item, _Live)
            .join(Item, and_(Item.tenant_id == Revision.tenant_id, Item.id == Revision.item_id))
            .outerjoin(_Live, queries.is_last_shown(_Live))
            .where(Revision.tenant_id == bank_id(db), Revision.id == revision_id)
        )
    ).one_or_none()
    if row is None:
        raise NotFound("没有找到这个版本")
    return row[0], row[1], row[2]


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many reviews wait: per kind of subject, in one's own hands, and late ones."""

    kinds: dict[str, int]
    mine: int
    late: int
    mine_late: int

    @property
    def total(self) -> int:
        """All that wait in the bank."""
        return sum(self.kinds.values())


async def waiting(db: Read, of: Hands, *, at: datetime) -> Waiting:
    """Return the counts of what waits, in one statement."""
    late, mine = Review.due_at < at, _is_mine(of)
    rows = await db.execute(
        select(
            Review.subject_kind,
            func.count(),
            func.count().filter(mine),
            func.count().filter(late),
            func.count().filter(and_(mine, late)),
        )
        .where(Review.tenant_id == bank_id(db), Review.state == "waiting")
        .group_by(Review.subject_kind)
    )
    found = rows.all()
    sums = [sum(int(row[n]) for row in found) for n in (2, 3, 4)]
    return Waiting({row[0]: int(row[1]) for row in found}, *sums)


async def next_waiting(
    db: Read, of: Hands, *, after: Review | None = None, among: Wanted | None = None
) -> Review | None:
    """Return what to look at next: a step in one's own hands, after the one just decided, else
    the first; else anything that waits. `among` narrows it.
    """
    wanted = among or Wanted()
    mine = Wanted(subject_kind=wanted.subject_kind, mine=of, late_at=wanted.late_at)
    tries: list[tuple[Wanted, UUID | None]] = [(mine, None), (wanted, None)]
    if after is not None:
        tries.insert(0, (mine, after.id))
    for what, last in tries:
        found = await inbox(db, what, after=last, limit=1)
        if found:
            return found[0]
    return None


async def revisions_of(db: Read, reviews: Collection[Review]) -> dict[UUID, Revision]:
    """Return the revisions that some reviews were about, by id."""
    ids = [one.subject_id for one in reviews if one.subject_kind == "revision"]
    rows = await db.scalars(
        select(Revision).where(Revision.tenant_id == bank_id(db), Revision.id.in_(ids))
    )
    return {row.id: row for row in rows}


async def items_of(db: Read, revision_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Return the item of each revision."""
    rows = await db.execute(
        select(Revision.id, Revision.item_id).where(
            Revision.tenant_id == bank_id(db), Revision.id.in_(revision_ids)
        )
    )
    return {row[0]: row[1] for row in rows}
