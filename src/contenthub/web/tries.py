"""Log-in tries that cost time: for a stranger at their own network, hardly for the account.

Three counters, each made in one step in Redis. The pair (account, network) and the network
by itself wait longer and longer; the account as a whole never more than five seconds, and
not at all from a network it was signed in from before. So a stranger can try no faster, and
cannot keep the rightful owner out (reliability S1).
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import IPv6Address, ip_address, ip_network
from typing import TypeVar

from arq.connections import ArqRedis
from redis.exceptions import RedisError

from contenthub.errors import TooMany, Unavailable

TRIES_SECONDS = 15 * 60
KNOWN_SECONDS = 90 * 24 * 3600
DOWN = "登录服务（Redis）暂时不可用，请稍后再试；已保存的数据不受影响"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Limit:
    """So many free tries in 15 minutes, then a wait that doubles up to `longest_seconds`."""

    free: int
    longest_seconds: int


PAIR = Limit(5, 300)
NETWORK = Limit(60, 300)
"""A branch's people share one address, and each forgets a password now and then."""
ACCOUNT = Limit(10, 5)
CODE = Limit(10, 300)
"""Wrong one-time codes of an account from anywhere: whoever tries them knows the password, so
a stranger cannot slow the owner by them, and six digits would not outlast five seconds a try."""

# Counting, its end and the wait are one step: a process that dies in between leaves no
# counter without an end. Returns the seconds still to wait; 0 lets the try go on.
_COUNT = """
local tries = redis.call('incr', KEYS[1])
if redis.call('ttl', KEYS[1]) < 0 then redis.call('expire', KEYS[1], ARGV[1]) end
local waiting = redis.call('ttl', KEYS[2])
if waiting > 0 then return waiting end
local over = tries - tonumber(ARGV[2])
if over > 0 then
  redis.call('set', KEYS[2], '1', 'ex', math.min(2 ^ math.min(over, 20), tonumber(ARGV[3])))
end
return 0
"""
# A good log-in takes its own try back from the network and leaves the failures there.
_TAKE_BACK = """
if redis.call('exists', KEYS[1]) == 1 then redis.call('decr', KEYS[1]) end
return 0
"""


def network_of(address: str) -> str:
    """Return whom an address stands for: itself, or an IPv6 subscriber's /64."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address) and found.ipv4_mapped is None:
        return str(ip_network((found, 64), strict=False))
    return str(getattr(found, "ipv4_mapped", None) or found)


class Tries:
    """The tries of one account (`bank/login`) from one address."""

    def __init__(self, redis: ArqRedis, account: str, address: str) -> None:
        network = network_of(address)
        self._redis = redis
        self._account = _key("account", account)
        self._network = _key("network", network)
        self._pair = _key("pair", f"{network}|{account}")
        self._code = _key("code", account)

    async def count(self) -> None:
        """Count a try.

        Raises:
            TooMany: the network, or this account from it, must wait; or the account, a little.
        """
        await _asked(self._count)

    async def _count(self) -> None:
        # In this order: a try that is refused is no further burden on the account.
        for key, limit in ((self._network, NETWORK), (self._pair, PAIR)):
            await self._step(key, limit)
        if not await self._redis.exists(self._pair + ":known"):
            await self._step(self._account, ACCOUNT)

    async def count_code(self) -> None:
        """Count a try of a one-time code, whose password was right; raises TooMany."""
        await _asked(lambda: self._step(self._code, CODE))

    async def _step(self, key: str, limit: Limit) -> None:
        arguments = (TRIES_SECONDS, limit.free, limit.longest_seconds)
        count = self._redis.register_script(_COUNT)
        waiting = int(await count(keys=(key, key + ":wait"), args=arguments))
        if waiting > 0:
            raise TooMany(f"尝试次数过多，请 {waiting} 秒后再试", retry_after_seconds=waiting)

    async def forget(self) -> None:
        """Forget the tries after a good log-in, and know the network from now on."""
        await _asked(self._forget)

    async def _forget(self) -> None:
        for key in (self._pair, self._account, self._code):
            await self._redis.delete(key, key + ":wait")
        await self._redis.register_script(_TAKE_BACK)(keys=(self._network,))
        await self._redis.set(self._pair + ":known", b"1", ex=KNOWN_SECONDS)


def _key(kind: str, who: str) -> str:
    # Who tried, and from where, is personal data: Redis holds only its hash.
    return f"login:{kind}:{sha256(who.encode()).hexdigest()}"


async def _asked(ask: Callable[[], Awaitable[T]]) -> T:
    try:
        return await ask()
    except (RedisError, OSError) as error:
        raise Unavailable(DOWN) from error
