"""A person at the console in tests: pages, forms with their token, files, and a worker to hand."""

from datetime import UTC, datetime
from typing import Any

import httpx
from tests.personas import Personas

from contenthub import queue
from contenthub.worker import JOB_MODULES

GOOD = "客户姓名,手机号,客户标签,日均资产(元)\n"


async def post_form(client: httpx.AsyncClient, url: str, data: dict[str, Any]) -> httpx.Response:
    """Send a form as htmx does."""
    return await client.post(url, data=data, headers=await _headers(client))


async def post_file(
    client: httpx.AsyncClient, url: str, content: bytes, *, name: str = "客户.csv"
) -> httpx.Response:
    """Send a form with one file as htmx does."""
    files = {"file": (name, content, "text/csv")}
    return await client.post(url, files=files, headers=await _headers(client))


async def _headers(client: httpx.AsyncClient) -> dict[str, str]:
    if "csrftoken" not in client.cookies:
        await client.get("/login")
    return {"x-csrftoken": client.cookies["csrftoken"], "hx-request": "true"}


async def work(people: Personas, *names: str) -> None:
    """Do what the sweep finds due of some jobs, as one worker would."""
    assert JOB_MODULES  # importing the worker's modules registers the jobs
    for name in names:
        async with people.house.database.platform_unit_of_work() as db:
            due = await queue.sweeps[name](db, datetime.now(UTC))
        for tenant, ids in due:
            if tenant == people.ours.tenant:
                await queue.jobs[name](people.house.database, people.ours.tenant, **ids)


def csv_of(*rows: str, head: str = GOOD) -> bytes:
    """Return a customer file as a bank's system writes it."""
    return (head + "\n".join(rows) + "\n").encode("gb18030")
