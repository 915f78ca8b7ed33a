"""Worker entries of the scheduler; PostgreSQL says what is due, every entry may run twice."""

import asyncio
import secrets
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select

from contenthub.channels.channel import ChannelError, Retry, Unknown
from contenthub.db import Database, Platform, TenantId
from contenthub.errors import Invalid, Unavailable
from contenthub.library.models import Item
from contenthub.queue import enqueue, job, sweep
from contenthub.scheduler import actions_gone, actions_plan, actions_results, actions_send, queries
from contenthub.scheduler.models import Push, SendJob
from contenthub.scheduler.models_gone import ItemStop
from contenthub.sharing.codes import code_from
from contenthub.storage import storage_of

BATCH = 200
CARRIED_WITHIN = timedelta(days=1)
"""How long the sweep looks back for a recall whose ring was lost."""
FRESH_FOR = timedelta(milliseconds=100)
"""A claim so young needs no second look before its call."""
STOPPED = "发送时后台进程正在停止"
Due = list[tuple[UUID, dict[str, str]]]


def new_code() -> str:
    """Return a fresh random share code."""
    return code_from(secrets.token_bytes(8))


@job("scheduler.expand_push")
async def expand_push(database: Database, tenant: TenantId, /, **ids: Any) -> None:
    """Plan the due occurrence of `push_id`; one that reaches nobody is finished at once."""
    push_id, now = UUID(ids["push_id"]), datetime.now(UTC)
    try:
        async with database.unit_of_work(tenant) as db:
            await actions_plan.expand(db, push_id, at=now, new_code=new_code)
            await actions_results.finish_if_done(db, push_id, at=now)
    except Invalid as refused:
        # A tag or branch of the expression is gone: a person must see it, or it is due for ever.
        async with database.unit_of_work(tenant) as db:
            await actions_plan.set_aside(db, push_id, reason=refused.detail, at=now)


@sweep("scheduler.expand_push")
async def due_pushes(db: Platform, now: datetime) -> Due:
    """Return the pushes whose hour has come."""
    over = Push.schedule["over"].as_boolean()
    rows = await db.execute(
        select(Push.tenant_id, Push.id)
        .where(
            Push.state.in_(("scheduled", "running")),
            Push.fire_at <= now,
            or_(over.is_(None), over.is_(False)),
        )
        .limit(BATCH)
    )
    return [(row[0], {"push_id": str(row[1])}) for row in rows]


@job("scheduler.ring_push")
async def ring_push(database: Database, tenant: TenantId, /, **ids: Any) -> None:
    """Ring every ready send job of `push_id`, so that all workers begin at once.

    A push that has none left to wait for is finished.
    """
    push_id = UUID(ids["push_id"])
    async with database.unit_of_work(tenant) as db:
        for each in await queries.send_jobs(db, push_id):
            if each.state == "ready":
                enqueue(db, "scheduler.deliver_batch", send_job_id=each.id)
        await actions_results.finish_if_done(db, push_id, at=datetime.now(UTC))


@sweep("scheduler.ring_push")
async def idle_pushes(db: Platform, _now: datetime) -> Due:
    """Return running pushes that fire no more and wait for no job: they are to be finished."""
    waits = select(SendJob.id).where(
        SendJob.tenant_id == Push.tenant_id,
        SendJob.push_id == Push.id,
        SendJob.state.in_(("ready", "calling", "sent", "unknown")),
    )
    rows = await db.execute(
        select(Push.tenant_id, Push.id)
        .where(Push.state == "running", Push.schedule["over"].as_boolean(), ~waits.exists())
        .limit(BATCH)
    )
    return [(row[0], {"push_id": str(row[1])}) for row in rows]


@job("scheduler.deliver_batch")
async def deliver(database: Database, tenant: TenantId, /, **ids: Any) -> None:
    """Send one send job: claim and commit, call, record and commit."""
    taken = await _claimed(database, tenant, UUID(ids["send_job_id"]))
    if taken is None:
        return
    try:
        still = partial(look_again, database, tenant, taken)
        receipt = await taken.send(storage_of(database.resources), still=still)
    except Unknown:
        async with database.unit_of_work(tenant) as db:
            await actions_send.record_unknown(db, taken, at=datetime.now(UTC))
    except ChannelError as error:
        async with database.unit_of_work(tenant) as db:
            await actions_send.record_refused(db, taken, error, at=datetime.now(UTC))
            await actions_results.finish_if_done(db, taken.push_id, at=datetime.now(UTC))
    except asyncio.CancelledError:
        # The worker stops: the call may or may not have arrived.
        async with database.unit_of_work(tenant) as db:
            await actions_send.record_unknown(db, taken, why=STOPPED, at=datetime.now(UTC))
        raise
    except Exception as error:
        # A bug, met with the request perhaps written: to be reconciled, then logged as one.
        async with database.unit_of_work(tenant) as db:
            why = actions_send.words(error)
            await actions_send.record_unknown(db, taken, why=why, at=datetime.now(UTC))
        raise
    else:
        async with database.unit_of_work(tenant) as db:
            await actions_send.record_sent(db, taken, receipt, at=datetime.now(UTC))


