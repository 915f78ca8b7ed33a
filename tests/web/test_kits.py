"""内容包 by the pages and the API: allowed, wrong role, wrong state, another bank."""

from typing import Any
from uuid import uuid4

import pytest
from tests.kits.families import HOTLINE, adopt, join, publish
from tests.make import NOW, make_item, make_live_item
from tests.personas import Personas
from tests.web.forms import onward, post_form

from contenthub.kits import actions_starter, queries, starterkit
from contenthub.library import queries as library
from contenthub.tenants import actions_members

FIELDS: dict[str, Any] = {"summary": "20 万元起存", "rate": 205, "term": "三年"}


async def test_a_kit_is_made_and_published_by_the_api(people: Personas) -> None:
    side = people.theirs
    async with people.house.database.unit_of_work(side.tenant) as db:
        item = await make_live_item(db, side.author, side.reviewer, fields=FIELDS)
    await join(people)
    async with people.client(side.author) as client:
        body = {"name": "开门红内容包", "summary": "一月用", "item_ids": [str(item.id)]}
        made = await client.post("/api/v1/kits", json=body)
        assert made.status_code == 201, made.text
        kit_id = made.json()["id"]
        offer = await client.post(f"/api/v1/kits/{kit_id}/publish", json={"note": "第一版"})
        assert (offer.status_code, offer.json()["no"]) == (201, 1)
        again = await client.post(f"/api/v1/kits/{kit_id}/publish", json={})
        assert (again.status_code, again.json()["code"]) == (409, "wrong_step")
        changed = await client.patch(f"/api/v1/kits/{kit_id}", json={**body, "name": "二月"})
        assert changed.json()["name"] == "二月"
        changed = await client.patch(f"/api/v1/kits/{kit_id}", json={"summary": "二月用"})
        assert changed.status_code == 200, changed.text
        own = (await client.get(f"/api/v1/kits/{kit_id}")).json()
        assert (own["own"]["name"], own["own"]["summary"]) == ("二月", "二月用")
        assert own["item_ids"] == [str(item.id)]
    async with people.client(people.ours.author) as client:
        found = (await client.get("/api/v1/kits")).json()
        assert [one["name"] for one in found["offered"]] == ["开门红内容包"]
        detail = (await client.get(f"/api/v1/kits/{kit_id}")).json()
        [part] = detail["parts"]
        assert [one["name"] for one in part["local_fields"]] == ["rate"]
        wish = {"local": {part["subject_id"]: {"rate": "1.85"}}}
        taken = await client.post(f"/api/v1/kits/{kit_id}/adopt", json=wish)
        assert taken.status_code == 201, taken.text
        own_id = taken.json()["made"][part["subject_id"]]
        own = (await client.get(f"/api/v1/items/{own_id}")).json()
        assert (own["state"], own["title"]) == ("draft", item.title)
        [adopted] = (await client.get("/api/v1/kits/adopted")).json()["items"]
        assert (adopted["stand"], adopted["source_revision_no"]) == ("same", 1)
        assert (await client.get(f"/api/v1/kits/adopted/{own_id}")).json() == {
            "theirs": [],
            "own": [],
        }
        merged = await client.post(f"/api/v1/kits/adopted/{own_id}/merge", json={})
        assert merged.status_code == 409


@pytest.mark.parametrize("who", ["employee", "branch_manager"])
async def test_who_sees_no_drafts_sees_no_kits(people: Personas, who: str) -> None:
    async with people.client(getattr(people.ours, who)) as client:
        assert (await client.get("/api/v1/kits")).status_code == 403
        assert (await client.get("/console/kits")).status_code == 403


async def test_a_reviewer_looks_and_takes_nothing_over(people: Personas) -> None:
    await join(people)
    kit = await publish(people)
    async with people.client(people.ours.reviewer) as client:
        page = await client.get(f"/console/kits/{kit.id}")
        assert page.status_code == 200
        assert "由内容作者或管理员采用" in page.text
        for path in ("adopt", "publish", "withdraw"):
            answer = await client.post(f"/api/v1/kits/{kit.id}/{path}", json={})
            assert answer.status_code == 403, path
        assert (await client.post("/api/v1/kits/starter", json={})).status_code == 403


async def test_a_kit_of_a_bank_that_is_no_parent_is_not_found(people: Personas) -> None:
    kit = await publish(people)
    async with people.client(people.ours.author) as client:
        for path in (f"/api/v1/kits/{kit.id}", f"/console/kits/{kit.id}"):
            assert (await client.get(path)).status_code == 404
        answer = await client.post(f"/api/v1/kits/{kit.id}/adopt", json={})
        assert answer.status_code == 404
        assert (await client.get(f"/api/v1/kits/adopted/{uuid4()}")).status_code == 404


