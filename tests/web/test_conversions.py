"""客群转化: the API, the page and the workbook, in whose scope, and for whom not."""

import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

import openpyxl
import pytest
from sqlalchemy import update
from tests.make import make_customer, make_link, make_live_item
from tests.personas import Personas

from contenthub.customers import actions_behaviour
from contenthub.customers.behaviour import Act
from contenthub.customers.queries import clear
from contenthub.sharing import actions_leads
from contenthub.sharing.actions_leads import Contact
from contenthub.sharing.models import Lead

URL = "/api/v1/reports/segments"
OLD = {"age": "60–69 岁", "assets": "20–50 万"}


@pytest.fixture
async def people_looked(people: Personas) -> Personas:
    """Let twelve customers of our employee and one of the colleague look; five did business."""
    ours, now = people.ours, datetime.now(UTC)
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(db, ours.author, ours.reviewer, at=now)
        link = await make_link(db, item, ours.employee)
        facts: dict[str, Any] = {"birthday": date(now.year - 65, 1, 1), "aum_fen": 30_000_000}
        made = [await make_customer(db, owner=ours.employee, **facts) for _ in range(12)]
        other = await make_customer(db, owner=ours.colleague, **facts)
        today = now.astimezone().date()
        for one in (*made, other):
            await actions_behaviour.note(db, one.phone_index, Act("viewed", item.topic, today))
        # Long ago counts in the longest look back only.
        longer = await make_customer(db, owner=ours.employee, **facts)
        act = Act("viewed", item.topic, today - timedelta(days=100))
        await actions_behaviour.note(db, longer.phone_index, act)
        for one in made[:5]:
            contact = Contact(phone=clear(db, one)[1], name="王小明", visitor_id=None, agreed=True)
            await actions_leads.leave_lead(db, link, contact, employee=ours.employee, at=now)
        await db.flush()
        await db.execute(update(Lead).where(Lead.item_id == item.id).values(state="won"))
    async with people.house.database.unit_of_work(ours.tenant) as db:
        await actions_behaviour.count_noted(db, at=now)
    return people


async def test_a_manager_sees_who_converts_and_each_only_their_own(
    people_looked: Personas,
) -> None:
    people = people_looked
    async with people.client(people.ours.admin) as client:
        found = (await client.get(URL)).json()
        all_of_it = (await client.get(URL, params={"days": "180"})).json()
        other_topic = (await client.get(URL, params={"topic": "保险"})).json()
    [row] = [r for r in found["items"] if r["viewed"] is not None]
    assert {name: row[name] for name in OLD} == OLD
    assert (row["customers"], row["viewed"], row["left"], row["done"]) == (14, 13, 5, 5)
    assert (row["left_bp"], row["done_bp"]) == (3_846, 3_846)
    assert found["total"]["viewed"] == 13
    assert all_of_it["total"]["viewed"] == 14
    assert other_topic["total"]["viewed"] == 0
    async with people.client(people.ours.branch_manager) as client:
        mine = (await client.get(URL)).json()
    assert mine["total"]["viewed"] == 12


async def test_the_page_names_the_best_and_offers_it_as_a_segment(people_looked: Personas) -> None:
    people = people_looked
    async with people.client(people.ours.admin) as client:
        page = (await client.get("/console/reports/segments")).text
        answer = await client.get(URL, params={"format": "xlsx", "days": "90"})
        few = (await client.get("/console/reports/segments?topic=loan")).text
    assert "转化最好的是“60–69 岁、资产 20–50 万”" in page
    assert "转化最好的是" not in few
    assert "/console/audiences?expr=" in page
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=3)]
    assert rows[0][:6] == ["年龄", "资产", "客户", "看过", "留资或报名", "办成"]
    assert ["60–69 岁", "20–50 万", 14, 13, 5, 5] in [row[:6] for row in rows]
    assert rows[-1][0] == "合计"


async def test_wrong_questions_are_answered_by_field(people: Personas) -> None:
    async with people.client(people.ours.admin) as client:
        days = await client.get(URL, params={"days": "7"})
        topic = await client.get(URL, params={"topic": "没有这个"})
        branch = await client.get(URL, params={"branch_id": str(people.theirs.branch.id)})
        empty = (await client.get("/console/reports/segments")).text
    assert (days.status_code, "30、90、180" in days.text) == (422, True)
    assert (topic.status_code, branch.status_code) == (422, 404)
    assert "这段时间还没有足够的浏览" in empty


async def test_another_bank_and_an_employee_see_nothing_of_it(people_looked: Personas) -> None:
    people = people_looked
    async with people.client(people.theirs.admin) as client:
        assert (await client.get(URL)).json()["total"]["customers"] == 0
    async with people.client(people.ours.employee) as client:
        assert (await client.get(URL)).status_code == 403
        assert (await client.get("/console/reports/segments")).status_code == 403
