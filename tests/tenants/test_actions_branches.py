"""The tree changes: move, merge, close, reopen; customers and audiences follow; nobody else may."""

import io
from typing import Any
from uuid import uuid4

import openpyxl
import pytest
from sqlalchemy import select
from tests.make import NOW, make_branch, make_customer, make_staff
from tests.personas import Personas
from tests.web.forms import onward, post_form

from contenthub.customers import queries_audience, queries_truth
from contenthub.customers.models import Customer
from contenthub.customers.tagexpr import parse
from contenthub.tenants import queries_branches
from contenthub.tenants.models import AuditEntry, Branch, Staff


async def _deeper(people: Personas) -> Branch:
    """Add an outlet below our branch, four levels down at the end of a chain."""
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        outlet = await make_branch(db, "东街网点", parent=people.ours.branch, kind="outlet")
        return await make_branch(db, "东街柜台", parent=outlet, kind="outlet")


async def _count(people: Personas, name: str) -> int:
    async with people.house.database.reading(people.ours.tenant) as db:
        assert await queries_truth.disagreements(db, 0, 65_535) == {}
        found = await queries_audience.audience(
            db, parse(f'branch("{name}")'), topic="deposit", at=NOW
        )
        return len(found.matched)


async def test_a_move_takes_people_and_audiences_along_and_can_be_taken_back(
    people: Personas,
) -> None:
    desk, other, branch = await _deeper(people), people.ours.other_branch, people.ours.branch
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await make_customer(db, branch=desk)
        await make_customer(db, branch=branch)
    assert (await _count(people, branch.name), await _count(people, other.name)) == (2, 0)
    async with people.client(people.ours.admin) as client:
        url = f"/api/v1/branches/{desk.parent_id}"
        moved = await client.patch(url, json={"parent_id": str(other.id)})
        assert moved.json()["parent_id"] == str(other.id)
        assert (await _count(people, branch.name), await _count(people, other.name)) == (1, 1)
        history = (await client.get(f"{url}/history")).json()["items"]
        assert [step["change"] for step in history] == ["moved", "opened"]
        assert history[0]["detail"]["from_name"] == branch.name
        shown = await client.get(f"/console/branches/{desk.parent_id}")
        assert "移回" in shown.text
        form = {"parent_id": str(branch.id)}
        back = await post_form(client, f"/console/branches/{desk.parent_id}/move", form)
        assert onward(back) == f"/console/branches/{desk.parent_id}"
    assert (await _count(people, branch.name), await _count(people, other.name)) == (2, 0)


async def test_a_branch_never_goes_below_itself(people: Personas) -> None:
    desk, branch = await _deeper(people), people.ours.branch
    async with people.client(people.ours.admin) as client:
        for target in (branch.id, desk.id):
            url = f"/api/v1/branches/{branch.id}"
            answer = await client.patch(url, json={"parent_id": str(target)})
            assert answer.status_code == 422
            assert answer.json()["errors"][0]["pointer"] == "/parent_id"
            merged = await client.post(f"{url}/merge", json={"into_id": str(target)})
            assert merged.status_code == 422
        head = f"/api/v1/branches/{people.ours.head.id}"
        assert (await client.patch(head, json={"parent_id": str(branch.id)})).status_code == 409
        assert (await client.post(f"{head}/close")).status_code == 409


async def test_a_merger_takes_people_children_and_customers_and_keeps_the_code(
    people: Personas,
) -> None:
    desk, branch, other = await _deeper(people), people.ours.branch, people.ours.other_branch
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await make_customer(db, branch=desk)
        customer = await make_customer(db, branch=branch)
    async with people.client(people.ours.admin) as client:
        url = f"/api/v1/branches/{branch.id}"
        done = (await client.post(f"{url}/merge", json={"into_id": str(other.id)})).json()
        assert (done["people"], done["children"], done["customers"]) == (2, 1, 1)
        assert done["branch"]["state"] == "merged"
        again = await client.post(f"{url}/merge", json={"into_id": str(other.id)})
        assert again.status_code == 409
        renamed = await client.patch(url, json={"name": "新名"})
        assert renamed.status_code == 409
        body = {"code": branch.code, "name": "新城支行", "parent_id": str(people.ours.head.id)}
        taken = await client.post("/api/v1/branches", json=body)
        assert taken.status_code == 409
        assert branch.name in taken.json()["detail"]
        listed = (await client.get("/api/v1/branches")).json()["items"]
        assert str(branch.id) not in [row["id"] for row in listed]
        everything = (await client.get("/api/v1/branches?with_gone=true")).json()["items"]
        gone = next(row for row in everything if row["id"] == str(branch.id))
        assert gone["merged_into_id"] == str(other.id)
        history = (await client.get(f"{url}/history")).json()["items"]
        assert history[0]["change"] == "merged"
        into = await client.get(f"/console/branches/{other.id}")
        assert f"{branch.name} 并入" in into.text
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        moved = await db.get_one(Customer, (people.ours.tenant, customer.no))
        assert moved.branch_id == other.id
        employee = await db.get_one(Staff, (people.ours.tenant, people.ours.employee.id))
        assert employee.branch_id == other.id
        later = await make_customer(db, branch=branch)
        assert later.branch_id == other.id, "an old list's branch code leads to the new branch"
    # The old name in a saved expression means what it has become.
    assert await _count(people, branch.name) == await _count(people, other.name) == 3


