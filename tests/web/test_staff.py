"""Branches, people, keys over the API and the pages: allowed, refused, wrong, another bank's."""

import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import openpyxl
import pytest
from PIL import Image
from sqlalchemy import select
from tests.make import NOW, make_staff
from tests.personas import Personas

from contenthub.db import new_id
from contenthub.errors import Conflict
from contenthub.tenants import actions as tenants
from contenthub.tenants import queries, queries_branches
from contenthub.tenants.models import AuditEntry, DirectoryEntry, Staff

PASSWORD = "Qing-yuan-2026"


def _new(people: Personas, **over: Any) -> dict[str, Any]:
    facts = {
        "login": "zhangwei",
        "staff_no": "A-100",
        "name": "张伟",
        "branch_id": str(people.ours.branch.id),
        "roles": ["employee"],
        "password": PASSWORD,
    }
    return {**facts, **over}


async def _events(people: Personas) -> list[str]:
    async with people.house.database.reading(people.ours.tenant) as db:
        found = await db.scalars(select(AuditEntry.event).order_by(AuditEntry.id))
        return list(found)


async def _token(client: httpx.AsyncClient) -> dict[str, str]:
    await client.get("/login")
    return {"x-csrftoken": client.cookies["csrftoken"]}


async def test_an_administrator_invites_a_person_who_can_sign_in(people: Personas) -> None:
    async with people.client(people.ours.admin) as client:
        made = await client.post("/api/v1/staff", json=_new(people))
        assert made.status_code == 201
        assert "password" not in made.json()
        bank = (await client.get("/api/v1/me")).json()["bank"]
    async with people.client() as stranger:
        body = {"bank": bank, "login": "zhangwei", "password": PASSWORD}
        assert (await stranger.post("/api/v1/login", json=body)).status_code == 200
    assert "staff.invited" in await _events(people)


async def _bank_and_duty(people: Personas, word: str) -> httpx.Response:
    async with people.house.database.reading(people.ours.tenant) as db:
        slug = (await queries.bank(db)).slug
    async with people.client() as stranger:
        body = {"bank": slug, "login": "zhangwei", "password": word}
        return await stranger.post("/api/v1/login", json=body)


async def test_a_generated_password_is_told_once_and_is_for_the_first_log_in(
    people: Personas,
) -> None:
    body = _new(people)
    del body["password"]
    key = {"idempotency-key": "invite-zhangwei"}
    async with people.client(people.ours.admin) as client:
        made = (await client.post("/api/v1/staff", json=body, headers=key)).json()
        again = (await client.post("/api/v1/staff", json=body, headers=key)).json()
        word = made["initial_password"]
        assert re.fullmatch(r"([a-z]{4}[2-9]-){3}[a-z]{4}[2-9]", word)
        assert again == {**made, "initial_password": None}
        assert (await _bank_and_duty(people, word)).json()["duty"] == "password"
        url = f"/api/v1/staff/{made['id']}"
        fresh = (await client.post(url + "/reset-password")).json()["initial_password"]
        own = await client.post(f"/api/v1/staff/{people.ours.admin.id}/reset-password")
    assert own.status_code == 409
    assert (await _bank_and_duty(people, word)).status_code == 401
    assert (await _bank_and_duty(people, fresh)).json()["duty"] == "password"


async def test_a_first_password_ends_after_72_hours_unused(people: Personas) -> None:
    async with people.client(people.ours.admin) as client:
        made = (await client.post("/api/v1/staff", json=_new(people))).json()
    for hours, status in ((71, 200), (73, 401)):
        async with people.house.database.unit_of_work(people.ours.tenant) as db:
            staff = await queries.staff(db, UUID(made["id"]))
            staff.password_set_at = datetime.now(UTC) - timedelta(hours=hours)
        answer = await _bank_and_duty(people, PASSWORD)
        assert answer.status_code == status
    assert "初始密码已过期" in answer.text


