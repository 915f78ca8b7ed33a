"""Log-in tries: strangers wait, the rightful owner hardly does."""

from uuid import uuid4

import pytest
from redis.exceptions import ConnectionError as RedisDown

from contenthub.errors import TooMany, Unavailable
from contenthub.web.house import House
from contenthub.web.tries import ACCOUNT, NETWORK, PAIR, TRIES_SECONDS, Tries, network_of


async def _wait(tries: Tries) -> int:
    """Return the seconds a try is told to wait, 0 when it may go on."""
    try:
        await tries.count()
    except TooMany as refused:
        return refused.retry_after_seconds
    return 0


def _address() -> str:
    return f"stranger-{uuid4().hex}"


async def test_the_same_network_waits_longer_and_longer(house: House) -> None:
    tries = Tries(house.redis, uuid4().hex, _address())
    waits = [await _wait(tries) for _ in range(PAIR.free + 12)]
    assert waits[: PAIR.free + 1] == [0] * (PAIR.free + 1)
    assert 0 < waits[PAIR.free + 1] <= 2
    # The tries made while waiting count: the next wait is the longest there is.
    await house.redis.delete(tries._pair + ":wait")
    assert await _wait(tries) == 0
    assert 250 < await _wait(tries) <= PAIR.longest_seconds


async def test_strangers_delay_the_owner_five_seconds_at_most(house: House) -> None:
    account = uuid4().hex
    for _ in range(40):
        await _wait(Tries(house.redis, account, _address()))
    assert 0 < await _wait(Tries(house.redis, account, _address())) <= ACCOUNT.longest_seconds


async def test_the_owner_at_a_known_place_does_not_wait_for_strangers(house: House) -> None:
    account, home = uuid4().hex, _address()
    owner = Tries(house.redis, account, home)
    await owner.count()
    await owner.forget()
    for _ in range(40):
        await _wait(Tries(house.redis, account, _address()))
    assert await _wait(owner) == 0
    # Known is the place for this account alone, and guessing from it still costs.
    assert [await _wait(owner) for _ in range(PAIR.free + 1)][-1] > 0
    other = Tries(house.redis, uuid4().hex, home)
    assert await _wait(other) == 0


async def test_spraying_many_accounts_from_one_network_waits(house: House) -> None:
    address = _address()
    waits = [await _wait(Tries(house.redis, uuid4().hex, address)) for _ in range(NETWORK.free + 3)]
    assert waits[: NETWORK.free + 1] == [0] * (NETWORK.free + 1)
    assert waits[-1] > 0


async def test_good_log_ins_of_a_branch_do_not_add_up(house: House) -> None:
    address = _address()
    for _ in range(NETWORK.free + 10):
        tries = Tries(house.redis, uuid4().hex, address)
        assert await _wait(tries) == 0
        await tries.forget()


async def test_every_counter_ends(house: House) -> None:
    tries = Tries(house.redis, uuid4().hex, _address())
    await tries.count()
    for key in (tries._pair, tries._account, tries._network):
        assert 0 < await house.redis.ttl(key) <= TRIES_SECONDS
    # As an older version may have left one: the next try gives it an end.
    await house.redis.persist(tries._pair)
    await tries.count()
    assert 0 < await house.redis.ttl(tries._pair) <= TRIES_SECONDS


async def test_without_redis_nobody_signs_in(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def gone(*_arguments: object) -> None:
        raise RedisDown("gone")

    with monkeypatch.context() as patch:
        patch.setattr(house.redis, "evalsha", gone)
        with pytest.raises(Unavailable):
            await Tries(house.redis, "a/b", "127.0.0.1").count()


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("", ""),
        ("unix", "unix"),
    ],
)
def test_an_ipv6_subscriber_is_one_network(address: str, network: str) -> None:
    assert network_of(address) == network
