"""What goes wrong around a push: races, crashes in the plan, lateness, bugs, Redis gone."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from arq.connections import ArqRedis
from redis.asyncio import ConnectionPool
from sqlalchemy import event, func, select
from tests.make import make_live_template
from tests.scheduler.conftest import Desk

from contenthub import queue
from contenthub.customers import queries as customers
from contenthub.db import Database
from contenthub.errors import Invalid
from contenthub.scheduler import actions, actions_send, queries
from contenthub.scheduler.jobs import due_pushes, idle_pushes, ready_jobs
from contenthub.scheduler.models import Delivery, Occurrence, Push, SendJob, Task
from contenthub.settings import Settings
from contenthub.sharing.models import Link
from contenthub.tenants import queries as tenants
from contenthub.web.house import House
from contenthub.worker import Shift


async def _ready(desk: Desk) -> UUID:
    now = datetime.now(UTC)
    push_id = await desk.push(now - timedelta(hours=2))
    await desk.expand(push_id, now)
    return push_id


async def _jobs(desk: Desk, push_id: UUID) -> list[SendJob]:
    async with desk.database.reading(desk.side.tenant) as db:
        return list(await queries.send_jobs(db, push_id))


async def _push(desk: Desk, push_id: UUID) -> Push:
    async with desk.database.reading(desk.side.tenant) as db:
        return await queries.push(db, push_id)


async def _set_window(desk: Desk, **settings: Any) -> None:
    async with desk.database.unit_of_work(desk.side.tenant) as db:
        bank = await tenants.bank(db)
        bank.settings = {**bank.settings, **settings}


def _open_in(at: datetime, wait: timedelta) -> dict[str, str]:
    """Return a window of one minute that opens `wait` after `at`, on Shanghai's clock."""
    opens = (at + wait).astimezone(ZoneInfo("Asia/Shanghai")).replace(second=0)
    if opens.hour == 23 and opens.minute == 59:
        opens -= timedelta(minutes=1)  # a window does not reach over midnight
    closes = opens + timedelta(minutes=1)
    return {"send_from": f"{opens:%H:%M}", "send_until": f"{closes:%H:%M}"}


async def test_two_workers_claim_one_job_once(desk: Desk) -> None:
    push_id = await _ready(desk)
    job_id = (await _jobs(desk, push_id))[0].id
    now = datetime.now(UTC)

    async def claim() -> bool:
        async with desk.database.unit_of_work(desk.side.tenant) as db:
            return await actions_send.claim(db, job_id, at=now) is not None

    for _ in range(3):
        won = await asyncio.gather(*(claim() for _ in range(4)))
        assert sum(won) in (0, 1)
    assert (await _jobs(desk, push_id))[0].attempt == 1


async def test_eight_schedulers_fire_each_occurrence_once(desk: Desk) -> None:
    now = datetime.now(UTC)
    ids = [await desk.push(now - timedelta(hours=2)) for _ in range(5)]
    skew = [timedelta(seconds=s) for s in (-30, -20, -10, 0, 0, 10, 20, 30)]
    for push_id in ids:
        await asyncio.gather(*(desk.expand(push_id, now + one) for one in skew))
    async with desk.database.reading(desk.side.tenant) as db:
        fired = await db.scalar(select(func.count()).select_from(Occurrence))
        rows = await db.scalar(select(func.count()).select_from(Delivery))
    assert fired == 5
    assert rows == 5 * 23


class Crash(Exception):
    """The process dies here."""


@contextmanager
def _crash_at(database: Database, number: int) -> Iterator[list[str]]:
    """Die before the n-th statement that writes."""
    seen: list[str] = []

    def before(_c: Any, _cur: Any, statement: str, *_rest: Any) -> None:
        if statement.split(None, 1)[0].lower() in ("insert", "update", "delete", "with"):
            seen.append(statement)
            if len(seen) == number:
                raise Crash

    engine = database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", before)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", before)