async def test_the_pages_show_a_generated_password_once(people: Personas) -> None:
    shown = r"<code[^>]*>([a-z]{4}[2-9](?:-[a-z]{4}[2-9]){3})</code>"
    async with people.client(people.ours.admin) as client:
        headers = await _token(client)
        page = await client.get("/console/staff")
        assert 'name="password"' not in page.text
        form = {**_new(people), "password": "typed-by-the-administrator"}
        made = await client.post("/console/staff", data=form, headers=headers)
        [word] = re.findall(shown, made.text)
        url = re.findall(r"/console/staff/[0-9a-f-]{36}", made.text)[0]
        one = (await client.get(url)).text
        assert word not in one
        assert 'name="password"' not in one
        part = {**headers, "hx-request": "true"}
        reset = await client.post(url + "/reset-password", headers=part)
        [fresh] = re.findall(shown, reset.text)
        assert "<html" not in reset.text
    assert (await _bank_and_duty(people, "typed-by-the-administrator")).status_code == 401
    assert (await _bank_and_duty(people, word)).status_code == 401
    assert (await _bank_and_duty(people, fresh)).json()["duty"] == "password"


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"roles": ["king"]}, "roles"),
        ({"password": "12345678"}, "password"),
        ({"password": "short"}, "password"),
    ],
)
async def test_a_wrong_fact_names_its_field(
    people: Personas, over: dict[str, Any], field: str
) -> None:
    async with people.client(people.ours.admin) as client:
        answer = await client.post("/api/v1/staff", json=_new(people, **over))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == f"/{field}"


async def test_a_login_is_taken_once(people: Personas) -> None:
    async with people.client(people.ours.admin) as client:
        await client.post("/api/v1/staff", json=_new(people))
        again = await client.post("/api/v1/staff", json=_new(people, staff_no="A-101"))
        number = await client.post(
            "/api/v1/staff", json=_new(people, login="zw", staff_no=" Ａ-100")
        )
    assert again.status_code == 422
    assert "已被使用" in again.json()["detail"]
    (error,) = number.json()["errors"]
    assert (number.status_code, error["pointer"]) == (422, "/staff_no")
    assert "工号 A-100 是张伟的" in error["message"]


async def test_an_unknown_role_is_answered_with_the_roles_there_are(people: Personas) -> None:
    async with people.client(people.ours.admin) as client:
        answer = await client.post("/api/v1/staff", json=_new(people, roles=["king"]))
    message = answer.json()["errors"][0]["message"]
    assert message.startswith("没有这样的角色：king。请从这些里选：银行管理员（bank_admin）、")
    assert "客户经理（employee）" in message
    assert "agency_operator" not in message


async def test_unknown_body_fields_are_refused(people: Personas) -> None:
    async with people.client(people.ours.admin) as client:
        body = _new(people, tenant_id=str(people.theirs.tenant))
        assert (await client.post("/api/v1/staff", json=body)).status_code == 400


async def test_the_list_pages_by_staff_number_without_gap_or_repeat(people: Personas) -> None:
    seen: list[str] = []
    cursor = ""
    async with people.client(people.ours.admin) as client:
        while True:
            url = f"/api/v1/staff?limit=3&cursor={cursor}"
            answer = (await client.get(url)).json()
            assert len(answer["items"]) <= 3
            seen += [p["staff_no"] for p in answer["items"]]
            if answer["next_cursor"] is None:
                break
            cursor = answer["next_cursor"]
    assert len(seen) == 8
    assert seen == sorted(set(seen))


async def test_a_branch_manager_sees_only_their_own_branch(people: Personas) -> None:
    async with people.client(people.ours.branch_manager) as client:
        names = {p["name"] for p in (await client.get("/api/v1/staff")).json()["items"]}
        colleague = await client.get(f"/api/v1/staff/{people.ours.colleague.id}")
        own = await client.get(f"/api/v1/staff/{people.ours.employee.id}")
    assert names == {"孙丽", "王小明"}
    assert colleague.status_code == 404
    assert own.status_code == 200