async def test_only_an_empty_branch_is_closed_and_it_opens_again(people: Personas) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        empty = await make_branch(db, "老街网点", parent=people.ours.head, kind="outlet")
        with_customers = await make_branch(db, "南街网点", parent=people.ours.head, kind="outlet")
        await make_customer(db, branch=with_customers)
    async with people.client(people.ours.admin) as client:
        for full in (people.ours.branch, with_customers):
            refused = await client.post(f"/api/v1/branches/{full.id}/close")
            assert refused.status_code == 409
            assert "并入" in refused.json()["detail"]
        url = f"/api/v1/branches/{empty.id}"
        assert (await client.post(f"{url}/close")).json()["state"] == "closed"
        staff = _person(people, branch_id=str(empty.id))
        assert (await client.post("/api/v1/staff", json=staff)).status_code == 409
        assert (await client.post(f"{url}/reopen")).json()["state"] == "open"
        assert (await client.post(f"{url}/reopen")).status_code == 409
    async with people.house.database.reading(people.ours.tenant) as db:
        events = set(await db.scalars(select(AuditEntry.event)))
        steps = [step.change for step in await queries_branches.history(db, empty.id)]
    assert {"branch.closed", "branch.reopened"} <= events
    assert steps == ["reopened", "closed", "opened"]


def _person(people: Personas, **over: Any) -> dict[str, Any]:
    facts = {
        "login": "zhangwei",
        "staff_no": "A-100",
        "name": "张伟",
        "branch_id": str(people.ours.branch.id),
        "roles": ["employee"],
        "password": "Qing-yuan-2026",
    }
    return {**facts, **over}


@pytest.mark.parametrize("verb", ["", "/merge", "/close", "/reopen", "/history"])
async def test_another_banks_branch_is_as_unknown_as_none(people: Personas, verb: str) -> None:
    async with people.client(people.ours.admin) as client:
        answers = []
        for branch_id in (people.theirs.branch.id, uuid4()):
            url = f"/api/v1/branches/{branch_id}{verb}"
            if verb == "/history":
                answers.append(await client.get(url))
            elif verb:
                answers.append(await client.post(url, json={"into_id": str(people.ours.head.id)}))
            else:
                answers.append(await client.patch(url, json={"name": "新名"}))
        assert [a.status_code for a in answers] == [404, 404]
        foreign = {"parent_id": str(people.theirs.branch.id)}
        url = f"/api/v1/branches/{people.ours.branch.id}"
        assert (await client.patch(url, json=foreign)).status_code == 404


async def test_only_an_administrator_changes_the_tree(people: Personas) -> None:
    url = f"/api/v1/branches/{people.ours.branch.id}"
    async with people.client(people.ours.branch_manager) as client:
        assert (await client.patch(url, json={"name": "新名"})).status_code == 403
        assert (await client.post(f"{url}/close")).status_code == 403


async def test_a_branch_manager_sees_the_own_part_of_the_tree_and_its_counts(
    people: Personas,
) -> None:
    desk = await _deeper(people)
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await make_staff(db, desk)
    async with people.client(people.ours.branch_manager) as client:
        rows = (await client.get("/api/v1/branches")).json()["items"]
        assert [row["name"] for row in rows] == [people.ours.branch.name, "东街网点", "东街柜台"]
        assert [row["people_below"] for row in rows] == [3, 1, 1]
        other = people.ours.other_branch.id
        assert (await client.get(f"/api/v1/branches/{other}/history")).status_code == 404
        assert (await client.get(f"/console/branches/{other}")).status_code == 404
        page = await client.get("/console/branches")
    assert people.ours.other_branch.name not in page.text
    assert "新增机构" not in page.text


async def test_the_page_renames_searches_and_says_when_nothing_is_found(people: Personas) -> None:
    branch = people.ours.branch
    async with people.client(people.ours.admin) as client:
        form = {"name": "城东支行", "sort_no": "3", "parent_id": str(branch.parent_id)}
        onward(await post_form(client, f"/console/branches/{branch.id}", form))
        found = await client.get("/console/branches", params={"q": "城东"})
        assert branch.code in found.text
        assert people.ours.other_branch.code not in found.text
        nothing = await client.get("/console/branches", params={"q": "没有的"})
        assert "没有找到机构" in nothing.text
        wrong = await post_form(client, f"/console/branches/{branch.id}", {**form, "name": " "})
        assert wrong.status_code == 422
        shown = await client.get(f"/console/branches/{branch.id}")
    assert "城关支行 → 城东支行" in shown.text


async def test_what_the_page_shows_is_exported_inside_ones_data_scope(people: Personas) -> None:
    desk = await _deeper(people)
    async with people.client(people.ours.admin) as client:
        await client.post(
            f"/api/v1/branches/{desk.id}/merge", json={"into_id": str(desk.parent_id)}
        )
        everything = await client.get("/console/branches/export", params={"gone": 1})
    async with people.client(people.ours.branch_manager) as client:
        mine = await client.get("/console/branches/export", params={"q": "东街"})
    rows = {row[0]: row for row in _rows(everything.content)}
    assert rows[desk.code][7:] == ("已并入", "东街网点")
    assert people.ours.other_branch.code in rows
    assert [row[1] for row in _rows(mine.content)] == ["东街网点"]


def _rows(data: bytes) -> list[tuple[Any, ...]]:
    """Return what a workbook holds below its columns."""
    sheet = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    return [tuple(row) for row in sheet.iter_rows(min_row=4, values_only=True)]
