"""Buckets against form spam: per visitor, address and phone (reliability A5).

Counted in Redis for all processes together; while Redis is away each process counts
for itself, since a visitor's lead must not wait for a counter.
"""

import time
from collections import Counter
from hashlib import sha256

from redis.exceptions import RedisError

from contenthub.errors import TooMany
from contenthub.web.house import House

HOUR = 3600
_local: Counter[tuple[str, int]] = Counter()
_LOCAL_AT_MOST = 50_000


async def spend(house: House, bucket: str, *, limit: int, seconds: int = HOUR) -> None:
    """Take one from `bucket`, named by what is limited; it refills each `seconds`.

    Raises:
        TooMany: the bucket was empty.
    """
    window = int(time.time()) // seconds
    # Addresses and phones are personal data: Redis holds only their hash, for an hour.
    key = f"spend:{sha256(bucket.encode()).hexdigest()[:32]}:{window}"
    try:
        spent = int(await house.redis.incr(key))
        if spent == 1:
            await house.redis.expire(key, seconds)
    except (RedisError, OSError):
        if len(_local) > _LOCAL_AT_MOST:
            _local.clear()
        _local[key, window] += 1
        spent = _local[key, window]
    if spent > limit:
        raise TooMany("提交太频繁，请稍后再试，或直接拨打页面上的电话", retry_after_seconds=seconds)


class Misses:
    """Counts guesses of share codes per address: above 30 a minute the answer is 429 (A2)."""

    PER_MINUTE = 30
    _ADDRESSES = 20_000

    def __init__(self) -> None:
        self._window = 0
        self._counts: Counter[str] = Counter()

    def add(self, address: str, *, now_seconds: float) -> bool:
        """Count one miss; return whether the address may go on guessing this minute."""
        window = int(now_seconds) // 60
        if window != self._window or len(self._counts) > self._ADDRESSES:
            self._window = window
            self._counts.clear()
        self._counts[address] += 1
        return self._counts[address] <= self.PER_MINUTE
