"""One call to the channel, in three steps: claim (commit), call (no transaction), record (commit).

`sending` is committed before the call. A claim that nobody records is unknown after its
lease and quarantine, and is reconciled with the channel before anything is sent again
(design/reliability.md §3, Q3, Q4).
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, select, text, update

from contenthub.channels.channel import (
    Channel,
    ChannelError,
    Message,
    Receipt,
    Retry,
    SendRequest,
    Still,
    Stopped,
)
from contenthub.db import Read, Write, clock
from contenthub.errors import ContentHubError, Unavailable
from contenthub.library import disclosing, messagetext
from contenthub.library import queries as library
from contenthub.library.models import Item
from contenthub.library.queries_shareable import foot_of
from contenthub.posters import queries as posters
from contenthub.posters import queries_plans, rendering
from contenthub.scheduler import actions, actions_recipients, queries, queries_posters, schedule
from contenthub.scheduler.models import Delivery, Push, SendJob
from contenthub.storage import Storage
from contenthub.tenants import actions as tenants
from contenthub.tenants import outside, qualification
from contenthub.tenants import queries as tenants_queries
from contenthub.tenants.models import Bank, Branch, Staff
from contenthub.tenants.sealing import bank_id, settings_of

MAX_ATTEMPTS = 5
BACKOFF_SECONDS = (5, 30, 120, 600)
OUTAGE_PAUSE_SECONDS = 30
"""Between tries while a part of the house, or WeCom, is down; such tries are not counted."""
MAX_LINK_TITLE_BYTES = 120


@dataclass(frozen=True, slots=True)
class Claim:
    """All that the call needs, as plain data: no transaction is open while it runs."""

    job_id: UUID
    push_id: UUID
    claimed_at: datetime
    """The fence: whoever claims the job later has another one."""
    start_by: datetime
    """A call that has not begun by now might outlive the lease: it must not begin (Q4)."""
    lease_until: datetime
    request: SendRequest
    poster: rendering.PosterPlan | None
    channel: Channel = field(repr=False)

    async def drawn(self, storage: Storage) -> "Claim":
        """Return the claim with the employee's poster in its message; nothing is sent yet."""
        if self.poster is None:
            return self
        picture = await rendering.draw(storage, self.poster)
        message = replace(self.request.message, picture=picture)
        return replace(self, request=replace(self.request, message=message), poster=None)

    async def send(self, storage: Storage, *, still: Still | None = None) -> Receipt:
        """Make the call, drawing the poster first if that was not done; raises ChannelError.

        `still` is asked once more when the call's turn has come.
        """
        ready = await self.drawn(storage)
        return await self.channel.send(replace(ready.request, still=still))


async def claim(db: Write, job_id: UUID, *, at: datetime) -> Claim | None:
    """Take a ready send job for one lease, or return None: taken, paused, not due, gone."""
    job = await queries.send_job(db, job_id, lock=True)
    if job is None or job.state != "ready" or (job.next_at is not None and job.next_at > at):
        return None
    push = await queries.push(db, job.push_id)
    bank = await tenants_queries.bank(db)
    if bank.state != "active":
        return None  # suspended: the job stays ready for the day the bank is back
    if push.state != "running" or not await _may_go(db, push, job, bank, at=at):
        return None
    employee = await tenants_queries.staff(db, job.employee_id)
    customers = await actions_recipients.take(db, push, job, bank=bank, at=at)
    why = _absence(employee, push, bank, at=at)
    if not customers or why:
        await _move(db, job, "skipped", reason=why or "unreachable", at=at)
        job.state = "done"
        return None
    settings = settings_of(db)
    job.state, job.attempt, job.error = "calling", job.attempt + 1, ""
    lease_until = await clock(db) + timedelta(seconds=settings.lease_seconds)
    job.claimed_at, job.lease_until = at, lease_until
    return Claim(
        job_id=job.id,
        push_id=push.id,
        claimed_at=at,
        # A call takes at most three quarters of the lease (45 of 60 seconds).
        start_by=at + timedelta(seconds=settings.lease_seconds / 4),
        lease_until=lease_until,
        request=await _request(db, push, job, employee, bank=bank, customers=customers),
        poster=await _poster(db, push, job, employee),
        channel=await outside.channel(db),
    )


async def check_still(db: Read, taken: Claim) -> None:
    """Refuse a claimed send whose push or content was stopped since; raises Stopped."""
    row = await db.execute(
        select(Push.state, Item.live_revision_id)
        .join(Item, and_(Item.tenant_id == Push.tenant_id, Item.id == Push.item_id))
        .where(Push.tenant_id == bank_id(db), Push.id == taken.push_id)
    )
    state, live = row.one()
    if state != "running" or live is None:
        raise Stopped("内容已下架或到期" if live is None else "推送已停下")


