"""Sessions kept in Redis under the hash of a random id; the browser holds only the id.

A new id is made at every log-in, an id we did not give out means nothing, and an
anonymous visitor has no session at all (design/stack.md pitfall 4).
"""

import secrets
import time
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

import msgspec
from arq.connections import ArqRedis
from redis.exceptions import RedisError

from contenthub.db import TenantId
from contenthub.errors import Unavailable
from contenthub.settings import Settings
from contenthub.web.tries import DOWN


@dataclass(frozen=True, slots=True)
class Session:
    """Who signed in, for which bank, and when (epoch seconds)."""

    tenant: TenantId
    staff_id: UUID
    signed_in_at: float
    proof: str = ""
    """Names the password it was opened with; a new password ends it. Empty: not bound to one."""


def cookie_name(settings: Settings) -> str:
    """Return the session cookie's name; `__Host-` binds it to this host behind HTTPS."""
    return "__Host-session" if settings.secure_cookies else "session"


def proof_of(password_hash: str) -> str:
    """Return what a session remembers of the password it was opened with."""
    return sha256(password_hash.encode()).hexdigest()[:16]


def _key(sid: str) -> str:
    return "session:" + sha256(sid.encode()).hexdigest()


async def open_session(
    redis: ArqRedis, settings: Settings, tenant: TenantId, staff_id: UUID, *, proof: str = ""
) -> str:
    """Start a session and return its id (256 random bits)."""
    sid = secrets.token_urlsafe(32)
    body = msgspec.json.encode(
        {"t": str(tenant), "s": str(staff_id), "at": time.time(), "p": proof}
    )
    try:
        await redis.set(_key(sid), body, ex=settings.session_idle_seconds)
    except (RedisError, OSError) as error:
        raise Unavailable(DOWN) from error
    return sid


async def find_session(redis: ArqRedis, settings: Settings, sid: str) -> Session | None:
    """Return the session of an id and prolong it, or None when idle or absolute time is over."""
    if not 20 <= len(sid) <= 100:
        return None
    try:
        raw = await redis.getex(_key(sid), ex=settings.session_idle_seconds)
    except (RedisError, OSError) as error:
        raise Unavailable(DOWN) from error
    if raw is None:
        return None
    body = msgspec.json.decode(raw)
    if time.time() - body["at"] > settings.session_absolute_seconds:
        await close_session(redis, sid)
        return None
    return Session(TenantId(UUID(body["t"])), UUID(body["s"]), body["at"], body.get("p", ""))


async def close_session(redis: ArqRedis, sid: str) -> None:
    """End a session; silent if it is gone."""
    try:
        await redis.delete(_key(sid))
    except (RedisError, OSError) as error:
        raise Unavailable(DOWN) from error
