"""The workbench: what each role finds waiting, the figures in scope, the way of a new bank."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event
from tests.make import make_customer, make_item, make_live_item, make_live_template
from tests.personas import Personas

from contenthub.library import actions as library
from contenthub.library import actions_reviews
from contenthub.library import queries as library_queries
from contenthub.scheduler import actions as pushes
from contenthub.scheduler.models import Push
from contenthub.sharing.models import EmployeeDay
from contenthub.tenants.models import Staff


async def _home(people: Personas, who: Staff) -> str:
    async with people.client(who) as client:
        answer = await client.get("/console")
    assert answer.status_code == 200, answer.text[:300]
    return answer.text.split('<main class="main"')[1]


def _tiles(page: str) -> dict[str, str]:
    found = re.findall(r'class="kpi card0"[^>]*><span>([^<]+)</span><b[^>]*>([^<]+)</b>', page)
    return dict(found)


async def _write(people: Personas) -> None:
    """Give our bank a draft, a submitted item and one that expires in three days."""
    side, now = people.ours, datetime.now(UTC)
    async with people.house.database.unit_of_work(side.tenant) as db:
        await make_item(db, side.author, title="没写完的贷款")
        sent, _ = await make_item(db, side.author, title="等审的存单")
        await library.submit(db, sent.id, by=side.author, at=now)
        await make_live_item(
            db, side.author, side.reviewer, title="快到期的活动", at=now,
            valid_until=now + timedelta(days=3),
        )  # fmt: skip


async def _visits(people: Personas, who: Staff, views: int) -> None:
    """Let an employee have visits today, as the drain would roll them up."""
    side, today = people.ours, datetime.now(UTC) + timedelta(hours=8)
    async with people.house.database.unit_of_work(side.tenant) as db:
        db.add(
            EmployeeDay(
                tenant_id=side.tenant, employee_id=who.id, day_on=today.date(),
                fetches=views, views=views, leads=1, signups=0, shares=0,
            )
        )  # fmt: skip


async def test_an_author_sees_drafts_and_what_expires(people: Personas) -> None:
    await _write(people)
    page = await _home(people, people.ours.author)
    tiles = _tiles(page)
    assert tiles["我的草稿"] == "1"
    assert tiles["退回给我"] == "0"
    assert tiles["7 天内到期"] == "1"
    assert "待我审核" not in tiles
    assert "没写完的贷款" in page
    assert "快到期的活动" in page
    for label in ("新建产品", "制作海报", "新建推送", "导入客户"):
        assert label in page


async def test_a_reviewer_sees_the_queue_and_writes_nothing(people: Personas) -> None:
    await _write(people)
    page = await _home(people, people.ours.reviewer)
    assert _tiles(page)["待我审核"] == "1"
    assert "等审的存单" in page
    assert re.search(r'href="/console/reviews/[0-9a-f-]{36}"', page)
    assert "快捷操作" not in page
    assert "我的草稿" not in page


async def test_a_returned_item_stands_first_for_its_author(people: Personas) -> None:
    await _write(people)
    async with people.client(people.ours.reviewer) as client:
        review = (await client.get("/api/v1/reviews")).json()["items"][0]["id"]
        body = {"comment": "请补存款保险标识"}
        assert (await client.post(f"/api/v1/reviews/{review}/return", json=body)).status_code == 200
    page = await _home(people, people.ours.author)
    assert _tiles(page)["退回给我"] == "1"
    assert page.index("等审的存单") < page.index("没写完的贷款")


async def test_a_branch_manager_sees_the_figures_of_their_own_people(people: Personas) -> None:
    side = people.ours
    await _visits(people, side.employee, 7)
    await _visits(people, side.colleague, 30)
    assert _tiles(await _home(people, side.branch_manager))["本周浏览"] == "7"
    whole = await _home(people, side.admin)
    assert _tiles(whole)["本周浏览"] == "37"
    assert _tiles(whole)["本周留资"] == "2"
    assert 'class="cols0"' in whole
    assert "管辖范围" not in whole


async def test_an_auditor_sees_figures_but_nothing_to_do(people: Personas) -> None:
    await _visits(people, people.ours.employee, 7)
    page = await _home(people, people.ours.auditor)
    assert _tiles(page)["本周浏览"] == "7"
    for word in ("快捷操作", "待我审核", "最新线索", "第一个小时"):
        assert word not in page


async def test_another_banks_work_and_figures_are_not_here(people: Personas) -> None:
    await _write(people)
    await _visits(people, people.ours.employee, 7)
    page = await _home(people, people.theirs.admin)
    assert _tiles(page)["本周浏览"] == "0"
    assert "快到期的活动" not in page


@pytest.mark.parametrize("role", ["admin", "author", "campaign_manager"])
async def test_a_new_bank_is_shown_the_first_hour(people: Personas, role: str) -> None:
    page = await _home(people, getattr(people.ours, role))
    assert "第一个小时" in page
    # Personas have a hotline and employees already.
    assert "2 / 7 已完成" in page
    assert page.count('class="done"') == 2
    links = {
        "admin": ["/console/imports"],
        "author": ["/console/library/new?kind=product", "/console/posters/new"],
        "campaign_manager": ["/console/imports", "/console/pushes/new"],
    }
    for link in links[role]:
        assert f'href="{link}"><b>' in page


async def test_steps_tick_off_one_by_one_and_the_card_goes(people: Personas) -> None:
    side, now = people.ours, datetime.now(UTC)
    async with people.house.database.unit_of_work(side.tenant) as db:
        item = await make_live_item(db, side.author, side.reviewer, title="三年期大额存单", at=now)
        await make_customer(db, owner=side.employee)
    assert "4 / 7 已完成" in await _home(people, side.author)
    async with people.house.database.unit_of_work(side.tenant) as db:
        item = await db.merge(item)
        await make_live_template(db, item, side.author, side.reviewer)
        assert item.live_revision_id is not None
        draft = pushes.PushDraft(
            title="金秋存款季",
            item_id=item.id,
            expr="aum >= 1",
            schedule={"kind": "once", "at": f"{now + timedelta(days=30):%Y-%m-%d}T10:00"},
        )
        push = await pushes.write_push(db, draft, by=side.author, at=now)
        await db.flush()
        await pushes.submit(db, push.id, by=side.author, at=now)
    async with people.house.database.unit_of_work(side.tenant) as db:
        waiting = (await library_queries.reviews_of(db, push.id))[0]
        taken = await actions_reviews.take_review(db, waiting.id, "approve", by=side.reviewer)
        await pushes.approve_push(db, taken, by=side.reviewer, at=now)
        await db.flush()
        (await db.get_one(Push, (side.tenant, push.id))).state = "running"
    page = await _home(people, side.author)
    assert "第一个小时" not in page
    assert "金秋存款季" in page
    assert _tiles(page)["正在发送"] == "1"


async def test_nothing_yet_is_said_with_the_way_on(people: Personas) -> None:
    page = await _home(people, people.ours.reviewer)
    assert "都审完了" in page
    page = await _home(people, people.ours.campaign_manager)
    assert "还没有浏览" in page
    assert "还没有线索" in page


async def test_a_full_desk_costs_no_more_statements_than_an_empty_one(people: Personas) -> None:
    statements: list[str] = []
    engine = people.house.database.engine.sync_engine

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    side = people.ours
    costs = []
    event.listen(engine, "before_cursor_execute", note)
    try:
        for _ in range(2):
            async with people.client(side.author) as client:
                await client.get("/console")
                statements.clear()
                assert (await client.get("/console")).status_code == 200
                costs.append(len(statements))
            for _ in range(3):
                await _write(people)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert costs[0] == costs[1]
    assert costs[0] <= 16


async def test_every_link_of_the_desk_leads_somewhere(people: Personas) -> None:
    await _write(people)
    for role in ("admin", "author", "reviewer", "campaign_manager", "branch_manager", "auditor"):
        who = getattr(people.ours, role)
        page = await _home(people, who)
        async with people.client(who) as client:
            for href in sorted(set(re.findall(r'href="(/console/[^"#]+)"', page))):
                answer = await client.get(href.replace("&amp;", "&"))
                assert answer.status_code == 200, (role, href)
