"""The queue of 审核中心: what it costs, who looks, many at once, and what stops an approval."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from redis.exceptions import ConnectionError as RedisAway
from sqlalchemy import event
from tests.make import NOW, make_item, make_live_item, make_staff
from tests.personas import Personas
from tests.web.forms import post_form

from contenthub.db import Write
from contenthub.library import actions, actions_flows, queries
from contenthub.library.models import Review
from contenthub.tenants.models import Staff
from contenthub.web import presence

HERE = "/console/reviews"
CLEAN: dict[str, Any] = {
    "kind": "faq",
    "topic": "life",
    "fields": {"answer": "带上身份证到网点办理即可。"},
    "body": "",
}
FOUND: dict[str, Any] = {**CLEAN, "fields": {"answer": "本行服务全县第一，欢迎办理。"}}
BLOCKED: dict[str, Any] = {
    "topic": "wealth",
    "fields": {"summary": "保本理财，稳赚不赔", "risk_level": "R2", "issuer": "省联社理财公司"},
}


async def _waiting(db: Write, by: Staff, **over: Any) -> Review:
    item, revision = await make_item(db, by, **over)
    await actions.submit(db, item.id, by=by, at=NOW)
    found = await queries.waiting_review(db, revision.id)
    assert found is not None
    return found


async def test_the_page_asks_twelve_questions_at_most_with_fifty_waiting(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        changed = await make_live_item(db, side.author, side.reviewer, title="改过的存单")
        _, live, _ = await queries.item_wordings(db, changed.id)
        fields = {**live.fields, "rate": 195}
        draft = actions.Draft("product", "deposit", "改过的存单", fields, live.body)
        await actions.write_draft(db, changed.id, draft, by=side.author, at=NOW)
        await actions.submit(db, changed.id, by=side.author, at=NOW)
        for n in range(49):
            await _waiting(db, side.author, title=f"存单 {n}")
    asked: list[str] = []
    engine = people.house.database.engine.sync_engine

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.append(statement)

    async with people.client(side.reviewer) as client:
        await client.get(HERE)  # the session is known from here on
        event.listen(engine, "before_cursor_execute", note)
        try:
            page = await client.get(HERE)
        finally:
            event.remove(engine, "before_cursor_execute", note)
    assert page.text.count("data-ch-row=") == 50
    assert "<ins>1.95%</ins>" in page.text
    assert len(asked) <= 12, "\n".join(one.split("\n")[0][:90] for one in asked)


async def test_late_ones_are_marked_first_and_filtered(people: Personas) -> None:
    side, now = people.ours, datetime.now(UTC)
    async with people.house.database.unit_of_work(side.tenant) as db:
        soon = await _waiting(db, side.author, title="不急的")
        soon.due_at = now + timedelta(days=2)
        late = await _waiting(db, side.author, title="拖了的")
        late.due_at = now - timedelta(hours=1)
    async with people.client(side.reviewer) as client:
        page = (await client.get(HERE)).text
        assert page.index("拖了的") < page.index("不急的")
        assert "已超时" in page
        only = (await client.get(f"{HERE}?late=1")).text
        assert "不急的" not in only
        api = (await client.get("/api/v1/reviews?late=true&mine=true")).json()["items"]
        assert [(one["title"], one["is_late"]) for one in api] == [("拖了的", True)]
        desk = (await client.get("/console")).text
        assert "审核已超时" in desk
        assert "1 条审核已过时限" in desk


async def test_who_looks_at_the_same_thing_is_shown(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        waiting = await _waiting(db, side.author, title="同看一条")
        other = await make_staff(db, side.head, "reviewer", name="郑另一位")
    url = f"{HERE}/{waiting.id}/looking"
    async with people.client(other) as client:
        assert "正在看" not in (await client.get(url)).text
    async with people.client(side.reviewer) as client:
        assert "郑另一位正在看" in (await client.get(url)).text
        assert "郑另一位正在看" in (await client.get(HERE)).text
    now = datetime.now(UTC)
    later = now + timedelta(seconds=presence.SECONDS + 1)
    assert await presence.lookers(people.house.redis, side.tenant, at=later) == {}


class _Away:
    """A Redis that does not answer."""

    def pipeline(self, **_options: Any) -> Any:
        raise RedisAway("away")

    async def zrangebyscore(self, *_args: Any) -> Any:
        raise RedisAway("away")


async def test_without_redis_nobody_is_shown_and_nothing_fails(people: Personas) -> None:
    tenant, away = people.ours.tenant, _Away()
    await presence.look(away, tenant, tenant, tenant, at=NOW)  # type: ignore[arg-type]  # stands in
    assert await presence.lookers(away, tenant, at=NOW) == {}  # type: ignore[arg-type]  # stands in


async def test_many_are_approved_each_by_itself(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        clean = [
            await _waiting(db, side.author, title=f"网点几点开门 {n}", **CLEAN) for n in "甲乙"
        ]
        found = await _waiting(db, side.author, title="有提示的", **FOUND)
        blocked = await _waiting(db, side.author, title="必须改的", **BLOCKED)
        strange = (await make_item(db, side.author))[0].id
    async with people.client(side.reviewer) as client:
        ids = [str(one.id) for one in (*clean, found, blocked)]
        wanted = {"verb": "approve", "ids": [*ids, strange]}
        asked = await post_form(client, f"{HERE}/bulk", wanted)
        assert "确认通过 2 条" in asked.text
        assert "3 条不能批量通过" in asked.text
        assert (await client.get("/api/v1/reviews?state=approved")).json()["items"] == []
        page = await post_form(client, f"{HERE}/bulk", {**wanted, "sure": "yes"})
        assert "已处理 2 条" in page.text
        told = re.search('data-ch-figures="([^"]*)"', page.text)
        fresh = await client.get(HERE)
        views = re.search('<nav class="views"(.*?)</nav>', fresh.text, re.S)
        assert told is not None
        assert views is not None
        assert told[1].split() == re.findall("<b>([0-9,]+)</b>", views[1])
        assert told[1].split()[0] == "2"
        assert "3 条没有处理" in page.text
        assert "处规则提示，请打开逐条查看" in page.text
        api = await client.post("/api/v1/reviews/bulk", json={"ids": ids, "verb": "approve"})
        assert [one["is_done"] for one in api.json()["items"]] == [False] * 4
        none = await post_form(client, f"{HERE}/bulk", {"verb": "return", "ids": ids[2]})
        assert none.status_code == 422
        said = {"verb": "return", "ids": ids[2], "comment": "请写明出处"}
        assert "已处理 1 条" in (await post_form(client, f"{HERE}/bulk", said)).text
        assert (await post_form(client, f"{HERE}/bulk", {"verb": "approve"})).status_code == 422
        listed = (await client.get("/api/v1/reviews?state=approved")).json()["items"]
        assert {one["title"] for one in listed} == {"网点几点开门 甲", "网点几点开门 乙"}


async def test_a_step_of_another_role_has_no_buttons_and_says_whose_it_is(
    people: Personas,
) -> None:
    side = people.ours
    steps = [{"name": "消保审查", "role": "compliance_reviewer", "hours": 8}]
    async with people.house.database.unit_of_work(side.tenant) as db:
        await actions_flows.set_flow(db, "product", steps, by=side.admin, at=NOW)
        waiting = await _waiting(db, side.author)
    async with people.client(side.reviewer) as client:
        page = (await client.get(f"{HERE}/{waiting.id}")).text
        assert "“消保审查”由消保审核员处理" in page
        assert 'data-ch-key="a"' not in page
        answer = await client.post(f"/api/v1/reviews/{waiting.id}/approve", json={})
        assert (answer.status_code, answer.json()["code"]) == (403, "not_your_step")
        assert (await client.get("/api/v1/reviews?mine=true")).json()["items"] == []


async def test_two_steps_show_where_the_submission_stands(people: Personas) -> None:
    side = people.ours
    steps = [{"name": "业务初审", "role": "reviewer"}, {"name": "消保审查", "role": ""}]
    async with people.house.database.unit_of_work(side.tenant) as db:
        await actions_flows.set_flow(db, "faq", steps, by=side.admin, at=NOW)
        waiting = await _waiting(db, side.author, title="两步的", **CLEAN)
        other = await make_staff(db, side.head, "compliance_reviewer", name="消保员")
    async with people.client(side.reviewer) as client:
        given = await post_form(client, f"{HERE}/{waiting.id}/approve", {"comment": "事实无误"})
        assert "已通过“两步的”，进入下一步审核" in given.text
        assert "您已审核过前一步" in (await client.get(HERE)).text
    async with people.client(other) as client:
        page = (await client.get(HERE)).text
        assert "待消保审查" in page
        assert "事实无误" in page
        [second] = (await client.get("/api/v1/reviews")).json()["items"]
        assert (second["step_no"], second["steps_total"]) == (2, 2)
        done = await client.post(f"/api/v1/reviews/{second['id']}/approve", json={})
        assert done.status_code == 200


async def test_the_next_one_is_of_what_the_queue_shows(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        first, second, third = [
            await _waiting(db, side.author, title=f"网点几点关门 {n}", **CLEAN) for n in "甲乙丙"
        ]
    async with people.client(side.reviewer) as client:
        page = (await client.get(HERE, params={"subject_kind": "revision", "late": "1"})).text
        assert 'form="decide" name="subject_kind" value="revision"' in page
        assert 'form="decide" name="late" value="1"' in page
        assert 'form="decide"' not in (await client.get(HERE)).text
        pushes = {"subject_kind": "push"}
        none = await post_form(client, f"{HERE}/{first.id}/approve", pushes)
        assert "都处理完了" in none.text
        assert third.title not in none.text
        alike = {"subject_kind": "revision"}
        follows = await post_form(client, f"{HERE}/{second.id}/approve", alike)
        assert f'data-ch-next="{HERE}/{third.id}"' in follows.text
