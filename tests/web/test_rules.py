"""合规规则: the API and the page: seen by many, changed by few, never of another bank."""

from typing import Any

import httpx
from tests.make import NOW, make_item, make_live_item
from tests.personas import Personas

from contenthub.library import actions, actions_rescan, actions_rules, queries_rules
from contenthub.library.actions_rules import RuleDraft
from contenthub.library.rules import pack
from contenthub.queue import jobs as registered
from contenthub.worker import JOB_MODULES

BODY: dict[str, Any] = {"name": "本行禁用语", "phrases": ["到网点办理"], "advice": "改写"}


async def _token(client: httpx.AsyncClient) -> dict[str, str]:
    await client.get("/login")
    return {"x-csrftoken": client.cookies["csrftoken"]}


async def _failing(people: Personas) -> str:
    """Make one live item fail by a rule of the bank's own; return its title."""
    side, database = people.ours, people.house.database
    async with database.unit_of_work(side.tenant) as db:
        item = await make_live_item(db, side.author, side.reviewer)
        await actions_rules.add_rule(db, RuleDraft("禁", "到网点办理"), by=side.admin, at=NOW)
        job = await queries_rules.open_scan(db)
        assert job is not None
    assert JOB_MODULES  # importing the worker's modules registers the jobs
    await registered[actions_rescan.JOB](database, side.tenant, job_id=str(job.id))
    return item.title


async def test_a_rule_is_added_changed_and_stopped_by_the_api(people: Personas) -> None:
    async with people.client(people.ours.admin) as client:
        made = await client.post("/api/v1/rules", json=BODY)
        assert made.status_code == 201, made.text
        rule = made.json()
        assert (rule["code"], rule["is_on"]) == ("BANK-01", True)
        changed = await client.patch(
            f"/api/v1/rules/{rule['id']}",
            json={"rule": {**BODY, "severity": "review"}, "is_on": False},
        )
        assert (changed.json()["severity"], changed.json()["is_on"]) == ("review", False)
        book = (await client.get("/api/v1/rules")).json()
        assert [one["code"] for one in book["own"]] == ["BANK-01"]
        assert len(book["rules"]) == len(pack().rules)
        assert all(one["source"] and one["effective_on"] for one in book["rules"])


async def test_a_rule_whose_phrase_another_one_has_is_refused_by_name(people: Personas) -> None:
    async with people.client(people.ours.admin) as client:
        first = (await client.post("/api/v1/rules", json=BODY)).json()
        twin = {**BODY, "phrases": ["別的詞", f" {BODY['phrases'][0]}　"]}
        for severity in ("block", "review"):
            again = await client.post("/api/v1/rules", json={**twin, "severity": severity})
            assert again.status_code == 422, again.text
            (fault,) = again.json()["errors"]
            assert fault["pointer"] == "/phrases"
            assert "BANK-01" in fault["message"]
        form = {**BODY, "phrases": BODY["phrases"][0], "topics": "", "kinds": ""}
        page = await client.post(
            "/console/rules", data=form, headers={**await _token(client), "hx-request": "true"}
        )
        assert "已在本行规则 BANK-01" in page.text
        await client.patch(f"/api/v1/rules/{first['id']}", json={"is_on": False})
        second = await client.post("/api/v1/rules", json=twin)
        assert second.status_code == 201, second.text
        back = await client.patch(f"/api/v1/rules/{first['id']}", json={"is_on": True})
        assert (back.status_code, second.json()["code"] in back.json()["detail"]) == (409, True)
        own = await client.patch(f"/api/v1/rules/{second.json()['id']}", json={"rule": twin})
        assert own.status_code == 200, own.text
    async with people.client(people.theirs.admin) as client:
        assert (await client.post("/api/v1/rules", json=BODY)).status_code == 201


async def test_the_lint_of_the_api_tells_the_banks_rules_and_the_fix(people: Personas) -> None:
    async with people.client(people.ours.admin) as client:
        await client.post("/api/v1/rules", json={**BODY, "replacement": "详询网点"})
        asked = {"kind": "article", "topic": "life", "fields": {}, "body": "请到网点办理"}
        found = (await client.post("/api/v1/lint", json=asked)).json()
    (hit,) = found["hits"]
    assert (hit["rule"], hit["start"], hit["end"]) == ("BANK-01", 1, 6)
    assert hit["fix"] == {
        "action": "replace", "field": "body", "start": 1, "end": 6, "text": "详询网点",
        "word": "到网点办理", "before": "请到网点办理", "after": "请详询网点", "nth": 0,
    }  # fmt: skip
    assert found["rule_pack"].startswith(pack().version + "+")


