"""The bridge over an outage: visits that PostgreSQL cannot take wait in a bounded Redis stream.

It is a best effort and acknowledges nothing: a page whose view waits here is told to send it
again, and the key of each visit makes the two one. See docs/decisions/0055.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
from arq.connections import ArqRedis
from redis.exceptions import RedisError

from contenthub.errors import Unavailable
from contenthub.sharing.inbox import Seen, Sink, Write, pack, unpack

STREAM = "contenthub:visits"
KEPT_AT_MOST = 200_000
"""Visits that wait; about 40 MB. What comes on top is lost and said to be."""
TAKEN_AT_ONCE = 1_000
HUNG_SECONDS = 2.0
"""A visitor waits for the page meanwhile, and has waited for PostgreSQL already."""

_FIELD = b"visit"


def stream_sink(redis: ArqRedis) -> Sink:
    """Return the sink that keeps each visit as one entry of the stream."""

    @asynccontextmanager
    async def open_stream() -> AsyncIterator[Write]:
        async def write(batch: list[Seen]) -> None:
            try:
                if await redis.xlen(STREAM) + len(batch) > KEPT_AT_MOST:
                    raise Unavailable()
                async with redis.pipeline(transaction=False) as steps:
                    for seen in batch:
                        steps.xadd(STREAM, {_FIELD: pack([seen])})
                    await steps.execute()
            except (RedisError, OSError) as error:
                raise Unavailable() from error

        yield write

    return open_stream


class Waiting(msgspec.Struct, frozen=True):
    """What stands at the head of the stream: entries, and those of their visits that read well."""

    entries: list[bytes]
    visits: list[Seen]


async def waiting(redis: ArqRedis) -> Waiting:
    """Return up to TAKEN_AT_ONCE visits in the order they came; none while Redis is away."""
    found = Waiting([], [])
    try:
        async with asyncio.timeout(HUNG_SECONDS):
            rows = await redis.xrange(STREAM, count=TAKEN_AT_ONCE)
    except (RedisError, OSError, TimeoutError):
        return found
    for entry, fields in rows:
        found.entries.append(entry)
        try:
            found.visits.extend(unpack(fields.get(_FIELD, b"")))
        except msgspec.DecodeError:
            # Nothing of ours writes it; it must not hold up what stands behind it.
            continue
    return found


async def forget(redis: ArqRedis, entries: list[bytes]) -> bool:
    """Take entries out of the stream; return False when Redis did not do it.

    They are moved once more then, and counted once all the same.
    """
    try:
        async with asyncio.timeout(HUNG_SECONDS):
            await redis.xdel(STREAM, *entries)
    except (RedisError, OSError, TimeoutError):
        return False
    return True