async def test_a_search_finds_by_name_number_and_phone(people: Personas) -> None:
    employee = people.ours.employee
    async with people.client(people.ours.admin) as client:
        for text in ("小明", employee.staff_no, employee.phone[:9], employee.login):
            found = (await client.get("/api/v1/staff", params={"q": text})).json()["items"]
            assert str(employee.id) in [p["id"] for p in found]
        assert (await client.get("/api/v1/staff", params={"q": "%"})).json()["items"] == []


async def test_the_list_is_filtered_by_role_state_and_branch(people: Personas) -> None:
    ours = people.ours
    async with people.client(ours.admin) as client:
        await client.patch(f"/api/v1/staff/{ours.colleague.id}", json={"state": "leave"})

        async def names(**query: str) -> set[str]:
            found = await client.get("/api/v1/staff", params=query)
            return {p["name"] for p in found.json()["items"]}

        assert await names(role="employee") == {"王小明", "刘洋"}
        assert await names(role="employee", state="leave") == {"刘洋"}
        assert await names(branch_id=str(ours.branch.id)) == {"王小明", "孙丽"}
        assert len(await names(branch_id=str(ours.head.id))) == 8
        assert await names(role="king") == set()


async def test_changing_a_person_keeps_what_is_left_out(people: Personas) -> None:
    url = f"/api/v1/staff/{people.ours.employee.id}"
    async with people.client(people.ours.admin) as client:
        changed = await client.patch(url, json={"title": "理财经理", "state": "leave"})
    assert changed.status_code == 200
    assert changed.json()["title"] == "理财经理"
    assert changed.json()["state"] == "leave"
    assert changed.json()["name"] == "王小明"
    assert "staff.changed" in await _events(people)


async def test_nobody_changes_their_own_roles_or_resigns_themselves(people: Personas) -> None:
    admin = people.ours.admin
    async with people.client(admin) as client:
        url = f"/api/v1/staff/{admin.id}"
        roles = await client.patch(url, json={"roles": ["bank_admin", "reviewer"]})
        body = {"successor_id": str(people.ours.author.id)}
        gone = await client.post(f"{url}/resign", json=body)
        same = await client.patch(url, json={"roles": ["bank_admin"], "title": "行长"})
    assert (roles.status_code, gone.status_code, same.status_code) == (409, 409, 200)


