"""Who reaches a threshold: one task of the right employee, once, also when a worker dies."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from tests.customers.test_actions_scores import Desk
from tests.personas import Personas
from tests.web.desk import post_form

from contenthub import queue
from contenthub.customers import actions as customers
from contenthub.customers import actions_people, actions_scores
from contenthub.customers.actions_scores import ScoreDraft, TopicDraft
from contenthub.customers.models import Customer, Refusal
from contenthub.customers.models_contacts import CustomerContact
from contenthub.customers.models_scores import ScoreCrossing
from contenthub.errors import Conflict, Invalid, NotFound
from contenthub.scheduler import actions_needs, jobs_needs, queries_needs
from contenthub.scheduler.models import Task
from contenthub.tenants.models import AuditEntry, Staff

LEFT = ScoreDraft("loan", "留号", "left", 60)


class Needs(Desk):
    """A bank where who leaves a number in a loan's page is worth a call."""

    async def open(self, aums: Sequence[int] = (1,), *, hands_over: bool = True) -> None:
        await self.settle(list(aums))
        await self.rule(LEFT)
        await self.set(TopicDraft(100, 60, hands_over=hands_over))
        await self.run()

    async def set(self, draft: TopicDraft) -> None:
        async with self.database.unit_of_work(self.tenant) as db:
            await actions_scores.change_topic(db, "loan", draft, by=self.by, at=self.at)

    async def hand_over(self) -> None:
        await queue.jobs["scheduler.hand_over_needs"](self.database, self.tenant)

    async def tasks(self) -> list[Task]:
        async with self.database.reading(self.tenant) as db:
            rows = await db.scalars(
                select(Task).where(Task.kind == queries_needs.KIND).order_by(Task.id)
            )
            return list(rows)

    async def crossings(self) -> list[tuple[str, str]]:
        async with self.database.reading(self.tenant) as db:
            rows = await db.scalars(select(ScoreCrossing).order_by(ScoreCrossing.id))
            return [(one.state, one.reason) for one in rows]


@pytest.fixture
def needs(people: Personas) -> Needs:
    return Needs(people)


async def test_who_reaches_the_threshold_is_one_task_of_their_employee_with_the_reason(
    needs: Needs,
) -> None:
    await needs.open([1, 1])
    await needs.did(0, "left")
    await needs.run()
    await needs.hand_over()
    await needs.run()
    await needs.hand_over()
    (task,) = await needs.tasks()
    assert task.employee_id == needs.people.ours.employee.id
    assert task.title == "贷款需求 60 分，请联系"
    assert task.detail["why"] == ["每次留资贷款内容（+60 分）"]
    assert await needs.crossings() == [("handed", "")]
    async with needs.database.reading(needs.tenant) as db:
        events = await db.scalars(
            select(AuditEntry.subject_id).where(AuditEntry.event == "need.handed_over")
        )
        assert list(events) == [needs.customers[0].id]


async def test_each_task_of_a_batch_says_what_is_true_of_its_own_customer(needs: Needs) -> None:
    await needs.open([300_000, 1])
    await needs.rule(ScoreDraft("loan", "资产高", "match", 10, "aum >= 200000"))
    for place in (0, 1):
        await needs.did(place, "left")
    await needs.run()
    await needs.hand_over()
    left, rich = "每次留资贷款内容（+60 分）", "资产不低于 20 万元（+10 分）"
    assert {task.detail["points"]: task.detail["why"] for task in await needs.tasks()} == {
        70: [left, rich],
        60: [left],
    }


async def test_below_the_threshold_and_where_it_is_not_wanted_nobody_gets_a_task(
    needs: Needs,
) -> None:
    await needs.open(hands_over=False)
    await needs.did(0, "left")
    await needs.run()
    await needs.hand_over()
    assert await needs.tasks() == []
    # Who was there before it was wanted has not reached it since.
    await needs.set(TopicDraft(100, 60, hands_over=True))
    await needs.run()
    await needs.hand_over()
    assert await needs.tasks() == []


async def test_who_falls_below_and_comes_back_is_handed_over_again_only_after_the_rest(
    needs: Needs,
) -> None:
    await needs.open()

    async def again() -> None:
        await needs.did(0, "left", times=-1)
        await needs.run()
        await needs.did(0, "left")
        await needs.run()
        await needs.hand_over()

    await needs.did(0, "left")
    await needs.run()
    await needs.hand_over()
    await again()
    assert len(await needs.tasks()) == 1
    async with needs.database.unit_of_work(needs.tenant) as db:
        (one,) = await db.scalars(select(ScoreCrossing))
        one.crossed_on -= timedelta(days=30)
    await again()
    assert len(await needs.tasks()) == 2


async def test_who_refused_or_fell_below_meanwhile_is_left_with_the_reason(needs: Needs) -> None:
    await needs.open([1, 1])
    for place in (0, 1):
        await needs.did(place, "left")
    await needs.run()
    async with needs.database.unit_of_work(needs.tenant) as db:
        no = needs.customers[0].no
        await customers.record_refusal(db, no, "loan", by=needs.by, at=needs.at)
    await needs.did(1, "left", times=-1)
    await needs.run()
    await needs.hand_over()
    assert await needs.tasks() == []
    assert sorted(await needs.crossings()) == [("skipped", "below"), ("skipped", "refused")]


