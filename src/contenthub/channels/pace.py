"""How fast a corp's API paths may be called: token buckets below WeCom's published limits.

WeCom counts per corp and path, whatever process calls: 10,000 a minute and 150,000 an hour
(wecom.md §8). All processes share the buckets in Redis; one that cannot reach Redis goes on
by itself with a small part of them, so that WeCom's own answer 45009 stays the exception.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from redis.asyncio import Redis
from redis.exceptions import RedisError

BURST, STEADY = 0.1, 0.7
"""Parts of a limit that may be used at once and that come back over its window: together 80 %."""
ALONE = 0.25
"""Part of the buckets that a process takes for itself while it cannot reach Redis."""
REDIS_REST_SECONDS = 5.0
"""After a failure Redis is not asked for so long: each call would wait for its time-out."""
_KEPT_SECONDS = 2 * 3600


@dataclass(frozen=True, slots=True)
class Window:
    """A published limit: so many calls in so many seconds."""

    seconds: float
    calls: int

    def bucket(self, share: float = 1.0) -> tuple[float, float]:
        """Return (calls at once, calls per second) of the bucket that keeps below the limit."""
        calls = share * max(1, self.calls)
        return max(1.0, BURST * calls), STEADY * calls / self.seconds


class Pace(Protocol):
    """Says when the next call of a path may go, and remembers that a path must rest."""

    async def take(self, corpid: str, path: str) -> float:
        """Take a call and return 0, or take none and return the seconds until there is one."""

    async def rest(self, corpid: str, path: str, seconds: float) -> None:
        """Let nobody call the path for so long: WeCom answered 45009."""


class LocalPace:
    """A Pace of one process."""

    def __init__(
        self,
        windows: Sequence[Window],
        *,
        share: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._buckets = [window.bucket(share) for window in windows]
        self._clock = clock
        self._left: dict[tuple[str, str], tuple[float, list[float]]] = {}
        self._resting: dict[tuple[str, str], float] = {}

    async def take(self, corpid: str, path: str) -> float:
        """Take a call and return 0, or return the seconds until there is one."""
        key, now = (corpid, path), self._clock()
        if (until := self._resting.get(key, 0.0)) > now:
            return until - now
        at, had = self._left.get(key, (now, [most for most, _ in self._buckets]))
        left = [
            min(most, tokens + (now - at) * per_second)
            for tokens, (most, per_second) in zip(had, self._buckets, strict=True)
        ]
        waits = [
            (1 - tokens) / per_second
            for tokens, (_, per_second) in zip(left, self._buckets, strict=True)
            if tokens < 1
        ]
        if waits:
            return max(waits)
        self._left[key] = (now, [tokens - 1 for tokens in left])
        return 0.0

    async def rest(self, corpid: str, path: str, seconds: float) -> None:
        """Let nobody call the path for so long."""
        self._resting[(corpid, path)] = self._clock() + seconds


# One step, so that two processes cannot take the same call; by Redis's clock, so that theirs
# need not agree. KEYS: bucket, rest. ARGV: kept ms, then (at once, per ms) of each window.
_TAKE = """
local resting = redis.call('pttl', KEYS[2])
if resting > 0 then return resting end
local t = redis.call('time')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local had = redis.call('hgetall', KEYS[1])
local known = {}
for i = 1, #had, 2 do known[had[i]] = tonumber(had[i + 1]) end
local wait, left = 0, {}
for i = 2, #ARGV, 2 do
  local most, rate = tonumber(ARGV[i]), tonumber(ARGV[i + 1])
  local passed = math.max(0, now - (known['at'] or now))
  local tokens = math.min(most, (known['n' .. i] or most) + passed * rate)
  if tokens < 1 then wait = math.max(wait, math.ceil((1 - tokens) / rate)) end
  left[i] = tokens - 1
end
if wait > 0 then return wait end
redis.call('hset', KEYS[1], 'at', now)
for i, tokens in pairs(left) do redis.call('hset', KEYS[1], 'n' .. i, tostring(tokens)) end
redis.call('pexpire', KEYS[1], ARGV[1])
return 0
"""


class RedisPace:
    """A Pace that all processes share; without Redis each goes on with a part of it."""

    def __init__(
        self,
        redis: Redis,
        windows: Sequence[Window],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._redis = redis
        self._take = redis.register_script(_TAKE)
        self._arguments: list[float] = [_KEPT_SECONDS * 1000]
        for window in windows:
            most, per_second = window.bucket()
            self._arguments += [most, per_second / 1000]
        self._alone = LocalPace(windows, share=ALONE, clock=clock)
        self._clock = clock
        self._ask_again_at = 0.0

    async def take(self, corpid: str, path: str) -> float:
        """Take a call and return 0, or return the seconds until there is one."""
        if self._clock() >= self._ask_again_at:
            try:
                keys = _keys(corpid, path)
                return float(await self._take(keys=keys, args=self._arguments)) / 1000
            except (RedisError, OSError):
                self._ask_again_at = self._clock() + REDIS_REST_SECONDS
        return await self._alone.take(corpid, path)

    async def rest(self, corpid: str, path: str, seconds: float) -> None:
        """Let nobody call the path for so long, in whatever process."""
        await self._alone.rest(corpid, path, seconds)
        try:
            await self._redis.set(_keys(corpid, path)[1], b"1", px=max(1, int(seconds * 1000)))
        except (RedisError, OSError):
            self._ask_again_at = self._clock() + REDIS_REST_SECONDS


def _keys(corpid: str, path: str) -> tuple[str, str]:
    """Return the keys of a path's bucket and rest; the corp is the bank's, so none is shared."""
    name = "wecom-pace:" + sha256(f"{corpid}\n{path}".encode()).hexdigest()[:32]
    return name, name + ":rest"
