"""A bank that wants two reviewers gets two different ones."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from tests.make import NOW, approve, make_item, make_live_item, make_staff
from tests.personas import Personas
from tests.web.forms import tomorrow_at_ten

from contenthub.db import Write
from contenthub.errors import Conflict
from contenthub.library import actions as library
from contenthub.library import actions_flows, actions_reviews, queries
from contenthub.library.findings import Kept
from contenthub.library.models import Revision
from contenthub.library.review import SameReviewer
from contenthub.scheduler import actions as pushes
from contenthub.scheduler.models import Push
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


async def test_a_push_is_scheduled_with_the_last_step_only_and_is_due_before_it_fires(
    people: Personas,
) -> None:
    side, now = people.ours, datetime.now(UTC)
    fires_at = tomorrow_at_ten()
    async with people.house.database.unit_of_work(side.tenant) as db:
        steps = [{"name": "初审", "hours": 200}, {"name": "复审", "hours": 200}]
        await actions_flows.set_flow(db, "push", steps, by=side.admin, at=now)
        second = await make_staff(db, side.head, "reviewer", name="复审员")
        item = await make_live_item(db, side.author, side.reviewer)
        draft = pushes.PushDraft(
            "首推", item.id, "aum >= 1", {"kind": "once", "at": fires_at.isoformat()}
        )
        push = await pushes.write_push(db, draft, by=side.author, at=now)
        await db.flush()
        await pushes.submit(db, push.id, by=side.author, at=now)
        for person, state in ((side.reviewer, "in_review"), (second, "scheduled")):
            await db.flush()
            waiting = await queries.waiting_review(db, push.id)
            assert waiting is not None
            assert waiting.due_at == fires_at
            taken = await actions_reviews.take_review(db, waiting.id, "approve", by=person)
            assert (await pushes.approve_push(db, taken, by=person, at=now)).state == state


async def test_the_database_schedules_no_push_after_its_first_step(people: Personas) -> None:
    side, now = people.ours, datetime.now(UTC)
    async with people.house.database.unit_of_work(side.tenant) as db:
        steps = [{"name": "初审"}, {"name": "复审"}]
        await actions_flows.set_flow(db, "push", steps, by=side.admin, at=now)
        item = await make_live_item(db, side.author, side.reviewer)
        schedule = {"kind": "once", "at": tomorrow_at_ten().isoformat()}
        draft = pushes.PushDraft("首推", item.id, "aum >= 1", schedule)
        push = await pushes.write_push(db, draft, by=side.author, at=now)
        await db.flush()
        await pushes.submit(db, push.id, by=side.author, at=now)
        await db.flush()
        waiting = await queries.waiting_review(db, push.id)
        assert waiting is not None
        taken = await actions_reviews.take_review(db, waiting.id, "approve", by=side.reviewer)
        await pushes.approve_push(db, taken, by=side.reviewer, at=now)
    with pytest.raises(Conflict, match="数据库拒绝发布"):
        async with people.house.database.unit_of_work(side.tenant) as db:
            found = await db.get_one(Push, (side.tenant, push.id))
            found.state = "scheduled"
