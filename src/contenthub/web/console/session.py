"""The log-in page, signing out, and where a person goes first."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, get, post
from litestar.params import FromQuery, URLEncodedBody
from litestar.response import Redirect, Template

from contenthub.errors import ContentHubError, Forbidden, NotSignedIn, TooMany
from contenthub.tenants import access
from contenthub.tenants.models import Staff
from contenthub.web import firststart
from contenthub.web.api.session import FORGET_HEADERS, session_cookie, visitor_of
from contenthub.web.brand import brand_by_host, brand_by_slug
from contenthub.web.deps import TheHouse
from contenthub.web.house import House
from contenthub.web.login import CodeNeeded, TicketExpired, finish_sign_in, sign_in
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


@dataclass
class CodeForm:
    """What the form of the second step sends."""

    ticket: str = ""
    code: str = ""
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
async def home(request: Request[Any, Any, Any], house: TheHouse) -> Redirect:
    """Send a person to their first page, a stranger to the log-in or a new house's set-up."""
    if isinstance(request.user, Principal):
        return Redirect(first_page(request.user.staff.roles), status_code=303)
    is_new = await firststart.is_open(house)
    return Redirect("/setup" if is_new else "/login", status_code=303)


@get("/login", opt={"public": True}, include_in_schema=False)
async def login_page(
    request: Request[Any, Any, Any], house: TheHouse, next: FromQuery[str] = ""
) -> Template:
    """Show the log-in form; `?bank=` fills in the bank."""
    # Not a parameter: `bank` is also the name of the dependency that asks who is signed in.
    slug = request.query_params.get("bank", "")
    look = await brand_by_slug(house, slug)
    if not slug:
        look = await brand_by_host(house, request.headers.get("host", ""))
    return page(request, "console/login.html", next=next, bank_slug=slug or look.slug, brand=look)


@post("/login", opt={"public": True}, include_in_schema=False)
async def log_in(
    request: Request[Any, Any, Any],
    data: URLEncodedBody[LoginForm],
    house: TheHouse,
) -> Response[Any] | Template:
    """Sign in and go on; an account with one-time codes is asked for one."""
    try:
        staff, sid = await sign_in(
            house, data.bank, data.login, password=data.password, visitor=visitor_of(request)
        )
    except CodeNeeded as wanted:
        # No refusal: the second step of the same log-in.
        return _code_page(request, wanted.ticket, data.next)
    except (Forbidden, TooMany):
        # The page that asks again is the bank's own, as the one before it was.
        request.state.brand = await brand_by_slug(house, data.bank)
        raise
    return _inside(request, house, staff, sid=sid, next_url=data.next)


def _code_page(
    request: Request[Any, Any, Any],
    ticket: str,
    next_url: str,
    *,
    wrong: ContentHubError | None = None,
) -> Template:
    return page(
        request,
        "console/login_code.html",
        status=wrong.status if wrong else 200,
        ticket=ticket,
        next=next_url,
        wrong=wrong.detail if wrong else "",
    )


@post("/login/code", opt={"public": True}, include_in_schema=False)
async def log_in_by_code(
    request: Request[Any, Any, Any], data: URLEncodedBody[CodeForm], house: TheHouse
) -> Response[Any] | Template:
    """Take the second step and go on; a wrong code asks again."""
    try:
        staff, sid = await finish_sign_in(
            house, data.ticket, data.code, visitor=visitor_of(request)
        )
    except TicketExpired:
        return go(request, "/login?" + urlencode({"next": data.next, "late": 1}))
    except (NotSignedIn, TooMany) as wrong:
        # Nothing was written that a returned answer could commit: sign_in's units are over.
        return _code_page(request, data.ticket, data.next, wrong=wrong)
    return _inside(request, house, staff, sid=sid, next_url=data.next)


def _inside(
    request: Request[Any, Any, Any], house: House, staff: Staff, *, sid: str, next_url: str
) -> Response[Any]:
    answer = go(request, safe_next(next_url, first_page(staff.roles)))
    answer.set_cookie(session_cookie(house.settings, sid))
    answer.set_cookie(new_csrf_cookie(request))
    return answer


@post("/logout", guards=[SignedIn()], opt={"unfinished": True}, include_in_schema=False)
async def log_out(request: Request[Any, Any, Any], house: TheHouse) -> Response[Any]:
    """Sign out."""
    sid = request.cookies.get(cookie_name(house.settings))
    if sid:
        await close_session(house.redis, sid)
    answer = go(request, "/login")
    answer.headers.update(FORGET_HEADERS)
    answer.set_cookie(session_cookie(house.settings, ""))
    answer.set_cookie(new_csrf_cookie(request))
    return answer


HANDLERS = [home, login_page, log_in, log_in_by_code, log_out]
