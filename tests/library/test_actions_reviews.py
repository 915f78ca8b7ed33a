"""Steps of a review: in their order, each by another person, none the author; deputies too."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update
from tests.make import NOW, make_item, make_staff
from tests.personas import Personas, Side

from contenthub.db import Write
from contenthub.errors import Conflict, Forbidden, Invalid, NotFound
from contenthub.library import (
    actions,
    actions_deputies,
    actions_flows,
    actions_reviews,
    queries,
    queries_deputies,
    queries_reviews,
)
from contenthub.library.actions_deputies import Leave
from contenthub.library.findings import Kept
from contenthub.library.flows import NotYourStep
from contenthub.library.lifecycle import OwnWork
from contenthub.library.models import Review, Revision
from contenthub.library.queries_reviews import Wanted
from contenthub.library.review import SameReviewer
from contenthub.tenants.models import Staff

TWO: list[dict[str, Any]] = [
    {"name": "业务初审", "role": "reviewer", "hours": 4},
    {"name": "消保审查", "role": "compliance_reviewer", "hours": 8},
]


async def _flow(db: Write, side: Side, steps: list[dict[str, Any]] = TWO) -> Staff:
    await actions_flows.set_flow(db, "product", steps, by=side.admin, at=NOW)
    return await make_staff(db, side.head, "compliance_reviewer", name="消保员")


async def _submitted(db: Write, side: Side) -> Revision:
    item, _ = await make_item(db, side.author)
    _, revision = await actions.submit(db, item.id, by=side.author, at=NOW)
    await db.flush()
    return revision


async def _waiting(db: Write, revision: Revision) -> Review:
    found = await queries.waiting_review(db, revision.id)
    assert found is not None
    return found


async def _approve(db: Write, revision: Revision, by: Staff) -> Revision:
    waiting = await _waiting(db, revision)
    taken = await actions_reviews.take_review(db, waiting.id, "approve", by=by, at=NOW)
    return await actions.approve_revision(db, taken, kept=[Kept(reason="已核对")], by=by, at=NOW)


async def test_a_revision_is_live_after_the_last_step_only(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        compliance = await _flow(db, side)
        revision = await _submitted(db, side)
        first = await _waiting(db, revision)
        assert (first.step_name, first.step_role, first.steps_total) == ("业务初审", "reviewer", 2)
        assert first.due_at == NOW + timedelta(hours=4)
        assert (await _approve(db, revision, side.reviewer)).state == "in_review"
        second = await _waiting(db, revision)
        assert (second.step_no, second.step_name, second.round_id) == (2, "消保审查", first.id)
        assert (await _approve(db, revision, compliance)).state == "live"
        steps = await queries_reviews.round_of(db, second)
        assert [one.reviewer_id for one in steps] == [side.reviewer.id, compliance.id]
        assert steps[0].overrides
        assert not steps[1].overrides  # what the first step kept stands
        assert steps[1].hits == revision.hits


async def test_a_step_belongs_to_its_role(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        compliance = await _flow(db, side)
        revision = await _submitted(db, side)
        with pytest.raises(NotYourStep, match="业务审核员"):
            await _approve(db, revision, compliance)


async def test_one_person_takes_one_step_only(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        await _flow(db, side, [{"name": "初审"}, {"name": "复审"}])
        revision = await _submitted(db, side)
        await _approve(db, revision, side.reviewer)
        with pytest.raises(SameReviewer):
            await _approve(db, revision, side.reviewer)


async def test_the_author_takes_no_step(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        await _flow(db, side)
        revision = await _submitted(db, side)
        side.author.roles = ["author", "reviewer"]
        with pytest.raises(OwnWork):
            await _approve(db, revision, side.author)


async def test_a_changed_flow_holds_for_new_submissions_only(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        before = await _submitted(db, side)
        await _flow(db, side)
        assert (await _approve(db, before, side.reviewer)).state == "live"
        after = await _submitted(db, side)
        assert (await _waiting(db, after)).steps_total == 2
        await actions_flows.reset_flow(db, "product", by=side.admin, at=NOW)
        assert (await _waiting(db, await _submitted(db, side))).steps_total == 1


async def test_the_database_wants_every_step_of_the_submission(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        await _flow(db, side)
        revision = await _submitted(db, side)
        await _approve(db, revision, side.reviewer)
    with pytest.raises(Conflict, match="数据库拒绝发布"):
        async with people.house.database.unit_of_work(side.tenant) as db:
            stmt = update(Revision).where(Revision.id == revision.id).values(state="approved")
            await db.execute(stmt)


async def test_the_database_takes_no_second_step_before_the_first(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        await _flow(db, side)
        revision = await _submitted(db, side)
        first = await _waiting(db, revision)
        await actions_reviews.withdraw_review(db, revision.id, at=NOW)
    with pytest.raises(Conflict, match="上一步审核还没有通过"):
        async with people.house.database.unit_of_work(side.tenant) as db:
            db.add(_copy(first, step_no=2))


async def test_the_database_takes_no_fewer_steps_than_the_bank_wants(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        await _flow(db, side)
        revision = await _submitted(db, side)
        first = await _waiting(db, revision)
        await actions_reviews.withdraw_review(db, revision.id, at=NOW)
    with pytest.raises(Conflict, match="审核步骤少于本行的规定"):
        async with people.house.database.unit_of_work(side.tenant) as db:
            db.add(_copy(first, steps_total=1, plan=TWO[:1]))


async def test_the_database_knows_one_reviewer_a_round(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        await _flow(db, side)
        revision = await _submitted(db, side)
        await _approve(db, revision, side.reviewer)
        second = await _waiting(db, revision)
    with pytest.raises(Conflict):
        async with people.house.database.unit_of_work(side.tenant) as db:
            values = {"state": "approved", "reviewer_id": side.reviewer.id}
            await db.execute(update(Review).where(Review.id == second.id).values(**values))


async def test_the_database_approves_nothing_with_a_blocking_finding(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        fields = {"summary": "保本理财，稳赚不赔", "risk_level": "R2", "issuer": "省联社理财公司"}
        item, _ = await make_item(db, side.author, topic="wealth", fields=fields)
        _, revision = await actions.submit(db, item.id, by=side.author, at=NOW)
        assert any(hit["severity"] == "block" for hit in revision.hits)
        waiting = await _waiting(db, revision)
    with pytest.raises(Conflict, match="必须修改的合规问题"):
        async with people.house.database.unit_of_work(side.tenant) as db:
            values = {"state": "approved", "reviewer_id": side.reviewer.id}
            await db.execute(update(Review).where(Review.id == waiting.id).values(**values))


def _copy(first: Review, **over: Any) -> Review:
    names = "tenant_id subject_kind subject_id subject_hash title author_id round_id".split()
    facts = {name: getattr(first, name) for name in (*names, "steps_total", "plan", "created_at")}
    return Review(**{**facts, **over})


async def test_a_deputy_takes_the_step_of_who_is_on_leave(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        compliance = await _flow(db, side, TWO[1:])
        revision = await _submitted(db, side)
        leave = Leave(compliance.id, side.reviewer.id, NOW, NOW + timedelta(days=1))
        await actions_deputies.name_deputy(db, leave, by=compliance, at=NOW)
        hands = await queries_reviews.hands(db, side.reviewer, at=NOW)
        assert ("compliance_reviewer", "消保员") in hands.lenders
        mine = await queries_reviews.inbox(db, Wanted(mine=hands))
        assert [one.subject_id for one in mine] == [revision.id]
        assert (await _approve(db, revision, side.reviewer)).state == "live"
        [done] = await queries.reviews_of(db, revision.id)
        assert (done.reviewer_id, done.acting_for_id) == (side.reviewer.id, compliance.id)


async def test_a_deputy_of_the_author_cannot_take_their_place(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        await _flow(db, side, TWO[1:])
        side.author = await db.merge(side.author)
        side.author.roles = ["author", "compliance_reviewer"]
        revision = await _submitted(db, side)
        leave = Leave(side.author.id, side.reviewer.id, NOW, NOW + timedelta(days=1))
        await actions_deputies.name_deputy(db, leave, by=side.author, at=NOW)
        with pytest.raises(NotYourStep):
            await _approve(db, revision, side.reviewer)


async def test_a_leave_that_is_over_lends_nothing(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        compliance = await _flow(db, side, TWO[1:])
        revision = await _submitted(db, side)
        leave = Leave(compliance.id, side.reviewer.id, NOW, NOW + timedelta(days=1))
        made = await actions_deputies.name_deputy(db, leave, by=compliance, at=NOW)
        await db.flush()
        assert await queries_deputies.deputising(db, side.reviewer.id, at=NOW)
        await actions_deputies.end_delegation(db, made.id, by=side.admin, at=NOW)
        await db.flush()
        with pytest.raises(NotYourStep):
            await _approve(db, revision, side.reviewer)


@pytest.mark.parametrize(
    ("to", "days", "field"),
    [("employee", 3, "to_id"), ("reviewer", 3, "to_id"), ("", 0, "ends_at"), ("", 91, "ends_at")],
)
async def test_a_wrong_arrangement_names_its_field(
    people: Personas, to: str, days: int, field: str
) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        other = await make_staff(db, side.head, "reviewer", name="另一位")
        deputy = getattr(side, to) if to else other
        leave = Leave(side.reviewer.id, deputy.id, NOW, NOW + timedelta(days=days))
        with pytest.raises(Invalid) as refused:
            await actions_deputies.name_deputy(db, leave, by=side.reviewer, at=NOW)
        assert list(refused.value.fields) == [field]


async def test_nobody_arranges_a_colleagues_leave_but_an_administrator(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        other = await make_staff(db, side.head, "reviewer", name="另一位")
        leave = Leave(side.reviewer.id, other.id, NOW, NOW + timedelta(days=1))
        with pytest.raises(Forbidden):
            await actions_deputies.name_deputy(db, leave, by=other, at=NOW)
        made = await actions_deputies.name_deputy(db, leave, by=side.admin, at=NOW)
        await db.flush()
        with pytest.raises(Forbidden):
            await actions_deputies.end_delegation(db, made.id, by=other, at=NOW)
        theirs = Leave(people.theirs.reviewer.id, other.id, NOW, NOW + timedelta(days=1))
        with pytest.raises(NotFound):
            await actions_deputies.name_deputy(db, theirs, by=side.admin, at=NOW)


async def test_late_ones_come_first_and_pages_go_on(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        made = [await _submitted(db, side) for _ in range(4)]
        hours = {made[0].id: 9, made[1].id: 3, made[2].id: None, made[3].id: 1}
        for revision in made:
            due = hours[revision.id]
            waiting = await _waiting(db, revision)
            waiting.due_at = None if due is None else NOW + timedelta(hours=due)
        await db.flush()
        found: list[UUID] = []
        after = None
        for _ in range(4):
            [one] = await queries_reviews.inbox(db, Wanted(), after=after, limit=1)
            found.append(one.subject_id)
            after = one.id
        assert found == [made[n].id for n in (3, 1, 0, 2)]
        late = await queries_reviews.inbox(db, Wanted(late_at=NOW + timedelta(hours=2)))
        assert [one.subject_id for one in late] == [made[3].id]
        hands = await queries_reviews.hands(db, side.reviewer, at=NOW)
        counts = await queries_reviews.waiting(db, hands, at=NOW + timedelta(hours=2))
        assert (counts.total, counts.mine, counts.late, counts.mine_late) == (4, 4, 1, 1)


async def test_own_work_is_in_nobodys_own_hands(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        await _submitted(db, side)
        side.author.roles = ["author", "reviewer"]
        hands = await queries_reviews.hands(db, side.author, at=datetime.now(UTC))
        assert not await queries_reviews.inbox(db, Wanted(mine=hands))
