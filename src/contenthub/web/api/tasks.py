"""GET /tasks, POST /tasks/{id}/done: an employee's day."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Router, get, post
from litestar.params import FromPath, FromQuery

from contenthub.db import Read
from contenthub.errors import Forbidden, NotFound
from contenthub.scheduler import actions_tasks, queries, queries_tasks
from contenthub.scheduler.models import Task
from contenthub.tenants import queries as tenants
from contenthub.tenants.bankday import bank_day
from contenthub.tenants.models import Staff
from contenthub.web.deps import Db, Me, Now, OurBank, keep_answer
from contenthub.web.hygiene import within_reach
from contenthub.web.signin import May


class TaskView(msgspec.Struct, kw_only=True):
    """What an employee has to do: `source_id` is the push (kind `push`) it comes from."""

    id: UUID
    employee_id: UUID
    kind: str
    source_id: UUID
    step: int
    due_on: date
    title: str
    detail: dict[str, Any]
    customers: int
    state: str
    created_at: datetime
    done_at: datetime | None


class TaskList(msgspec.Struct):
    """A day's tasks, all on one page: at most a hundred."""

    items: list[TaskView]
    next_cursor: str | None


def view_of(task: Task) -> TaskView:
    """Return what the API shows of a task."""
    return TaskView(**{name: getattr(task, name) for name in TaskView.__struct_fields__})


@get("/tasks", guards=[May("tasks.view")], summary="员工待办", tags=["tasks"])
async def list_tasks(
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
    employee_id: FromQuery[UUID | None] = None,
    on: FromQuery[date | None] = None,
) -> TaskList:
    """Return the tasks of an employee (oneself by default) on a day (today by default).

    What is still open of the week before is among them; open ones come first.
    """
    whose = me.id if employee_id is None else employee_id
    visible = await tenants.visible_staff_ids(db, me)
    if whose != me.id and visible is not None and whose not in visible:
        raise NotFound("没有找到这位员工")
    await tenants.staff(db, whose)
    day = within_reach("on", on) if on else bank_day(bank, now)
    found = await queries_tasks.todays(db, whose, on=day)
    return TaskList([view_of(task) for task in found], None)


async def check_own(db: Read, task_id: UUID, me: Staff) -> None:
    """Refuse a task that one may see but that is a colleague's."""
    task = await queries.task(db, task_id)
    visible = await tenants.visible_staff_ids(db, me)
    if task.employee_id != me.id and (visible is None or task.employee_id in visible):
        raise Forbidden("只有本人可以完成自己的任务")


@post(
    "/tasks/{task_id:uuid}/done",
    guards=[May("tasks.view")],
    status_code=200,
    summary="完成待办",
    tags=["tasks"],
)
async def finish_task(task_id: FromPath[UUID], db: Db, me: Me, now: Now) -> TaskView:
    """Mark one's own task as done; again is harmless."""
    await check_own(db, task_id, me)
    return view_of(await actions_tasks.finish_task(db, task_id, by=me, at=now))


HANDLERS = [
    Router("/api/v1", route_handlers=[list_tasks, finish_task], after_request=keep_answer),
]
