"""An operator's own log-in: password, recovery codes, devices; of the platform and of agencies."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Template

from contenthub.errors import Invalid
from contenthub.tenants import actions_operators, queries_platform
from contenthub.tenants.actions_platform import note
from contenthub.tenants.models_security import Operator
from contenthub.web.addresses import client_address
from contenthub.web.deps import Now, TheHouse
from contenthub.web.devices import device_words
from contenthub.web.house import House
from contenthub.web.pages import go, page
from contenthub.web.platform.signin import (
    ForOperator,
    cookie,
    cookie_name,
    end_session,
    end_sessions,
    open_session,
    operator_of,
    ref_of,
    sessions,
)
from contenthub.web.tries import Tries

ANYBODY = [ForOperator("platform", "agency")]
PAGE = "/platform/account"


@dataclass
class PasswordForm:
    """What the form of a new password sends."""

    old_password: str = ""
    password: str = ""
    again: str = ""


@dataclass
class CodeForm:
    """A code of the telephone, or a recovery code."""

    code: str = ""


async def _account(
    request: Request[Any, Any, Any],
    house: House,
    *,
    codes: list[str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Template:
    async with house.database.platform_unit_of_work() as db:
        operator = await queries_platform.operator(db, operator_of(request).id)
    return page(
        request,
        "platform/account.html",
        status=422 if errors else 200,
        operator=operator,
        kinds=actions_operators.KINDS,
        sessions=await sessions(house, operator),
        this_ref=ref_of(_sid(request, house)),
        codes=codes,
        codes_left=len(operator.recovery_hashes),
        errors=errors or {},
    )


def _sid(request: Request[Any, Any, Any], house: House) -> str:
    return request.cookies.get(cookie_name(house), "")


async def _count(request: Request[Any, Any, Any], house: House, operator: Operator) -> None:
    # A stolen session may guess no faster than a stranger at the door.
    tries = Tries(house.redis, f"platform/{operator.login}", client_address(request.scope))
    await tries.count_code()


@get(PAGE, guards=ANYBODY, include_in_schema=False)
async def account_page(request: Request[Any, Any, Any], house: TheHouse) -> Template:
    """Show one's own log-in: recovery codes left, devices, the form of a new password."""
    return await _account(request, house)


@post(PAGE + "/password", guards=ANYBODY, include_in_schema=False)
async def change_password(
    request: Request[Any, Any, Any], data: URLEncodedBody[PasswordForm], house: TheHouse, now: Now
) -> Response[Any] | Template:
    """Set a new password of one's own; every other device is signed out."""
    try:
        if data.password != data.again:
            raise Invalid.of("again", "两次输入的新密码不一样，请重新输入")
        await _count(request, house, operator_of(request))
        async with house.database.platform_unit_of_work() as db:
            operator = await actions_operators.change_own_password(
                db, data.old_password, data.password, by=operator_of(request), at=now
            )
    except Invalid as wrong:
        return await _account(request, house, errors=wrong.fields)
    sid = await open_session(
        house,
        operator,
        address=client_address(request.scope),
        device=device_words(request.headers.get("user-agent", "")),
    )
    answer = go(request, PAGE)
    answer.set_cookie(cookie(house, sid))
    return answer


@post(PAGE + "/recovery-codes", guards=ANYBODY, status_code=200, include_in_schema=False)
async def renew_codes(
    request: Request[Any, Any, Any], data: URLEncodedBody[CodeForm], house: TheHouse, now: Now
) -> Template:
    """Make ten new recovery codes, and show them this once."""
    try:
        await _count(request, house, operator_of(request))
        async with house.database.platform_unit_of_work() as db:
            codes = await actions_operators.renew_recovery(
                db, data.code, by=operator_of(request), keyring=house.keyring, at=now
            )
    except Invalid as wrong:
        return await _account(request, house, errors=wrong.fields)
    return await _account(request, house, codes=codes)


@post(PAGE + "/sessions/{ref:str}/end", guards=ANYBODY, include_in_schema=False)
async def end_one(
    request: Request[Any, Any, Any], ref: FromPath[str], house: TheHouse, now: Now
) -> Response[Any]:
    """Sign one device out."""
    operator = operator_of(request)
    await end_session(house, operator, ref)
    await _noted(house, operator, count=1, at=now)
    return go(request, PAGE)


@post(PAGE + "/sessions/end", guards=ANYBODY, include_in_schema=False)
async def end_others(request: Request[Any, Any, Any], house: TheHouse, now: Now) -> Response[Any]:
    """Sign every other device out."""
    operator = operator_of(request)
    count = await end_sessions(house, operator, but=ref_of(_sid(request, house)))
    await _noted(house, operator, count=count, at=now)
    return go(request, PAGE)


async def _noted(house: House, operator: Operator, *, count: int, at: Any) -> None:
    async with house.database.platform_unit_of_work() as db:
        note(db, "operator.sessions_ended", "", by=operator, at=at, rows=count)


HANDLERS = [account_page, change_password, renew_codes, end_one, end_others]
