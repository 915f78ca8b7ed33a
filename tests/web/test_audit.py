"""The audit trail as API, page and file; the workplace's first page."""

import csv
import io
from datetime import UTC, datetime, timedelta

import openpyxl
import pytest
from sqlalchemy import select
from tests.house.rows import make_row
from tests.make import NOW, make_branch, make_customer, make_item, make_staff
from tests.personas import Personas
from tests.web.forms import onward, post_form

from contenthub import queue
from contenthub.db import new_id
from contenthub.tenants import actions as tenants
from contenthub.tenants import (
    actions_audit,
    actions_branches,
    actions_staff,
    auditsheet,
    jobs_audit_export,
    queries_audit_names,
)
from contenthub.tenants import jobs as tenants_jobs
from contenthub.tenants.models import AuditEntry
from contenthub.tenants.queries_audit import Verdict
from contenthub.web import sheets
from contenthub.web.audit_words import detail_words, event_words


async def _write(people: Personas, count: int, event: str = "item.approved") -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        for no in range(count):
            at, by = datetime.now(UTC), people.ours.admin
            tenants.record(db, event, "item", people.ours.head.id, by=by, at=at, no=no)
            await db.flush()


async def test_the_trail_pages_newest_first_without_gap(people: Personas) -> None:
    await _write(people, 7)
    seen: list[int] = []
    cursor = ""
    async with people.client(people.ours.auditor) as client:
        while cursor is not None:
            query = {"limit": "3", **({"cursor": cursor} if cursor else {})}
            answer = (await client.get("/api/v1/audit", params=query)).json()
            seen += [e["detail"]["no"] for e in answer["items"]]
            cursor = answer["next_cursor"]
    assert seen == [6, 5, 4, 3, 2, 1, 0]


async def test_the_trail_is_filtered_by_kind_person_subject_and_time(people: Personas) -> None:
    await _write(people, 2)
    await _write(people, 1, "push.paused")
    now = datetime.now(UTC)
    async with people.client(people.ours.auditor) as client:

        async def count(**query: str) -> int:
            found = await client.get("/api/v1/audit", params=query)
            return len(found.json()["items"])

        assert await count(event="push.") == 1
        assert await count(event="item.approved") == 2
        assert await count(event="%") == 0
        assert await count(actor_id=str(people.ours.admin.id)) == 3
        assert await count(actor_id=str(people.ours.author.id)) == 0
        assert await count(subject_id=str(people.ours.head.id)) == 3
        assert await count(since=(now + timedelta(hours=1)).isoformat()) == 0
        assert await count(until=(now + timedelta(hours=1)).isoformat()) == 3
        naive = await client.get("/api/v1/audit", params={"since": "2026-11-26T00:00:00"})
    assert naive.status_code == 422


async def test_the_page_shows_words_and_the_newest_seal(people: Personas) -> None:
    await _write(people, 1, "revision.submitted")
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await actions_audit.seal_audit(db, at=datetime.now(UTC) + timedelta(minutes=5))
    async with people.client(people.ours.auditor) as client:
        shown = (await client.get("/console/audit")).text
        none = (await client.get("/console/audit?event=push.")).text
        wrong = await client.get("/console/audit?since=gestern")
    assert "提交审核" in shown
    assert "序号：0" in shown
    assert "第 1 号" in shown
    assert "没有符合条件的记录" in none
    assert wrong.status_code == 422


async def test_a_kind_of_event_that_the_list_does_not_offer_filters_all_the_same(
    people: Personas,
) -> None:
    await _write(people, 2)
    await _write(people, 1, "push.paused")
    async with people.client(people.ours.auditor) as client:
        unknown = (await client.get("/console/audit?event=moon.")).text
        one = (await client.get("/console/audit?event=push.paused")).text
        sheet = (await client.get("/console/audit/export?format=csv&event=moon.")).text
    assert "没有符合条件的记录" in unknown
    assert "没有这个类别：moon." in unknown
    assert "<tbody" not in unknown
    assert one.split("<tbody", 1)[1].count("暂停推送") == 1
    assert one.split("<tbody", 1)[1].count("<tr") == 1
    assert 'value="push.paused" selected' in one
    assert len(sheet.splitlines()) == 1


