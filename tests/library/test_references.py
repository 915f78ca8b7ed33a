"""What refers to a product is read again when the product changes or goes."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select
from tests.make import NOW, approve, make_item, make_live_item
from tests.personas import Personas

from contenthub.library import actions, jobs_rules, queries_rules
from contenthub.library.models import Item
from contenthub.library.queries_rules import Failing
from contenthub.library.review import BlockingHits
from contenthub.queue import jobs as registered
from contenthub.tenants.models import AuditEntry

JOB = "library.rescan_references"


def _answer(product: Item, **over: Any) -> dict[str, Any]:
    fields = {"question": "怎么存", "answer": "到网点柜台办理", "related_product": product.code}
    return {"kind": "faq", "topic": "deposit", "title": "大额存单怎么存", "fields": fields, **over}


async def _run(people: Personas, product: Item) -> int:
    """Let the worker do what waits of a product; return how many times it was found waiting."""
    side, database = people.ours, people.house.database
    async with database.platform_unit_of_work() as platform:
        # Other tests' products wait as well, and longer: the sweep takes some at a time.
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(jobs_rules, "BATCH", 1_000_000)
            due = await jobs_rules.due_references(platform, datetime.now(UTC))
    mine = [ids for tenant, ids in due if ids == {"item_id": str(product.id)}]
    for ids in mine:
        await registered[JOB](database, side.tenant, **ids)
    return len(mine)


async def _failing(people: Personas, **wanted: Any) -> dict[str, list[str]]:
    async with people.house.database.reading(people.ours.tenant) as db:
        found = await queries_rules.failing(db, Failing(**wanted))
        return {revision.title: [hit["rule"] for hit in one.hits] for one, _, revision in found}


async def test_a_recalled_product_takes_what_refers_to_it_onto_the_list(people: Personas) -> None:
    side, database = people.ours, people.house.database
    async with database.unit_of_work(side.tenant) as db:
        product = await make_live_item(db, side.author, side.reviewer)
        other = await make_live_item(db, side.author, side.reviewer)
        answer = await make_live_item(db, side.author, side.reviewer, **_answer(product))
        await make_live_item(db, side.author, side.reviewer, **_answer(other, title="另一问"))
    assert await _run(people, product) == 1
    assert await _run(people, product) == 0
    assert await _failing(people) == {}
    async with database.unit_of_work(side.tenant) as db:
        await actions.recall(db, product.id, reason="利率调整", by=side.author, at=NOW)
    assert await _run(people, product) == 1
    assert await _failing(people) == {answer.title: ["REF-01"]}
    assert await _failing(people, author_id=side.author.id) == {answer.title: ["REF-01"]}
    assert await _failing(people, author_id=side.reviewer.id) == {}
    async with people.client(side.author) as client:
        home = (await client.get("/console")).text
        listed = (await client.get("/console/rules/failing?mine=1")).text
        mine = (await client.get("/api/v1/rules/failing?mine=true")).json()["items"]
    assert "其中 1 条是您写的" in home
    assert "关联的产品已下架或到期" in listed
    assert [(row["title"], row["hits"][0]["text"]) for row in mine] == [
        (answer.title, product.code)
    ]
    async with database.reading(side.tenant) as db:
        told = await db.scalars(
            select(AuditEntry.detail).where(AuditEntry.event == "rules.references_read")
        )
        assert sorted(one["failing"] for one in told) == [0, 1]
    # A full re-scan says the same, and the product's return takes the finding away.
    async with database.unit_of_work(side.tenant) as db:
        await actions.write_draft(db, product.id, _product(product.title), by=side.author, at=NOW)
        await actions.submit(db, product.id, by=side.author, at=NOW)
        await approve(db, await db.get_one(Item, (side.tenant, product.id)), side.reviewer)
    assert await _run(people, product) == 1
    assert await _failing(people) == {}


def _product(title: str) -> actions.Draft:
    fields = {"summary": "20 万元起存", "rate": 195, "selling_points": ["利率 1.95%"]}
    body = "<p>到网点办理，存款受存款保险保障。</p>"
    return actions.Draft("product", "deposit", title, fields=fields, body=body)


async def test_what_waits_for_review_is_held_when_its_product_goes(people: Personas) -> None:
    side, database = people.ours, people.house.database
    async with database.unit_of_work(side.tenant) as db:
        product = await make_live_item(db, side.author, side.reviewer)
        answer, _ = await make_item(db, side.author, **_answer(product))
        await actions.submit(db, answer.id, by=side.author, at=NOW)
        await actions.recall(db, product.id, reason="利率调整", by=side.author, at=NOW)
    await _run(people, product)
    async with people.client(side.reviewer) as client:
        [review] = (await client.get("/api/v1/reviews")).json()["items"]
        page = (await client.get(f"/console/reviews/{review['id']}")).text
    assert "关联的产品已下架或到期" in page
    async with database.unit_of_work(side.tenant) as db:
        with pytest.raises(BlockingHits):
            await approve(db, await db.get_one(Item, (side.tenant, answer.id)), side.reviewer)


async def test_a_draft_of_a_product_not_yet_live_is_early_and_not_wrong(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        product, _ = await make_item(db, side.author)
        _, revision = await make_item(db, side.author, **_answer(product))
        hits = await queries_rules.hits_of(db, revision)
        assert [hit.rule for hit in hits if hit.rule == "REF-01"] == []
