"""Sign-ups in the API, on the console and on the employee's phone."""

import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import openpyxl
import pytest
from sqlalchemy import select
from tests.make import approve, make_link, make_live_item
from tests.personas import Personas
from tests.web.h5 import submit
from tests.web.landing import send, visitor

from contenthub.library import actions
from contenthub.library import queries as library
from contenthub.scheduler import actions_gone
from contenthub.sharing.models import Link, Signup
from contenthub.tenants.models import AuditEntry

WHY = {"reason": "电话回访"}
PHONE = "13800000001"
PAST = "2026-01-05T09:00"


async def _link(people: Personas, **fields: Any) -> Link:
    facts = {"organiser": "总行", "place": "城关支行", "contact": "96588", **fields}
    facts = {"ends_at": "2099-12-20T11:30", **facts}
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(
            db, ours.author, ours.reviewer, kind="activity", topic="life", fields=facts
        )
        return await make_link(db, item, ours.employee)


async def _signed_up(people: Personas, link: Link, **values: Any) -> str:
    async with visitor(people) as client:
        answer = await send(client, people, link, "signup", **{"name": "赵敏", **values})
        assert answer.status_code == 201, answer.text
    async with people.client(people.ours.employee) as client:
        return str((await client.get("/api/v1/signups")).json()["items"][0]["id"])


@pytest.fixture
async def link(people: Personas) -> Link:
    """A link to an activity that has begun, and still takes sign-ups."""
    return await _link(people, starts_at=PAST, capacity=1)


@pytest.fixture
async def signup_id(people: Personas, link: Link) -> str:
    return await _signed_up(people, link)


async def _recall(people: Personas, link: Link, reason: str) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        at = datetime.now(UTC)
        await actions.recall(db, link.item_id, reason=reason, by=people.ours.author, at=at)
        await actions_gone.stop_item(db, link.item_id, at=at)


async def csrf(client: httpx.AsyncClient) -> dict[str, str]:
    await client.get("/login")
    return {"x-csrftoken": client.cookies["csrftoken"], "hx-request": "true"}


async def test_who_signed_up_is_seen_masked_by_all_who_look_after_it(
    people: Personas, signup_id: str
) -> None:
    seers = (people.ours.employee, people.ours.branch_manager, people.ours.author)
    for staff in seers:
        async with people.client(staff) as client:
            (row,) = (await client.get("/api/v1/signups?state=new")).json()["items"]
            page = await client.get("/console/signups")
            one = await client.get(f"/console/signups/{signup_id}")
        assert (row["id"], row["phone"], row["state_label"]) == (
            signup_id,
            "138****0001",
            "待确认",
        )
        assert row["moves"] == ["confirmed", "attended", "absent", "cancelled"]
        assert "138****0001" in page.text
        assert PHONE not in page.text + one.text


async def test_a_sign_up_outside_the_scope_or_bank_does_not_exist(
    people: Personas, signup_id: str
) -> None:
    for staff in (people.ours.colleague, people.theirs.employee, people.theirs.admin):
        async with people.client(staff) as client:
            assert (await client.get("/api/v1/signups")).json()["items"] == []
            for answer in (
                await client.patch(f"/api/v1/signups/{signup_id}", json={"state": "confirmed"}),
                await client.post(f"/api/v1/signups/{signup_id}/reveal", json=WHY),
                await client.get(f"/console/signups/{signup_id}"),
                await client.get(f"/m/signups/{signup_id}"),
            ):
                assert answer.status_code == 404


async def test_a_sign_up_moves_by_the_table_and_attendance_is_dated(
    people: Personas, signup_id: str
) -> None:
    url = f"/api/v1/signups/{signup_id}"
    async with people.client(people.ours.employee) as client:
        moved = await client.patch(url, json={"state": "confirmed", "note": "带老伴一起来"})
        assert (moved.json()["state"], moved.json()["note"]) == ("confirmed", "带老伴一起来")
        assert (await client.patch(url, json={"state": "gone"})).status_code == 422
        assert (await client.patch(url, json={"note": "长" * 501})).status_code == 422
        there = (await client.patch(url, json={"state": "attended"})).json()
        assert there["attended_at"] is not None
        back = await client.patch(url, json={"state": "confirmed"})
        put_right = (await client.patch(url, json={"state": "absent"})).json()
    assert back.json()["state"] == "confirmed"  # noted by mistake, taken back the same day
    assert put_right["attended_at"] is None


async def test_nobody_attends_before_the_day(people: Personas) -> None:
    soon = (datetime.now(UTC) + timedelta(days=9)).strftime("%Y-%m-%dT09:00")
    signup_id = await _signed_up(people, await _link(people, starts_at=soon))
    async with people.client(people.ours.employee) as client:
        early = await client.patch(f"/api/v1/signups/{signup_id}", json={"state": "attended"})
        shown = (await client.get("/api/v1/signups")).json()["items"][0]
    assert early.status_code == 409
    assert "活动还没有开始" in early.json()["detail"]
    assert shown["moves"] == ["confirmed", "cancelled"]


