"""The 360° page: facts, what happened from every room, a contact written down; by scope."""

from typing import Any

import pytest
from sqlalchemy import event
from tests.customers.test_actions_import import _load, _row
from tests.make import NOW
from tests.personas import Personas
from tests.web.desk import post_form
from tests.web.h5 import submit

from contenthub.customers import queries
from contenthub.customers.models import Customer

MOST_QUERIES = 12


@pytest.fixture
async def mine(people: Personas) -> Customer:
    """A customer of our employee with facts."""
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        facts: dict[str, Any] = {"owner": ours.employee.staff_no, "products": "term"}
        facts |= {"deposit_due_on": NOW.date(), "lunar_birthday": "08-15", "grid": "柳树村"}
        await _load(db, _row(name="赵小敏", remark="赵小敏 走村", **facts))
        one = await queries.by_phone(db, "13900000001")
        assert one is not None
        return one


async def test_the_page_shows_facts_and_what_was_written_down_masked(
    people: Personas, mine: Customer
) -> None:
    here = f"/console/customers/{mine.id}"
    async with people.client(people.ours.author) as client:
        page = (await client.get(here)).text
        for word in ("八月十五", "柳树村", "定期存款", "存款 2026-11-26", "赵*敏 走村"):
            assert word in page, word
        form = {"way": "call", "note": "赵小敏说 13812345678 可转存", "on": "", "missed": ""}
        answer = await post_form(client, f"{here}/contacts", form)
        assert answer.headers["hx-redirect"] == here
        story = (await client.get(f"{here}/timeline")).text
        for word in ("电话联系", "赵*敏说", "138****5678", "建档"):
            assert word in story, word
        assert "·建档" not in story, "the same word twice in one line"
        for text in (page, story):
            assert "赵小敏" not in text
        wrong = await post_form(client, f"{here}/contacts", {**form, "on": "昨天"})
        assert wrong.status_code == 422
        assert "2026-11-02" in wrong.text


async def test_the_phone_shows_the_same_in_small_to_the_owner_alone(
    people: Personas, mine: Customer
) -> None:
    here = f"/m/customers/{mine.id}"
    async with people.client(people.ours.employee) as client:
        assert "柳树村" in (await client.get(here)).text
        await submit(client, f"{here}/contacts", way="wecom", note="约好下周来")
        story = (await client.get(f"{here}/timeline")).text
        assert "企业微信联系" in story
        assert "约好下周来" in story
    async with people.client(people.ours.colleague) as client:
        assert (await client.get(f"{here}/timeline")).status_code == 404
        assert (await submit(client, f"{here}/contacts", way="call")).status_code == 404


async def test_the_api_writes_a_contact_and_reads_what_happened(
    people: Personas, mine: Customer
) -> None:
    here = f"/api/v1/customers/{mine.id}"
    async with people.client(people.ours.employee) as client:
        made = await client.post(f"{here}/contacts", json={"way": "visit", "note": "已到家里"})
        assert made.status_code == 201
        story = (await client.get(f"{here}/timeline")).json()
        assert "contact" in {one["kind"] for one in story["entries"]}
        view = (await client.get(here)).json()
        assert (view["contacted_on"], view["products"]) == (made.json()["on"], ["term"])
        bad = await client.post(f"{here}/contacts", json={"way": "call", "on": "2020-01-01"})
        assert bad.status_code == 422
        assert bad.json()["errors"][0]["pointer"] == "/on"


@pytest.mark.parametrize("who", ["theirs", "colleague", "auditor"])
async def test_nobody_else_reads_or_writes_it(people: Personas, mine: Customer, who: str) -> None:
    there = people.theirs.author if who == "theirs" else getattr(people.ours, who)
    here = f"/api/v1/customers/{mine.id}"
    async with people.client(there) as client:
        wrote = await client.post(f"{here}/contacts", json={"way": "call"})
        assert wrote.status_code in (403, 404)
        if who != "auditor":
            assert (await client.get(f"{here}/timeline")).status_code == 404


async def test_neither_page_asks_more_than_a_dozen_questions(
    people: Personas, mine: Customer
) -> None:
    statements: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    engine = people.house.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        async with people.client(people.ours.author) as client:
            here = f"/console/customers/{mine.id}"
            for url in (here, f"{here}/timeline", "/console/customers"):
                await client.get(url)
                statements.clear()
                assert (await client.get(url)).status_code == 200
                assert len(statements) <= MOST_QUERIES, (
                    url,
                    len(statements),
                    "\n--".join(s[:90] for s in statements),
                )
    finally:
        event.remove(engine, "before_cursor_execute", note)