async def test_a_crash_between_any_two_statements_of_the_plan_leaves_nothing(desk: Desk) -> None:
    now = datetime.now(UTC)
    push_id = await desk.push(now - timedelta(hours=2))
    crashes = 0
    for number in range(1, 100):
        try:
            with _crash_at(desk.database, number):
                await desk.expand(push_id, now)
        except Crash:
            crashes += 1
        else:
            break
        async with desk.database.reading(desk.side.tenant) as db:
            for table in (Occurrence, Delivery, SendJob, Task, Link):
                assert await db.scalar(select(func.count()).select_from(table)) == 0, table
        assert (await _push(desk, push_id)).state == "scheduled"
    assert crashes >= 8
    assert await desk.counts(push_id) == {"planned": 20, "skipped": 3}


async def test_what_is_late_and_outside_the_window_waits_for_a_person(desk: Desk) -> None:
    now = datetime.now(UTC)
    push_id = await desk.push(now)
    late = now + timedelta(hours=27)
    await _set_window(desk, **_open_in(late, timedelta(hours=1)))
    waiting = await desk.expand(push_id, late)
    assert waiting.state == "scheduled"
    assert waiting.fire_at > late
    assert await desk.counts(push_id) == {}
    late = waiting.fire_at
    paused = await desk.expand(push_id, late)
    assert paused.state == "paused"
    assert "错过了发送时间" in paused.paused_reason
    assert await desk.counts(push_id) == {}
    async with desk.database.unit_of_work(desk.side.tenant) as db:
        resumed = await actions.resume(db, push_id, by=desk.side.reviewer, at=late)
        assert (resumed.state, resumed.fire_at) == ("scheduled", late)
    assert (await desk.expand(push_id, late)).state == "running"
    assert (await desk.counts(push_id))["planned"] == 20


async def test_a_little_late_still_starts_by_itself(desk: Desk) -> None:
    now = datetime.now(UTC)
    push_id = await desk.push(now)
    assert (await desk.expand(push_id, now + timedelta(hours=2, minutes=59))).state == "running"


async def test_a_bank_may_set_how_late_is_too_late(desk: Desk) -> None:
    await _set_window(desk, misfire_hours=0.25)
    now = datetime.now(UTC)
    push_id = await desk.push(now)
    assert (await desk.expand(push_id, now + timedelta(hours=1, minutes=20))).state == "paused"


async def test_a_weekly_push_fires_again_next_week_with_a_new_step(desk: Desk) -> None:
    now = datetime.now(UTC)
    local = now + timedelta(hours=8, minutes=5)
    cron = f"{local.minute} {local.hour} * * {(local.weekday() + 1) % 7}"
    push_id = await desk.push(now, schedule={"kind": "cron", "expr": cron})
    first = (await _push(desk, push_id)).fire_at
    await desk.expand(push_id, first)
    again = await _push(desk, push_id)
    assert again.fire_at == first + timedelta(days=7)
    assert (await desk.expand(push_id, first + timedelta(days=3))).state == "running"
    await desk.expand(push_id, again.fire_at)
    async with desk.database.reading(desk.side.tenant) as db:
        steps = [o.step for o in await queries.occurrences(db, push_id)]
        jobs = [j.step for j in await queries.send_jobs(db, push_id)]
    assert steps == [2, 1]
    assert sorted(jobs) == [1, 1, 2, 2]


async def test_a_weekly_push_missed_for_weeks_fires_once(desk: Desk) -> None:
    now = datetime.now(UTC)
    local = now + timedelta(hours=8, minutes=5)
    cron = f"{local.minute} {local.hour} * * {(local.weekday() + 1) % 7}"
    push_id = await desk.push(now, schedule={"kind": "cron", "expr": cron})
    late = (await _push(desk, push_id)).fire_at + timedelta(days=15)
    assert (await desk.expand(push_id, late)).state == "paused"
    async with desk.database.unit_of_work(desk.side.tenant) as db:
        await actions.resume(db, push_id, by=desk.side.reviewer, at=late)
    resumed = await desk.expand(push_id, late)
    async with desk.database.reading(desk.side.tenant) as db:
        assert len(await queries.occurrences(db, push_id)) == 1
    assert resumed.fire_at == late + timedelta(days=6)


@pytest.fixture(params=["UTC", "Asia/Shanghai", "America/New_York"])
def zone(request: pytest.FixtureRequest) -> Iterator[str]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    time.tzset()
    yield request.param
    os.environ.pop("TZ")
    if before is not None:
        os.environ["TZ"] = before
    time.tzset()


