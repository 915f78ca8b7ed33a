"""One's own account: password, one-time codes, recovery codes, sessions; for every role.

The pages stand outside console and phone frame: whoever has to finish them first sees
nothing else. What changes how one signs in also changes the session's id, after the commit.
"""

import base64
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, Template

from contenthub.errors import Invalid, NotFound
from contenthub.posters import qr
from contenthub.tenants import actions_security, queries, totp
from contenthub.tenants.models import Bank, Staff
from contenthub.web.console.session import first_page
from contenthub.web.deps import Db, Me, Now, OurBank, TheHouse
from contenthub.web.own_account import (
    count_code,
    count_new_password,
    current_ref,
    end_mine,
    new_session,
    totp_address,
)
from contenthub.web.pages import go, page
from contenthub.web.signin import InPerson, principal_of

GUARDS = [InPerson()]
UNFINISHED = {"unfinished": True}
QR_SIDE_PX = 264
PASSWORD_PAGE, TOTP_PAGE = "/account/password", "/account/totp"
REMOVE_PAGE, RECOVERY_PAGE = "/account/totp/remove", "/account/recovery-codes"
# action -> title, text, verb, whether it is grave
_ASKED = {
    REMOVE_PAGE: (
        "更换手机",
        "先用现在的验证码（或一个恢复码）移除，再在新手机上重新设置；其他设备会退出登录",
        "移除，去新手机上设置",
        True,
    ),
    RECOVERY_PAGE: ("换一批恢复码", "旧的恢复码全部作废，新的只显示一次", "生成新的恢复码", False),
}
HOME = {"/console": "/console/security", "/m": "/m/account"}
"""Where a person's account is shown: office and phone."""


@dataclass
class PasswordForm:
    """What the form of a new password sends."""

    old_password: str = ""
    password: str = ""
    again: str = ""


@dataclass
class ConfirmForm:
    """The first code of the telephone, and one's present password."""

    code: str = ""
    password: str = ""


@dataclass
class CodeForm:
    """A code of the telephone, or a recovery code."""

    code: str = ""


def account_page(staff: Staff) -> str:
    """Return the address of the page about one's own account."""
    return HOME[first_page(staff.roles)]


@get(PASSWORD_PAGE, guards=GUARDS, opt=UNFINISHED, include_in_schema=False)
async def password_page(request: Request[Any, Any, Any], me: Me) -> Template:
    """Show the form of a new password."""
    return _password(request, me, {})


def _password(request: Request[Any, Any, Any], me: Staff, errors: dict[str, str]) -> Template:
    return page(
        request,
        "console/account_password.html",
        status=422 if errors else 200,
        errors=errors,
        back=account_page(me),
    )


@post(PASSWORD_PAGE, guards=GUARDS, opt=UNFINISHED, include_in_schema=False)
async def change_password(
    request: Request[Any, Any, Any],
    data: URLEncodedBody[PasswordForm],
    house: TheHouse,
    now: Now,
) -> Response[Any] | Template:
    """Set a new password of one's own; every other session of the person ends."""
    principal = principal_of(request)
    try:
        if data.password != data.again:
            raise Invalid.of("again", "两次输入的新密码不一样，请重新输入")
        await count_new_password(request, data.password)
        async with house.database.unit_of_work(principal.tenant) as db:
            staff = await actions_security.change_own_password(
                db, data.old_password, data.password, by=principal.staff, at=now
            )
    except Invalid as wrong:
        # Its unit of work has been rolled back: nothing is left for this answer to commit.
        return _password(request, principal.staff, wrong.fields)
    answer = go(request, account_page(staff))
    answer.set_cookie(await new_session(request, staff))
    return answer


@get(TOTP_PAGE, guards=GUARDS, opt=UNFINISHED, include_in_schema=False)
async def totp_page(
    request: Request[Any, Any, Any], db: Db, me: Me, bank: OurBank
) -> Template | Redirect:
    """Show how to set one-time codes up, or the secret that waits for its first code."""
    staff = await queries.staff(db, me.id)
    if staff.totp_confirmed_at is not None:
        return Redirect(account_page(me), status_code=303)
    return _totp(request, bank, staff, secret=actions_security.waiting_secret(db, staff))


def _totp(
    request: Request[Any, Any, Any],
    bank: Bank,
    staff: Staff,
    *,
    secret: bytes | None,
    errors: dict[str, str] | None = None,
) -> Template:
    shown = {}
    if secret is not None:
        picture = qr.png(totp_address(bank, staff, secret), QR_SIDE_PX)
        shown = {
            "picture": "data:image/png;base64," + base64.b64encode(picture).decode(),
            "typed": totp.grouped(totp.base32(secret)),
        }
    return page(
        request,
        "console/account_totp.html",
        status=422 if errors else 200,
        shown=shown,
        errors=errors or {},
        must=principal_of(request).duty == "totp",
        back=account_page(staff),
    )


@post(TOTP_PAGE + "/start", guards=GUARDS, opt=UNFINISHED, include_in_schema=False)
async def start_totp(request: Request[Any, Any, Any], db: Db, me: Me) -> Response[Any]:
    """Make a new secret."""
    await actions_security.start_totp(db, by=me)
    return go(request, TOTP_PAGE)


