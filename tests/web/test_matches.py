"""智能匹配 on the phone, at the console and over the API: whom, what, why, and a task of it."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update
from tests.make import make_customer, make_live_item
from tests.personas import Personas
from tests.web.desk import post_form
from tests.web.h5 import submit

from contenthub.customers import actions
from contenthub.customers.models import Customer
from contenthub.customers.models_scores import CustomerScore
from contenthub.library.models import Item
from contenthub.scheduler.models import Task
from contenthub.tenants.models import Staff

SOON = datetime.now(ZoneInfo("Asia/Shanghai")).date() + timedelta(days=5)
LATER = date(2099, 1, 1)
WEALTH = {"risk_level": "R2", "issuer": "某理财公司", "summary": "中低风险，90天持有"}
RISKY = {"risk_level": "R4", "issuer": "某理财公司", "summary": "中高风险，一年持有"}


@pytest.fixture
async def mine(people: Personas) -> Customer:
    """A customer of our employee whose deposit falls due."""
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        return await make_customer(
            db,
            owner=people.ours.employee,
            name="赵小敏",
            phone="13911112222",
            deposit_due_on=SOON,
            risk=2,
            risk_until=LATER,
        )


async def _item(people: Personas, **over: object) -> Item:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        return await make_live_item(db, ours.author, ours.reviewer, **over)


async def _score(people: Personas, customer: Customer, topic: str, points: int) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        db.add(
            CustomerScore(
                tenant_id=customer.tenant_id,
                customer_no=customer.no,
                topic=topic,
                points=points,
            )
        )


async def _tasks(people: Personas) -> list[Task]:
    async with people.house.database.reading(people.ours.tenant) as db:
        return list(await db.scalars(select(Task).where(Task.kind == "need")))


async def test_my_customers_are_listed_with_product_and_reason_and_become_a_task_at_one_tap(
    people: Personas, mine: Customer
) -> None:
    item = await _item(people)
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await make_customer(db, owner=people.ours.colleague, name="何大伟", deposit_due_on=SOON)
        await make_customer(db, owner=people.ours.employee, name="吴大刚")
    async with people.client(people.ours.employee) as client:
        assert "/m/matches" in (await client.get("/m/customers")).text
        page = (await client.get("/m/matches")).text
        assert "赵*敏" in page
        assert f"存款 {SOON} 到期" in page
        assert f"/m/materials/{item.id}" in page
        for nobody in ("何*伟", "吴*刚", "13911112222"):
            assert nobody not in page
        sent = await submit(client, f"/m/customers/{mine.id}/needs", topic="deposit")
        (task,) = await _tasks(people)
        assert (task.employee_id, task.state) == (people.ours.employee.id, "open")
        assert sent.headers["location"] == f"/m/needs/{task.id}"
        assert f"存款 {SOON} 到期" in (await client.get(f"/m/needs/{task.id}")).text
        assert "已在待办" in (await client.get("/m/matches")).text
        again = await submit(client, f"/m/customers/{mine.id}/needs", topic="deposit")
        assert again.status_code == 409
        said = await submit(client, f"/m/needs/{task.id}/said", outcome="refused")
        assert said.status_code < 400
        page = (await client.get("/m/matches")).text
        assert "赵*敏" not in page, "what was refused never appears"
        refused = await submit(client, f"/m/customers/{mine.id}/needs", topic="deposit")
        assert refused.status_code == 409
        assert "现在不适合" in refused.text
    assert len(await _tasks(people)) == 1


async def test_from_the_product_to_my_customers_and_only_whom_it_suits(
    people: Personas, mine: Customer
) -> None:
    await _score(people, mine, "wealth", 80)
    fit = await _item(people, topic="wealth", title="稳健90天", body="", fields=WEALTH)
    risky = await _item(people, topic="wealth", title="进取一年", body="", fields=RISKY)
    life = await _item(people, topic="life", kind="article", fields={}, title="柳树村便民服务")
    async with people.client(people.ours.employee) as client:
        page = (await client.get(f"/m/matches?item_id={fit.id}")).text
        assert "需求评分 80 分" in page
        assert "风险等级 R2" in page
        assert "现在没有匹配的客户" in (await client.get(f"/m/matches?item_id={risky.id}")).text
        assert "适合我的哪些客户" in (await client.get(f"/m/materials/{fit.id}")).text
        assert (await client.get(f"/m/matches?item_id={life.id}")).status_code == 422
        assert "适合我的哪些客户" not in (await client.get(f"/m/materials/{life.id}")).text
        only = (await client.get("/m/matches?topic=deposit")).text
        assert f"存款 {SOON} 到期" in only
        assert "需求评分 80 分" not in only


async def test_an_investment_without_a_product_that_suits_is_not_named(
    people: Personas, mine: Customer
) -> None:
    await _score(people, mine, "wealth", 80)
    await _item(people, topic="wealth", title="进取一年", body="", fields=RISKY)
    async with people.client(people.ours.employee) as client:
        page = (await client.get("/m/matches")).text
    assert f"存款 {SOON} 到期" in page
    assert "需求评分 80 分" not in page


async def test_what_an_employee_may_not_sell_is_not_listed_for_them(
    people: Personas, mine: Customer
) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await db.execute(
            update(Staff)
            .where(Staff.id == people.ours.employee.id)
            .values(authorised_until=date(2020, 1, 1))
        )
    async with people.client(people.ours.employee) as client:
        page = (await client.get("/m/matches")).text
    assert "您现在不能销售" in page
    assert "赵*敏" not in page


async def test_the_console_shows_an_employees_matches_and_hands_one_over(
    people: Personas, mine: Customer
) -> None:
    item = await _item(people)
    ours = people.ours
    async with people.client(ours.admin) as client:
        page = (await client.get("/console/matching")).text
        assert "赵*敏" in page
        assert f"/console/library/{item.id}" in page
        chosen = f"/console/matching?employee_id={ours.employee.id}&topic=loan"
        assert "现在没有匹配的客户" in (await client.get(chosen)).text
        assert "适合的客户" in (await client.get(f"/console/library/{item.id}")).text
        from_item = (await client.get(f"/console/matching?item_id={item.id}")).text
        assert "赵*敏" in from_item
        sent = await post_form(client, f"/console/customers/{mine.id}/needs", {"topic": "deposit"})
        assert sent.status_code < 400, sent.text
        assert "已在待办" in (await client.get("/console/matching")).text
    (task,) = await _tasks(people)
    assert task.employee_id == ours.employee.id


async def test_the_page_is_empty_without_customers(people: Personas) -> None:
    async with people.client(people.ours.admin) as client:
        assert "还没有分给客户经理的客户" in (await client.get("/console/matching")).text
        assert (await client.get("/api/v1/matches")).status_code == 404
    async with people.client(people.ours.employee) as client:
        assert "现在没有匹配的客户" in (await client.get("/m/matches")).text


async def test_over_the_api_with_topics_offers_and_a_task(people: Personas, mine: Customer) -> None:
    item = await _item(people)
    async with people.client(people.ours.admin) as client:
        found = (await client.get("/api/v1/matches")).json()
        assert found["employee_id"] == str(people.ours.employee.id)
        assert found["total"] == 1
        (row,) = found["items"]
        (match,) = row["matches"]
        assert (match["topic"], match["points"], match["is_open"]) == ("deposit", 60, False)
        assert [offer["item_id"] for offer in match["offers"]] == [str(item.id)]
        url = f"/api/v1/customers/{mine.id}/needs"
        wrong = await client.post(url, json={"topic": "惠民"})
        assert wrong.status_code == 422
        assert wrong.json()["errors"][0]["pointer"] == "/topic"
        assert (await client.post(url, json={"topic": "loan"})).status_code == 409
        made = await client.post(url, json={"topic": "存款"})
        assert made.status_code == 201
        assert made.json()["employee_id"] == str(people.ours.employee.id)


async def test_another_bank_out_of_reach_and_who_may_not_write_get_nowhere(
    people: Personas, mine: Customer
) -> None:
    ours = people.ours
    url, body = f"/api/v1/customers/{mine.id}/needs", {"topic": "deposit"}
    async with people.client(people.theirs.admin) as client:
        assert (await client.post(url, json=body)).status_code == 404
        asked = f"/api/v1/matches?employee_id={ours.employee.id}"
        assert (await client.get(asked)).status_code == 404
    async with people.client(ours.colleague) as client:
        assert (await client.post(url, json=body)).status_code == 404
        phone = await submit(client, f"/m/customers/{mine.id}/needs", topic="deposit")
        assert phone.status_code == 404
    async with people.client(ours.reviewer) as client:
        assert (await client.post(url, json=body)).status_code == 403
    async with people.house.database.unit_of_work(ours.tenant) as db:
        await actions.record_refusal(db, mine.no, "deposit", by=ours.author, at=datetime.now(UTC))
    async with people.client(ours.admin) as client:
        assert (await client.post(url, json=body)).status_code == 409
