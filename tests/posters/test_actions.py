"""Templates pass the same four eyes as content, bound to what was drawn."""

from dataclasses import replace

import pytest
from tests.make import NOW, make_item, make_live_item, make_live_template
from tests.personas import Personas, Side

from contenthub.db import Write
from contenthub.errors import Conflict, Invalid, NotFound
from contenthub.library import actions as library
from contenthub.library import actions_reviews, lifecycle, review
from contenthub.library import queries as library_queries
from contenthub.library.findings import Kept
from contenthub.library.models import Item, Review
from contenthub.library.queries import NotLive
from contenthub.posters import actions, editing, queries
from contenthub.posters.actions import TemplateDraft
from contenthub.posters.models import PosterTemplate, TemplateRevision
from contenthub.tenants.models import Staff


async def _item(db: Write, side: Side) -> Item:
    return await make_live_item(db, side.author, side.reviewer)


def _draft(item: Item, title: str = "存款季海报") -> TemplateDraft:
    return TemplateDraft(title, item.id, editing.starter_layers("deposit-season"))


async def _drafted(db: Write, side: Side) -> tuple[PosterTemplate, TemplateRevision]:
    item = await _item(db, side)
    made = await actions.write_template(db, _draft(item), by=side.author, at=NOW)
    await db.flush()
    return made


async def _submitted(db: Write, side: Side) -> tuple[PosterTemplate, TemplateRevision]:
    template, revision = await _drafted(db, side)
    await actions.submit(db, template.id, drawn=revision.hash, by=side.author, at=NOW)
    await db.flush()
    return template, revision


async def _taken(db: Write, revision: TemplateRevision, by: Staff) -> Review:
    waiting = (await library_queries.reviews_of(db, revision.id))[0]
    return await actions_reviews.take_review(db, waiting.id, "approve", by=by)


