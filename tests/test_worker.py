"""The worker: PostgreSQL says what is due, the bell only makes it sooner."""

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from arq.connections import ArqRedis
from redis.asyncio import ConnectionPool
from sqlalchemy import text

from contenthub import log, queue
from contenthub.db import Database, Platform, TenantId
from contenthub.errors import Conflict
from contenthub.web.house import House
from contenthub.worker import LONG, Shift
from tests.make import make_bank

NAME = "tenants.test_count"


class Counted:
    """A job whose due work is a counter below its goal: each run adds one."""

    def __init__(self) -> None:
        self.runs: list[tuple[TenantId, dict[str, Any]]] = []
        self.fail: list[BaseException] = []
        self.tenant = TenantId(UUID(int=0))
        self.goal = 1
        self.hold = asyncio.Event()
        self.hold.set()

    async def run(self, database: Database, tenant: TenantId, /, **ids: Any) -> None:
        self.runs.append((tenant, ids))
        await self.hold.wait()
        async with database.unit_of_work(tenant) as db:
            await db.execute(
                text(
                    "insert into counters values (:t, 'runs', 1) on conflict (tenant_id, name) "
                    "do update set last_no = counters.last_no + 1"
                ),
                {"t": tenant},
            )
            if self.fail:
                raise self.fail.pop()

    async def due(self, db: Platform, _now: datetime) -> list[tuple[UUID, dict[str, str]]]:
        done = await db.scalar(
            text("select last_no from counters where tenant_id = :t and name = 'runs'"),
            {"t": self.tenant},
        )
        return [(self.tenant, {"no": "1"})] if (done or 0) < self.goal else []


@pytest.fixture
async def counted(house: House, monkeypatch: pytest.MonkeyPatch) -> Counted:
    made = Counted()
    made.tenant = await make_bank(house.database)
    # The bells that earlier tests rang, thousands of them, would be answered first.
    await house.redis.delete(queue.QUEUE)
    # The registries are the worker's input here: only this job exists.
    monkeypatch.setattr(queue, "jobs", {NAME: made.run})
    monkeypatch.setattr(queue, "sweeps", {NAME: made.due})
    return made


def _without_redis(house: House) -> House:
    pool = ConnectionPool.from_url("redis://127.0.0.1:9/0", socket_connect_timeout=0.2)
    settings = replace(house.settings, sweep_seconds=0.02)
    return replace(house, redis=ArqRedis(pool), settings=settings)


@contextlib.asynccontextmanager
async def _at_work(shift: Shift) -> AsyncIterator[None]:
    task = asyncio.create_task(shift.work())
    try:
        yield
    finally:
        shift.stopping.set()
        await task


async def _until(is_so: Callable[[], bool]) -> None:
    for _ in range(1000):
        if is_so():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not happen within 10 s")


async def _done(house: House, counted: Counted) -> int:
    async with house.database.reading(counted.tenant) as db:
        return int(await db.scalar(text("select last_no from counters")) or 0)


async def test_the_sweep_finishes_due_work_with_redis_off(house: House, counted: Counted) -> None:
    counted.goal = 3
    shift = Shift(_without_redis(house))
    async with _at_work(shift):
        await _until(lambda: len(counted.runs) >= 3)
    assert await _done(house, counted) == 3
    assert counted.runs[0] == (counted.tenant, {"no": "1"})


async def test_the_bell_starts_a_job_that_no_sweep_has_found(
    house: House, counted: Counted
) -> None:
    counted.goal = 0  # the sweep sees nothing due
    shift = Shift(replace(house, settings=replace(house.settings, sweep_seconds=0.02)))
    async with _at_work(shift):
        await queue.Doorbell(house.redis).ring([(NAME, counted.tenant, {"no": "7"})])
        await _until(lambda: bool(counted.runs))
    assert counted.runs == [(counted.tenant, {"no": "7"})]
    assert await _done(house, counted) == 1
    assert await house.redis.zcard(queue.QUEUE) == 0
    assert await house.redis.keys("arq:result:*") == []


