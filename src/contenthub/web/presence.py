"""Who is looking at what, right now: a light key in Redis that ends by itself.

Nothing hangs on it: without Redis nobody is shown, and every decision still locks its row.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from arq.connections import ArqRedis
from redis.exceptions import RedisError

SECONDS = 45
"""How long a look counts after the page said so last; pages say so every 20 seconds."""
_PREFIX = "contenthub:looking:"


async def look(
    redis: ArqRedis, tenant: UUID, subject_id: UUID, person_id: UUID, *, at: datetime
) -> None:
    """Say that a person looks at something; it is forgotten after 45 seconds."""
    key, now = f"{_PREFIX}{tenant}", at.timestamp()
    with suppress(RedisError, OSError):
        async with redis.pipeline(transaction=False) as calls:
            calls.zadd(key, {f"{subject_id}:{person_id}": now + SECONDS})
            calls.zremrangebyscore(key, "-inf", now)
            calls.expire(key, SECONDS)
            await calls.execute()


async def lookers(redis: ArqRedis, tenant: UUID, *, at: datetime) -> Mapping[UUID, set[UUID]]:
    """Return who looks at what in a bank at `at`: thing → people; empty without Redis."""
    found: dict[UUID, set[UUID]] = {}
    with suppress(RedisError, OSError):
        names = await redis.zrangebyscore(f"{_PREFIX}{tenant}", at.timestamp(), "+inf")
        for name in names:
            subject, _, person = (name.decode() if isinstance(name, bytes) else name).partition(":")
            found.setdefault(UUID(subject), set()).add(UUID(person))
    return found
