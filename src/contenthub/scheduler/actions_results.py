"""What became of a send: reconcile the unknown, follow confirmations, close the push."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, text, update

from contenthub.channels.channel import Channel, ChannelError, PersonResult, PersonState, Retry
from contenthub.db import Write, clock
from contenthub.scheduler import actions_send, pushstates, queries, queries_tasks
from contenthub.scheduler.models import Delivery, Occurrence, SendJob, Task
from contenthub.tenants import actions as tenants
from contenthub.tenants import actions_webhooks as webhooks
from contenthub.tenants import outside
from contenthub.tenants import queries as tenants_queries
from contenthub.tenants.sealing import bank_id, settings_of

FOLLOW_FOR = timedelta(days=7)
"""After a week an employee who has not confirmed will not: what is left is failed."""
ALREADY_CANCELLED = 41093
"""WeCom's answer to withdrawing a send twice (design/wecom.md §9)."""
POLL_SECONDS = (2, 3, 5, 10, 30, 60, 300, 900)

# The state each WeCom answer means in the ledger; `unsent` changes nothing.
_OUTCOMES = {
    PersonState.DELIVERED: ("delivered", ""),
    PersonState.NOT_FRIEND: ("failed", "not_friend"),
    PersonState.CAPPED: ("failed", "capped_by_wecom"),
}
_RESULT = """
update deliveries d set state = w.state, reason = w.reason, updated_at = :at
from unnest(cast(:who as text[]), cast(:states as text[]), cast(:reasons as text[]))
  as w (external_userid, state, reason), customers c
where d.tenant_id = :tenant and d.send_job_id = :job
  and d.state in ('submitted', 'confirmed')
  and c.tenant_id = d.tenant_id and c.no = d.customer_no
  and c.external_userid = w.external_userid
"""
_MISSING = """
update deliveries d set state = 'failed', reason = 'refused_by_wecom', updated_at = :at
from customers c
where d.tenant_id = :tenant and d.send_job_id = :job
  and d.state in ('submitted', 'confirmed')
  and c.tenant_id = d.tenant_id and c.no = d.customer_no
  and c.external_userid <> all (cast(:listed as text[]))
"""


@dataclass(frozen=True, slots=True)
class Question:
    """What to ask the channel about one send job, as plain data."""

    job_id: UUID
    claimed_at: datetime | None
    """The fence: an answer about an earlier claim says nothing of a later one."""
    sender_userid: str
    marker: str
    msgid: str
    since: datetime
    over: str
    """Why the send has to be taken back (a ledger reason), or ''."""
    channel: Channel = field(repr=False)

    async def results(self) -> list[PersonResult]:
        """Return what came of a sent job; one that is over is withdrawn first.

        Raises ChannelError.
        """
        if self.over:
            try:
                await self.channel.cancel(self.msgid)
            except ChannelError as error:
                if error.errcode != ALREADY_CANCELLED:
                    raise
        return await self.channel.results(self.msgid, self.sender_userid)


async def question(db: Write, job_id: UUID, *, at: datetime) -> Question | None:
    """Return what to ask about an unknown or sent job that is due, or None.

    A job whose claim was never recorded becomes unknown here, once its lease is over.
    """
    job = await queries.send_job(db, job_id, lock=True)
    if job is None:
        return None
    now = await clock(db)
    if job.state == "calling" and job.lease_until is not None and job.lease_until < now:
        await actions_send.mark_unknown(db, job, at=at)
        return None
    # A quarantine ends by the clock it was set by; results are asked for by the caller's.
    waiting = job.next_at is not None and job.next_at > (now if job.state == "unknown" else at)
    if job.state not in ("unknown", "sent") or waiting:
        return None
    settings = settings_of(db)
    # Others leave this job alone while we ask: the next question is due after our lease.
    job.next_at = at + timedelta(seconds=settings.lease_seconds)
    employee = await tenants_queries.staff(db, job.employee_id)
    push = await queries.push(db, job.push_id)
    return Question(
        job.id,
        job.claimed_at,
        employee.wecom_userid,
        f"{settings.public_url}/s/{job.link_code}?j={job.step}.{job.chunk}",
        job.msgid,
        job.claimed_at or at,
        await queries.over_because(db, push) if job.state == "sent" else "",
        await outside.channel(db),
    )


async def ask_again(db: Write, asked: Question, error: ChannelError, *, at: datetime) -> None:
    """Ask a question again that the channel did not answer: soon, or when it says.

    Results that are refused time and again are asked for less and less often, and given up
    after a week as those that never come.
    """
    job = await queries.send_job(db, asked.job_id, lock=True)
    if job is None or job.claimed_at != asked.claimed_at or job.next_at is None:
        return
    if job.state == "sent" and error.retry is not Retry.WAIT:
        await _settle(db, job, at=at)
        if job.next_at is None:
            return
    rest = 0.0 if error.retry is Retry.WAIT else error.retry_after_seconds
    soonest = at + timedelta(seconds=max(rest, POLL_SECONDS[0]))
    job.next_at = max(job.next_at, soonest) if error.retry is not Retry.WAIT else soonest


