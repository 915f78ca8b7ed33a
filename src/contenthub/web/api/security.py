"""One's own log-in (/me/…) and, for administrators, everybody's (/security/…).

Answers with a secret are given once: they take no Idempotency-Key.
"""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from contenthub.errors import NotFound
from contenthub.tenants import actions_security, duties, queries, queries_security, totp
from contenthub.tenants.models import Bank, Staff
from contenthub.tenants.queries_security import Wanted
from contenthub.web.deps import Db, Me, Now, OurBank, TheHouse, keep_answer
from contenthub.web.keyset import page_size, staff_cursor, staff_no_of
from contenthub.web.own_account import (
    LOOK_BACK,
    count_code,
    current_ref,
    end_mine,
    end_theirs_all,
    new_session,
    totp_address,
)
from contenthub.web.sessions import OpenSession, end_sessions, open_sessions
from contenthub.web.signin import InPerson, May, principal_of

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


class ResetBody(msgspec.Struct, forbid_unknown_fields=True):
    """How one made sure that it is the colleague who asks."""

    identity_check: Annotated[
        Literal["in_person", "call_back", "manager"], msgspec.Meta(examples=["in_person"])
    ]


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


class AccountView(msgspec.Struct):
    """How somebody signs in."""

    id: UUID
    staff_no: str
    name: str
    login: str
    roles: list[str]
    has_totp: bool
    needs_totp: bool
    must_change_password: bool
    last_login_at: datetime | None
    password_set_at: datetime | None


class AccountList(msgspec.Struct):
    """A page of accounts."""

    items: list[AccountView]
    next_cursor: str | None


class RefusalView(msgspec.Struct):
    """A log-in that was refused; what was typed is kept nowhere."""

    at: datetime
    staff_id: UUID | None
    name: str
    network: str
    reason: str


class RefusalList(msgspec.Struct):
    """Refused log-ins of the last 30 days, newest first."""

    items: list[RefusalView]


def _session(one: OpenSession, current: str) -> SessionView:
    place = one.place
    return SessionView(
        one.ref, place.device, place.network, one.since, one.seen, one.ref == current
    )


def _account(staff: Staff, bank: Bank) -> AccountView:
    return AccountView(
        id=staff.id,
        staff_no=staff.staff_no,
        name=staff.name,
        login=staff.login,
        roles=list(staff.roles),
        has_totp=staff.totp_confirmed_at is not None,
        needs_totp=duties.needs_totp(staff.roles, bank.settings),
        must_change_password=staff.must_change_password,
        last_login_at=staff.last_login_at,
        password_set_at=staff.password_set_at,
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
    await count_code(request)
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
    return SessionList([_session(one, current) for one in found])


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


@get(
    "/security/accounts",
    guards=[May("security.manage")],
    summary="员工登录情况",
    tags=["security"],
)
async def accounts(
    db: Db,
    bank: OurBank,
    q: FromQuery[str] = "",
    lacking: FromQuery[bool] = False,
    cursor: FromQuery[str] = "",
    limit: FromQuery[int] = PAGE,
) -> AccountList:
    """Return people at work; `lacking`: only those who need one-time codes and have none."""
    limit = page_size(limit)
    found = await queries_security.accounts(
        db, Wanted(q, lacking), after=staff_no_of(cursor), limit=limit + 1
    )
    more = found[limit - 1].staff_no if len(found) > limit else None
    return AccountList([_account(s, bank) for s in found[:limit]], staff_cursor(more))


@get(
    "/security/accounts/{staff_id:uuid}/sessions",
    guards=[May("security.manage")],
    summary="一位员工登录中的设备",
    tags=["security"],
)
async def their_sessions(staff_id: FromPath[UUID], db: Db, house: TheHouse) -> SessionList:
    """Return where somebody is signed in."""
    staff = await queries.staff(db, staff_id)
    found = await open_sessions(house.redis, house.settings, staff.tenant_id, staff.id)
    return SessionList([_session(one, "") for one in found])


@post(
    "/security/accounts/{staff_id:uuid}/end-sessions",
    guards=[May("security.manage")],
    opt=SECRET,
    status_code=200,
    summary="让一位员工全部退出",
    tags=["security"],
)
async def end_theirs(
    request: Request[Any, Any, Any], staff_id: FromPath[UUID], now: Now
) -> EndedView:
    """End every session of somebody."""
    return EndedView(await end_theirs_all(request, staff_id, at=now))


@post(
    "/security/accounts/{staff_id:uuid}/reset-totp",
    guards=[May("security.manage")],
    opt=SECRET,
    status_code=204,
    summary="重置一位员工的动态验证码",
    tags=["security"],
)
async def reset_totp(
    request: Request[Any, Any, Any],
    staff_id: FromPath[UUID],
    data: JSONBody[ResetBody],
    house: TheHouse,
    now: Now,
) -> None:
    """Switch off the one-time codes of somebody who lost them; their sessions end."""
    who = principal_of(request)
    async with house.database.unit_of_work(who.tenant) as db:
        await actions_security.reset_totp(
            db, staff_id, checked=data.identity_check, by=who.staff, at=now
        )
    await end_sessions(house.redis, who.tenant, staff_id)


@get(
    "/security/refusals",
    guards=[May("security.manage")],
    summary="被拒绝的登录",
    tags=["security"],
)
async def refusals(db: Db, now: Now, limit: FromQuery[int] = PAGE) -> RefusalList:
    """Return refused log-ins of the last 30 days, newest first."""
    since = now - LOOK_BACK
    found = await queries_security.refusals(db, since=since, limit=page_size(limit))
    return RefusalList(
        [
            RefusalView(
                e.at,
                e.subject_id,
                name,
                str(e.detail.get("network", "")),
                str(e.detail.get("reason", "")),
            )
            for e, name in found
        ]
    )


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
            accounts,
            their_sessions,
            end_theirs,
            reset_totp,
            refusals,
        ],
        after_request=keep_answer,
    )
]
