"""Reports: right sums, within the caller's scope, as JSON, page and file."""

import io
import os
from dataclasses import dataclass
from datetime import UTC, datetime

import openpyxl
import pytest
from tests.make import make_link, make_live_item
from tests.personas import Personas

from contenthub.db import new_id
from contenthub.library.models import Item
from contenthub.sharing import actions, jobs
from contenthub.sharing.codes import code_from
from contenthub.sharing.inbox import FETCH, VIEW, Coalescer, Seen, inbox_sink
from contenthub.sharing.models import Link
from contenthub.sharing.tokens import microseconds
from contenthub.web.landing.visitors import new_visitor


@dataclass
class Traffic:
    item: Item
    ours: Link
    child: Link
    colleagues: Link


async def visit(people: Personas, link: Link, *kinds: str) -> None:
    inbox = Coalescer(inbox_sink(people.house.database))
    for kind in kinds:
        await inbox.submit(
            Seen(
                kind,
                link.tenant_id.bytes,
                link.id.bytes,
                link.item_id.bytes,
                link.employee_id.bytes,
                new_visitor().bytes,
                new_id().bytes,
                microseconds(datetime.now(UTC)),
            )
        )


@pytest.fixture
async def traffic(people: Personas) -> Traffic:
    """王小明: 2 fetches, 2 views, 1 lead and a child with 1 view; 刘洋: 3 views."""
    now = datetime.now(UTC)
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        item = await make_live_item(db, people.ours.author, people.ours.reviewer)
        ours = await make_link(db, item, people.ours.employee, push_id=people.ours.head.id)
        colleagues = await make_link(db, item, people.ours.colleague)
        child, _ = await actions.share_on(
            db, ours, visitor_id=new_visitor(), at=now, code=code_from(os.urandom(8))
        )
        await actions.count(db, child, "leads", employee_id=people.ours.employee.id, at=now)
    await visit(people, ours, FETCH, FETCH, VIEW, VIEW)
    await visit(people, child, VIEW)
    await visit(people, colleagues, VIEW, VIEW, VIEW)
    await jobs.drain_visits(people.house.database, people.ours.tenant)
    return Traffic(item, ours, child, colleagues)


def counts(answer: dict) -> dict[str, int]:
    return {step["key"]: step["count"] for step in answer["steps"]}


async def test_the_funnel_sums_the_whole_bank_for_the_office(
    people: Personas, traffic: Traffic
) -> None:
    async with people.client(people.ours.campaign_manager) as client:
        answer = (await client.get("/api/v1/reports/funnel")).json()
    assert counts(answer) == {"fetches": 2, "views": 6, "leads": 1, "signups": 0}
    assert answer["shares"] == 1


async def test_a_branch_manager_sees_the_own_branch_only(
    people: Personas, traffic: Traffic
) -> None:
    async with people.client(people.ours.branch_manager) as client:
        mine = (await client.get("/api/v1/reports/funnel")).json()
        ranking = (await client.get("/api/v1/reports/ranking")).json()["items"]
        chain = (await client.get(f"/api/v1/reports/chain?item_id={traffic.item.id}")).json()
        for query in (
            f"branch_id={people.ours.other_branch.id}",
            f"employee_id={people.ours.colleague.id}",
            f"employee_id={people.theirs.employee.id}",
            f"branch_id={people.theirs.branch.id}",
        ):
            assert (await client.get(f"/api/v1/reports/funnel?{query}")).status_code == 404
    assert counts(mine)["views"] == 3
    assert [row["name"] for row in ranking] == ["王小明"]
    assert [node["code"] for node in chain["items"]] == [traffic.ours.code]


async def test_filters_narrow_the_funnel(people: Personas, traffic: Traffic) -> None:
    async with people.client(people.ours.admin) as client:
        for query, views in (
            (f"item_id={traffic.item.id}", 6),
            (f"item_id={new_id()}", 0),
            (f"employee_id={people.ours.colleague.id}", 3),
            (f"branch_id={people.ours.branch.id}", 3),
            (f"push_id={people.ours.head.id}", 3),
            ("from=2020-01-01&to=2020-01-31", 0),
        ):
            answer = (await client.get(f"/api/v1/reports/funnel?{query}")).json()
            assert counts(answer)["views"] == views, query