async def test_the_export_holds_what_is_filtered_and_is_an_entry_itself(people: Personas) -> None:
    await _write(people, 3)
    await _write(people, 2, "push.paused")
    async with people.client(people.ours.auditor) as client:
        answer = await client.get("/console/audit/export?event=item.")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    assert "吴审" in str(rows[0][0])
    assert [row[3] for row in rows[3:]] == ["内容"] * 3
    async with people.house.database.reading(people.ours.tenant) as db:
        events = list(await db.scalars(select(AuditEntry.event)))
    assert events.count("audit.exported") == 1


@pytest.mark.parametrize(
    "text",
    ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\tx", "http://evil.example", "1\x00\x1b2"],
)
def test_a_cell_typed_by_anybody_is_text(text: str) -> None:
    at = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)
    data = sheets.xlsx("表", ["列"], [[text]], by="吴审", at=at, zone="Asia/Shanghai")
    cell = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0].cell(4, 1)
    assert cell.data_type in ("s", "inlineStr")
    assert cell.hyperlink is None
    assert "\x00" not in str(cell.value)


def test_details_are_pairs_and_hashes_are_short() -> None:
    entry = AuditEntry(detail={"no": 2, "hash": "0123456789abcdef" * 4, "found": True})
    assert detail_words(entry) == "序号：2；内容指纹：01234567；已找到：是"


def test_a_change_reads_from_old_to_new_and_an_instant_as_official_time() -> None:
    detail = {"after": "won", "before": "contacted"}
    assert detail_words(AuditEntry(detail=detail)) == "已联系 → 已成交"
    detail = {"until": "2027-02-24T10:56:00.773889+00:00"}
    assert detail_words(AuditEntry(detail=detail)).endswith("：2027-02-24 18:56")


def test_an_unknown_event_is_shown_as_it_is() -> None:
    assert event_words("push.paused") == "暂停推送"
    assert event_words("moon.landed") == "moon.landed"


@pytest.mark.parametrize(
    ("role", "there", "absent"),
    [
        ("reviewer", "待我审核", "我的草稿"),
        ("author", "退回给我", "待我审核"),
        ("auditor", "正在发送", "最新线索"),
        ("branch_manager", "最新线索", "待我审核"),
    ],
)
async def test_the_first_page_shows_each_role_its_own_work(
    people: Personas, role: str, there: str, absent: str
) -> None:
    async with people.client(getattr(people.ours, role)) as client:
        answer = await client.get("/console")
    assert answer.status_code == 200
    assert there in answer.text
    assert absent not in answer.text


async def test_the_page_is_filtered_by_person_words_and_subject(people: Personas) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        at, ours = datetime.now(UTC), people.ours
        tenants.record(db, "push.paused", "push", None, by=ours.admin, at=at, reason="投诉较多")
        tenants.record(db, "push.resumed", "push", ours.head.id, by=ours.author, at=at, no=7)
    async with people.client(people.ours.auditor) as client:

        async def shown(**query: str) -> tuple[bool, bool]:
            body = (await client.get("/console/audit", params=query)).text.split("<tbody", 1)[-1]
            return "暂停推送" in body, "恢复推送" in body

        assert await shown() == (True, True)
        assert await shown(actor="李") == (False, True)
        assert await shown(q="投诉") == (True, False)
        assert await shown(q="%") == (False, False)
        assert await shown(subject=str(people.ours.head.id)) == (False, True)
        assert (await client.get("/console/audit?subject=7")).status_code == 422
        found = await client.get("/api/v1/audit", params={"q": "投诉", "actor": "赵强"})
        assert [e["event"] for e in found.json()["items"]] == ["push.paused"]
        assert (await client.get("/api/v1/audit", params={"actor": "李四"})).json()["items"] == []