async def test_a_kit_goes_its_way_by_the_pages(people: Personas) -> None:
    side = people.theirs
    async with people.house.database.unit_of_work(side.tenant) as db:
        item = await make_live_item(db, side.author, side.reviewer, fields=FIELDS)
        draft, _ = await make_item(db, side.author, title="还是草稿")
    await join(people)
    async with people.client(side.author) as client:
        form = (await client.get("/console/kits/new")).text
        assert item.title in form
        assert draft.title not in form
        empty = await post_form(client, "/console/kits", {"name": " "})
        assert "请填写内容包名称" in empty.text
        said = {"name": "春耕包", "summary": "", "items": [str(item.id)]}
        here = onward(await post_form(client, "/console/kits", said))
        onward(await post_form(client, f"{here}/publish", {"note": "备耕用"}))
        own = (await client.get(here)).text
        assert "第 1 版" in own
        assert "还没有成员行采用" in own
    async with people.client(people.ours.author) as client:
        assert "春耕包" in (await client.get("/console/kits")).text
        offer = (await client.get(here)).text
        assert "上级填的是：2.05%" in offer
        nothing = await post_form(client, f"{here}/adopt", {})
        assert "请至少勾选一条" in nothing.text
        onward(
            await post_form(
                client,
                f"{here}/adopt",
                {"parts": [str(item.id)], f"local.{item.id}.rate": "1.75"},
            )
        )
        assert "已采用的" in (await client.get(here)).text
        listed = (await client.get("/console/kits/adopted?stand=same")).text
        assert item.title in listed
        sheet = await client.get("/console/kits/adopted/export")
        assert sheet.content.startswith(b"PK")
    async with people.house.database.reading(people.ours.tenant) as db:
        [one] = await queries.adopted(db)
        _, revision, _ = await library.item_wordings(db, one.part.subject_id)
    assert revision.fields["rate"] == 175
    async with people.client(people.ours.author) as client:
        note = (await client.get(f"/console/kits/adopted/{one.part.subject_id}/note")).text
        assert "来自春耕包" in note
        changes = (await client.get(f"/console/kits/adopted/{one.part.subject_id}")).text
        assert "没有需要处理的更新" in changes


async def test_a_bank_without_members_is_told_so_before_it_makes_a_kit(people: Personas) -> None:
    async with people.client(people.theirs.author) as client:
        for path in ("/console/kits", "/console/kits/new"):
            assert "本行还没有成员行" in (await client.get(path)).text
        await join(people)
        async with people.house.database.platform_unit_of_work() as db:
            await actions_members.gather(db, people.theirs.tenant, at=NOW)
        for path in ("/console/kits", "/console/kits/new"):
            assert "本行还没有成员行" not in (await client.get(path)).text


async def test_a_copy_of_an_adopted_item_says_so_and_that_it_goes_with_it(
    people: Personas,
) -> None:
    await join(people)
    [item] = await adopt(people, await publish(people))
    async with people.client(people.ours.author) as client:
        made = await client.post(f"/api/v1/items/{item.id}/copy")
        assert made.status_code == 201
        note = await client.get(f"/console/kits/adopted/{made.json()['id']}/note")
        assert f"{item.code} {item.title}" in note.text
        assert "待填 1 项" in note.text
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        held = await library.item(db, item.id, lock=True)
        held.held_reason = "上级行下架：利率调整"
    async with people.client(people.ours.author) as client:
        again = await client.post(f"/api/v1/items/{item.id}/copy")
        assert (again.status_code, again.json()["code"]) == (409, "held_back")


async def test_an_own_item_from_nowhere_has_no_note(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        item, _ = await make_item(db, side.author)
    async with people.client(side.author) as client:
        answer = await client.get(f"/console/kits/adopted/{item.id}/note")
        assert (answer.status_code, answer.text.strip()) == (200, "")
        other = await client.get(f"/api/v1/kits/adopted/{item.id}")
        assert (other.status_code, other.json()["code"]) == (409, "not_adopted")


async def test_a_new_bank_brings_the_starter_kit_in_from_its_first_page(people: Personas) -> None:
    side = people.ours
    async with people.client(side.admin) as client:
        assert "导入起步内容包" in (await client.get("/console")).text
        page = (await client.get("/console/kits/starter")).text
        assert all(label in page for label in starterkit.GROUPS.values())
        none = await post_form(client, "/console/kits/starter", {})
        assert "请至少勾选一组" in none.text
        onward(await post_form(client, "/console/kits/starter", {"groups": ["loan", "tags"]}))
        first = (await client.post("/api/v1/kits/starter", json={"groups": ["loan"]})).json()
        assert first == {"items": 0, "tags": 0, "known": 6, "cadences": 0}
        rest = (await client.post("/api/v1/kits/starter", json={})).json()
        assert (rest["items"], rest["tags"], rest["known"]) == (89, 0, 6)
        wrong = await client.post("/api/v1/kits/starter", json={"groups": ["nothing"]})
        assert wrong.status_code == 422
        assert wrong.json()["errors"][0]["pointer"] == "/groups"
        listed = await client.get("/console/kits/adopted?stand=starter")
        assert "起步内容包" in listed.text


async def test_what_the_starter_kit_left_open_is_told_on_the_items_page(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        await actions_starter.import_starter(db, ["loan"], by=side.admin, at=NOW)
        [loan] = [one for one in await queries.adopted(db) if one.title.startswith("农户")]
    async with people.client(side.author) as client:
        note = (await client.get(f"/console/kits/adopted/{loan.part.subject_id}/note")).text
        assert "待填 5 项" in note
        assert "年化综合融资成本" in note
        assert HOTLINE in (await client.get(f"/api/v1/items/{loan.part.subject_id}")).text
        refused = await client.post(f"/api/v1/items/{loan.part.subject_id}/submit")
        assert refused.status_code == 422
