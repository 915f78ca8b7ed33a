"""Into a bank from outside: break-glass visits, and agencies' operators between their banks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Template

from contenthub.db import TenantId
from contenthub.errors import Invalid, NotFound
from contenthub.tenants import (
    actions_guests,
    actions_platform,
    platformvisits,
    queries_guests,
    queries_platform,
)
from contenthub.tenants.models import Staff
from contenthub.web.api.session import session_cookie
from contenthub.web.deps import Now, OverBanks, TheHouse
from contenthub.web.house import House
from contenthub.web.pages import go, is_fragment, page
from contenthub.web.platform.signin import ForOperator, operator_of
from contenthub.web.sessions import Place, close_session, cookie_name, open_session, proof_of

OPERATOR, AGENCY = ForOperator("platform"), ForOperator("agency")


@dataclass
class VisitForm:
    """Why an operator wants to look into a bank, and for how long."""

    bank: str = ""
    reason: str = ""
    minutes: str = ""


@get("/platform/visits", guards=[OPERATOR], include_in_schema=False)
async def visits_page(request: Request[Any, Any, Any], house: TheHouse, now: Now) -> Template:
    """Show asked, granted and past visits of all operators."""
    asked = VisitForm(bank=request.query_params.get("bank", ""), minutes="30")
    return await _visits(request, house, asked, at=now)


async def _visits(
    request: Request[Any, Any, Any],
    house: House,
    asked: VisitForm,
    *,
    at: datetime,
    errors: Mapping[str, str] | None = None,
) -> Template:
    async with house.database.platform_unit_of_work() as db:
        found = await queries_guests.all_visits(db)
        lines = await queries_platform.bank_lines(db)
    return page(
        request,
        "platform/visits.html",
        operator=operator_of(request),
        status=422 if errors else 200,
        visits=[(visit, bank, _state(visit, at)) for visit, bank in found],
        asked=asked,
        errors=errors or {},
        banks=[("", "请选择银行")] + [(each.slug, f"{each.name}（{each.slug}）") for each in lines],
        minutes_max=platformvisits.MINUTES_MAX,
    )


def _state(visit: Any, at: Any) -> str:
    return platformvisits.state(
        granted_at=visit.granted_at, expires_at=visit.expires_at, ended_at=visit.ended_at, at=at
    )


@post("/platform/visits", guards=[OPERATOR], include_in_schema=False)
async def request_visit(
    request: Request[Any, Any, Any], data: URLEncodedBody[VisitForm], house: TheHouse, now: Now
) -> Response[Any] | Template:
    """Ask for a visit; a second operator grants it.

    Without a script the form itself comes back with what was typed and what is wrong.
    """
    by = operator_of(request)
    try:
        async with house.database.platform_unit_of_work() as db:
            await actions_guests.request_visit(
                db, data.bank, reason=data.reason, minutes=data.minutes, by=by, at=now
            )
    except (Invalid, NotFound) as wrong:
        if is_fragment(request):
            raise
        fields = wrong.fields if isinstance(wrong, Invalid) else {"bank": wrong.detail}
        return await _visits(request, house, data, at=now, errors=fields)
    return go(request, "/platform/visits")


@post("/platform/visits/{visit_id:uuid}/grant", guards=[OPERATOR], include_in_schema=False)
async def grant_visit(
    request: Request[Any, Any, Any], visit_id: FromPath[UUID], platform: OverBanks, now: Now
) -> Response[Any]:
    """Grant another operator's visit."""
    await actions_guests.grant_visit(platform, visit_id, by=operator_of(request), at=now)
    return go(request, "/platform/visits")


@post("/platform/visits/{visit_id:uuid}/enter", guards=[OPERATOR], include_in_schema=False)
async def enter_visit(
    request: Request[Any, Any, Any], visit_id: FromPath[UUID], house: TheHouse, now: Now
) -> Response[Any]:
    """Go into the bank as a visitor who may look and change nothing."""
    tenant = await _bank_of_visit(house, visit_id)
    async with house.database.unit_of_work(tenant) as db:
        staff = await actions_guests.enter_visit(db, visit_id, by=operator_of(request), at=now)
    return await _inside(request, house, staff)


@post("/platform/visits/{visit_id:uuid}/end", guards=[OPERATOR], include_in_schema=False)
async def end_visit(
    request: Request[Any, Any, Any], visit_id: FromPath[UUID], house: TheHouse, now: Now
) -> Response[Any]:
    """End a visit before its time, or take a request back."""
    tenant = await _bank_of_visit(house, visit_id)
    by = actions_platform.actor(operator_of(request))
    async with house.database.unit_of_work(tenant) as db:
        await actions_guests.end_visit(db, visit_id, by=by, at=now)
    return go(request, "/platform/visits")


async def _bank_of_visit(house: House, visit_id: UUID) -> TenantId:
    async with house.database.platform_unit_of_work() as db:
        return TenantId(await queries_guests.bank_of_visit(db, visit_id))


@get("/platform/agency", guards=[AGENCY], include_in_schema=False)
async def agency_page(request: Request[Any, Any, Any], platform: OverBanks, now: Now) -> Template:
    """Show the banks that invited this agency's operator."""
    operator = operator_of(request)
    found = await queries_guests.invited_to(platform, operator.login, at=now)
    return page(request, "platform/agency.html", operator=operator, found=found)


@post("/platform/agency/{invitation_id:uuid}/enter", guards=[AGENCY], include_in_schema=False)
async def enter_agency(
    request: Request[Any, Any, Any], invitation_id: FromPath[UUID], house: TheHouse, now: Now
) -> Response[Any]:
    """Work in a bank that invited this operator; the bank before is left."""
    operator = operator_of(request)
    async with house.database.platform_unit_of_work() as db:
        found = await queries_guests.invited_to(db, operator.login, at=now)
    banks = {invited.id: TenantId(bank.id) for invited, bank in found}
    if invitation_id not in banks:
        raise NotFound("没有找到有效的邀请，可能已被收回或到期")
    async with house.database.unit_of_work(banks[invitation_id]) as db2:
        staff = await actions_guests.enter_agency(db2, invitation_id, by=operator, at=now)
    return await _inside(request, house, staff)


async def _inside(request: Request[Any, Any, Any], house: House, staff: Staff) -> Response[Any]:
    if old := request.cookies.get(cookie_name(house.settings)):
        await close_session(house.redis, old)
    sid = await open_session(
        house.redis,
        house.settings,
        TenantId(staff.tenant_id),
        staff.id,
        proof=proof_of(staff),
        place=Place(device="平台"),
    )
    answer = go(request, "/console")
    answer.set_cookie(session_cookie(house.settings, sid))
    return answer


HANDLERS = [
    visits_page,
    request_visit,
    grant_visit,
    enter_visit,
    end_visit,
    agency_page,
    enter_agency,
]
