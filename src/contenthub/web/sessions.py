"""Sessions kept in Redis under the hash of a random id; the browser holds only the id.

A new id is made at every log-in and at every change of what the person may do, an id we did
not give out means nothing, and an anonymous visitor has no session at all (design/stack.md
pitfall 4). An index per person (`sessions:<bank>:<staff>`) finds the sessions for lists and
for ending them. Losing Redis means that everybody logs in anew, and nothing else.
"""

import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

import msgspec
from arq.connections import ArqRedis
from redis.exceptions import RedisError

from contenthub.db import TenantId
from contenthub.errors import Unavailable
from contenthub.settings import Settings
from contenthub.tenants.models import Staff
from contenthub.web.tries import DOWN


@dataclass(frozen=True, slots=True)
class Place:
    """Where a session is used from, in a person's words."""

    device: str = ""
    network: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """Who signed in, for which bank, and when (epoch seconds)."""

    tenant: TenantId
    staff_id: UUID
    signed_in_at: float
    proof: str = ""
    """Names what it was opened with (see proof_of); a change ends it. Empty: not bound to it."""
    place: Place = Place()


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session as a list shows it; `ref` names it and opens nothing."""

    ref: str
    place: Place
    since: datetime
    seen: datetime


class _Kept(msgspec.Struct, rename={"tenant": "t", "staff": "s", "since": "at", "proof": "p"}):
    """What Redis holds of a session; a field of a later version has a default."""

    tenant: UUID
    staff: UUID
    since: float
    proof: str = ""
    device: str = ""
    network: str = ""


def cookie_name(settings: Settings) -> str:
    """Return the session cookie's name; `__Host-` binds it to this host behind HTTPS."""
    return "__Host-session" if settings.secure_cookies else "session"


def proof_of(staff: Staff) -> str:
    """Return what a session remembers of its opening: password, one-time codes and roles.

    Whoever gets a new password, other roles or another telephone signs in anew.
    """
    confirmed = staff.totp_confirmed_at.isoformat() if staff.totp_confirmed_at else ""
    known = "\n".join((staff.password_hash, confirmed, *sorted(staff.roles)))
    return sha256(known.encode()).hexdigest()[:16]


def ref_of(sid: str) -> str:
    """Return the name of a session in lists."""
    return sha256(sid.encode()).hexdigest()


def _key(ref: str) -> str:
    return "session:" + ref


def _index(tenant: UUID, staff_id: UUID) -> str:
    return f"sessions:{tenant}:{staff_id}"


async def open_session(
    redis: ArqRedis,
    settings: Settings,
    tenant: TenantId,
    staff_id: UUID,
    *,
    proof: str = "",
    place: Place = Place(),
) -> str:
    """Start a session and return its id (256 random bits)."""
    sid, now = secrets.token_urlsafe(32), time.time()
    ref, kept = ref_of(sid), _Kept(tenant, staff_id, now, proof, place.device, place.network)
    index = _index(tenant, staff_id)
    try:
        async with redis.pipeline(transaction=True) as steps:
            steps.set(
                _key(ref_of(sid)), msgspec.json.encode(kept), ex=settings.session_idle_seconds
            )
            steps.zremrangebyscore(index, 0, now - settings.session_absolute_seconds)
            steps.zadd(index, {ref: now})
            steps.expire(index, settings.session_absolute_seconds)
            await steps.execute()
    except (RedisError, OSError) as error:
        raise Unavailable(DOWN) from error
    return sid


async def find_session(redis: ArqRedis, settings: Settings, sid: str) -> Session | None:
    """Return the session of an id and prolong it, or None when idle or absolute time is over."""
    if not 20 <= len(sid) <= 100:
        return None
    try:
        raw = await redis.getex(_key(ref_of(sid)), ex=settings.session_idle_seconds)
    except (RedisError, OSError) as error:
        raise Unavailable(DOWN) from error
    if raw is None:
        return None
    kept = msgspec.json.decode(raw, type=_Kept)
    if time.time() - kept.since > settings.session_absolute_seconds:
        await close_session(redis, sid)
        return None
    place = Place(kept.device, kept.network)
    return Session(TenantId(kept.tenant), kept.staff, kept.since, kept.proof, place)


async def close_session(redis: ArqRedis, sid: str) -> None:
    """End a session; silent if it is gone."""
    try:
        await redis.delete(_key(ref_of(sid)))
    except (RedisError, OSError) as error:
        raise Unavailable(DOWN) from error


async def open_sessions(
    redis: ArqRedis, settings: Settings, tenant: UUID, staff_id: UUID
) -> list[OpenSession]:
    """Return a person's open sessions, the last used first."""
    try:
        refs = [ref.decode() for ref in await redis.zrange(_index(tenant, staff_id), 0, -1)]
        async with redis.pipeline(transaction=False) as steps:
            for ref in refs:
                steps.get(_key(ref))
                steps.ttl(_key(ref))
            answers = await steps.execute()
    except (RedisError, OSError) as error:
        raise Unavailable(DOWN) from error
    found, now = [], time.time()
    for ref, raw, left in zip(refs, answers[::2], answers[1::2], strict=True):
        if raw is None:
            continue
        kept = msgspec.json.decode(raw, type=_Kept)
        # Each use sets the key's end anew, so its remaining life tells when that was.
        seen = now - max(0, settings.session_idle_seconds - left)
        place = Place(kept.device, kept.network)
        since = datetime.fromtimestamp(kept.since, UTC)
        found.append(OpenSession(ref, place, since, datetime.fromtimestamp(seen, UTC)))
    return sorted(found, key=lambda one: one.seen, reverse=True)


async def end_sessions(
    redis: ArqRedis, tenant: UUID, staff_id: UUID, *, only: str = "", but: str = ""
) -> int:
    """End a person's sessions and return how many: all, the one named `only`, or all `but` one.

    A `ref` of somebody else's session ends nothing.
    """
    index = _index(tenant, staff_id)
    try:
        refs = [ref.decode() for ref in await redis.zrange(index, 0, -1)]
        gone = [ref for ref in refs if ref != but and only in ("", ref)]
        if not gone:
            return 0
        ended = await redis.delete(*(_key(ref) for ref in gone))
        await redis.zrem(index, *gone)
        return int(ended)
    except (RedisError, OSError) as error:
        raise Unavailable(DOWN) from error
