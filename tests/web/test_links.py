"""POST /links and GET /links/{code}."""

from datetime import date

import pytest
from tests.make import make_link, make_live_item
from tests.personas import Personas, Side

from contenthub.library.models import Item
from contenthub.tenants.models import Staff


async def live(people: Personas, side: Side) -> Item:
    async with people.house.database.unit_of_work(side.tenant) as db:
        return await make_live_item(db, side.author, side.reviewer)


def body(item: Item, people: Personas, **over: object) -> dict[str, object]:
    facts = {"item_id": item.id, "employee_id": people.ours.employee.id, "channel": "wecom"}
    return {k: str(v) for k, v in {**facts, **over}.items()}


async def test_an_employee_makes_their_own_link_once(people: Personas) -> None:
    item = await live(people, people.ours)
    async with people.client(people.ours.employee) as client:
        first = await client.post("/api/v1/links", json=body(item, people))
        again = await client.post("/api/v1/links", json=body(item, people))
        other = await client.post("/api/v1/links", json=body(item, people, channel="moments"))
        shown = await client.get(f"/api/v1/links/{first.json()['code'].lower()}")
    assert first.status_code == 201
    assert first.json()["url"] == f"http://hub.test/s/{first.json()['code']}"
    assert again.json()["code"] == first.json()["code"] != other.json()["code"]
    assert shown.json() == first.json()


async def test_office_staff_make_anyones_link(people: Personas) -> None:
    item = await live(people, people.ours)
    async with people.client(people.ours.campaign_manager) as client:
        answer = await client.post("/api/v1/links", json=body(item, people))
    assert answer.status_code == 201
    assert answer.json()["employee_id"] == str(people.ours.employee.id)


async def test_an_employee_cannot_use_a_colleagues_name(people: Personas) -> None:
    item = await live(people, people.ours)
    async with people.client(people.ours.colleague) as client:
        answer = await client.post("/api/v1/links", json=body(item, people))
    assert answer.status_code == 403
    assert "自己的分享链接" in answer.json()["detail"]


async def test_without_a_name_it_is_ones_own_and_who_does_not_share_is_told_the_field(
    people: Personas,
) -> None:
    item = {"item_id": str((await live(people, people.ours)).id)}
    async with people.client(people.ours.employee) as client:
        own = await client.post("/api/v1/links", json=item)
        nothing = await client.post("/api/v1/links", json={})
    assert own.json()["employee_id"] == str(people.ours.employee.id)
    assert nothing.json()["errors"] == [
        {"pointer": "/item_id", "message": "缺少必填项 item_id，请补上"}
    ]
    async with people.client(people.ours.campaign_manager) as client:
        answer = await client.post("/api/v1/links", json=item)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/employee_id"
    assert "记在哪位客户经理名下" in answer.json()["detail"]


async def test_who_neither_shares_nor_plans_makes_no_link(people: Personas) -> None:
    item = await live(people, people.ours)
    async with people.client(people.ours.auditor) as client:
        assert (await client.post("/api/v1/links", json=body(item, people))).status_code == 403


async def test_another_banks_item_employee_and_link_do_not_exist(people: Personas) -> None:
    theirs = await live(people, people.theirs)
    ours = await live(people, people.ours)
    async with people.house.database.unit_of_work(people.theirs.tenant) as db:
        link = await make_link(db, theirs, people.theirs.employee)
    async with people.client(people.ours.campaign_manager) as client:
        for wrong in (
            body(theirs, people),
            body(ours, people, employee_id=people.theirs.employee.id),
        ):
            assert (await client.post("/api/v1/links", json=wrong)).status_code == 404
        assert (await client.get(f"/api/v1/links/{link.code}")).status_code == 404


async def test_a_colleagues_link_is_outside_an_employees_reach(people: Personas) -> None:
    item = await live(people, people.ours)
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        link = await make_link(db, item, people.ours.colleague)
    async with people.client(people.ours.employee) as client:
        assert (await client.get(f"/api/v1/links/{link.code}")).status_code == 404


async def test_the_successor_sees_the_links_of_who_left_and_others_do_not(
    people: Personas,
) -> None:
    ours = people.ours
    item = await live(people, ours)
    async with people.house.database.unit_of_work(ours.tenant) as db:
        link = await make_link(db, item, ours.employee)
    url = f"/api/v1/links/{link.code}"
    async with people.client(ours.colleague) as client:
        assert (await client.get(url)).status_code == 404
    async with people.client(ours.admin) as client:
        body = {"successor_id": str(ours.colleague.id)}
        left = await client.post(f"/api/v1/staff/{ours.employee.id}/resign", json=body)
        assert left.status_code == 200, left.text
    async with people.client(ours.colleague) as client:
        shown = await client.get(url)
    assert shown.status_code == 200
    assert shown.json()["employee_id"] == str(ours.employee.id)
    async with people.house.database.unit_of_work(ours.tenant) as db:
        gone = await db.get_one(Staff, (ours.tenant, ours.employee.id))
        gone.successor_id = ours.branch_manager.id
    async with people.client(ours.colleague) as client:
        assert (await client.get(url)).status_code == 404


@pytest.mark.parametrize("why", ["not_live", "left", "authorisation_over"])
async def test_what_may_not_be_shared_gets_no_link(people: Personas, why: str) -> None:
    item = await live(people, people.ours)
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        employee = await db.merge(people.ours.employee)
        if why == "not_live":
            (await db.merge(item)).live_revision_id = None
        elif why == "left":
            employee.state = "resigned"
        else:
            employee.authorised_until = date(2020, 1, 1)
    async with people.client(people.ours.campaign_manager) as client:
        answer = await client.post("/api/v1/links", json=body(item, people))
    assert answer.status_code == 409
    assert answer.json()["detail"]


@pytest.mark.parametrize(
    "over", [{"channel": "pigeon"}, {"item_id": "x"}, {"employee_id": ""}, {"extra": "1"}]
)
async def test_a_bad_body_is_refused(people: Personas, over: dict[str, object]) -> None:
    item = await live(people, people.ours)
    async with people.client(people.ours.employee) as client:
        answer = await client.post("/api/v1/links", json=body(item, people, **over))
    assert answer.status_code in (400, 422)
