"""POST /login, POST /logout, GET /me."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.datastructures import Cookie
from litestar.params import JSONBody

from contenthub.db import TenantId
from contenthub.settings import Settings
from contenthub.tenants import access, queries
from contenthub.tenants.models import Bank, Staff
from contenthub.web.addresses import client_address
from contenthub.web.deps import Me, OurBank, TheHouse
from contenthub.web.house import house_of
from contenthub.web.login import WRONG, LogInFailed, Visitor, sign_in
from contenthub.web.pages import new_csrf_cookie
from contenthub.web.sessions import close_session, cookie_name
from contenthub.web.signin import SignedIn, duty_of


class LoginBody(msgspec.Struct, forbid_unknown_fields=True):
    """Who signs in to which bank."""

    bank: Annotated[str, msgspec.Meta(max_length=60, examples=["qingyuan"])]
    login: Annotated[str, msgspec.Meta(max_length=120, examples=["zhoumin"])]
    password: Annotated[str, msgspec.Meta(max_length=256)]
    code: Annotated[str, msgspec.Meta(max_length=64, examples=["492039"])] | None = None
    """One-time code of the telephone or a recovery code, for accounts that have them."""


class SignedInView(msgspec.Struct):
    """Who signed in, and what they must do before anything else is answered."""

    id: UUID
    name: str
    roles: list[str]
    duty: str = ""
    """Empty, or `password` (choose one of your own), or `totp` (set up one-time codes)."""


class MeView(msgspec.Struct):
    """The signed-in person."""

    id: UUID
    name: str
    login: str
    staff_no: str
    title: str
    roles: list[str]
    permissions: list[str]
    bank: str
    bank_name: str
    branch_id: UUID
    duty: str = ""
    """Empty, or what comes first: `password` or `totp`; until then all else answers 403."""


def me_of(staff: Staff, bank: Bank) -> MeView:
    """Return what `GET /me` shows of a person."""
    return MeView(
        id=staff.id,
        name=staff.name,
        login=staff.login,
        staff_no=staff.staff_no,
        title=staff.title,
        roles=list(staff.roles),
        permissions=sorted(access.permissions(staff.roles)),
        bank=bank.slug,
        bank_name=bank.name,
        branch_id=staff.branch_id,
        duty=duty_of(staff, bank),
    )


def visitor_of(request: Request[Any, Any, Any]) -> Visitor:
    """Return where a log-in comes from."""
    return Visitor(
        client_address(request.scope),
        request.headers.get("user-agent", ""),
        request.cookies.get(cookie_name(house_of(request).settings), ""),
    )


FORGET_HEADERS = {"Clear-Site-Data": '"cache"'}
"""At a log-out: pictures that the browser kept of what only this person may see go too."""


def session_cookie(settings: Settings, sid: str) -> Cookie:
    """Return the cookie that carries a session id; an empty id deletes it."""
    return Cookie(
        key=cookie_name(settings),
        value=sid,
        path="/",
        httponly=True,
        secure=settings.secure_cookies,
        samesite="lax",
        max_age=settings.session_absolute_seconds if sid else 0,
    )


@post(
    "/login",
    opt={"public": True, "refuses": (401, 429)},
    status_code=200,
    summary="登录",
    tags=["session"],
)
async def login(
    data: JSONBody[LoginBody], request: Request[Any, Any, Any], house: TheHouse
) -> Response[SignedInView]:
    """Sign in; the session cookie comes with the answer.

    An account with one-time codes answers 401 `totp_code_required` without `code`.
    """
    try:
        staff, sid = await sign_in(
            house,
            data.bank,
            data.login,
            password=data.password,
            visitor=visitor_of(request),
            code=data.code or "",
        )
    except UnicodeError as error:
        raise LogInFailed(WRONG) from error
    async with house.database.reading(TenantId(staff.tenant_id)) as db:
        bank = await queries.bank(db)
    body = SignedInView(staff.id, staff.name, list(staff.roles), duty_of(staff, bank))
    return Response(body, cookies=[session_cookie(house.settings, sid), new_csrf_cookie(request)])


@post(
    "/logout",
    guards=[SignedIn()],
    opt={"unfinished": True},
    status_code=204,
    summary="退出登录",
    tags=["session"],
)
async def logout(request: Request[Any, Any, Any], house: TheHouse) -> Response[None]:
    """End this session."""
    sid = request.cookies.get(cookie_name(house.settings))
    if sid:
        await close_session(house.redis, sid)
    ended = session_cookie(house.settings, "")
    cookies = [ended, new_csrf_cookie(request)]
    return Response(None, status_code=204, cookies=cookies, headers=FORGET_HEADERS)


@get(
    "/me",
    guards=[SignedIn()],
    opt={"unfinished": True},
    summary="当前登录人",
    tags=["session"],
)
async def who_am_i(me: Me, bank: OurBank) -> MeView:
    """Return the signed-in person, their roles and permissions."""
    return me_of(me, bank)


HANDLERS = [Router("/api/v1", route_handlers=[login, logout, who_am_i])]
