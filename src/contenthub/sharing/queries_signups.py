"""Reads of sign-ups within the caller's data scope: who comes, and to what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import aliased

from contenthub.db import Read
from contenthub.errors import NotFound
from contenthub.library import queries as library
from contenthub.library.models import Item, Revision
from contenthub.sharing import changedfacts, signupform, signupstates
from contenthub.sharing.models import Link, Signup
from contenthub.sharing.queries_contacts import Wanted, scoped
from contenthub.tenants.models import AuditEntry, Branch, Staff
from contenthub.tenants.sealing import bank_id

Known = aliased(Revision, name="known")
"""The wording that the customer of a sign-up knows (`told_revision_id`)."""
_WHAT_THEY_KNOW = ("signup.told", "signup.untold", "signup.changed", "signup.left")
"""Events of the trail after which a customer knows another wording than before."""


@dataclass(frozen=True, slots=True)
class SignupRow:
    """A sign-up with the names a list shows beside it, and the wording customers see or saw."""

    signup: Signup
    item: Item
    employee: Staff
    branch: Branch
    link: Link
    revision: Revision | None
    known: Revision | None

    @property
    def changed(self) -> list[tuple[str, str, str]]:
        """What this customer has to be told: (what, as they know it, as it is now)."""
        is_open = self.signup.state in signupstates.OPEN and self.item.kind == "activity"
        if not is_open or self.is_off or self.revision is None or self.known is None:
            return []
        return changedfacts.changes(self.known.fields, self.revision.fields)

    @property
    def change(self) -> str:
        """The same as one line, or nothing."""
        return changedfacts.said(self.changed)

    @property
    def is_off(self) -> bool:
        """Whether what was signed up for is recalled, so that its customers have to be told."""
        return self.revision is not None and self.revision.state == "recalled"

    @property
    def to_call(self) -> bool:
        """Whether this customer still waits to be told that it is off."""
        return self.is_off and self.signup.state in signupstates.OPEN

    def moment(self, *, zone: str, at: datetime) -> signupstates.Moment:
        """Return what decides where it may go now; of what is recalled, no later day begins."""
        fields = self.revision.fields if self.revision else {}
        seen_at = at
        if self.is_off:
            seen_at = min(at, self.item.recalled_at or self.item.updated_at)
        noted_at, clock = self.signup.outcome_at, ZoneInfo(zone)
        return signupstates.Moment(
            begun=signupstates.has_begun(fields, zone=zone, at=seen_at),
            off=self.is_off,
            noted_today=noted_at is not None
            and noted_at.astimezone(clock).date() == at.astimezone(clock).date(),
        )

    def moves(self, *, zone: str, at: datetime) -> tuple[str, ...]:
        """Return the states it may go to now."""
        return signupstates.moves(self.signup.state, self.moment(zone=zone, at=at))

    def action(self, to: str) -> str:
        """Return what the button says that moves it to `to`."""
        return signupstates.action(to, self.item.kind, state=self.signup.state, off=self.is_off)

    @property
    def answers(self) -> list[tuple[str, str]]:
        """What else the customer was asked, as (label, text)."""
        return signupform.shown(self.signup.answers)

    @property
    def title(self) -> str:
        """What the activity or right is called where customers see it."""
        return self.revision.title if self.revision else self.item.title

    @property
    def piece(self) -> str:
        """Which piece of a right this is of its person's, from the second on; else nothing."""
        no = self.signup.claim_no
        return f"第 {no} 份" if self.item.kind == "right" and no > 1 else ""

    @property
    def starts_at(self) -> str:
        """When the activity starts, as a wall-clock text of the bank's zone, or nothing."""
        found = self.revision.fields.get("starts_at") if self.revision else None
        return str(found).replace("T", " ") if found else ""


@dataclass(frozen=True, slots=True)
class Told:
    """That a customer was told of a new time or place: by whom, when, and what they knew before."""

    by_name: str
    at: datetime
    known_id: UUID


async def told(db: Read, row: SignupRow) -> Told | None:
    """Return the tick that can be taken back, or None.

    The trail keeps what the customer knew before it: a tick is undone while it is the last word.
    """
    if row.signup.state not in signupstates.OPEN or row.is_off:
        return None
    if row.signup.told_revision_id != row.item.live_revision_id:
        return None
    last = await db.scalar(
        select(AuditEntry)
        .where(
            AuditEntry.tenant_id == bank_id(db),
            AuditEntry.subject_id == row.signup.id,
            AuditEntry.event.in_(_WHAT_THEY_KNOW),
        )
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(1)
    )
    if last is None or last.event != "signup.told" or "known" not in last.detail:
        return None
    return Told(last.actor_name, last.at, UUID(last.detail["known"]))


async def signups(
    db: Read, wanted: Wanted, *, before: UUID | None = None, limit: int = 20
) -> Sequence[SignupRow]:
    """Return sign-ups, newest first (ids are time-ordered), before the last one seen."""
    query = _joined(db, wanted)
    if before is not None:
        query = query.where(Signup.id < before)
    rows = await db.execute(query.order_by(Signup.id.desc()).limit(limit))
    return [SignupRow(*row) for row in rows.all()]


