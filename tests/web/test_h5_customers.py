"""An employee's customers on the phone."""

import pytest
from sqlalchemy import func, select
from tests.make import make_customer
from tests.personas import Personas
from tests.web.h5 import submit

from contenthub.customers import queries
from contenthub.customers.models import Customer, Refusal
from contenthub.tenants.models import AuditEntry


@pytest.fixture
async def mine(people: Personas) -> Customer:
    """A customer of our employee."""
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        return await make_customer(
            db, owner=people.ours.employee, name="赵小敏", phone="13911112222", tags=("银发",)
        )


async def _refusals(people: Personas, customer: Customer) -> list[tuple[str, str]]:
    async with people.house.database.reading(people.ours.tenant) as db:
        known = await queries.portrait(db, customer)
    return [(r.topic, r.channel) for r in known.refusals]


async def test_only_my_own_customers_are_listed_masked(people: Personas, mine: Customer) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await make_customer(db, owner=people.ours.colleague, name="何大伟", tags=("车主",))
    async with people.client(people.ours.employee) as client:
        page = (await client.get("/m/customers")).text
        found = (await client.get("/m/customers", params={"q": "赵小敏"})).text
        other = (await client.get("/m/customers", params={"q": "何大伟"})).text
    assert "赵*敏" in page
    assert "139****2222" in page
    assert "银发 1" in page
    assert "何*伟" not in page
    assert "车主" not in page
    assert "赵*敏" in found
    assert "没有找到客户" in other
    for text in (page, found):
        assert "13911112222" not in text


async def test_a_tag_narrows_the_list(people: Personas, mine: Customer) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await make_customer(db, owner=people.ours.employee, name="吴大刚", tags=("车主",))
        tag = next(t for t in await queries.tags(db) if t.name == "银发")
    async with people.client(people.ours.employee) as client:
        page = (await client.get(f"/m/customers?tag_id={tag.id}")).text
    assert "赵*敏" in page
    assert "吴*刚" not in page


async def test_the_list_goes_on_where_it_stopped(people: Personas) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        for _ in range(31):
            last = await make_customer(db, owner=people.ours.employee)
    async with people.client(people.ours.employee) as client:
        first = (await client.get("/m/customers")).text
        assert str(last.id) not in first
        second = (await client.get(f"/m/customers?cursor={last.no - 1}")).text
    assert f"/m/customers?cursor={last.no - 1}" in first
    assert str(last.id) in second
    assert "下一页" not in second


async def test_calling_shows_the_number_and_is_audited(people: Personas, mine: Customer) -> None:
    async with people.client(people.ours.employee) as client:
        assert "13911112222" not in (await client.get(f"/m/customers/{mine.id}")).text
        client.headers["hx-request"] = "true"
        answer = await submit(client, f"/m/customers/{mine.id}/call", reason="电话回访")
    assert 'href="tel:13911112222"' in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert "load delay:30s" in answer.text
    query = select(func.count()).where(
        AuditEntry.tenant_id == people.ours.tenant,
        AuditEntry.event == "customer.revealed",
        AuditEntry.actor_id == people.ours.employee.id,
    )
    async with people.house.database.reading(people.ours.tenant) as db:
        assert await db.scalar(query) == 1


async def test_a_refusal_is_two_taps_and_can_be_taken_back(
    people: Personas, mine: Customer
) -> None:
    url = f"/m/customers/{mine.id}"
    async with people.client(people.ours.employee) as client:
        assert 'value="wealth"' in (await client.get(url)).text
        assert (await submit(client, f"{url}/refuse", topic="wealth")).status_code == 303
        assert await _refusals(people, mine) == [("wealth", "h5")]
        assert "拒绝理财" in (await client.get(url)).text
        assert (await submit(client, f"{url}/unrefuse", topic="wealth")).status_code == 303
        assert await _refusals(people, mine) == []
        assert (await submit(client, f"{url}/unrefuse", topic="wealth")).status_code == 409


async def test_an_unknown_topic_is_refused(people: Personas, mine: Customer) -> None:
    async with people.client(people.ours.employee) as client:
        for topic in ("", "gold"):
            answer = await submit(client, f"/m/customers/{mine.id}/refuse", topic=topic)
            assert answer.status_code == 422
    assert await _refusals(people, mine) == []


async def test_anothers_customer_does_not_exist_on_my_phone(
    people: Personas, mine: Customer
) -> None:
    url = f"/m/customers/{mine.id}"
    for staff in (people.ours.colleague, people.ours.branch_manager, people.theirs.employee):
        async with people.client(staff) as client:
            assert (await client.get(url)).status_code == 404
            for verb in ("call", "refuse", "unrefuse"):
                answer = await submit(client, f"{url}/{verb}", topic="wealth")
                assert answer.status_code == 404
    async with people.house.database.reading(people.ours.tenant) as db:
        assert await db.scalar(select(func.count()).select_from(Refusal)) == 0


async def test_who_does_not_serve_customers_is_refused(people: Personas, mine: Customer) -> None:
    async with people.client(people.ours.reviewer) as client:
        assert (await client.get(f"/m/customers/{mine.id}")).status_code == 403
        answer = await submit(client, f"/m/customers/{mine.id}/refuse", topic="wealth")
        assert answer.status_code == 403