async def test_a_subject_is_found_by_its_name_and_named_in_the_list(people: Personas) -> None:
    ours, theirs = people.ours, people.theirs
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item, _ = await make_item(db, ours.author, title="春耕贷 100%_惠农版")
        who = await make_staff(db, ours.branch, "employee", name="欧阳向日葵", staff_no="K7788")
        await actions_staff.set_photo(db, who.id, "a/photos/b.jpg", by=ours.admin, at=NOW)
        branch = await make_branch(db, "葵花路支行", parent=ours.head)
        await actions_branches.close_branch(db, branch.id, by=ours.admin, at=NOW)
    async with people.house.database.unit_of_work(theirs.tenant) as db:
        await make_item(db, theirs.author, title="春耕贷 100%_惠农版")

    async with people.client(ours.auditor) as client:

        async def ids(q: str) -> set[str]:
            rows = (await client.get("/api/v1/audit", params={"q": q})).json()["items"]
            return {row["subject_id"] for row in rows}

        assert await ids("100%_惠农") == {str(item.id)}
        assert await ids("欧阳向日葵") == await ids("k7788") == {str(who.id)}
        assert await ids("葵花路") == {str(branch.id)}
        assert await ids("%%") == set()
        found = (await client.get("/api/v1/audit", params={"q": "欧阳向日葵"})).json()["items"]
        named = {row["event"]: row["subject_name"] for row in found}
        assert named["staff.photo_set"] == "欧阳向日葵"
        page = (await client.get("/console/audit", params={"q": "欧阳向日葵"})).text
        assert "更换员工照片" in page
        assert page.count("欧阳向日葵") >= 2  # in the field and in the row
        one = next(row["id"] for row in found if row["event"] == "staff.photo_set")
        assert "员工：欧阳向日葵" in (await client.get(f"/console/audit/{one}")).text
        sheet = await client.get(
            "/console/audit/export", params={"q": "欧阳向日葵", "format": "csv"}
        )
        assert "更换员工照片" in sheet.text
    async with people.client(theirs.auditor) as client:
        rows = (await client.get("/api/v1/audit", params={"q": "欧阳向日葵"})).json()["items"]
        assert rows == []


async def test_every_kind_of_subject_can_be_asked_for_its_name(people: Personas) -> None:
    """A table or column that a migration renames shows here, not on the auditor's page."""
    kinds = [*queries_audit_names.NAMED, *queries_audit_names.MASKED]
    async with people.house.database.reading(people.ours.tenant) as db:
        asked = [AuditEntry(subject_kind=kind, subject_id=new_id()) for kind in kinds]
        assert await queries_audit_names.names(db, asked) == {}
    assert {"staff", "item", "push", "template", "branch", "customer"} <= set(kinds)


