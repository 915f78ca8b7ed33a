"""Reads of published posters: where they lie, how far publishing is, what is to be done."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select

from contenthub.db import Platform, Read
from contenthub.library import queries_shareable
from contenthub.posters import (
    contactcodes,
    published,
    queries,
    queries_choices,
    queries_contact,
    queries_plans,
)
from contenthub.posters import queries_shareable as posters
from contenthub.posters.models import TemplateRevision
from contenthub.posters.models_published import PosterUpkeep, PublishedPoster
from contenthub.posters.published import Address
from contenthub.posters.rendering import PosterPlan
from contenthub.storage_public import PublicStore, public_store_of
from contenthub.tenants import qualification
from contenthub.tenants import queries as tenants
from contenthub.tenants.banksettings import effective
from contenthub.tenants.models import Bank, Staff
from contenthub.tenants.sealing import bank_id, settings_of

POSTERS_MAX, PEOPLE_MAX = 60, 5000
SETTING = "poster_cdn"
DUE = ("planned", "uploading", "removing")
_ON = Bank.settings[SETTING].as_boolean()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a bank's publishing is, for its page."""

    counts: dict[str, int]
    problem: str
    """What stands in the way of the newest that failed, or an empty string."""

    @property
    def is_done(self) -> bool:
        """Return whether nothing waits to be published or taken away."""
        return not any(self.counts.get(state) for state in DUE)


def store_for(db: Read) -> PublicStore | None:
    """Return the deployment's public store, None where none is configured."""
    return public_store_of(db.info)


def is_on(db: Read, bank: Bank) -> bool:
    """Return whether a bank's posters are to be published at all."""
    wanted = bool(effective(bank.settings)[SETTING])
    return wanted and bank.state == "active" and store_for(db) is not None


async def addresses(
    db: Read, employee_id: UUID, revision_ids: Collection[UUID]
) -> dict[UUID, Address]:
    """Return where an employee's published posters lie, by their template revision."""
    store = store_for(db)
    if store is None or not revision_ids:
        return {}
    table = PublishedPoster
    rows = await db.execute(
        select(table.revision_id, table.name, table.link_code, table.background).where(
            table.tenant_id == bank_id(db),
            table.employee_id == employee_id,
            table.revision_id.in_(revision_ids),
            table.state == "published",
        )
    )
    return {row[0]: _address(store, bank_id(db), *row[1:]) for row in rows}


def _address(store: PublicStore, bank: UUID, *facts: Any) -> Address:
    """Return the address of a row's name, link and background."""
    name, code, background = facts
    whole, small = published.files_of(bank, name)
    return Address(store.url(whole), store.url(small), code, background)


async def of_template(
    db: Read,
    revision_id: UUID,
    *,
    staff_ids: Collection[UUID] | None = None,
    after: str = "",
    limit: int = 100,
) -> list[tuple[Staff, Address]]:
    """Return people with their published poster of a template revision, by staff number.

    None of `staff_ids` (the viewer's data scope) is the bank.
    """
    store = store_for(db)
    if store is None:
        return []
    table = PublishedPoster
    query = (
        select(Staff, table.name, table.link_code, table.background)
        .join(table, and_(table.tenant_id == Staff.tenant_id, table.employee_id == Staff.id))
        .where(
            Staff.tenant_id == bank_id(db),
            Staff.staff_no > after,
            table.revision_id == revision_id,
            table.state == "published",
        )
    )
    if staff_ids is not None:
        query = query.where(Staff.id.in_(staff_ids))
    rows = await db.execute(query.order_by(Staff.staff_no).limit(limit))
    return [(row[0], _address(store, bank_id(db), *row[1:])) for row in rows]


async def progress(db: Read) -> Progress:
    """Return how many of the bank's posters are in which state, and what stands in the way."""
    table = PublishedPoster
    mine = table.tenant_id == bank_id(db)
    rows = await db.execute(select(table.state, func.count()).where(mine).group_by(table.state))
    counts = {row[0]: int(row[1]) for row in rows}
    problem = await db.scalar(
        select(table.problem)
        .where(mine, table.state.in_(DUE), table.problem != "")
        .order_by(table.try_after_at.desc())
        .limit(1)
    )
    return Progress(counts, problem or "")


async def wanted(db: Read, *, at: datetime) -> dict[tuple[UUID, UUID], str]:
    """Return (template revision, employee) → facts of all posters that should be published now."""
    bank = await tenants.bank(db)
    if not is_on(db, bank):
        return {}
    people = await queries.sharers(db, limit=PEOPLE_MAX)
    found: dict[tuple[UUID, UUID], str] = {}
    for topic, revision in await _live(db, at=at):
        numbers = await queries_choices.chosen_by(db, revision)
        bases = await queries_plans.bases_on(db, revision, {0, *numbers.values()})
        ids = [
            one.id
            for one in people
            if not qualification.why_not(one, topic=topic, bank=bank, at=at)
        ]
        if contactcodes.shows_contact(bases[0].template):
            known = await queries_contact.texts(db, ids, channel=contactcodes.CHANNEL)
            ids = [one for one in ids if one in known]
        facts = facts_by(db, bases)
        found |= {(revision.id, one): facts[numbers.get(one, 0)] for one in ids}
    return found


