"""Tag rules over the API and at the console: tried, switched on, why a tag is there, who may."""

import pytest
from tests.make import make_customer
from tests.personas import Personas
from tests.web.desk import post_form, work

RULE = {"name": "资产大户", "expr": "aum >= 50000"}


async def _tag(people: Personas) -> str:
    """Return the id of the tag 大额, and make two customers, one of them rich."""
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        await make_customer(db, owner=ours.employee, aum_fen=6_000_000, name="张富")
        await make_customer(db, owner=ours.employee, aum_fen=100, tags=["已有"])
    async with people.client(ours.author) as client:
        group = (await client.get("/api/v1/tag-groups")).json()["items"][0]["id"]
        made = await client.post("/api/v1/tags", json={"name": "大额", "group_id": group})
    found: str = made.json()["id"]
    return found


async def test_a_rule_is_tried_kept_switched_on_and_explains_itself_over_the_api(
    people: Personas,
) -> None:
    tag_id = await _tag(people)
    async with people.client(people.ours.author) as client:
        body = {**RULE, "tag_id": tag_id}
        tried = await client.post(
            "/api/v1/tag-rules/try", json={"expr": RULE["expr"], "tag_id": tag_id}
        )
        assert (tried.json()["matched"], tried.json()["gain"], tried.json()["lose"]) == (1, 1, 0)
        made = await client.post("/api/v1/tag-rules", json=body)
        assert (made.status_code, made.json()["state"]) == (201, "off")
        url = f"/api/v1/tag-rules/{made.json()['id']}"
        for wrong, field in (
            ({"expr": "aum >="}, "expr"),
            ({"expr": "大额"}, "expr"),
            ({"keep_days": 0}, "keep_days"),
        ):
            answer = await client.patch(url, json=wrong)
            assert answer.status_code == 422, wrong
            assert answer.json()["errors"][0]["pointer"] == f"/{field}"
        assert (await client.post(f"{url}/switch-on")).json()["state"] == "on"
        await work(people, "customers.run_rules")
        assert (await client.get("/api/v1/tag-rules")).json()["items"][0]["customers"] == 1
        rich = (await client.get("/api/v1/customers", params={"tag_id": tag_id})).json()["items"]
        why = (await client.get(f"/api/v1/customers/{rich[0]['id']}/tags")).json()["items"]
        assert [(one["tag"], one["source"]) for one in why] == [("大额", "rule")]
        assert why[0]["rule"]["name"] == "资产大户"
        assert why[0]["rule"]["facts"] == [{"said": "资产不低于 5 万元", "holds": True}]
        cleared = await client.post(f"{url}/switch-off", json={"take_off": True})
        assert cleared.json()["state"] == "clearing"
        assert (await client.post(f"{url}/switch-on")).status_code == 409
        await work(people, "customers.run_rules")
        assert (await client.delete(url)).status_code == 204
        assert (await client.patch(url, json={})).status_code == 404
        assert (await client.post(f"{url}/restore")).json()["state"] == "off"
    async with people.client(people.theirs.author) as client:
        assert (await client.patch(url, json={})).status_code == 404
        assert (await client.get("/api/v1/tag-rules")).json()["items"] == []
        assert (await client.get(f"/api/v1/customers/{rich[0]['id']}/tags")).status_code == 404


@pytest.mark.parametrize("role", ["employee", "branch_manager", "reviewer"])
async def test_who_does_not_manage_tags_sees_and_changes_no_rule(
    people: Personas, role: str
) -> None:
    async with people.client(getattr(people.ours, role)) as client:
        assert (await client.get("/api/v1/tag-rules")).status_code == 403
        assert (await client.get("/console/tag-rules")).status_code == 403
        assert (await post_form(client, "/console/tag-rules", RULE)).status_code == 403


async def test_the_pages_try_a_rule_as_it_is_typed_and_undo_its_deletion(
    people: Personas,
) -> None:
    tag_id = await _tag(people)
    async with people.client(people.ours.author) as client:
        assert "还没有标签规则" in (await client.get("/console/tag-rules")).text
        assert "还没有写条件" in (await client.get("/console/tag-rules/new")).text
        form = {**RULE, "tag_id": tag_id, "keep_days": "", "tag_rule_id": ""}
        shown = await post_form(client, "/console/tag-rules/preview", form)
        assert "资产不低于 5 万元，共 1 位客户" in shown.text
        assert "张*" in shown.text
        wrong = await post_form(client, "/console/tag-rules/preview", {**form, "expr": "aum >= 五"})
        assert "<mark>五</mark>" in wrong.text
        none = await post_form(client, "/console/tag-rules/preview", {**form, "tag_id": ""})
        assert "请选择要贴的标签" in none.text
        saved = await post_form(client, "/console/tag-rules", form)
        here = saved.headers["hx-redirect"]
        assert "看过试算再启用" not in (await client.get(here)).text
        await post_form(client, f"{here}/on", {})
        await work(people, "customers.run_rules")
        assert "现有 1 位客户" in (await client.get(here)).text
        listed = await client.get("/console/tag-rules")
        assert "贴上 1 位，取下 0 位" in listed.text
        rich = (await client.get("/api/v1/customers", params={"tag_id": tag_id})).json()["items"]
        one = (await client.get(f"/console/customers/{rich[0]['id']}")).text
        assert "规则“<a" in one
        assert "资产不低于 5 万元 ✓" in one
        gone = await post_form(client, f"{here}/delete", {})
        after = await client.get(gone.headers["hx-redirect"])
        assert "已删除规则“资产大户”" in after.text
        await post_form(client, f"{here}/restore", {})
        assert "已停用" in (await client.get(here)).text
        await post_form(client, f"{here}/off-and-take", {})
        await work(people, "customers.run_rules")
        assert "现有 0 位客户" in (await client.get(here)).text
