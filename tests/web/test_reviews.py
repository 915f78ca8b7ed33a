"""Reviews over the API: the queue, the decision, and everybody who may not take it."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from tests.make import NOW, make_item, make_live_item
from tests.personas import Personas, Side
from tests.web.forms import tomorrow_at_ten

from contenthub.library import actions, queries
from contenthub.library.models import Review
from contenthub.scheduler import actions as pushes

WEALTH: dict[str, Any] = {
    "topic": "wealth",
    "title": "丰收稳健 90 天",
    "fields": {"summary": "保本理财，稳赚不赔", "risk_level": "R2", "issuer": "省联社理财公司"},
}


async def _waiting(people: Personas, side: Side | None = None, **over: Any) -> Review:
    side = side or people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        item, revision = await make_item(db, over.pop("by", side.author), **over)
        await actions.submit(db, item.id, by=side.author, at=NOW)
        return (await queries.reviews_of(db, revision.id))[0]


async def _decide(
    client: httpx.AsyncClient, review: Review, verb: str, **body: Any
) -> httpx.Response:
    return await client.post(f"/api/v1/reviews/{review.id}/{verb}", json=body)


async def test_the_queue_is_oldest_first_and_goes_on(people: Personas) -> None:
    made = [await _waiting(people, title=f"存单 {n}") for n in range(3)]
    async with people.client(people.ours.reviewer) as client:
        first = (await client.get("/api/v1/reviews?state=waiting&limit=2")).json()
        assert [r["id"] for r in first["items"]] == [str(r.id) for r in made[:2]]
        rest = (await client.get(f"/api/v1/reviews?cursor={first['next_cursor']}")).json()
        assert [r["id"] for r in rest["items"]] == [str(made[2].id)]
        assert rest["next_cursor"] is None
        none = (await client.get("/api/v1/reviews?subject_kind=push")).json()
        assert none["items"] == []
        for wrong in ("state=x", "subject_kind=x"):
            assert (await client.get(f"/api/v1/reviews?{wrong}")).status_code == 422


async def test_a_review_is_approved_once(people: Personas) -> None:
    review = await _waiting(people)
    async with people.client(people.ours.reviewer) as client:
        (listed,) = (await client.get("/api/v1/reviews")).json()["items"]
        open_still = await client.post(f"/api/v1/reviews/{review.id}/approve")
        kept = [
            {"rule": one["rule"], "where": one["where"], "reason": "利率以牌价为准"}
            for one in open_still.json()["errors"]
            if one["severity"] == "review" and one["message"]
        ]
        first = await _decide(client, review, "approve", kept=kept)
        second = await _decide(client, review, "approve")
    assert (open_still.status_code, open_still.json()["code"]) == (409, "open_findings")
    assert kept
    async with people.house.database.reading(people.ours.tenant) as db:
        revision = await queries.revision(db, review.subject_id)
    assert (listed["item_id"], listed["template_id"]) == (str(revision.item_id), None)
    assert (first.status_code, first.json()["state"]) == (200, "approved")
    assert (second.status_code, second.json()["code"]) == (409, "not_in_review")


async def test_a_return_tells_the_author_why(people: Personas) -> None:
    review = await _waiting(people)
    async with people.client(people.ours.reviewer) as client:
        empty = await _decide(client, review, "return", comment=" ")
        assert empty.status_code == 422
        assert empty.json()["errors"][0]["pointer"] == "/comment"
        given = await _decide(client, review, "return", comment="缺少风险提示")
        assert given.json()["comment"] == "缺少风险提示"
        listed = (await client.get("/api/v1/reviews?state=returned")).json()["items"]
        assert [r["reviewer"] for r in listed] == ["周敏"]


async def test_an_author_who_also_reviews_cannot_decide_their_own(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        both = await db.merge(side.author)
        both.roles, both.totp_confirmed_at = ["author", "reviewer"], datetime.now(UTC)
    side.author.roles = ["author", "reviewer"]
    review = await _waiting(people)
    async with people.client(side.author) as client:
        for verb in ("approve", "return"):
            answer = await _decide(client, review, verb, comment="我自己看过")
            assert (answer.status_code, answer.json()["code"]) == (409, "own_work")


async def test_a_blocking_hit_stops_an_approval(people: Personas) -> None:
    review = await _waiting(people, **WEALTH)
    async with people.client(people.ours.reviewer) as client:
        answer = await _decide(client, review, "approve")
    assert (answer.status_code, answer.json()["code"]) == (409, "blocking_hits")
    assert "必须修改" in answer.json()["detail"]
    assert {one["severity"] for one in answer.json()["errors"]} == {"block"}


@pytest.mark.parametrize("role", ["author", "employee", "campaign_manager", "admin", "auditor"])
async def test_who_does_not_review_cannot_decide(people: Personas, role: str) -> None:
    review = await _waiting(people)
    async with people.client(getattr(people.ours, role)) as client:
        assert (await client.get("/api/v1/reviews")).status_code == 403
        assert (await _decide(client, review, "approve")).status_code == 403
        assert (await _decide(client, review, "return", comment="x")).status_code == 403


async def test_another_banks_review_is_not_there(people: Personas) -> None:
    review = await _waiting(people, people.theirs)
    async with people.client(people.ours.reviewer) as client:
        assert (await client.get("/api/v1/reviews")).json()["items"] == []
        assert (await _decide(client, review, "approve")).status_code == 404
        assert (await _decide(client, review, "return", comment="x")).status_code == 404


async def test_a_push_is_decided_at_the_same_desk(people: Personas) -> None:
    side, now = people.ours, datetime.now(UTC)
    async with people.house.database.unit_of_work(side.tenant) as db:
        item = await make_live_item(db, side.author, side.reviewer)
        at = {"kind": "once", "at": tomorrow_at_ten().isoformat()}
        draft = pushes.PushDraft("首推", item.id, "aum >= 1", at)
        push = await pushes.write_push(db, draft, by=side.author, at=now)
        await db.flush()
        await pushes.submit(db, push.id, by=side.author, at=now)
    async with people.client(side.reviewer) as client:
        [waiting] = (await client.get("/api/v1/reviews?subject_kind=push")).json()["items"]
        assert waiting["subject_id"] == str(push.id)
        answer = await client.post(f"/api/v1/reviews/{waiting['id']}/approve", json={})
        assert answer.status_code == 200, answer.text
    async with people.house.database.reading(side.tenant) as db:
        found = await db.get_one(type(push), (side.tenant, push.id))
        assert found.state == "scheduled"
