"""How often the API may be called: by a key and its bank, a person, or a stranger's network.

One script in Redis judges and charges all buckets of a request in one step (GCRA, the
"generic cell rate algorithm" of ATM Forum TM 4.0 §4.4.2: a token bucket kept as one instant),
by Redis's own clock, so that every process counts together and none lets two pass for one.
A bucket holds a minute's calls and fills evenly. The answer's headers are those of
draft-ietf-httpapi-ratelimit-headers: `RateLimit-Limit`, `-Remaining` and `-Reset` as in -06,
which clients read today, and `RateLimit-Policy` and `RateLimit` as in -11.

While Redis is away nobody is held up: a limit protects, it is not worth an outage.
"""

import asyncio
import logging
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from arq.connections import ArqRedis
from redis.exceptions import RedisError

from contenthub import log
from contenthub.errors import TooMany
from contenthub.web.edge import Scope
from contenthub.web.tries import network_of

WINDOW_SECONDS = 60
PATIENCE_SECONDS = 0.5
"""A Redis that thinks longer than this is away: the request goes on without it."""
REST_SECONDS = 2.0
"""After a silence Redis is left alone for this long, so that requests do not queue for it."""

# KEYS: the buckets; ARGV: for each its calls in a minute. Times in µs since 1970, which fit
# a double exactly until 2255. Nothing is charged unless every bucket has room.
# Returns the µs to wait (0: go on), then for each bucket: calls left, µs until it is full.
_GCRA = """
local clock = redis.call('time')
local now = clock[1] * 1000000 + clock[2]
local wait, told, due = 0, {}, {}
for i, key in ipairs(KEYS) do
  local limit = tonumber(ARGV[i])
  local step = 60000000 / limit
  local at = math.max(tonumber(redis.call('get', key) or '0'), now)
  due[i] = at + step
  local over = due[i] - 60000000 - now
  if over > 0.5 then wait = math.max(wait, math.ceil(over)) end
end
for i, key in ipairs(KEYS) do
  local limit = tonumber(ARGV[i])
  local step = 60000000 / limit
  local full = due[i] - now
  if wait == 0 then
    redis.call('set', key, string.format('%.3f', due[i]), 'px', math.ceil(full / 1000) + 1)
  else
    full = full - step
  end
  told[#told + 1] = math.max(0, math.floor((60000000 - full) / step + 0.0001))
  told[#told + 1] = math.ceil(full)
end
table.insert(told, 1, wait)
return told
"""


@dataclass(frozen=True, slots=True)
class Bucket:
    """What is counted together: the policy's name, whose it is, and its calls in a minute."""

    policy: str
    key: str
    per_minute: int
    words: str
    """Who may call how often, for the refusal."""


def of_key(bank: UUID, key: UUID, *, per_minute: int, bank_per_minute: int) -> list[Bucket]:
    """Return the buckets of a call by key: the key's own, and all keys' of its bank."""
    # The braces keep one bank's buckets in one slot of a Redis cluster.
    return [
        Bucket("key", f"rate:{{{bank}}}:key:{key}", per_minute, "这个接口密钥"),
        Bucket("bank", f"rate:{{{bank}}}:bank", bank_per_minute, "本行的接口"),
    ]


def of_person(bank: UUID, staff: UUID, *, per_minute: int) -> list[Bucket]:
    """Return the bucket of somebody signed in; none when `per_minute` is 0."""
    key = f"rate:{{{bank}}}:person:{staff}"
    return [Bucket("person", key, per_minute, "每位用户")] if per_minute else []


def of_stranger(address: str, *, per_minute: int) -> list[Bucket]:
    """Return the bucket of a network nobody signed in from; none when `per_minute` is 0."""
    who = sha256(network_of(address).encode()).hexdigest()[:32]
    key = f"rate:{{stranger}}:{who}"
    return [Bucket("address", key, per_minute, "同一网络未登录时")] if per_minute else []


class RateLimit:
    """The judge of one process; `redis` is shared by all."""

    def __init__(self, redis: ArqRedis) -> None:
        self._script = redis.register_script(_GCRA)
        self._silent_until = 0.0
        self._is_away = False

    async def charge(self, buckets: Sequence[Bucket], scope: Scope) -> None:
        """Take one call from every bucket and leave the answer's headers in the scope.

        Raises:
            TooMany: a bucket is empty; nothing was taken, the answer says when to come again.
        """
        told = await self._ask(buckets) if buckets else None
        if told is None:
            return
        wait_us, counts = told[0], list(zip(told[1::2], told[2::2], strict=True))
        scope["state"]["headers"] = headers_of(buckets, counts)
        if wait_us > 0:
            seconds = max(1, math.ceil(wait_us / 1_000_000))
            tight, _ = _tightest(buckets, counts)
            raise TooMany(
                f"{tight.words}每分钟最多调用 {tight.per_minute} 次，已用完；请 {seconds} 秒后再试",
                retry_after_seconds=seconds,
            )

    async def _ask(self, buckets: Sequence[Bucket]) -> list[int] | None:
        if time.monotonic() < self._silent_until:
            return None
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                told = await self._script(
                    keys=[bucket.key for bucket in buckets],
                    args=[bucket.per_minute for bucket in buckets],
                )
        except (RedisError, OSError, TimeoutError) as error:
            self._silent_until = time.monotonic() + REST_SECONDS
            if not self._is_away:  # said once an outage, not once a request
                self._is_away = True
                log.event("ratelimit.off", level=logging.WARNING, error=type(error).__name__)
            return None
        if self._is_away:
            self._is_away = False
            log.event("ratelimit.on")
        return [int(number) for number in told]


def headers_of(
    buckets: Sequence[Bucket], counts: Sequence[tuple[int, int]]
) -> list[tuple[bytes, bytes]]:
    """Return the headers that say what is left; `counts` are (calls, µs until full)."""
    tight, (left, full_us) = _tightest(buckets, counts)
    policies = ", ".join(f'"{b.policy}";q={b.per_minute};w={WINDOW_SECONDS}' for b in buckets)
    states = ", ".join(
        f'"{b.policy}";r={calls};t={_seconds(us)}'
        for b, (calls, us) in zip(buckets, counts, strict=True)
    )
    named = {
        "ratelimit-limit": str(tight.per_minute),
        "ratelimit-remaining": str(left),
        "ratelimit-reset": str(_seconds(full_us)),
        "ratelimit-policy": policies,
        "ratelimit": states,
    }
    return [(name.encode(), value.encode()) for name, value in named.items()]


def _tightest(
    buckets: Sequence[Bucket], counts: Sequence[tuple[int, int]]
) -> tuple[Bucket, tuple[int, int]]:
    return min(zip(buckets, counts, strict=True), key=lambda pair: (pair[1][0], -pair[1][1]))


def _seconds(microseconds: int) -> int:
    return math.ceil(microseconds / 1_000_000)
