"""Remarks on fields: the reviewer writes, the author reads and answers, the reviewer settles."""

from typing import Any

from tests.make import NOW, make_item
from tests.personas import Personas
from tests.web.forms import post_form

from contenthub.library import actions, queries
from contenthub.library.models import Item, Review


async def _waiting(people: Personas) -> tuple[Item, Review]:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        item, revision = await make_item(db, side.author)
        await actions.submit(db, item.id, by=side.author, at=NOW)
        found = await queries.waiting_review(db, revision.id)
        assert found is not None
        return item, found


async def test_a_remark_goes_to_and_fro_and_is_settled(people: Personas) -> None:
    side = people.ours
    item, review = await _waiting(people)
    said = {"field": "fields.rate", "text": "请写明是<b>年化</b>"}
    async with people.client(side.reviewer) as client:
        part = (await post_form(client, f"/console/reviews/{review.id}/comments", said)).text
        assert "请写明是&lt;b&gt;年化" in part
        for nowhere in ("nonsense", "rate", "fields.place"):
            url = f"/api/v1/reviews/{review.id}/comments"
            refused = await client.post(url, json={**said, "field": nowhere})
            assert refused.json()["errors"][0]["pointer"] == "/field"
        page = (await client.get(f"/console/reviews/{review.id}")).text
        assert 'class="pin"' in page  # beside the field as well
        [thread] = (await client.get(f"/api/v1/reviews/{review.id}/comments")).json()["items"]
        assert (thread["field"], thread["is_open"]) == ("fields.rate", True)
    url = f"/console/review-comments/{thread['id']}"
    async with people.client(side.author) as client:
        part = (await client.get(f"/console/library/{item.id}/comments")).text
        assert 'data-ch-thread="fields.rate"' in part
        assert "已解决" not in part  # an author answers, and does not settle
        assert (
            "已改为年化" in (await post_form(client, f"{url}/answer", {"text": "已改为年化"})).text
        )
        assert (await post_form(client, f"{url}/settle")).status_code == 403
        listed = (await client.get(f"/api/v1/items/{item.id}/comments")).json()["items"]
        assert [c["text"] for c in listed[0]["comments"]][-1] == "已改为年化"
    async with people.client(side.reviewer) as client:
        settled = await client.post(f"/api/v1/review-comments/{thread['id']}/settle")
        assert settled.json()["resolved_by"] == "周敏"
        late = await client.post(
            f"/api/v1/review-comments/{thread['id']}/answers", json={"text": "还有"}
        )
        assert (late.status_code, late.json()["code"]) == (409, "thread_settled")
        page = (await client.get(f"/console/reviews/{review.id}")).text
        assert 'class="pin"' not in page


async def test_a_remark_without_words_is_refused(people: Personas) -> None:
    _, review = await _waiting(people)
    async with people.client(people.ours.reviewer) as client:
        for wrong in ("", "字" * 501):
            answer = await post_form(
                client, f"/console/reviews/{review.id}/comments", {"text": wrong}
            )
            assert answer.status_code == 422


async def test_who_only_looks_does_not_answer(people: Personas) -> None:
    _, review = await _waiting(people)
    async with people.client(people.ours.reviewer) as client:
        made = (
            await client.post(f"/api/v1/reviews/{review.id}/comments", json={"text": "请核对"})
        ).json()
    body: dict[str, Any] = {"text": "我来答"}
    for who, status in ((people.ours.auditor, 403), (people.theirs.author, 404)):
        async with people.client(who) as client:
            answer = await client.post(f"/api/v1/review-comments/{made['id']}/answers", json=body)
            assert answer.status_code == status


async def test_the_page_and_the_form_of_an_item_ask_for_its_remarks(people: Personas) -> None:
    item, review = await _waiting(people)
    async with people.client(people.ours.reviewer) as client:
        said = {"comment": "请改"}
        assert (
            await client.post(f"/api/v1/reviews/{review.id}/return", json=said)
        ).status_code == 200
    async with people.client(people.ours.author) as client:
        form = (await client.get(f"/console/library/{item.id}/edit")).text
        assert f'hx-get="/console/library/{item.id}/comments"' in form
        assert "remarks.js" in form
        assert (
            f"/console/library/{item.id}/comments"
            in (await client.get(f"/console/library/{item.id}")).text
        )


async def test_open_remarks_wait_on_the_workbench_of_whose_turn_it_is(people: Personas) -> None:
    side = people.ours
    item, review = await _waiting(people)
    said = {"field": "fields.rate", "text": "请写明是年化"}

    async def turns() -> list[int]:
        found = []
        for who in (side.author, side.reviewer):
            async with people.client(who) as client:
                rows = (await client.get("/api/v1/review-comments")).json()["items"]
                home = (await client.get("/console")).text
            assert ("未解决的意见" in home) is bool(rows)
            found.append(len(rows))
        return found

    assert await turns() == [0, 0]
    async with people.client(side.reviewer) as client:
        url = f"/api/v1/reviews/{review.id}/comments"
        thread = (await client.post(url, json=said)).json()["id"]
    assert await turns() == [1, 0]
    async with people.client(side.author) as client:
        [row] = (await client.get("/api/v1/review-comments")).json()["items"]
        listed = (await client.get("/console/review-comments")).text
        one = await client.get(f"/console/review-comments/{thread}")
        answer = f"/console/review-comments/{thread}/answer"
        await post_form(client, answer, {"text": "已改为年化"})
    assert (row["title"], row["field"], row["is_answer"]) == (item.title, "fields.rate", False)
    assert f"/console/review-comments/{thread}#thread-{thread}" in listed
    assert f'href="/console/library/{item.id}"' in one.text
    assert "请写明是年化" in one.text
    assert await turns() == [0, 1]
    async with people.client(side.reviewer) as client:
        [row] = (await client.get("/api/v1/review-comments")).json()["items"]
        await client.post(f"/api/v1/review-comments/{thread}/settle")
    assert (row["is_answer"], row["text"]) == (True, "已改为年化")
    assert await turns() == [0, 0]
    async with people.client(people.theirs.author) as client:
        assert (await client.get("/api/v1/review-comments")).json()["items"] == []
        assert "没有等您处理的意见" in (await client.get("/console/review-comments")).text
