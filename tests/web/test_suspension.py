"""A suspended bank: nobody in, nothing sent, a neutral page for customers, and all of it back."""

from typing import Any

import pytest
from tests.make import NOW, make_link, make_live_item
from tests.personas import Personas

from contenthub.tenants import actions as tenants
from contenthub.tenants import actions_platform, passwords, queries_platform
from contenthub.tenants.models import Bank, Staff
from contenthub.web import signin
from contenthub.worker import Shift

REASON = "合同到期未续"
PASSWORD = "zhi-ma-kai-men-8"


async def _set(people: Personas, *, state: str) -> str:
    async with people.house.database.platform_unit_of_work() as db:
        slug = (await db.get_one(Bank, people.ours.tenant)).slug
        if state == "suspended":
            await actions_platform.suspend_bank(db, slug, reason=REASON, by=None, at=NOW)
        else:
            await actions_platform.resume_bank(db, slug, by=None, at=NOW)
    signin._known.clear()
    return slug


async def test_sessions_are_out_and_back_after_resume_people_log_in_again(
    people: Personas,
) -> None:
    async with people.client(people.ours.author) as client:
        assert (await client.get("/api/v1/me")).status_code == 200
        await _set(people, state="suspended")
        assert signin.CACHE_SECONDS < 5
        assert (await client.get("/api/v1/me")).status_code == 401
    async with people.client(people.theirs.author) as client:
        assert (await client.get("/api/v1/me")).status_code == 200
    await _set(people, state="active")
    async with people.client(people.ours.author) as client:
        assert (await client.get("/api/v1/me")).status_code == 200


async def _log_in(people: Personas, slug: str, *, password: str) -> Any:
    async with people.client() as client:
        body = {"bank": slug, "login": people.ours.author.login, "password": password}
        return await client.post("/api/v1/login", json=body)


async def test_a_log_in_is_refused_with_the_reason_and_only_to_who_knows_the_password(
    people: Personas,
) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        staff = await db.get_one(Staff, (people.ours.tenant, people.ours.author.id))
        staff.password_hash = passwords.hash_password(PASSWORD)
    slug = await _set(people, state="suspended")
    refused = await _log_in(people, slug, password=PASSWORD)
    assert refused.status_code == 403
    assert refused.json()["code"] == "bank_resting"
    assert REASON in refused.json()["detail"]
    wrong = await _log_in(people, slug, password="nobody-knows-it")
    assert wrong.status_code == 401
    assert REASON not in wrong.text


async def test_an_api_key_gets_403_with_the_reason(people: Personas) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        _, clear = await tenants.create_key(
            db, people.ours.author, "脚本", by=people.ours.admin, at=NOW
        )
    await _set(people, state="suspended")
    async with people.client() as client:
        answer = await client.get("/api/v1/items", headers={"authorization": f"Bearer {clear}"})
    assert answer.status_code == 403
    assert REASON in answer.json()["detail"]


async def test_customers_see_a_page_that_names_nobody(people: Personas) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        item = await make_live_item(db, people.ours.author, people.ours.reviewer)
        link = await make_link(db, item, people.ours.employee)
        name = (await db.get_one(Bank, people.ours.tenant)).name
    await _set(people, state="suspended")
    async with people.client() as client:
        page = await client.get(f"/s/{link.code}")
        assert page.status_code == 503
        assert "页面暂时打不开" in page.text
        for told in (name, people.ours.employee.name, item.title, REASON, "暂停"):
            assert told not in page.text
        lead = await client.post(f"/s/{link.code}/lead", data={"name": "王芳"})
        assert lead.status_code >= 400
    await _set(people, state="active")
    async with people.client() as client:
        assert (await client.get(f"/s/{link.code}")).status_code == 200


@pytest.mark.parametrize(
    ("job", "runs"),
    [
        ("scheduler.expand_push", False),
        ("scheduler.deliver_batch", False),
        ("customers.import_file", False),
        ("scheduler.follow_batch", True),
        ("tenants.seal_audit", True),
    ],
)
async def test_the_worker_leaves_a_suspended_banks_work_in_postgresql(
    people: Personas, job: str, runs: bool
) -> None:
    await _set(people, state="suspended")
    shift = Shift(people.house)
    async with people.house.database.platform_unit_of_work() as db:
        shift._resting = await queries_platform.resting(db)
    assert people.theirs.tenant not in shift._resting
    shift.start(job, people.ours.tenant, {"push_id": "x", "send_job_id": "x", "job_id": "x"})
    started = list(shift._tasks)
    for task in started:
        task.cancel()
    assert bool(started) is runs