async def _may_go(db: Write, push: Push, job: SendJob, bank: Bank, *, at: datetime) -> bool:
    """Return whether a job may be called now; else it waits for the window, or is over."""
    window = schedule.Window.of(bank.zone, bank.settings)
    if not window.holds(at):
        job.next_at = window.next_opening(at)
        return False
    try:
        await library.live(db, push.item_id, at=at)
    except library.NotLive:
        # Only this job: another claim holds the next one's lock (stop_item does the rest).
        await _move(db, job, "skipped", reason="content_gone", at=at)
        job.state = "cancelled"
        return False
    if await queries_posters.fails_rules(db, push):
        # The rules changed since it was approved: a person decides, nobody's turn is lost.
        await _pause(db, job, "内容或海报未通过现行规则，请修改后重新审核再发", at=at)
        return False
    return True


async def _poster(
    db: Write, push: Push, job: SendJob, employee: Staff
) -> rendering.PosterPlan | None:
    if push.template_revision_id is None:
        return None
    revision = await posters.template_revision(db, push.template_revision_id)
    link = f"{settings_of(db).public_url}/s/{job.link_code}"
    return await queries_plans.prepare(db, revision, employee, qr_text=link)


def _absence(employee: Staff, push: Push, bank: Bank, *, at: datetime) -> str:
    """Return why nothing is sent for an employee since it was planned, or an empty string."""
    if employee.state in ("leave", "disabled"):
        return "owner_away"
    if employee.state != "active" or not employee.wecom_userid:
        return "no_owner"
    refused = qualification.why_not(employee, topic=push.topic, bank=bank, at=at)
    return "unqualified" if refused else ""


async def _move(db: Write, job: SendJob, state: str, *, reason: str = "", at: datetime) -> None:
    await db.execute(
        update(Delivery)
        .where(
            Delivery.tenant_id == bank_id(db),
            Delivery.send_job_id == job.id,
            Delivery.state.in_(("planned", "claimed", "sending", "unknown")),
        )
        .values(state=state, reason=reason, updated_at=at)
    )


async def _request(
    db: Write, push: Push, job: SendJob, employee: Staff, *, bank: Bank, customers: list[str]
) -> SendRequest:
    # The revision that was approved with the push, whatever has gone live since (Q11).
    revision = await library.revision(db, push.revision_id)
    foot = foot_of(bank, await library.item(db, push.item_id), revision)
    title = revision.title
    link = f"{settings_of(db).public_url}/s/{job.link_code}"
    # The marker is unique per call and stands in the link card: the reconciler finds it.
    marker = f"{link}?j={job.step}.{job.chunk}"
    branch = await db.get(Branch, (employee.tenant_id, employee.branch_id))
    filled = messagetext.fill(
        push.message,
        messagetext.values_of(
            bank=bank.name,
            hotline=bank.hotline,
            employee=(
                employee.name,
                employee.title,
                branch.name if branch else "",
                employee.phone,
            ),
            item_title=title,
            link=link,
        ),
    )
    message = Message(
        text=disclosing.with_foot(filled, foot),
        title=title.encode()[:MAX_LINK_TITLE_BYTES].decode(errors="ignore"),
        url=marker,
        description=f"{bank.name} · {employee.name}",
    )
    return SendRequest(employee.wecom_userid, customers, message, marker)


async def _mine(db: Write, taken: Claim) -> SendJob | None:
    """Return the claimed job if it is still this claim's (a fence against a paused worker)."""
    job = await db.get(SendJob, (bank_id(db), taken.job_id), with_for_update=True)
    if job is None or job.state not in ("calling", "unknown"):
        return None
    if job.claimed_at != taken.claimed_at:
        return None
    return job


async def record_sent(db: Write, taken: Claim, receipt: Receipt, *, at: datetime) -> None:
    """Write down that the channel took a send: submitted, not delivered."""
    job = await _mine(db, taken)
    if job is not None:
        await adopt(db, job, receipt.msgid, refused=receipt.failed, at=at)


async def adopt(
    db: Write, job: SendJob, msgid: str, *, refused: list[str] | None = None, at: datetime
) -> None:
    """Mark a job as sent under `msgid`; its customers are submitted, the refused ones failed."""
    job.state, job.msgid, job.sent_at, job.error = "sent", msgid, at, ""
    job.next_at = at + timedelta(seconds=2)
    await _move(db, job, "submitted", at=at)
    if refused:
        await db.execute(
            text(
                "update deliveries d set state = 'failed', reason = 'refused_by_wecom', "
                "updated_at = :at from customers c where d.tenant_id = :tenant "
                "and d.send_job_id = :job and c.tenant_id = d.tenant_id "
                "and c.no = d.customer_no and c.external_userid = any (cast(:refused as text[]))"
            ),
            {"tenant": bank_id(db), "job": job.id, "refused": refused, "at": at},
        )


