"""Writes of pushes: write, submit, approve, return, pause, resume, cancel."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, Result, text, update

from contenthub.customers import queries_audience as audiences
from contenthub.customers import tagexpr
from contenthub.db import Write, new_id
from contenthub.errors import Invalid
from contenthub.library import (
    actions_reviews,
    disclosing,
    findings,
    messagetext,
    queries_rules,
    review,
)
from contenthub.library import queries as library
from contenthub.library.fingerprint import fingerprint
from contenthub.library.kinds import SHARED_KINDS
from contenthub.library.models import Item, Review
from contenthub.library.queries_shareable import foot_of
from contenthub.posters import queries as posters
from contenthub.queue import enqueue
from contenthub.scheduler import pushstates, queries, queries_posters, schedule
from contenthub.scheduler.models import Delivery, Push, SendJob, Task
from contenthub.tenants import actions as tenants
from contenthub.tenants import queries as tenants_queries
from contenthub.tenants import queries_banks
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id

CHANNELS = {"wecom": "企业微信客户群发"}
TITLE_MAX_CHARS = 60
MESSAGE_MAX_BYTES = 3_700
"""WeCom takes 4,000 (page 92135); the rest is for what the variables stand for."""
DEFAULT_MESSAGE = "您好，我是{{ bank.name }}的{{ employee.name }}。{{ item.title }}：{{ link }}"


@dataclass(frozen=True, slots=True)
class PushDraft:
    """What an author decides about a push."""

    title: str
    item_id: UUID
    expr: str
    schedule: Mapping[str, Any]
    template_id: UUID | None = None
    message: str = ""
    channel: str = "wecom"


async def _columns(db: Write, draft: PushDraft, *, at: datetime) -> dict[str, Any]:
    """Return a push's columns; raises Invalid with every wrong field, or NotLive."""
    wrong: dict[str, str] = {}
    title = draft.title.strip()
    if not title or len(title) > TITLE_MAX_CHARS:
        wrong["title"] = f"请填写推送名称，最多 {TITLE_MAX_CHARS} 字"
    if draft.channel not in CHANNELS:
        wrong["channel"] = f"渠道应为：{'、'.join(CHANNELS)}"
    bank = await tenants_queries.bank(db)
    window = schedule.Window.of(bank.zone, bank.settings)
    fire_at = at
    message = draft.message.strip() or DEFAULT_MESSAGE
    checks = (
        lambda: schedule.first_fire(draft.schedule, window=window, now=at),
        lambda: messagetext.check_text(message, field="message"),
        lambda: tagexpr.parse(draft.expr),
    )
    for check in checks:
        try:
            found = check()
        except Invalid as error:
            wrong.update(error.fields)
        else:
            fire_at = found if isinstance(found, datetime) else fire_at
    if wrong:
        raise Invalid(fields=wrong)
    await audiences.check_names(db, tagexpr.parse(draft.expr))
    item, revision = await library.live(db, draft.item_id, at=at)
    _check_sendable(item, foot_of(bank, item, revision), message)
    schedule.check_valid(draft.schedule, fire_at, valid_until=revision.valid_until, zone=bank.zone)
    await queries_rules.check_message(db, revision.topic, message)
    if refused := await queries_rules.refusal(db, revision):
        raise Invalid.of("item_id", refused)
    columns: dict[str, Any] = {
        "title": title,
        "item_id": item.id,
        "revision_id": revision.id,
        "template_id": draft.template_id,
        "template_revision_id": await _poster_of(db, draft.template_id, at=at),
        "topic": revision.topic,
        "message": message,
        "expr": await audiences.frozen(db, draft.expr),
        "schedule": schedule.wanted(draft.schedule),
        "channel": draft.channel,
    }
    digest = fingerprint(revision=revision.hash, **{k: v for k, v in columns.items()})
    return {**columns, "fire_at": fire_at, "hash": digest}


def _check_sendable(item: Item, foot: str, message: str) -> None:
    """Refuse what has no page to open, and a text that its mandatory lines make too long."""
    if item.kind not in SHARED_KINDS:
        raise Invalid.of("item_id", "话术没有客户页面，不能推送；请选产品、权益、活动、资讯或咨询")
    size_bytes = len(disclosing.with_foot(message, foot).encode())
    if size_bytes > MESSAGE_MAX_BYTES:
        raise Invalid.of(
            "message",
            f"文字加上法定内容共 {size_bytes} 字节，最多 {MESSAGE_MAX_BYTES} 字节"
            "（一个汉字占 3 字节），请缩短",
        )


async def write_push(
    db: Write, draft: PushDraft, *, by: Staff, at: datetime, push_id: UUID | None = None
) -> Push:
    """Start a push as a draft, under an id of its own or the one given."""
    push = Push(
        tenant_id=bank_id(db),
        id=push_id or new_id(),
        state="draft",
        author_id=by.id,
        editors=[by.id],
        created_at=at,
        updated_at=at,
        **await _columns(db, draft, at=at),
    )
    db.add(push)
    tenants.record(db, "push.written", "push", push.id, by=by, at=at, hash=push.hash)
    return push


