"""Clubs over the API and at the console: founded, opened, listed, exported; who may."""

import io

import httpx
import openpyxl
import pytest
from tests.make import make_customer
from tests.personas import Personas
from tests.web.desk import post_form, work

CLUB = {"name": "金色年华", "intro": "每月两份会员礼", "expr": "aum >= 50000"}


async def _people(people: Personas) -> None:
    """Make a rich customer of the employee, one of a colleague, and a poor one."""
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        await make_customer(db, owner=ours.employee, aum_fen=6_000_000, name="张富")
        await make_customer(db, owner=ours.branch_manager, aum_fen=7_000_000, name="李贵")
        await make_customer(db, owner=ours.employee, aum_fen=100)


async def _follow(people: Personas) -> None:
    await work(people, "customers.run_rules", "customers.follow_clubs")


async def test_a_club_is_founded_opened_and_closed_over_the_api(people: Personas) -> None:
    await _people(people)
    async with people.client(people.ours.author) as client:
        made = await client.post("/api/v1/clubs", json=CLUB)
        assert (made.status_code, made.json()["state"], made.json()["tag"]) == (
            201,
            "draft",
            "金色年华",
        )
        url = f"/api/v1/clubs/{made.json()['id']}"
        assert (await client.get(url)).json()["expected"] == 2
        assert (await client.post(f"{url}/close")).status_code == 409
        again = await client.post("/api/v1/clubs", json=CLUB)
        assert again.json()["errors"][0]["pointer"] == "/name"
        assert (await client.post(f"{url}/open")).json()["state"] == "open"
        await _follow(people)
        found = (await client.get(url)).json()
        assert (found["members"], found["expected"]) == (2, None)
        assert [(one["joined"], one["left"]) for one in found["months"]] == [(2, 0)]
        listed = (await client.get(f"{url}/members", params={"limit": 1})).json()
        assert (listed["total"], listed["items"][0]["name"]) == (2, "张*")
        rest = await client.get(f"{url}/members", params={"cursor": listed["next_cursor"]})
        assert [one["name"] for one in rest.json()["items"]] == ["李*"]
        assert rest.json()["next_cursor"] is None
        body = {"expr": "club(金色年华)", "topic": "deposit"}
        tried = await client.post("/api/v1/audiences/preview", json=body)
        assert tried.json()["matched"] == 2
        assert (await client.patch(url, json={"name": "银色"})).status_code == 422
        assert (await client.patch(url, json={"intro": "新介绍"})).json()["intro"] == "新介绍"
        customer = listed["items"][0]["customer_id"]
        assert (await client.post(f"{url}/close")).json()["state"] == "closed"
        await _follow(people)
        assert (await client.get("/api/v1/clubs")).json()["items"][0]["members"] == 0
        shown = (await client.get(f"/console/customers/{customer}/clubs")).text
        assert "离开（俱乐部停办）" in shown
    async with people.client(people.theirs.author) as client:
        assert (await client.get("/api/v1/clubs")).json()["items"] == []
        assert (await client.get(url)).status_code == 404
        assert (await client.post(f"{url}/open")).status_code == 404
        assert (await client.get(f"/console/customers/{customer}/clubs")).status_code == 404


@pytest.mark.parametrize("role", ["employee", "branch_manager", "reviewer"])
async def test_who_does_not_manage_tags_founds_and_changes_no_club(
    people: Personas, role: str
) -> None:
    async with people.client(getattr(people.ours, role)) as client:
        assert (await client.post("/api/v1/clubs", json=CLUB)).status_code == 403
        assert (await post_form(client, "/console/clubs", CLUB)).status_code == 403
        assert (await client.get("/console/clubs/new")).status_code == 403


async def test_the_pages_found_a_club_show_its_members_and_export_them_masked(
    people: Personas,
) -> None:
    await _people(people)
    async with people.client(people.ours.author) as client:
        assert "还没有俱乐部" in (await client.get("/console/clubs")).text
        assert "新建一个同名标签" in (await client.get("/console/clubs/new")).text
        form = {**CLUB, "tag_id": ""}
        wrong = await post_form(client, "/console/clubs", {**form, "expr": "aum >= 五"})
        assert wrong.status_code == 422
        here = (await post_form(client, "/console/clubs", form)).headers["hx-redirect"]
        assert "现在开办会有 2 位会员" in (await client.get(here)).text
        await post_form(client, f"{here}/open", {})
        await _follow(people)
        shown = (await client.get(here)).text
        assert "2 位会员" in shown
        assert "标签来自规则" in shown
        assert "金色年华" in (await client.get("/console/clubs")).text
        await post_form(client, f"{here}/change", {**form, "intro": "周三活动"})
        assert "周三活动" in (await client.get(here)).text
        assert await _exported(client, here) == ["张*", "李*"]
        await post_form(client, f"{here}/close", {})
        assert "重新开办" in (await client.get(here)).text
    async with people.client(people.ours.admin) as client:
        trail = (await client.get("/console/audit")).text
        assert "导出俱乐部会员" in trail
        assert "停办俱乐部" in trail


async def test_who_sees_some_customers_sees_and_exports_only_members_among_them(
    people: Personas,
) -> None:
    await _people(people)
    async with people.client(people.ours.author) as client:
        made = (await client.post("/api/v1/clubs", json=CLUB)).json()
        await client.post(f"/api/v1/clubs/{made['id']}/open")
        await _follow(people)
    async with people.client(people.ours.branch_manager) as client:
        here = f"/console/clubs/{made['id']}"
        shown = (await client.get(here)).text
        assert "停办" not in shown
        reach = (await client.get("/api/v1/customers")).json()["items"]
        mine = [one["name"] for one in reach if one["name"] in ("张*", "李*")]
        assert await _exported(client, here) == mine


async def _exported(client: httpx.AsyncClient, here: str) -> list[str]:
    answer = await client.get(f"{here}/members.xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]
    return [str(row[1]) for row in sheet.iter_rows(min_row=4, values_only=True)]
