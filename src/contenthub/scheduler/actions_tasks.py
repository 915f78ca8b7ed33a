"""Writes of an employee's tasks: who goes to confirm in WeCom, so that we soon ask what came."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contenthub.db import Write
from contenthub.errors import Conflict
from contenthub.queue import enqueue
from contenthub.scheduler import actions_feedback, actions_runs, queries, queries_tasks
from contenthub.scheduler.feedback import Feedback
from contenthub.scheduler.models import Task
from contenthub.tenants import actions as tenants
from contenthub.tenants.models import Staff


@dataclass(frozen=True, slots=True)
class Acted:
    """A task its employee acts on, and the sends that wait for them in WeCom."""

    task: Task
    msgids: tuple[str, ...]


async def act_on_task(db: Write, task_id: UUID, *, by: Staff, at: datetime) -> Acted:
    """Write down that the employee goes to WeCom to confirm; the task closes when WeCom says so.

    Raises:
        NotFound: no such task of theirs. Conflict: done already, its push is stopped, or its
        sends have not reached WeCom yet.
    """
    task = await queries_tasks.own_task(db, task_id, of=by, lock=True)
    if task.state != "open":
        raise Conflict("这项任务已经完成，不用再确认")
    if task.kind != "push":
        raise Conflict("这项任务不需要在企业微信里确认")
    push = await queries.push(db, task.source_id)
    if push.state == "paused":
        raise Conflict(f"这次推送已暂停（{push.paused_reason}），请等通知后再确认")
    if push.state == "cancelled":
        raise Conflict("这次推送已取消，请不要在企业微信里确认")
    jobs = await queries_tasks.part_jobs(db, task)
    waiting = tuple(job.msgid for job in jobs if job.state == "sent" and job.msgid)
    if not waiting:
        raise Conflict("群发任务还没有下发到您的企业微信，请稍等片刻再点")
    task.detail = {**task.detail, "acted_at": at.isoformat()}
    tenants.record(db, "task.acted", "task", task.id, by=by, at=at, push=str(push.id))
    return Acted(task, waiting)


async def ask_soon(db: Write, task_id: UUID, *, by: Staff, at: datetime) -> None:
    """Let the channel be asked at once what came of a task's sends."""
    task = await queries_tasks.own_task(db, task_id, of=by)
    for job in await queries_tasks.part_jobs(db, task, lock=True):
        if job.state == "sent":
            job.next_at = at
            enqueue(db, "scheduler.follow_batch", send_job_id=job.id)


async def finish_task(db: Write, task_id: UUID, *, by: Staff, at: datetime) -> Task:
    """Mark one's own task as done by hand; a task that is done already stays as it is.

    The ledger of a push is not touched: only WeCom's word moves it. A step of a cadence done
    is a customer reached.

    Raises:
        NotFound: no such task of theirs. Conflict: its push was cancelled.
    """
    task = await queries_tasks.own_task(db, task_id, of=by, lock=True)
    if task.kind == actions_runs.KIND and task.state == "open":
        return await actions_feedback.say(db, task_id, Feedback("reached"), by=by, at=at)
    if task.state == "cancelled":
        raise Conflict("这项任务已取消，不用再完成")
    if task.state == "open":
        task.state, task.done_at = "done", at
        tenants.record(db, "task.done", "task", task.id, by=by, at=at)
    return task
