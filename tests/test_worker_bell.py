"""What arq is told, as it takes effect: its defaults lose, repeat or hold up work."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from arq.worker import Worker
from redis.exceptions import ConnectionError as RedisDown

from contenthub import queue, worker
from contenthub.web.house import House


class _Listening(Worker):
    """arq's worker, looked at instead of run: the first loses Redis, the second is told to stop."""

    made: list["_Listening"]

    async def async_run(self) -> None:
        self.made.append(self)
        if len(self.made) == 1:
            raise RedisDown("restarted")
        await asyncio.Event().wait()


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    listening: list[Any] = []
    monkeypatch.setattr(_Listening, "made", listening, raising=False)
    monkeypatch.setattr(worker, "Worker", _Listening)
    return listening


async def test_a_redis_that_went_is_listened_to_again_and_the_worker_lives_on(
    house: House, made: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    shift = worker.Shift(replace(house, settings=replace(house.settings, sweep_seconds=60)))
    bell = asyncio.create_task(shift.listen_forever())
    while len(made) < 2:
        assert not bell.done(), "it gave up with Redis"
        await asyncio.sleep(0.01)
    bell.cancel()
    await asyncio.wait({bell})
    assert "doorbell.lost" in caplog.messages


async def test_the_values_arq_works_with_are_ours_and_not_its_own(
    house: House, made: list[Any]
) -> None:
    shift = worker.Shift(house)
    bell = asyncio.create_task(shift.listen_forever())
    while not made:
        await asyncio.sleep(0.01)
    bell.cancel()
    await asyncio.wait({bell})
    one = made[0]
    assert one.pool is house.redis, "else arq goes to localhost:6379 without a word"
    assert one.queue_name == queue.QUEUE
    assert list(one.functions) == ["ring"]
    assert one.cron_jobs == []
    assert one.functions["ring"].timeout_s is None
    assert one.job_timeout_s <= 60
    assert (one.keep_result_s, one.keep_result_forever, one.max_tries) == (0, False, 1)
    assert one.allow_abort_jobs is False
    assert one.queue_read_limit >= 2 * 8 * one.max_jobs, "eight workers busy hide no free bell"
    assert (one.job_serializer, one.job_deserializer) == (queue.encode, queue.decode)