def facts_by(db: Read, bases: Mapping[int, PosterPlan]) -> dict[int, str]:
    """Return background → what names all that the posters of its base share (facts_of)."""
    url = settings_of(db).public_url
    return {number: published.facts_of(base, url) for number, base in bases.items()}


async def _live(db: Read, *, at: datetime) -> list[tuple[str, TemplateRevision]]:
    """Return the newest live designs for telephones whose wording may be shared, with its topic."""
    items = await queries_shareable.shareable(db, at=at, limit=1000)
    stopped = await queries_shareable.stopped_of(db, [revision.id for _, revision in items])
    topics = {item.id: item.topic for item, revision in items if revision.id not in stopped}
    usable = await posters.sendable_of(db, list(topics))
    templates = [each for some in usable.values() for each in some]
    chosen = sorted(templates, key=lambda one: one.updated_at, reverse=True)[:POSTERS_MAX]
    revisions = await queries.revisions_by_id(
        db, [each.live_revision_id for each in chosen if each.live_revision_id]
    )
    return [
        (topics[each.item_id], revisions[each.live_revision_id])
        for each in chosen
        if each.live_revision_id in revisions
    ]


async def standing(db: Read) -> Sequence[Any]:
    """Return (id, revision_id, employee_id, facts) of all that is planned, sent or published."""
    table = PublishedPoster
    rows = await db.execute(
        select(table.id, table.revision_id, table.employee_id, table.facts).where(
            table.tenant_id == bank_id(db), table.state.in_(published.STANDING)
        )
    )
    return rows.all()


async def file_names(db: Read) -> set[str]:
    """Return the names of all files that are, or may be, in the public store by our leave."""
    table = PublishedPoster
    rows = await db.scalars(
        select(table.name).where(
            table.tenant_id == bank_id(db), table.name != "", table.state != "gone"
        )
    )
    return {file for name in rows for file in published.files_of(bank_id(db), name)}


async def published_names(db: Read, *, before: datetime) -> dict[UUID, str]:
    """Return row → name of what was published before an instant."""
    table = PublishedPoster
    rows = await db.execute(
        select(table.id, table.name).where(
            table.tenant_id == bank_id(db),
            table.state == "published",
            table.published_at < before,
        )
    )
    return {row[0]: row[1] for row in rows}


async def upkeep(db: Read) -> PosterUpkeep | None:
    """Return when the bank was last looked at, None before the first time."""
    return await db.get(PosterUpkeep, bank_id(db))


async def due(
    db: Read, states: Collection[str], *, at: datetime, limit: int
) -> Sequence[PublishedPoster]:
    """Return rows of some states whose time has come, locked for this transaction."""
    table = PublishedPoster
    rows = await db.scalars(
        select(table)
        .where(table.tenant_id == bank_id(db), table.state.in_(states), table.try_after_at <= at)
        .order_by(table.try_after_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return rows.all()


async def locked(db: Read, ids: Collection[UUID]) -> Sequence[PublishedPoster]:
    """Return rows by id, locked in the order of their ids, as the triggers on staff lock them."""
    table = PublishedPoster
    rows = await db.scalars(
        select(table)
        .where(table.tenant_id == bank_id(db), table.id.in_(ids))
        .order_by(table.id)
        .with_for_update()
    )
    return rows.all()


async def banks_due(db: Platform, *, at: datetime) -> set[UUID]:
    """Return banks with files to send or take away, and those to be looked at again."""
    table = PublishedPoster
    waiting = await db.scalars(
        select(table.tenant_id).where(table.state.in_(DUE), table.try_after_at <= at).distinct()
    )
    is_late = or_(PosterUpkeep.look_after_at.is_(None), PosterUpkeep.look_after_at <= at)
    return {*waiting, *await db.scalars(_banks(and_(_publishes(), is_late)))}


def _publishes() -> ColumnElement[bool]:
    """Return the condition of banks that publish, or have what they published before."""
    some = select(PublishedPoster.id).where(
        PublishedPoster.tenant_id == Bank.id, PublishedPoster.state.in_(published.STANDING)
    )
    return or_(_ON, some.exists())


def _banks(condition: ColumnElement[bool]) -> Any:
    joined = select(Bank.id).outerjoin(PosterUpkeep, PosterUpkeep.tenant_id == Bank.id)
    return joined.where(condition)


async def banks_to_tidy(db: Platform, *, before: datetime) -> Sequence[UUID]:
    """Return some banks whose stored bases were not tidied since `before`."""
    is_old = or_(PosterUpkeep.tidied_at.is_(None), PosterUpkeep.tidied_at < before)
    rows = await db.scalars(_banks(and_(Bank.state == "active", is_old)).limit(20))
    return list(rows.all())
