"""Signing in and out at the platform's own door."""

from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import URLEncodedBody
from litestar.response import Template

from contenthub.web.addresses import client_address
from contenthub.web.api.session import FORGET_HEADERS
from contenthub.web.deps import TheHouse
from contenthub.web.devices import device_words
from contenthub.web.pages import go, new_csrf_cookie, page
from contenthub.web.platform.signin import (
    ForOperator,
    cookie,
    cookie_name,
    refuse_unless_open,
    sign_in,
    sign_out,
)


@dataclass
class DoorForm:
    """What the platform's log-in form sends."""

    login: str = ""
    password: str = ""
    code: str = ""


@get("/platform/login", opt={"public": True}, include_in_schema=False)
async def door_page(request: Request[Any, Any, Any], house: TheHouse) -> Template:
    """Show the platform's log-in form."""
    refuse_unless_open(house)
    return page(request, "platform/login.html")


@post("/platform/login", opt={"public": True}, include_in_schema=False)
async def log_in(
    request: Request[Any, Any, Any], data: URLEncodedBody[DoorForm], house: TheHouse
) -> Response[Any]:
    """Sign an operator in by password and code."""
    address = client_address(request.scope)
    device = device_words(request.headers.get("user-agent", ""))
    sid = await sign_in(
        house, data.login, data.password, code=data.code, address=address, device=device
    )
    answer = go(request, "/platform")
    answer.set_cookie(cookie(house, sid))
    answer.set_cookie(new_csrf_cookie(request))
    return answer


@post("/platform/logout", guards=[ForOperator("platform", "agency")], include_in_schema=False)
async def log_out(request: Request[Any, Any, Any], house: TheHouse) -> Response[Any]:
    """Sign an operator out of the platform; a session in a bank ends by itself."""
    await sign_out(house, request.cookies.get(cookie_name(house), ""))
    answer = go(request, "/platform/login")
    answer.headers.update(FORGET_HEADERS)
    answer.set_cookie(cookie(house, ""))
    return answer


HANDLERS = [door_page, log_in, log_out]
