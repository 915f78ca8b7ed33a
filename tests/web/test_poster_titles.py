"""What a draft of a live poster is called is nobody's but the office's until it is approved."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.make import NOW, approve, make_live_item, make_live_template
from tests.personas import Personas

from contenthub.library import actions as library
from contenthub.library import actions_reviews
from contenthub.library import queries as library_queries
from contenthub.library.models import Item
from contenthub.posters import actions, actions_gone, editing, queries
from contenthub.posters.actions import TemplateDraft
from contenthub.posters.models import PosterTemplate

SHOWN, SECRET = "金秋存款海报", "全国最高息未审海报"


def _draft(item: Item, title: str) -> TemplateDraft:
    return TemplateDraft(title, item.id, editing.starter_layers("deposit-season"))


@pytest.fixture
async def poster(people: Personas) -> PosterTemplate:
    """A live poster with a draft of another title."""
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(db, ours.author, ours.reviewer)
        made = await make_live_template(db, item, ours.author, ours.reviewer, title=SHOWN)
        await actions.write_draft(db, made.id, _draft(item, SECRET), by=ours.author, at=NOW)
    return made


@pytest.mark.parametrize("role", ["employee", "branch_manager"])
async def test_who_sees_no_drafts_reads_the_title_in_use(
    people: Personas, poster: PosterTemplate, role: str
) -> None:
    one = str(poster.id)
    pages = ["/console/posters", f"/console/posters/{one}", f"/console/posters/{one}/employees"]
    pages += [f"/console/search?q={SHOWN}", "/api/v1/poster-templates"]
    pages += [f"/api/v1/poster-templates/{one}", f"/m/materials/{poster.item_id}"]
    async with people.client(getattr(people.ours, role)) as client:
        said = {url: await client.get(url) for url in pages}
        found = await client.get(f"/console/search?q={SECRET}")
    assert [url for url, answer in said.items() if SECRET in answer.text] == []
    served = [url for url, answer in said.items() if answer.status_code == 200]
    assert "/api/v1/poster-templates" in served
    assert said[f"/api/v1/poster-templates/{one}"].json()["title"] == SHOWN
    if role == "branch_manager":
        for url in pages[:4]:
            assert SHOWN in said[url].text, url
        assert one not in found.text


async def test_the_office_reads_both_titles_and_finds_either(
    people: Personas, poster: PosterTemplate
) -> None:
    async with people.client(people.ours.author) as client:
        listed = (await client.get("/console/posters")).text
        assert SECRET in listed
        assert f"线上仍是“{SHOWN}”" in listed
        for word in (SHOWN, SECRET):
            assert SECRET in (await client.get(f"/console/search?q={word}")).text
        for url in ("", "/edit", "/employees"):
            assert SECRET in (await client.get(f"/console/posters/{poster.id}{url}")).text
        one = (await client.get(f"/api/v1/poster-templates/{poster.id}")).json()
        kits = (await client.get("/console/kits/new")).text
    assert one["title"] == SECRET
    assert SECRET not in kits, "what a kit gives on is what is live"


async def test_an_approval_brings_the_title(people: Personas, poster: PosterTemplate) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        working = await queries.shown_revision(db, poster)
        await actions.submit(db, poster.id, drawn=working.hash, by=ours.author, at=NOW)
        assert (await queries.template(db, poster.id)).title == SHOWN
        waiting = (await library_queries.reviews_of(db, working.id))[0]
        taken = await actions_reviews.take_review(db, waiting.id, "approve", by=ours.reviewer)
        await actions.approve_template(db, taken, by=ours.reviewer, at=NOW)
        assert (await queries.template(db, poster.id)).title == SECRET


async def test_a_first_draft_is_called_as_it_is_written_and_what_ended_as_it_was(
    people: Personas,
) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(db, ours.author, ours.reviewer)
        made, _ = await actions.write_template(db, _draft(item, "甲"), by=ours.author, at=NOW)
        await db.flush()
        await actions.write_draft(db, made.id, _draft(item, "乙"), by=ours.author, at=NOW)
        assert made.title == "乙"
        live = await make_live_template(db, item, ours.author, ours.reviewer, title=SHOWN)
        await library.recall(db, item.id, reason="利率调整", by=ours.author, at=NOW)
        await actions_gone.retire_templates(db, item, at=NOW)
        await actions.write_draft(db, live.id, _draft(item, SECRET), by=ours.author, at=NOW)
        assert (live.title, live.state) == (SHOWN, "draft")


async def _replaced(people: Personas, **over: Any) -> tuple[Item, PosterTemplate]:
    """Return a poster that ended because its item shows another wording now."""
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(db, ours.author, ours.reviewer)
        made = await make_live_template(db, item, ours.author, ours.reviewer, title=SHOWN)
        newer = library.Draft("product", "deposit", "新版存单", {"summary": "说明", "rate": 195})
        await library.write_draft(db, item.id, newer, by=ours.author, at=NOW)
        await library.submit(db, item.id, by=ours.author, at=NOW)
        await approve(db, item, ours.reviewer)
        await db.flush()
        assert await actions_gone.retire_templates(db, item, **over) == 1
    return item, made


async def test_the_author_is_told_on_the_workbench_that_a_poster_ended(people: Personas) -> None:
    ours = people.ours
    now = datetime.now(NOW.tzinfo)
    item, made = await _replaced(people, at=now)
    async with people.client(ours.author) as client:
        desk = (await client.get("/console")).text
        assert "我的海报已停用" in desk
        assert f"/console/posters/{made.id}" in desk
        assert "内容已换成新版本" in desk
        listed = (await client.get("/console/posters?state=ended")).text
        assert str(made.id) in listed
        told = (await client.get("/api/v1/poster-templates?state=ended")).json()["items"]
        assert [(one["id"], one["state"]) for one in told] == [(str(made.id), "superseded")]
    for other in (ours.reviewer, ours.branch_manager, people.theirs.author):
        async with people.client(other) as client:
            assert "我的海报已停用" not in (await client.get("/console")).text
    # Who draws it again has heard it.
    async with people.house.database.unit_of_work(ours.tenant) as db:
        await actions.write_draft(db, made.id, _draft(item, SHOWN), by=ours.author, at=now)
    async with people.client(ours.author) as client:
        assert "我的海报已停用" not in (await client.get("/console")).text


async def test_what_ended_weeks_ago_is_no_news(people: Personas) -> None:
    await _replaced(people, at=datetime.now(NOW.tzinfo) - timedelta(days=15))
    async with people.client(people.ours.author) as client:
        assert "我的海报已停用" not in (await client.get("/console")).text
