"""Leads in the API and on the console."""

import io
from uuid import UUID

import httpx
import openpyxl
import pytest
from sqlalchemy import select
from tests.make import make_link, make_live_item
from tests.personas import Personas
from tests.web.landing import send, visitor

from contenthub.sharing.models import Link
from contenthub.tenants.models import AuditEntry

WHY = {"reason": "电话回访"}


@pytest.fixture
async def link(people: Personas) -> Link:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        item = await make_live_item(db, people.ours.author, people.ours.reviewer)
        return await make_link(db, item, people.ours.employee)


@pytest.fixture
async def lead_id(people: Personas, link: Link) -> str:
    async with visitor(people) as client:
        assert (await send(client, people, link, name="=1+1")).status_code == 201
    async with people.client(people.ours.employee) as client:
        (lead,) = (await client.get("/api/v1/leads")).json()["items"]
    return str(lead["id"])


async def csrf(client: httpx.AsyncClient) -> dict[str, str]:
    await client.get("/login")
    return {"x-csrftoken": client.cookies["csrftoken"], "hx-request": "true"}


async def test_the_employee_and_their_manager_see_a_lead_masked(
    people: Personas, lead_id: str
) -> None:
    for staff in (people.ours.employee, people.ours.branch_manager, people.ours.admin):
        async with people.client(staff) as client:
            (lead,) = (await client.get("/api/v1/leads?state=new")).json()["items"]
            assert lead["id"] == lead_id
            assert lead["phone"] == "138****0001"
            assert lead["level"] == 1
            assert lead["moves"] == ["assigned", "contacted", "lost"]
            assert "13800000001" not in (await client.get("/console/leads")).text


async def test_a_lead_outside_the_scope_or_bank_does_not_exist(
    people: Personas, lead_id: str
) -> None:
    for staff in (people.ours.colleague, people.theirs.employee, people.theirs.admin):
        async with people.client(staff) as client:
            assert (await client.get("/api/v1/leads")).json()["items"] == []
            for answer in (
                await client.patch(f"/api/v1/leads/{lead_id}", json={"state": "contacted"}),
                await client.post(f"/api/v1/leads/{lead_id}/reveal", json=WHY),
                await client.get(f"/console/leads/{lead_id}"),
            ):
                assert answer.status_code == 404


async def test_a_lead_moves_by_the_table_only(people: Personas, lead_id: str) -> None:
    async with people.client(people.ours.employee) as client:
        url = f"/api/v1/leads/{lead_id}"
        moved = await client.patch(url, json={"state": "contacted", "note": "周五到店"})
        assert (moved.json()["state"], moved.json()["note"]) == ("contacted", "周五到店")
        back = await client.patch(url, json={"state": "new"})
        assert back.status_code == 409
        assert "已联系" in back.json()["detail"]
        assert (await client.patch(url, json={"state": "gone"})).status_code == 422
        assert (await client.patch(url, json={"note": "长" * 501})).status_code == 422
        assert (await client.patch(url, json={"phone": "1"})).status_code == 400


async def test_who_may_only_look_cannot_follow_up_or_reveal(people: Personas, lead_id: str) -> None:
    async with people.client(people.ours.author) as client:
        assert len((await client.get("/api/v1/leads")).json()["items"]) == 1
        patched = await client.patch(f"/api/v1/leads/{lead_id}", json={"state": "contacted"})
        revealed = await client.post(f"/api/v1/leads/{lead_id}/reveal", json=WHY)
    assert (patched.status_code, revealed.status_code) == (403, 403)


async def test_looking_at_the_number_is_written_down(people: Personas, lead_id: str) -> None:
    async with people.client(people.ours.employee) as client:
        clear = await client.post(f"/api/v1/leads/{lead_id}/reveal", json=WHY)
        assert clear.json() == {"name": "=1+1", "phone": "13800000001"}
        page = await client.post(
            f"/console/leads/{lead_id}/reveal", data=WHY, headers=await csrf(client)
        )
        assert "13800000001" in page.text
    async with people.house.database.reading(people.ours.tenant) as db:
        rows = await db.scalars(select(AuditEntry).where(AuditEntry.event == "lead.revealed"))
        looks = [(row.actor_id, row.subject_id, row.detail) for row in rows]
    detail = {"fields": ["name", "phone"], "reason": WHY["reason"]}
    assert looks == [(people.ours.employee.id, UUID(lead_id), detail)] * 2


async def test_nobody_sees_a_number_without_saying_why(people: Personas, lead_id: str) -> None:
    url = f"/leads/{lead_id}/reveal"
    async with people.client(people.ours.employee) as client:
        empty = await client.post(f"/api/v1{url}", json={"reason": " "})
        form = await client.post(f"/console{url}", data={}, headers=await csrf(client))
        assert (await client.post(f"/api/v1{url}")).status_code == 400
        page = await client.get(f"/console/leads/{lead_id}")
    assert (empty.status_code, form.status_code) == (422, 422)
    assert empty.json()["errors"][0]["pointer"] == "/reason"
    assert "请说明查看原因" in empty.json()["detail"]
    assert "查看原因" in page.text
    async with people.house.database.reading(people.ours.tenant) as db:
        rows = await db.scalars(select(AuditEntry).where(AuditEntry.event == "lead.revealed"))
        assert rows.all() == []


async def test_the_console_follows_a_lead_up(people: Personas, lead_id: str) -> None:
    async with people.client(people.ours.employee) as client:
        page = await client.get(f"/console/leads/{lead_id}")
        assert "已联系" in page.text
        answer = await client.post(
            f"/console/leads/{lead_id}/follow-up",
            data={"state": "contacted", "note": "约了周五"},
            headers=await csrf(client),
        )
        assert answer.headers["hx-redirect"] == f"/console/leads/{lead_id}"
        again = await client.get(f"/console/leads/{lead_id}")
    assert "约了周五" in again.text
    assert "已成交" in again.text


async def test_the_file_is_masked_and_holds_no_formula(people: Personas, lead_id: str) -> None:
    async with people.client(people.ours.employee) as client:
        answer = await client.get("/api/v1/leads?format=xlsx")
    assert answer.status_code == 200
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert "138****0001" in {cell.value for cell in cells}
    assert "f" not in {cell.data_type for cell in cells}
    assert "13800000001" not in {cell.value for cell in cells}


async def test_leads_come_page_by_page_without_gap_or_repeat(people: Personas, link: Link) -> None:
    async with visitor(people) as client:
        for n in range(5):
            await client.get(f"/s/{link.code}")
            assert (await send(client, people, link, phone=f"1390000000{n}")).status_code == 201
    seen: list[str] = []
    async with people.client(people.ours.employee) as client:
        cursor = ""
        for _ in range(3):
            page = (await client.get(f"/api/v1/leads?limit=2{cursor}")).json()
            seen += [lead["phone"] for lead in page["items"]]
            cursor = f"&cursor={page['next_cursor']}"
    assert page["next_cursor"] is None
    assert seen == [f"139****000{n}" for n in (4, 3, 2, 1, 0)]
