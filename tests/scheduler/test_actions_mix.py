"""Sums of what was received say what the ledger says, once, and not before a firing is over."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from pyroaring import BitMap
from sqlalchemy import func, select, text
from tests.house.rows import make_row
from tests.make import make_live_item
from tests.personas import Personas

from contenthub import queue
from contenthub.db import Write
from contenthub.scheduler import actions_mix, jobs_mix, queries_mix
from contenthub.scheduler.models import Delivery, Occurrence, Push
from contenthub.scheduler.models_mix import ReceivedSum

JOB = "scheduler.sum_received"
NOW = datetime(2021, 3, 10, 4, tzinfo=UTC)
"""Long ago: the sweep takes the oldest of all banks first, and other tests leave firings too."""
SINCE = NOW - timedelta(days=30)
_RAW = """
select i.kind = 'product' as sold, d.customer_no, d.employee_id, d.push_id, d.step
from deliveries d join pushes p on p.tenant_id = d.tenant_id and p.id = d.push_id
join items i on i.tenant_id = p.tenant_id and i.id = p.item_id
where d.updated_at >= :since and d.state in ('confirmed', 'delivered')
"""
"""What the sums stand for, written as one would first."""


class Ledger:
    """Firings of several pushes of one bank, with deliveries in many states."""

    def __init__(self, people: Personas) -> None:
        self.people, self.side = people, people.ours
        self.chance = Random(4)
        self.firings: list[tuple[UUID, int]] = []

    async def fill(self, db: Write) -> None:
        """Write four pushes of two firings: of all but the last everything is over."""
        side = self.side
        items = [
            await make_live_item(db, side.author, side.reviewer, at=NOW),
            await make_live_item(
                db, side.author, side.reviewer, at=NOW, kind="article", topic="education"
            ),
        ]
        for number in range(4):
            item = items[number % 2]
            facts: dict[str, Any] = {"item_id": item.id, "revision_id": item.live_revision_id}
            facts |= {"topic": item.topic, "template_id": None, "author_id": side.author.id}
            push = await make_row(db, Push, state="cancelled", **facts)
            for step in (1, 2):
                self.firings.append((push.id, step))
                await self._firing(db, push.id, step, is_over=number < 3)

    async def _firing(self, db: Write, push_id: UUID, step: int, *, is_over: bool) -> None:
        fired_at = NOW - timedelta(days=9 * step, hours=step)
        await make_row(
            db, Occurrence, push_id=push_id, fire_at=fired_at, step=step, state="planned"
        )
        owners = (self.side.employee.id, self.side.colleague.id)
        states = ("delivered", "delivered", "delivered", "failed", "skipped")
        for customer_no in range(1, 41):
            state = self.chance.choice(states if is_over else (*states, "confirmed", "submitted"))
            at = fired_at + timedelta(days=self.chance.choice((-20, 0, 0, 1)))
            who = {"customer_no": customer_no, "employee_id": owners[customer_no % 2]}
            row = {"push_id": push_id, "step": step, "state": state, "updated_at": at, **who}
            await make_row(db, Delivery, send_job_id=None, reason="", **row)


async def _told(db: Write, staff_ids: set[UUID] | None = None) -> tuple[object, ...]:
    """Return everything the meter reads, as plain values."""
    got = await queries_mix.received(db, since=SINCE, staff_ids=staff_ids)
    coming = await queries_mix.received(db, since=SINCE, staff_ids=staff_ids, with_coming=True)
    content = await queries_mix.by_content(db, since=SINCE, staff_ids=staff_ids)
    feeds = await queries_mix.by_employee(db, since=SINCE, staff_ids=staff_ids)
    among = BitMap(range(1, 20))
    return got.times, coming.times, got.mix(among), got.reached(), content, feeds


async def test_sums_say_what_the_ledger_says_and_are_made_once(people: Personas) -> None:
    ledger = Ledger(people)
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await ledger.fill(db)
        own = {people.ours.employee.id}
        from_ledger = (await _told(db), await _told(db, own))
        rows = (await db.execute(text(_RAW), {"since": SINCE})).all()
        for push_id, step in ledger.firings:
            is_over = (push_id, step) in ledger.firings[:6]
            assert await actions_mix.sum_received(db, push_id, step, at=NOW) is is_over
            assert not await actions_mix.sum_received(db, push_id, step, at=NOW)
        assert (await _told(db), await _told(db, own)) == from_ledger
        sums = await db.scalar(select(func.sum(ReceivedSum.customers)))
        got = await queries_mix.received(db, since=SINCE)
    raw = Counter(bool(row.sold) for row in rows)
    assert (got.mix().selling, got.mix().service) == (raw[True], raw[False])
    assert got.reached() == len({row.customer_no for row in rows})
    assert sums
    assert sums < sum(raw.values()) + 40 * 6


async def test_the_sweep_finds_firings_that_are_over_of_every_bank(people: Personas) -> None:
    ledger, house = Ledger(people), people.house
    async with house.database.unit_of_work(people.ours.tenant) as db:
        await ledger.fill(db)
    async with house.database.platform_unit_of_work() as platform:
        due = await queue.sweeps[JOB](platform, NOW)
    assert jobs_mix.JOB == JOB
    ours = [ids for tenant, ids in due if tenant == people.ours.tenant]
    assert {(UUID(one["push_id"]), int(one["step"])) for one in ours} == set(ledger.firings[:6])
    for tenant in (people.theirs.tenant, people.ours.tenant):  # another bank's firing is unknown
        for ids in ours:
            await queue.jobs[JOB](house.database, tenant, **ids)
    async with house.database.platform_unit_of_work() as platform:
        due = await queue.sweeps[JOB](platform, NOW)
    assert people.ours.tenant not in {tenant for tenant, _ in due}
    async with house.database.reading(people.ours.tenant) as db:
        summed = (
            await db.scalars(select(Occurrence).where(Occurrence.summed_at.is_not(None)))
        ).all()
    assert len(summed) == 6


def test_numbers_are_counted_by_how_many_sets_hold_them() -> None:
    chance = Random(1)
    sets = [BitMap(chance.sample(range(60), chance.randint(0, 40))) for _ in range(12)]
    times = Counter(number for each in sets for number in each)
    found = queries_mix.counted(sets)
    assert {number: n for n, who in found.items() for number in who} == dict(times)
    assert queries_mix.counted([]) == {}
