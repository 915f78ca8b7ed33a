"""内容配比: what customers received counted by segment, employee and content, and of a plan."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from tests.house.rows import make_row
from tests.make import make_customer, make_link, make_live_item
from tests.personas import Personas
from tests.web.forms import post_form

from contenthub.customers import actions as customers
from contenthub.customers import queries
from contenthub.library.models import Item
from contenthub.scheduler.models import Delivery, Occurrence, Push
from contenthub.tenants.models import Staff

LECTURE = {"kind": "article", "topic": "education", "title": "识别养老诈骗"}
EXPR = "银发"


class World:
    """Ours: two customers of the employee, one of the colleague, and what they were sent."""

    product: Item
    lecture: Item
    numbers: list[int]

    def __init__(self, people: Personas) -> None:
        self.people, self.side = people, people.ours
        self.now = datetime.now(UTC)

    async def fill(self) -> None:
        """Write the content, the customers and a saved segment."""
        side = self.side
        async with self.people.house.database.unit_of_work(side.tenant) as db:
            self.product = await make_live_item(db, side.author, side.reviewer, at=self.now)
            self.lecture = await make_live_item(
                db, side.author, side.reviewer, at=self.now, **LECTURE
            )
            owners = (side.employee, side.employee, side.colleague)
            made = [await make_customer(db, owner=who, tags=[EXPR]) for who in owners]
            self.numbers = [one.no for one in made]
            await customers.save_segment(db, "银发客户", EXPR, by=side.author, at=self.now)

    async def sent(
        self, item: Item, places: tuple[int, ...] = (0, 1, 2), *, days: int = 1, state: str = ""
    ) -> None:
        """Let customers have received an item through a push of its own."""
        side, at = self.side, self.now - timedelta(days=days)
        owners = (side.employee, side.employee, side.colleague)
        async with self.people.house.database.unit_of_work(side.tenant) as db:
            facts: dict[str, Any] = {"state": "cancelled", "author_id": side.author.id}
            facts |= {"item_id": item.id, "revision_id": item.live_revision_id}
            push = await make_row(db, Push, topic=item.topic, template_id=None, **facts)
            for place in places:
                who = {"customer_no": self.numbers[place], "employee_id": owners[place].id}
                row = {"push_id": push.id, "step": 1, "state": state or "delivered", **who}
                await make_row(db, Delivery, updated_at=at, send_job_id=None, reason="", **row)
            await make_row(db, Occurrence, push_id=push.id, fire_at=at, step=1, state="done")

    async def report(self, who: Staff, **asked: str) -> dict[str, Any]:
        """Return GET /reports/mix."""
        async with self.people.client(who) as client:
            answer = await client.get("/api/v1/reports/mix", params=asked)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


@pytest.fixture
async def world(people: Personas) -> World:
    made = World(people)
    await made.fill()
    return made


async def test_what_was_received_is_counted_by_segment_employee_and_content(world: World) -> None:
    side = world.side
    for _ in range(2):
        await world.sent(world.product)
    await world.sent(world.lecture)
    await world.sent(world.product, days=31)
    await world.sent(world.product, state="failed")
    admin = await world.report(side.admin)
    [segment] = admin["items"]
    assert (segment["name"], segment["note"], segment["customers"]) == ("银发客户", EXPR, 3)
    assert (segment["selling"], segment["service"], segment["share_bp"]) == (6, 3, 6666)
    assert segment["is_over"]
    assert admin["whole"]["share_bp"] == 6666
    assert (admin["selling_most_percent"], admin["days"]) == (60, 30)
    content = (await world.report(side.admin, by="content"))["items"]
    assert [(row["name"], row["note"], row["selling"] + row["service"]) for row in content] == [
        ("产品·存款", "销售类", 6),
        ("资讯·金融知识", "服务知识类", 3),
    ]
    async with world.people.house.database.unit_of_work(side.tenant) as db:
        for item in (world.product, world.lecture):
            await make_link(db, item, side.employee, at=world.now, channel="moments")
    employees = (await world.report(side.admin, by="employee"))["items"]
    mine = {row["name"]: row for row in employees}[side.employee.name]
    assert (mine["selling"], mine["service"], mine["customers"]) == (3, 2, 6)
    assert not mine["is_over"]
    for _ in range(2):
        await world.sent(world.product, (0,))
    employees = (await world.report(side.admin, by="employee"))["items"]
    assert {row["name"]: row["is_over"] for row in employees} == {
        side.employee.name: True,
        side.colleague.name: False,  # three posts are too few to judge
    }


async def test_a_branch_manager_sees_what_their_own_people_sent(world: World) -> None:
    side = world.side
    await world.sent(world.product)
    whole = await world.report(side.admin)
    own = await world.report(side.branch_manager)
    assert (whole["whole"]["selling"], own["whole"]["selling"]) == (3, 2)
    assert [row["selling"] for row in own["items"]] == [2]
    people = (await world.report(side.branch_manager, by="employee"))["items"]
    assert [row["name"] for row in people] == [side.employee.name]
    theirs = await world.report(world.people.theirs.admin)
    assert (theirs["whole"]["selling"], theirs["items"]) == (0, [])
    async with world.people.client(side.employee) as client:
        assert (await client.get("/api/v1/reports/mix")).status_code == 403
        assert (await client.get("/console/reports/mix")).status_code == 403


async def test_a_segment_that_cannot_be_counted_does_not_hide_the_rest(world: World) -> None:
    side = world.side
    async with world.people.house.database.unit_of_work(side.tenant) as db:
        await customers.save_segment(db, "旧客群", EXPR, by=side.author, at=world.now)
        for segment in await queries.segments(db):
            if segment.name == "旧客群":
                segment.expr = "没有这个标签"
    rows = (await world.report(side.admin))["items"]
    problems = {row["name"]: row["problem"] for row in rows}
    assert problems["银发客户"] == ""
    assert "客群条件已不能计算" in problems["旧客群"]


async def test_the_page_and_the_workbook_show_the_same(world: World) -> None:
    for _ in range(3):
        await world.sent(world.product)
    async with world.people.client(world.side.admin) as client:
        page = (await client.get("/console/reports/mix")).text
        employees = (await client.get("/console/reports/mix?by=employee")).text
        empty = (await client.get("/console/reports/mix?by=moon")).status_code
        book = await client.get("/api/v1/reports/mix?format=xlsx")
    assert "银发客户" in page
    assert "超过上限" in page
    assert "100%" in page
    assert world.side.colleague.name in employees
    assert empty in (400, 422)
    rows = list(openpyxl.load_workbook(io.BytesIO(book.content)).worksheets[0].values)
    assert rows[3][:6] == ("银发客户", EXPR, 9, 0, 100, 3)


async def _draft(world: World, item: Item) -> str:
    tomorrow = (world.now + timedelta(days=1, hours=8)).strftime("%Y-%m-%dT10:00:00+08:00")
    body = {"title": "试", "item_id": str(item.id), "expr": EXPR}
    async with world.people.client(world.side.author) as client:
        said = {**body, "schedule": {"kind": "once", "at": tomorrow}, "message": "您好 {{ link }}"}
        answer = await client.post("/api/v1/pushes", json=said)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def test_a_plan_that_passes_the_limit_is_warned_of_with_what_would_serve(
    world: World,
) -> None:
    side = world.side
    await world.sent(world.product)
    await world.sent(world.product, state="submitted")  # on its way
    await world.sent(world.lecture)
    selling, serving = await _draft(world, world.product), await _draft(world, world.lecture)
    async with world.people.client(side.author) as client:
        over = (await client.get(f"/api/v1/pushes/{selling}/mix")).json()
        fine = (await client.get(f"/api/v1/pushes/{serving}/mix")).json()
        form = {"item_id": str(world.product.id), "expr": EXPR, "title": "试"}
        wizard = (await post_form(client, "/console/pushes/mix", form)).text
        nothing = (await post_form(client, "/console/pushes/mix", {})).text
    assert over["before"] == {"selling": 6, "service": 3, "share_bp": 6666}
    assert over["after"] == {"selling": 9, "service": 3, "share_bp": 7500}
    assert over["is_over"]
    assert [one["title"] for one in over["suggestions"]] == ["识别养老诈骗"]
    assert (fine["after"]["share_bp"], fine["is_over"], fine["suggestions"]) == (5000, False, [])
    assert "占 <b>75%</b>，超过本行上限 60%" in wizard
    assert f"item_id={world.lecture.id}" in wizard
    assert nothing.strip() == ""
    async with world.people.client(world.people.theirs.author) as client:
        assert (await client.get(f"/api/v1/pushes/{selling}/mix")).status_code == 404
    async with world.people.house.database.unit_of_work(side.tenant) as db:
        (await db.get_one(Push, (side.tenant, UUID(selling)))).state = "cancelled"
    async with world.people.client(side.author) as client:
        assert (await client.get(f"/api/v1/pushes/{selling}/mix")).status_code == 409


async def test_an_employee_who_only_sells_and_a_month_that_does_are_told(world: World) -> None:
    side = world.side
    for _ in range(5):
        await world.sent(world.product, (0, 1))
    month = (world.now - timedelta(days=1)).astimezone(ZoneInfo("Asia/Shanghai"))
    async with world.people.client(side.employee) as client:
        told = (await client.get("/m")).text
    async with world.people.client(side.colleague) as client:
        other = (await client.get("/m")).text
    async with world.people.client(side.author) as client:
        over = (await client.get(f"/console/calendar?month={month:%Y-%m}")).text
        await world.sent(world.lecture, (2,))
        for _ in range(3):
            await world.sent(world.lecture, (2,))
        fine = (await client.get(f"/console/calendar?month={month:%Y-%m}")).text
    assert "您发了 5 条，销售类占 100%" in told
    assert f'href="/m/materials/{world.lecture.id}"' in told
    assert "换换口味" not in other
    assert "这个月排了 5 次推送，销售类 5 次，占 100%，超过本行上限 60%" in over
    assert "这个月 9 次推送，销售类 5 次（56%）" in fine


async def test_the_reviewer_of_a_push_sees_what_it_does_to_the_mix(world: World) -> None:
    await world.sent(world.product)
    push_id = await _draft(world, world.product)
    async with world.people.client(world.side.author) as client:
        assert (await client.post(f"/api/v1/pushes/{push_id}/submit")).status_code == 200
    async with world.people.client(world.side.reviewer) as client:
        [review] = (await client.get("/api/v1/reviews")).json()["items"]
        page = (await client.get(f"/console/reviews/{review['id']}")).text
        part = (await client.get(f"/console/reviews/{review['id']}/mix")).text
    assert f'hx-get="/console/reviews/{review["id"]}/mix"' in page
    assert "超过本行上限 60%" in part
    assert f'href="/console/library/{world.lecture.id}"' in part
