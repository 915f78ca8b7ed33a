"""Reads of sign-ups within the caller's data scope: who comes, and to what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select

from contenthub.db import Read
from contenthub.errors import NotFound
from contenthub.library.models import Item, Revision
from contenthub.sharing import signupform, signupstates
from contenthub.sharing.models import Link, Signup
from contenthub.sharing.queries_contacts import Wanted, scoped
from contenthub.tenants.models import Branch, Staff
from contenthub.tenants.sealing import bank_id


@dataclass(frozen=True, slots=True)
class SignupRow:
    """A sign-up with the names a list shows beside it, and the wording customers see."""

    signup: Signup
    item: Item
    employee: Staff
    branch: Branch
    link: Link
    revision: Revision | None

    def has_begun(self, *, zone: str, at: datetime) -> bool:
        """Return whether its outcome can be written down already."""
        fields = self.revision.fields if self.revision else {}
        return signupstates.has_begun(fields, zone=zone, at=at)

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


async def items_with_signups(db: Read, visible: set[UUID] | None) -> list[tuple[UUID, str]]:
    """Return the activities and rights that anybody of the scope's customers signed up for."""
    some = scoped(select(Signup.item_id).distinct(), Signup, Wanted(visible)).where(
        Signup.tenant_id == bank_id(db)
    )
    rows = await db.execute(
        select(Item.id, func.coalesce(Revision.title, Item.title))
        .outerjoin(Revision, _shown_wording())
        .where(Item.tenant_id == bank_id(db), Item.id.in_(some))
        .order_by(Item.id.desc())
    )
    return [(row[0], row[1]) for row in rows]


def _shown_wording() -> ColumnElement[bool]:
    return and_(Revision.tenant_id == Item.tenant_id, Revision.id == Item.live_revision_id)


def _joined(db: Read, wanted: Wanted) -> Select[Signup, Item, Staff, Branch, Link, Revision]:
    query = (
        select(Signup, Item, Staff, Branch, Link, Revision)
        .join(Item, and_(Item.tenant_id == Signup.tenant_id, Item.id == Signup.item_id))
        .join(Staff, and_(Staff.tenant_id == Signup.tenant_id, Staff.id == Signup.employee_id))
        .join(Branch, and_(Branch.tenant_id == Staff.tenant_id, Branch.id == Staff.branch_id))
        .join(Link, and_(Link.tenant_id == Signup.tenant_id, Link.id == Signup.link_id))
        .outerjoin(Revision, _shown_wording())
        .where(Signup.tenant_id == bank_id(db))
    )
    if wanted.state:
        query = query.where(Signup.state == wanted.state)
    return scoped(query, Signup, wanted)
