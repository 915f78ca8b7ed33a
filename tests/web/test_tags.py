"""标签管理 over the API and at the console: groups, tags, merges, undo, and who may."""

import httpx
import pytest
from tests.make import make_customer
from tests.personas import Personas
from tests.web.desk import post_form


async def _made(client: httpx.AsyncClient, url: str, **body: object) -> dict[str, object]:
    answer = await client.post(f"/api/v1{url}", json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, object] = answer.json()
    return found


async def test_a_group_and_its_tags_are_managed_over_the_api(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        group = await _made(client, "/tag-groups", name="年龄段", colour="teal")
        url = f"/api/v1/tag-groups/{group['id']}"
        strict = (await client.patch(url, json={"is_exclusive": True})).json()
        assert (strict["name"], strict["is_exclusive"]) == ("年龄段", True)
        old = await _made(client, "/tags", name="银发", group_id=group["id"], holds_days=90)
        new = await _made(client, "/tags", name="老年", group_id=group["id"])
        for body, field in (
            ({"name": "银发"}, "name"),
            ({"colour": "pink"}, "colour"),
            ({"holds_days": 0}, "holds_days"),
        ):
            wrong = await client.patch(f"/api/v1/tags/{new['id']}", json=body)
            assert wrong.status_code == 422
            assert wrong.json()["errors"][0]["pointer"] == f"/{field}"
        named = await client.patch(f"/api/v1/tags/{old['id']}", json={"name": "60岁以上"})
        assert named.json()["former_names"] == ["银发"]
        assert named.json()["holds_days"] == 90
        found = (await client.get("/api/v1/tags", params={"q": "银"})).json()["items"]
        assert [tag["name"] for tag in found] == ["60岁以上"]
        moved = await client.post(f"/api/v1/tags/{new['id']}/move", json={"step": -1})
        assert [tag["name"] for tag in moved.json()["items"]] == ["老年", "60岁以上"]
        retired = await client.post(f"/api/v1/tags/{new['id']}/retire")
        assert retired.json()["is_retired"]
        assert not (await client.post(f"/api/v1/tags/{new['id']}/use-again")).json()["is_retired"]
        merged = await client.post(
            f"/api/v1/tags/{new['id']}/merge", json={"into_tag_id": old["id"]}
        )
        assert (merged.json()["kind"], merged.json()["state"]) == ("merge", "done")
        gone = await client.delete(f"/api/v1/tags/{new['id']}")
        assert gone.status_code == 404
        back = await client.post(f"/api/v1/tag-changes/{merged.json()['id']}/undo")
        assert back.json()["state"] == "undone"
        assert (await client.delete(f"/api/v1/tags/{new['id']}")).status_code == 204
        restored = await client.post(f"/api/v1/tags/{new['id']}/restore")
        assert (restored.json()["tag"]["name"], restored.json()["left_out"]) == ("老年", 0)
        assert (await client.delete(url)).status_code == 409


@pytest.mark.parametrize("role", ["employee", "branch_manager", "reviewer"])
async def test_who_does_not_manage_tags_is_refused(people: Personas, role: str) -> None:
    async with people.client(people.ours.author) as client:
        group = await _made(client, "/tag-groups", name="职业")
        tag = await _made(client, "/tags", name="教师", group_id=group["id"])
    async with people.client(getattr(people.ours, role)) as client:
        assert (await client.patch(f"/api/v1/tags/{tag['id']}", json={})).status_code == 403
        assert (await post_form(client, f"/console/tags/{tag['id']}/delete", {})).status_code == 403
    async with people.client(people.theirs.author) as client:
        assert (await client.patch(f"/api/v1/tags/{tag['id']}", json={})).status_code == 404
        assert (await client.get("/api/v1/tags")).json()["items"] == []


async def test_the_tags_page_manages_and_offers_to_take_back(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        await make_customer(db, owner=ours.employee, tags=["银发"])
    async with people.client(ours.author) as client:
        assert "银发" in (await client.get("/console/tags")).text
        await post_form(
            client, "/console/tag-groups", {"name": "职业", "is_exclusive": "1", "colour": "red"}
        )
        groups = (await client.get("/api/v1/tag-groups")).json()["items"]
        group = next(one["id"] for one in groups if one["name"] == "职业")
        assert (await post_form(client, "/console/tags", {"name": "教师"})).status_code == 422
        for days, status in (("三个月", 422), ("90", 204)):
            draft = {"name": "教师", "group_id": group, "holds_days": days}
            assert (await post_form(client, "/console/tags", draft)).status_code == status
        shown = (await client.get("/console/tags?q=教师")).text
        assert "90 天" in shown
        assert "互斥" in shown
        tags = {t["name"]: t["id"] for t in (await client.get("/api/v1/tags")).json()["items"]}
        merged = await post_form(
            client, f"/console/tags/{tags['银发']}/merge", {"into_tag_id": tags["教师"]}
        )
        after = (await client.get(merged.headers["hx-redirect"])).text
        assert "“银发”合并到“教师”" in after
        assert "以前叫 银发" in after
        change = merged.headers["hx-redirect"].split("=")[1]
        await post_form(client, f"/console/tag-changes/{change}/undo", {})
        assert "已撤销" in (await client.get("/console/tag-changes")).text
        gone = await post_form(client, f"/console/tags/{tags['银发']}/delete", {})
        after = (await client.get(gone.headers["hx-redirect"])).text
        assert "已删除标签“银发”" in after
        await post_form(client, f"/console/tags/{tags['银发']}/restore", {})
        counts = (await client.get("/api/v1/tags")).json()["items"]
        assert {t["name"]: t["customers"] for t in counts} == {"银发": 1, "教师": 0}
    async with people.client(ours.employee) as client:
        shown = (await client.get("/console/tags")).text
        assert "银发" in shown
        assert "新增标签" not in shown
        hidden = await post_form(client, f"/console/tag-changes/{change}/undo", {})
        assert hidden.status_code == 404


async def test_many_are_tagged_from_the_list_and_that_is_undone(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        mine = await make_customer(db, owner=ours.employee, tags=["银发"], name="赵大山")
        other = await make_customer(db, owner=ours.colleague, tags=["银发"])
        nobodys = await make_customer(db)
    async with people.client(ours.author) as client:
        group = await _made(client, "/tag-groups", name="级别", is_exclusive=True)
        gold = await _made(client, "/tags", name="金卡", group_id=group["id"])
        silver = {t["name"]: t["id"] for t in (await client.get("/api/v1/tags")).json()["items"]}
        for query, wanted in (
            (f"tag_id={silver['银发']}", {mine, other}),
            (f"tag_id={silver['银发']}&tag_id={gold['id']}", set()),
            (f"without_tag_id={silver['银发']}", {nobodys}),
            ("owned=no", {nobodys}),
            (f"owner={ours.employee.staff_no}", {mine}),
            (f"branch_id={ours.branch.id}", {mine}),
            ("stage=added&q=赵大山", {mine}),
        ):
            shown = (await client.get(f"/console/customers?{query}")).text
            for one in (mine, other, nobodys):
                assert (f'value="{one.id}" form="bulk"' in shown) == (one in wanted), query
        assert (await client.get("/console/customers?stage=x")).status_code == 422
        bulk = {"tag_id": str(gold["id"]), "kind": "put", "back": f"tag_id={silver['银发']}"}
        nobody = await post_form(client, "/console/customers/tags", bulk)
        assert nobody.status_code == 422
        assert "没有选中客户" in nobody.text
        done = await post_form(client, "/console/customers/tags", {**bulk, "scope": "found"})
        after = (await client.get(done.headers["hx-redirect"])).text
        assert "贴上“金卡”：已完成，2 位客户贴上" in after
        assert "有“银发”" in (await client.get("/console/tag-changes")).text
        found = await client.get("/api/v1/customers", params={"tag_id": str(gold["id"])})
        assert found.json()["total"] == 2
        change = done.headers["hx-redirect"].split("change=")[1]
        await post_form(client, f"/console/tag-changes/{change}/undo", {})
        found = await client.get("/api/v1/customers", params={"tag_id": str(gold["id"])})
        assert found.json()["total"] == 0


async def test_an_employee_tags_only_their_own_and_sees_only_their_changes(
    people: Personas,
) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        mine = await make_customer(db, owner=ours.employee)
        other = await make_customer(db, owner=ours.colleague)
    async with people.client(ours.author) as client:
        group = await _made(client, "/tag-groups", name="级别")
        tag = await _made(client, "/tags", name="金卡", group_id=group["id"])
    put = {"kind": "put", "tag_id": tag["id"]}
    async with people.client(ours.employee) as client:
        both = [str(mine.id), str(other.id)]
        made = await _made(client, "/tag-changes", **put, customer_ids=both)
        assert (made["people"], made["changed"]) == (1, 1)
        everybody = await _made(client, "/tag-changes", **put, filter={})
        assert (everybody["people"], everybody["changed"]) == (1, 0)
        neither = await client.post("/api/v1/tag-changes", json=put)
        assert neither.status_code == 422
        url = f"/api/v1/customers/{mine.id}/tags"
        held = await client.post(url, json={"tag_id": tag["id"], "until": "2099-12-31"})
        assert held.json()["tags"][0]["until_on"] == "2099-12-31"
        assert held.json()["tags"][0]["by"] == ours.employee.name
        assert (await client.delete(f"{url}/{tag['id']}")).status_code == 204
        assert (await client.delete(f"{url}/{tag['id']}")).status_code == 404
        foreign = f"/api/v1/customers/{other.id}/tags"
        assert (await client.post(foreign, json={"tag_id": tag["id"]})).status_code == 404
        here = f"/console/customers/{mine.id}"
        await post_form(client, f"{here}/tags/put", {"tag_id": str(tag["id"]), "until": ""})
        assert "手工" in (await client.get(here)).text
        await post_form(client, f"{here}/tags/take", {"tag_id": str(tag["id"])})
        assert "还没有标签" in (await client.get(here)).text
    async with people.client(ours.colleague) as client:
        assert (await client.get("/api/v1/tag-changes")).json()["items"] == []
        undo = await client.post(f"/api/v1/tag-changes/{made['id']}/undo")
        assert undo.status_code == 404
    async with people.client(ours.reviewer) as client:
        assert (await client.post("/api/v1/tag-changes", json=put)).status_code == 403
