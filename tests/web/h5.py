"""An employee's phone, as tests drive it, at a desk with a running sandbox."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from tests.scheduler.conftest import Desk

from contenthub.scheduler import queries_tasks
from contenthub.scheduler.models import Task
from contenthub.tenants.models import Staff


async def submit(client: httpx.AsyncClient, url: str, **fields: Any) -> httpx.Response:
    """Send a form of a page with its token."""
    if "csrftoken" not in client.cookies:
        await client.get("/login")
    return await client.post(url, data=fields, headers={"x-csrftoken": client.cookies["csrftoken"]})


async def handed_out(desk: Desk, **over: Any) -> UUID:
    """Expand a push and send it to the sandbox; return its id. Every employee has a task."""
    push_id = await planned(desk, **over)
    await desk.deliver_all(push_id)
    return push_id


async def planned(desk: Desk, **over: Any) -> UUID:
    """Expand a push, so that its tasks are there but nothing is in WeCom yet."""
    before = datetime.now(UTC) - timedelta(hours=1)
    push_id = await desk.push(before, **over)
    await desk.expand(push_id, datetime.now(UTC))
    return push_id


async def task_of(desk: Desk, staff: Staff) -> Task:
    """Return the only task of an employee."""
    async with desk.database.reading(staff.tenant_id) as db:  # type: ignore[arg-type]  # a row's id
        on = (datetime.now(UTC) + timedelta(hours=8)).date()
        (task,) = await queries_tasks.todays(db, staff.id, on=on)
    return task
