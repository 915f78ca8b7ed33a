"""达标客户: a task about a customer whose need reached its threshold, and what came of it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Template

from contenthub.errors import NotFound
from contenthub.scheduler import actions_needs, queries_needs, queries_tasks
from contenthub.web.deps import Db, Me, Now
from contenthub.web.pages import go, page
from contenthub.web.signin import May

DO = [May("tasks.view")]


@dataclass
class SaidForm:
    """What a button of the task sends."""

    outcome: str = ""


@get("/m/needs/{need_id:uuid}", guards=DO, include_in_schema=False)
async def need_page(
    request: Request[Any, Any, Any], need_id: FromPath[UUID], db: Db, me: Me
) -> Template:
    """Show whom to call, why, and what to say of it afterwards."""
    task = await queries_tasks.own_task(db, need_id, of=me)
    if task.kind != queries_needs.KIND:
        raise NotFound("没有找到这个任务")
    customer = await queries_needs.customer_of(db, task)
    return page(
        request,
        "h5/need.html",
        task=task,
        customer=customer,
        is_own=customer is not None and customer.owner_id == me.id,
        outcomes=actions_needs.OUTCOMES,
    )


@post("/m/needs/{need_id:uuid}/said", guards=DO, include_in_schema=False)
async def say(
    request: Request[Any, Any, Any],
    need_id: FromPath[UUID],
    data: URLEncodedBody[SaidForm],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Write down what came of the call; then to the rest of the day."""
    await actions_needs.say(db, need_id, data.outcome, by=me, at=now)
    return go(request, "/m/tasks")


HANDLERS = [need_page, say]
