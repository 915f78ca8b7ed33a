"""Imports over the API and at the console: upload, columns, trial, load, errors, again."""

import asyncio
import json
from pathlib import Path

import pytest
from tests.customers.files import write_xlsx
from tests.personas import Personas
from tests.web.desk import csv_of, post_file, post_form, work

from contenthub.customers import queries
from contenthub.customers.headers import guess_mapping
from contenthub.customers.sheets import open_sheet
from contenthub.web.uploads import preview

RUN = ("customers.import_file", "customers.drop_upload")
THREE = csv_of(
    "王小明,13900000001,银发;代发工资,52000.00",
    "李娜,+86 139-0000-0002,,1",
    "赵强,1.38E+10,银发,3",
)


async def test_a_file_is_loaded_and_its_bad_row_explained(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        started = await client.post(
            "/api/v1/imports?kind=customers", files={"file": ("a.csv", THREE)}
        )
        assert started.status_code == 202, started.text
        assert started.json()["encoding"] == "GB18030（GBK）"
        job_id = started.json()["job_id"]
        await work(people, *RUN)
        job = (await client.get(f"/api/v1/jobs/{job_id}")).json()
        assert (job["state"], job["done"], job["total"]) == ("done", 3, 3)
        assert "新增 2 位" in job["message"]
        answer = await client.get(job["errors_url"])
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        errors = answer.content
        assert errors.startswith(b"\xef\xbb\xbf")
        lines = errors.decode("utf-8-sig").splitlines()
        assert lines[0] == "行号,级别,字段,原内容（已脱敏）,原因与改法"
        assert lines[1].startswith("4,未导入,手机号,")
        assert "科学计数" in lines[1]
        found = (await client.get("/api/v1/customers", params={"q": "139 0000 0002"})).json()
    assert [c["name"] for c in found["items"]] == ["李*"]
    assert found["items"][0]["phone"] == "139****0002"


async def test_who_asked_to_be_erased_comes_back_by_their_own_word_only(people: Personas) -> None:
    body = {"name": "王小明", "phone": "13900000001"}
    async with people.client(people.ours.admin) as client:
        made = (await client.post("/api/v1/customers", json=body)).json()
        assert (await client.delete(f"/api/v1/customers/{made['id']}")).status_code == 204
        started = await client.post("/api/v1/imports", files={"file": ("a.csv", THREE)})
        await work(people, *RUN)
        job = (await client.get(f"/api/v1/jobs/{started.json()['job_id']}")).json()
        lines = (await client.get(job["errors_url"])).content.decode("utf-8-sig").splitlines()
        assert lines[1].startswith("2,未导入,手机号,139****0001,该客户已要求删除")
        found = await client.get("/api/v1/customers", params={"q": body["phone"]})
        assert found.json()["items"] == []
        refused = await client.post("/api/v1/customers", json=body)
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["pointer"] == "/consent_text_version"
        again = {**body, "consent_text_version": "2026-11"}
        assert (await client.post("/api/v1/customers", json=again)).status_code == 422
        text = {"version": "2026-11", "wording": "本人同意重新登记。"}
        assert (await client.post("/api/v1/consent-texts", json=text)).status_code == 201
        assert (await client.post("/api/v1/customers", json=again)).status_code == 201


async def test_a_trial_writes_nothing_and_counts_what_a_load_then_does(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        tried = await client.post(
            "/api/v1/imports?kind=customers",
            files={"file": ("a.csv", THREE)},
            data={"dry_run": "true"},
        )
        job_id = tried.json()["job_id"]
        await work(people, *RUN)
        trial = (await client.get(f"/api/v1/imports/{job_id}")).json()
        assert (trial["added"], trial["updated"], trial["failed"]) == (2, 0, 1)
        assert (await client.get("/api/v1/customers")).json()["items"] == []
        run = await client.post(f"/api/v1/imports/{job_id}/run", json={"mapping": trial["mapping"]})
        assert run.status_code == 202
        await work(people, *RUN)
        load = (await client.get(f"/api/v1/imports/{job_id}")).json()
    assert (load["added"], load["updated"], load["failed"]) == (2, 0, 1)


async def test_the_same_file_again_says_so_and_loads_only_when_forced(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        first = await client.post("/api/v1/imports", files={"file": ("a.csv", THREE)})
        await work(people, *RUN)
        again = await client.post("/api/v1/imports", files={"file": ("b.csv", THREE)})
        assert again.status_code == 202
        assert again.json()["job_id"] == first.json()["job_id"]
        assert again.json()["is_repeat"] is True
        assert "已经导入过" in again.json()["message"]
        forced = await client.post(
            "/api/v1/imports", files={"file": ("b.csv", THREE)}, data={"force": "true"}
        )
        assert forced.json()["job_id"] != first.json()["job_id"]
        await work(people, *RUN)
        result = (await client.get(f"/api/v1/imports/{forced.json()['job_id']}")).json()
    assert (result["added"], result["updated"]) == (0, 2)


async def test_an_import_sent_again_under_its_key_starts_no_second_job(people: Personas) -> None:
    headers, forced = {"idempotency-key": "night"}, {"force": "true"}
    async with people.client(people.ours.author) as client:
        answers = [
            await client.post(
                "/api/v1/imports", headers=headers, files={"file": ("a.csv", file)}, data=forced
            )
            for file in (THREE, THREE, csv_of("王小明,13900000001,,1"))
        ]
        jobs = (await client.get("/api/v1/imports")).json()["items"]
    assert [a.status_code for a in answers] == [202, 202, 422]
    assert answers[0].json() == answers[1].json()
    assert answers[1].headers["idempotency-replayed"] == "true"
    assert answers[2].json()["errors"][0]["pointer"] == "/Idempotency-Key"
    assert [j["job_id"] for j in jobs] == [answers[0].json()["job_id"]]


async def test_the_answer_about_a_known_file_is_kept_under_its_key_too(people: Personas) -> None:
    headers = {"idempotency-key": "again"}
    async with people.client(people.ours.author) as client:
        await client.post("/api/v1/imports", files={"file": ("a.csv", THREE)})
        await work(people, *RUN)
        answers = [
            await client.post(
                "/api/v1/imports", headers=headers, files={"file": ("a.csv", THREE)}, data=data
            )
            for data in ({}, {}, {"force": "true"})
        ]
    assert [a.status_code for a in answers] == [202, 202, 422]
    assert answers[0].json()["is_repeat"] is True
    assert answers[1].headers["idempotency-replayed"] == "true"


async def test_a_column_nobody_can_guess_is_named_and_may_be_given(people: Personas) -> None:
    odd = csv_of("王小明,13900000001", head="甲,乙\n")
    async with people.client(people.ours.author) as client:
        refused = await client.post("/api/v1/imports", files={"file": ("a.csv", odd)})
        assert refused.status_code == 422
        assert {e["pointer"] for e in refused.json()["errors"]} == {
            "/mapping/name",
            "/mapping/phone",
        }
        assert "姓名" in refused.json()["detail"]
        given = await client.post(
            "/api/v1/imports",
            files={"file": ("a.csv", odd)},
            data={"mapping": json.dumps({"name": "甲", "phone": "乙"})},
        )
        assert given.status_code == 202
        await work(people, *RUN)
        # The bank's choice is remembered for the next file with these headers.
        next_one = csv_of("李娜,13900000002", head="乙,甲\n")
        follow = await client.post("/api/v1/imports", files={"file": ("b.csv", next_one)})
    assert follow.json()["mapping"] == {"name": "甲", "phone": "乙"}


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"", "a.csv", "文件是空的"),
        ("客户姓名,手机号\n".encode(), "a.csv", "只有表头"),
        (b"PK\x03\x04 not a workbook", "a.xlsx", "已损坏"),
        ((",".join(f"列{n}" for n in range(10_000)) + "\n1\n").encode(), "a.csv", "最多 200 列"),
        (("姓名,手机号\n" + "王" * 340_000 + ",1\n").encode(), "a.csv", "双引号"),
        ("姓名,手机号\n王小明王小明王小明王小明,1\n".encode() + b"\xff\xfe\n", "a.csv", "另存为"),
        (b"\x89PNG\r\n\x1a\n", "a.csv", "不是表格"),
    ],
)
async def test_a_file_that_cannot_be_read_is_refused_with_the_fix(
    people: Personas, content: bytes, name: str, said: str
) -> None:
    async with people.client(people.ours.author) as client:
        answer = await client.post("/api/v1/imports", files={"file": (name, content)})
        assert answer.status_code == 422, answer.text
        assert said in answer.json()["detail"]
        assert (await client.get("/api/v1/imports")).json()["items"] == []
    assert await people.house.storage.keys(f"{people.ours.tenant}/imports/") == []


