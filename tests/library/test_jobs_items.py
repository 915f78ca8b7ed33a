"""Workbooks into drafts: what is new, changed, left alone, refused, resumed and taken back."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update
from tests.library.workbooks import DEPOSIT, FAQ, faq, imported, start, work, write_book
from tests.make import approve, make_item, make_live_item, make_staff
from tests.personas import Personas

from contenthub.db import Database, TenantId
from contenthub.errors import Conflict, Invalid
from contenthub.library import (
    actions,
    actions_item_import,
    actions_item_uploads,
    actions_labels,
    itempages,
    jobs_items,
    queries,
    queries_item_imports,
    queries_labels,
)
from contenthub.library.models import Item, Revision
from contenthub.library.models_imports import ItemImportRow
from contenthub.queue import jobs as registered
from contenthub.tenants import actions_views
from contenthub.tenants.models import AuditEntry, LongJob, Staff
from contenthub.workbooks import xlsxsheet

NOW = datetime.now(UTC)


async def outcomes(database: Database, tenant: TenantId, job: LongJob) -> list[tuple[str, str]]:
    async with database.reading(tenant) as db:
        rows = await queries_item_imports.rows(db, job.id, limit=100)
    return [(row.outcome, row.message) for row in rows]


async def newest(database: Database, tenant: TenantId, code: str) -> tuple[Item, Revision]:
    async with database.reading(tenant) as db:
        item = (await db.scalars(select(Item).where(Item.code == code))).one()
        assert item.working_revision_id is not None
        return item, await queries.revision(db, item.working_revision_id)


async def test_rows_become_drafts_that_are_found_and_need_another_persons_review(
    people: Personas, tmp_path: Path
) -> None:
    side, database = people.ours, people.house.database
    path = write_book(tmp_path / "问答.xlsx", {"咨询": faq(3)})
    job = await imported(people, side, path)
    assert (job.state, job.result["added"], job.done) == ("done", 3, 3)
    async with database.reading(side.tenant) as db:
        rows = await queries_item_imports.rows(db, job.id)
        item, first = await queries.item(db, rows[0].item_id or job.id), rows[0]
    _, revision = await newest(database, side.tenant, first.code)
    assert (item.state, revision.state, revision.no) == ("draft", "draft", 1)
    assert (revision.author_id, revision.editors) == (side.author.id, [side.author.id])
    assert revision.fields == {"answer": "带身份证到网点办理，窗口 1。"}
    async with people.client(side.author) as client:
        found = (await client.get("/api/v1/items", params={"q": "社保卡激活"})).json()
        assert first.code in {one["code"] for one in found["items"]}


async def test_the_same_file_again_changes_nothing(people: Personas, tmp_path: Path) -> None:
    side = people.ours
    path = write_book(tmp_path / "问答.xlsx", {"咨询": faq(2)})
    await imported(people, side, path)
    again = await imported(people, side, path)
    assert (again.result["added"], again.result["unchanged"]) == (0, 2)


async def test_a_trial_counts_and_writes_nothing(people: Personas, tmp_path: Path) -> None:
    side, database = people.ours, people.house.database
    rows = [*faq(1), ("", "", "存款", "", "没有标题"), ("Q-999999", "甲", "存款", "", "乙")]
    rows.append(("", "保证收益的存款", "存款", "", "保本保息，稳赚不赔。"))
    path = write_book(tmp_path / "问答.xlsx", {"咨询": rows})
    job = await imported(people, side, path, trial=True)
    assert {k: job.result[k] for k in ("added", "failed", "blocked")} == {
        "added": 2,
        "failed": 2,
        "blocked": 1,
    }
    told = [message for outcome, message in await outcomes(database, side.tenant, job) if message]
    assert "标题" in told[0]
    assert "没有编号为 Q-999999 的内容" in told[1]
    async with database.reading(side.tenant) as db:
        assert await db.scalar(select(func.count()).select_from(Item)) == 0


async def test_a_live_wording_serves_on_and_only_what_was_edited_changes(
    people: Personas, tmp_path: Path
) -> None:
    side, database = people.ours, people.house.database
    async with database.unit_of_work(side.tenant) as db:
        item = await make_live_item(
            db,
            side.author,
            side.reviewer,
            kind="product",
            topic="deposit",
            title="三年期大额存单",
            fields={"rate": "2.05", "minimum_fen": "20万元", "term": "三年"},
        )
    row = (item.code, "", "", 1.95, "", "", "")
    path = write_book(tmp_path / "产品.xlsx", {"产品（存款）": [DEPOSIT, row]})
    job = await imported(people, side, path)
    assert await outcomes(database, side.tenant, job) == [("changed", "")]
    after, draft = await newest(database, side.tenant, item.code)
    assert (after.state, after.live_revision_id) == ("live", item.live_revision_id)
    assert (draft.state, draft.no) == ("draft", 2)
    assert draft.fields == {"rate": 195, "minimum_fen": 20_000_000, "term": "三年"}


@pytest.mark.parametrize(
    ("state", "version", "told"),
    [
        ("in_review", "", "正在审核"),
        ("draft", "", "正在写这一条的草稿"),
        ("draft", "第 1 版 000000000000", "导出之后这一条又改过"),
    ],
)
async def test_a_colleagues_work_is_never_overwritten(
    people: Personas, tmp_path: Path, state: str, version: str, told: str
) -> None:
    side, database = people.ours, people.house.database
    async with database.unit_of_work(side.tenant) as db:
        item, revision = await make_item(db, side.author, kind="faq", fields={"answer": "旧"})
        if state == "in_review":
            await actions.submit(db, item.id, by=side.author, at=NOW)
    heads = (*FAQ, "版本")
    row = (item.code, "", "", "", "新的答复", version)
    path = write_book(tmp_path / "问答.xlsx", {"咨询": [heads, row]})
    async with database.unit_of_work(side.tenant) as db:
        colleague = await make_staff(db, side.branch, *side.author.roles)
    job = await imported(people, side, path, by=colleague)
    (outcome, message), *_ = await outcomes(database, side.tenant, job)
    assert outcome == "failed"
    assert told in message
    _, after = await newest(database, side.tenant, item.code)
    assert after.hash == revision.hash


async def test_a_killed_worker_loses_and_repeats_no_row(
    people: Personas, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    side, database = people.ours, people.house.database
    monkeypatch.setattr(jobs_items, "ROWS_PER_STEP", 2)
    path = write_book(tmp_path / "问答.xlsx", {"咨询": faq(5)})
    job = await start(people, side, path)
    taken = 0
    step = actions_item_import.take_step

    async def dies(*args: Any, **more: Any) -> bool:
        nonlocal taken
        taken += 1
        if taken == 2:
            raise RuntimeError("kill -9")
        return await step(*args, **more)

    monkeypatch.setattr(actions_item_import, "take_step", dies)
    with pytest.raises(RuntimeError):
        await registered["library.import_items"](database, side.tenant, job_id=str(job.id))
    async with database.platform_unit_of_work() as platform:
        assert (side.tenant, {"job_id": str(job.id)}) not in await jobs_items.waiting_imports(
            platform, NOW
        )
    async with database.unit_of_work(side.tenant) as db:
        past = datetime.now(UTC) - timedelta(minutes=2)
        await db.execute(update(LongJob).where(LongJob.id == job.id).values(lease_until=past))
    async with database.platform_unit_of_work() as platform:
        due = await jobs_items.waiting_imports(platform, NOW)
    assert (side.tenant, {"job_id": str(job.id)}) in due
    done = await work(people, side, job)
    assert (done.state, done.result["added"]) == ("done", 5)
    async with database.reading(side.tenant) as read:
        assert await read.scalar(select(func.count()).select_from(Item)) == 5


async def test_the_error_file_is_the_rows_as_they_were_and_can_be_sent_again(
    people: Personas, tmp_path: Path
) -> None:
    side, house = people.ours, people.house
    heads = ("业务类别", "内部备注", "标题", "年化利率")
    rows = [heads, ("存款", "甲", "好的存单", "2.05"), ("存款", "乙", "坏的存单", "百分之二")]
    path = write_book(tmp_path / "产品.xlsx", {"产品": rows})
    job = await imported(people, side, path)
    assert (job.result["added"], job.result["failed"]) == (1, 1)
    await house.storage.get_file(job.errors_key, tmp_path / "errors.xlsx")
    (name, raw), *_ = xlsxsheet.pages(tmp_path / "errors.xlsx", "errors.xlsx")
    lines = [cells for _, cells in raw]
    assert name == "产品"
    assert lines[0][:4] == [
        "业务类别",
        "内部备注",
        "标题*" if "标题*" in lines[0] else "标题",
        "年化利率",
    ]
    assert lines[1][:4] == ["存款", "乙", "坏的存单", "百分之二"]
    assert "百分数" in lines[1][4]
    assert lines[1][5:] == ["年化利率", "3"]
    mended = write_book(
        tmp_path / "改.xlsx", {name: [lines[0], [*lines[1][:3], "2.1", *lines[1][4:]]]}
    )
    again = await imported(people, side, mended)
    assert (again.result["added"], again.result["failed"]) == (1, 0)


async def test_asked_to_submit_it_hands_over_what_is_complete_and_keeps_the_rest_as_drafts(
    people: Personas, tmp_path: Path
) -> None:
    side, database = people.ours, people.house.database
    rows = [FAQ, ("", "社保卡怎么激活", "存款", "", "带身份证到网点办理。")]
    rows.append(("", "没有答复的问题", "存款", "问", ""))
    rows.append(("", "保证收益吗", "存款", "", "保本保息，稳赚不赔，零风险。"))
    path = write_book(tmp_path / "问答.xlsx", {"咨询": rows})
    job = await imported(people, side, path, submit=True)
    assert (job.result["added"], job.result["sent"]) == (3, 1)
    (_, sent), (_, empty), (_, bad) = await outcomes(database, side.tenant, job)
    assert sent == ""
    assert "没有送审" in empty
    assert "必须修改" in bad
    async with database.reading(side.tenant) as db:
        first = (await queries_item_imports.rows(db, job.id))[0]
    item, revision = await newest(database, side.tenant, first.code)
    assert revision.state == "in_review"
    async with database.unit_of_work(side.tenant) as write:
        with pytest.raises(Conflict):
            await approve(write, item, side.author)


async def test_too_many_rows_are_not_submitted_at_once(
    people: Personas, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions_item_uploads, "SEND_MAX", 1)
    path = write_book(tmp_path / "问答.xlsx", {"咨询": faq(2)})
    with pytest.raises(Invalid) as refused:
        await start(people, people.ours, path, submit=True)
    assert "submit" in refused.value.fields


async def test_who_may_write_no_more_imports_no_more(people: Personas, tmp_path: Path) -> None:
    side, database = people.ours, people.house.database
    path = write_book(tmp_path / "问答.xlsx", {"咨询": faq(1)})
    job = await start(people, side, path)
    async with database.unit_of_work(side.tenant) as db:
        await db.execute(update(Staff).where(Staff.id == side.author.id).values(roles=["employee"]))
    done = await work(people, side, job)
    assert (done.state, done.done) == ("failed", 0)
    assert "不再有编写内容的权限" in done.message


async def test_an_import_is_taken_back_as_far_as_nobody_worked_on_it(
    people: Personas, tmp_path: Path
) -> None:
    side, database = people.ours, people.house.database
    async with database.unit_of_work(side.tenant) as db:
        live = await make_live_item(
            db, side.author, side.reviewer, kind="faq", title="线上的", fields={"answer": "旧"}
        )
        draft, was = await make_item(
            db, side.author, kind="faq", title="草稿", fields={"answer": "旧"}
        )
    rows = [*faq(2), (live.code, "", "", "", "新"), (draft.code, "", "", "", "新")]
    job = await imported(people, side, write_book(tmp_path / "问答.xlsx", {"咨询": rows}))
    assert (job.result["added"], job.result["changed"]) == (2, 2)
    async with database.unit_of_work(side.tenant) as db:
        first = (await queries_item_imports.rows(db, job.id))[0]
        assert first.item_id is not None
        more = actions.Draft("faq", "deposit", "我接着写", {"answer": "写完了"})
        await actions.write_draft(db, first.item_id, more, by=side.author, at=NOW)
        await actions_item_uploads.undo_import(db, job.id, by=side.author, at=NOW)
    done = await work(people, side, job)
    assert (done.state, done.result["undone"], done.result["kept"]) == ("done", 3, 1)
    async with database.reading(side.tenant) as db:
        codes = set(await db.scalars(select(Item.code)))
        rows_now = await queries_item_imports.rows(db, job.id)
    assert codes == {live.code, draft.code, first.code}
    assert "有人改过" in rows_now[0].message
    item, revision = await newest(database, side.tenant, live.code)
    assert (item.state, revision.id, revision.state) == ("live", live.live_revision_id, "live")
    _, back = await newest(database, side.tenant, draft.code)
    assert (back.id, back.hash) == (was.id, was.hash)
    async with database.unit_of_work(side.tenant) as db:
        with pytest.raises(Conflict):
            await actions_item_uploads.undo_import(db, job.id, by=side.author, at=NOW)


async def test_another_banks_codes_and_jobs_are_unknown(people: Personas, tmp_path: Path) -> None:
    side, database = people.ours, people.house.database
    async with database.unit_of_work(people.theirs.tenant) as db:
        theirs, _ = await make_item(db, people.theirs.author, kind="faq", title="别家的")
    row = (theirs.code, "改名", "", "", "改")
    path = write_book(tmp_path / "问答.xlsx", {"咨询": [FAQ, row]})
    job = await imported(people, side, path)
    assert job.result["failed"] == 1
    async with database.reading(people.theirs.tenant) as db:
        assert await db.get(ItemImportRow, (side.tenant, job.id, 1)) is None


async def test_the_uploaded_file_goes_when_it_is_not_needed(
    people: Personas, tmp_path: Path
) -> None:
    side, database = people.ours, people.house.database
    path = write_book(tmp_path / "问答.xlsx", {"咨询": faq(1)})
    tried = await imported(people, side, path, trial=True)
    loaded = await imported(people, side, path)
    async with database.platform_unit_of_work() as platform:
        due = await jobs_items.kept_workbooks(platform, datetime.now(UTC))
        later = await jobs_items.kept_workbooks(platform, datetime.now(UTC) + timedelta(days=8))
    assert (side.tenant, {"job_id": str(loaded.id)}) in due
    assert (side.tenant, {"job_id": str(tried.id)}) not in due
    assert (side.tenant, {"job_id": str(tried.id)}) in later
    for _ in range(2):
        await registered["library.drop_import"](database, side.tenant, job_id=str(loaded.id))
    async with database.reading(side.tenant) as db:
        assert (await queries_item_imports.import_job(db, loaded.id)).params["source_key"] == ""


async def test_labels_are_put_on_and_taken_back(people: Personas, tmp_path: Path) -> None:
    side, database = people.ours, people.house.database
    heads = (*FAQ, "内容标签")
    path = write_book(
        tmp_path / "问答.xlsx",
        {"咨询": [heads, ("", "社保卡怎么激活", "存款", "", "到网点。", "老年客群、春节")]},
    )
    job = await imported(people, side, path)
    async with database.unit_of_work(side.tenant) as db:
        row = (await queries_item_imports.rows(db, job.id))[0]
        assert row.item_id is not None
        names = await queries_labels.names_of(db, row.item_id)
        assert sorted(names) == sorted(["老年客群", "春节"])
        shown = itempages.label_of("faq", "labels")
        assert shown == "内容标签"
        await actions_item_uploads.undo_import(db, job.id, by=side.author, at=NOW)
    done = await work(people, side, job)
    assert done.result["undone"] == 1


async def test_labels_an_import_made_go_with_its_undo_unless_something_uses_them(
    people: Personas, tmp_path: Path
) -> None:
    side, database = people.ours, people.house.database
    heads = (*FAQ, "内容标签")
    row = ("", "社保卡怎么激活", "存款", "", "到网点。", "原有、春节、涉农、老年、改名前")
    async with database.unit_of_work(side.tenant) as db:
        await actions_labels.create_label(db, "原有", by=side.author, at=NOW)
        other, _ = await make_item(db, side.author, kind="faq", fields={"answer": "答"})
    job = await imported(people, side, write_book(tmp_path / "问答.xlsx", {"咨询": [heads, row]}))
    async with database.unit_of_work(side.tenant) as db:
        ids = {one.name: one.id for one in await queries_labels.labels(db)}
        change = actions_labels.Change(add=[ids["涉农"]])
        await actions_labels.change_labels(db, [other.id], change, by=side.author, at=NOW)
        await actions_views.save_view(
            db, actions_views.ViewDraft("老年", f"label={ids['老年']}"), by=side.author, at=NOW
        )
        await actions_labels.rename_label(db, ids["改名前"], "改名后", by=side.author, at=NOW)
        await actions_item_uploads.undo_import(db, job.id, by=side.author, at=NOW)
    done = await work(people, side, job)
    async with database.reading(side.tenant) as db:
        left = {one.name for one in await queries_labels.labels(db)}
    assert left == {"原有", "涉农", "老年", "改名后"}
    assert "已撤销 1 条；一并删除了导入时新建的标签：春节" in done.message
    assert "“涉农”还贴在 1 条内容上" in done.message
    assert "“老年”常用视图“老年”在用" in done.message
    assert "“改名前”已改名为“改名后”" in done.message


async def test_what_became_of_rows_is_kept_as_long_as_it_can_be_undone(
    people: Personas, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    side, database = people.ours, people.house.database
    monkeypatch.setattr(jobs_items, "ROWS_PER_DROP", 2)
    path = write_book(tmp_path / "问答.xlsx", {"咨询": faq(5)})
    tried = await imported(people, side, path, trial=True)
    loaded = await imported(people, side, path)

    async def due(days: int) -> set[str]:
        async with database.platform_unit_of_work() as platform:
            found = await jobs_items.kept_rows(platform, datetime.now(UTC) + timedelta(days=days))
        return {ids["job_id"] for tenant, ids in found if tenant == side.tenant}

    assert await due(6) == set()
    assert await due(8) == {str(tried.id)}
    assert await due(91) == {str(tried.id), str(loaded.id)}
    await registered["library.drop_import_rows"](database, side.tenant, job_id=str(loaded.id))
    async with database.unit_of_work(side.tenant) as db:
        assert len(await queries_item_imports.rows(db, loaded.id)) == 5
        past = datetime.now(UTC) - timedelta(days=91)
        await db.execute(update(LongJob).values(finished_at=past))
    for _ in range(2):
        await registered["library.drop_import_rows"](database, side.tenant, job_id=str(loaded.id))
    assert await due(0) == {str(tried.id)}
    async with database.unit_of_work(side.tenant) as db:
        assert not await queries_item_imports.rows(db, loaded.id)
        noted = await db.scalars(
            select(AuditEntry.detail).where(AuditEntry.event == "import.rows_dropped")
        )
        assert [detail["rows"] for detail in noted] == [5]
        with pytest.raises(Conflict, match="90 天"):
            await actions_item_uploads.undo_import(db, loaded.id, by=side.author, at=NOW)
