"""Whoever wrote or submitted this wording never approves it: by API, page, bulk or database."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from tests.make import NOW, make_item, make_live_item
from tests.personas import Personas, Side
from tests.scheduler.cadences import STEPS
from tests.web.forms import post_form, tomorrow_at_ten

from contenthub.db import Database, Write
from contenthub.errors import Conflict
from contenthub.library import actions as library
from contenthub.library import actions_copies, queries
from contenthub.library.models import Review, Revision
from contenthub.posters import actions as posters
from contenthub.posters import editing
from contenthub.posters import queries as poster_queries
from contenthub.scheduler import actions as pushes
from contenthub.scheduler import actions_cadences as cadences
from contenthub.scheduler.actions_cadences import CadenceDraft
from contenthub.tenants.models import Staff

Hand = Callable[[Write, UUID, Staff], Awaitable[None]]


@dataclass
class Bench:
    """One kind of subject: how it is begun, changed and submitted; who writes and reviews."""

    people: Personas
    kind: str
    both: Staff
    """Writes and reviews."""
    begin: Callable[[Write, Staff], Awaitable[UUID]]
    change: Hand
    submit: Hand

    @property
    def side(self) -> Side:
        return self.people.ours

    @property
    def database(self) -> Database:
        return self.people.house.database

    async def do(self, hand: Hand, owner_id: UUID, by: Staff) -> None:
        async with self.database.unit_of_work(self.side.tenant) as db:
            await hand(db, owner_id, by)

    async def begun(self) -> UUID:
        async with self.database.unit_of_work(self.side.tenant) as db:
            return await self.begin(db, self.side.author)

    async def waiting(self) -> Review:
        async with self.people.client(self.side.reviewer) as client:
            answer = await client.get(f"/api/v1/reviews?subject_kind={self.kind}")
        [found] = answer.json()["items"]
        async with self.database.reading(self.side.tenant) as db:
            return await queries.review(db, UUID(found["id"]))

    async def refused(self, review: Review, by: Staff) -> None:
        """Let `by` try the API, the page and the bulk decision, in vain each time."""
        async with self.people.client(by) as client:
            for verb, body in (("approve", {}), ("return", {"comment": "我看不行"})):
                answer = await client.post(f"/api/v1/reviews/{review.id}/{verb}", json=body)
                assert (answer.status_code, answer.json()["code"]) == (409, "own_work")
            bulk = await client.post(
                "/api/v1/reviews/bulk", json={"ids": [str(review.id)], "verb": "approve"}
            )
            assert [one["is_done"] for one in bulk.json()["items"]] == [False]
            await self._page(client, review)
            mine = await client.get("/api/v1/reviews?mine=true")
            assert str(review.id) not in {one["id"] for one in mine.json()["items"]}
        assert (await self.waiting()).state == "waiting"

    async def _page(self, client: httpx.AsyncClient, review: Review) -> None:
        page = (await client.get(f"/console/reviews/{review.id}")).text
        assert "您自己写过或提交的" in page
        assert 'data-ch-key="a"' not in page
        answer = await post_form(client, f"/console/reviews/{review.id}/approve")
        assert answer.status_code == 409
        assert "写过或提交" in answer.text
        pushed = await post_form(
            client,
            "/console/reviews/bulk",
            {"ids": [str(review.id)], "sure": "yes"},
        )
        assert any(why in pushed.text for why in ("写过或提交", "规则提示", "逐条核对"))

    async def refused_by_database(self, review: Review, by: Staff) -> None:
        """Let the app's own role say in SQL that `by` approved; a constraint refuses."""
        sql = "update reviews set state = 'approved', reviewer_id = :who where id = :id"
        with pytest.raises(Exception, match="four_eyes"):
            async with self.database.unit_of_work(self.side.tenant) as db:
                await db.execute(text(sql), {"who": by.id, "id": review.id})


async def _begin_item(db: Write, by: Staff) -> UUID:
    return (await make_item(db, by, fields={"summary": "20 万元起存", "rate": 205}))[0].id


def _item_draft(**over: Any) -> library.Draft:
    facts: dict[str, Any] = {
        "kind": "product",
        "topic": "deposit",
        "title": "换掉的标题",
        "fields": {"summary": "20 万元起存", "rate": 305},
    }
    return library.Draft(**{**facts, **over})


async def _change_item(db: Write, item_id: UUID, by: Staff) -> None:
    await library.write_draft(db, item_id, _item_draft(), by=by, at=NOW)


async def _submit_item(db: Write, item_id: UUID, by: Staff) -> None:
    await library.submit(db, item_id, by=by, at=NOW)


def _for_items(people: Personas, both: Staff) -> Bench:
    return Bench(people, "revision", both, _begin_item, _change_item, _submit_item)


def _design(item_id: UUID, title: str) -> posters.TemplateDraft:
    return posters.TemplateDraft(title, item_id, editing.starter_layers("deposit-season"))