async def test_the_machines_zone_changes_nothing(desk: Desk, zone: str) -> None:
    at = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)
    push_id = await desk.push(at, schedule={"kind": "once", "at": "2026-11-27T09:00"})
    push = await _push(desk, push_id)
    assert push.fire_at == datetime(2026, 11, 27, 1, 0, tzinfo=UTC), zone
    assert (await desk.expand(push_id, push.fire_at)).state == "running"
    async with desk.database.reading(desk.side.tenant) as db:
        tasks = await queries.tasks(db, employee_id=desk.side.employee.id)
    assert [t.due_on.isoformat() for t in tasks] == ["2026-11-27"]


async def test_a_push_that_reaches_nobody_is_finished_at_once(desk: Desk) -> None:
    now = datetime.now(UTC)
    push_id = await desk.push(now - timedelta(hours=2), expr="银发 and not 银发")
    await desk.run("scheduler.expand_push", push_id=push_id)
    assert (await _push(desk, push_id)).state == "finished"


async def test_a_running_push_without_open_jobs_is_found_and_finished(desk: Desk) -> None:
    push_id = await _ready(desk)
    async with desk.database.unit_of_work(desk.side.tenant) as db:
        for job in await queries.send_jobs(db, push_id):
            job.state = "failed"
    async with desk.database.platform_unit_of_work() as platform:
        found = await idle_pushes(platform, datetime.now(UTC))
    assert (desk.side.tenant, {"push_id": str(push_id)}) in found
    await desk.run("scheduler.ring_push", push_id=push_id)
    assert (await _push(desk, push_id)).state == "finished"


async def test_nothing_is_sent_in_quiet_hours_even_when_the_plan_was_in_time(desk: Desk) -> None:
    push_id = await _ready(desk)
    await _set_window(desk, **_open_in(datetime.now(UTC), timedelta(hours=10)))
    await desk.deliver_all(push_id)
    assert desk.sandbox.messages() == []
    for job in await _jobs(desk, push_id):
        assert job.state == "ready"
        assert job.next_at is not None
        assert job.next_at > datetime.now(UTC)


async def _with_broken_poster(desk: Desk) -> UUID:
    """Plan a push whose employees got, since its approval, names no font can write."""
    now = datetime.now(UTC)
    side = desk.side
    async with desk.database.unit_of_work(side.tenant) as db:
        item = await db.merge(desk.item)
        template = await make_live_template(db, item, side.author, side.reviewer)
    push_id = await desk.push(now - timedelta(hours=2), template_id=template.id)
    await desk.expand(push_id, now)
    async with desk.database.unit_of_work(side.tenant) as db:
        for person in (side.employee, side.colleague):
            (await db.merge(person)).name = "王😀"
    return push_id


async def _try(desk: Desk, push_id: UUID) -> None:
    """Run each ready job once, as if its pause were over; a bug may come out, as in a worker."""
    async with desk.database.unit_of_work(desk.side.tenant) as db:
        for job in await queries.send_jobs(db, push_id):
            job.next_at = None
    for job in await _jobs(desk, push_id):
        try:
            await desk.run("scheduler.deliver_batch", send_job_id=job.id)
        except (Invalid, TypeError, AttributeError, KeyError):
            continue


async def test_a_poster_that_always_breaks_is_given_up_after_five_times(desk: Desk) -> None:
    push_id = await _with_broken_poster(desk)
    for turn in range(1, 6):
        assert (await desk.counts(push_id))["planned"] == 20
        await _try(desk, push_id)
        assert {j.attempt for j in await _jobs(desk, push_id)} == {turn}
    assert await desk.counts(push_id) == {"failed": 20, "skipped": 3}
    jobs = await _jobs(desk, push_id)
    assert {j.state for j in jobs} == {"failed"}
    assert all(j.error for j in jobs)
    assert desk.sandbox.messages() == []
    async with desk.database.reading(desk.side.tenant) as db:
        assert ("failed", "broken", 20) in await queries.reasons(db, push_id)


