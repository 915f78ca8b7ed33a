"""How many calls may run at once, and which paths must rest after a rate limit.

WeCom counts per corp and path: more than about five calls at once answer 45033, more than
10,000 a minute answer 45009 and block the path for 60 s, then 60 min (wecom.md §8).
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from contenthub.channels.channel import ChannelError, Retry


class Gate:
    """Lanes and breakers per (corp, path); share one between the clients of a process."""

    def __init__(
        self,
        *,
        lanes: int = 4,
        pause_seconds: float = 60.0,
        long_pause_seconds: float = 3600.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lanes: dict[tuple[str, str], asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(lanes)
        )
        self._open_until: dict[tuple[str, str], float] = {}
        self._pauses_seconds = (pause_seconds, long_pause_seconds)
        self._trips: dict[tuple[str, str], int] = defaultdict(int)
        self._clock = clock

    @asynccontextmanager
    async def lane(self, corpid: str, path: str) -> AsyncIterator[None]:
        """Hold one of the path's lanes; raises ChannelError(BREAKER) while the path rests."""
        key = (corpid, path)
        self._check(key)
        async with self._lanes[key]:
            # The breaker may have opened while this call queued for a lane.
            self._check(key)
            yield

    def trip(self, corpid: str, path: str) -> float:
        """Close the path for 60 s, or for an hour when it never recovered; return the seconds."""
        key = (corpid, path)
        if self._clock() >= self._open_until.get(key, 0.0):
            # Calls that were already under way when the first 45009 came count as one trip.
            self._trips[key] += 1
        pause = self._pauses_seconds[min(self._trips[key], 2) - 1]
        self._open_until[key] = self._clock() + pause
        return pause

    def passed(self, corpid: str, path: str) -> None:
        """Note that WeCom answered normally, so the next rate limit starts at 60 s again."""
        key = (corpid, path)
        if self._clock() >= self._open_until.get(key, 0.0):
            self._trips.pop(key, None)

    def _check(self, key: tuple[str, str]) -> None:
        left = self._open_until.get(key, 0.0) - self._clock()
        if left > 0:
            raise ChannelError(
                f"企业微信接口限频，{int(left) + 1} 秒后自动恢复",
                retry=Retry.BREAKER,
                errcode=45009,
                retry_after_seconds=left,
            )
