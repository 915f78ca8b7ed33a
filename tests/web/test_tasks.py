"""An employee's tasks over the API: their own day, done once, nobody else's."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from tests.personas import Personas, Side

from contenthub.scheduler.models import Task


async def _task(people: Personas, side: Side, **over: object) -> UUID:
    async with people.house.database.unit_of_work(side.tenant) as db:
        task = Task(
            tenant_id=side.tenant,
            employee_id=over.pop("employee_id", side.employee.id),
            kind="call",
            source_id=side.employee.id,
            step=over.pop("step", 0),
            due_on=over.pop("due_on", _today()),
            title="回访王女士",
            created_at=datetime.now(UTC),
            **over,
        )
        db.add(task)
        await db.flush()
        return task.id


def _today() -> date:
    return (datetime.now(UTC) + timedelta(hours=8)).date()


async def test_an_employee_sees_today_and_what_is_overdue(people: Personas) -> None:
    side = people.ours
    today = await _task(people, side)
    overdue = await _task(people, side, step=1, due_on=_today() - timedelta(days=2))
    await _task(people, side, step=2, due_on=_today() + timedelta(days=2))
    await _task(people, side, employee_id=side.colleague.id)
    async with people.client(side.employee) as client:
        items = (await client.get("/api/v1/tasks")).json()["items"]
        later = (await client.get(f"/api/v1/tasks?on={_today() + timedelta(days=2)}")).json()
    assert [t["id"] for t in items] == [str(today), str(overdue)]
    assert len(later["items"]) == 3


async def test_a_task_is_done_once_and_again_is_harmless(people: Personas) -> None:
    task_id = await _task(people, people.ours)
    async with people.client(people.ours.employee) as client:
        one = await client.post(f"/api/v1/tasks/{task_id}/done")
        two = await client.post(f"/api/v1/tasks/{task_id}/done")
    assert (one.status_code, one.json()["state"]) == (200, "done")
    assert two.json()["done_at"] == one.json()["done_at"]


async def test_a_cancelled_task_cannot_be_done(people: Personas) -> None:
    task_id = await _task(people, people.ours, state="cancelled")
    async with people.client(people.ours.employee) as client:
        answer = await client.post(f"/api/v1/tasks/{task_id}/done")
    assert answer.status_code == 409
    assert "已取消" in answer.json()["detail"]


async def test_a_branch_manager_looks_at_their_employees_only(people: Personas) -> None:
    side = people.ours
    task_id = await _task(people, side)
    async with people.client(side.branch_manager) as client:
        seen = await client.get(f"/api/v1/tasks?employee_id={side.employee.id}")
        other = await client.get(f"/api/v1/tasks?employee_id={side.colleague.id}")
        done = await client.post(f"/api/v1/tasks/{task_id}/done")
    assert [t["id"] for t in seen.json()["items"]] == [str(task_id)]
    assert other.status_code == 404
    assert done.status_code == 403


async def test_a_colleagues_and_another_banks_task_are_absent(people: Personas) -> None:
    task_id = await _task(people, people.ours)
    for person in (people.ours.colleague, people.theirs.employee):
        async with people.client(person) as client:
            answer = await client.post(f"/api/v1/tasks/{task_id}/done")
        assert answer.status_code == 404
    async with people.client(people.ours.author) as client:
        assert (await client.get("/api/v1/tasks")).status_code == 403