async def keep_push(db: Write, push_id: UUID, draft: PushDraft, *, by: Staff, at: datetime) -> Push:
    """Start the push of this id, or change it when it is there already."""
    # An autosave and a save of one form may arrive at once: the second waits and finds the first.
    await db.execute(
        text("select pg_advisory_xact_lock(hashtextextended(:push, 0))"),
        {"push": f"push:{bank_id(db)}:{push_id}"},
    )
    if await queries.find_push(db, push_id) is None:
        return await write_push(db, draft, by=by, at=at, push_id=push_id)
    return await rewrite_push(db, push_id, draft, by=by, at=at)


async def rewrite_push(
    db: Write, push_id: UUID, draft: PushDraft, *, by: Staff, at: datetime
) -> Push:
    """Change a push that has not started; an approval given before is void."""
    push = await queries.push(db, push_id, lock=True)
    push.state = pushstates.decide(push.state, "edit", authors=push.editors, actor_id=by.id)
    for name, value in (await _columns(db, draft, at=at)).items():
        setattr(push, name, value)
    push.editors = review.with_editor(push.editors, by.id)
    push.updated_at = at
    push.approved_at = None
    tenants.record(db, "push.written", "push", push.id, by=by, at=at, hash=push.hash)
    return push


async def submit(db: Write, push_id: UUID, *, by: Staff, at: datetime) -> Push:
    """Hand a push to review; its time must still lie ahead."""
    push = await queries.push(db, push_id, lock=True)
    await queries_banks.check_pushes(db, push.fire_at)
    # With the state, in one statement: of a submitted push the database lets nothing change.
    push.editors = review.with_editor(push.editors, by.id)
    push.state = pushstates.decide(push.state, "submit", authors=push.editors, actor_id=by.id)
    await _check_bound(db, push, at=at)
    await queries_rules.check_message(db, push.topic, push.message)
    push.submitted_at = push.updated_at = at
    await actions_reviews.open_review(db, "push", push, latest_at=push.fire_at, at=at)
    tenants.record(db, "push.submitted", "push", push.id, by=by, at=at, hash=push.hash)
    return push


async def _poster_of(db: Write, template_id: UUID | None, *, at: datetime) -> UUID | None:
    """Return the live revision of a push's poster; raises Invalid where the rules forbid it."""
    if template_id is None:
        return None
    template = await posters.live_template(db, template_id, at=at)
    if refused := await queries_posters.refusal(db, template.live_revision_id):
        raise Invalid.of("template_id", refused)
    return template.live_revision_id


async def _check_bound(db: Write, push: Push, *, at: datetime) -> None:
    """Refuse a push whose time has passed or whose content is not the live revision any more."""
    if push.fire_at <= at:
        raise Invalid.of("schedule.at", "发送时间已经过去，请先修改发送时间再提交")
    _, revision = await library.live(db, push.item_id, at=at)
    if revision.id != push.revision_id:
        raise Invalid.of("item_id", "内容已发布了新版本，请打开推送重新保存后再提交")
    bank = await tenants_queries.bank(db)
    schedule.check_valid(
        push.schedule, push.fire_at, valid_until=revision.valid_until, zone=bank.zone
    )
    if refused := await queries_posters.refusal(db, push.template_revision_id):
        raise Invalid.of("template_id", refused)


async def withdraw(db: Write, push_id: UUID, *, by: Staff, at: datetime) -> Push:
    """Take a submission back to draft, by somebody who wrote or submitted it."""
    push = await queries.push(db, push_id, lock=True)
    push.state = pushstates.decide(push.state, "withdraw", authors=push.editors, actor_id=by.id)
    push.updated_at = at
    await actions_reviews.withdraw_review(db, push.id, at=at)
    tenants.record(db, "push.withdrawn", "push", push.id, by=by, at=at)
    return push


async def approve_push(
    db: Write, taken: Review, *, comment: str = "", by: Staff, at: datetime
) -> Push:
    """Approve the push of a taken review; it fires at its hour without another hand."""
    push = await queries.push(db, taken.subject_id, lock=True)
    state = pushstates.decide(push.state, "approve", authors=push.editors, actor_id=by.id)
    await _check_bound(db, push, at=at)
    rules = await queries_rules.rules(db)
    hits = await queries_rules.message_hits(db, push.topic, push.message, under=rules)
    if refused := queries_rules.refused_words(hits):
        raise review.BlockingHits(
            f"{refused}；请退回作者修改后再审核",
            hits=findings.blocks(hit.as_dict() for hit in hits),
        )
    taken.hits = [hit.as_dict() for hit in hits]
    taken.rule_pack = rules.version
    await actions_reviews.close_review(db, taken, "approved", comment=comment, by=by, at=at)
    if await actions_reviews.opens_next(db, taken, latest_at=push.fire_at, at=at):
        push.updated_at = at
        return push
    push.state = state
    push.approved_at = push.updated_at = at
    return push


