"""Somebody leaves: what passes on, what stays, and that an old code leads to the successor."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from tests.house.rows import make_row
from tests.make import NOW, make_customer, make_link, make_live_item
from tests.personas import Personas
from tests.scheduler.conftest import Desk
from tests.web.desk import work
from tests.web.forms import onward, post_form

from contenthub.customers import actions as customers
from contenthub.customers import queries_truth
from contenthub.customers.models import Customer
from contenthub.db import new_id
from contenthub.scheduler import actions_handover
from contenthub.scheduler.models import Delivery, SendJob, Task
from contenthub.sharing import actions_leads, queries
from contenthub.sharing.models import EmployeeDay, Lead, Link
from contenthub.tenants.models import Handover, LongJob, Staff


async def _task(db: Any, employee: Staff, **over: Any) -> Task:
    facts = {"kind": "lead", "title": "回访", "due_on": date(2026, 11, 26)}
    return await make_row(db, Task, **{"employee_id": employee.id, **facts, **over})


async def _resign(people: Personas, who: Staff, to: Staff) -> dict[str, Any]:
    async with people.client(people.ours.admin) as client:
        url = f"/api/v1/staff/{who.id}/resign"
        answer = await client.post(url, json={"successor_id": str(to.id)})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


async def test_customers_tasks_leads_and_links_pass_on_counted(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        mine = [await make_customer(db, owner=ours.employee) for _ in range(3)]
        theirs = await make_customer(db, owner=ours.colleague)
        await _task(db, ours.employee)
        await _task(db, ours.employee, state="done")
        item = await make_live_item(db, ours.author, ours.reviewer)
        link = await make_link(db, item, ours.employee)
        facts = {"link_id": link.id, "item_id": item.id, "employee_id": ours.employee.id}
        fresh = await make_row(db, Lead, **facts, state="new")
        won = await make_row(db, Lead, **facts, state="won")
    async with people.client(ours.admin) as client:
        seen = (await client.get(f"/api/v1/staff/{ours.employee.id}/handover")).json()
        assert seen == {"customers": 3, "tasks": 1, "tasks_cancelled": 0, "leads": 1, "links": 1}
        page = (await client.get(f"/console/staff/{ours.employee.id}")).text
        assert "将交接的客户" in page
        form = {"successor": ours.colleague.staff_no}
        onward(await post_form(client, f"/console/staff/{ours.employee.id}/resign", form))
        after = (await client.get(f"/console/staff/{ours.employee.id}")).text
    assert "交接结果" in after
    assert "3 位" in after
    async with people.house.database.reading(ours.tenant) as db:
        assert await queries_truth.disagreements(db, 0, 65_535) == {}
        owners = {
            c.no: c.owner_id for c in await db.scalars(select(Customer).order_by(Customer.no))
        }
        assert owners == {c.no: ours.colleague.id for c in (*mine, theirs)}
        open_now = await db.scalars(select(Task.employee_id).where(Task.state == "open"))
        assert set(open_now) == {ours.colleague.id}
        assert (await db.get_one(Lead, (ours.tenant, fresh.id))).employee_id == ours.colleague.id
        assert (await db.get_one(Lead, (ours.tenant, won.id))).employee_id == ours.employee.id
        assert (await db.get_one(Link, (ours.tenant, link.id))).employee_id == ours.employee.id
        done = (await db.scalars(select(Handover))).one()
        assert (done.customers, done.tasks, done.leads, done.links) == (3, 1, 1, 1)
        gone = await db.get_one(Staff, (ours.tenant, ours.employee.id))
        assert gone.resigned_at is not None


async def _leave_number(people: Personas, link: Link, phone: str) -> None:
    """Leave a lead through a link as the landing page does: for who serves it now."""
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        who = await queries.credited(db, link.employee_id)
        contact = actions_leads.Contact(phone, "李四", None, agreed=True)
        await actions_leads.leave_lead(db, link, contact, employee=who, at=NOW)


async def test_a_refusal_passes_on_the_successor_reads_it_first_and_no_push_reaches_them(
    people: Personas,
) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        mine = await make_customer(db, owner=ours.employee)
        await customers.record_refusal(db, mine.no, "wealth", by=None, at=NOW)
    await _resign(people, ours.employee, ours.colleague)
    async with people.client(ours.colleague) as client:
        page = (await client.get(f"/m/customers/{mine.id}")).text
        assert "客户拒绝：理财" in page
        assert "理财" in (await client.get(f"/m/customers/{mine.id}/timeline")).text
    async with people.client(ours.author) as client:
        for topic, removed in (("wealth", 1), ("deposit", 0)):
            asked = {"expr": "everyone()", "topic": topic}
            found = (await client.post("/api/v1/audiences/preview", json=asked)).json()
            steps = {step["reason"]: step["removed"] for step in found["steps"]}
            assert (found["matched"], steps["refused"]) == (1, removed)


async def test_past_credit_stays_and_an_old_link_brings_the_successor_new_credit(
    people: Personas,
) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(db, ours.author, ours.reviewer, at=datetime.now(UTC))
        link = await make_link(db, item, ours.employee, at=datetime.now(UTC))
    async with people.client() as visitor:
        before = await visitor.get(f"/s/{link.code}")
        assert ours.employee.name in before.text
    await _leave_number(people, link, "13700000001")
    await _resign(people, ours.employee, ours.colleague)
    async with people.client() as visitor:  # its own cache, as after 30 seconds
        old_code = await visitor.get(f"/s/{link.code}")
        assert old_code.status_code == 200
        assert ours.colleague.name in old_code.text
        assert ours.employee.name not in old_code.text
    await _leave_number(people, link, "13700000002")
    async with people.house.database.reading(ours.tenant) as db:
        days = await db.execute(select(EmployeeDay.employee_id, EmployeeDay.leads))
        assert {who: count for who, count in days} == {ours.employee.id: 1, ours.colleague.id: 1}


async def test_a_chain_of_successors_ends_at_who_is_still_here(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        await make_customer(db, owner=ours.employee)
    await _resign(people, ours.employee, ours.colleague)
    await _resign(people, ours.colleague, ours.branch_manager)
    async with people.house.database.reading(ours.tenant) as db:
        owners = set(await db.scalars(select(Customer.owner_id)))
        first = await db.get_one(Staff, (ours.tenant, ours.employee.id))
    assert owners == {ours.branch_manager.id}
    assert first.successor_id == ours.branch_manager.id


async def test_many_customers_pass_in_a_job_that_a_killed_worker_leaves_resumable(
    people: Personas, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = people.ours
    monkeypatch.setattr(actions_handover, "AT_ONCE", 2)
    monkeypatch.setattr(actions_handover, "STEP", 2)
    async with people.house.database.unit_of_work(ours.tenant) as db:
        for _ in range(5):
            await make_customer(db, owner=ours.employee)
    done = (await _resign(people, ours.employee, ours.colleague))["handover"]
    assert (done["customers"], done["job_id"] is not None) == (0, True)
    job_id = UUID(done["job_id"])
    async with people.house.database.unit_of_work(ours.tenant) as db:
        assert await actions_handover.pass_step(db, job_id, at=NOW)
    # Here the worker dies; two others take over at once.
    await asyncio.gather(work(people, "scheduler.hand_over"), work(people, "scheduler.hand_over"))
    async with people.house.database.reading(ours.tenant) as db:
        assert await queries_truth.disagreements(db, 0, 65_535) == {}
        assert set(await db.scalars(select(Customer.owner_id))) == {ours.colleague.id}
        job = await db.get_one(LongJob, (ours.tenant, job_id))
        counted = (await db.scalars(select(Handover.customers))).one()
    assert (job.state, job.done, counted) == ("done", 5, 5)


async def test_the_preview_tells_what_is_cancelled_from_what_passes(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        await _task(db, ours.employee)
        await _task(db, ours.employee, kind="push", source_id=new_id(), step=1)
    async with people.client(ours.admin) as client:
        seen = (await client.get(f"/api/v1/staff/{ours.employee.id}/handover")).json()
        page = (await client.get(f"/console/staff/{ours.employee.id}")).text
    assert (seen["tasks"], seen["tasks_cancelled"]) == (1, 1)
    assert "另有 1 项推送任务不交接，办理后取消" in page
    done = await _resign(people, ours.employee, ours.colleague)
    names = ("customers", "tasks", "tasks_cancelled", "leads", "links")
    assert {name: done["handover"][name] for name in names} == seen
    async with people.client(ours.admin) as client:
        page = (await client.get(f"/console/staff/{ours.employee.id}")).text
        told = (await client.get("/api/v1/audit?event=staff.handed_over")).json()["items"]
    assert "1 项（消息在离职者的企业微信里" in page
    assert [(one["detail"]["tasks_cancelled"], one["detail"]["leads"]) for one in told] == [(1, 0)]
    async with people.house.database.reading(ours.tenant) as db:
        states = {task.kind: task.state for task in await db.scalars(select(Task))}
    assert states == {"lead": "open", "push": "cancelled"}


async def test_what_is_not_in_wecom_yet_goes_out_from_the_successor(desk: Desk) -> None:
    now = datetime.now(UTC)
    push_id = await desk.push(now - timedelta(hours=2))
    await desk.expand(push_id, now)
    side = desk.side
    async with desk.database.reading(side.tenant) as db:
        seen = await actions_handover.passing(db, side.employee.id)
    assert (seen.tasks, seen.tasks_cancelled) == (1, 0)
    async with desk.database.unit_of_work(side.tenant) as db:
        await actions_handover.resign_staff(
            db, side.employee.id, side.colleague.id, by=side.admin, at=now
        )
    async with desk.database.reading(side.tenant) as db:
        assert set(await db.scalars(select(SendJob.employee_id))) == {side.colleague.id}
        planned = select(Delivery.employee_id).where(Delivery.state == "planned")
        assert set(await db.scalars(planned)) == {side.colleague.id}
        tasks = (await db.scalars(select(Task).where(Task.state == "open"))).all()
    assert [(t.employee_id, t.customers) for t in tasks] == [(side.colleague.id, 20)]


async def test_a_wrong_role_another_bank_and_a_wrong_successor_are_refused(
    people: Personas,
) -> None:
    ours, theirs = people.ours, people.theirs
    url = f"/api/v1/staff/{ours.employee.id}"
    body = {"successor_id": str(ours.colleague.id)}
    async with people.client(ours.branch_manager) as client:
        assert (await client.post(f"{url}/resign", json=body)).status_code == 403
        assert (await client.get(f"{url}/handover")).status_code == 403
    async with people.client(theirs.admin) as client:
        assert (await client.post(f"{url}/resign", json=body)).status_code == 404
        assert (await client.get(f"{url}/handover")).status_code == 404
    async with people.client(ours.admin) as client:
        own = await client.post(f"{url}/resign", json={"successor_id": str(ours.employee.id)})
        assert own.status_code == 422
        foreign = {"successor_id": str(theirs.employee.id)}
        assert (await client.post(f"{url}/resign", json=foreign)).status_code == 404
    await _resign(people, ours.employee, ours.colleague)
    async with people.client(ours.admin) as client:
        assert (await client.post(f"{url}/resign", json=body)).status_code == 409
