"""Items by workbook over the API and at the console: template, trial, load, undo, export."""

import zipfile
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from tests.library.workbooks import DEPOSIT, FAQ, faq, write_book
from tests.make import make_item, make_live_item
from tests.personas import Personas, Side
from tests.web.desk import post_file, post_form, work
from tests.web.pictures import jpeg

from contenthub.library import actions_labels, kinds, queries, queries_item_imports, sheetkinds
from contenthub.tenants.models import AuditEntry
from contenthub.workbooks import xlsxsheet

RUN = ("library.import_items", "library.drop_import")
API = "/api/v1/items"
PAGE = "/console/library/imports"
NOW = datetime.now(UTC)
VERBS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("run", {}),
    ("cancel", {}),
    ("undo", {}),
    ("columns", {"sheets": []}),
)


def sent(path: Path) -> dict[str, Any]:
    return {"file": (path.name, path.read_bytes(), "application/octet-stream")}


async def load(client: httpx.AsyncClient, people: Personas, path: Path) -> dict[str, Any]:
    """Import a workbook over the API to the end and return the import."""
    started = await client.post(
        f"{API}/imports", files=sent(path), data={"dry_run": "false", "force": "true"}
    )
    assert started.status_code == 202, started.text
    await work(people, *RUN)
    found: dict[str, Any] = (await client.get(f"{API}/imports/{started.json()['id']}")).json()
    return found


def sheets_of(content: bytes, tmp_path: Path) -> dict[str, list[list[Any]]]:
    path = tmp_path / "got.xlsx"
    path.write_bytes(content)
    return {name: [cells for _, cells in raw] for name, raw in xlsxsheet.pages(path, path.name)}


async def test_tried_then_loaded_then_taken_back(people: Personas, tmp_path: Path) -> None:
    path = write_book(tmp_path / "问答.xlsx", {"咨询": [*faq(2), ("", "", "存款", "", "缺标题")]})
    async with people.client(people.ours.author) as client:
        started = await client.post(f"{API}/imports", files=sent(path))
        assert started.status_code == 202, started.text
        assert (started.json()["stage"], started.json()["total"]) == ("trial", 3)
        here = f"{API}/imports/{started.json()['id']}"
        await work(people, *RUN)
        tried = (await client.get(here)).json()
        assert (tried["state"], tried["added"], tried["failed"]) == ("done", 2, 1)
        assert (await client.get(API)).json()["items"] == []
        assert (await client.post(f"{here}/undo")).status_code == 409
        assert (await client.post(f"{here}/run", json={})).status_code == 202
        await work(people, *RUN)
        done = (await client.get(here)).json()
        assert (done["stage"], done["added"], done["failed"]) == ("load", 2, 1)
        assert (await client.post(f"{here}/run", json={})).status_code == 409
        rows = (await client.get(f"{here}/rows", params={"limit": 1})).json()
        assert (rows["items"][0]["outcome"], rows["next_cursor"]) == ("added", "1")
        failed = (await client.get(f"{here}/rows", params={"outcome": "failed"})).json()["items"]
        assert (failed[0]["line"], failed[0]["changes"]) == (4, ["标题"])
        job = (await client.get(f"/api/v1/jobs/{done['id']}")).json()
        assert job["errors_url"] == f"{here}/errors.xlsx"
        wrong = sheets_of((await client.get(job["errors_url"])).content, tmp_path)["咨询"]
        assert wrong[1][len(FAQ)].startswith("“标题”还没有填写")
        again = await client.post(f"{API}/imports", files=sent(path), data={"dry_run": "false"})
        assert (again.json()["id"], again.json()["is_repeat"]) == (done["id"], True)
        assert (await client.post(f"{here}/undo")).status_code == 202
        await work(people, *RUN)
        assert (await client.get(here)).json()["undone"] == 2
        assert (await client.get(API)).json()["items"] == []