async def record_unknown(
    db: Write, taken: Claim, *, why: str = "企业微信的应答丢失", at: datetime
) -> None:
    """Write down that the answer was lost: to be reconciled, never resent blindly."""
    job = await _mine(db, taken)
    if job is not None:
        await mark_unknown(db, job, at=at)
        job.error = why


def words(error: Exception) -> str:
    """Return what a person reads of an error; a bug is named by its type, the log has the rest."""
    if isinstance(error, ContentHubError):
        return error.detail
    return f"系统内部错误（{type(error).__name__}），已记录"


async def record_broken(
    db: Write, job_id: UUID, taken: Claim | None, error: Exception, *, at: datetime
) -> None:
    """Write down that a send broke before its call: nothing was sent, it is tried again later.

    After MAX_ATTEMPTS it has failed, with the reason in the ledger, so that one bad poster
    or text never stands in the way of the others (reliability Q9). An outage of a part of
    the house is not counted.
    """
    job = await (_mine(db, taken) if taken is not None else _unclaimed(db, job_id))
    if job is None:
        return
    job.error = words(error)
    if isinstance(error, outside.NotConnected):
        await put_back(db, job, at=at)
        await _pause(db, job, job.error, at=at)
    elif isinstance(error, Unavailable | OSError):
        job.attempt = max(0, job.attempt - (taken is not None))
        await put_back(db, job, at=at)
        job.next_at = at + timedelta(seconds=OUTAGE_PAUSE_SECONDS)
    else:
        job.attempt += taken is None
        await _again_or_never(db, job, "broken", at=at)


async def _unclaimed(db: Write, job_id: UUID) -> SendJob | None:
    seen = await queries.send_job(db, job_id)
    if seen is None:
        return None
    # The push first, as those who stop one do: two orders of locks would be a deadlock.
    await queries.push(db, seen.push_id, lock=True)
    job = await queries.send_job(db, job_id, lock=True)
    return job if job is not None and job.state == "ready" else None


async def mark_unknown(db: Write, job: SendJob, *, at: datetime) -> None:
    """Move a job and its customers to unknown, to be reconciled after the quarantine."""
    job.state = "unknown"
    # As the lease before it: by the database's clock, whichever host asks when it is over.
    job.next_at = await clock(db) + timedelta(seconds=settings_of(db).quarantine_seconds)
    await _move(db, job, "unknown", reason="answer_lost", at=at)


async def record_refused(db: Write, taken: Claim, error: ChannelError, *, at: datetime) -> None:
    """Write down that the channel said no: try again later, or fail, or pause for a person."""
    job = await _mine(db, taken)
    if job is None:
        return
    job.error = error.detail
    if error.retry is Retry.CONFIG:
        await put_back(db, job, at=at)
        await _pause(db, job, error.detail, at=at)
        return
    if error.permanent:
        await fail(db, job, "channel_refused", at=at)
        return
    rest = timedelta(seconds=error.retry_after_seconds)
    if error.retry is Retry.BREAKER or error.errcode == 0:
        # Not reached, or nobody served for now: an outage says nothing against this send.
        job.attempt = max(0, job.attempt - 1)
        await put_back(db, job, at=at)
        job.next_at = at + max(rest, timedelta(seconds=OUTAGE_PAUSE_SECONDS))
    else:
        await _again_or_never(db, job, "channel_refused", rest=rest, at=at)


async def _pause(db: Write, job: SendJob, reason: str, *, at: datetime) -> None:
    push = await queries.push(db, job.push_id)
    if push.state == "running":
        await actions.pause(db, push.id, reason=reason, by=None, at=at)


async def _again_or_never(
    db: Write, job: SendJob, reason: str, *, rest: timedelta = timedelta(0), at: datetime
) -> None:
    if job.attempt >= MAX_ATTEMPTS:
        await fail(db, job, reason, at=at)
        return
    wait = timedelta(seconds=BACKOFF_SECONDS[min(job.attempt, len(BACKOFF_SECONDS)) - 1])
    await put_back(db, job, at=at)
    job.next_at = at + max(wait, rest)


async def fail(db: Write, job: SendJob, reason: str, *, at: datetime) -> None:
    """Give a job up that certainly was not sent; its error says why."""
    job.state = "failed"
    await _move(db, job, "failed", reason=reason, at=at)
    tenants.record(db, "send.failed", "push", job.push_id, by=None, at=at, error=job.error)


async def put_back(db: Write, job: SendJob, *, at: datetime) -> None:
    """Make a job that certainly was not sent ready again, or drop it if its push is over."""
    # Locked: who cancels meanwhile would neither see this job as ready nor be seen from here.
    push = await queries.push(db, job.push_id, lock=True)
    over = await queries.over_because(db, push)
    job.state, job.lease_until = ("cancelled" if over else "ready"), None
    if over:
        await _move(db, job, "skipped", reason=over, at=at)
    else:
        await _move(db, job, "planned", at=at)
