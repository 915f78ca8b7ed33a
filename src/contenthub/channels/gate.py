"""How many calls may run at once, and which paths must rest after a rate limit.

WeCom counts per corp and path: more than about five calls at once answer 45033, more than
10,000 a minute answer 45009 and block the path for 60 s, then 60 min (wecom.md §8). The pace
(pace.py) keeps below that; the breaker here is for the day it was not enough.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from contenthub.channels.channel import ChannelError, Retry
from contenthub.channels.pace import LocalPace, Pace, Window

WAIT_SECONDS = 3.0
"""A call waits so long for its turn; one that would wait longer is given back to the caller."""
PUBLISHED = (Window(60, 10_000), Window(3600, 150_000))
"""Calls per corp and path. Source: developer.work.weixin.qq.com path 90454 (wecom.md §8)."""


class Gate:
    """Lanes and breakers per (corp, path); share one between the clients of a process."""

    def __init__(
        self,
        *,
        lanes: int = 4,
        pause_seconds: float = 60.0,
        long_pause_seconds: float = 3600.0,
        pace: Pace | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lanes: dict[tuple[str, str], asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(lanes)
        )
        self._open_until: dict[tuple[str, str], float] = {}
        self._pauses_seconds = (pause_seconds, long_pause_seconds)
        self._trips: dict[tuple[str, str], int] = defaultdict(int)
        self._clock = clock
        self._pace: Pace = LocalPace(PUBLISHED, clock=clock) if pace is None else pace
        self._sleep = sleep

    @asynccontextmanager
    async def lane(self, corpid: str, path: str) -> AsyncIterator[None]:
        """Hold one of the path's lanes, at the corp's pace.

        Raises ChannelError(BREAKER), nothing sent, while the path rests or its calls are used up.
        """
        key = (corpid, path)
        self._check(key)
        async with self._lanes[key]:
            # The breaker may have opened while this call queued for a lane.
            self._check(key)
            await self._turn(key)
            yield

    async def _turn(self, key: tuple[str, str]) -> None:
        waited = 0.0
        while (wait := await self._pace.take(*key)) > 0:
            if waited + wait > WAIT_SECONDS:
                raise _resting(wait)
            await self._sleep(wait)
            waited += wait

    async def trip(self, corpid: str, path: str) -> float:
        """Close the path for 60 s, or for an hour when it never recovered; return the seconds."""
        key = (corpid, path)
        if self._clock() >= self._open_until.get(key, 0.0):
            # Calls that were already under way when the first 45009 came count as one trip.
            self._trips[key] += 1
        pause = self._pauses_seconds[min(self._trips[key], 2) - 1]
        self._open_until[key] = self._clock() + pause
        if pause > 0:
            await self._pace.rest(corpid, path, pause)
        return pause

    def passed(self, corpid: str, path: str) -> None:
        """Note that WeCom answered normally, so the next rate limit starts at 60 s again."""
        key = (corpid, path)
        if self._clock() >= self._open_until.get(key, 0.0):
            self._trips.pop(key, None)

    def _check(self, key: tuple[str, str]) -> None:
        left = self._open_until.get(key, 0.0) - self._clock()
        if left > 0:
            raise _resting(left)


def _resting(seconds: float) -> ChannelError:
    return ChannelError(
        f"企业微信接口限频，{int(seconds) + 1} 秒后自动恢复",
        retry=Retry.BREAKER,
        errcode=45009,
        retry_after_seconds=seconds,
    )
