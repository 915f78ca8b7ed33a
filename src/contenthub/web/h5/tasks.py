"""待办: all of an employee's day, one push task with its customers, and going to confirm it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Template

from contenthub.channels.sandbox import hand
from contenthub.library import disclosing
from contenthub.scheduler import actions_tasks, queries_tasks
from contenthub.tenants import outside
from contenthub.tenants.bankday import bank_day
from contenthub.web.deps import Db, Me, Now, OurBank, TheHouse
from contenthub.web.h5 import today, words
from contenthub.web.house import House
from contenthub.web.pages import go, page
from contenthub.web.signin import May, Principal, principal_of

PAGE = 50


@get("/m/tasks", guards=[May("tasks.view")], include_in_schema=False)
async def tasks_page(
    request: Request[Any, Any, Any], db: Db, me: Me, bank: OurBank, now: Now
) -> Template:
    """Show everything of today: open tasks, leads, birthdays, and what is done."""
    day = bank_day(bank, now)
    every = await queries_tasks.todays(db, me.id, on=day)
    return page(
        request,
        "h5/tasks.html",
        todo=await today.todo(db, me, bank, at=now),
        done=[task for task in every if task.state == "done"],
        on=day,
    )


@get("/m/tasks/{task_id:uuid}", guards=[May("tasks.view")], include_in_schema=False)
async def task_page(
    request: Request[Any, Any, Any],
    task_id: FromPath[UUID],
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
    cursor: FromQuery[int] = 0,
    p: FromQuery[int] = 0,
    s: FromQuery[int] = 0,
) -> Template:
    """Show one push task: its card, and every customer of it with what became of them."""
    task = await queries_tasks.own_task(db, task_id, of=me)
    rows = await queries_tasks.recipients(db, task, after=cursor, limit=PAGE + 1)
    return page(
        request,
        "h5/task.html",
        main=await today.hero(db, task, me, bank, at=now),
        due=today.due_word(task, bank, on=bank_day(bank, now)),
        turned={"p": p, "s": s},
        rows=rows[:PAGE],
        next_cursor=rows[PAGE - 1].no if len(rows) > PAGE else None,
        poster_url=words.poster_url,
        with_link=words.with_link,
        with_foot=disclosing.with_foot,
        without_link=words.without_link,
    )


@post("/m/tasks/{task_id:uuid}/confirm", guards=[May("tasks.view")], include_in_schema=False)
async def confirm_task(
    request: Request[Any, Any, Any], task_id: FromPath[UUID], house: TheHouse, now: Now
) -> Response[Any]:
    """Write down that the employee goes to confirm; in a demo, be their hand in the sandbox."""
    await _confirm(house, principal_of(request), task_id, at=now)
    return go(request, "/m")


async def _confirm(house: House, who: Principal, task_id: UUID, *, at: datetime) -> None:
    # Three steps, so that no transaction is open while the sandbox is spoken to.
    async with house.database.unit_of_work(who.tenant) as db:
        acted = await actions_tasks.act_on_task(db, task_id, by=who.staff, at=at)
        sandbox_url = await outside.sandbox_url(db)
    if sandbox_url:
        for msgid in acted.msgids:
            await hand.confirm(house.http, sandbox_url, msgid, userid=who.staff.wecom_userid)
    async with house.database.unit_of_work(who.tenant) as db:
        await actions_tasks.ask_soon(db, task_id, by=who.staff, at=at)


HANDLERS = [tasks_page, task_page, confirm_task]
