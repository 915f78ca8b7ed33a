"""The log-in page, signing out, and where a person goes first."""

from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromQuery, URLEncodedBody
from litestar.response import Redirect, Template

from contenthub.tenants import access
from contenthub.web.api.session import session_cookie
from contenthub.web.addresses import client_address
from contenthub.web.deps import TheHouse
from contenthub.web.login import sign_in
from contenthub.web.pages import go, new_csrf_cookie, page
from contenthub.web.sessions import close_session, cookie_name
from contenthub.web.signin import Principal, SignedIn


@dataclass
class LoginForm:
    """What the log-in form sends."""

    bank: str = ""
    login: str = ""
    password: str = ""
    next: str = ""


def first_page(roles: list[str]) -> str:
    """Return where a person starts: the phone page if that is all they may use."""
    office = {"library.write", "reviews.decide", "pushes.view", "staff.manage", "audit.view"}
    return "/console" if access.permissions(roles) & office else "/m"


def safe_next(url: str, fallback: str) -> str:
    """Return `url` if it is a path of this house, else `fallback` (reliability A1)."""
    fine = url.startswith(("/console", "/m")) and not any(c in url for c in "\\@\r\n:")
    return url if fine and "//" not in url else fallback


@get("/", opt={"public": True}, include_in_schema=False)
async def home(request: Request[Any, Any, Any]) -> Redirect:
    """Send a person to their first page, a stranger to the log-in."""
    if isinstance(request.user, Principal):
        return Redirect(first_page(request.user.staff.roles), status_code=303)
    return Redirect("/login", status_code=303)


@get("/login", opt={"public": True}, include_in_schema=False)
async def login_page(request: Request[Any, Any, Any], next: FromQuery[str] = "") -> Template:
    """Show the log-in form; `?bank=` fills in the bank."""
    # Not a parameter: `bank` is also the name of the dependency that asks who is signed in.
    slug = request.query_params.get("bank", "")
    return page(request, "console/login.html", next=next, bank_slug=slug)


@post("/login", opt={"public": True}, include_in_schema=False)
async def log_in(
    request: Request[Any, Any, Any],
    data: URLEncodedBody[LoginForm],
    house: TheHouse,
) -> Response[Any]:
    """Sign in and go on."""
    address = client_address(request.scope)
    staff, sid = await sign_in(
        house,
        data.bank,
        data.login,
        password=data.password,
        address=address,
        old_sid=request.cookies.get(cookie_name(house.settings), ""),
    )
    answer = go(request, safe_next(data.next, first_page(staff.roles)))
    answer.set_cookie(session_cookie(house.settings, sid))
    answer.set_cookie(new_csrf_cookie(request))
    return answer


@post("/logout", guards=[SignedIn()], include_in_schema=False)
async def log_out(request: Request[Any, Any, Any], house: TheHouse) -> Response[Any]:
    """Sign out."""
    sid = request.cookies.get(cookie_name(house.settings))
    if sid:
        await close_session(house.redis, sid)
    answer = go(request, "/login")
    answer.set_cookie(session_cookie(house.settings, ""))
    answer.set_cookie(new_csrf_cookie(request))
    return answer


HANDLERS = [home, login_page, log_in, log_out]