async def test_an_author_writes_submits_and_a_second_person_publishes(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await _item(db, ours)
        template = await make_live_template(db, item, ours.author, ours.reviewer)
        assert template.state == "live"
        assert (await queries.live_template(db, template.id, at=NOW)).id == template.id
        assert [t.id for t in await queries.usable(db, at=NOW)] == [template.id]


async def test_an_author_cannot_approve_their_own_poster(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        _, revision = await _submitted(db, ours)
        with pytest.raises(lifecycle.OwnWork):
            await _taken(db, revision, ours.author)


async def test_a_poster_in_review_cannot_be_changed_or_submitted_again(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        template, revision = await _submitted(db, ours)
        with pytest.raises(review.WrongStep):
            await actions.submit(db, template.id, drawn=revision.hash, by=ours.author, at=NOW)
        item = await library_queries.item(db, template.item_id)
        with pytest.raises(review.WrongStep):
            await actions.write_draft(db, template.id, _draft(item), by=ours.author, at=NOW)


async def test_what_was_not_drawn_cannot_be_submitted(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        template, revision = await _drafted(db, ours)
        drawn = revision.hash
        item = await library_queries.item(db, template.item_id)
        await actions.write_draft(db, template.id, _draft(item, "换了名称"), by=ours.author, at=NOW)
        with pytest.raises(review.WrongStep, match="修改过"):
            await actions.submit(db, template.id, drawn=drawn, by=ours.author, at=NOW)


async def test_approval_holds_for_the_reviewed_hash_only(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        template, revision = await _submitted(db, ours)
        seen = Review(subject_id=revision.id, subject_hash="what the reviewer saw", state="waiting")
        with pytest.raises(review.WrongStep, match="改动过"):
            await actions.approve_template(db, seen, by=ours.reviewer, at=NOW)
        assert template.state == "in_review"


async def test_the_database_keeps_a_submitted_design_as_it_is(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        _, revision = await _submitted(db, ours)
    with pytest.raises(Conflict, match="不能再修改"):
        async with people.house.database.unit_of_work(ours.tenant) as db:
            again = await queries.template_revision(db, revision.id)
            again.hash = "another design"


async def test_only_the_author_withdraws_and_then_it_is_a_draft(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        template, revision = await _submitted(db, ours)
        with pytest.raises(lifecycle.NotAuthor):
            await actions.withdraw(db, template.id, by=ours.campaign_manager, at=NOW)
        await actions.withdraw(db, template.id, by=ours.author, at=NOW)
        assert (template.state, revision.state) == ("draft", "draft")


async def test_a_returned_poster_gets_a_new_draft_and_keeps_the_old_one(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        template, revision = await _submitted(db, ours)
        waiting = (await library_queries.reviews_of(db, revision.id))[0]
        taken = await actions_reviews.take_review(db, waiting.id, "return", by=ours.reviewer)
        await actions.return_template(db, taken, comment="标题太小", by=ours.reviewer, at=NOW)
        item = await library_queries.item(db, template.item_id)
        _, next_one = await actions.write_draft(
            db, template.id, _draft(item), by=ours.author, at=NOW
        )
        assert (revision.state, next_one.no, next_one.state) == ("returned", 2, "draft")


async def test_a_recalled_item_stops_its_posters_at_once(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await _item(db, ours)
        template = await make_live_template(db, item, ours.author, ours.reviewer)
        await library.recall(db, item.id, reason="利率调整", by=ours.admin, at=NOW)
        await db.flush()
        with pytest.raises(NotLive):
            await queries.live_template(db, template.id, at=NOW)
        assert await queries.usable(db, at=NOW) == []


async def test_a_new_wording_of_the_item_stops_posters_of_the_old_one(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await _item(db, ours)
        template = await make_live_template(db, item, ours.author, ours.reviewer)
        draft = library.Draft(
            "product", "deposit", item.title, {"summary": "30 万元起存", "rate": 195}
        )
        _, revision = await library.write_draft(db, item.id, draft, by=ours.author, at=NOW)
        await db.flush()
        await library.submit(db, item.id, by=ours.author, at=NOW)
        await db.flush()
        waiting = (await library_queries.reviews_of(db, revision.id))[0]
        taken = await actions_reviews.take_review(db, waiting.id, "approve", by=ours.reviewer)
        await library.approve_revision(
            db, taken, kept=[Kept(reason="已核对")], by=ours.reviewer, at=NOW
        )
        await db.flush()
        with pytest.raises(NotLive, match="新版本"):
            await queries.live_template(db, template.id, at=NOW)


async def test_a_poster_of_an_unpublished_wording_is_not_approved(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        draft = library.Draft("product", "deposit", "新产品", {"rate": 195})
        item, _ = await library.write_item(db, draft, by=ours.author, at=NOW)
        await db.flush()
        template, revision = await actions.write_template(db, _draft(item), by=ours.author, at=NOW)
        await db.flush()
        await actions.submit(db, template.id, drawn=revision.hash, by=ours.author, at=NOW)
        await db.flush()
        taken = await _taken(db, revision, ours.reviewer)
        with pytest.raises(NotLive):
            await actions.approve_template(db, taken, by=ours.reviewer, at=NOW)
        await db.refresh(taken)


async def test_a_poster_does_not_move_to_another_item(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        template, _ = await _drafted(db, ours)
        other = await _item(db, ours)
        with pytest.raises(Invalid, match="另一条内容"):
            await actions.write_draft(db, template.id, _draft(other), by=ours.author, at=NOW)


async def test_no_poster_is_begun_of_a_wording_that_a_rule_forbids(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        fine = await _item(db, ours)
        assert await actions.why_none(db, fine) == ""
        item, _ = await make_item(
            db, ours.author, body="<p>三年期大额存单，保本保息，稳赚不赔。</p>"
        )
        told = await actions.why_none(db, item)
        assert "保本保息" in told
        assert "请先修改内容" in told
        with pytest.raises(Invalid) as refused:
            await actions.write_template(db, _draft(item), by=ours.author, at=NOW)
        assert refused.value.fields == {"item_id": told}


async def test_a_template_without_the_mandatory_text_is_not_submitted(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await _item(db, ours)
        layers = editing.starter_layers("deposit-season")
        layers["layers"] = [x for x in layers["layers"] if x["kind"] != "disclosure"]
        draft = replace(_draft(item), layers=layers)
        template, revision = await actions.write_template(db, draft, by=ours.author, at=NOW)
        await db.flush()
        with pytest.raises(Invalid, match="提示语"):
            await actions.submit(db, template.id, drawn=revision.hash, by=ours.author, at=NOW)


async def test_a_title_holds_no_variable_that_nobody_fills_in(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        draft = replace(_draft(await _item(db, ours)), title="{{ item.title }}海报")
        with pytest.raises(Invalid, match="请直接写名称"):
            await actions.write_template(db, draft, by=ours.author, at=NOW)


async def test_a_picture_of_nobody_is_refused(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await _item(db, ours)
        layers = editing.starter_layers("deposit-season")
        box = {"x_px": 0, "y_px": 0, "w_px": 400, "h_px": 400}
        layers["layers"].append({"kind": "picture", "id": "p", "asset": "ab" * 32, "box": box})
        with pytest.raises(Invalid, match="没有上传"):
            await actions.write_template(
                db, replace(_draft(item), layers=layers), by=ours.author, at=NOW
            )


async def test_another_banks_template_and_item_do_not_exist(people: Personas) -> None:
    ours, theirs = people.ours, people.theirs
    async with people.house.database.unit_of_work(theirs.tenant) as db:
        template, revision = await _drafted(db, theirs)
        item = await library_queries.item(db, template.item_id)
    async with people.house.database.unit_of_work(ours.tenant) as db:
        with pytest.raises(NotFound):
            await actions.submit(db, template.id, drawn=revision.hash, by=ours.author, at=NOW)
        with pytest.raises(NotFound):
            await actions.withdraw(db, template.id, by=ours.author, at=NOW)
        with pytest.raises(NotFound):
            await actions.write_template(db, _draft(item), by=ours.author, at=NOW)


async def test_the_database_refuses_a_template_that_nobody_else_approved(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        template, _ = await _submitted(db, ours)
    with pytest.raises(Conflict):
        async with people.house.database.unit_of_work(ours.tenant) as db:
            revision = await queries.shown_revision(db, await queries.template(db, template.id))
            revision.state = "approved"