async def test_whose_employee_is_away_goes_to_the_manager_of_their_branch(needs: Needs) -> None:
    await needs.open()
    ours = needs.people.ours
    async with needs.database.unit_of_work(needs.tenant) as db:
        one = await db.get_one(Customer, (needs.tenant, needs.customers[0].no))
        one.branch_id = ours.branch_manager.branch_id
        owner = await db.get_one(Staff, (needs.tenant, ours.employee.id))
        owner.state = "leave"
        assert await queries_needs.who_serves(db, one) == ours.branch_manager.id
        manager = await db.get_one(Staff, (needs.tenant, ours.branch_manager.id))
        manager.state = "leave"
        await db.flush()
        assert await queries_needs.who_serves(db, one) is None
        await db.rollback()


async def test_an_employee_is_handed_so_many_a_day_and_the_rest_wait(
    needs: Needs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions_needs, "A_DAY", 2)
    await needs.open([1, 1, 1])
    for place in range(3):
        await needs.did(place, "left")
    await needs.run()
    await needs.hand_over()
    assert len(await needs.tasks()) == 2
    assert sorted(await needs.crossings()) == [("handed", ""), ("handed", ""), ("waiting", "full")]
    async with needs.database.unit_of_work(needs.tenant) as db:
        assert await actions_needs.hand_over(db, at=datetime.now(UTC) + timedelta(days=1)) == 1
    assert len(await needs.tasks()) == 3


async def test_a_worker_that_dies_before_it_commits_hands_over_once_all_the_same(
    needs: Needs,
) -> None:
    await needs.open()
    await needs.did(0, "left")
    await needs.run()
    with pytest.raises(RuntimeError):
        async with needs.database.unit_of_work(needs.tenant) as db:
            assert await actions_needs.hand_over(db, at=datetime.now(UTC)) == 1
            raise RuntimeError("killed")
    assert await needs.tasks() == []
    async with needs.database.platform_unit_of_work() as db:
        due = await jobs_needs.waiting_needs(db, datetime.now(UTC))
        assert (needs.tenant, {}) in due
    await needs.hand_over()
    assert len(await needs.tasks()) == 1
    async with needs.database.platform_unit_of_work() as db:
        due = await jobs_needs.waiting_needs(db, datetime.now(UTC))
        assert (needs.tenant, {}) not in due


async def _handed(needs: Needs) -> Task:
    await needs.open()
    await needs.did(0, "left")
    await needs.run()
    await needs.hand_over()
    (task,) = await needs.tasks()
    return task


async def test_what_is_said_on_the_phone_is_a_contact_and_a_refusal_is_kept(needs: Needs) -> None:
    task = await _handed(needs)
    ours, here = needs.people.ours, f"/m/needs/{task.id}"
    async with needs.people.client(ours.employee) as client:
        listed = (await client.get("/m/tasks")).text
        assert "贷款需求 60 分，请联系" in listed
        assert here in listed
        page = (await client.get(here)).text
        assert "每次留资贷款内容（+60 分）" in page
        assert f"/m/customers/{needs.customers[0].id}" in page
        assert (await post_form(client, f"{here}/said", {"outcome": "slept"})).status_code == 422
        await post_form(client, f"{here}/said", {"outcome": "missed"})
        assert (await needs.tasks())[0].state == "open"
        await post_form(client, f"{here}/said", {"outcome": "refused"})
        assert "这项任务已经处理完了" in (await client.get(here)).text
        assert (await post_form(client, f"{here}/said", {"outcome": "reached"})).status_code == 409
    async with needs.database.reading(needs.tenant) as db:
        said = await db.scalars(
            select(CustomerContact.is_reached).order_by(CustomerContact.recorded_at)
        )
        assert list(said) == [False, True]
        assert list(await db.scalars(select(Refusal.topic))) == ["loan"]
    for who in (ours.branch_manager, needs.people.theirs.employee):
        async with needs.people.client(who) as client:
            assert (await client.get(here)).status_code == 404


async def test_a_task_outlives_the_customer_who_was_erased(needs: Needs) -> None:
    task = await _handed(needs)
    async with needs.database.unit_of_work(needs.tenant) as db:
        one = await db.get_one(Customer, (needs.tenant, needs.customers[0].no))
        await actions_people.erase_customer(db, one, by=needs.by, at=needs.at)
    async with needs.people.client(needs.people.ours.employee) as client:
        assert "已注销客户" in (await client.get(f"/m/needs/{task.id}")).text
        await post_form(client, f"/m/needs/{task.id}/said", {"outcome": "reached"})
    assert (await needs.tasks())[0].state == "done"
    assert await needs.crossings() == []


async def test_only_ones_own_open_need_can_be_answered(needs: Needs) -> None:
    task = await _handed(needs)
    async with needs.database.unit_of_work(needs.tenant) as db:
        with pytest.raises(Invalid):
            await actions_needs.say(db, task.id, "x", by=needs.people.ours.employee, at=needs.at)
        with pytest.raises(NotFound):
            await actions_needs.say(
                db, task.id, "reached", by=needs.people.ours.branch_manager, at=needs.at
            )
        await actions_needs.say(db, task.id, "reached", by=needs.people.ours.employee, at=needs.at)
        with pytest.raises(Conflict):
            await actions_needs.say(
                db, task.id, "reached", by=needs.people.ours.employee, at=needs.at
            )
