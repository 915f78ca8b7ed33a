"""First passwords of people who came by an import, once on a sheet; imports that are stopped."""

import io
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
from python_calamine import CalamineWorkbook
from sqlalchemy import select, update
from tests.make import make_staff
from tests.personas import Personas

from contenthub.posters import actions_staff, jobs_staff
from contenthub.tenants import actions_firstpasswords
from contenthub.tenants.models import AuditEntry, Bank, LongJob, Staff
from contenthub.uploads import actions as uploads

PEOPLE = "工号,姓名,机构\n7001,赵一,总行\n7002,钱二,总行\n7003,孙三,总行\n"
SHEET = "/console/staff/first-passwords"


async def _post(client: httpx.AsyncClient, url: str, **said: Any) -> httpx.Response:
    await client.get("/login")
    headers = {"x-csrftoken": str(client.cookies["csrftoken"])}
    files = said.pop("files", None)
    return await client.post(url, data=said, files=files, headers=headers)


async def _newcomers(people: Personas, count: int = 3) -> list[Staff]:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        return [
            await make_staff(
                db, ours.branch, "employee", name=f"新人{no}", login=f"new{no}", password_hash=""
            )
            for no in range(count)
        ]


async def _settle(people: Personas) -> None:
    """Give everybody of the personas a password, so that only newcomers wait."""
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await db.execute(update(Staff).values(password_hash="x", must_change_password=False))


def _rows(answer: httpx.Response) -> list[list[str]]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    rows = [[str(cell) for cell in row] for row in book.get_sheet_by_index(0).to_python()]
    start = next(no for no, row in enumerate(rows) if row[:3] == ["机构", "工号", "姓名"])
    return [row for row in rows[start + 1 :] if any(row)]


async def test_a_sheet_of_first_passwords_opens_the_door_once(people: Personas) -> None:
    await _settle(people)
    fresh = await _newcomers(people)
    async with people.client(people.ours.admin) as client:
        page = (await client.get("/console/staff/imports")).text
        assert "<b>3</b> 位员工还没有密码" in page
        rows = _rows(await _post(client, SHEET))
        assert [row[3] for row in rows] == [one.login for one in fresh]
        nobody = await _post(client, SHEET)
        assert nobody.status_code == 422
        assert "没有需要首次密码的员工" in nobody.text
        again = _rows(await _post(client, SHEET, again="true"))
        assert [row[3] for row in again] == [one.login for one in fresh]
        assert {row[4] for row in again}.isdisjoint({row[4] for row in rows})
    async with people.house.database.reading(people.ours.tenant) as db:
        slug = (await db.get_one(Bank, people.ours.tenant)).slug
        kept = (await db.scalars(select(AuditEntry))).all()
    given = [e for e in kept if e.event == "staff.first_password_given"]
    assert {e.subject_id for e in given} == {one.id for one in fresh}
    assert not any(row[4] in str(e.detail) for e in kept for row in rows + again)
    async with people.client() as client:
        said = {"bank": slug, "login": again[0][3]}
        old = await _post(client, "/login", **said, password=rows[0][4])
        assert old.status_code == 401
        new = await _post(client, "/login", **said, password=again[0][4])
        assert new.status_code == 303
        assert (await client.get("/m")).headers.get("location") == "/account/password"


async def test_who_used_a_first_password_or_left_keeps_things_as_they_are(
    people: Personas,
) -> None:
    await _settle(people)
    used, left, waits = await _newcomers(people)
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        one = await db.get_one(Staff, (people.ours.tenant, used.id))
        one.password_hash, one.last_login_at = "own", one.created_at
        (await db.get_one(Staff, (people.ours.tenant, left.id))).state = "disabled"
        hashes = {used.id: "new", left.id: "new", waits.id: "new"}
        admin = people.ours.admin
        given = await actions_firstpasswords.give(
            db, hashes, again=True, by=admin, at=one.created_at
        )
    assert given == {waits.id}