async def test_a_broken_send_does_not_stop_the_others(desk: Desk) -> None:
    push_id = await _ready(desk)
    async with desk.database.unit_of_work(desk.side.tenant) as db:
        broken = (await queries.send_jobs(db, push_id))[0]
        broken.link_code = "X" * 2100  # its link is longer than WeCom takes
    await desk.deliver_all(push_id)
    assert await desk.counts(push_id) == {"submitted": 10, "failed": 10, "skipped": 3}


async def test_a_worker_killed_again_and_again_is_no_fault_of_the_send(desk: Desk) -> None:
    push_id = await _ready(desk)
    now = datetime.now(UTC)
    job_id = (await _jobs(desk, push_id))[0].id
    for _ in range(7):
        async with desk.database.unit_of_work(desk.side.tenant) as db:
            claim = await actions_send.claim(db, job_id, at=now)
        assert claim is not None
        # Killed here. The lease and the quarantine pass:
        async with desk.database.unit_of_work(desk.side.tenant) as db:
            job = await db.get_one(SendJob, (desk.side.tenant, job_id))
            job.lease_until = job.next_at = datetime.now(UTC) - timedelta(seconds=1)
        await desk.run("scheduler.follow_batch", send_job_id=job_id)
        async with desk.database.unit_of_work(desk.side.tenant) as db:
            job = await db.get_one(SendJob, (desk.side.tenant, job_id))
            job.next_at = datetime.now(UTC) - timedelta(seconds=1)
        await desk.run("scheduler.follow_batch", send_job_id=job_id)
        now = datetime.now(UTC)
    await desk.deliver_all(push_id)
    assert (await desk.counts(push_id))["submitted"] == 20
    assert desk.sandbox.get("/sandbox/deliveries/count")["duplicated"] == 0


async def test_a_friend_lost_since_the_plan_is_named_and_not_counted_as_sent(desk: Desk) -> None:
    push_id = await _ready(desk)
    async with desk.database.unit_of_work(desk.side.tenant) as db:
        gone = await customers.by_phone(db, "13900000002")
        assert gone is not None
        gone.external_userid = ""
    await desk.deliver_all(push_id)
    assert await desk.counts(push_id) == {"submitted": 19, "skipped": 4}
    assert desk.sandbox.get("/sandbox/deliveries/count")["customers"] == 19


def _without_redis(house: House) -> House:
    pool = ConnectionPool.from_url("redis://127.0.0.1:9/0", socket_connect_timeout=0.2)
    settings: Settings = replace(house.settings, sweep_seconds=0.05)
    return replace(house, redis=ArqRedis(pool), settings=settings)


@asynccontextmanager
async def _at_work(shift: Shift) -> AsyncIterator[None]:
    task = asyncio.create_task(shift.work())
    try:
        yield
    finally:
        shift.stopping.set()
        await task


async def _until(is_so: Callable[[], Awaitable[bool]]) -> None:
    for _ in range(600):
        if await is_so():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it did not happen within 30 s")


async def test_a_shift_with_redis_off_takes_a_push_from_due_to_finished(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        queue, "sweeps", {k: v for k, v in queue.sweeps.items() if k.startswith("scheduler.")}
    )
    desk.sandbox.set(confirm_seconds=[0.1, 0.3])
    push_id = await desk.push(datetime.now(UTC) - timedelta(hours=2))

    async def finished() -> bool:
        return (await _push(desk, push_id)).state == "finished"

    async with _at_work(Shift(_without_redis(desk.people.house))):
        await _until(finished)
    assert await desk.counts(push_id) == {"delivered": 20, "skipped": 3}
    assert desk.sandbox.get("/sandbox/deliveries/count")["duplicated"] == 0


async def test_the_sweeps_find_what_is_due_and_nothing_else(desk: Desk) -> None:
    now = datetime.now(UTC)
    due = await desk.push(now - timedelta(hours=2))
    later = await desk.push(now)
    running = await _ready(desk)
    async with desk.database.platform_unit_of_work() as platform:
        pushes = [ids["push_id"] for _, ids in await due_pushes(platform, now)]
        jobs = [ids["send_job_id"] for _, ids in await ready_jobs(platform, now)]
    assert str(due) in pushes
    assert str(later) not in pushes
    assert str(running) not in pushes
    assert {str(j.id) for j in await _jobs(desk, running)} <= set(jobs)