async def test_a_customers_name_stays_masked_in_the_trail(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        customer = await make_customer(db, owner=ours.employee, name="诸葛明亮")
        await make_row(
            db,
            AuditEntry,
            at=NOW,
            actor_name="甲",
            event="customer.viewed",
            subject_kind="customer",
            subject_id=customer.id,
        )
    async with people.client(ours.auditor) as client:
        page = await client.get("/console/audit", params={"subject": str(customer.id)})
    assert "诸葛明亮" not in page.text
    assert customer.name_masked in page.text


async def test_one_entry_shows_before_and_after_and_its_seal(people: Personas) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await tenants.set_settings(
            db, {"send_from": "09:15"}, by=people.ours.admin, at=datetime.now(UTC)
        )
    async with people.house.database.reading(people.ours.tenant) as db:
        entry_id = await db.scalar(
            select(AuditEntry.id).where(AuditEntry.tenant_id == people.ours.tenant)
        )
    url = f"/console/audit/{entry_id}"
    async with people.client(people.ours.auditor) as client:
        fresh = (await client.get(url)).text
        async with people.house.database.unit_of_work(people.ours.tenant) as db:
            await actions_audit.seal_audit(db, at=datetime.now(UTC) + timedelta(minutes=5))
        waiting = (await client.get(url)).text
        await tenants_jobs.verify_audit(people.house.database, people.ours.tenant)
        checked = (await client.get(url)).text
        listed = (await client.get("/console/audit")).text
    for said in ("每天最早发送时间", "08:30", "09:15", "一分钟后封签"):
        assert said in fresh
    assert "等待核对" in waiting
    assert "已核对完整" in checked
    assert "已验证到第 1 号封签，共 1 条记录完整" in listed
    async with people.client(people.theirs.auditor) as client:
        assert (await client.get(url)).status_code == 404


async def test_a_broken_chain_is_an_alarm_on_the_page(people: Personas) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        found = Verdict(problems=["第 1 号封签内缺少 1 条记录"])
        await actions_audit.record_check(db, found, since_no=0, at=datetime.now(UTC))
    async with people.client(people.ours.auditor) as client:
        shown = (await client.get("/console/audit")).text
    assert "操作记录被改动过" in shown
    assert "缺少 1 条记录" in shown


async def test_the_same_entries_as_csv_hold_no_formula(people: Personas) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        at, by = datetime.now(UTC), people.ours.admin
        tenants.record(db, "push.paused", "push", None, by=by, at=at, reason="=1+1")
    async with people.client(people.ours.auditor) as client:
        answer = await client.get("/console/audit/export?format=csv&event=push.")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert answer.headers["content-type"].startswith("text/csv")
    assert [row[2] for row in rows] == ["操作", "暂停推送"]
    assert auditsheet.lines([["=1+1", "@x"]]) == "'=1+1,'@x\r\n"


async def test_a_long_range_is_written_in_the_background(people: Personas) -> None:
    await _write(people, 5)
    await _write(people, 2, "push.paused")
    async with people.client(people.ours.auditor) as client:
        page = onward(await post_form(client, "/console/audit/exports", {"event": "item."}))
        twice = await post_form(client, "/console/audit/exports", {"event": "item."})
        assert twice.status_code == 409
        assert "排队中" in (await client.get(page)).text
        job_id = page.rsplit("/", 1)[-1]
        due = queue.sweeps["tenants.export_audit"]
        async with people.house.database.platform_unit_of_work() as platform:
            ids = (people.ours.tenant, {"job_id": job_id})
            assert ids in await due(platform, datetime.now(UTC))
        await jobs_audit_export.export_audit(
            people.house.database, people.ours.tenant, job_id=job_id
        )
        shown = (await client.get(page)).text
        assert "共 5 条" in shown
        answer = await client.get(f"/api/v1/jobs/{job_id}/result")
        none = await post_form(client, "/console/audit/exports", {"actor": "没有这个人"})
        assert none.status_code == 409
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0][4:6] == ["对象名称", "对象编号"]
    assert [row[6] for row in rows] == ["详情", *(f"序号：{no}" for no in (4, 3, 2, 1, 0))]
    async with people.house.database.reading(people.ours.tenant) as db:
        events = list(
            await db.scalars(
                select(AuditEntry.event).where(AuditEntry.tenant_id == people.ours.tenant)
            )
        )
    assert events.count("audit.exported") == 1
    assert events.count("job.downloaded") == 1
    async with people.client(people.theirs.auditor) as client:
        assert (await client.get(page)).status_code == 404


async def test_who_may_look_may_not_take_it_away(people: Personas) -> None:
    await _write(people, 1)
    async with people.client(people.ours.reviewer) as client:
        shown = await client.get("/console/audit")
        assert "导出 Excel" not in shown.text
        assert (await client.get("/console/audit/export")).status_code == 403
        assert (await post_form(client, "/console/audit/exports")).status_code == 403


async def test_no_phone_is_kept_in_a_detail_whoever_typed_it(people: Personas) -> None:
    async with people.client(people.ours.auditor) as client:
        await client.get("/console/audit/export?q=13812345678")
    async with people.house.database.reading(people.ours.tenant) as db:
        (kept,) = await db.scalars(
            select(AuditEntry).where(AuditEntry.tenant_id == people.ours.tenant)
        )
    assert kept.detail["filter"] == {"q": "138****5678"}
    async with people.client(people.ours.auditor) as client:
        found = await client.get("/api/v1/audit?q=13812345678")
    assert [e["event"] for e in found.json()["items"]] == ["audit.exported"]
