"""Writes of who comes into a bank from outside: break-glass visits and agencies' operators.

There is no other way in: an operator acts as a stand-in person of the bank, who has no
password, whose session is judged by the visit or the invitation at each request.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from contenthub.db import Platform, Read, Write, new_id
from contenthub.errors import Conflict, Invalid, NotFound
from contenthub.tenants import platformvisits, queries, queries_guests
from contenthub.tenants.actions import record
from contenthub.tenants.actions_platform import actor, bank_by_slug, name_of, tell
from contenthub.tenants.models import Bank, Branch, Staff
from contenthub.tenants.models_security import AgencyInvitation, Operator, PlatformVisit
from contenthub.tenants.queries_guests import Agent
from contenthub.tenants.sealing import bank_id

INVITED_MAX = timedelta(days=366)
AGENCY_ROLES = ("agency_operator",)


async def request_visit(
    db: Platform, slug: str, *, reason: str, minutes: object, by: Operator, at: datetime
) -> PlatformVisit:
    """Ask for a look into a bank; raises Invalid without a reason, or for more than an hour."""
    reason, length = platformvisits.checked(reason, minutes)
    bank = await bank_by_slug(db, slug)
    visit = PlatformVisit(
        tenant_id=bank.id,
        id=new_id(),
        operator_id=by.id,
        operator_name=by.name,
        reason=reason,
        minutes=length,
        requested_at=at,
    )
    db.add(visit)
    tell(
        db,
        "platform_visit.requested",
        bank,
        subject=("platform_visit", visit.id),
        by=by,
        at=at,
        reason=reason,
        minutes=length,
    )
    return visit


async def grant_visit(db: Platform, visit_id: UUID, *, by: Operator, at: datetime) -> PlatformVisit:
    """Let the operator who asked in, from now for the minutes asked; by a second person only."""
    query = select(PlatformVisit).where(PlatformVisit.id == visit_id).with_for_update()
    visit = await db.scalar(query)
    if visit is None:
        raise NotFound("没有找到这个访问申请")
    platformvisits.refuse_grant(
        operator_id=visit.operator_id,
        granted_by=by.id,
        granted_at=visit.granted_at,
        requested_at=visit.requested_at,
        ended_at=visit.ended_at,
        at=at,
    )
    visit.granted_by_id, visit.granted_by_name, visit.granted_at = by.id, by.name, at
    visit.expires_at = at + timedelta(minutes=visit.minutes)
    bank = await db.get_one(Bank, visit.tenant_id)
    tell(
        db,
        "platform_visit.granted",
        bank,
        subject=("platform_visit", visit.id),
        by=by,
        at=at,
        operator=visit.operator_name,
    )
    return visit


async def enter_visit(db: Write, visit_id: UUID, *, by: Operator, at: datetime) -> Staff:
    """Return the stand-in an operator looks around as, while their granted visit lasts.

    Raises:
        Conflict: not granted, over, or ended; NotFound: somebody else's visit.
    """
    visit = await queries_guests.visit(db, visit_id, lock=True)
    if visit.operator_id != by.id:
        raise NotFound("没有找到这次访问")
    lasts = platformvisits.is_open(
        granted_at=visit.granted_at, expires_at=visit.expires_at, ended_at=visit.ended_at, at=at
    )
    if not lasts:
        raise Conflict("这次访问还没有批准，或已经到期、结束；需要时请重新申请")
    staff = await _stand_in(db, by, f"platform:{by.login}", roles=["platform_visitor"], at=at)
    visit.staff_id = staff.id
    record(
        db,
        "platform_visit.entered",
        "platform_visit",
        visit.id,
        by=actor(by),
        at=at,
        reason=visit.reason,
    )
    return staff


async def end_visit(db: Write, visit_id: UUID, *, by: Staff, at: datetime) -> PlatformVisit:
    """End a visit: by the operator who is done, or by the bank; harmless when it is over."""
    visit = await queries_guests.visit(db, visit_id, lock=True)
    if visit.ended_at is None:
        visit.ended_at = at
        record(db, "platform_visit.ended", "platform_visit", visit.id, by=by, at=at)
    return visit


async def invite_agency(
    db: Write, login: str, *, until: datetime, by: Staff, at: datetime
) -> AgencyInvitation:
    """Invite an agency's operator by their log-in, until a day that lies ahead.

    Raises:
        Invalid, Conflict: as agent_to_invite.
    """
    agent = await agent_to_invite(db, login, until=until, at=at)
    invited = AgencyInvitation(
        tenant_id=bank_id(db),
        id=new_id(),
        operator_login=agent.login,
        roles=list(AGENCY_ROLES),
        invited_by=by.id,
        created_at=at,
        expires_at=until,
    )
    db.add(invited)
    record(
        db,
        "agency.invited",
        "agency",
        invited.id,
        by=by,
        at=at,
        operator=agent.login,
        until=until.isoformat(),
    )
    return invited


async def agent_to_invite(db: Read, login: str, *, until: datetime, at: datetime) -> Agent:
    """Return whom an invitation would be for, so that a person can read it before they confirm.

    Raises:
        Invalid: no agency's operator at work has this log-in, or the time is past or more than
            a year away. Conflict: they are invited already.
    """
    login = login.strip().lower()
    if not 3 <= len(login) <= 60 or not login.isprintable() or " " in login:
        raise Invalid.of("operator_login", "请填写代运营公司提供的登录名，3–60 个字符")
    if not at < until <= at + INVITED_MAX:
        raise Invalid.of("until", "到期日应在今天以后、一年以内")
    query = select(AgencyInvitation.id).where(
        AgencyInvitation.tenant_id == bank_id(db),
        AgencyInvitation.operator_login == login,
        AgencyInvitation.revoked_at.is_(None),
        AgencyInvitation.expires_at > at,
    )
    if await db.scalar(query.limit(1)) is not None:
        raise Conflict(f"{login} 已有一份有效的邀请；要改到期日请先收回再邀请")
    agent = await queries_guests.find_agent(db, login)
    if agent is None:
        raise Invalid.of(
            "operator_login",
            f"没有登录名为 {login} 的代运营人员；请向代运营公司核对，或请其先由平台开通账号",
        )
    return agent


async def revoke_agency(
    db: Write, invitation_id: UUID, *, by: Staff, at: datetime
) -> AgencyInvitation:
    """Take an invitation back: the operator is out within seconds; harmless when repeated."""
    invited = await queries_guests.invitation(db, invitation_id, lock=True)
    if invited.revoked_at is None:
        invited.revoked_at = at
        operator = invited.operator_login
        record(db, "agency.revoked", "agency", invited.id, by=by, at=at, operator=operator)
    return invited


async def enter_agency(db: Write, invitation_id: UUID, *, by: Operator, at: datetime) -> Staff:
    """Return the stand-in an agency's operator works as; raises NotFound when not invited."""
    invited = await queries_guests.invitation(db, invitation_id, lock=True)
    is_good = invited.revoked_at is None and invited.expires_at > at
    # A log-in that came after the invitation is somebody the bank never saw.
    is_good = is_good and by.created_at <= invited.created_at
    if invited.operator_login != by.login or by.kind != "agency" or not is_good:
        raise NotFound("没有找到有效的邀请，可能已被收回或到期")
    # The role of the platform cannot come by an invitation, whatever the row says.
    roles = [role for role in invited.roles if role in AGENCY_ROLES]
    staff = await _stand_in(db, by, f"agency:{by.login}", roles=roles, at=at)
    if invited.staff_id is None:
        invited.staff_id, invited.accepted_at = staff.id, at
    record(db, "agency.entered", "agency", invited.id, by=staff, at=at)
    return staff


async def _stand_in(
    db: Write, by: Operator, login: str, *, roles: list[str], at: datetime
) -> Staff:
    staff = await queries.staff_by_login(db, login)
    if staff is None:
        head = await db.scalar(
            select(Branch).where(Branch.tenant_id == bank_id(db), Branch.parent_id.is_(None))
        )
        if head is None:
            raise Conflict("这家银行还没有总行机构，不能进入")
        staff = Staff(
            tenant_id=bank_id(db),
            id=new_id(),
            branch_id=head.id,
            staff_no=login,
            login=login,
            title="外部人员",
            operator_id=by.id,
            created_at=at,
        )
        db.add(staff)
    elif staff.operator_id != by.id:
        raise Conflict(f"本行有员工占用了登录名 {login}，外部人员不能进入；请银行先改名")
    staff.name, staff.roles, staff.state = name_of(by), roles, "active"
    if by.kind == "agency":
        staff.name = f"{by.name}（代运营）"
    staff.updated_at = at
    await db.flush()
    return staff