async def test_a_script_hands_them_out_by_branch_until_none_is_left(people: Personas) -> None:
    await _settle(people)
    fresh = await _newcomers(people, 2)
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await make_staff(db, people.ours.other_branch, "employee", password_hash="")
    url = "/api/v1/staff/first-passwords"
    async with people.client(people.ours.admin) as client:
        body = {"branch_id": str(people.ours.branch.id)}
        first = (await client.post(url, json=body)).json()
        assert {one["login"] for one in first["items"]} == {one.login for one in fresh}
        assert first["left"] == 0
        rest = (await client.post(url, json={})).json()
        assert len(rest["items"]) == 1
    async with people.client(people.ours.author) as client:
        assert (await client.post(url, json={})).status_code == 403
        assert (await _post(client, SHEET)).status_code == 403
    async with people.client(people.theirs.admin) as client:
        assert (await client.post(url, json=body)).status_code == 404


async def _uploaded(people: Personas, client: httpx.AsyncClient) -> UUID:
    file = ("人员.csv", PEOPLE.encode(), "text/csv")
    answer = await _post(client, "/console/staff/imports", files={"file": file})
    assert answer.status_code in (200, 201, 303), answer.text
    async with people.house.database.reading(people.ours.tenant) as db:
        found = await db.scalars(
            select(LongJob.id).where(LongJob.kind == actions_staff.KIND).order_by(LongJob.id.desc())
        )
        return found.first() or UUID(int=0)


async def test_a_running_import_of_people_is_stopped_and_keeps_what_was_loaded(
    people: Personas,
) -> None:
    database, tenant = people.house.database, people.ours.tenant
    async with people.client(people.ours.admin) as client:
        job_id = await _uploaded(people, client)
        here = f"/console/staff/imports/{job_id}"
        assert "取消导入" in (await client.get(here)).text
        columns = {"mapping.staff_no": "工号", "mapping.name": "姓名", "mapping.branch": "机构"}
        assert (await _post(client, here + "/run", how="load", **columns)).status_code < 400
        async with database.unit_of_work(tenant) as db:
            taken = await uploads.claim(db, actions_staff.SORT, job_id, at=datetime.now(UTC))
            assert taken is not None
            taken.result = {**taken.result, "added": 1, "photos": 0}
        assert "取消导入" in (await client.get(here)).text
        assert (await _post(client, here + "/cancel")).status_code < 400
        page = (await client.get(here)).text
        assert "已取消；取消前新增 1 位" in page
        assert here + "/cancel" not in page
        assert (await _post(client, here + "/cancel")).status_code == 409
        # The worker that had it stops at its next step.
        async with database.unit_of_work(tenant) as db:
            goes_on = await actions_staff.take_rows(
                db, job_id, [], after_line=0, last_line=2, at=taken.created_at
            )
        assert goes_on is False
        await jobs_staff.drop_staff_list(database, tenant, job_id=str(job_id))
        kept = await people.house.storage.keys(f"{tenant}/imports/")
        assert not [key for key in kept if str(job_id) in key]


async def test_an_import_is_stopped_by_the_api_by_its_managers_only(people: Personas) -> None:
    async with people.client(people.ours.admin) as client:
        job_id = await _uploaded(people, client)
    url = f"/api/v1/staff/imports/{job_id}/cancel"
    async with people.client(people.ours.author) as client:
        assert (await client.post(url)).status_code == 403
    async with people.client(people.theirs.admin) as client:
        assert (await client.post(url)).status_code == 404
    async with people.client(people.ours.admin) as client:
        stopped = await client.post(url)
        assert stopped.json()["state"] == "cancelled"
        assert "没有写入员工" in stopped.json()["message"]
        assert (await client.post(url)).status_code == 409
        wrong = f"/api/v1/staff/imports/{people.ours.admin.id}/cancel"
        assert (await client.post(wrong)).status_code == 404