async def _library(people: Personas, side: Side) -> None:
    """Write one item of each shape that a round trip may break."""
    activity = {"prizes": "保温杯｜50元｜20｜0.05%｜实物", "starts_at": "2026-12-20 9:00"}
    question = {
        "variants": "卡丢了怎么办\n怎么挂失",
        "answer": "打 95588\n或到网点",
        "内部编号": "甲-1",
    }
    facts: list[tuple[str, str, dict[str, Any]]] = [
        ("product", "deposit", {"rate": "2.05", "minimum_fen": "20万元", "rate_table": "三年｜2"}),
        ("product", "wealth", {"wealth_type": "fixed_income", "risk_level": "R2"}),
        ("product", "loan", {"guarantee": ["credit", "pledge"], "comprehensive_cost": "息｜行｜3"}),
        ("activity", "life", activity),
        ("faq", "card", question),
    ]
    async with people.house.database.unit_of_work(side.tenant) as db:
        for kind, topic, fields in facts:
            await make_item(
                db,
                side.author,
                kind=kind,
                topic=topic,
                title=f"往返 {kind} {topic}",
                fields=fields,
                body='<p style="text-align:center">第一段</p><p>=1+1 &amp; 第二段</p>',
                valid_until=datetime(2027, 1, 31, 3, 4, 5, 678901, tzinfo=UTC),
            )
        live = await make_live_item(
            db, side.author, side.reviewer, kind="faq", title="线上的", fields={"answer": "答"}
        )
        await actions_labels.put_names(db, live.id, ["春节", "老年客群"], by=side.author, at=NOW)


async def test_what_was_exported_reads_back_as_it_was_and_only_an_edit_changes(
    people: Personas, tmp_path: Path
) -> None:
    side = people.ours
    await _library(people, side)
    async with people.client(side.author) as client:
        whole = await client.get(f"{API}/export.xlsx")
        assert whole.status_code == 200, whole.text
        path = tmp_path / "导出.xlsx"
        path.write_bytes(whole.content)
        same = await load(client, people, path)
        assert (same["unchanged"], same["failed"], same["changed"]) == (6, 0, 0), same
        shown = sheets_of(whole.content, tmp_path)
        assert "固定收益类" in shown["产品（理财）"][1]
        assert any(
            cell.startswith("保温杯｜50元｜20｜") and "｜实物" in cell for cell in shown["活动"][1]
        )
        one = await client.get(f"{API}/export.xlsx", params={"kind": "faq", "topic": "card"})
        sheets = sheets_of(one.content, tmp_path)
        assert list(sheets) == ["咨询"]
        (heads, row), *_ = [sheets["咨询"]]
        row[heads.index("其他问法")] = ""
        row[heads.index("自定义：内部编号")] = "甲-2"
        edited = await load(
            client, people, write_book(tmp_path / "改.xlsx", {"咨询": [heads, row]})
        )
        assert (edited["changed"], edited["failed"]) == (1, 0), edited
        rows = (await client.get(f"{API}/imports/{edited['id']}/rows")).json()["items"]
        assert rows[0]["changes"] == ["其他问法", "内部编号"]
        item = (await client.get(f"{API}/{rows[0]['item_id']}")).json()
        assert item["revision"]["fields"] == {"answer": "打 95588\n或到网点", "内部编号": "甲-2"}
        # The same edit again, under the version of before: already as it says.
        stale = await load(client, people, write_book(tmp_path / "又.xlsx", {"咨询": [heads, row]}))
        assert stale["unchanged"] == 1
        row[heads.index("自定义：内部编号")] = "甲-3"
        other = await load(client, people, write_book(tmp_path / "三.xlsx", {"咨询": [heads, row]}))
        assert other["failed"] == 1


async def test_an_export_is_what_the_page_shows_and_is_noted(
    people: Personas, tmp_path: Path
) -> None:
    side = people.ours
    await _library(people, side)
    async with people.client(side.author) as client:
        query = {"kind": "product", "state": "draft", "q": "往返"}
        shown = (await client.get(API, params=query)).json()["items"]
        for url in (f"{API}/export.xlsx", "/console/library/export.xlsx"):
            sheets = sheets_of((await client.get(url, params=query)).content, tmp_path)
            assert list(sheets) == ["产品（贷款）", "产品（理财）", "产品（存款）"]
            codes = {row[0] for rows in sheets.values() for row in rows[1:]}
            assert codes == {one["code"] for one in shown}
        nothing = await client.get(f"{API}/export.xlsx", params={"q": "没有这种"})
        assert sheets_of(nothing.content, tmp_path) == {}
    async with people.house.database.reading(side.tenant) as db:
        noted = await db.scalars(select(AuditEntry).where(AuditEntry.event == "item.exported"))
        assert sorted(entry.detail["rows"] for entry in noted) == [0, 3, 3]


@pytest.mark.parametrize("kind", ["product", "权益", "faq"])
async def test_a_template_of_each_kind_can_be_downloaded(
    people: Personas, tmp_path: Path, kind: str
) -> None:
    async with people.client(people.ours.author) as client:
        for url in (f"{API}/template.xlsx", f"{PAGE}/template.xlsx"):
            answer = await client.get(url, params={"kind": kind})
            assert answer.status_code == 200, answer.text
            label = kinds.KINDS[kinds.kind_slug(kind)].label
            assert any(name.startswith(label) for name in sheets_of(answer.content, tmp_path))
        assert (await client.get(f"{API}/template.xlsx?kind=海报")).status_code == 422