async def record_found(db: Write, asked: Question, msgid: str | None, *, at: datetime) -> None:
    """Adopt the send the channel has, or make a job ready again that it certainly has not."""
    job = await queries.send_job(db, asked.job_id, lock=True)
    if job is None or job.state != "unknown" or job.claimed_at != asked.claimed_at:
        return
    if msgid is not None:
        await actions_send.adopt(db, job, msgid, at=at)
    elif job.error and job.attempt >= actions_send.MAX_ATTEMPTS:
        await actions_send.fail(db, job, "broken", at=at)
        await finish_if_done(db, job.push_id, at=at)
    else:
        # A claim without an error died with its worker: no fault of the send's, not counted.
        job.attempt = job.attempt if job.error else max(0, job.attempt - 1)
        await actions_send.put_back(db, job, at=at)
        job.next_at = at
    tenants.record(
        db,
        "send.reconciled",
        "push",
        job.push_id,
        by=None,
        at=at,
        job=str(job.id),
        found=msgid is not None,
    )


async def record_results(
    db: Write, asked: Question, results: list[PersonResult], *, at: datetime
) -> None:
    """Write the channel's word on each customer into the ledger; close job and push when done."""
    job = await queries.send_job(db, asked.job_id, lock=True)
    if job is None or job.state != "sent":
        return
    known = [r for r in results if r.state in _OUTCOMES]
    if known:
        await db.execute(
            text(_RESULT),
            {
                "tenant": bank_id(db),
                "job": job.id,
                "at": at,
                "who": [r.external_userid for r in known],
                "states": [_OUTCOMES[r.state][0] for r in known],
                "reasons": [_OUTCOMES[r.state][1] for r in known],
            },
        )
        await _close_task(db, job, at=at)
    if results:
        await _fail_missing(db, job, results, at=at)
    if asked.over:
        await _take_back(db, job, asked.over, at=at)
    await _settle(db, job, at=at)


async def _fail_missing(
    db: Write, job: SendJob, results: list[PersonResult], *, at: datetime
) -> None:
    """Fail whoever is not on the channel's list of a send.

    WeCom lists everybody it took, the unsent ones too; whom it refused it names only in the
    answer to the send. When that answer was lost, this is where we hear of them.
    """
    await db.execute(
        text(_MISSING),
        {
            "tenant": bank_id(db),
            "job": job.id,
            "at": at,
            "listed": [r.external_userid for r in results],
        },
    )


async def _take_back(db: Write, job: SendJob, reason: str, *, at: datetime) -> None:
    """Skip whoever was not sent to before the send was withdrawn."""
    await db.execute(
        update(Delivery)
        .where(
            Delivery.tenant_id == bank_id(db),
            Delivery.send_job_id == job.id,
            Delivery.state.in_(("submitted", "confirmed")),
        )
        .values(state="skipped", reason=reason, updated_at=at)
    )
    tenants.record(
        db, "send.withdrawn", "push", job.push_id, by=None, at=at, job=str(job.id), reason=reason
    )


async def _settle(db: Write, job: SendJob, *, at: datetime) -> None:
    """Close a job whose every customer has an outcome; else ask again, less and less often."""
    open_states = ("submitted", "confirmed")
    mine = (Delivery.tenant_id == bank_id(db), Delivery.send_job_id == job.id)
    left = await db.scalar(select(func.count()).where(*mine, Delivery.state.in_(open_states)))
    sent_at = job.sent_at or at
    if left and at - sent_at < FOLLOW_FOR:
        # Who just went to confirm is about to have results: begin again with short pauses.
        acted_at = await queries_tasks.acted_at(db, job)
        waited = (at - max(sent_at, acted_at or sent_at)).total_seconds()
        pause = next((p for p in POLL_SECONDS if p * 4 > waited), POLL_SECONDS[-1])
        job.next_at = at + timedelta(seconds=pause)
        return
    if left:
        await db.execute(
            update(Delivery)
            .where(*mine, Delivery.state.in_(open_states))
            .values(state="failed", reason="not_confirmed", updated_at=at)
        )
    job.state, job.next_at = "done", None
    await finish_if_done(db, job.push_id, at=at)


async def finish_if_done(db: Write, push_id: UUID, *, at: datetime) -> None:
    """Finish a running push that has no open job and will not fire again."""
    await db.flush()
    push = await queries.push(db, push_id, lock=True)
    if push.state != "running" or not push.schedule.get("over"):
        return
    open_jobs = await db.scalar(
        select(func.count()).where(
            SendJob.tenant_id == push.tenant_id,
            SendJob.push_id == push.id,
            SendJob.state.in_(("ready", "calling", "sent", "unknown")),
        )
    )
    if open_jobs:
        return
    push.state = pushstates.decide(push.state, "finish", authors=push.editors, actor_id=None)
    push.finished_at = push.updated_at = at
    await db.execute(
        update(Occurrence)
        .where(Occurrence.tenant_id == push.tenant_id, Occurrence.push_id == push.id)
        .values(state="done")
    )
    tenants.record(db, "push.finished", "push", push.id, by=None, at=at)
    facts = {"push_id": push.id, "item_id": push.item_id, "topic": push.topic}
    await webhooks.tell(db, "push.finished", at=at, **facts)


async def _close_task(db: Write, job: SendJob, *, at: datetime) -> None:
    """The employee confirmed in WeCom: their task of this push is done."""
    await db.execute(
        update(Task)
        .where(
            Task.tenant_id == bank_id(db),
            Task.kind == "push",
            Task.source_id == job.push_id,
            Task.step == job.step,
            Task.employee_id == job.employee_id,
            Task.state == "open",
        )
        .values(state="done", done_at=at)
    )