async def return_push(db: Write, taken: Review, *, comment: str, by: Staff, at: datetime) -> Push:
    """Return the push of a taken review to its author, with the reason."""
    push = await queries.push(db, taken.subject_id, lock=True)
    state = pushstates.decide(push.state, "return", authors=push.editors, actor_id=by.id)
    await actions_reviews.close_review(db, taken, "returned", comment=comment, by=by, at=at)
    push.state, push.updated_at = state, at
    return push


async def pause(
    db: Write, push_id: UUID, *, reason: str = "", by: Staff | None, at: datetime
) -> Push:
    """Stop a push between calls: no send starts after this commits."""
    push = await queries.push(db, push_id, lock=True)
    actor = by.id if by else None
    push.state = pushstates.decide(push.state, "pause", authors=push.editors, actor_id=actor)
    push.paused_reason, push.updated_at = reason.strip(), at
    tenants.record(db, "push.paused", "push", push.id, by=by, at=at, reason=reason)
    return push


async def resume(db: Write, push_id: UUID, *, by: Staff, at: datetime) -> Push:
    """Let a paused push go on where it was; one that never started is scheduled again.

    A firing that was missed happens now, or at the next opening of the window: the person
    who resumes has decided that.
    """
    push = await queries.push(db, push_id, lock=True)
    state = pushstates.decide(push.state, "resume", authors=push.editors, actor_id=by.id)
    never_started = push.started_at is None
    if never_started:
        state = "scheduled"
        await _check_live(db, push, at=at)
    if push.fire_at <= at and (never_started or push.schedule.get("missed")):
        bank = await tenants_queries.bank(db)
        push.fire_at = schedule.Window.of(bank.zone, bank.settings).next_opening(at)
        push.schedule = schedule.settled(push.schedule)
    push.state, push.paused_reason, push.updated_at = state, "", at
    tenants.record(db, "push.resumed", "push", push.id, by=by, at=at)
    enqueue(db, "scheduler.ring_push", push_id=push.id)
    return push


async def _check_live(db: Write, push: Push, *, at: datetime) -> None:
    _, revision = await library.live(db, push.item_id, at=at)
    if revision.id != push.revision_id:
        raise Invalid.of("item_id", "内容已发布了新版本，这个推送已作废，请复制后重新提交审核")
    await queries_rules.check_message(db, push.topic, push.message)
    if refused := await queries_rules.refusal(db, revision):
        raise Invalid.of("item_id", refused)
    if refused := await queries_posters.refusal(db, push.template_revision_id):
        raise Invalid.of("template_id", refused)


async def cancel(db: Write, push_id: UUID, *, by: Staff | None, at: datetime) -> Push:
    """End a push: what was not handed to the channel yet is skipped, with the reason."""
    push = await queries.push(db, push_id, lock=True)
    actor = by.id if by else None
    push.state = pushstates.decide(push.state, "cancel", authors=push.editors, actor_id=actor)
    push.updated_at = push.finished_at = at
    await actions_reviews.withdraw_review(db, push.id, at=at)
    await drop_queued(db, push, reason="cancelled", at=at)
    tenants.record(db, "push.cancelled", "push", push.id, by=by, at=at)
    return push


async def drop_queued(db: Write, push: Push, *, reason: str, at: datetime) -> tuple[int, int]:
    """Skip what no call has taken yet, take back what nobody confirmed, close open tasks.

    Returns how many deliveries were skipped and how many tasks closed.
    """
    mine = (bank_id(db), push.id)
    await db.execute(
        update(SendJob)
        .where(SendJob.tenant_id == mine[0], SendJob.push_id == mine[1], SendJob.state == "ready")
        .values(state="cancelled")
    )
    # What employees were asked to confirm already is taken back from them at once.
    await db.execute(
        update(SendJob)
        .where(SendJob.tenant_id == mine[0], SendJob.push_id == mine[1], SendJob.state == "sent")
        .values(next_at=at)
    )
    skipped = await db.execute(
        update(Delivery)
        .where(
            Delivery.tenant_id == mine[0],
            Delivery.push_id == mine[1],
            Delivery.state == "planned",
        )
        .values(state="skipped", reason=reason, updated_at=at)
    )
    closed = await db.execute(
        update(Task)
        .where(
            Task.tenant_id == mine[0],
            Task.kind == "push",
            Task.source_id == mine[1],
            Task.state == "open",
        )
        .values(state="cancelled", done_at=at)
    )
    return _rows(skipped), _rows(closed)


def _rows(result: Result[Any]) -> int:
    return result.rowcount if isinstance(result, CursorResult) else 0