async def test_a_cancelled_place_is_free_and_can_be_taken_again(
    people: Personas, link: Link, signup_id: str
) -> None:
    async with people.client(people.ours.employee) as client:
        await client.patch(f"/api/v1/signups/{signup_id}", json={"state": "cancelled"})
    async with visitor(people) as client:
        again = await send(client, people, link, "signup", name="赵小敏")
        full = await send(client, people, link, "signup", name="李红", phone="13800000002")
    assert (again.status_code, full.status_code) == (201, 409)
    async with people.house.database.reading(people.ours.tenant) as db:
        (row,) = await db.scalars(select(Signup))
        assert (str(row.id), row.state, row.name_masked) == (signup_id, "new", "赵*敏")


async def test_who_may_only_look_cannot_follow_up_or_reveal(
    people: Personas, signup_id: str
) -> None:
    url = f"/api/v1/signups/{signup_id}"
    async with people.client(people.ours.author) as client:
        patched = await client.patch(url, json={"state": "confirmed"})
        revealed = await client.post(f"{url}/reveal", json=WHY)
        assert "改为" not in (await client.get(f"/console/signups/{signup_id}")).text
    async with people.client(people.ours.auditor) as client:
        assert (await client.get("/api/v1/signups")).status_code == 403
    assert (patched.status_code, revealed.status_code) == (403, 403)


async def test_looking_at_the_number_needs_a_reason_and_is_written_down(
    people: Personas, signup_id: str
) -> None:
    url = f"/api/v1/signups/{signup_id}/reveal"
    async with people.client(people.ours.employee) as client:
        assert (await client.post(url, json={"reason": " "})).status_code == 422
        clear = await client.post(url, json=WHY)
        headers = await csrf(client)
        page = await client.post(f"/console/signups/{signup_id}/reveal", data=WHY, headers=headers)
        phone = await submit(client, f"/m/signups/{signup_id}/call", **WHY)
    assert clear.json() == {"name": "赵敏", "phone": PHONE}
    assert PHONE in page.text
    assert f'href="tel:{PHONE}"' in phone.text
    async with people.house.database.reading(people.ours.tenant) as db:
        rows = await db.scalars(select(AuditEntry).where(AuditEntry.event == "signup.revealed"))
        looks = [(row.actor_id, row.subject_id, row.detail["reason"]) for row in rows]
    assert looks == [(people.ours.employee.id, UUID(signup_id), WHY["reason"])] * 3


async def test_the_console_confirms_from_the_list_and_keeps_the_filters(
    people: Personas, link: Link, signup_id: str
) -> None:
    back = f"/console/signups?item_id={link.item_id}"
    async with people.client(people.ours.employee) as client:
        headers = await csrf(client)
        before = await client.get(back)
        url = f"/console/signups/{signup_id}/follow-up"
        moved = await client.post(url, data={"state": "confirmed", "back": back}, headers=headers)
        noted = await client.post(
            url, data={"note": "坐前排", "back": "//evil.example"}, headers=headers
        )
        listed = await client.get(back)
        none = await client.get(f"/console/signups?state=cancelled&item_id={link.item_id}")
        assert (await client.get("/console/signups?item_id=x")).status_code == 422
        branch = await client.get(f"/console/signups?branch_id={people.ours.branch.id}")
        other = await client.get(f"/api/v1/signups?branch_id={people.ours.other_branch.id}")
    assert moved.headers["hx-redirect"] == back
    assert noted.headers["hx-redirect"] == f"/console/signups/{signup_id}"
    assert "已确认" in listed.text
    assert re.search(r"<button[^>]*>(<svg.*?</svg> )?确认</button>", before.text, re.S)
    assert not re.search(r"<button[^>]*>(<svg.*?</svg> )?已确认</button>", before.text, re.S)
    assert signup_id in branch.text
    assert other.json()["items"] == []
    assert "没有符合条件的报名" in none.text