async def test_a_clerk_does_it_all_by_clicks(people: Personas, tmp_path: Path) -> None:
    rows = [(*FAQ, "客户经理"), *faq(1)[1:], ("Q-999999", "甲", "", "", "乙")]
    path = write_book(tmp_path / "问答.xlsx", {"咨询": rows, "别的": [("a", "b")]})
    async with people.client(people.ours.author) as client:
        assert "还没有导入过内容" in (await client.get(PAGE)).text
        went = await post_file(client, PAGE, path.read_bytes(), name="问答.xlsx")
        here = went.headers["hx-redirect"]
        assert "试算中" in (await client.get(here)).text
        await work(people, *RUN)
        tried = (await client.get(here)).text
        assert "写入 1 条草稿" in tried
        assert "没有编号为 Q-999999 的内容" in tried
        assert "不认识的列" in tried
        assert "客户经理" in tried
        assert f"“别的”（{sheetkinds.NO_KIND}）" in tried
        went = await post_form(client, f"{here}/run", {"submit": "1"})
        assert went.headers["hx-redirect"] == here
        await work(people, *RUN)
        done = (await client.get(here, params={"outcome": "added"})).text
        assert "已送审" in done
        assert "撤销这次导入" in done
        assert (await client.get(f"{here}/errors.xlsx")).status_code == 200
        assert "问答.xlsx" in (await client.get(PAGE)).text
        went = await post_form(client, f"{here}/undo", {})
        await work(people, *RUN)
        assert "已经送审或审过" in (await client.get(here, params={"outcome": "kept"})).text


def bomb() -> bytes:
    held = BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"<row/>" * 4_000_000)
    return held.getvalue()


def macros() -> bytes:
    held = BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("xl/workbook.xml", b"<workbook/>")
        archive.writestr("xl/vbaProject.bin", b"x")
    return held.getvalue()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "不是 .xlsx 表格"),
        ("编号,标题".encode("gb18030"), "不是 .xlsx 表格"),
        (b"PK\x03\x04 torn", "已损坏"),
        (bomb(), "解压后大得不正常"),
        (macros(), "带有宏"),
    ],
    ids=["empty", "csv", "torn", "bomb", "macros"],
)
async def test_a_hostile_or_wrong_file_is_refused_with_the_fix(
    people: Personas, content: bytes, told: str
) -> None:
    async with people.client(people.ours.author) as client:
        answer = await client.post(f"{API}/imports", files={"file": ("内容.xlsx", content)})
    assert answer.status_code == 422
    assert told in answer.text


async def test_who_may_not_write_imports_nothing_and_other_banks_see_nothing(
    people: Personas, tmp_path: Path
) -> None:
    path = write_book(tmp_path / "问答.xlsx", {"咨询": faq(1)})
    async with people.client(people.ours.author) as client:
        found = await load(client, people, path)
    async with people.client(people.ours.employee) as client:
        assert (await client.post(f"{API}/imports", files=sent(path))).status_code == 403
        assert (await client.get(f"{API}/export.xlsx")).status_code == 403
        assert (await client.get(f"{API}/template.xlsx")).status_code == 403
    async with people.client(people.theirs.author) as client:
        for part in ("", "/rows", "/errors.xlsx"):
            assert (await client.get(f"{API}/imports/{found['id']}{part}")).status_code == 404
        for verb, body in VERBS:
            answer = await client.post(f"{API}/imports/{found['id']}/{verb}", json=body)
            assert answer.status_code == 404


async def test_files_are_named_by_what_they_are_called(people: Personas, tmp_path: Path) -> None:
    side, database = people.ours, people.house.database
    heads = (*DEPOSIT, "题图")
    row = ("", "存单", "存款", "", "", "", "")
    path = write_book(tmp_path / "产品.xlsx", {"产品": [heads, (*row, "没有.jpg")]})
    async with people.client(side.author) as client:
        found = await load(client, people, path)
        rows = (await client.get(f"{API}/imports/{found['id']}/rows")).json()["items"]
        assert "没有名为“没有.jpg”的文件" in rows[0]["message"]
        asset = await client.post(
            "/api/v1/assets", files={"file": ("题图.jpg", jpeg(), "image/jpeg")}
        )
        assert asset.status_code == 201, asset.text
        named = write_book(
            tmp_path / "二.xlsx", {"产品": [heads, (*row, asset.json()["filename"])]}
        )
        found = await load(client, people, named)
        assert found["added"] == 1, found
    async with database.reading(side.tenant) as db:
        done = (await queries_item_imports.rows(db, found["id"]))[0]
        assert done.item_id is not None
        _, newest, _ = await queries.item_wordings(db, done.item_id)
        assert str(newest.cover_asset_id) == asset.json()["id"]