async def test_who_may_not_manage_rules_is_refused(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        assert (await client.get("/api/v1/rules")).status_code == 200
        assert (await client.post("/api/v1/rules", json=BODY)).status_code == 403
        page = (await client.get("/console/rules")).text
        assert "新增本行规则" not in page
    async with people.client(people.ours.employee) as client:
        assert (await client.get("/api/v1/rules")).status_code == 403


async def test_another_banks_rule_is_not_found(people: Personas) -> None:
    async with people.client(people.theirs.admin) as client:
        rule_id = (await client.post("/api/v1/rules", json=BODY)).json()["id"]
    async with people.client(people.ours.admin) as client:
        answer = await client.patch(f"/api/v1/rules/{rule_id}", json={"is_on": False})
        assert answer.status_code == 404
        assert (await client.get(f"/console/rules/{rule_id}")).status_code == 404


async def test_a_shipped_rule_is_raised_and_confirmed_by_the_api(people: Personas) -> None:
    async with people.client(people.ours.admin) as client:
        here = "/api/v1/rules"
        wish = {"rule": "ABS-02", "is_raised": True, "reason": "总行要求"}
        raised = await client.post(f"{here}/raise", json=wish)
        assert raised.json()["is_raised"] is True
        refused = await client.post(f"{here}/raise", json={**wish, "rule": "INV-01"})
        assert refused.status_code == 422
        confirmed = await client.post(f"{here}/confirm", json={"rule": "INV-01"})
        assert confirmed.json()["reviewed_version"] == pack().version


async def test_the_page_lists_every_rule_with_its_source(people: Personas) -> None:
    async with people.client(people.ours.admin) as client:
        page = (await client.get("/console/rules")).text
        for rule in pack().rules:
            assert f'id="rule-{rule.id}"' in page, rule.id
        assert "待法务核对" in page
        only = (await client.get("/console/rules?show=review&q=ABS")).text
        assert 'id="rule-ABS-02"' in only
        assert 'id="rule-ABS-01"' not in only


async def test_a_text_is_tried_and_a_rule_added_by_the_page(people: Personas) -> None:
    async with people.client(people.ours.admin) as client:
        token = await _token(client)
        tried = await client.post(
            "/console/rules/try",
            data={"text": "本产品保本", "kind": "article", "topic": "wealth"},
            headers=token,
        )
        assert "必须修改" in tried.text
        assert "承诺保本保收益" in tried.text
        form = {"name": "口号", "phrases": "闭眼选", "severity": "block", "topics": "deposit"}
        made = await client.post("/console/rules", data=form, headers=token)
        assert made.status_code in (204, 303)
        wrong = await client.post(
            "/console/rules",
            data={**form, "phrases": "好"},
            headers={**token, "hx-request": "true"},
        )
        assert "太短" in wrong.text
        assert "口号" in (await client.get("/console/rules")).text


async def test_what_fails_now_is_listed_filtered_exported_and_told_at_home(
    people: Personas,
) -> None:
    title = await _failing(people)
    async with people.client(people.ours.admin) as client:
        found = (await client.get("/api/v1/rules/failing?rule=BANK-01")).json()
        assert [one["title"] for one in found["items"]] == [title]
        assert (await client.get("/api/v1/rules/failing?rule=INV-01")).json()["items"] == []
        assert title in (await client.get("/console/rules/failing?kind=product")).text
        assert title not in (await client.get("/console/rules/failing?kind=faq")).text
        sheet = await client.get("/console/rules/failing/export?rule=BANK-01")
        assert sheet.content[:2] == b"PK"
        assert "未通过现行规则" in (await client.get("/console")).text
    async with people.client(people.theirs.admin) as client:
        assert (await client.get("/api/v1/rules/failing")).json()["items"] == []


async def test_a_re_scan_is_asked_for_and_needs_something_to_read(people: Personas) -> None:
    async with people.client(people.ours.admin) as client:
        assert (await client.post("/api/v1/rules/rescan")).status_code == 409
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await make_live_item(db, people.ours.author, people.ours.reviewer)
    async with people.client(people.ours.admin) as client:
        started = await client.post("/api/v1/rules/rescan")
        assert started.status_code == 202
        job = (await client.get(f"/api/v1/jobs/{started.json()['id']}")).json()
        assert job["total"] == 1
        progress = await client.get("/console/rules/rescan")
        assert "复查进度" in progress.text


async def test_what_waits_for_a_review_is_listed_too_and_marked_in_the_queue(
    people: Personas,
) -> None:
    side, database = people.ours, people.house.database
    async with database.unit_of_work(side.tenant) as db:
        item, _ = await make_item(db, side.author)
        await actions.submit(db, item.id, by=side.author, at=NOW)
    async with people.client(side.reviewer) as client:
        assert "未通过现行规则" not in (await client.get("/console/reviews")).text
    live = await _failing(people)
    async with people.client(side.admin) as client:
        listed = (await client.get("/api/v1/rules/failing")).json()["items"]
        assert sorted(one["state"] for one in listed) == ["in_review", "live"]
        waiting = (await client.get("/api/v1/rules/failing?state=in_review")).json()["items"]
        assert [one["item_id"] for one in waiting] == [str(item.id)]
        shown = await client.get("/console/rules/failing?state=in_review")
        assert "修改前不能通过" in shown.text
        assert "1 条在用内容未通过现行规则" in (await client.get("/console")).text
        assert live
    async with people.client(side.reviewer) as client:
        assert "未通过现行规则" in (await client.get("/console/reviews")).text
    async with people.client(people.theirs.admin) as client:
        assert (await client.get("/api/v1/rules/failing?state=in_review")).json()["items"] == []


async def test_a_state_or_a_filter_that_is_none_is_refused_by_name(people: Personas) -> None:
    async with people.client(people.ours.admin) as client:
        wrong = await client.get("/api/v1/rules/failing?state=retired&author=me")
        assert wrong.status_code == 422
        said = {one["pointer"]: one["message"] for one in wrong.json()["errors"]}
        assert "in_review" in said["/state"]
        assert "mine" in said["/author"]
