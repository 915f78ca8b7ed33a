"""The doorbell: Redis tells a worker that PostgreSQL holds work; it never holds the work.

A job name is registered with `@job`; a `@sweep` finds the same job's due rows again
from PostgreSQL, so losing Redis loses nothing. See docs/decisions/0004.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import msgspec
from arq.connections import ArqRedis
from redis.exceptions import RedisError

from contenthub import log
from contenthub.db import Database, Platform, Ring, TenantId, Write

QUEUE = "contenthub:doorbell"


class Job(Protocol):
    """A worker's entry: does one due thing for one bank; harmless when run again."""

    async def __call__(self, database: Database, tenant: TenantId, /, **ids: Any) -> None:
        """Do the work."""


Sweep = Callable[[Platform, datetime], Awaitable[list[tuple[UUID, dict[str, str]]]]]

jobs: dict[str, Job] = {}
sweeps: dict[str, Sweep] = {}


def job(name: str) -> Callable[[Job], Job]:
    """Register the worker entry `room.verb_noun`."""

    def register(entry: Job) -> Job:
        if name in jobs:
            raise ValueError(f"job {name} is registered twice")
        jobs[name] = entry
        return entry

    return register


def sweep(name: str) -> Callable[[Sweep], Sweep]:
    """Register the query that finds due work of job `name` in PostgreSQL."""

    def register(query: Sweep) -> Sweep:
        sweeps[name] = query
        return query

    return register


def enqueue(db: Write, name: str, **ids: object) -> None:
    """Ring job `name` for this session's bank once, and only if, the transaction commits."""
    tenant = db.info["tenant_id"]
    db.info["rings"].append((name, tenant, {k: str(v) for k, v in ids.items()}))


def encode(value: dict[str, Any]) -> bytes:
    """Serialise an arq job as JSON: pickle would let Redis run code in a worker.

    arq also writes how a job failed; an exception there becomes its words.
    """
    return msgspec.json.encode(value, enc_hook=repr)


def decode(raw: bytes) -> dict[str, Any]:
    """Read an arq job back."""
    value: dict[str, Any] = msgspec.json.decode(raw)
    return value


class Doorbell:
    """Rings jobs after commit; silence is not an error, the sweep will find the work."""

    def __init__(self, redis: ArqRedis) -> None:
        self._redis = redis

    async def ring(self, rings: list[Ring]) -> None:
        """Ring each job once; a Redis that does not answer is logged and forgotten."""
        try:
            for name, tenant, ids in rings:
                await self._redis.enqueue_job(
                    "ring", name, str(tenant), ids, _queue_name=QUEUE, _expires=900
                )
        except (RedisError, OSError) as error:
            log.event("doorbell.failed", level=30, error=type(error).__name__, rings=len(rings))
