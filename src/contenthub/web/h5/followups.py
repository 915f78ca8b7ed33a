"""跟进: one step of a cadence on the employee's phone, and what came of it."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Template

from contenthub.customers import queries as customers
from contenthub.db import Read
from contenthub.errors import Invalid, NotFound
from contenthub.library import queries as library
from contenthub.library import queries_shareable
from contenthub.scheduler import (
    actions_feedback,
    actions_runs,
    cadencestates,
    feedback,
    queries_cadences,
    queries_runs,
    queries_tasks,
)
from contenthub.scheduler import cadence as idea
from contenthub.scheduler.feedback import Feedback
from contenthub.scheduler.models import Task
from contenthub.tenants import queries_staff
from contenthub.tenants.bankday import bank_day
from contenthub.tenants.models import Bank, Staff
from contenthub.web import cadence_desk
from contenthub.web.deps import Db, Me, Now, OurBank
from contenthub.web.h5 import words
from contenthub.web.pages import go, page
from contenthub.web.signin import May

DO = [May("tasks.view")]


@dataclass
class FeedbackForm:
    """What a button of the step sends; `on` is the day agreed."""

    outcome: str = ""
    on: str = ""


@dataclass
class OneForm:
    """Which cadence a customer is put on."""

    cadence_id: str = ""


async def _own(db: Read, task_id: UUID, me: Staff) -> Task:
    task = await queries_tasks.own_task(db, task_id, of=me)
    if task.kind != actions_runs.KIND:
        raise NotFound("没有找到这个任务")
    return task


@get("/m/followups/{followup_id:uuid}", guards=DO, include_in_schema=False)
async def step_page(
    request: Request[Any, Any, Any],
    followup_id: FromPath[UUID],
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
) -> Template:
    """Show one step: why, what to do, the words to say, and what came of the steps before."""
    task = await _own(db, followup_id, me)
    run = await queries_runs.run(db, task.source_id)
    steps = idea.read(run.plan)
    step = steps[task.step - 1]
    known = await customers.by_numbers(db, [run.customer_no])
    every = await queries_runs.contacts(db, run.id)
    today = bank_day(bank, now)
    return page(
        request,
        "h5/followup.html",
        task=task,
        run=run,
        cadence=await queries_cadences.cadence(db, run.cadence_id),
        steps=steps,
        step=step,
        customer=known.get(run.customer_no),
        contact=next(one for one in every if one.no == task.step),
        before=[one for one in every if one.no < task.step],
        content=await _content(db, step, task, bank, me=me),
        brought=await queries_cadences.contents(db, [step], at=now),
        outcomes=feedback.OUTCOMES,
        outcome_words=feedback.WORDS,
        run_states=cadencestates.RUN_STATES,
        stop_reasons=cadencestates.STOP_REASONS,
        first_on=today + timedelta(days=1),
        last_on=today + feedback.AHEAD,
        with_link=words.with_link,
    )


async def _content(
    db: Read, step: idea.CadenceStep, task: Task, bank: Bank, *, me: Staff
) -> dict[str, str]:
    """Return the words, the link and the mandatory lines of a step, as far as there are any."""
    found = {"text": "", "url": "", "foot": "", "stopped": "", "told": ""}
    if not step.item_id:
        return found
    try:
        item = await library.item(db, UUID(step.item_id))
    except NotFound:
        return found
    if item.live_revision_id is None:
        return found
    revision = await library.revision(db, item.live_revision_id)
    stopped = await queries_shareable.stopped_of(db, [revision.id])
    if stopped:
        return found | {"stopped": f"“{revision.title}”{stopped[revision.id]}"}
    found["told"] = f"/m/scripts/{item.id}/copied" if item.kind == "script" else ""
    code = str(task.detail.get("link_code", ""))
    found["url"] = f"{db.info['settings'].public_url}/s/{code}" if code else ""
    text = str(revision.fields.get("text") or "") if item.kind == "script" else ""
    branch = await queries_staff.branch(db, me.branch_id)
    found["text"] = words.message_for(
        text or words.own_words(revision, bank=bank, me=me),
        bank=bank,
        me=me,
        branch=branch.name,
        title=revision.title,
        link=found["url"] or bank.hotline,
    )
    # What is said without a link carries no content to be disclosed for.
    found["foot"] = queries_shareable.foot_of(bank, item, revision) if code else ""
    return found


@post("/m/followups/{followup_id:uuid}/feedback", guards=DO, include_in_schema=False)
async def say(
    request: Request[Any, Any, Any],
    followup_id: FromPath[UUID],
    data: URLEncodedBody[FeedbackForm],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Write down what came of the contact; then to the rest of the day."""
    await _own(db, followup_id, me)
    try:
        on = date.fromisoformat(data.on) if data.on else None
    except ValueError as error:
        raise Invalid.of("on", "请选择约好的日期") from error
    await actions_feedback.say(db, followup_id, Feedback(data.outcome, on), by=me, at=now)
    return go(request, "/m/tasks")


@get(
    "/m/customers/{customer_id:uuid}/cadences",
    guards=[May("customers.view")],
    include_in_schema=False,
)
async def of_customer(
    request: Request[Any, Any, Any], customer_id: FromPath[UUID], db: Db, me: Me
) -> Template:
    """Return what a customer's page shows of cadences."""
    await customers.customer(db, customer_id, owner_ids={me.id})
    values = await cadence_desk.of_customer(db, customer_id, viewer=me)
    return page(request, "h5/_customer_cadences.html", **values)


@post(
    "/m/customers/{customer_id:uuid}/cadences",
    guards=[May("cadences.start")],
    include_in_schema=False,
)
async def start_one(
    request: Request[Any, Any, Any],
    customer_id: FromPath[UUID],
    data: URLEncodedBody[OneForm],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Put one of the employee's own customers on a cadence."""
    await customers.customer(db, customer_id, owner_ids={me.id})
    await cadence_desk.start_one(db, data.cadence_id, customer_id, why="", by=me, at=now)
    return go(request, f"/m/customers/{customer_id}")


HANDLERS = [step_page, say, of_customer, start_one]
