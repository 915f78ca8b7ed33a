"""One's own log-in (/me/…); everybody's is in web/api/accounts.py.

Answers with a secret are given once: they take no Idempotency-Key.
"""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.params import FromPath, JSONBody

from contenthub.errors import NotFound
from contenthub.tenants import actions_security, queries, totp
from contenthub.web.deps import Db, Me, Now, OurBank, TheHouse, keep_answer
from contenthub.web.own_account import (
    count_code,
    count_new_password,
    current_ref,
    end_mine,
    new_session,
    totp_address,
)
from contenthub.web.sessions import OpenSession, open_sessions
from contenthub.web.signin import InPerson, principal_of

SECRET = {"idempotent": False}
FIRST = {"unfinished": True, "idempotent": False}
PAGE = 50
Code = Annotated[str, msgspec.Meta(max_length=64, examples=["492039"])]
Password = Annotated[str, msgspec.Meta(max_length=256)]


class CodeBody(msgspec.Struct, forbid_unknown_fields=True):
    """A code of the telephone, or a recovery code."""

    code: Code


class ConfirmBody(CodeBody, forbid_unknown_fields=True):
    """The first code of the telephone, and one's present password."""

    password: Password


class PasswordBody(msgspec.Struct, forbid_unknown_fields=True):
    """The old password and the new one."""

    old_password: Password
    password: Password


class SecretView(msgspec.Struct):
    """What an authenticator app needs; good for nothing until a code confirms it."""

    secret: str
    uri: str


class CodesView(msgspec.Struct):
    """Recovery codes, shown this once."""

    recovery_codes: list[str]


class SessionView(msgspec.Struct):
    """A place where somebody is signed in; `ref` names it."""

    ref: str
    device: str
    network: str
    since: datetime
    last_seen_at: datetime
    is_current: bool


class SessionList(msgspec.Struct):
    """Open sessions, the last used first."""

    items: list[SessionView]


class EndedView(msgspec.Struct):
    """How many sessions ended."""

    ended: int


def session_view(one: OpenSession, current: str) -> SessionView:
    """Return what a list shows of a session; `current` names this very one."""
    place = one.place
    return SessionView(
        one.ref, place.device, place.network, one.since, one.seen, one.ref == current
    )


@post(
    "/me/totp",
    guards=[InPerson()],
    opt=FIRST,
    summary="开始设置动态验证码",
    tags=["security"],
)
async def start_totp(db: Db, me: Me, bank: OurBank) -> SecretView:
    """Make a secret for one's authenticator app; the first code switches it on."""
    secret = await actions_security.start_totp(db, by=me)
    return SecretView(totp.base32(secret), totp_address(bank, me, secret))


@post(
    "/me/totp/confirm",
    guards=[InPerson()],
    opt=FIRST,
    status_code=200,
    summary="启用动态验证码",
    tags=["security"],
)
async def confirm_totp(
    data: JSONBody[ConfirmBody], request: Request[Any, Any, Any], house: TheHouse, now: Now
) -> Response[CodesView]:
    """Switch one-time codes on; the session gets a new id, the person's others end."""
    who = principal_of(request)
    await count_code(request)
    async with house.database.unit_of_work(who.tenant) as db:
        codes = await actions_security.confirm_totp(
            db, data.code, password=data.password, by=who.staff, at=now
        )
        staff = await queries.staff(db, who.staff.id)
    return Response(CodesView(codes), cookies=[await new_session(request, staff)])


@post(
    "/me/totp/remove",
    guards=[InPerson()],
    opt=SECRET,
    status_code=204,
    summary="移除自己的动态验证码",
    tags=["security"],
)
async def remove_totp(
    data: JSONBody[CodeBody], request: Request[Any, Any, Any], house: TheHouse, now: Now
) -> Response[None]:
    """Switch one's codes off by a good code, to set up another telephone."""
    who = principal_of(request)
    await count_code(request)
    async with house.database.unit_of_work(who.tenant) as db:
        staff = await actions_security.remove_totp(db, data.code, by=who.staff, at=now)
    return Response(None, status_code=204, cookies=[await new_session(request, staff)])


@post(
    "/me/recovery-codes",
    guards=[InPerson()],
    opt=SECRET,
    status_code=200,
    summary="换一批恢复码",
    tags=["security"],
)
async def renew_recovery(
    data: JSONBody[CodeBody], request: Request[Any, Any, Any], house: TheHouse, now: Now
) -> CodesView:
    """Return ten new recovery codes; the old ones are void."""
    who = principal_of(request)
    await count_code(request)
    async with house.database.unit_of_work(who.tenant) as db:
        return CodesView(await actions_security.renew_recovery(db, data.code, by=who.staff, at=now))


@post(
    "/me/password",
    guards=[InPerson()],
    opt=FIRST,
    status_code=204,
    summary="修改自己的密码",
    tags=["security"],
)
async def change_password(
    data: JSONBody[PasswordBody], request: Request[Any, Any, Any], house: TheHouse, now: Now
) -> Response[None]:
    """Set one's own password; the session gets a new id, the person's others end."""
    who = principal_of(request)
    await count_new_password(request, data.password)
    async with house.database.unit_of_work(who.tenant) as db:
        staff = await actions_security.change_own_password(
            db, data.old_password, data.password, by=who.staff, at=now
        )
    return Response(None, status_code=204, cookies=[await new_session(request, staff)])


@get("/me/sessions", guards=[InPerson()], summary="自己登录中的设备", tags=["security"])
async def my_sessions(request: Request[Any, Any, Any], house: TheHouse) -> SessionList:
    """Return where one is signed in."""
    who, current = principal_of(request), current_ref(request)
    found = await open_sessions(house.redis, house.settings, who.tenant, who.staff.id)
    return SessionList([session_view(one, current) for one in found])


@post(
    "/me/sessions/end-others",
    guards=[InPerson()],
    opt=SECRET,
    status_code=200,
    summary="退出其他全部设备",
    tags=["security"],
)
async def end_others(request: Request[Any, Any, Any], now: Now) -> EndedView:
    """End every session of one's own but this one."""
    return EndedView(await end_mine(request, at=now, but=current_ref(request)))


@post(
    "/me/sessions/{ref:str}/end",
    guards=[InPerson()],
    opt=SECRET,
    status_code=200,
    summary="退出一台设备",
    tags=["security"],
)
async def end_one(request: Request[Any, Any, Any], ref: FromPath[str], now: Now) -> EndedView:
    """End one session of one's own."""
    ended = await end_mine(request, at=now, only=ref)
    if not ended:
        raise NotFound("没有找到这个登录，可能已经退出")
    return EndedView(ended)


HANDLERS = [
    Router(
        "/api/v1",
        route_handlers=[
            start_totp,
            confirm_totp,
            remove_totp,
            renew_recovery,
            change_password,
            my_sessions,
            end_others,
            end_one,
        ],
        after_request=keep_answer,
    )
]