def _for_templates(people: Personas, both: Staff, item_id: UUID) -> Bench:
    async def begin(db: Write, by: Staff) -> UUID:
        template, _ = await posters.write_template(db, _design(item_id, "存款季"), by=by, at=NOW)
        return template.id

    async def change(db: Write, template_id: UUID, by: Staff) -> None:
        await posters.write_draft(db, template_id, _design(item_id, "换掉的"), by=by, at=NOW)

    async def submit(db: Write, template_id: UUID, by: Staff) -> None:
        template = await poster_queries.template(db, template_id)
        assert template.working_revision_id is not None
        drawn = await poster_queries.template_revision(db, template.working_revision_id)
        await posters.submit(db, template_id, drawn=drawn.hash, by=by, at=NOW)

    return Bench(people, "template", both, begin, change, submit)


def _push(item_id: UUID, title: str) -> pushes.PushDraft:
    at = {"kind": "once", "at": tomorrow_at_ten().isoformat()}
    return pushes.PushDraft(title, item_id, "aum >= 1", at)


def _for_pushes(people: Personas, both: Staff, item_id: UUID) -> Bench:
    now = datetime.now(UTC)

    async def begin(db: Write, by: Staff) -> UUID:
        return (await pushes.write_push(db, _push(item_id, "首推"), by=by, at=now)).id

    async def change(db: Write, push_id: UUID, by: Staff) -> None:
        await pushes.rewrite_push(db, push_id, _push(item_id, "换掉的"), by=by, at=now)

    async def submit(db: Write, push_id: UUID, by: Staff) -> None:
        await pushes.submit(db, push_id, by=by, at=now)

    return Bench(people, "push", both, begin, change, submit)


def _for_cadences(people: Personas, both: Staff, item_id: UUID) -> Bench:
    def draft(title: str) -> CadenceDraft:
        return CadenceDraft(title, "deposit", [{**STEPS[0], "item_id": str(item_id)}])

    async def begin(db: Write, by: Staff) -> UUID:
        return (await cadences.write_cadence(db, draft("新客户"), by=by, at=NOW)).id

    async def change(db: Write, cadence_id: UUID, by: Staff) -> None:
        await cadences.rewrite_cadence(db, cadence_id, draft("换掉的"), by=by, at=NOW)

    async def submit(db: Write, cadence_id: UUID, by: Staff) -> None:
        await cadences.submit(db, cadence_id, by=by, at=NOW)

    return Bench(people, "cadence", both, begin, change, submit)


MAKE = {"template": _for_templates, "push": _for_pushes, "cadence": _for_cadences}