async def test_leads_rank_before_views(people: Personas, traffic: Traffic) -> None:
    async with people.client(people.ours.admin) as client:
        people_ = (await client.get("/api/v1/reports/ranking?by=employee")).json()["items"]
        branches = (await client.get("/api/v1/reports/ranking?by=branch")).json()["items"]
    assert [(r["place"], r["name"], r["figures"]["views"]) for r in people_] == [
        (1, "王小明", 3),
        (2, "刘洋", 3),
    ]
    assert [r["name"] for r in branches] == ["城关支行", "柳河支行"]


async def test_the_trend_has_one_row_a_day(people: Personas, traffic: Traffic) -> None:
    async with people.client(people.ours.admin) as client:
        rows = (await client.get("/api/v1/reports/trend")).json()["items"]
    assert [row["figures"]["views"] for row in rows] == [6]


async def test_the_chain_numbers_customers_and_adds_up_what_lies_below(
    people: Personas, traffic: Traffic
) -> None:
    async with people.client(people.ours.admin) as client:
        by_item = (await client.get(f"/api/v1/reports/chain?item_id={traffic.item.id}")).json()
        by_code = (await client.get(f"/api/v1/reports/chain?code={traffic.child.code}")).json()
    (top,) = by_code["items"]
    assert top in by_item["items"]
    assert (top["name"], top["figures"]["views"], top["figures"]["sub_views"]) == ("王小明", 2, 1)
    (below,) = top["children"]
    assert (below["name"], below["depth"], below["figures"]["leads"]) == ("客户 1", 1, 1)


async def test_another_banks_link_has_no_chain(people: Personas, traffic: Traffic) -> None:
    async with people.client(people.theirs.admin) as client:
        answer = await client.get(f"/api/v1/reports/chain?code={traffic.child.code}")
        other = (await client.get(f"/api/v1/reports/chain?item_id={traffic.item.id}")).json()
    assert answer.status_code == 404
    assert other["items"] == []


@pytest.mark.parametrize("name", ["funnel", "ranking", "trend", "chain"])
async def test_every_report_is_a_file_as_well(
    people: Personas, traffic: Traffic, name: str
) -> None:
    async with people.client(people.ours.admin) as client:
        answer = await client.get(f"/api/v1/reports/{name}?format=xlsx&item_id={traffic.item.id}")
    assert answer.status_code == 200
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]
    assert "赵强" in sheet["A1"].value
    assert sheet.max_row >= 4


@pytest.mark.parametrize("name", ["funnel", "ranking", "ranking?by=branch", "chain"])
async def test_every_report_is_a_page(people: Personas, traffic: Traffic, name: str) -> None:
    async with people.client(people.ours.branch_manager) as client:
        page = await client.get(f"/console/reports/{name}")
    assert page.status_code == 200, page.text[:500]
    assert "刘洋" not in page.text
    assert "柳河支行" not in page.text


async def test_a_bank_without_traffic_gets_pages_that_say_so(people: Personas) -> None:
    async with people.client(people.theirs.admin) as client:
        for name in ("funnel", "ranking", "chain"):
            page = await client.get(f"/console/reports/{name}")
            assert page.status_code == 200
            assert "还没有" in page.text


@pytest.mark.parametrize(
    "query", ["from=yesterday", "from=2026-02-02&to=2026-02-01", "from=2020-01-01&to=2026-01-01"]
)
async def test_impossible_days_name_the_field(people: Personas, query: str) -> None:
    async with people.client(people.ours.admin) as client:
        answer = await client.get(f"/api/v1/reports/funnel?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] in ("/from", "/to")


async def test_an_employee_sees_no_reports(people: Personas) -> None:
    async with people.client(people.ours.employee) as client:
        for url in ("/api/v1/reports/funnel", "/console/reports/ranking"):
            assert (await client.get(url)).status_code == 403
