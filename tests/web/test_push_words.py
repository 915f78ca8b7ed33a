"""A push's words are read by the rules: on the form, at submission, approval and sending."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from tests.make import NOW, make_live_template
from tests.scheduler.conftest import Desk, desk, sandbox
from tests.web.forms import post_form, tomorrow_at_ten

from contenthub.library import actions_rules
from contenthub.library.actions_rules import RuleDraft
from contenthub.library.models import Review
from contenthub.scheduler import actions, actions_plan, queries
from contenthub.scheduler.jobs import new_code

__all__ = ["desk", "sandbox"]

BAD = "利率全国最高，保本保息 {{ link }}"
WORDS = "您好，我是{{ employee.name }}。{{ item.title }}，到店送惊喜：{{ link }}"
RULE = RuleDraft("本行禁用语", "送惊喜", advice="请写明送什么")


def _body(desk: Desk, **over: Any) -> dict[str, Any]:
    at = {"kind": "once", "at": tomorrow_at_ten().isoformat()}
    facts = {"title": "首推", "item_id": str(desk.item.id), "expr": "aum >= 1", "schedule": at}
    return {**facts, "message": WORDS, **over}


async def _submitted(desk: Desk, **over: Any) -> str:
    async with desk.people.client(desk.side.author) as client:
        made = (await client.post("/api/v1/pushes", json=_body(desk, **over))).json()
        answer = await client.post(f"/api/v1/pushes/{made['id']}/submit")
        assert answer.status_code == 200, answer.text
    return str(made["id"])


async def _forbid(desk: Desk, **over: Any) -> None:
    """Let the bank forbid, from now on, what the push says."""
    async with desk.database.unit_of_work(desk.side.tenant) as db:
        rule = replace(RULE, **over)
        await actions_rules.add_rule(db, rule, by=desk.side.admin, at=NOW)


async def _review(client: httpx.AsyncClient) -> str:
    [one] = (await client.get("/api/v1/reviews?subject_kind=push")).json()["items"]
    return str(one["id"])


async def test_forbidden_words_are_refused_with_the_rule(desk: Desk) -> None:
    async with desk.people.client(desk.side.author) as client:
        answer = await client.post("/api/v1/pushes", json=_body(desk, message=BAD))
        assert answer.status_code == 422
        [told] = answer.json()["errors"]
        assert told["pointer"] == "/message"
        assert "全国最高" in told["message"] or "保本保息" in told["message"]
        form = {"item_id": str(desk.item.id), "message": BAD, "title": "首推"}
        shown = (await post_form(client, "/console/pushes/words", form)).text
    assert "必须修改" in shown
    assert "全国最高" in shown


async def test_a_draft_from_before_a_rule_is_not_submitted(desk: Desk) -> None:
    async with desk.people.client(desk.side.author) as client:
        made = (await client.post("/api/v1/pushes", json=_body(desk))).json()
        assert made["hits"] == []
        await _forbid(desk)
        shown = (await client.get(f"/api/v1/pushes/{made['id']}")).json()
        assert [hit["text"] for hit in shown["hits"]] == ["送惊喜"]
        answer = await client.post(f"/api/v1/pushes/{made['id']}/submit")
    assert answer.status_code == 422
    assert "送惊喜" in answer.json()["errors"][0]["message"]


async def test_a_reviewer_sees_the_finding_and_cannot_approve(desk: Desk) -> None:
    await _submitted(desk)
    await _forbid(desk)
    async with desk.people.client(desk.side.reviewer) as client:
        review_id = await _review(client)
        page = (await client.get(f"/console/reviews/{review_id}")).text
        assert "话术还有 1 处必须修改的合规问题" in page
        assert "本行禁用语" in page
        answer = await client.post(f"/api/v1/reviews/{review_id}/approve", json={})
        assert (answer.status_code, answer.json()["code"]) == (409, "blocking_hits")
        bulk = await client.post(
            "/api/v1/reviews/bulk", json={"ids": [review_id], "verb": "approve"}
        )
        [outcome] = bulk.json()["items"]
        assert "逐条核对" in outcome["message"]
        back = {"comment": "请写明送什么"}
        answer = await client.post(f"/api/v1/reviews/{review_id}/return", json=back)
        assert answer.json()["state"] == "returned"


async def test_what_has_to_be_weighed_is_shown_and_kept_in_the_record(desk: Desk) -> None:
    await _forbid(desk, severity="review")
    await _submitted(desk)
    async with desk.people.client(desk.side.reviewer) as client:
        review_id = await _review(client)
        assert "本行禁用语" in (await client.get(f"/console/reviews/{review_id}")).text
        answer = await client.post(f"/api/v1/reviews/{review_id}/approve", json={})
        assert answer.json()["state"] == "approved", answer.text
    async with desk.database.reading(desk.side.tenant) as db:
        found = await db.get_one(Review, (desk.side.tenant, UUID(review_id)))
        assert [hit["text"] for hit in found.hits] == ["送惊喜"]
        assert found.rule_pack


async def test_a_push_whose_words_are_forbidden_by_now_does_not_start(desk: Desk) -> None:
    now = datetime.now(UTC)
    push_id = await desk.push(now - timedelta(hours=2), message=WORDS)
    await _forbid(desk)
    async with desk.database.unit_of_work(desk.side.tenant) as db:
        push = await actions_plan.expand(db, push_id, at=now, new_code=new_code)
        assert push.state == "paused"
        assert "送惊喜" in push.paused_reason
        assert await queries.counts(db, push_id) == dict.fromkeys(
            await queries.counts(db, push_id), 0
        )
    with pytest.raises(Exception, match="送惊喜"):
        async with desk.database.unit_of_work(desk.side.tenant) as db:
            await actions.resume(db, push_id, by=desk.side.reviewer, at=now)


async def test_the_reviewer_reads_what_a_customer_will_read(desk: Desk) -> None:
    side = desk.side
    async with desk.database.unit_of_work(side.tenant) as db:
        template = await make_live_template(db, desk.item, side.author, side.reviewer)
    await _submitted(
        desk, expr="银发 and not refused(理财)", template_id=str(template.id), message=WORDS
    )
    async with desk.people.client(side.reviewer) as client:
        page = (await client.get(f"/console/reviews/{await _review(client)}")).text
    assert f"{desk.item.title}，到店送惊喜" in page
    assert "以客户经理" in page
    assert "并且" in page
    assert f"/api/v1/poster-templates/{template.id}/preview.jpg" in page


async def test_words_changed_by_sql_before_submission_are_read_at_submission(desk: Desk) -> None:
    async with desk.people.client(desk.side.author) as client:
        made = (await client.post("/api/v1/pushes", json=_body(desk))).json()
        async with desk.database.unit_of_work(desk.side.tenant) as db:
            await db.execute(
                text("update pushes set message = :m where id = :i"),
                {"m": BAD, "i": UUID(made["id"])},
            )
        answer = await client.post(f"/api/v1/pushes/{made['id']}/submit")
    assert answer.status_code == 422
