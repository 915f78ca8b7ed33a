"""A suspended bank's push: planned and unsent it waits; what was missed asks a person."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from tests.scheduler.conftest import Desk

from contenthub.scheduler import queries
from contenthub.tenants.models import Bank


async def _state(desk: Desk, state: str) -> None:
    async with desk.database.unit_of_work(desk.side.tenant) as db:
        (await db.get_one(Bank, desk.side.tenant)).state = state


async def test_what_is_planned_waits_and_is_sent_after_the_bank_is_back(desk: Desk) -> None:
    now = datetime.now(UTC)
    push_id = await desk.push(now - timedelta(hours=2))
    await desk.expand(push_id, now)
    await _state(desk, "suspended")
    await desk.deliver_all(push_id)
    assert desk.sandbox.messages() == []
    assert (await desk.counts(push_id))["planned"] == 20
    await _state(desk, "active")
    await desk.deliver_all(push_id)
    assert len(desk.sandbox.messages()) == 2


async def test_a_push_whose_hour_came_meanwhile_is_not_planned(desk: Desk) -> None:
    now = datetime.now(UTC)
    push_id = await desk.push(now - timedelta(hours=1))
    await _state(desk, "suspended")
    assert (await desk.expand(push_id, now)).state == "scheduled"
    assert await desk.counts(push_id) == {}
    await _state(desk, "active")
    assert (await desk.expand(push_id, now)).state == "running"


async def test_a_push_missed_for_too_long_waits_for_a_person_after_resume(desk: Desk) -> None:
    now = datetime.now(UTC)
    push_id = await desk.push(now - timedelta(hours=1))
    await _state(desk, "suspended")
    async with desk.database.unit_of_work(desk.side.tenant) as db:
        late = text("update pushes set fire_at = now() - interval '30 hours' where id = :i")
        await db.execute(late, {"i": push_id})
    await _state(desk, "active")
    assert (await desk.expand(push_id, now)).state == "paused"
    async with desk.database.reading(desk.side.tenant) as db:
        assert "错过" in (await queries.push(db, push_id)).paused_reason
