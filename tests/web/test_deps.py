"""Idempotency-Key: a request that is sent again does its work once."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select
from tests.personas import Personas

from contenthub.library.models import Item
from contenthub.tenants.models import IdempotencyRecord

ITEM = {"kind": "faq", "topic": "deposit", "title": "存款有保险吗", "fields": {"answer": "有。"}}


async def _post(
    client: httpx.AsyncClient, key: str, body: dict[str, Any] | None = None
) -> httpx.Response:
    headers = {"idempotency-key": key}
    return await client.post("/api/v1/items", json=body or ITEM, headers=headers)


async def _items(people: Personas) -> int:
    async with people.house.database.reading(people.ours.tenant) as db:
        query = select(func.count()).where(Item.tenant_id == people.ours.tenant)
        return int((await db.execute(query)).scalar_one())


async def test_the_same_request_again_gets_the_first_answer(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        first, again = await _post(client, "k1"), await _post(client, "k1")
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["content-type"] == "application/json"
    assert await _items(people) == 1


async def test_another_body_under_the_same_key_is_refused(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        await _post(client, "k1")
        answer = await _post(client, "k1", {**ITEM, "title": "别的"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/Idempotency-Key"
    assert "换一个新的键" in answer.json()["detail"]
    assert await _items(people) == 1


async def test_another_path_under_the_same_key_is_refused(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        made = await _post(client, "k1")
        headers = {"idempotency-key": "k1"}
        path = f"/api/v1/items/{made.json()['id']}/submit"
        assert (await client.post(path, headers=headers)).status_code == 422


async def test_two_at_once_make_one_row(people: Personas) -> None:
    async with people.client(people.ours.author) as one, people.client(people.ours.author) as two:
        answers = await asyncio.gather(_post(one, "k1"), _post(two, "k1"))
    assert [a.status_code for a in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert await _items(people) == 1


async def test_a_request_that_failed_may_be_sent_again_under_its_key(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        failed = await _post(client, "k1", {**ITEM, "topic": "nonsense"})
        assert failed.status_code == 422
        mended = await _post(client, "k1")
    assert mended.status_code == 201
    assert "idempotency-replayed" not in mended.headers


async def test_the_same_key_of_another_person_is_another_key(people: Personas) -> None:
    body = {"name": "年龄段", "dimension": "kind"}
    headers = {"idempotency-key": "k1"}
    async with people.client(people.ours.author) as client:
        mine = await client.post("/api/v1/tag-groups", json=body, headers=headers)
    async with people.client(people.ours.admin) as client:
        other = {**body, "name": "资产"}
        theirs = await client.post("/api/v1/tag-groups", json=other, headers=headers)
    async with people.client(people.theirs.admin) as client:
        foreign = await client.post("/api/v1/tag-groups", json=body, headers=headers)
    assert [a.status_code for a in (mine, theirs, foreign)] == [201, 201, 201]
    assert len({a.json()["id"] for a in (mine, theirs, foreign)}) == 3


async def test_a_key_without_end_is_refused_by_name(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        answer = await _post(client, "k" * 201)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/Idempotency-Key"


@pytest.mark.parametrize("method", ["GET", "PUT"])
async def test_a_key_on_other_methods_claims_nothing(people: Personas, method: str) -> None:
    async with people.client(people.ours.author) as client:
        made = (await _post(client, "first")).json()
        path = f"/api/v1/items/{made['id']}" + ("/draft" if method == "PUT" else "")
        for title in ("甲", "乙"):
            headers = {"idempotency-key": "k2"}
            body = None if method == "GET" else {"title": title}
            answer = await client.request(method, path, json=body, headers=headers)
            assert answer.status_code == 200
            assert "idempotency-replayed" not in answer.headers
    async with people.house.database.reading(people.ours.tenant) as db:
        keys = (await db.scalars(select(IdempotencyRecord.key))).all()
    assert [k for k in keys if k.endswith(":k2")] == []


async def test_a_pages_form_with_a_key_is_answered_each_time(people: Personas) -> None:
    async with people.client(people.ours.author) as client:
        await client.get("/login")
        headers = {"x-csrftoken": client.cookies["csrftoken"], "idempotency-key": "k1"}
        form = {"expr": "aum >= 1", "topic": "deposit"}
        answers = [
            await client.post("/console/audiences/preview", data=form, headers=headers)
            for _ in range(2)
        ]
    assert [a.status_code for a in answers] == [200, 200]


async def _old_answers(people: Personas, *keys: str) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        db.add_all(
            IdempotencyRecord(
                tenant_id=people.ours.tenant,
                key=key,
                request_hash="h",
                status=201,
                body=b"{}",
                created_at=datetime.now(UTC) - timedelta(hours=25),
            )
            for key in keys
        )


async def test_an_answer_is_forgotten_after_a_day(people: Personas) -> None:
    author = people.ours.author
    await _old_answers(people, f"{author.id}:again", "another", "a third")
    async with people.client(author) as client:
        answer = await _post(client, "again")
    assert answer.status_code == 201
    assert "idempotency-replayed" not in answer.headers
    async with people.house.database.reading(people.ours.tenant) as db:
        assert await db.scalar(select(func.count()).select_from(IdempotencyRecord)) == 1


async def test_forgetting_waits_for_nobody(people: Personas) -> None:
    await _old_answers(people, "old")
    async with people.house.database.unit_of_work(people.ours.tenant) as slow:
        # Another request has begun to forget the same answer and is not done yet.
        await slow.execute(select(IdempotencyRecord).with_for_update())
        async with people.client(people.ours.author) as client:
            answer = await asyncio.wait_for(_post(client, "fresh"), 10)
    assert answer.status_code == 201


async def test_a_clear_api_key_is_kept_nowhere(people: Personas) -> None:
    headers = {"idempotency-key": "k1"}
    async with people.client(people.ours.admin) as client:
        answers = [
            await client.post("/api/v1/keys", json={"name": "夜间导入"}, headers=headers)
            for _ in range(2)
        ]
        document = (await client.get("/schema/openapi.json")).json()
    assert [a.status_code for a in answers] == [201, 201]
    assert answers[0].json()["key"] != answers[1].json()["key"]
    async with people.house.database.reading(people.ours.tenant) as db:
        assert await db.scalar(select(func.count()).select_from(IdempotencyRecord)) == 0
    taken = document["paths"]["/api/v1/keys"]["post"].get("parameters", [])
    assert [p for p in taken if p["name"] == "Idempotency-Key"] == []
