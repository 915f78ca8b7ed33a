"""Reads of cadences: the list, one of them, what became of its runs, what its steps may use."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, or_, select

from contenthub.db import Read
from contenthub.errors import NotFound
from contenthub.library import queries as library
from contenthub.library.models import Item, Revision
from contenthub.scheduler import cadence as idea
from contenthub.scheduler.models_cadences import Cadence, CadenceRun
from contenthub.tenants.sealing import bank_id

LIMIT_CHOICES = 500


@dataclass(frozen=True, slots=True)
class Figures:
    """How many customers of a cadence are on it, and what became of the others."""

    running: int = 0
    answered: int = 0
    refused: int = 0
    finished: int = 0
    stopped: int = 0
    """Ended for any other reason than an answer or a refusal."""

    @property
    def started(self) -> int:
        """All of them."""
        return sum(getattr(self, one.name) for one in fields(self))

    def in_state(self, state: str) -> int:
        """How many runs are in a state of cadencestates.RUN_STATES."""
        ended = self.answered + self.refused + self.stopped
        return {"running": self.running, "finished": self.finished}.get(state, ended)


@dataclass(frozen=True, slots=True)
class Content:
    """What a step brings: an item, and why it cannot be used now ('' when it can)."""

    item: Item
    why_not: str


async def cadence(db: Read, cadence_id: UUID, *, lock: bool = False) -> Cadence:
    """Return one cadence; raises NotFound. With `lock`, nobody else changes it meanwhile."""
    found = await db.get(Cadence, (bank_id(db), cadence_id), with_for_update=lock or None)
    if found is None:
        raise NotFound("没有找到这个跟进节奏")
    return found


async def cadences(
    db: Read,
    *,
    state: str = "",
    title: str = "",
    after: tuple[datetime, UUID] | None = None,
    limit: int = 20,
) -> Sequence[Cadence]:
    """Return cadences, latest change first, after the (updated_at, id) of the last one seen.

    `title` is part of one, or a code.
    """
    row = Cadence
    query = select(row).where(row.tenant_id == bank_id(db))
    if state:
        query = query.where(row.state == state)
    if asked := title.strip():
        query = query.where(or_(row.title.icontains(asked, autoescape=True), row.code == asked))
    if after is not None:
        query = query.where(
            or_(row.updated_at < after[0], and_(row.updated_at == after[0], row.id < after[1]))
        )
    rows = await db.scalars(query.order_by(row.updated_at.desc(), row.id.desc()).limit(limit))
    return rows.all()


async def state_counts(db: Read) -> dict[str, int]:
    """Return how many cadences are in each state; states without any are left out."""
    rows = await db.execute(
        select(Cadence.state, func.count())
        .where(Cadence.tenant_id == bank_id(db))
        .group_by(Cadence.state)
    )
    return {row[0]: int(row[1]) for row in rows}


async def figures(
    db: Read, cadence_ids: Collection[UUID], *, employee_ids: set[UUID] | None = None
) -> dict[UUID, Figures]:
    """Return what became of the customers of each cadence; every one of them is there.

    `employee_ids` is the viewer's data scope; None is the whole bank.
    """
    run = CadenceRun
    query = select(run.cadence_id, run.state, run.stop_reason, func.count()).where(
        run.tenant_id == bank_id(db), run.cadence_id.in_(cadence_ids)
    )
    if employee_ids is not None:
        query = query.where(run.employee_id.in_(employee_ids))
    found: dict[UUID, dict[str, int]] = {one: {} for one in cadence_ids}
    rows = await db.execute(query.group_by(run.cadence_id, run.state, run.stop_reason))
    for cadence_id, state, reason, count in rows:
        name = reason if reason in ("answered", "refused") else state
        found[cadence_id][name] = found[cadence_id].get(name, 0) + int(count)
    return {cadence_id: Figures(**counts) for cadence_id, counts in found.items()}


async def contents(
    db: Read, steps: Iterable[idea.CadenceStep], *, at: datetime
) -> dict[str, Content]:
    """Return what each step brings, by its id; items that are gone for good are left out."""
    ids = {UUID(step.item_id) for step in steps if step.item_id}
    rows = await db.scalars(select(Item).where(Item.tenant_id == bank_id(db), Item.id.in_(ids)))
    found: dict[str, Content] = {}
    for item in rows.all():
        try:
            await library.live(db, item.id, at=at)
            found[str(item.id)] = Content(item, "")
        except library.NotLive as error:
            found[str(item.id)] = Content(item, error.detail)
    return found


async def choices(db: Read, *, at: datetime) -> Sequence[Item]:
    """Return the live items that a step may bring, scripts first, by topic and title."""
    rows = await db.scalars(
        select(Item)
        .join(
            Revision,
            and_(Revision.tenant_id == Item.tenant_id, Revision.id == Item.live_revision_id),
        )
        .where(
            Item.tenant_id == bank_id(db),
            or_(Revision.valid_from.is_(None), Revision.valid_from <= at),
            or_(Revision.valid_until.is_(None), Revision.valid_until > at),
        )
        .order_by((Item.kind == "script").desc(), Item.kind, Item.topic, Item.title)
        .limit(LIMIT_CHOICES)
    )
    return rows.all()