@pytest.mark.parametrize("error", [ValueError("bug"), Conflict("别人更快")])
async def test_a_job_that_raises_stays_due_and_leaves_nothing(
    house: House, counted: Counted, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    counted.fail = [error]
    shift = Shift(_without_redis(house))
    async with _at_work(shift):
        await _until(lambda: len(counted.runs) >= 2)
    assert await _done(house, counted) == 1
    assert {"job.failed", "job.refused"} & set(caplog.messages)


async def test_the_same_job_runs_once_at_a_time(house: House, counted: Counted) -> None:
    counted.hold.clear()
    shift = Shift(_without_redis(house))
    for _ in range(5):
        shift.start(NAME, counted.tenant, {"no": "1"})
    shift.start(NAME, counted.tenant, {"no": "2"})
    await _until(lambda: len(counted.runs) == 2)
    counted.hold.set()
    await asyncio.wait(shift._tasks)
    assert sorted(ids["no"] for _, ids in counted.runs) == ["1", "2"]


async def test_stopping_lets_a_running_job_finish(house: House, counted: Counted) -> None:
    counted.hold.clear()
    shift = Shift(_without_redis(house))
    work = asyncio.create_task(shift.work())
    await _until(lambda: bool(counted.runs))
    shift.stopping.set()
    counted.hold.set()
    await work
    assert await _done(house, counted) == 1
    shift.start(NAME, uuid4(), {"no": "9"})
    assert len(counted.runs) == 1


async def test_stopping_puts_a_job_back_that_does_not_end(
    house: House, counted: Counted, caplog: pytest.LogCaptureFixture
) -> None:
    counted.hold.clear()  # never set again: the job hangs
    caplog.set_level("INFO")
    shift = Shift(_without_redis(house))
    work = asyncio.create_task(shift.work(grace_seconds=0.05))
    await _until(lambda: bool(counted.runs))
    shift.stopping.set()
    await asyncio.wait_for(work, 10)
    assert "worker.put_back" in caplog.messages
    assert shift._running == set()
    async with house.database.platform_unit_of_work() as db:
        assert await counted.due(db, datetime.now(UTC)) != []


async def test_a_ring_for_an_unknown_job_is_ignored(house: House, counted: Counted) -> None:
    shift = Shift(house)
    await shift.ring({}, "tenants.nobody_knows", str(counted.tenant), {})
    assert shift._tasks == set()


async def test_a_ring_taken_by_a_killed_worker_is_one_event_without_a_trace(
    house: House, counted: Counted, capsys: pytest.CaptureFixture[str]
) -> None:
    counted.goal = 0
    await queue.Doorbell(house.redis).ring([(NAME, counted.tenant, {"no": "7"})])
    rung = (await house.redis.zrange(queue.QUEUE, 0, -1))[0].decode()
    await house.redis.set(f"arq:retry:{rung}", 1)  # what the killed worker left
    handlers, level = logging.getLogger().handlers[:], logging.getLogger().level
    log.configure("INFO")
    try:
        async with _at_work(Shift(house)):
            while await house.redis.zcard(queue.QUEUE):
                await asyncio.sleep(0.01)
    finally:
        logging.getLogger().handlers[:] = handlers
        logging.getLogger().setLevel(level)
        for name in ("arq.worker", "arq.jobs"):
            logging.getLogger(name).filters.clear()
    told = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    ours = [line for line in told if line["logger"].startswith("arq")]
    assert [line["event"] for line in ours] == ["doorbell.dropped"]
    assert "max retries 1 exceeded" in ours[0]["said"]
    assert not any("trace" in line for line in told)


async def test_a_sweep_that_fails_is_tried_again(
    house: House, counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = [ConnectionError("postgres restarts")]

    async def shaky(db: Platform, now: datetime) -> list[tuple[UUID, dict[str, str]]]:
        if failures:
            raise failures.pop()
        return await counted.due(db, now)

    monkeypatch.setitem(queue.sweeps, NAME, shaky)
    async with _at_work(Shift(_without_redis(house))):
        await _until(lambda: bool(counted.runs))
    assert failures == []


async def test_one_broken_sweep_does_not_stop_the_others(
    house: House, counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_db: Platform, _now: datetime) -> list[tuple[UUID, dict[str, str]]]:
        raise ValueError("a bug in one room")

    async def refused(db: Platform, _now: datetime) -> list[tuple[UUID, dict[str, str]]]:
        await db.execute(text("select 1 / 0"))  # after this the transaction answers nobody
        return []

    rooms = {"tenants.test_broken": broken, "tenants.test_refused": refused, NAME: counted.due}
    monkeypatch.setattr(queue, "sweeps", rooms)
    async with _at_work(Shift(_without_redis(house))):
        await _until(lambda: bool(counted.runs))
    assert await _done(house, counted) == 1


async def test_long_work_never_holds_up_the_short(
    house: House, counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = asyncio.Event()
    began: list[str] = []

    async def long(_database: Database, _tenant: TenantId, /, **ids: Any) -> None:
        began.append(ids["no"])
        await release.wait()

    monkeypatch.setitem(queue.jobs, "customers.import_file", long)
    shift = Shift(_without_redis(house))
    for number in range(10):
        shift.start("customers.import_file", uuid4(), {"no": str(number)})
    counted.goal = 1
    async with _at_work(shift):
        await _until(lambda: len(counted.runs) >= 1)
        assert 1 <= len(began) < 10
        release.set()
        await _until(lambda: len(began) == 10)


async def test_one_banks_thousand_jobs_leave_room_for_another_bank(
    house: House, counted: Counted
) -> None:
    counted.hold.clear()
    busy = await make_bank(house.database)
    shift = Shift(_without_redis(house))
    for number in range(200):
        shift.start(NAME, busy, {"no": str(number)})
    await _until(lambda: len(counted.runs) > 1)
    shift.start(NAME, counted.tenant, {"no": "1"})
    await _until(lambda: any(tenant == counted.tenant for tenant, _ in counted.runs))
    assert len(counted.runs) < 20
    counted.hold.set()
    shift.stopping.set()
    await shift.work()


def test_every_long_job_is_a_job_that_exists() -> None:
    assert LONG <= set(queue.jobs)
