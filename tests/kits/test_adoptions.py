"""A large kit is taken over by a job: in steps, once, told part by part, and listed in pages."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import func, select
from tests.kits.families import join, publish
from tests.make import NOW, make_live_item
from tests.personas import Personas
from tests.web.desk import work
from tests.web.forms import onward, post_form

from contenthub.kits import actions, actions_adoptions, jobs
from contenthub.kits.models import AdoptedPart, Kit
from contenthub.library.models import Item
from contenthub.tenants.models import LongJob

JOB = "kits.adopt_parts"


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions_adoptions, "AT_ONCE", 2)
    monkeypatch.setattr(actions_adoptions, "STEP", 2)


async def _kit(people: Personas, count: int = 5) -> tuple[Kit, list[Item]]:
    side = people.theirs
    await join(people)
    async with people.house.database.unit_of_work(side.tenant) as db:
        items = [await make_live_item(db, side.author, side.reviewer) for _ in range(count)]
    return await publish(people, *items), items


async def _count(people: Personas) -> int:
    async with people.house.database.reading(people.ours.tenant) as db:
        asked = select(func.count()).select_from(AdoptedPart)
        return int(await db.scalar(asked.where(AdoptedPart.tenant_id == people.ours.tenant)) or 0)


async def test_a_large_kit_is_taken_over_by_a_job_that_a_killed_worker_leaves_resumable(
    people: Personas,
) -> None:
    ours = people.ours
    kit, items = await _kit(people)
    url = f"/api/v1/kits/{kit.id}/adopt"
    async with people.client(ours.author) as client:
        begun = await client.post(url, json={"local": {str(items[0].id): {"rate": "1.85"}}})
        assert begun.status_code == 202, begun.text
        job_id = begun.json()["job_id"]
        assert (await client.post(url, json={})).status_code == 409
        page = (await client.get(f"/console/kits/adoptions/{job_id}")).text
        assert "采用中" in page
        async with people.house.database.unit_of_work(ours.tenant) as db:
            turn = await actions_adoptions.claim(db, UUID(job_id))
            assert turn is not None
            assert len(turn.subject_ids) == 2
            # Here the worker dies; its lease runs out.
            job = await db.get_one(LongJob, (ours.tenant, turn.job_id))
            job.lease_until = NOW
        async with people.house.database.platform_unit_of_work() as platform:
            assert (ours.tenant, {"job_id": job_id}) in await jobs.adoptions_due(platform, NOW)
        await asyncio.gather(work(people, JOB), work(people, JOB))
        told = (await client.get(f"/api/v1/jobs/{job_id}")).json()
        page = (await client.get(f"/console/kits/adoptions/{job_id}")).text
    assert (told["state"], told["done"], told["total"]) == ("done", 5, 5)
    assert told["message"] == "已采用 5 条"
    assert "5 条已成为本行草稿" in page
    assert await _count(people) == 5
    async with people.client(people.theirs.author) as client:
        assert (await client.get(f"/console/kits/adoptions/{job_id}")).status_code == 404
    async with people.client(ours.reviewer) as client:
        assert (await client.post(url, json={})).status_code == 403


async def test_what_is_there_already_and_what_the_parent_took_back_is_told(
    people: Personas,
) -> None:
    ours, theirs = people.ours, people.theirs
    kit, items = await _kit(people)
    async with people.client(ours.author) as client:
        few = {"subject_ids": [str(items[0].id)]}
        assert (await client.post(f"/api/v1/kits/{kit.id}/adopt", json=few)).status_code == 201
        form = {"parts": [str(item.id) for item in items]}
        page = onward(await post_form(client, f"/console/kits/{kit.id}/adopt", form))
        assert page.startswith("/console/kits/adoptions/")
        await work(people, JOB)
        shown = (await client.get(page)).text
        assert "已采用 4 条，1 条没有采用" in shown
        assert "本行已经采用过" in shown
    other, _ = await _kit(people)
    async with people.client(ours.author) as client:
        begun = await client.post(f"/api/v1/kits/{other.id}/adopt", json={})
        async with people.house.database.unit_of_work(theirs.tenant) as db:
            await actions.withdraw_kit(db, other.id, by=theirs.author, at=NOW)
        await work(people, JOB)
        told = (await client.get(f"/api/v1/jobs/{begun.json()['job_id']}")).json()
    assert told["state"] == "failed"
    assert "已采用的 0 条保留" in told["message"]


async def test_two_clicks_at_once_take_over_once_and_the_second_leads_there(
    people: Personas,
) -> None:
    kit, items = await _kit(people)
    url = f"/console/kits/{kit.id}/adopt"
    async with people.client(people.ours.author) as client:
        few = {"subject_ids": [str(items[0].id)]}
        answers = await asyncio.gather(
            *(client.post(f"/api/v1/kits/{kit.id}/adopt", json=few) for _ in range(2))
        )
        assert [one.status_code for one in answers] == [201, 201], answers[1].text
        first, second = sorted((one.json() for one in answers), key=lambda one: len(one["left"]))
        [own] = first["made"].values()
        [left] = second["left"]
        assert (left["why"], left["own_id"], second["made"]) == ("本行已经采用过", own, {})
        again = await post_form(client, url, {"parts": [str(items[0].id)]})
        assert onward(again) == f"/console/library/{own}"
        # Of many there is one job: a page leads to it, a program is told which.
        form = {"parts": [str(item.id) for item in items]}
        pages = await asyncio.gather(*(post_form(client, url, form) for _ in range(2)))
        assert len({onward(one) for one in pages}) == 1
        refused = await client.post(f"/api/v1/kits/{kit.id}/adopt", json={})
    assert refused.status_code == 409
    assert refused.json()["type"].endswith("already_adopting")
    assert onward(pages[0]).removeprefix("/console/kits/adoptions/") in refused.json()["detail"]


async def test_the_list_of_what_was_taken_over_pages_without_gap_or_repeat(
    people: Personas,
) -> None:
    kit, items = await _kit(people)
    async with people.client(people.ours.author) as client:
        await client.post(f"/api/v1/kits/{kit.id}/adopt", json={})
        await work(people, JOB)
        seen, cursor = [], ""
        while cursor is not None:
            asked = {"limit": "2", **({"cursor": cursor} if cursor else {})}
            answer = (await client.get("/api/v1/kits/adopted", params=asked)).json()
            seen += [row["title"] for row in answer["items"]]
            cursor = answer["next_cursor"]
        page = (await client.get("/console/kits/adopted?stand=same")).text
        lost = await client.get("/api/v1/kits/adopted?cursor=x")
    assert sorted(seen) == sorted(item.title for item in items)
    assert "共 5 条" in page
    assert lost.status_code == 422