async def signup_row(db: Read, signup_id: UUID, wanted: Wanted) -> SignupRow:
    """Return one sign-up of the scope with its names; raises NotFound."""
    query = _joined(db, wanted).where(Signup.id == signup_id)
    row = (await db.execute(query)).one_or_none()
    if row is None:
        raise NotFound("没有找到这条报名")
    return SignupRow(*row)


async def signup(db: Read, signup_id: UUID, *, lock: bool = False) -> Signup:
    """Return a sign-up; raises NotFound. With `lock`, nobody else changes it meanwhile."""
    found = await db.get(Signup, (bank_id(db), signup_id), with_for_update=lock or None)
    if found is None:
        raise NotFound("没有找到这条报名")
    return found


async def signup_counts(db: Read, wanted: Wanted) -> dict[str, int]:
    """Return how many sign-ups are in each state, whatever state is wanted."""
    query = scoped(select(Signup.state, func.count()), Signup, wanted).where(
        Signup.tenant_id == bank_id(db)
    )
    rows = await db.execute(query.group_by(Signup.state))
    return {state: int(n) for state, n in rows}


async def open_count(db: Read, item_id: UUID) -> int:
    """Return how many sign-ups of an item still wait for their outcome."""
    query = select(func.count()).where(
        Signup.tenant_id == bank_id(db),
        Signup.item_id == item_id,
        Signup.state.in_(signupstates.OPEN),
    )
    return int(await db.scalar(query) or 0)


async def to_call_counts(db: Read, wanted: Wanted) -> list[tuple[Item, int]]:
    """Return what is recalled with sign-ups still open, and how many, the newest recall first."""
    return await _per_item(db, wanted, _to_call())


async def to_tell_counts(db: Read, wanted: Wanted) -> list[tuple[Item, int]]:
    """Return activities with a new time or place, and how many customers do not know it yet."""
    return await _per_item(db, wanted, _to_tell())


async def _per_item(db: Read, wanted: Wanted, waits: ColumnElement[bool]) -> list[tuple[Item, int]]:
    query = (
        select(Item, func.count())
        .select_from(Signup)
        .join(Item, and_(Item.tenant_id == Signup.tenant_id, Item.id == Signup.item_id))
        .join(Revision, library.is_last_shown(Revision))
        .outerjoin(Known, _is_known())
        .where(Signup.tenant_id == bank_id(db), waits)
        .group_by(Item.tenant_id, Item.id)
        .order_by(Item.recalled_at.desc().nulls_last(), Item.id)
    )
    rows = await db.execute(scoped(query, Signup, wanted))
    return [(row[0], int(row[1])) for row in rows]


async def items_with_signups(db: Read, visible: set[UUID] | None) -> list[tuple[UUID, str]]:
    """Return the activities and rights that anybody of the scope's customers signed up for."""
    some = scoped(select(Signup.item_id).distinct(), Signup, Wanted(visible)).where(
        Signup.tenant_id == bank_id(db)
    )
    rows = await db.execute(
        select(Item.id, func.coalesce(Revision.title, Item.title))
        .outerjoin(Revision, library.is_last_shown(Revision))
        .where(Item.tenant_id == bank_id(db), Item.id.in_(some))
        .order_by(Item.id.desc())
    )
    return [(row[0], row[1]) for row in rows]


def _joined(
    db: Read, wanted: Wanted
) -> Select[Signup, Item, Staff, Branch, Link, Revision, Revision]:
    query = (
        select(Signup, Item, Staff, Branch, Link, Revision, Known)
        .join(Item, and_(Item.tenant_id == Signup.tenant_id, Item.id == Signup.item_id))
        .join(Staff, and_(Staff.tenant_id == Signup.tenant_id, Staff.id == Signup.employee_id))
        .join(Branch, and_(Branch.tenant_id == Staff.tenant_id, Branch.id == Staff.branch_id))
        .join(Link, and_(Link.tenant_id == Signup.tenant_id, Link.id == Signup.link_id))
        .outerjoin(Revision, library.is_last_shown(Revision))
        .outerjoin(Known, _is_known())
        .where(Signup.tenant_id == bank_id(db))
    )
    if wanted.state:
        query = query.where(Signup.state == wanted.state)
    if wanted.to_call:
        query = query.where(_to_call())
    if wanted.to_tell:
        query = query.where(_to_tell())
    return scoped(query, Signup, wanted)


def _is_known() -> ColumnElement[bool]:
    return and_(Known.tenant_id == Signup.tenant_id, Known.id == Signup.told_revision_id)


def _to_call() -> ColumnElement[bool]:
    """Match sign-ups that wait for something recalled (their item joined with its wording)."""
    return and_(
        Signup.state.in_(signupstates.OPEN),
        Item.live_revision_id.is_(None),
        Revision.state == "recalled",
    )


def _to_tell() -> ColumnElement[bool]:
    """Match sign-ups whose customer knows another time or place (both wordings joined)."""
    return and_(
        Signup.state.in_(signupstates.OPEN),
        Item.kind == "activity",
        Item.live_revision_id.is_not(None),
        or_(
            *(
                Revision.fields[name].astext.is_distinct_from(Known.fields[name].astext)
                for name in changedfacts.FACTS
            )
        ),
        Known.id.is_not(None),
    )
