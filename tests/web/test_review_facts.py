"""Whoever reviews a poster sees beside it what its content says, in pages and over the API."""

from uuid import UUID

from tests.make import NOW, make_item, make_live_item
from tests.personas import Personas, Side

from contenthub.library import actions as library
from contenthub.library import queries
from contenthub.posters import actions, editing
from contenthub.posters.actions import TemplateDraft

FIELDS = {
    "summary": "20 万元起存",
    "rate": 205,
    "term": "三年",
    "minimum_fen": 20_000_000,
    "selling_points": ["利率 2.05%"],
    "early_withdrawal": "提前支取按支取日活期利率计息，可部分提前支取一次。" * 5,
}


async def _waiting(people: Personas, side: Side | None = None) -> UUID:
    """Return the review of a poster of a deposit."""
    side = side or people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        item = await make_live_item(db, side.author, side.reviewer, fields=FIELDS, title="安心存")
        layers = editing.starter_layers("deposit-season")
        draft = TemplateDraft("存款季海报", item.id, layers)
        made, revision = await actions.write_template(db, draft, by=side.author, at=NOW)
        await db.flush()
        await actions.submit(db, made.id, drawn=revision.hash, by=side.author, at=NOW)
        await db.flush()
        return (await queries.reviews_of(db, revision.id))[0].id


async def test_a_posters_page_shows_what_to_hold_it_against(people: Personas) -> None:
    review = await _waiting(people)
    async with people.client(people.ours.reviewer) as client:
        page = await client.get(f"/console/reviews/{review}")
    assert page.status_code == 200
    beside, _, folded = page.text.partition("较长的要素（1 项）")
    for said in ("2.05%", "三年", "20 万元", "安心存", "有效期"):
        assert said in beside.partition("海报上写到的，要与这些一致")[2], said
    assert "可部分提前支取一次" not in beside
    assert "可部分提前支取一次" in folded


async def test_the_api_tells_the_facts_of_the_very_wording_the_poster_shows(
    people: Personas,
) -> None:
    review = await _waiting(people)
    async with people.client(people.ours.reviewer) as client:
        told = (await client.get(f"/api/v1/reviews/{review}/facts")).json()
    assert (told["title"], told["no"], told["is_live"]) == ("安心存", 1, True)
    facts = {one["name"]: (one["label"], one["text"]) for one in told["facts"]}
    assert facts["rate"][1] == "2.05%"
    assert facts["term"][1] == "三年"
    assert facts["minimum_fen"][1] == "20 万元"
    assert "body" not in facts


async def test_a_wording_in_review_tells_its_own_facts(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item, revision = await make_item(db, ours.author)
        await library.submit(db, item.id, by=ours.author, at=NOW)
        review = (await queries.reviews_of(db, revision.id))[0].id
    async with people.client(ours.reviewer) as client:
        told = (await client.get(f"/api/v1/reviews/{review}/facts")).json()
    assert (told["revision_id"], told["is_live"]) == (str(revision.id), False)


async def test_only_reviewers_of_the_bank_read_them(people: Personas) -> None:
    review = await _waiting(people)
    async with people.client(people.ours.employee) as client:
        assert (await client.get(f"/api/v1/reviews/{review}/facts")).status_code == 403
    async with people.client(people.theirs.reviewer) as client:
        assert (await client.get(f"/api/v1/reviews/{review}/facts")).status_code == 404