async def test_columns_of_a_banks_own_are_chosen_once_and_remembered(
    people: Personas, tmp_path: Path
) -> None:
    heads = ("疑问", "说法", "大类", "经办")
    path = write_book(
        tmp_path / "问答.xlsx", {"咨询": [heads, ("怎么挂失", "到网点办理", "存款", "李")]}
    )
    async with people.client(people.ours.author) as client:
        went = await post_file(client, PAGE, path.read_bytes(), name="问答.xlsx")
        here = went.headers["hx-redirect"]
        await work(people, *RUN)
        shown = (await client.get(here)).text
        assert "没有认出哪一列是“标题”" in shown
        assert "有猜的或不认识的列" in shown
        form = {"column.0.0": "title", "column.0.1": "fields.answer", "column.0.2": "title"}
        twice = await post_form(client, f"{here}/columns", form)
        assert "有两列都选了“标题”" in twice.text
        form |= {"column.0.2": "", "column.0.3": "own.经办", "topic.0": "card"}
        went = await post_form(client, f"{here}/columns", form)
        assert went.headers["hx-redirect"] == here
        await work(people, *RUN)
        assert "写入 1 条草稿" in (await client.get(here)).text
        await post_form(client, f"{here}/run", {})
        await work(people, *RUN)
        assert (await post_form(client, f"{here}/columns", form)).status_code == 409
        # The next file of the same headers is read so by itself; the API says how.
        rows = [heads, ("怎么激活", "带身份证", "存款", "王")]
        again = await client.post(
            f"{API}/imports", files=sent(write_book(tmp_path / "又.xlsx", {"咨询": rows}))
        )
        found = again.json()
        names = [column["name"] for column in found["sheets"][0]["columns"]]
        assert names == ["title", "fields.answer", "", "own.经办"]
        await work(people, *RUN)
        columns = {"大类": "topic", "经办": ""}
        body = {"sheets": [{"name": "咨询", "columns": columns}]}
        told = await client.post(f"{API}/imports/{found['id']}/columns", json=body)
        assert told.status_code == 202, told.text
        await work(people, *RUN)
        tried = (await client.get(f"{API}/imports/{found['id']}")).json()
        assert (tried["state"], tried["stage"], tried["added"]) == ("done", "trial", 1)
    async with people.client(people.theirs.author) as client:
        other = await client.post(f"{API}/imports", files=sent(path))
        assert not other.json()["sheets"][0]["columns"][0]["name"]


async def test_a_sheet_that_was_not_read_is_named_and_mapped_on_the_page(
    people: Personas, tmp_path: Path
) -> None:
    sheets: dict[str, list[tuple[str, ...]]] = {
        "产品": [("标题", "业务类别", "利率"), ("存单", "存款", "2.05")],
        "咨询": [("疑", "解"), ("怎么挂失", "到网点办理")],
    }
    path = write_book(tmp_path / "全部.xlsx", sheets)
    async with people.client(people.ours.author) as client:
        went = await post_file(client, PAGE, path.read_bytes(), name="全部.xlsx")
        here = went.headers["hx-redirect"]
        await work(people, *RUN)
        shown = (await client.get(here)).text
        assert f"“咨询”（{sheetkinds.NO_HEADER}）" in shown
        assert "工作表“咨询”是" in shown
        await post_form(client, f"{here}/columns", {"skipped.0": "faq", "kind.0": "skip"})
        await work(people, *RUN)
        shown = (await client.get(here)).text
        assert f"“产品”（{sheetkinds.UNWANTED}）" in shown
        form = {"column.0.0": "title", "column.0.1": "fields.answer", "topic.0": "card"}
        await post_form(client, f"{here}/columns", form)
        await work(people, *RUN)
        assert "写入 1 条草稿" in (await client.get(here)).text
        address = f"{API}/imports/{here.rpartition('/')[2]}"
        told = (await client.get(address)).json()
        assert told["why_skipped"] == [{"name": "产品", "why": sheetkinds.UNWANTED}]
        body = {"sheets": [{"name": "没有这张", "kind": "faq"}]}
        refused = await client.post(f"{address}/columns", json=body)
        assert "文件里没有工作表“没有这张”" in refused.text
        body = {"sheets": [{"name": "产品", "kind": "product"}]}
        await client.post(f"{address}/columns", json=body)
        await work(people, *RUN)
        assert (await client.get(address)).json()["added"] == 2
