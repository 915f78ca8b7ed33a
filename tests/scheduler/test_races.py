"""Two hands on one push at the same instant: the later one sees what the first has done."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from tests.scheduler.conftest import Desk

from contenthub.channels.channel import ChannelError, Retry
from contenthub.scheduler import actions, actions_plan, actions_results, actions_send, queries
from contenthub.scheduler.jobs import new_code
from contenthub.scheduler.models import Push, SendJob
from contenthub.scheduler.pushstates import WrongPushState


async def _push(desk: Desk, push_id: UUID) -> Push:
    async with desk.database.reading(desk.side.tenant) as db:
        return await queries.push(db, push_id)


async def _jobs(desk: Desk, push_id: UUID) -> Sequence[SendJob]:
    async with desk.database.reading(desk.side.tenant) as db:
        return await queries.send_jobs(db, push_id)


async def test_a_cancelled_push_is_not_paused_back_to_life(desk: Desk) -> None:
    now = datetime.now(UTC)
    push_id = await desk.push(now)
    with pytest.raises(WrongPushState):
        async with desk.database.unit_of_work(desk.side.tenant) as slow:
            # What every handler does first: look at the push, to say what may be done with it.
            seen = await queries.push(slow, push_id)
            assert seen.state == "scheduled"
            async with desk.database.unit_of_work(desk.side.tenant) as fast:
                await actions.cancel(fast, push_id, by=desk.side.campaign_manager, at=now)
            await actions.pause(slow, push_id, by=desk.side.campaign_manager, at=now)
    assert (await _push(desk, push_id)).state == "cancelled"


async def test_a_send_put_back_while_its_push_is_cancelled_ends_with_it(desk: Desk) -> None:
    now = datetime.now(UTC)
    push_id = await desk.push(now - timedelta(hours=2))
    await desk.expand(push_id, now)
    job_id = (await _jobs(desk, push_id))[0].id
    async with desk.database.unit_of_work(desk.side.tenant) as db:
        taken = await actions_send.claim(db, job_id, at=now)
    assert taken is not None
    busy = ChannelError("忙", retry=Retry.BUSY, errcode=-1)

    async def refuse() -> None:
        async with desk.database.unit_of_work(desk.side.tenant) as db:
            await actions_send.record_refused(db, taken, busy, at=now)

    async with desk.database.unit_of_work(desk.side.tenant) as db:
        await actions.cancel(db, push_id, by=desk.side.campaign_manager, at=now)
        await db.flush()
        refusing = asyncio.create_task(refuse())
        await asyncio.wait({refusing}, timeout=1)
    await refusing
    assert {job.state for job in await _jobs(desk, push_id)} == {"cancelled"}
    assert set(await desk.counts(push_id)) == {"skipped"}


async def test_two_plans_at_once_keep_the_frequency_cap(desk: Desk) -> None:
    now = datetime.now(UTC)
    ids = [await desk.push(now - timedelta(hours=2)) for _ in range(4)]

    async def expand(push_id: UUID) -> None:
        async with desk.database.unit_of_work(desk.side.tenant) as db:
            await actions_plan.expand(db, push_id, at=now, new_code=new_code)

    await asyncio.gather(*(expand(push_id) for push_id in ids))
    async with desk.database.reading(desk.side.tenant) as db:
        rows = await db.execute(
            text(
                "select customer_no, count(*) from deliveries where tenant_id = :t "
                "and state = 'planned' group by customer_no"
            ),
            {"t": desk.side.tenant},
        )
        assert {count for _, count in rows} == {2}


async def test_a_question_that_is_always_refused_is_asked_less_and_ends_after_a_week(
    desk: Desk,
) -> None:
    now = datetime.now(UTC)
    push_id = await desk.push(now - timedelta(hours=2))
    await desk.expand(push_id, now)
    await desk.deliver_all(push_id)
    refused = ChannelError("没有这个员工", retry=Retry.PERMANENT, errcode=60111)

    async def ask(at: datetime) -> timedelta | None:
        for job in await _jobs(desk, push_id):
            async with desk.database.unit_of_work(desk.side.tenant) as db:
                asked = await actions_results.question(db, job.id, at=at)
            assert asked is not None
            async with desk.database.unit_of_work(desk.side.tenant) as db:
                await actions_results.ask_again(db, asked, refused, at=at)
        next_at = (await _jobs(desk, push_id))[0].next_at
        return None if next_at is None else next_at - at

    later = await ask(now + timedelta(hours=2))
    assert later is not None
    assert later >= timedelta(minutes=5)
    assert await ask(now + timedelta(days=8)) is None
    assert {job.state for job in await _jobs(desk, push_id)} == {"done"}
    assert (await _push(desk, push_id)).state == "finished"


async def test_a_plan_that_can_never_be_made_is_paused_with_the_reason(desk: Desk) -> None:
    now = datetime.now(UTC)
    push_id = await desk.push(now - timedelta(hours=2))
    async with desk.database.unit_of_work(desk.side.tenant) as db:
        await db.execute(
            text("update tags set name = '改名了' where tenant_id = :t and name = '银发'"),
            {"t": desk.side.tenant},
        )
    await desk.run("scheduler.expand_push", push_id=push_id)
    push = await _push(desk, push_id)
    assert push.state == "paused"
    assert "银发" in push.paused_reason


@pytest.mark.parametrize(
    ("refusal", "ends"),
    [
        (ChannelError("连接不上企业微信"), "ready"),
        (ChannelError("限频", retry=Retry.BREAKER, errcode=45009), "ready"),
        (ChannelError("系统繁忙", errcode=-1), "failed"),
    ],
)
async def test_an_outage_of_the_channel_uses_up_no_tries(
    desk: Desk, refusal: ChannelError, ends: str
) -> None:
    now = datetime.now(UTC)
    push_id = await desk.push(now - timedelta(hours=2))
    await desk.expand(push_id, now)
    job_id = (await _jobs(desk, push_id))[0].id
    for _ in range(actions_send.MAX_ATTEMPTS + 1):
        async with desk.database.unit_of_work(desk.side.tenant) as db:
            job = await db.get_one(SendJob, (desk.side.tenant, job_id))
            job.next_at = None
        async with desk.database.unit_of_work(desk.side.tenant) as db:
            taken = await actions_send.claim(db, job_id, at=now)
        if taken is not None:
            async with desk.database.unit_of_work(desk.side.tenant) as db:
                await actions_send.record_refused(db, taken, refusal, at=now)
    job = next(job for job in await _jobs(desk, push_id) if job.id == job_id)
    assert job.state == ends
    assert ends == "failed" or (job.next_at is not None and job.next_at > now)
