"""Need scores over the API and at the console: tried, switched on, why, who may."""

from uuid import UUID

import pytest
from tests.make import make_customer
from tests.personas import Personas
from tests.web.desk import post_form, work

RULE = {"topic": "loan", "name": "有钱", "basis": "match", "expr": "aum >= 50000", "points": 65}


async def _customers(people: Personas) -> UUID:
    """Make two customers of the employee, one of them rich; return the rich one's id."""
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        rich = await make_customer(db, owner=ours.employee, aum_fen=6_000_000, name="张富")
        await make_customer(db, owner=ours.employee, aum_fen=100)
    return rich.id


async def test_a_rule_is_tried_kept_switched_on_and_found_by_score_over_the_api(
    people: Personas,
) -> None:
    rich = await _customers(people)
    async with people.client(people.ours.author) as client:
        body = {key: value for key, value in RULE.items() if key != "name"}
        tried = await client.post("/api/v1/score-rules/try", json=body)
        assert tried.json() == {
            "description": "资产不低于 5 万元",
            "given": 1,
            "reached": 0,
            "will_reach": 1,
            "threshold": 60,
        }
        made = await client.post("/api/v1/score-rules", json=RULE)
        assert (made.status_code, made.json()["state"]) == (201, "off")
        url = f"/api/v1/score-rules/{made.json()['id']}"
        for wrong, field in (
            ({"expr": "aum >="}, "expr"),
            ({"expr": "score(贷款) > 1"}, "expr"),
            ({"points": 0}, "points"),
            ({"half_life_days": 7}, "half_life_days"),
            ({"basis": "slept"}, "basis"),
        ):
            answer = await client.patch(url, json=wrong)
            assert answer.status_code == 422, wrong
            assert answer.json()["errors"][0]["pointer"] == f"/{field}"
        assert (await client.post(f"{url}/switch-on")).json()["state"] == "on"
        await work(people, "customers.run_scores")
        settings = "/api/v1/score-topics"
        (topic,) = (await client.get(settings)).json()["items"]
        assert (topic["topic"], topic["scored"], topic["reached"]) == ("loan", 1, 1)
        preview = await client.post(
            "/api/v1/audiences/preview", json={"expr": "score(贷款) >= 60", "topic": "loan"}
        )
        assert preview.json()["matched"] == 1
        changed = await client.patch(settings, json={"topic": "loan", "threshold": 70})
        assert (changed.json()["threshold"], changed.json()["reached"]) == (70, 0)
        refused = await client.patch(settings, json={"topic": "loan", "cap": 50})
        assert refused.json()["errors"][0]["pointer"] == "/threshold"
        assert (await client.patch(settings, json={"topic": "card"})).status_code == 404
        (why,) = (await client.get(f"/api/v1/customers/{rich}/scores")).json()["items"]
        assert (why["points"], why["reasons"][0]["points"]) == (65, 65.0)
        assert why["reasons"][0]["said"] == "资产不低于 5 万元"
        assert (await client.post(f"{url}/switch-off")).json()["state"] == "off"
        assert (await client.delete(url)).status_code == 204
        assert (await client.patch(url, json={})).status_code == 404
        assert (await client.post(f"{url}/restore")).json()["state"] == "off"
    async with people.client(people.ours.admin) as client:
        export = await client.get(f"/api/v1/customers/{rich}/export")
        assert export.json()["scores"] == {"loan": 65}
    async with people.client(people.theirs.author) as client:
        assert (await client.patch(url, json={})).status_code == 404
        assert (await client.get("/api/v1/score-rules")).json()["items"] == []
        assert (await client.get(f"/api/v1/customers/{rich}/scores")).status_code == 404


@pytest.mark.parametrize("role", ["employee", "branch_manager", "reviewer"])
async def test_who_does_not_manage_tags_sees_and_changes_no_rule(
    people: Personas, role: str
) -> None:
    async with people.client(getattr(people.ours, role)) as client:
        assert (await client.get("/api/v1/score-rules")).status_code == 403
        assert (await client.get("/console/scores")).status_code == 403
        form = {**RULE, "points": "65"}
        assert (await post_form(client, "/console/scores/rules", form)).status_code == 403
        settings = {"topic": "loan", "cap": "100", "threshold": "60"}
        assert (await post_form(client, "/console/scores/settings", settings)).status_code == 403


async def test_the_pages_try_a_rule_as_it_is_typed_and_undo_its_deletion(
    people: Personas,
) -> None:
    rich = await _customers(people)
    async with people.client(people.ours.author) as client:
        assert "还没有评分规则" in (await client.get("/console/scores")).text
        assert "还没有写完" in (await client.get("/console/scores/rules/new")).text
        example = "/console/scores/rules/new?basis=match&expr=merchant()&points=20"
        assert "是商户" in (await client.get(example)).text
        form = {**RULE, "points": "65", "half_life_days": "", "at_most": "", "score_rule_id": ""}
        shown = await post_form(client, "/console/scores/preview", form)
        assert "没有这条规则 0 位，有这条规则 1 位" in shown.text
        assert "张*" in shown.text
        wrong = await post_form(client, "/console/scores/preview", {**form, "expr": "aum >= 五"})
        assert "<mark>五</mark>" in wrong.text
        half = await post_form(client, "/console/scores/preview", {**form, "points": "多"})
        assert "分数请填整数" in half.text
        saved = await post_form(client, "/console/scores/rules", form)
        here = saved.headers["hx-redirect"]
        assert "启用后一分钟内开始计分" in (await client.get(here)).text
        await post_form(client, f"{here}/on", {})
        await work(people, "customers.run_scores")
        assert "1</b> 位达到 60 分" in (await client.get("/console/scores")).text
        one = (await client.get(f"/console/customers/{rich}/scores")).text
        assert "贷款 65 分" in one
        assert "+65 分</b> 有钱：资产不低于 5 万元" in one
        settings = {"topic": "loan", "cap": "80", "threshold": "90"}
        refused = await post_form(client, "/console/scores/settings", settings)
        assert "达标分请填 1 到封顶分（80）之间的整数" in refused.text
        await post_form(client, "/console/scores/settings", {**settings, "threshold": "70"})
        assert "0</b> 位达到 70 分" in (await client.get("/console/scores")).text
        gone = await post_form(client, f"{here}/delete", {})
        after = await client.get(gone.headers["hx-redirect"])
        assert "已删除规则“有钱”" in after.text
        await post_form(client, f"{here}/restore", {})
        assert "已停用" in (await client.get(here)).text
    async with people.client(people.ours.employee) as client:
        mine = (await client.get(f"/m/customers/{rich}/scores")).text
        assert "贷款 65 分" in mine
        assert "还差" not in mine
    async with people.client(people.theirs.employee) as client:
        assert (await client.get(f"/m/customers/{rich}/scores")).status_code == 404