@pytest.fixture(params=["revision", "template", "push", "cadence"])
async def bench(people: Personas, request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        both = await db.get_one(Staff, (side.tenant, side.campaign_manager.id))
        both.roles = ["author", "campaign_manager", "reviewer"]
        both.totp_confirmed_at = datetime.now(UTC)
        item = await make_live_item(db, side.author, side.reviewer)
    if request.param == "revision":
        yield _for_items(people, both)
    else:
        yield MAKE[request.param](people, both, item.id)


async def test_who_neither_wrote_nor_submitted_approves(bench: Bench) -> None:
    owner_id = await bench.begun()
    await bench.do(bench.submit, owner_id, bench.side.author)
    review = await bench.waiting()
    assert review.involved == [bench.side.author.id]
    async with bench.people.client(bench.both) as client:
        kept = {"kept": [{"reason": "已核对"}]}
        answer = await client.post(f"/api/v1/reviews/{review.id}/approve", json=kept)
    assert (answer.status_code, answer.json()["state"]) == (200, "approved"), answer.text


async def test_who_rewrote_a_colleagues_draft_and_submitted_it_is_refused(bench: Bench) -> None:
    owner_id = await bench.begun()
    await bench.do(bench.change, owner_id, bench.both)
    await bench.do(bench.submit, owner_id, bench.both)
    review = await bench.waiting()
    assert set(review.involved) == {bench.side.author.id, bench.both.id}
    await bench.refused(review, bench.both)
    await bench.refused_by_database(review, bench.both)


async def test_who_only_submitted_a_colleagues_draft_is_refused(bench: Bench) -> None:
    owner_id = await bench.begun()
    await bench.do(bench.submit, owner_id, bench.both)
    review = await bench.waiting()
    await bench.refused(review, bench.both)
    await bench.refused_by_database(review, bench.both)


async def test_who_rewrote_is_refused_when_the_author_submits(bench: Bench) -> None:
    owner_id = await bench.begun()
    await bench.do(bench.change, owner_id, bench.both)
    await bench.do(bench.submit, owner_id, bench.side.author)
    review = await bench.waiting()
    await bench.refused(review, bench.both)
    await bench.refused_by_database(review, bench.both)


async def test_the_page_names_everybody_who_wrote(bench: Bench) -> None:
    owner_id = await bench.begun()
    await bench.do(bench.change, owner_id, bench.both)
    await bench.do(bench.submit, owner_id, bench.side.author)
    review = await bench.waiting()
    async with bench.people.client(bench.side.reviewer) as client:
        page = (await client.get(f"/console/reviews/{review.id}")).text
        [shown] = (await client.get(f"/api/v1/reviews?subject_kind={bench.kind}")).json()["items"]
    assert f"{bench.side.author.name}、{bench.both.name} 编写" in page
    assert shown["involved"] == [str(bench.side.author.id), str(bench.both.id)]


async def test_whoever_submitted_may_take_it_back(bench: Bench) -> None:
    owner_id = await bench.begun()
    await bench.do(bench.submit, owner_id, bench.both)
    room: dict[str, Any] = {"revision": library, "template": posters, "push": pushes}
    room["cadence"] = cadences
    async with bench.database.unit_of_work(bench.side.tenant) as db:
        found = await room[bench.kind].withdraw(db, owner_id, by=bench.both, at=NOW)
        assert found.state == "draft"


TABLES = {"revision": "revisions", "template": "template_revisions", "push": "pushes"}
TABLES["cadence"] = "cadences"


async def test_the_database_lets_nobody_out_of_the_list(bench: Bench) -> None:
    owner_id = await bench.begun()
    await bench.do(bench.change, owner_id, bench.both)
    await bench.do(bench.submit, owner_id, bench.side.author)
    review = await bench.waiting()
    ids = {"id": review.subject_id, "review": review.id}
    for sql in (
        f"update {TABLES[bench.kind]} set editors = array[author_id] where id = :id",
        "update reviews set involved = array[author_id] where id = :review",
    ):
        with pytest.raises(Conflict, match="不能"):
            async with bench.database.unit_of_work(bench.side.tenant) as db:
                await db.execute(text(sql), ids)


async def test_the_database_copies_the_list_whatever_a_review_says(bench: Bench) -> None:
    owner_id = await bench.begun()
    await bench.do(bench.change, owner_id, bench.both)
    await bench.do(bench.submit, owner_id, bench.side.author)
    first = await bench.waiting()
    columns = "tenant_id, subject_kind, subject_id, subject_hash, title, author_id, created_at"
    async with bench.database.unit_of_work(bench.side.tenant) as db:
        await db.execute(
            text("update reviews set state = 'withdrawn' where id = :id"), {"id": first.id}
        )
        await db.execute(
            text(
                f"insert into reviews ({columns}, id, round_id, state, comment) "
                f"select {columns}, gen_random_uuid(), id, 'waiting', '' from reviews "
                "where id = :id"
            ),
            {"id": first.id},
        )
    assert (await bench.waiting()).involved == [bench.side.author.id, bench.both.id]


@pytest.fixture
async def items(people: Personas) -> Bench:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        both = await db.get_one(Staff, (side.tenant, side.campaign_manager.id))
        both.roles, both.totp_confirmed_at = ["author", "reviewer"], datetime.now(UTC)
    return _for_items(people, both)


async def _newest(bench: Bench, item_id: UUID) -> Revision:
    async with bench.database.reading(bench.side.tenant) as db:
        return (await queries.revisions(db, item_id))[0]


async def test_a_returned_wording_goes_on_with_its_people(items: Bench) -> None:
    item_id = await items.begun()
    await items.do(items.submit, item_id, items.side.author)
    review = await items.waiting()
    async with items.people.client(items.side.reviewer) as client:
        body = {"comment": "请改标题"}
        await client.post(f"/api/v1/reviews/{review.id}/return", json=body)
    await items.do(items.change, item_id, items.both)
    newest = await _newest(items, item_id)
    assert (newest.no, newest.author_id) == (2, items.both.id)
    assert set(newest.editors) == {items.side.author.id, items.both.id}


async def test_after_an_approval_a_new_draft_is_its_own_writers_only(items: Bench) -> None:
    side = items.side
    async with items.database.unit_of_work(side.tenant) as db:
        item = await make_live_item(db, side.author, side.reviewer)
    await items.do(items.change, item.id, items.both)
    assert (await _newest(items, item.id)).editors == [items.both.id]
    async with items.database.unit_of_work(side.tenant) as db:
        copied, made = await actions_copies.copy_item(db, item.id, by=items.both, at=NOW)
        assert copied.id != item.id
        assert made.editors == [items.both.id]


async def test_a_copy_of_a_draft_is_its_writers_work_too(items: Bench) -> None:
    item_id = await items.begun()
    async with items.database.unit_of_work(items.side.tenant) as db:
        _, made = await actions_copies.copy_item(db, item_id, by=items.both, at=NOW)
    assert made.editors == [items.both.id, items.side.author.id]
