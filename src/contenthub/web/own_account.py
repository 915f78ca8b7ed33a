"""What page and API share of accounts: this session, a new one, ending others, counting codes."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from litestar import Request
from litestar.datastructures import Cookie

from contenthub.tenants import actions_security, queries, queries_security, totp
from contenthub.tenants.models import Bank, Staff
from contenthub.web.api.session import session_cookie, visitor_of
from contenthub.web.house import house_of
from contenthub.web.sessions import (
    cookie_name,
    end_sessions,
    open_session,
    open_sessions,
    proof_of,
    ref_of,
)
from contenthub.web.signin import principal_of
from contenthub.web.tries import Tries

LOOK_BACK = timedelta(days=30)
"""How far back refused log-ins are shown."""


def current_ref(request: Request[Any, Any, Any]) -> str:
    """Return the name of this very session in lists, or '' without one."""
    sid = request.cookies.get(cookie_name(house_of(request).settings), "")
    return ref_of(sid) if sid else ""


async def new_session(request: Request[Any, Any, Any], staff: Staff) -> Cookie:
    """Return the cookie of a new session in place of this one; the person's others end.

    Call it after the change is committed: the new session is bound to what holds then.
    """
    house, tenant = house_of(request), principal_of(request).tenant
    sid = await open_session(
        house.redis,
        house.settings,
        tenant,
        staff.id,
        proof=proof_of(staff),
        place=visitor_of(request).place,
    )
    await end_sessions(house.redis, tenant, staff.id, but=ref_of(sid))
    return session_cookie(house.settings, sid)


async def count_new_password(request: Request[Any, Any, Any], new: str) -> None:
    """Count a try of the old password, unless the new one cannot be anyway.

    Raises:
        Invalid: the new password is weak. TooMany: too many tries.
    """
    house, who = house_of(request), principal_of(request)
    async with house.database.reading(who.tenant) as db:
        await queries_security.check_own_password(db, new, by=who.staff)
    await count_code(request)


async def count_code(request: Request[Any, Any, Any]) -> None:
    """Count a try of a code by somebody signed in; raises TooMany as the log-in does."""
    who, visitor = principal_of(request), visitor_of(request)
    account = f"{who.bank.slug}/{who.staff.login}"
    await Tries(house_of(request).redis, account, visitor.address).count_code()


def totp_address(bank: Bank, staff: Staff, secret: bytes) -> str:
    """Return the `otpauth://` address of a secret, short enough for a code that scans."""
    # Each Chinese character is nine in an address, and a code of 300 is the most that scans.
    account = staff.login[:40] if staff.login.isascii() else staff.login[:8]
    return totp.uri(secret, issuer=bank.name[:6], account=account)


async def end_mine(
    request: Request[Any, Any, Any], *, at: datetime, only: str = "", but: str = ""
) -> int:
    """End sessions of the signed-in person (see end_sessions) and return how many."""
    house, who = house_of(request), principal_of(request)
    ended = await end_sessions(house.redis, who.tenant, who.staff.id, only=only, but=but)
    if ended:
        async with house.database.unit_of_work(who.tenant) as db:
            actions_security.note_ended(db, who.staff, count=ended, by=who.staff, at=at)
    return ended


async def end_theirs_all(request: Request[Any, Any, Any], staff_id: UUID, *, at: datetime) -> int:
    """End every session of somebody of the bank and return how many; raises NotFound."""
    house, who = house_of(request), principal_of(request)
    found = await open_sessions(house.redis, house.settings, who.tenant, staff_id)
    async with house.database.unit_of_work(who.tenant) as db:
        staff = await queries.staff(db, staff_id)
        actions_security.note_ended(db, staff, count=len(found), by=who.staff, at=at)
    return await end_sessions(house.redis, who.tenant, staff_id)