async def test_an_xlsx_is_loaded_like_a_csv(people: Personas, tmp_path: Path) -> None:
    book = write_xlsx(tmp_path / "a.xlsx", [["姓名", "手机号"], ["王小明", 13900000001]])
    async with people.client(people.ours.author) as client:
        await client.post("/api/v1/imports", files={"file": ("a.xlsx", book.read_bytes())})
        await work(people, *RUN)
        found = (await client.get("/api/v1/customers", params={"q": "13900000001"})).json()
    assert len(found["items"]) == 1


async def test_other_kinds_wrong_roles_and_other_banks_are_refused(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        other = await client.post("/api/v1/imports?kind=items", files={"file": ("a.csv", THREE)})
        assert other.status_code == 422
        mine = await client.post("/api/v1/imports", files={"file": ("a.csv", THREE)})
    async with people.client(people.ours.employee) as client:
        denied = await client.post("/api/v1/imports", files={"file": ("a.csv", THREE)})
        assert denied.status_code == 403
    async with people.client(people.theirs.author) as client:
        url = f"/api/v1/imports/{mine.json()['job_id']}"
        assert (await client.get(url)).status_code == 404
        theirs = await client.post("/api/v1/imports", files={"file": ("a.csv", THREE)})
        # Another bank's load of the same bytes is none of ours.
        assert theirs.json()["is_repeat"] is False


async def test_a_colleague_who_may_import_follows_the_job(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        started = await client.post("/api/v1/imports", files={"file": ("a.csv", THREE)})
    async with people.client(people.ours.campaign_manager) as client:
        url = f"/api/v1/jobs/{started.json()['job_id']}"
        assert (await client.get(url)).status_code == 200
    async with people.client(people.ours.reviewer) as client:
        assert (await client.get(url)).status_code == 404


async def test_the_wizard_goes_from_upload_over_trial_to_result(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        empty = await post_form(client, "/console/imports", {})
        assert empty.status_code == 422, empty.text
        assert "请先选择" in empty.text
        sent = await post_file(client, "/console/imports", THREE)
        url = sent.headers["hx-redirect"]
        screen = (await client.get(url)).text
        assert "GB18030" in screen
        assert "139****0001" in screen
        assert "13900000001" not in screen
        assert "王*明" in screen
        assert '<option value="客户姓名" selected>' in screen
        chosen = {"mapping.name": "客户姓名", "mapping.phone": "手机号"}
        tried = await post_form(client, f"{url}/run", {**chosen, "how": "trial"})
        assert tried.headers["hx-redirect"] == url
        assert "试算中" in (await client.get(url)).text
        assert "hx-refresh" not in (await client.get(f"{url}/progress")).headers
        await work(people, *RUN)
        assert (await client.get(f"{url}/progress")).headers["hx-refresh"] == "true"
        trial = (await client.get(url)).text
        assert "将新增" in trial
        assert "科学计数" in trial
        missing = await post_form(client, f"{url}/run", {"mapping.name": "客户姓名", "how": "load"})
        assert missing.status_code == 422
        assert "手机号" in missing.text
        await post_form(client, f"{url}/run", {**chosen, "how": "load"})
        await work(people, *RUN)
        assert "导入完成" in (await client.get(url)).text
        assert "已完成" in (await client.get("/console/imports")).text
        second = (await post_file(client, "/console/imports", THREE)).headers["hx-redirect"]
        assert "已经导入过" in (await client.get(second)).text
        held = await post_form(client, f"{second}/run", {**chosen, "how": "load"})
        assert held.status_code == 409
        assert "仍要再次导入" in held.text
        await post_form(client, f"{second}/cancel", {})
        assert "已取消" in (await client.get(second)).text
    async with people.house.database.reading(people.ours.tenant) as db:
        assert len(await queries.customers(db)) == 2


async def test_the_template_can_be_filled_in_and_comes_back_readable(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        template = await client.get("/console/imports/template.xlsx")
        assert template.headers["content-type"].endswith("sheet")
        back = await post_file(client, "/console/imports", template.content, name="模板.xlsx")
    # Its headers are ours, and the example is on a sheet that is not read.
    assert back.status_code == 422
    assert "只有表头" in back.text


async def test_a_cancelled_import_keeps_nothing_of_the_file(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        started = await client.post("/api/v1/imports", files={"file": ("a.csv", THREE)})
        url = f"/api/v1/imports/{started.json()['job_id']}"
        assert (await client.post(f"{url}/cancel")).json()["state"] == "cancelled"
        assert (await client.post(f"{url}/cancel")).status_code == 409
        await work(people, *RUN)
        assert (await client.get("/api/v1/customers")).json()["items"] == []
    assert await people.house.storage.keys(f"{people.ours.tenant}/imports/") == []


async def test_the_preview_hides_who_somebody_is_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "姓名,手机号,网点,标签,客户号,备注\n"
        "=张三丰,139-0000-0001,城关支行,银发,60000001,卡号 6222021234567\n",
        "utf-8",
    )
    sheet = await asyncio.to_thread(open_sheet, path, "a.csv")
    (row,) = preview(sheet, guess_mapping(sheet.headers))
    assert row[:2] == ["****", "139****0001"]
    assert row[2:4] == ["城关支行", "银发"]
    assert row[4:] == ["600*0001", "卡号 622******4567"]


async def test_bytes_where_a_file_belongs_are_refused_in_words(people: Personas) -> None:
    async with people.client(people.ours.admin) as client:
        answer = await client.post("/api/v1/imports", files={"file": (None, b"\x89PNG\x00")})
    assert answer.status_code == 422
    assert "文件请作为文件上传" in answer.json()["errors"][0]["message"]
