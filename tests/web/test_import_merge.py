"""Merge rules at the console and over the API: chosen, tried, shown row by row, kept, undone."""

import json

import httpx
from sqlalchemy import select
from tests.make import make_branch, make_customer
from tests.personas import Personas
from tests.web.desk import csv_of, post_form, work

from contenthub.customers.models import Customer

RUN = ("customers.import_file", "customers.drop_upload")
HEAD = "客户姓名,手机号,村,日均资产(元),数据日期\n"
FILE = csv_of("王小明,13900000001,河东村,200,2020-01-01", "李娜,13900000002,柳树村,5,", head=HEAD)
MERGE = {"grid": "empty", "aum": "newer"}


async def _tried(people: Personas, client: httpx.AsyncClient, **form: str) -> str:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await make_customer(db, phone="13900000001", name="王小明", aum_fen=100)
    data = {"dry_run": "true", **form}
    started = await client.post("/api/v1/imports", files={"file": ("a.csv", FILE)}, data=data)
    assert started.status_code == 202, started.text
    await work(people, *RUN)
    job_id: str = started.json()["job_id"]
    return job_id


async def _known(people: Personas) -> tuple[str, int, str]:
    async with people.house.database.reading(people.ours.tenant) as db:
        one = (await db.scalars(select(Customer).where(Customer.no == 1))).one()
        return one.grid, one.aum_fen, one.dated


async def test_a_trial_shows_old_and_new_and_which_of_them_holds(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        job_id = await _tried(people, client, merge=json.dumps(MERGE))
        view = (await client.get(f"/api/v1/imports/{job_id}")).json()
        page = (await client.get(f"/console/imports/{job_id}")).text
    assert view["merge"] == MERGE
    (plan,) = view["plans"]
    assert (plan["line"], plan["name"]) == (2, "王*明")
    assert [(f["label"], f["old"], f["new"], f["is_taken"]) for f in plan["fields"]] == [
        ("资产", "1", "200", False),
        ("村（网格）", "", "河东村", True),
    ]
    assert "已有客户会怎么变" in page
    assert "改成文件里的" in page
    assert page.count("保留原来的</span>") == 1


async def test_a_trial_places_who_nobody_has_placed_as_the_load_will(people: Personas) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await make_branch(db, "城关支行")
        await make_customer(db, phone="13900000001", name="王小明")
    sheet = csv_of("王小明,13900000001,城关支行", head="客户姓名,手机号,开户机构\n")
    sent = {"dry_run": "true", "merge": json.dumps({"branch": "empty"})}
    async with people.client(people.ours.author) as client:
        started = await client.post("/api/v1/imports", files={"file": ("a.csv", sheet)}, data=sent)
        await work(people, *RUN)
        tried = (await client.get(f"/api/v1/imports/{started.json()['job_id']}")).json()
    (plan,) = tried["plans"]
    assert [(f["field"], f["new"], f["is_taken"]) for f in plan["fields"]] == [
        ("branch", "城关支行", True)
    ]


async def test_rules_changed_after_a_trial_hold_in_the_load_and_come_next_time(
    people: Personas,
) -> None:
    async with people.client(people.ours.author) as client:
        job_id = await _tried(people, client)
        view = (await client.get(f"/api/v1/imports/{job_id}")).json()
        form = {f"mapping.{name}": header for name, header in view["mapping"].items()}
        form |= {"merge.aum": "newer", "merge.grid": "ours", "how": "load"}
        answer = await post_form(client, f"/console/imports/{job_id}/run", form)
        assert answer.status_code < 400, answer.text
        await work(people, *RUN)
        assert await _known(people) == ("", 100, "")
        view = (await client.get(f"/api/v1/imports/{job_id}")).json()
        assert (view["added"], view["updated"], view["plans"]) == (1, 1, [])
        again = csv_of("王小明,13900000001,城东村,9,2020-01-01", head=HEAD)
        await client.post("/api/v1/imports", files={"file": ("b.csv", again)})
        await work(people, *RUN)
        assert await _known(people) == ("", 100, ""), "as the bank chose last time"
        named = {"file": ("c.csv", csv_of("王小明,13900000001,城东村,9,", head=HEAD))}
        await client.post("/api/v1/imports", files=named, data={"merge": "{}"})
        await work(people, *RUN)
        assert await _known(people) == ("城东村", 900, "")


async def test_an_undo_brings_facts_and_their_days_back(people: Personas) -> None:
    today = csv_of("王小明,13900000001,河东村,200,2026-01-01", head=HEAD)
    async with people.client(people.ours.author) as client:
        old = csv_of("王小明,13900000001,柳树村,100,2025-01-01", head=HEAD)
        for name, file in (("a.csv", old), ("b.csv", today)):
            sent = {"merge": '{"aum": "newer"}'}
            started = await client.post("/api/v1/imports", files={"file": (name, file)}, data=sent)
            await work(people, *RUN)
        assert await _known(people) == ("河东村", 20_000, "aum:2026-01-01")
        undone = await client.post(f"/api/v1/imports/{started.json()['job_id']}/undo")
        assert undone.status_code == 202
        await work(people, *RUN)
    assert await _known(people) == ("柳树村", 10_000, "aum:2025-01-01")


async def test_a_rule_by_day_without_the_day_is_refused_at_its_field(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        job_id = await _tried(people, client)
        form = {"mapping.name": "客户姓名", "mapping.phone": "手机号", "mapping.grid": "村"}
        form |= {"merge.grid": "newer", "how": "trial"}
        answer = await post_form(client, f"/console/imports/{job_id}/run", form)
        body = {"mapping": {"name": "客户姓名", "phone": "手机号"}, "merge": {"phone": "ours"}}
        over_api = await client.post(f"/api/v1/imports/{job_id}/run", json=body)
    assert answer.status_code == 422
    assert "请指定“数据日期”是哪一列" in answer.text
    assert over_api.status_code == 422
    assert over_api.json()["errors"][0]["pointer"] == "/merge/phone"


async def test_another_bank_and_who_may_not_import_get_nowhere(people: Personas) -> None:
    body = {"mapping": {"name": "客户姓名", "phone": "手机号"}, "merge": {"grid": "ours"}}
    async with people.client(people.ours.author) as client:
        job_id = await _tried(people, client)
    async with people.client(people.theirs.author) as client:
        assert (await client.post(f"/api/v1/imports/{job_id}/run", json=body)).status_code == 404
    async with people.client(people.ours.employee) as client:
        assert (await client.post(f"/api/v1/imports/{job_id}/run", json=body)).status_code == 403