@post(
    TOTP_PAGE + "/confirm",
    guards=GUARDS,
    opt=UNFINISHED,
    status_code=200,
    include_in_schema=False,
)
async def confirm_totp(
    request: Request[Any, Any, Any],
    data: URLEncodedBody[ConfirmForm],
    house: TheHouse,
    bank: OurBank,
    now: Now,
) -> Response[Any] | Template:
    """Switch one-time codes on and show the recovery codes, this once."""
    who = principal_of(request)
    await count_code(request)
    try:
        async with house.database.unit_of_work(who.tenant) as db:
            codes = await actions_security.confirm_totp(
                db, data.code, password=data.password, by=who.staff, at=now
            )
            staff = await queries.staff(db, who.staff.id)
    except Invalid as wrong:
        async with house.database.unit_of_work(who.tenant) as db:
            staff = await queries.staff(db, who.staff.id)
            secret = actions_security.waiting_secret(db, staff)
        return _totp(request, bank, staff, secret=secret, errors=wrong.fields)
    answer = _codes(request, staff, codes)
    answer.set_cookie(await new_session(request, staff))
    return answer


def _codes(request: Request[Any, Any, Any], staff: Staff, codes: list[str]) -> Template:
    text = "\r\n".join(["contenthub 恢复码，每个只能用一次，请放在安全的地方", "", *codes, ""])
    packed = base64.b64encode(text.encode("utf-8-sig")).decode()
    return page(
        request,
        "console/account_codes.html",
        codes=codes,
        file="data:text/plain;charset=utf-8;base64," + packed,
        back=account_page(staff),
    )


def _ask_code(
    request: Request[Any, Any, Any], action: str, errors: dict[str, str] | None = None
) -> Template:
    title, text, verb, is_grave = _ASKED[action]
    return page(
        request,
        "console/account_code.html",
        status=422 if errors else 200,
        title=title,
        text=text,
        action=action,
        verb=verb,
        grave=is_grave,
        errors=errors or {},
        back=account_page(principal_of(request).staff),
    )


@get(REMOVE_PAGE, guards=GUARDS, include_in_schema=False)
async def remove_page(request: Request[Any, Any, Any]) -> Template:
    """Ask for the code that switches one-time codes off."""
    return _ask_code(request, REMOVE_PAGE)


@post(REMOVE_PAGE, guards=GUARDS, include_in_schema=False)
async def remove_totp(
    request: Request[Any, Any, Any], data: URLEncodedBody[CodeForm], house: TheHouse, now: Now
) -> Response[Any] | Template:
    """Switch one's codes off by a good code, to set up another telephone."""
    who = principal_of(request)
    await count_code(request)
    try:
        async with house.database.unit_of_work(who.tenant) as db:
            staff = await actions_security.remove_totp(db, data.code, by=who.staff, at=now)
    except Invalid as wrong:
        return _ask_code(request, REMOVE_PAGE, wrong.fields)
    answer = go(request, TOTP_PAGE)
    answer.set_cookie(await new_session(request, staff))
    return answer


@get(RECOVERY_PAGE, guards=GUARDS, include_in_schema=False)
async def recovery_page(request: Request[Any, Any, Any]) -> Template:
    """Ask for the code that makes new recovery codes."""
    return _ask_code(request, RECOVERY_PAGE)


@post(RECOVERY_PAGE, guards=GUARDS, status_code=200, include_in_schema=False)
async def renew_recovery(
    request: Request[Any, Any, Any], data: URLEncodedBody[CodeForm], house: TheHouse, now: Now
) -> Template:
    """Show ten new recovery codes, this once; the old ones are void."""
    who = principal_of(request)
    await count_code(request)
    try:
        async with house.database.unit_of_work(who.tenant) as db:
            codes = await actions_security.renew_recovery(db, data.code, by=who.staff, at=now)
    except Invalid as wrong:
        return _ask_code(request, RECOVERY_PAGE, wrong.fields)
    return _codes(request, who.staff, codes)


@post("/account/sessions/end-others", guards=GUARDS, include_in_schema=False)
async def end_others(request: Request[Any, Any, Any], now: Now) -> Response[Any]:
    """End every session of mine but this one."""
    who = principal_of(request)
    await end_mine(request, but=current_ref(request), at=now)
    return go(request, account_page(who.staff))


@post("/account/sessions/{ref:str}/end", guards=GUARDS, include_in_schema=False)
async def end_one(request: Request[Any, Any, Any], ref: FromPath[str], now: Now) -> Response[Any]:
    """End one session of mine."""
    if not await end_mine(request, only=ref, at=now):
        raise NotFound("没有找到这个登录，可能已经退出")
    return go(request, account_page(principal_of(request).staff))


HANDLERS = [
    password_page,
    change_password,
    totp_page,
    start_totp,
    confirm_totp,
    remove_page,
    remove_totp,
    recovery_page,
    renew_recovery,
    end_others,
    end_one,
]
