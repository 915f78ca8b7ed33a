"""话术 on the phone: filled in the employee's name, with their own link, ready to be copied."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from tests.make import make_link, make_live_item
from tests.personas import Personas, Side
from tests.web.h5 import submit

from contenthub.db import Write
from contenthub.library import actions, actions_rules
from contenthub.library.actions_rules import RuleDraft
from contenthub.library.models import Item
from contenthub.library.models_rules import RuleFinding
from contenthub.scheduler import actions_gone
from contenthub.sharing.models import Link

TEXT = "{{ customer.surname }}您好，我是{{ bank.name }}的{{ employee.name }}，给您看看：{{ link }}"


async def _script(db: Write, side: Side, **fields: Any) -> Item:
    facts = {"scene": "one_to_one", "text": TEXT, "when": "存单到期前一周", **fields}
    return await make_live_item(
        db, side.author, side.reviewer, kind="script", title="到期提醒", fields=facts
    )


async def test_a_script_is_said_in_my_name_and_takes_my_link(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        product = await make_live_item(db, side.author, side.reviewer, title="三年期存单")
        script = await _script(db, side, related_item=product.code)
    async with people.client(side.employee) as client:
        listed = (await client.get("/m/scripts?topic=deposit&q=到期")).text
        assert "到期提醒" in listed
        assert "{{" not in listed
        moved = await client.get(f"/m/materials/{script.id}")
        assert moved.headers["location"] == f"/m/scripts/{script.id}"
        page = (await client.get(f"/m/scripts/{script.id}")).text
        assert f"的{side.employee.name}，给您看看" in page
        assert "您您好" not in page
        assert "存单到期前一周" in page
        assert "把我的链接放进话术" in page
        assert (await submit(client, f"/m/scripts/{script.id}/link")).status_code in (303, 200)
        async with people.house.database.reading(side.tenant) as db:
            code = await db.scalar(select(Link.code).where(Link.item_id == product.id))
        assert f"/s/{code}" in (await client.get(f"/m/scripts/{script.id}")).text


async def test_a_script_without_content_says_where_a_link_comes_from(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        script = await _script(db, side)
    async with people.client(side.employee) as client:
        page = (await client.get(f"/m/scripts/{script.id}")).text
        assert "（您的链接）" in page
        assert "/m/materials?topic=deposit" in page
        assert (await submit(client, f"/m/scripts/{script.id}/link")).status_code == 409
    async with people.client(people.theirs.employee) as client:
        assert (await client.get(f"/m/scripts/{script.id}")).status_code == 404
        assert "到期提醒" not in (await client.get("/m/scripts")).text


async def _recall(people: Personas, item: Item) -> None:
    side, at = people.ours, datetime.now(UTC)
    async with people.house.database.unit_of_work(side.tenant) as db:
        await actions.recall(db, item.id, reason="话术停用", by=side.author, at=at)
        await actions_gone.stop_item(db, item.id, at=at)


async def test_who_copied_a_script_is_told_when_it_is_recalled(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        script = await _script(db, side)
        product = await make_live_item(db, side.author, side.reviewer, title="三年期存单")
    page, url = f"/m/scripts/{script.id}", f"/api/v1/scripts/{script.id}/copies"
    async with people.client(side.employee) as client:
        assert f'data-ch-told="{page}/copied"' in (await client.get(page)).text
        assert (await submit(client, f"{page}/copied")).status_code == 204
        again = await client.post(url)
        wrong = await client.post(f"/api/v1/scripts/{product.id}/copies")
    async with people.client(side.author) as client:
        row = (await client.get("/api/v1/items?kind=script")).json()["items"][0]
    async with people.client(people.theirs.employee) as client:
        assert (await client.post(url)).status_code == 404
    assert (again.status_code, again.json()["times"]) == (201, 2)
    assert (wrong.status_code, row["shares"]) == (409, 1)
    await _recall(people, script)
    async with people.client(side.employee) as client:
        home, gone = (await client.get("/m")).text, (await client.get(page)).text
        late = await client.post(url)
    async with people.client(side.colleague) as client:
        assert (await client.get("/api/v1/notices")).json()["items"] == []
    async with people.client(side.author) as client:
        (stop,) = (await client.get(f"/api/v1/items/{script.id}/stops")).json()["items"]
    assert stop["told"] == 1
    assert "这段话术请不要再发" in home
    assert "以前复制的也请不要再发" in gone
    assert "已经转发出去的链接" not in gone
    assert late.json()["code"] == "not_live"


async def test_what_a_new_rule_blocks_is_neither_copied_nor_shared_until_it_is_mended(
    people: Personas,
) -> None:
    side, at = people.ours, datetime.now(UTC)
    async with people.house.database.unit_of_work(side.tenant) as db:
        script = await _script(db, side)
        product = await make_live_item(db, side.author, side.reviewer, title="三年期存单")
        link = await make_link(db, product, side.employee, channel="h5")
        found = {"rule": "本行-001", "name": "本行禁用词", "text": "看看", "severity": "block"}
        for item in (script, product):
            row = {"revision_id": item.live_revision_id, "item_id": item.id, "found_at": at}
            db.add(RuleFinding(tenant_id=side.tenant, version="x", blocks=1, hits=[found], **row))
        weighed = await _script(db, side)
        rule = RuleDraft("斟酌用语", "给您看看", severity="review")
        await actions_rules.add_rule(db, rule, by=side.admin, at=at)
    shared = {"item_id": str(product.id), "employee_id": str(side.employee.id)}
    async with people.client(side.employee) as client:
        page = (await client.get(f"/m/scripts/{script.id}")).text
        lists = [(await client.get(each)).text for each in ("/m/scripts", "/m/materials")]
        material = (await client.get(f"/m/materials/{product.id}")).text
        advised = (await client.get(f"/m/scripts/{weighed.id}")).text
        copied = await client.post(f"/api/v1/scripts/{script.id}/copies")
        refused = [
            await client.post("/api/v1/links", json=shared | {"channel": "wecom"}),
            await client.post("/api/v1/links", json=shared | {"channel": "h5"}),
        ]
    for text in (page, material):
        assert "没有通过现行规则（本行禁用词），暂停分享" in text
    assert "data-ch-copy" not in page
    assert "请留意：斟酌用语“给您看看”" in advised
    assert "data-ch-copy" in advised
    assert link.code not in material
    assert all("暂停分享" in text for text in lists)
    assert [each.json()["code"] for each in (copied, *refused)] == ["fails_rules"] * 3
    async with people.client(side.author) as client:
        assert "员工也不能再分享" in (await client.get("/console")).text