async def test_a_resigned_person_is_out_and_new_traffic_has_an_heir(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        key, clear = await tenants.create_key(db, ours.employee, "脚本", by=ours.admin, at=NOW)
    async with people.client(ours.admin) as client:
        url = f"/api/v1/staff/{ours.employee.id}/resign"
        answer = await client.post(url, json={"successor_id": str(ours.colleague.id)})
        again = await client.post(url, json={"successor_id": str(ours.colleague.id)})
    assert answer.json()["state"] == "resigned"
    assert answer.json()["successor_id"] == str(ours.colleague.id)
    assert again.status_code == 409
    async with people.client(ours.employee) as gone:
        assert (await gone.get("/api/v1/me")).status_code == 401
    async with people.client() as script:
        headers = {"authorization": f"Bearer {clear}"}
        assert (await script.get("/api/v1/me", headers=headers)).status_code == 401
    async with people.house.database.reading(ours.tenant) as read:
        known = select(DirectoryEntry).where(DirectoryEntry.target_id == key.id)
        assert await read.scalar(known) is None
    assert {"staff.resigned", "key.revoked"} <= set(await _events(people))


async def test_an_heir_who_leaves_hands_all_on(people: Personas) -> None:
    ours = people.ours
    async with people.client(ours.admin) as client:
        for leaver, heir in ((ours.employee, ours.colleague), (ours.colleague, ours.author)):
            url = f"/api/v1/staff/{leaver.id}/resign"
            body = {"successor_id": str(heir.id)}
            assert (await client.post(url, json=body)).status_code == 200
        first = (await client.get(f"/api/v1/staff/{ours.employee.id}")).json()
    assert first["successor_id"] == str(ours.author.id)


@pytest.mark.parametrize("who", ["self", "on leave"])
async def test_an_heir_is_another_person_at_work(people: Personas, who: str) -> None:
    ours = people.ours
    heir = ours.employee if who == "self" else ours.colleague
    async with people.client(ours.admin) as client:
        await client.patch(f"/api/v1/staff/{ours.colleague.id}", json={"state": "leave"})
        url = f"/api/v1/staff/{ours.employee.id}/resign"
        answer = await client.post(url, json={"successor_id": str(heir.id)})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/successor_id"


async def test_a_branch_is_opened_below_its_parent_and_its_code_is_taken_once(
    people: Personas,
) -> None:
    body = {"code": "0901", "name": "新城支行", "parent_id": str(people.ours.head.id)}
    async with people.client(people.ours.admin) as client:
        first = await client.post("/api/v1/branches", json=body)
        second = await client.post("/api/v1/branches", json=body)
        listed = (await client.get("/api/v1/branches")).json()["items"]
    assert (first.status_code, second.status_code) == (201, 409)
    assert [b["name"] for b in listed if b["code"] == "0901"] == ["新城支行"]
    assert (await _events(people)).count("branch.opened") == 1


async def test_the_same_idempotency_key_makes_one_branch(people: Personas) -> None:
    body = {"code": "0902", "name": "新城支行", "parent_id": str(people.ours.head.id)}
    headers = {"idempotency-key": "k1"}
    async with people.client(people.ours.admin) as client:
        first = await client.post("/api/v1/branches", json=body, headers=headers)
        second = await client.post("/api/v1/branches", json=body, headers=headers)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()


async def test_a_key_is_shown_once_works_and_ends_when_revoked(people: Personas) -> None:
    async with people.client(people.ours.admin) as client:
        made = (await client.post("/api/v1/keys", json={"name": "夜间导入"})).json()
        listed = (await client.get("/api/v1/keys")).text
        assert made["key"].startswith("ch_")
        assert made["key"] not in listed
        async with people.client() as script:
            headers = {"authorization": f"Bearer {made['key']}"}
            assert (await script.get("/api/v1/me", headers=headers)).status_code == 200
            assert (await client.delete(f"/api/v1/keys/{made['id']}")).status_code == 204
            assert (await client.delete(f"/api/v1/keys/{made['id']}")).status_code == 204
            assert (await script.get("/api/v1/me", headers=headers)).status_code == 401
    assert (await _events(people)).count("key.revoked") == 1


@pytest.mark.parametrize("end", ["2020-01-01T00:00:00+08:00", "2099-01-01T00:00:00"])
async def test_a_keys_end_lies_ahead_and_says_its_zone(people: Personas, end: str) -> None:
    async with people.client(people.ours.admin) as client:
        answer = await client.post("/api/v1/keys", json={"name": "x", "expires_at": end})
    assert answer.status_code == 422
    assert "时区" in answer.json()["detail"]


async def _finished_job(people: Personas, owner: Staff, errors: bytes) -> UUID:
    tenant = people.ours.tenant
    async with people.house.database.unit_of_work(tenant) as db:
        job = tenants.start_job(db, "import", "导入客户", params={}, by=owner, at=NOW)
        job.state, job.done, job.total = "done", 2, 3
        job.errors_key = f"{tenant}/jobs/{job.id}.csv"
        await people.house.storage.put(job.errors_key, errors, mime="text/csv")
        return job.id


async def test_only_who_started_a_job_may_see_it(people: Personas) -> None:
    job_id = await _finished_job(people, people.ours.author, b"1,bad\n")
    async with people.client(people.ours.author) as client:
        seen = (await client.get(f"/api/v1/jobs/{job_id}")).json()
        file = await client.get(seen["errors_url"])
        assert (await client.get(f"/api/v1/jobs/{job_id}/result")).status_code == 404
    assert (seen["state"], seen["done"], seen["total"]) == ("done", 2, 3)
    assert seen["result_url"] is None
    assert file.content == b"1,bad\n"
    assert "attachment" in file.headers["content-disposition"]
    assert "job.downloaded" in await _events(people)
    async with people.client(people.ours.campaign_manager) as other:
        assert (await other.get(f"/api/v1/jobs/{job_id}")).status_code == 404
        assert (await other.get(seen["errors_url"])).status_code == 404


def _picture(form: str, size: tuple[int, int] = (900, 600)) -> bytes:
    held = io.BytesIO()
    Image.new("RGB", size, "teal").save(held, form)
    return held.getvalue()


async def test_a_photo_becomes_our_own_square_jpeg(people: Personas) -> None:
    ours = people.ours
    url = f"/console/staff/{ours.employee.id}/photo"
    async with people.client(ours.admin) as client:
        headers = await _token(client)
        files = {"file": ("x.png", _picture("PNG"), "image/png")}
        assert (await client.post(url, files=files, headers=headers)).status_code == 303
        shown = await client.get(url + ".jpg")
    with Image.open(io.BytesIO(shown.content)) as picture:
        assert picture.format == "JPEG"
        assert picture.size == (320, 320)
    async with people.house.database.reading(ours.tenant) as db:
        staff = await db.get_one(Staff, (ours.tenant, ours.employee.id))
        assert staff.photo_key == f"{ours.tenant}/photos/{ours.employee.id}.jpg"


@pytest.mark.parametrize("bad", [b"<svg/>", b"", b"\xff\xd8\xff\xe0broken"])
async def test_a_file_that_is_no_picture_is_refused_and_nothing_kept(
    people: Personas, bad: bytes
) -> None:
    async with people.client(people.ours.admin) as client:
        headers = {**await _token(client), "hx-request": "true"}
        url = f"/console/staff/{people.ours.employee.id}/photo"
        answer = await client.post(
            url, files={"file": ("x.jpg", bad, "image/jpeg")}, headers=headers
        )
    assert answer.status_code == 422
    assert answer.headers["hx-retarget"] == "#problems"
    assert await people.house.storage.keys(f"{people.ours.tenant}/photos/") == []


async def test_the_staff_page_shows_tree_and_people_and_its_form_invites(
    people: Personas,
) -> None:
    async with people.client(people.ours.admin) as client:
        shown = (await client.get("/console/staff")).text
        for word in ("城关支行", "柳河支行", "王小明", "新增员工", "客户经理"):
            assert word in shown
        headers = await _token(client)
        form = {**_new(people), "roles": ["employee", "branch_manager"]}
        del form["password"]
        made = await client.post("/console/staff", data=form, headers=headers)
        assert made.status_code == 200
        url = re.search(r"/console/staff/[0-9a-f-]{36}", made.text)
        assert url
        one = (await client.get(url[0])).text
    assert "张伟" in one
    assert "支行行长" in one


async def test_one_role_in_a_form_is_a_list_of_one(people: Personas) -> None:
    async with people.client(people.ours.admin) as client:
        headers = await _token(client)
        made = await client.post("/console/staff", data=_new(people), headers=headers)
        assert made.status_code == 200
        found = (await client.get("/api/v1/staff", params={"q": "张伟"})).json()["items"]
    assert found[0]["roles"] == ["employee"]


async def test_a_form_with_gaps_keeps_the_page_and_names_each_field(people: Personas) -> None:
    async with people.client(people.ours.admin) as client:
        headers = {**await _token(client), "hx-request": "true"}
        answer = await client.post("/console/staff", data={"title": "x"}, headers=headers)
    assert answer.status_code == 422
    for word in ("姓名", "登录名", "工号"):
        assert f"请填写{word}" in answer.text


async def test_the_form_of_one_person_changes_and_resigns(people: Personas) -> None:
    ours = people.ours
    url = f"/console/staff/{ours.employee.id}"
    async with people.client(ours.admin) as client:
        headers = await _token(client)
        form = {"name": "王小明", "title": "理财经理", "roles": "employee", "phone": "13900000000"}
        assert (await client.post(url, data=form, headers=headers)).status_code == 303
        wrong = await client.post(
            f"{url}/resign", data={"successor": "nobody"}, headers={**headers, "hx-request": "true"}
        )
        right = await client.post(
            f"{url}/resign", data={"successor": ours.colleague.staff_no}, headers=headers
        )
        shown = (await client.get(url)).text
    assert wrong.status_code == 422
    assert "nobody" in wrong.text
    assert right.status_code == 303
    assert re.search(r"接手人 (<a [^>]*>)?刘洋", shown)


async def test_who_may_only_look_sees_no_forms(people: Personas) -> None:
    async with people.client(people.ours.auditor) as client:
        for url in ("/console/staff", f"/console/staff/{people.ours.employee.id}"):
            shown = (await client.get(url)).text
            assert "王小明" in shown
            assert 'hx-post="/console/staff' not in shown


async def test_the_keys_page_shows_a_new_key_once(people: Personas) -> None:
    async with people.client(people.ours.admin) as client:
        headers = await _token(client)
        made = await client.post("/console/keys", data={"name": "夜间导入"}, headers=headers)
        assert "ch_" in made.text
        later = (await client.get("/console/keys")).text
        assert "夜间导入" in later
        key_id = (await client.get("/api/v1/keys")).json()["items"][0]["id"]
        gone = await client.post(f"/console/keys/{key_id}/revoke", headers=headers)
        assert gone.status_code == 303
        assert "已吊销" in (await client.get("/console/keys")).text
    (clear,) = set(re.findall(r"ch_live_[\w-]{40,}", made.text))
    assert clear not in later


async def test_a_telephone_number_is_one_at_both_doors(people: Personas) -> None:
    employee = people.ours.employee
    async with people.client(people.ours.admin) as client:
        for answer in (
            await client.post("/api/v1/staff", json=_new(people, phone="abc")),
            await client.patch(f"/api/v1/staff/{employee.id}", json={"phone": "abc"}),
        ):
            assert answer.status_code == 422
            assert answer.json()["errors"][0]["pointer"] == "/phone"
        kept = await client.patch(
            f"/api/v1/staff/{employee.id}", json={"phone": "+86 139 0000 0001"}
        )
    assert kept.json()["phone"] == "13900000001"


async def test_a_wecom_userid_is_one_persons_at_work(people: Personas) -> None:
    employee, colleague = people.ours.employee, people.ours.colleague
    taken = {"wecom_userid": colleague.wecom_userid.upper()}
    async with people.client(people.ours.admin) as client:
        for answer in (
            await client.post("/api/v1/staff", json=_new(people, **taken)),
            await client.patch(f"/api/v1/staff/{employee.id}", json=taken),
        ):
            assert answer.status_code == 422
            (error,) = answer.json()["errors"]
            assert error["pointer"] == "/wecom_userid"
            assert colleague.name in error["message"]
            assert colleague.staff_no in error["message"]
        own = await client.patch(
            f"/api/v1/staff/{colleague.id}", json={"wecom_userid": colleague.wecom_userid.upper()}
        )
        assert own.status_code == 200
        await client.post(
            f"/api/v1/staff/{colleague.id}/resign", json={"successor_id": str(employee.id)}
        )
        assert (await client.patch(f"/api/v1/staff/{employee.id}", json=taken)).status_code == 200


async def test_not_even_two_at_once_get_the_same_userid(people: Personas) -> None:
    with pytest.raises(Conflict):
        async with people.house.database.unit_of_work(people.ours.tenant) as db:
            for staff in (people.ours.employee, people.ours.colleague):
                (await queries.staff(db, staff.id)).wecom_userid = "the-same"


async def test_a_wrong_state_and_a_wrong_day_are_told_at_their_field(people: Personas) -> None:
    url = f"/api/v1/staff/{people.ours.employee.id}"
    async with people.client(people.ours.admin) as client:
        state = await client.patch(url, json={"state": "nonsense"})
        day = await client.patch(url, json={"authorised_until": "soon"})
    assert state.status_code == 422
    assert state.json()["errors"][0]["pointer"] == "/state"
    assert day.status_code == 400
    assert "2027-01-31" in day.json()["errors"][0]["message"]
    assert "T10:00" not in day.text


async def test_who_comes_from_outside_is_counted_in_no_branch(people: Personas) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        before = await queries_branches.tree(db, viewer=people.ours.admin)
        await make_staff(db, people.ours.head, "agency_operator", operator_id=new_id())
        after = await queries_branches.tree(db, viewer=people.ours.admin)
    assert [node.people for node in after] == [node.people for node in before]


@pytest.mark.parametrize("said", [" QingYuan0007", "qingyuan0007 ", "ｑｉｎｇｙｕａｎ0007"])
async def test_a_userid_that_looks_like_anothers_is_anothers(people: Personas, said: str) -> None:
    ours = people.ours
    async with people.client(ours.admin) as client:
        own = await client.patch(
            f"/api/v1/staff/{ours.colleague.id}", json={"wecom_userid": " ｑingyuan0007 "}
        )
        assert own.json()["wecom_userid"] == "qingyuan0007"
        for answer in (
            await client.post("/api/v1/staff", json=_new(people, wecom_userid=said)),
            await client.patch(f"/api/v1/staff/{ours.employee.id}", json={"wecom_userid": said}),
        ):
            assert answer.status_code == 422
            assert ours.colleague.name in answer.json()["errors"][0]["message"]


async def test_an_id_is_held_to_the_rule_of_the_import_at_every_door(people: Personas) -> None:
    employee = people.ours.employee
    branch = {"parent_id": str(people.ours.head.id), "name": "新网点", "kind": "outlet"}
    async with people.client(people.ours.admin) as client:
        for field in ("wecom_userid", "qualification_no"):
            for answer in (
                await client.post("/api/v1/staff", json=_new(people, **{field: "a b"})),
                await client.patch(f"/api/v1/staff/{employee.id}", json={field: "a b"}),
            ):
                assert answer.status_code == 422
                (error,) = answer.json()["errors"]
                assert (error["pointer"], error["message"][:9]) == (
                    f"/{field}",
                    "编号只能是字母、数",
                )
        number = await client.post("/api/v1/staff", json=_new(people, staff_no="../1"))
        assert number.json()["errors"][0]["pointer"] == "/staff_no"
        refused = await client.post("/api/v1/branches", json={**branch, "code": "a b"})
        assert refused.json()["errors"][0]["pointer"] == "/code"
        opened = await client.post("/api/v1/branches", json={**branch, "code": " ９８７６"})
        assert opened.json()["code"] == "9876"
        form = {"name": employee.name, "roles": "employee", "wecom_userid": "a b"}
        page = await client.post(
            f"/console/staff/{employee.id}",
            data=form,
            headers={**await _token(client), "hx-request": "true"},
        )
    assert page.status_code == 422
    assert "编号只能是字母" in page.text


async def test_a_role_said_twice_is_had_once(people: Personas) -> None:
    twice = ["employee", "author", "employee"]
    async with people.client(people.ours.admin) as client:
        made = await client.post("/api/v1/staff", json=_new(people, roles=twice))
        changed = await client.patch(
            f"/api/v1/staff/{people.ours.employee.id}", json={"roles": twice}
        )
    assert made.json()["roles"] == changed.json()["roles"] == ["employee", "author"]


async def test_who_comes_from_outside_is_listed_only_when_asked_for(people: Personas) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        guests = [
            await make_staff(db, people.ours.head, role, operator_id=new_id())
            for role in ("agency_operator", "platform_visitor")
        ]
    numbers = {guest.staff_no for guest in guests}
    async with people.client(people.ours.admin) as client:

        async def listed(query: str) -> set[str]:
            items = (await client.get(f"/api/v1/staff?limit=100&{query}")).json()["items"]
            return {one["staff_no"] for one in items}

        own = await listed("")
        assert people.ours.employee.staff_no in own
        assert not own & numbers
        assert await listed("outside=true") == numbers
        assert await listed("role=agency_operator") == {guests[0].staff_no}
        for query in ("", "&outside=true"):
            out = await client.get(f"/api/v1/staff?format=xlsx{query}")
            sheet = openpyxl.load_workbook(io.BytesIO(out.content)).active
            assert sheet is not None
            assert not numbers & {str(row[0]) for row in sheet.values}
        page = (await client.get("/console/staff")).text
        outside = (await client.get("/console/staff?outside=1")).text
    for guest in guests:
        assert str(guest.id) not in page
        assert str(guest.id) in outside
