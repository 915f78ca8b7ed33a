"""Reads of who is in a bank from outside: visits of the platform, agencies' operators."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, text

from contenthub.db import Platform, Read
from contenthub.errors import NotFound
from contenthub.tenants.models import Bank, Staff
from contenthub.tenants.models_security import AgencyInvitation, PlatformVisit
from contenthub.tenants.sealing import bank_id


@dataclass(frozen=True, slots=True)
class Stay:
    """How long an outside operator may be in a bank, and why."""

    until: datetime
    reason: str
    visit_id: UUID | None
    """None for an agency's operator."""

    @property
    def last_moment(self) -> datetime:
        """An instant of the last day, which is how people read an end at midnight."""
        return self.until - timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Agent:
    """An agency's person, as a bank sees them before it invites them."""

    login: str
    name: str
    company: str


async def find_agent(db: Read, login: str) -> Agent | None:
    """Return the agency's operator with this log-in; None for nobody and for the platform's."""
    rows = await db.execute(
        text("select login, name, company from find_agent(:login)"), {"login": login}
    )
    row = rows.one_or_none()
    return None if row is None else Agent(row.login, row.name, row.company)


async def stay_of(db: Read, staff: Staff, *, at: datetime) -> Stay | None:
    """Return what lets an outside operator's stand-in be here now; None: nothing any more."""
    visit = await db.scalar(
        select(PlatformVisit)
        .where(
            PlatformVisit.tenant_id == bank_id(db),
            PlatformVisit.staff_id == staff.id,
            PlatformVisit.ended_at.is_(None),
            PlatformVisit.expires_at > at,
        )
        .order_by(PlatformVisit.expires_at.desc())
        .limit(1)
    )
    if visit is not None and visit.expires_at is not None:
        return Stay(visit.expires_at, visit.reason, visit.id)
    invited = await db.scalar(
        select(AgencyInvitation)
        .where(
            AgencyInvitation.tenant_id == bank_id(db),
            AgencyInvitation.staff_id == staff.id,
            AgencyInvitation.revoked_at.is_(None),
            AgencyInvitation.expires_at > at,
        )
        .order_by(AgencyInvitation.expires_at.desc())
        .limit(1)
    )
    return None if invited is None else Stay(invited.expires_at, "", None)


async def visit(db: Read, visit_id: UUID, *, lock: bool = False) -> PlatformVisit:
    """Return one visit of the own bank; raises NotFound."""
    found = await db.get(PlatformVisit, (bank_id(db), visit_id), with_for_update=lock or None)
    if found is None:
        raise NotFound("没有找到这次访问")
    return found


async def visits(db: Read, *, limit: int = 100) -> Sequence[PlatformVisit]:
    """Return the platform's visits to the own bank, the newest first."""
    rows = await db.scalars(
        select(PlatformVisit)
        .where(PlatformVisit.tenant_id == bank_id(db))
        .order_by(PlatformVisit.requested_at.desc())
        .limit(limit)
    )
    return rows.all()


async def invitation(db: Read, invitation_id: UUID, *, lock: bool = False) -> AgencyInvitation:
    """Return one invitation of the own bank; raises NotFound."""
    key = (bank_id(db), invitation_id)
    found = await db.get(AgencyInvitation, key, with_for_update=lock or None)
    if found is None:
        raise NotFound("没有找到这份邀请")
    return found


async def invitations(db: Read, *, limit: int = 200) -> Sequence[AgencyInvitation]:
    """Return the own bank's invitations of agencies, the newest first."""
    rows = await db.scalars(
        select(AgencyInvitation)
        .where(AgencyInvitation.tenant_id == bank_id(db))
        .order_by(AgencyInvitation.created_at.desc())
        .limit(limit)
    )
    return rows.all()


async def all_visits(db: Platform, *, limit: int = 100) -> list[tuple[PlatformVisit, Bank]]:
    """Return the newest visits to every bank, for the platform's own page."""
    rows = await db.execute(
        select(PlatformVisit, Bank)
        .join(Bank, Bank.id == PlatformVisit.tenant_id)
        .order_by(PlatformVisit.requested_at.desc())
        .limit(limit)
    )
    return [(row[0], row[1]) for row in rows]


async def bank_of_visit(db: Platform, visit_id: UUID) -> UUID:
    """Return the bank that a visit is to; raises NotFound."""
    found = await db.scalar(select(PlatformVisit.tenant_id).where(PlatformVisit.id == visit_id))
    if found is None:
        raise NotFound("没有找到这次访问")
    return found


async def invited_to(
    db: Platform, login: str, *, at: datetime
) -> list[tuple[AgencyInvitation, Bank]]:
    """Return the active banks that let an agency's operator in now, by name."""
    rows = await db.execute(
        select(AgencyInvitation, Bank)
        .join(Bank, Bank.id == AgencyInvitation.tenant_id)
        .where(
            AgencyInvitation.operator_login == login,
            AgencyInvitation.revoked_at.is_(None),
            AgencyInvitation.expires_at > at,
            Bank.state == "active",
        )
        .order_by(Bank.name)
    )
    return [(row[0], row[1]) for row in rows]