async def look_again(database: Database, tenant: TenantId, taken: actions_send.Claim) -> None:
    """Look again before the call of a send that waited for its turn; raises Stopped."""
    if datetime.now(UTC) - taken.claimed_at > FRESH_FOR:
        async with database.reading(tenant) as db:
            await actions_send.check_still(db, taken)


async def _claimed(database: Database, tenant: TenantId, job_id: UUID) -> actions_send.Claim | None:
    """Return a claim with its poster drawn; what breaks here is certainly not sent."""
    taken = None
    try:
        async with database.unit_of_work(tenant) as db:
            taken = await actions_send.claim(db, job_id, at=datetime.now(UTC))
        drawn = None if taken is None else await taken.drawn(storage_of(database.resources))
        if drawn is not None and datetime.now(UTC) > drawn.start_by:
            raise Unavailable("本机太忙，这次发送来不及在租约内完成，稍后自动再试")
        return drawn
    except asyncio.CancelledError:
        async with database.unit_of_work(tenant) as db:
            stopped = Unavailable(STOPPED)
            await actions_send.record_broken(db, job_id, taken, stopped, at=datetime.now(UTC))
        raise
    except Exception as error:
        async with database.unit_of_work(tenant) as db:
            await actions_send.record_broken(db, job_id, taken, error, at=datetime.now(UTC))
        raise


@sweep("scheduler.deliver_batch")
async def ready_jobs(db: Platform, now: datetime) -> Due:
    """Return send jobs that may be called now, some of every bank."""
    # Without turns, one bank's thousands would stand before another's few.
    turn = func.row_number().over(partition_by=SendJob.tenant_id, order_by=SendJob.id)
    rows = await db.execute(
        select(SendJob.tenant_id, SendJob.id)
        .join(Push, (Push.tenant_id == SendJob.tenant_id) & (Push.id == SendJob.push_id))
        .where(
            SendJob.state == "ready",
            Push.state == "running",
            or_(SendJob.next_at.is_(None), SendJob.next_at <= now),
        )
        .order_by(turn)
        .limit(BATCH)
    )
    return [(row[0], {"send_job_id": str(row[1])}) for row in rows]


@job("scheduler.follow_batch")
async def follow(database: Database, tenant: TenantId, /, **ids: Any) -> None:
    """Ask the channel about one job: was it sent (unknown), what came of it (sent)."""
    async with database.unit_of_work(tenant) as db:
        asked = await actions_results.question(db, UUID(ids["send_job_id"]), at=datetime.now(UTC))
    if asked is None:
        return
    try:
        if asked.msgid:
            results = await asked.results()
        else:
            msgid = await asked.channel.find(
                asked.sender_userid, asked.marker, since=asked.since, until=datetime.now(UTC)
            )
    except ChannelError as error:
        async with database.unit_of_work(tenant) as db:
            await actions_results.ask_again(db, asked, error, at=datetime.now(UTC))
        if error.retry is not Retry.WAIT:
            raise
        return
    async with database.unit_of_work(tenant) as db:
        if asked.msgid:
            await actions_results.record_results(db, asked, results, at=datetime.now(UTC))
        else:
            await actions_results.record_found(db, asked, msgid, at=datetime.now(UTC))


@sweep("scheduler.follow_batch")
async def open_jobs(db: Platform, now: datetime) -> Due:
    """Return jobs with an unrecorded claim, an unknown outcome or results to fetch."""
    rows = await db.execute(
        select(SendJob.tenant_id, SendJob.id)
        .where(
            or_(
                (SendJob.state == "calling") & (SendJob.lease_until < func.clock_timestamp()),
                SendJob.state.in_(("unknown", "sent")) & (SendJob.next_at <= now),
            )
        )
        .order_by(SendJob.next_at.nulls_first())  # lost claims before routine questions
        .limit(BATCH)
    )
    return [(row[0], {"send_job_id": str(row[1])}) for row in rows]


@job("scheduler.stop_item")
async def stop_item(database: Database, tenant: TenantId, /, **ids: Any) -> None:
    """Carry through that `item_id` is gone, or shows another wording: pushes, posters, notices."""
    async with database.unit_of_work(tenant) as db:
        await actions_gone.stop_item(db, UUID(ids["item_id"]), at=datetime.now(UTC))


@sweep("scheduler.stop_item")
async def items_gone(db: Platform, now: datetime) -> Due:
    """Return items that are gone since yesterday, and were not carried through yet."""
    done = select(ItemStop.id).where(
        ItemStop.tenant_id == Item.tenant_id,
        ItemStop.item_id == Item.id,
        ItemStop.gone_at >= Item.updated_at,
    )
    fresh = select(Item.tenant_id, Item.id).where(
        Item.state.in_(actions_gone.GONE), Item.updated_at > now - CARRIED_WITHIN, ~done.exists()
    )
    waiting = (
        select(Push.tenant_id, Push.item_id)
        .join(Item, (Item.tenant_id == Push.tenant_id) & (Item.id == Push.item_id))
        .where(
            Push.state.in_(("scheduled", "running")),
            Item.state.in_(actions_gone.GONE),
        )
    )
    rows = await db.execute(fresh.union(waiting).limit(BATCH))
    return [(row[0], {"item_id": str(row[1])}) for row in rows]
