"""登录安全: one's own log-in, and for administrators everybody's; the phone's 我的账号."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Template

from contenthub.db import Read
from contenthub.tenants import (
    access,
    actions_security,
    banksettings,
    duties,
    queries,
    queries_security,
)
from contenthub.tenants import actions as tenants
from contenthub.tenants.models import Bank, Staff
from contenthub.tenants.queries_security import Wanted
from contenthub.web import sheets
from contenthub.web.deps import Db, Me, Now, OurBank, TheHouse
from contenthub.web.house import House
from contenthub.web.own_account import LOOK_BACK, current_ref, end_theirs_all
from contenthub.web.pages import go, page
from contenthub.web.sessions import end_sessions, open_sessions
from contenthub.web.signin import InPerson, May, principal_of

PAGE = 50
REFUSALS = 20
EXPORT_ROWS = 20_000
TOTP_CHOICES = tuple(banksettings.WORDS["totp_for"].items())
REASONS = {
    "password": "登录名或密码不正确",
    "code": "动态验证码不正确",
    "ended": "初始密码已过期",
    "leave": "员工在休假",
}


@dataclass
class SwitchForm:
    """Who needs one-time codes: `privileged`, `all` or `none`."""

    totp_for: str = ""


@dataclass
class ResetForm:
    """How the administrator made sure that it is the colleague who asks."""

    identity_check: str = ""


async def _own(
    request: Request[Any, Any, Any], db: Read, house: House, *, me: Staff, bank: Bank
) -> dict[str, Any]:
    """Return what the pages about one's own account show."""
    staff = await queries.staff(db, me.id)
    sessions = await open_sessions(house.redis, house.settings, staff.tenant_id, staff.id)
    return {
        "staff": staff,
        "sessions": sessions,
        "this_ref": current_ref(request),
        "codes_left": await queries_security.recovery_left(db, me.id),
        "needs_totp": duties.needs_totp(me.roles, bank.settings),
    }


@get("/console/security", guards=[InPerson()], include_in_schema=False)
async def security_page(
    request: Request[Any, Any, Any],
    db: Db,
    me: Me,
    house: TheHouse,
    now: Now,
    q: FromQuery[str] = "",
    lacking: FromQuery[str] = "",
    cursor: FromQuery[str] = "",
) -> Template:
    """Show one's own log-in, and to administrators the bank's."""
    bank = await queries.bank(db)
    values = await _own(request, db, house, me=me, bank=bank)
    if access.may(me.roles, "security.manage"):
        values |= await _everybody(db, bank, Wanted(q, bool(lacking)), cursor=cursor, now=now)
    return page(request, "console/security.html", **values)


async def _everybody(
    db: Read, bank: Bank, wanted: Wanted, *, cursor: str, now: datetime
) -> dict[str, Any]:
    found = await queries_security.accounts(db, wanted, after=cursor, limit=PAGE + 1)
    kept = urlencode({"q": wanted.q, **({"lacking": "1"} if wanted.is_lacking else {})})
    return {
        "people": found[:PAGE],
        "next_cursor": found[PAGE - 1].staff_no if len(found) > PAGE else "",
        "is_first": not cursor,
        "q": wanted.q,
        "lacking": wanted.is_lacking,
        "kept": kept,
        "totals": await queries_security.totals(db),
        "refusals": await queries_security.refusals(db, since=now - LOOK_BACK, limit=REFUSALS),
        "reasons": REASONS,
        "totp_for": banksettings.effective(bank.settings)["totp_for"],
        "totp_choices": TOTP_CHOICES,
        "needing_roles": access.TOTP_REQUIRED,
    }


@get("/m/account", guards=[InPerson()], include_in_schema=False)
async def phone_page(
    request: Request[Any, Any, Any], db: Db, me: Me, house: TheHouse, bank: OurBank
) -> Template:
    """Show one's own log-in on the phone."""
    values = await _own(request, db, house, me=me, bank=bank)
    return page(request, "h5/account.html", **values)


