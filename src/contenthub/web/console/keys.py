"""接口密钥: keys for scripts, made and revoked."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Request, Response, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Template

from contenthub.db import Read
from contenthub.errors import Invalid
from contenthub.tenants import actions as tenants
from contenthub.tenants import actions_staff, queries_staff
from contenthub.web.deps import Db, Me, Now, OurBank
from contenthub.web.hygiene import within_reach
from contenthub.web.pages import go, page
from contenthub.web.signin import May


@dataclass
class KeyForm:
    """What the form of a new key sends."""

    name: str = ""
    expires_on: str = ""


async def _page(request: Request[Any, Any, Any], db: Read, *, fresh: str = "") -> Template:
    return page(
        request, "console/keys.html", keys=await queries_staff.keys(db), fresh=fresh, errors={}
    )


@get("/console/keys", guards=[May("keys.manage")], include_in_schema=False)
async def keys_page(request: Request[Any, Any, Any], db: Db) -> Template:
    """Show the bank's keys."""
    return await _page(request, db)


@post("/console/keys", guards=[May("keys.manage")], status_code=200, include_in_schema=False)
async def create_key(
    request: Request[Any, Any, Any],
    data: URLEncodedBody[KeyForm],
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
) -> Template:
    """Make a key that acts as oneself, and show it this once."""
    if not data.name.strip():
        raise Invalid.of("name", "请填写用途，例如“夜间导入”")
    expires_at = _end_of(data.expires_on, bank.zone)
    if expires_at is not None and expires_at <= now:
        raise Invalid.of("expires_on", "到期日应在今天或以后")
    _, clear = await tenants.create_key(db, me, data.name, by=me, at=now, expires_at=expires_at)
    await db.flush()
    return await _page(request, db, fresh=clear)


def _end_of(day: str, zone: str) -> datetime | None:
    if not day:
        return None
    try:
        last = within_reach("expires_on", date.fromisoformat(day))
    except ValueError as error:
        raise Invalid.of("expires_on", "到期日应写成 2027-01-31 这样") from error
    return datetime.combine(last + timedelta(days=1), time(), ZoneInfo(zone))


@post("/console/keys/{key_id:uuid}/revoke", guards=[May("keys.manage")], include_in_schema=False)
async def revoke_key(
    request: Request[Any, Any, Any], key_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Response[Any]:
    """End a key at once."""
    await actions_staff.revoke_key(db, key_id, by=me, at=now)
    return go(request, "/console/keys")


HANDLERS = [keys_page, create_key, revoke_key]
