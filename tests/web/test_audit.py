"""The audit trail as API, page and file; the workplace's first page."""

import io
from datetime import UTC, datetime, timedelta

import openpyxl
import pytest
from sqlalchemy import select
from tests.personas import Personas

from contenthub.tenants import actions as tenants
from contenthub.tenants import actions_audit
from contenthub.tenants.models import AuditEntry
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