@get(
    "/console/security/staff/{staff_id:uuid}",
    guards=[May("security.manage")],
    include_in_schema=False,
)
async def person_page(
    request: Request[Any, Any, Any], staff_id: FromPath[UUID], db: Db, me: Me, house: TheHouse
) -> Template:
    """Show how somebody signs in, and where they are signed in."""
    staff = await queries.staff(db, staff_id)
    sessions = await open_sessions(house.redis, house.settings, staff.tenant_id, staff.id)
    return page(
        request,
        "console/security_one.html",
        staff=staff,
        sessions=sessions,
        codes_left=await queries_security.recovery_left(db, staff.id),
        is_self=staff.id == me.id,
        checks=[("", "请选择"), *actions_security.IDENTITY_CHECKS.items()],
    )


@post(
    "/console/security/staff/{staff_id:uuid}/end-sessions",
    guards=[May("security.manage")],
    include_in_schema=False,
)
async def end_theirs(
    request: Request[Any, Any, Any], staff_id: FromPath[UUID], now: Now
) -> Response[Any]:
    """End every session of somebody."""
    await end_theirs_all(request, staff_id, at=now)
    return go(request, f"/console/security/staff/{staff_id}")


@post(
    "/console/security/staff/{staff_id:uuid}/totp-reset",
    guards=[May("security.manage")],
    include_in_schema=False,
)
async def reset_totp(
    request: Request[Any, Any, Any],
    staff_id: FromPath[UUID],
    data: URLEncodedBody[ResetForm],
    house: TheHouse,
    now: Now,
) -> Response[Any]:
    """Switch off the one-time codes of somebody who lost them; their sessions end."""
    who = principal_of(request)
    async with house.database.unit_of_work(who.tenant) as db:
        await actions_security.reset_totp(
            db, staff_id, checked=data.identity_check, by=who.staff, at=now
        )
    await end_sessions(house.redis, who.tenant, staff_id)
    return go(request, f"/console/security/staff/{staff_id}")


@post("/console/security/totp-for", guards=[May("security.manage")], include_in_schema=False)
async def switch_totp(
    request: Request[Any, Any, Any], data: URLEncodedBody[SwitchForm], db: Db, me: Me, now: Now
) -> Response[Any]:
    """Say whom the bank asks for one-time codes."""
    changes = {"totp_for": data.totp_for}
    await tenants.set_settings(db, changes, by=me, at=now)
    return go(request, "/console/security")


@get("/console/security/export", guards=[May("security.manage")], include_in_schema=False)
async def export_accounts(db: Db, me: Me, bank: OurBank, now: Now) -> Response[bytes]:
    """Return everybody's state of log-in as xlsx."""
    people = await queries_security.accounts(db, Wanted(), limit=EXPORT_ROWS)
    tenants.record(db, "security.exported", "bank", bank.id, by=me, at=now, rows=len(people))
    rows = (
        (
            s.staff_no,
            s.name,
            s.login,
            "、".join(access.ROLES.get(role, role) for role in s.roles),
            totp_words(s, bank),
            s.totp_confirmed_at,
            s.last_login_at,
            s.password_set_at,
        )
        for s in people
    )
    columns = ("工号", "姓名", "登录名", "角色", "动态验证码", "设置时间", "上次登录", "密码设置")
    data = sheets.xlsx("登录安全", columns, rows, by=me.name, at=now, zone=bank.zone)
    return sheets.download(data, "登录安全.xlsx")


def totp_words(staff: Staff, bank: Bank) -> str:
    """Return a person's state of one-time codes in words."""
    if staff.totp_confirmed_at is not None:
        return "已设置"
    return "未设置（须设置）" if duties.needs_totp(staff.roles, bank.settings) else "未设置"


HANDLERS = [
    security_page,
    phone_page,
    person_page,
    end_theirs,
    reset_totp,
    switch_totp,
    export_accounts,
]
