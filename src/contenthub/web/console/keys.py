"""接口密钥: keys for scripts, made, limited, rotated and revoked."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Request, Response, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Template

from contenthub.db import Read
from contenthub.errors import Invalid
from contenthub.tenants import access, actions_keys, actions_staff, keys, queries, queries_staff
from contenthub.tenants import actions as tenants
from contenthub.tenants.keys import KeyTerms
from contenthub.tenants.models import ApiKey, Staff
from contenthub.web import keysignin
from contenthub.web.bankdays import end_of
from contenthub.web.deps import Db, Me, Now, OurBank, TheHouse
from contenthub.web.hygiene import within_reach
from contenthub.web.pages import go, is_fragment, page
from contenthub.web.signin import May, principal_of


@dataclass
class KeyForm:
    """What the form of a key sends; a single ticked box comes as a word."""

    name: str = ""
    expires_on: str = ""
    scopes: list[str] | str = field(default_factory=list)
    ip_allow: str = ""
    per_minute: str = str(keys.PER_MINUTE)


def _terms(form: KeyForm, zone: str, now: datetime) -> KeyTerms:
    expires_at = _until(form.expires_on, zone)
    if expires_at is not None and expires_at <= now:
        raise Invalid.of("expires_on", "到期日应在今天或以后")
    text = form.per_minute.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise Invalid.of("per_minute", f"每分钟次数应为 1 到 {keys.PER_MINUTE_MAX} 的整数")
    scopes = [form.scopes] if isinstance(form.scopes, str) else form.scopes
    return KeyTerms(
        tuple(scope for scope in scopes if scope),
        keys.split_networks(form.ip_allow),
        int(text),
        expires_at,
    )


def _until(day: str, zone: str) -> datetime | None:
    if not day:
        return None
    try:
        last = within_reach("expires_on", date.fromisoformat(day))
    except ValueError as error:
        raise Invalid.of("expires_on", "到期日应写成 2027-01-31 这样") from error
    return end_of(last, zone)


def _scope_options(owner: Staff) -> list[tuple[str, str]]:
    granted = access.permissions(owner.roles)
    return [(name, words) for name, words in access.PERMISSIONS.items() if name in granted]


async def _page(
    request: Request[Any, Any, Any],
    db: Read,
    me: Staff,
    *,
    fresh: str = "",
    old_until: datetime | None = None,
) -> Template:
    template = "console/_keys.html" if is_fragment(request) else "console/keys.html"
    return page(
        request,
        template,
        keys=await queries_staff.keys(db),
        fresh=fresh,
        old_until=old_until,
        scope_words=access.PERMISSIONS,
        scope_options=_scope_options(me),
        per_minute=keys.PER_MINUTE,
        errors={},
    )


@get("/console/keys", guards=[May("keys.manage")], include_in_schema=False)
async def keys_page(request: Request[Any, Any, Any], db: Db, me: Me) -> Template:
    """Show the bank's keys."""
    return await _page(request, db, me)


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
    owner = await queries.staff(db, me.id)
    terms, lender = _terms(data, bank.zone, now), principal_of(request).lender
    _, clear = await tenants.create_key(
        db, owner, data.name, by=me, at=now, terms=terms, lender=lender
    )
    await db.flush()
    return await _page(request, db, me, fresh=clear)


@get("/console/keys/{key_id:uuid}", guards=[May("keys.manage")], include_in_schema=False)
async def key_page(
    request: Request[Any, Any, Any], key_id: FromPath[UUID], db: Db, now: Now
) -> Template:
    """Show one key with the form of its terms."""
    key = await queries_staff.key(db, key_id)
    owner = await queries.staff(db, key.staff_id)
    return page(
        request,
        "console/key.html",
        key=key,
        owner=owner,
        ends_on=_last_day(key, request),
        is_live=key.revoked_at is None and (key.expires_at is None or key.expires_at > now),
        scope_options=_scope_options(owner),
        scope_words=access.PERMISSIONS,
        errors={},
    )


def _last_day(key: ApiKey, request: Request[Any, Any, Any]) -> str:
    if key.expires_at is None:
        return ""
    zone = ZoneInfo(principal_of(request).bank.zone)
    return (key.expires_at.astimezone(zone) - timedelta(seconds=1)).date().isoformat()


@post("/console/keys/{key_id:uuid}", guards=[May("keys.manage")], include_in_schema=False)
async def change_key(
    request: Request[Any, Any, Any],
    key_id: FromPath[UUID],
    data: URLEncodedBody[KeyForm],
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
    house: TheHouse,
) -> Response[Any]:
    """Change a key's name and terms; its secret stays."""
    key = await queries_staff.key(db, key_id)
    # The day on the form stands for the same end, also where that is no midnight.
    kept = data.expires_on == _last_day(key, request)
    terms = _terms(KeyForm(**{**vars(data), "expires_on": ""}) if kept else data, bank.zone, now)
    if kept:
        terms = KeyTerms(terms.scopes, terms.ip_allow, terms.per_minute, key.expires_at)
    lender = principal_of(request).lender
    await actions_keys.change_key(db, key_id, terms, name=data.name, by=me, at=now, lender=lender)
    keysignin.forget(house, key_id)
    return go(request, "/console/keys")


@post(
    "/console/keys/{key_id:uuid}/rotate",
    guards=[May("keys.manage")],
    status_code=200,
    include_in_schema=False,
)
async def rotate_key(
    request: Request[Any, Any, Any], key_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Template:
    """Make the key that follows, show it this once; the old one goes on for 24 hours."""
    lender = principal_of(request).lender
    _, clear, until = await actions_keys.rotate_key(db, key_id, by=me, at=now, lender=lender)
    return await _page(request, db, me, fresh=clear, old_until=until)


@post("/console/keys/{key_id:uuid}/revoke", guards=[May("keys.manage")], include_in_schema=False)
async def revoke_key(
    request: Request[Any, Any, Any],
    key_id: FromPath[UUID],
    db: Db,
    me: Me,
    now: Now,
    house: TheHouse,
) -> Response[Any]:
    """End a key at once."""
    await actions_staff.revoke_key(db, key_id, by=me, at=now)
    keysignin.forget(house, key_id)
    return go(request, "/console/keys")


HANDLERS = [keys_page, create_key, key_page, change_key, rotate_key, revoke_key]
