"""Short-lived addresses on which an author looks at a draft on a real telephone.

An address is 192 random bits that mean nothing without our record in Redis, ends after
fifteen minutes, and belongs to the first device that opens it: passed on, it shows nothing.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

import msgspec
from arq.connections import ArqRedis
from litestar.datastructures import Cookie
from redis.exceptions import RedisError

from contenthub.db import TenantId, Write
from contenthub.errors import Unavailable
from contenthub.library import queries
from contenthub.settings import Settings
from contenthub.tenants import actions as tenants
from contenthub.tenants.models import Staff
from contenthub.web.house import House

LIFE = timedelta(minutes=15)
_DOWN = "手机预览暂时不可用（Redis 没有应答），请稍后再试；已保存的内容不受影响"
_TOKEN_CHARS = range(30, 40)


@dataclass(frozen=True, slots=True)
class Preview:
    """What an address shows, for whom it was made, and until when."""

    tenant: TenantId
    item_id: UUID
    staff_id: UUID
    until: datetime


class _Kept(msgspec.Struct, rename={"tenant": "t", "item": "i", "staff": "s", "until": "u"}):
    tenant: UUID
    item: UUID
    staff: UUID
    until: datetime


def cookie_name(settings: Settings) -> str:
    """Return the name of the cookie that tells the first device from all others."""
    return "__Secure-preview" if settings.secure_cookies else "preview"


async def preview_of(
    db: Write, house: House, item_id: UUID, *, by: Staff, at: datetime
) -> tuple[str, datetime]:
    """Return the address of a new preview of an item and when it ends; raises NotFound."""
    item = await queries.item(db, item_id)
    until = at + LIFE
    shown = Preview(TenantId(item.tenant_id), item.id, by.id, until)
    token = await make_address(house.redis, shown)
    minutes = int(LIFE.total_seconds()) // 60
    tenants.record(db, "revision.previewed", "item", item.id, by=by, at=at, minutes=minutes)
    return f"{house.settings.public_url}/preview/{token}", until


async def make_address(redis: ArqRedis, shown: Preview) -> str:
    """Keep a new preview and return its token."""
    token = secrets.token_urlsafe(24)
    kept = _Kept(shown.tenant, shown.item_id, shown.staff_id, shown.until)
    try:
        await redis.set(_key(token), msgspec.json.encode(kept), ex=int(LIFE.total_seconds()))
    except (RedisError, OSError) as error:
        raise Unavailable(_DOWN) from error
    return token


async def find_preview(redis: ArqRedis, token: str, *, at: datetime) -> Preview | None:
    """Return what a token shows, or None when there is no such, or its time is over."""
    if len(token) not in _TOKEN_CHARS:
        return None
    try:
        raw = await redis.get(_key(token))
    except (RedisError, OSError) as error:
        raise Unavailable(_DOWN) from error
    if raw is None:
        return None
    kept = msgspec.json.decode(raw, type=_Kept)
    if kept.until <= at:
        return None
    return Preview(TenantId(kept.tenant), kept.item, kept.staff, kept.until)


async def claim(redis: ArqRedis, token: str, device: str) -> str:
    """Return the mark of the device that may look: a new one, or the one that was first.

    `device` is what the asking browser holds; a stranger to a claimed address gets "".
    """
    mine = device or secrets.token_urlsafe(16)
    try:
        first = await redis.set(
            _key(token) + ":device", _mark(mine), ex=int(LIFE.total_seconds()), nx=True
        )
        if first:
            return mine
    except (RedisError, OSError) as error:
        raise Unavailable(_DOWN) from error
    return device if await is_first(redis, token, device) else ""


async def is_first(redis: ArqRedis, token: str, device: str) -> bool:
    """Return whether a device is the one that opened an address first."""
    try:
        held = await redis.get(_key(token) + ":device")
    except (RedisError, OSError) as error:
        raise Unavailable(_DOWN) from error
    return bool(device) and held is not None and secrets.compare_digest(held, _mark(device))


async def is_claimed(redis: ArqRedis, token: str) -> bool:
    """Return whether a device has opened an address already."""
    try:
        return bool(await redis.exists(_key(token) + ":device"))
    except (RedisError, OSError) as error:
        raise Unavailable(_DOWN) from error


def device_cookie(settings: Settings, token: str, device: str) -> Cookie:
    """Return the cookie that lets a device come back to this one address."""
    return Cookie(
        key=cookie_name(settings),
        value=device,
        path=f"/preview/{token}",
        max_age=int(LIFE.total_seconds()),
        httponly=True,
        secure=settings.secure_cookies,
        samesite="lax",
    )


def _key(token: str) -> str:
    return "preview:" + sha256(token.encode()).hexdigest()


def _mark(device: str) -> bytes:
    return sha256(device.encode()).hexdigest().encode()
