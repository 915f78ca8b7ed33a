"""A bank that wants two reviewers gets two different ones."""

from uuid import UUID

import pytest
from tests.make import NOW, approve, make_item, make_live_item, make_staff
from tests.personas import Personas

from contenthub.db import Write
from contenthub.library import actions as library
from contenthub.library import actions_reviews, queries
from contenthub.library.findings import Kept
from contenthub.library.models import Revision
from contenthub.library.review import SameReviewer
from contenthub.tenants import actions as tenants
from contenthub.tenants.models import Staff


async def test_content_goes_live_with_the_second_reviewer_only(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        await tenants.set_settings(db, {"review_steps": "2"}, by=ours.admin, at=NOW)
        second = await make_staff(db, ours.head, "compliance_reviewer", name="消保")
        item, _ = await make_item(db, ours.author)
        await library.submit(db, item.id, by=ours.author, at=NOW)
        first = await approve(db, item, ours.reviewer)
        assert first.state == "in_review"
        await db.flush()
        waiting = [r for r in await queries.reviews_of(db, first.id) if r.state == "waiting"]
        assert len(waiting) == 1
    async with people.house.database.unit_of_work(ours.tenant) as db:
        with pytest.raises(SameReviewer):
            await _decide(db, waiting[0].id, ours.reviewer)
        await db.rollback()
    async with people.house.database.unit_of_work(ours.tenant) as db:
        assert (await _decide(db, waiting[0].id, second)).state == "live"


async def _decide(db: Write, review_id: UUID, by: Staff) -> Revision:
    taken = await actions_reviews.take_review(db, review_id, "approve", by=by)
    return await library.approve_revision(db, taken, kept=[Kept(reason="已核对")], by=by, at=NOW)


async def test_one_reviewer_is_enough_where_the_bank_says_nothing(people: Personas) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        item = await make_live_item(db, people.ours.author, people.ours.reviewer)
    assert item.state == "live"
