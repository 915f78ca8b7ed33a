"""Token buckets: below the published limits in every window, shared, and alive without Redis."""

from uuid import uuid4

import pytest
from redis.exceptions import ConnectionError as RedisDown

from contenthub.channels.channel import ChannelError, Retry
from contenthub.channels.gate import PUBLISHED, Gate
from contenthub.channels.pace import LocalPace, RedisPace, Window
from contenthub.web.house import House


class Hands:
    """A clock that is moved by hand."""

    now = 100.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def paces(house: House) -> list[RedisPace]:
    """Two processes' paces of ten calls an hour, of which one may go at once."""
    return [RedisPace(house.redis, [Window(3600, 10)]) for _ in range(2)]


@pytest.mark.parametrize("window", PUBLISHED, ids=["minute", "hour"])
async def test_no_window_holds_more_than_eighty_percent(window: Window) -> None:
    clock = Hands()
    pace = LocalPace(PUBLISHED, clock=clock)
    went: list[float] = []
    while clock.now < 100 + 2 * window.seconds:
        wait = await pace.take("ww", "p")
        if wait:
            clock.now += max(wait, 0.25)
        else:
            went.append(clock.now)
    start, most = 0, 0
    for end, at in enumerate(went):
        while went[start] <= at - window.seconds:
            start += 1
        most = max(most, end - start + 1)
    assert 0.6 * min(window.calls, 40 * window.seconds) < most <= 0.8 * window.calls


async def test_other_paths_and_corps_have_buckets_of_their_own() -> None:
    pace = LocalPace([Window(3600, 10)], clock=Hands())
    assert [await pace.take("ww", "p") > 0 for _ in range(2)] == [False, True]
    assert await pace.take("ww", "q") == 0
    assert await pace.take("other", "p") == 0


async def test_two_processes_share_a_bucket(paces: list[RedisPace]) -> None:
    corp = uuid4().hex
    assert await paces[0].take(corp, "p") == 0
    wait = await paces[1].take(corp, "p")
    assert 0 < wait <= 3600 / 7 + 0.01  # Redis gives three decimals
    assert await paces[1].take(corp, "q") == 0


async def test_the_shared_bucket_fills_again(house: House) -> None:
    corp, quick = uuid4().hex, RedisPace(house.redis, [Window(0.01, 10)])
    clock = Hands()
    for _ in range(5):
        gate = Gate(pace=quick, sleep=clock.sleep)
        async with gate.lane(corp, "p"):
            pass
    assert clock.now < 101


async def test_a_rest_holds_for_every_process(paces: list[RedisPace]) -> None:
    corp = uuid4().hex
    await paces[0].rest(corp, "p", 60)
    assert 0 < await paces[1].take(corp, "p") <= 60
    assert await paces[1].take(corp, "q") == 0


async def test_without_redis_a_process_goes_on_with_its_part(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, asked = Hands(), []

    async def gone(*arguments: object) -> None:
        asked.append(arguments)
        raise RedisDown("gone")

    pace = RedisPace(house.redis, [Window(60, 400)], clock=clock)
    with monkeypatch.context() as patch:
        patch.setattr(house.redis, "evalsha", gone)
        went = [await pace.take("ww", "p") for _ in range(12)]
    assert [wait == 0 for wait in went] == [True] * 10 + [False] * 2
    assert len(asked) == 1, "a Redis that is away is not waited for at each call"
    clock.now += 6
    corp = uuid4().hex
    assert [await pace.take(corp, "p") for _ in range(12)] == [0.0] * 12


async def test_the_gate_waits_a_little_and_then_gives_the_call_back() -> None:
    clock = Hands()
    gate = Gate(pace=LocalPace([Window(7, 10)], clock=clock), clock=clock, sleep=clock.sleep)
    for _ in range(3):
        async with gate.lane("ww", "p"):
            pass
    assert clock.now == pytest.approx(102)
    slow = Gate(pace=LocalPace([Window(700, 10)], clock=clock), clock=clock, sleep=clock.sleep)
    async with slow.lane("ww", "p"):
        pass
    with pytest.raises(ChannelError) as caught:
        async with slow.lane("ww", "p"):
            pass
    assert caught.value.retry is Retry.BREAKER
    assert caught.value.retry_after_seconds == pytest.approx(100)


async def test_a_tripped_path_rests_for_the_other_processes_too(paces: list[RedisPace]) -> None:
    corp = uuid4().hex
    await Gate(pace=paces[0]).trip(corp, "p")
    with pytest.raises(ChannelError):
        async with Gate(pace=paces[1]).lane(corp, "p"):
            pass
