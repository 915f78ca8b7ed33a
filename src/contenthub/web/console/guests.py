"""代运营 and 平台访问记录: who from outside may be, is and was in the bank."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Template

from contenthub.db import Read
from contenthub.errors import Conflict, Invalid
from contenthub.tenants import access, actions_guests, platformvisits, queries_guests
from contenthub.tenants.models import Staff
from contenthub.tenants.models_security import AgencyInvitation
from contenthub.web.bankdays import end_of
from contenthub.web.deps import Db, Me, Now, OurBank, TheHouse
from contenthub.web.hygiene import within_reach
from contenthub.web.pages import go, is_fragment, page
from contenthub.web.signin import May, SignedIn, principal_of


@dataclass
class InvitationForm:
    """Whom an administrator invites, and until which day."""

    operator_login: str = ""
    until: str = ""
    confirmed: str = ""
    """The log-in whose name was shown before; without it the name is shown first."""


@get("/console/agency", guards=[May("bank.view")], include_in_schema=False)
async def agency_page(request: Request[Any, Any, Any], db: Db, me: Me, now: Now) -> Template:
    """Show whom the bank invited to work in it."""
    return await _agency(request, db, InvitationForm(), me=me, at=now)


async def _agency(
    request: Request[Any, Any, Any],
    db: Read,
    asked: InvitationForm,
    *,
    me: Staff,
    at: datetime,
    errors: Mapping[str, str] | None = None,
    agent: queries_guests.Agent | None = None,
) -> Template:
    found = await queries_guests.invitations(db)
    return page(
        request,
        "console/agency.html",
        status=422 if errors else 200,
        invitations=[(each, invitation_state(each, at)) for each in found],
        asked=asked,
        agent=agent,
        errors=errors or {},
        can_manage=access.may(me.roles, "bank.manage"),
    )


def invitation_state(each: AgencyInvitation, at: datetime) -> str:
    """Return what an invitation is now in a word."""
    if each.revoked_at is not None:
        return "已收回"
    if each.expires_at <= at:
        return "已到期"
    return "使用中" if each.accepted_at else "未进入"


@post("/console/agency", guards=[May("bank.manage")], include_in_schema=False)
async def invite(
    request: Request[Any, Any, Any],
    data: URLEncodedBody[InvitationForm],
    house: TheHouse,
    me: Me,
    bank: OurBank,
    now: Now,
) -> Response[Any] | Template:
    """Show whom an invitation would be for, and once that is confirmed invite them.

    Without a script the form itself comes back with what was typed and what is wrong.
    """
    tenant = principal_of(request).tenant
    try:
        until = _until(data.until, bank.zone)
        async with house.database.unit_of_work(tenant) as db:
            login = data.operator_login
            agent = await actions_guests.agent_to_invite(db, login, until=until, at=now)
            if data.confirmed != agent.login:
                return await _agency(request, db, data, me=me, at=now, agent=agent)
            await actions_guests.invite_agency(db, login, until=until, by=me, at=now)
    except (Invalid, Conflict) as wrong:
        if is_fragment(request):
            raise
        fields = wrong.fields if isinstance(wrong, Invalid) else {"operator_login": wrong.detail}
        async with house.database.reading(tenant) as read:
            return await _agency(request, read, data, me=me, at=now, errors=fields)
    return go(request, "/console/agency")


def _until(day: str, zone: str) -> datetime:
    try:
        last = within_reach("until", date.fromisoformat(day.strip()))
    except ValueError as error:
        raise Invalid.of("until", "到期日应写成 2027-01-31 这样") from error
    return end_of(last, zone)


@post(
    "/console/agency/{invitation_id:uuid}/revoke",
    guards=[May("bank.manage")],
    include_in_schema=False,
)
async def revoke(
    request: Request[Any, Any, Any], invitation_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Take an invitation back; who is inside is out within seconds."""
    await actions_guests.revoke_agency(db, invitation_id, by=me, at=now)
    return go(request, "/console/agency")


@get("/console/visits", guards=[May("bank.view")], include_in_schema=False)
async def visits_page(request: Request[Any, Any, Any], db: Db, me: Me, now: Now) -> Template:
    """Show every visit of the platform to the bank."""
    found = await queries_guests.visits(db)
    return page(
        request,
        "console/visits.html",
        visits=[
            (
                each,
                platformvisits.state(
                    granted_at=each.granted_at,
                    expires_at=each.expires_at,
                    ended_at=each.ended_at,
                    at=now,
                ),
            )
            for each in found
        ],
        can_manage=access.may(me.roles, "bank.manage"),
    )


@post("/console/visits/{visit_id:uuid}/end", guards=[May("bank.manage")], include_in_schema=False)
async def end_visit(
    request: Request[Any, Any, Any], visit_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """End a visit of the platform; the operator is out within seconds."""
    await actions_guests.end_visit(db, visit_id, by=me, at=now)
    return go(request, "/console/visits")


@post("/console/leave", guards=[SignedIn()], include_in_schema=False)
async def leave(request: Request[Any, Any, Any], db: Db, me: Me, now: Now) -> Response[Any]:
    """Let a visitor end their own visit, and go back to the platform."""
    stay = principal_of(request).stay
    if stay is not None and stay.visit_id is not None:
        await actions_guests.end_visit(db, stay.visit_id, by=me, at=now)
    return go(request, "/platform")


HANDLERS = [agency_page, invite, revoke, visits_page, end_visit, leave]
