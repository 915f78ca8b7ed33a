"""Customers on a cadence: started once, each step once, stopped by what the customer does."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError
from tests.make import NOW, make_customer, make_link, make_live_item
from tests.personas import Personas
from tests.scheduler.cadences import (
    STEPS,
    approve,
    day,
    make_cadence,
    make_draft,
    make_run,
    make_script,
)

from contenthub import queue
from contenthub.customers import actions as customers
from contenthub.customers import actions_people
from contenthub.customers import queries as customers_queries
from contenthub.db import Write
from contenthub.errors import Conflict, Invalid, NotFound
from contenthub.library import actions as library
from contenthub.library import actions_reviews
from contenthub.library import queries as library_queries
from contenthub.library.lifecycle import OwnWork
from contenthub.scheduler import (
    actions_answers,
    actions_cadences,
    actions_feedback,
    actions_runs,
    jobs_cadences,
    queries_cadences,
    queries_runs,
)
from contenthub.scheduler.actions_cadences import CadenceDraft
from contenthub.scheduler.actions_runs import Start
from contenthub.scheduler.feedback import Feedback
from contenthub.scheduler.jobs import new_code
from contenthub.scheduler.models import Task
from contenthub.scheduler.models_cadences import Cadence, CadenceRun
from contenthub.scheduler.queries_runs import Whom
from contenthub.sharing.actions_leads import Contact, leave_lead
from contenthub.tenants.models import Staff


async def _tasks(db: Write, run: CadenceRun) -> list[Task]:
    rows = await db.scalars(select(Task).where(Task.source_id == run.id).order_by(Task.step))
    return list(rows)


async def test_every_step_comes_once_on_its_day_and_the_run_ends(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        run = await make_run(db, side, await make_cadence(db, side))
        assert (run.next_no, run.next_on) == (2, date(2026, 11, 30))
        for at in (day(1), day(4), day(4), day(7), day(8)):
            await actions_runs.hand_out(db, at=at, new_code=new_code)
        tasks = await _tasks(db, run)
        assert [(task.step, task.state) for task in tasks] == [
            (1, "cancelled"),
            (2, "cancelled"),
            (3, "open"),
        ]
        assert {task.employee_id for task in tasks} == {side.employee.id}
        said = [one.outcome for one in await queries_runs.contacts(db, run.id)]
        assert said == ["missed", "missed", ""]
        await actions_runs.hand_out(db, at=day(25), new_code=new_code)
        assert (run.state, run.stop_reason) == ("finished", "")
        assert [task.state for task in await _tasks(db, run)] == ["cancelled"] * 3


async def test_two_workers_hand_a_step_out_once(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        run = await make_run(db, side, await make_cadence(db, side))
    # A worker that died after its commit, and before anybody knew.
    async with people.house.database.unit_of_work(side.tenant) as db:
        again = {"next_no": 1, "next_at": NOW}
        await db.execute(update(CadenceRun).where(CadenceRun.id == run.id).values(**again))
    await queue.jobs["scheduler.walk_cadences"](people.house.database, side.tenant)
    async with people.house.database.unit_of_work(side.tenant) as db:
        assert len(await queries_runs.contacts(db, run.id)) == len(await _tasks(db, run))
    async with people.house.database.platform_unit_of_work() as platform:
        assert (side.tenant, {}) not in await jobs_cadences.banks_due(platform, NOW)


async def test_who_cannot_be_put_on_a_cadence_is_counted_by_reason(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        found = await make_cadence(db, side)
        busy = await make_run(db, side, found, tags=["新客户"])
        (await db.get_one(Staff, (side.tenant, side.colleague.id))).state = "leave"
        for facts in (
            {"owner": side.employee},
            {"owner": side.employee, "refused": ("存款",)},
            {"owner": None},
            {"owner": side.colleague},
        ):
            await make_customer(db, tags=["新客户"], **facts)
        start = Start(Whom(expr="新客户"))
        done = await actions_runs.start_runs(db, found.id, start, by=side.author, at=NOW)
        removed = {reason: count for reason, count in done.removed.items() if count}
        assert (done.matched, len(done.ready)) == (5, 1)
        assert removed == {"refused": 1, "on_one": 1, "no_owner": 1, "owner_away": 1}
        again = await actions_runs.start_runs(db, found.id, start, by=side.author, at=NOW)
        assert (again.ready, again.removed["on_one"]) == ([], 2)
        figures = (await queries_cadences.figures(db, [found.id]))[found.id]
        assert (figures.running, figures.started) == (2, 2)
        # Another employee sees none of these customers, and starts nobody.
        assert busy.customer_id is not None
        start = Start(Whom([busy.customer_id]), visible={side.colleague.id})
        none = await actions_runs.start_runs(db, found.id, start, by=side.colleague, at=NOW)
        assert none.matched == 0


@pytest.mark.parametrize("whom", [Whom(), Whom(expr="没有 and"), Whom(expr="没有这个标签")])
async def test_nobody_and_an_unreadable_group_are_refused(people: Personas, whom: Whom) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        found = await make_cadence(db, side)
        with pytest.raises(Invalid):
            await actions_runs.start_runs(db, found.id, Start(whom), by=side.author, at=NOW)


@pytest.mark.parametrize("how", ["lead", "opened", "refused", "erased", "no owner"])
async def test_a_run_stops_by_what_the_customer_does(people: Personas, how: str) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        item = await make_live_item(db, side.author, side.reviewer)
        steps = [{**STEPS[0], "item_id": str(item.id)}, *STEPS[1:]]
        found = await make_cadence(db, side, steps=steps)
        run = await make_run(db, side, found)
        other = await make_run(db, side, found)
        who = (await customers_queries.by_numbers(db, [run.customer_no]))[run.customer_no]
        later = NOW + timedelta(hours=1)
        if how == "lead":
            link = await make_link(db, item, side.employee, at=later)
            _, phone = customers_queries.clear(db, who)
            said = Contact(phone, "王小明", None, agreed=True)
            await leave_lead(db, link, said, employee=side.employee, at=later)
        elif how == "opened":
            [contact] = await queries_runs.contacts(db, run.id)
            assert contact.link_id is not None
            views = text("update link_stats set views = 1 where link_id = :id")
            made = text(
                "insert into link_stats (tenant_id, link_id, fetches, views, leads, signups, "
                "shares, sub_views, sub_leads, sub_signups) values "
                "(:tenant, :id, 0, 1, 0, 0, 0, 0, 0, 0) on conflict do nothing"
            )
            facts = {"tenant": side.tenant, "id": contact.link_id}
            await db.execute(made, facts)
            await db.execute(views, {"id": contact.link_id})
        elif how == "refused":
            await customers.record_refusal(db, who.no, "deposit", by=side.employee, at=later)
        elif how == "erased":
            await actions_people.erase_customer(db, who, by=side.admin, at=later)
        else:
            who.owner_id = None
        await db.flush()
        assert await actions_answers.settle(db, at=later) == 1
        await db.refresh(run)
        reasons = {"lead": "answered", "opened": "answered", "erased": "gone"}
        assert run.state == "stopped"
        assert run.stop_reason == reasons.get(how, how.replace(" ", "_"))
        [task] = await _tasks(db, run)
        await db.refresh(task)
        assert task.state == "cancelled"
        assert (await queries_runs.run(db, other.id)).state == "running"


async def test_an_erased_persons_runs_keep_what_was_done_and_the_bare_number(
    people: Personas,
) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        found = await make_cadence(db, side)
        run, other = await make_run(db, side, found), await make_run(db, side, found)
        run.why = other.why = "客户王小明提到定期到期"
        await db.flush()
        await actions_runs.forget_customer(db, run.customer_no, by=side.admin, at=NOW)
        for one in (run, other, *(await _tasks(db, run))):
            await db.refresh(one)
        assert (run.customer_id, run.why, run.ended_at) == (None, "", NOW)
        assert (run.state, run.stop_reason) == ("stopped", "gone")
        assert [task.state for task in await _tasks(db, run)] == ["cancelled"]
        assert (other.state, other.why) == ("running", "客户王小明提到定期到期")
        assert other.customer_id is not None
        # Of a run that was over before as well.
        await actions_runs.stop_run(db, other.id, by=side.admin, at=NOW)
        await actions_runs.forget_customer(db, other.customer_no, by=side.admin, at=NOW)
        await db.refresh(other)
        kept = await queries_runs.run(db, other.id)
        assert (kept.customer_id, kept.stop_reason) == (None, "by_hand")


async def test_a_run_passes_to_the_new_owner_with_its_open_step(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        run = await make_run(db, side, await make_cadence(db, side))
        who = (await customers_queries.by_numbers(db, [run.customer_no]))[run.customer_no]
        who.owner_id = side.colleague.id
        await db.flush()
        assert await actions_answers.settle(db, at=NOW) == 0
        await db.refresh(run)
        [task] = await _tasks(db, run)
        await db.refresh(task)
        assert (run.employee_id, task.employee_id) == (side.colleague.id, side.colleague.id)


async def _said(db: Write, run: CadenceRun, said: Feedback, people: Personas, at: int = 0) -> Task:
    task = (await _tasks(db, run))[-1]
    return await actions_feedback.say(db, task.id, said, by=people.ours.employee, at=day(at))


async def test_feedback_moves_or_ends_a_run(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        found = await make_cadence(db, side)
        run = await make_run(db, side, found)
        task = await _said(db, run, Feedback("no_answer"), people)
        assert (task.state, task.due_on) == ("open", date(2026, 11, 27))
        task = await _said(db, run, Feedback("no_answer"), people, 1)
        # The second step keeps its distance from the first, which came on Monday at last.
        assert (task.due_on, run.next_on) == (date(2026, 11, 30), date(2026, 12, 3))
        task = await _said(db, run, Feedback("agreed", date(2026, 12, 12)), people, 4)
        assert (task.state, task.due_on) == ("open", date(2026, 12, 12))
        assert run.next_on > date(2026, 12, 12)
        assert (await _said(db, run, Feedback("reached"), people, 16)).state == "done"
        with pytest.raises(Conflict, match="已经处理过"):
            await _said(db, run, Feedback("reached"), people, 16)
        await actions_runs.hand_out(db, at=day(25), new_code=new_code)
        await _said(db, run, Feedback("refused"), people, 25)
        assert (run.state, run.stop_reason) == ("stopped", "refused")
        who = (await customers_queries.by_numbers(db, [run.customer_no]))[run.customer_no]
        known = await customers_queries.portrait(db, who)
        assert [one.topic for one in known.refusals] == ["deposit"]
        # The last step done is the end; a colleague's step is nobody else's.
        short = await make_cadence(db, side, steps=STEPS[:1])
        last = await make_run(db, side, short)
        task = (await _tasks(db, last))[-1]
        with pytest.raises(NotFound):
            said = Feedback("reached")
            await actions_feedback.say(db, task.id, said, by=side.colleague, at=NOW)
        await _said(db, last, Feedback("reached"), people)
        assert last.state == "finished"


async def test_four_eyes_live_content_and_stopping(people: Personas) -> None:
    side = people.ours
    database = people.house.database
    async with database.unit_of_work(side.tenant) as db:
        script = await make_script(db, side)
        draft = await make_draft(db, side, steps=[{**STEPS[0], "item_id": str(script.id)}])
        start = Start(Whom([script.id]))
        with pytest.raises(Conflict, match="草稿"):
            await actions_runs.start_runs(db, draft.id, start, by=side.author, at=NOW)
        await actions_cadences.submit(db, draft.id, by=side.author, at=NOW)
        await db.flush()
        waiting = (await library_queries.reviews_of(db, draft.id))[0]
        with pytest.raises(OwnWork):
            await actions_reviews.take_review(db, waiting.id, "approve", by=side.author)
        await actions_cadences.withdraw(db, draft.id, by=side.author, at=NOW)
        found = await approve(db, side, draft.id)
        run = await make_run(db, side, found)
        # What is recalled may not be approved anew; who is on it goes on as it was.
        await library.recall(db, script.id, reason="话术过时", by=side.reviewer, at=NOW)
        again = CadenceDraft("新客户", "deposit", [{**STEPS[0], "item_id": str(script.id)}])
        changed = await actions_cadences.rewrite_cadence(
            db, found.id, again, by=side.author, at=NOW
        )
        assert (changed.state, run.state) == ("draft", "running")
        with pytest.raises(Invalid) as error:
            await actions_cadences.submit(db, found.id, by=side.author, at=NOW)
        assert set(error.value.fields) == {"steps.0.item_id"}
    with pytest.raises((Conflict, DBAPIError)):
        async with database.unit_of_work(side.tenant) as db:
            await db.execute(
                update(Cadence).where(Cadence.id == found.id).values(state="in_use", hash="x")
            )
    async with database.unit_of_work(side.tenant) as db:
        stopped = await actions_cadences.stop_cadence(
            db, found.id, reason="改版", by=side.reviewer, at=NOW
        )
        assert stopped.state == "stopped"
        assert (await queries_runs.run(db, run.id)).stop_reason == "cadence_stopped"
        assert [task.state for task in await _tasks(db, run)] == ["cancelled"]


async def test_promises_in_a_step_are_refused(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        with pytest.raises(Invalid) as error:
            await make_draft(db, side, steps=[{**STEPS[0], "todo": "告诉客户保本保息、稳赚不赔"}])
        assert set(error.value.fields) == {"steps.0.todo"}


async def test_a_run_is_stopped_by_hand_once(people: Personas) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        run = await make_run(db, side, await make_cadence(db, side))
        await actions_runs.stop_run(db, run.id, by=side.employee, at=NOW)
        with pytest.raises(Conflict, match="已经结束"):
            await actions_runs.stop_run(db, run.id, by=side.employee, at=NOW)
        with pytest.raises(NotFound):
            await queries_runs.seen_run(db, run.id, visible={side.colleague.id})
    async with people.house.database.unit_of_work(people.theirs.tenant) as db:
        with pytest.raises(NotFound):
            await queries_runs.run(db, UUID(str(run.id)))
