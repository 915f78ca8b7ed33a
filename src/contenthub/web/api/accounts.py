"""Everybody's log-in for administrators (/security/…)."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Request, Router, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from contenthub.tenants import actions_security, duties, queries, queries_security
from contenthub.tenants.models import Bank, Staff
from contenthub.tenants.queries_security import Wanted
from contenthub.web.api.security import PAGE, SECRET, EndedView, SessionList, session_view
from contenthub.web.deps import Db, Now, OurBank, TheHouse, keep_answer
from contenthub.web.keyset import page_size, staff_cursor, staff_no_of
from contenthub.web.own_account import LOOK_BACK, end_theirs_all
from contenthub.web.sessions import end_sessions, open_sessions
from contenthub.web.signin import May, principal_of


class ResetBody(msgspec.Struct, forbid_unknown_fields=True):
    """How one made sure that it is the colleague who asks."""

    identity_check: Annotated[
        Literal["in_person", "call_back", "manager"], msgspec.Meta(examples=["in_person"])
    ]


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
    return SessionList([session_view(one, "") for one in found])


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
        route_handlers=[accounts, their_sessions, end_theirs, reset_totp, refusals],
        after_request=keep_answer,
    )
]
