"""A quota holds when many ask for its last places at the same moment."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.make import make_customer, make_live_item
from tests.personas import Personas
from tests.web.test_bank import picture

from contenthub.scheduler import actions as scheduler
from contenthub.tenants import queries, queries_banks


async def _allow(people: Personas, **limits: int) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        (await queries.bank(db)).quotas = limits


def _body(people: Personas, number: int) -> dict[str, Any]:
    return {
        "branch_id": str(people.ours.branch.id),
        "login": f"together{number}",
        "staff_no": f"9{number:03d}",
        "name": "王同时",
        "roles": ["employee"],
    }


async def test_ten_people_at_once_do_not_take_two_places(people: Personas) -> None:
    async with people.house.database.reading(people.ours.tenant) as db:
        used = await queries_banks.staff_used(db)
    await _allow(people, staff=used + 2)
    async with people.client(people.ours.admin) as client:
        answers = await asyncio.gather(
            *(client.post("/api/v1/staff", json=_body(people, n)) for n in range(10))
        )
    assert sorted(answer.status_code for answer in answers) == [201] * 2 + [429] * 8
    async with people.house.database.reading(people.ours.tenant) as db:
        assert await queries_banks.staff_used(db) == used + 2


async def test_five_pushes_submitted_at_once_do_not_take_two_places_of_a_day(
    people: Personas,
) -> None:
    side, now = people.ours, datetime.now(UTC)
    fire_at = (now + timedelta(days=2)).replace(hour=4)  # noon in China, out of quiet hours
    schedule = {"kind": "once", "at": fire_at.isoformat()}
    async with people.house.database.unit_of_work(side.tenant) as db:
        item = await make_live_item(db, side.author, side.reviewer)
        await make_customer(db, owner=side.employee, branch=side.branch, tags=("银发",))
        drafts = [
            scheduler.PushDraft(
                title=f"同时提交{n}", item_id=item.id, expr="银发", schedule=schedule
            )
            for n in range(5)
        ]
        made = [await scheduler.write_push(db, d, by=side.author, at=now) for d in drafts]
    await _allow(people, pushes_a_day=2)
    async with people.client(side.author) as client:
        answers = await asyncio.gather(
            *(client.post(f"/api/v1/pushes/{push.id}/submit") for push in made)
        )
    assert sorted(answer.status_code for answer in answers) == [200, 200, 429, 429, 429]


async def test_a_logo_counts_at_once_and_is_refused_when_the_store_is_full(
    people: Personas,
) -> None:
    async def upload() -> int:
        async with people.client(people.ours.admin) as client:
            await client.get("/login")
            answer = await client.post(
                "/console/bank/logo",
                files={"file": ("logo.png", picture(), "image/png")},
                headers={"x-csrftoken": client.cookies["csrftoken"]},
            )
        return answer.status_code

    await _allow(people, storage_bytes=10)
    assert await upload() == 429
    await _allow(people, storage_bytes=10_000_000)
    assert await upload() in (204, 303)
    async with people.house.database.reading(people.ours.tenant) as db:
        assert await queries_banks.storage_used(db) > 100
