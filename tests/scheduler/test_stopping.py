"""A worker that is told to stop in the middle of a send leaves a ledger that is true."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from tests.scheduler.conftest import Desk

from contenthub.scheduler import actions_send, queries
from contenthub.scheduler.jobs import STOPPED
from contenthub.scheduler.models import SendJob


async def _job(desk: Desk, push_id: UUID) -> SendJob:
    async with desk.database.reading(desk.side.tenant) as db:
        return next(iter(await queries.send_jobs(db, push_id)))


async def _cancelled(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_send_in_flight_is_unknown_after_the_stop(desk: Desk) -> None:
    now = datetime.now(UTC)
    push_id = await desk.push(now - timedelta(hours=2))
    await desk.expand(push_id, now)
    job = await _job(desk, push_id)
    desk.sandbox.set(latency_seconds=600)
    task = asyncio.create_task(desk.run("scheduler.deliver_batch", send_job_id=job.id))
    while (await _job(desk, push_id)).state != "calling":
        await asyncio.sleep(0.01)
    # Written down as calling is not called yet: the connection is still being made.
    await asyncio.sleep(0.3)
    await _cancelled(task)
    left = await _job(desk, push_id)
    assert (left.state, left.error) == ("unknown", STOPPED)
    assert (await desk.counts(push_id))["unknown"] == 10


async def test_a_send_that_was_not_begun_is_put_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC)
    push_id = await desk.push(now - timedelta(hours=2))
    await desk.expand(push_id, now)
    job = await _job(desk, push_id)
    drawing = asyncio.Event()

    async def slow(_claim: actions_send.Claim, _storage: object) -> actions_send.Claim:
        drawing.set()
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(actions_send.Claim, "drawn", slow)
    task = asyncio.create_task(desk.run("scheduler.deliver_batch", send_job_id=job.id))
    await drawing.wait()
    await _cancelled(task)
    left = await _job(desk, push_id)
    assert (left.state, left.error, left.attempt) == ("ready", STOPPED, 0)
    assert (await desk.counts(push_id))["planned"] == 20
