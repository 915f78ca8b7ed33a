"""The one-time token of a new installation: `up` prints it, the set-up page asks for it.

Redis holds only its hash. Whoever has not seen the operator's terminal cannot set anything up.
"""

import hmac
import secrets
from hashlib import sha256

from redis.exceptions import RedisError

from contenthub.errors import Unavailable
from contenthub.tenants import actions_setup
from contenthub.web.house import House
from contenthub.web.tries import DOWN

KEY = "setup:token"
KEPT_SECONDS = 7 * 24 * 3600

_set_up: set[int] = set()
"""Houses of this process that are known to have people: they are never asked again."""


async def is_open(house: House) -> bool:
    """Return whether this installation still waits for its first bank.

    Without the platform role (a web process of a larger installation) it never does:
    there the first bank comes with `contenthub bank create`.
    """
    if id(house) in _set_up or house.database.platform_engine is None:
        return False
    if await actions_setup.is_unset(house.database):
        return True
    _set_up.add(id(house))
    return False


async def offer(house: House) -> str:
    """Return a new token; the one before is void."""
    token = secrets.token_urlsafe(32)
    try:
        await house.redis.set(KEY, _hash(token), ex=KEPT_SECONDS)
    except (RedisError, OSError) as error:
        raise Unavailable(DOWN) from error
    return token


async def is_right(house: House, token: str) -> bool:
    """Return whether this is the token that was offered last."""
    try:
        kept = await house.redis.get(KEY)
    except (RedisError, OSError) as error:
        raise Unavailable(DOWN) from error
    return kept is not None and hmac.compare_digest(kept, _hash(token).encode())


async def take(house: House, token: str) -> bool:
    """Use the token up; return whether it was right. Of two at once, one gets True."""
    if not await is_right(house, token):
        return False
    try:
        return bool(await house.redis.delete(KEY))
    except (RedisError, OSError) as error:
        raise Unavailable(DOWN) from error


async def give_back(house: House, token: str) -> None:
    """Let a token be used again whose set-up failed."""
    try:
        await house.redis.set(KEY, _hash(token), ex=KEPT_SECONDS, nx=True)
    except (RedisError, OSError) as error:
        raise Unavailable(DOWN) from error


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
