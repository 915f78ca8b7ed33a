import pytest

from contenthub.channels.channel import ChannelError, Retry
from contenthub.channels.gate import Gate


class Hands:
    """A clock that is moved by hand."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


async def enter(gate: Gate, path: str = "p", *, corpid: str = "ww") -> None:
    async with gate.lane(corpid, path):
        pass


async def test_a_tripped_path_rests_sixty_seconds_then_an_hour() -> None:
    clock = Hands()
    gate = Gate(clock=clock)
    assert await gate.trip("ww", "p") == 60
    with pytest.raises(ChannelError) as caught:
        await enter(gate)
    assert (caught.value.retry, caught.value.retry_after_seconds) == (Retry.BREAKER, 60)
    clock.now += 60
    await enter(gate)
    assert await gate.trip("ww", "p") == 3600
    clock.now += 3599
    with pytest.raises(ChannelError):
        await enter(gate)


async def test_other_corps_and_paths_go_on() -> None:
    gate = Gate()
    await gate.trip("ww", "p")
    await enter(gate, "q")
    await enter(gate, corpid="other")
    with pytest.raises(ChannelError):
        await enter(gate)


async def test_a_normal_answer_forgets_the_earlier_trip() -> None:
    clock = Hands()
    gate = Gate(clock=clock)
    await gate.trip("ww", "p")
    clock.now += 61
    gate.passed("ww", "p")
    assert await gate.trip("ww", "p") == 60


async def test_calls_under_way_when_the_limit_came_count_as_one_trip() -> None:
    gate = Gate(clock=Hands())
    assert [await gate.trip("ww", "p") for _ in range(4)] == [60, 60, 60, 60]
