"""Versions of an item: history, two side by side, restored, copied; by clicks and by the API."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from tests.make import NOW, approve, make_item, make_live_item
from tests.personas import Personas
from tests.web.forms import onward, post_form

from contenthub.library import actions, actions_windows
from contenthub.library import queries as library
from contenthub.library.models import Item

HERE = "/console/library"


async def _two_versions(people: Personas, **over: Any) -> Item:
    """Return a live item with a newer draft."""
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        item = await make_live_item(db, side.author, side.reviewer, title="大额存单", **over)
        draft = actions.Draft(
            "product",
            "deposit",
            "大额存单（新春版）",
            {"summary": "30 万元起存", "rate": 205, "selling_points": ["利率 2.05%"]},
            "<p>到网点办理，存款受<b>存款保险</b>保障。</p>",
        )
        await actions.write_draft(db, item.id, draft, by=side.author, at=NOW)
        return item


async def test_the_history_tells_who_did_what_and_offers_old_versions(people: Personas) -> None:
    item = await _two_versions(people)
    side = people.ours
    async with people.client(side.author) as client:
        text = (await client.get(f"{HERE}/{item.id}/history")).text
    assert f"{side.reviewer.name} 通过" in text
    assert "审核通过" in text
    assert "发布内容" in text
    assert f"{HERE}/{item.id}/restore" in text
    assert "内容指纹" in text


async def test_a_reader_sees_the_history_and_restores_nothing(people: Personas) -> None:
    item = await _two_versions(people)
    async with people.client(people.ours.auditor) as client:
        text = (await client.get(f"{HERE}/{item.id}/history")).text
        assert f"{HERE}/{item.id}/restore" not in text
        refused = await post_form(client, f"{HERE}/{item.id}/restore", {"no": "1"})
    assert refused.status_code == 403


async def test_two_versions_stand_side_by_side_word_by_word_and_look_by_look(
    people: Personas,
) -> None:
    item = await _two_versions(people)
    async with people.client(people.ours.author) as client:
        text = (await client.get(f"{HERE}/{item.id}/compare?from=1&to=2")).text
        usual = (await client.get(f"{HERE}/{item.id}/compare")).text
        back = (await client.get(f"{HERE}/{item.id}/compare?from=2&to=1")).text
        gone = await client.get(f"{HERE}/{item.id}/compare?from=1&to=9")
    assert "<ins>（新春版）</ins>" in text
    assert "<del>20</del>" in text
    assert '<mark class="fmt0" title="加粗">存款保险</mark>' in text
    assert "<del>（新春版）</del>" in back
    assert "3 处不同" in usual
    assert gone.status_code == 404


async def test_an_old_version_comes_back_by_one_press(people: Personas) -> None:
    item = await _two_versions(people)
    async with people.client(people.ours.author) as client:
        here = f"{HERE}/{item.id}"
        known = (await client.get(f"/api/v1/items/{item.id}")).json()["revision"]["hash"]
        form = {"no": "1", "known_hash": known}
        assert onward(await post_form(client, f"{here}/restore", form)) == f"{here}/edit?restored=1"
        page = (await client.get(f"{here}/edit?restored=1")).text
        assert "已恢复第 1 版" in page
        late = await post_form(client, f"{here}/restore", form)
        nothing = await post_form(client, f"{here}/restore", {"no": "一"})
        found = (await client.get(f"/api/v1/items/{item.id}")).json()
    assert late.status_code == 409
    assert nothing.status_code == 422
    assert (found["revision"]["no"], found["revision"]["title"]) == (3, "大额存单")
    assert found["live"]["no"] == 1


async def test_a_script_restores_copies_and_reads_the_history(people: Personas) -> None:
    item = await _two_versions(people)
    url = f"/api/v1/items/{item.id}"
    async with people.client(people.ours.author) as client:
        restored = await client.post(f"{url}/restore", json={"no": 1})
        again = await client.post(f"{url}/restore", json={"no": 1})
        absent = await client.post(f"{url}/restore", json={"no": 8})
        copied = await client.post(f"{url}/copy")
        first = (await client.get(f"{url}/history?limit=2")).json()
        rest = (await client.get(f"{url}/history?cursor={first['next_cursor']}")).json()
    assert (restored.status_code, restored.json()["revision"]["no"]) == (201, 3)
    assert (again.status_code, absent.status_code) == (409, 404)
    assert copied.status_code == 201
    assert copied.json()["id"] != str(item.id)
    events = [entry["event"] for entry in first["items"] + rest["items"]]
    assert events[0] == "revision.restored"
    assert {"review.approved", "revision.published", "item.created"} <= set(events)
    by_event = {entry["event"]: entry for entry in first["items"] + rest["items"]}
    assert by_event["review.approved"]["no"] == 1
    assert by_event["review.approved"]["label"] == "审核通过"


@pytest.mark.parametrize("what", ["restore", "copy"])
async def test_an_employee_and_another_bank_restore_and_copy_nothing(
    people: Personas, what: str
) -> None:
    item = await _two_versions(people)
    body = {"no": 1} if what == "restore" else None
    for person, status in ((people.ours.employee, 403), (people.theirs.author, 404)):
        async with people.client(person) as client:
            answer = await client.post(f"/api/v1/items/{item.id}/{what}", json=body)
        assert answer.status_code == status


async def test_what_goes_live_later_is_announced_with_its_hour(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        item, _ = await make_item(db, side.author, valid_from=NOW + timedelta(days=3650))
        await actions.submit(db, item.id, by=side.author, at=NOW)
    async with people.client(side.reviewer) as client:
        waiting = (await client.get("/api/v1/reviews")).json()["items"]
        subject = str(item.working_revision_id)
        review_id = next(r["id"] for r in waiting if r["subject_id"] == subject)
        await client.post(
            f"/api/v1/reviews/{review_id}/approve", json={"kept": [{"reason": "已核对"}]}
        )
        text = (await client.get(f"{HERE}/{item.id}/history")).text
    assert "自动发布" in text
    assert "已通过" in text


async def test_the_history_is_taken_away_as_a_sheet_and_that_is_written_down(
    people: Personas,
) -> None:
    item = await _two_versions(people)
    url = f"{HERE}/{item.id}/history"
    async with people.client(people.ours.author) as client:
        taken = await client.get(f"{url}/export")
        after = (await client.get(url)).text
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(taken.content)).get_sheet_by_index(0)
    rows = sheet.to_python()
    assert {"新建内容", "审核通过", "发布内容"} <= {str(row[2]) for row in rows if len(row) > 2}
    assert "导出内容清单" in after
    async with people.client(people.theirs.author) as client:
        assert (await client.get(f"{url}/export")).status_code == 404


async def test_a_scheduled_version_is_called_off_and_the_live_one_serves_on(
    people: Personas,
) -> None:
    side, soon = people.ours, datetime.now(UTC) + timedelta(days=9)
    item = await _two_versions(people)
    async with people.house.database.unit_of_work(side.tenant) as db:
        newest = (await library.item_wordings(db, item.id))[1]
        later = actions.Draft(
            "product", "deposit", newest.title, newest.fields, newest.body, valid_from=soon
        )
        await actions.write_draft(db, item.id, later, by=side.author, at=NOW)
        await actions.submit(db, item.id, by=side.author, at=NOW)
        await approve(db, item, side.reviewer)
    page, url = f"{HERE}/{item.id}", f"/api/v1/items/{item.id}/call-off"
    async with people.client(side.author) as client:
        before = (await client.get(page)).text
        assert (await client.post(url, json={"no": 1})).json()["code"] == "wrong_step"
        off = await post_form(client, f"{page}/call-off", {"no": "2"})
        again = await client.post(url, json={"no": 2})
        after = (await client.get(page)).text
    async with people.client(side.employee) as client:
        assert (await client.post(url, json={"no": 2})).status_code == 403
    async with people.client(people.theirs.author) as client:
        assert (await client.post(url, json={"no": 2})).status_code == 404
    assert "v1 客户在看" in before
    assert "v2 已通过，" in before
    assert "取消 v2 的排期" in before
    assert onward(off) == page
    assert again.json()["code"] == "wrong_step"
    assert "v2 已取消排期" in after
    assert "取消 v2 的排期" not in after
    async with people.house.database.unit_of_work(side.tenant) as db:
        await actions_windows.start_window(db, item.id, at=soon + timedelta(days=1))
        found, _, live = await library.item_wordings(db, item.id)
        assert live is not None
        assert (found.state, live.no) == ("live", 1)
