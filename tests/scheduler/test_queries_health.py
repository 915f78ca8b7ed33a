"""A stopped or stuck worker is seen: what waits over all banks, and who reported when."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from tests.personas import Personas
from tests.scheduler.conftest import Desk

from contenthub.scheduler import actions_heartbeats, queries_health
from contenthub.web.house import House

DECADE_SECONDS = 10 * 365 * 86_400
"""Older than anything another test may have left due in the same database."""
LONG_AGO = text("update pushes set fire_at = now() - interval '10 years' where id = :p")


async def _backlog(house: House) -> queries_health.Backlog:
    async with house.database.platform_unit_of_work() as db:
        return await queries_health.backlog(db)


@pytest.fixture
async def silent(house: House) -> None:
    """No worker has reported yet."""
    async with house.database.platform_unit_of_work() as db:
        await db.execute(text("delete from worker_heartbeats"))


async def _report(house: House, *, seconds_ago: int = 0, due: int = 0, unknown: int = 0) -> None:
    async with house.database.platform_unit_of_work() as db:
        await actions_heartbeats.beat(db, "here:1")
        await db.execute(
            text(
                "update worker_heartbeats set due_seconds = :d, unknown_seconds = :u, "
                "beat_at = clock_timestamp() - make_interval(secs => :s)"
            ),
            {"d": due, "u": unknown, "s": seconds_ago},
        )


async def test_a_push_past_its_hour_waits_until_its_bank_rests(desk: Desk) -> None:
    house, now = desk.people.house, datetime.now(UTC)
    push_id = await desk.push(now)
    before = await _backlog(house)
    async with house.database.unit_of_work(desk.side.tenant) as db:
        await db.execute(LONG_AGO, {"p": push_id})
    assert before.due_seconds < DECADE_SECONDS - 86_400
    assert (await _backlog(house)).due_seconds > DECADE_SECONDS - 86_400
    async with house.database.platform_unit_of_work() as platform:
        await platform.execute(
            text("update banks set state = 'suspended' where id = :t"), {"t": desk.side.tenant}
        )
    assert (await _backlog(house)).due_seconds < DECADE_SECONDS - 86_400


async def test_visits_that_nobody_counts_are_a_backlog(house: House) -> None:
    async with house.database.unscoped_reading() as session:
        await session.execute(
            text(
                "insert into visit_inbox (packed, received_at) "
                "values ('x', now() - interval '10 years')"
            )
        )
        await session.commit()
    assert (await _backlog(house)).due_seconds > DECADE_SECONDS - 86_400
    async with house.database.platform_unit_of_work() as db:
        await db.execute(
            text("delete from visit_inbox where received_at < now() - interval '9 years'")
        )
    assert (await _backlog(house)).due_seconds < DECADE_SECONDS - 86_400


@pytest.mark.usefixtures("silent")
async def test_readiness_follows_the_workers_reports(people: Personas) -> None:
    house = people.house
    async with people.client() as client:

        async def told() -> tuple[int, dict[str, str]]:
            answer = await client.get("/readyz")
            return answer.status_code, answer.json()["parts"]

        status, parts = await told()
        assert (status, "contenthub worker" in parts["worker"]) == (503, True)
        await _report(house)
        status, parts = await told()
        assert (status, set(parts.values())) == (200, {"ok"})
        await _report(house, seconds_ago=30)
        assert (await told())[0] == 200
        await _report(house, seconds_ago=46)
        status, parts = await told()
        assert (status, "没有报到" in parts["worker"]) == (503, True)
        await _report(house, due=61)
        status, parts = await told()
        assert (status, "已等待 61 秒" in parts["backlog"]) == (503, True)
        await _report(house, unknown=601)
        status, parts = await told()
        assert (status, "10 分钟" in parts["unknown"]) == (503, True)


async def test_a_report_says_what_waits(house: House) -> None:
    async with house.database.platform_unit_of_work() as db:
        found = await actions_heartbeats.beat(db, "here:2")
        row = (
            await db.execute(
                text("select due_seconds from worker_heartbeats where worker = 'here:2'")
            )
        ).one()
    assert row[0] == found.due_seconds