async def test_the_file_is_masked_and_holds_no_formula(people: Personas, link: Link) -> None:
    await _signed_up(people, link, name="=1+1")
    async with people.client(people.ours.employee) as client:
        answer = await client.get("/api/v1/signups?format=xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {"138****0001", "待确认"} <= {cell.value for cell in cells}
    assert "f" not in {cell.data_type for cell in cells}
    assert PHONE not in {cell.value for cell in cells}


async def test_the_employee_finds_it_among_the_days_work(people: Personas, signup_id: str) -> None:
    mine = f"/m/signups/{signup_id}"
    async with people.client(people.ours.employee) as client:
        before = (await client.get("/m")).text
        assert (await submit(client, f"{mine}/state", state="confirmed")).status_code == 303
        due = (await client.get("/m/tasks")).text
        assert (await submit(client, f"{mine}/state", state="attended")).status_code == 303
        after = (await client.get("/m/tasks")).text
        listed = (await client.get("/m/signups")).text
        unknown = await submit(client, f"{mine}/state", state="")
    assert mine in before
    assert "去确认" in before
    assert "登记到场" in due
    assert mine not in after
    assert "已到场" in listed
    assert unknown.status_code == 422


async def test_sign_ups_pass_on_with_who_leaves(people: Personas, signup_id: str) -> None:
    ours = people.ours
    async with people.client(ours.admin) as client:
        url = f"/api/v1/staff/{ours.employee.id}"
        before = (await client.get(f"{url}/handover")).json()["leads"]
        body = {"successor_id": str(ours.colleague.id)}
        done = await client.post(f"{url}/resign", json=body)
        assert done.json()["handover"]["leads"] == 1, done.text
    async with people.client(ours.colleague) as client:
        (row,) = (await client.get("/api/v1/signups")).json()["items"]
    assert before == 1
    assert row["id"] == signup_id


async def test_an_items_page_leads_to_its_sign_ups(people: Personas, link: Link) -> None:
    await _signed_up(people, link)
    async with people.client(people.ours.author) as client:
        page = (await client.get(f"/console/library/{link.item_id}")).text
    assert f"/console/signups?item_id={link.item_id}" in page


async def test_of_a_recalled_activity_customers_are_told_and_nobody_is_confirmed(
    people: Personas,
) -> None:
    ours, soon = people.ours, datetime.now(UTC) + timedelta(days=9)
    link = await _link(people, starts_at=soon.strftime("%Y-%m-%dT09:00"))
    signup_id = await _signed_up(people, link)
    mine, url = f"/m/signups/{signup_id}", f"/api/v1/signups/{signup_id}"
    await _recall(people, link, "场地临时维修")
    async with people.client(ours.employee) as client:
        (shown,) = (await client.get("/api/v1/signups?to_call=true")).json()["items"]
        shut = [await client.patch(url, json={"state": to}) for to in ("confirmed", "attended")]
        day, listed = (await client.get("/m")).text, (await client.get("/m/signups")).text
        one = (await client.get(mine)).text
        notices = (await client.get("/api/v1/notices")).json()["items"]
    assert (shown["moves"], shown["is_off"]) == (["cancelled"], True)
    assert shown["starts_at"] == soon.strftime("%Y-%m-%d 09:00")  # the day outlives the recall
    assert {each.status_code for each in shut} == {409}
    assert "通知客户取消" in day
    assert "去确认" not in day
    assert "已下架待通知 1" in listed
    assert "活动已下架（场地临时维修）" in one
    assert "已通知客户取消" in one
    assert [each["item_id"] for each in notices] == [str(link.item_id)]
    async with people.client(ours.author) as client:
        home = (await client.get("/console")).text
        console = (await client.get("/console/signups?to_call=true")).text
        item = (await client.get(f"/console/library/{link.item_id}")).text
        file = await client.get("/api/v1/signups?to_call=true&format=xlsx")
        (stop,) = (await client.get(f"/api/v1/items/{link.item_id}/stops")).json()["items"]
    assert "已下架待通知客户" in home
    assert "还有 1 位客户要通知" in console
    assert "赵*" in console
    assert "还要通知 1 位" in item
    assert "当时有 1 位客户已报名" in item
    assert stop["signups"] == 1
    sheet = openpyxl.load_workbook(io.BytesIO(file.content)).worksheets[0]
    assert "活动已下架，请通知客户" in {cell.value for row in sheet for cell in row}
    async with people.client(people.theirs.author) as client:
        assert (await client.get("/api/v1/signups?to_call=true")).json()["items"] == []


async def test_what_is_live_again_takes_its_sign_ups_back(people: Personas) -> None:
    soon = (datetime.now(UTC) + timedelta(days=9)).strftime("%Y-%m-%dT09:00")
    link = await _link(people, starts_at=soon)
    url = f"/api/v1/signups/{await _signed_up(people, link)}"
    ours, at = people.ours, datetime.now(UTC)
    await _recall(people, link, "内容有误")
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await library.item(db, link.item_id)
        old = (await library.revisions(db, item.id))[0]
        again = actions.Draft(item.kind, item.topic, "另选场地", old.fields)
        await actions.write_draft(db, item.id, again, by=ours.author, at=at)
        await actions.submit(db, item.id, by=ours.author, at=at)
        await approve(db, item, ours.reviewer, at)
    async with people.client(ours.employee) as client:
        moved = (await client.patch(url, json={"state": "confirmed"})).json()
    assert (moved["moves"], moved["is_off"]) == (["cancelled"], False)
