"""Writes of cadences: write, submit, approve, return, stop; reviewed like pushes (0034)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from contenthub.db import Read, Write, new_id
from contenthub.errors import Invalid, NotFound
from contenthub.library import actions_reviews, queries_rules, review
from contenthub.library import queries as library
from contenthub.library.fingerprint import fingerprint
from contenthub.library.lint import Hit
from contenthub.library.models import Review
from contenthub.scheduler import actions_runs, cadencestates
from contenthub.scheduler import cadence as idea
from contenthub.scheduler import queries_cadences as queries
from contenthub.scheduler.models_cadences import Cadence
from contenthub.tenants import actions as tenants
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id
from contenthub.tenants.topics import TOPICS, TOPICS_FOR_ALL

STOP_REASON_MAX_CHARS = 100


@dataclass(frozen=True, slots=True)
class CadenceDraft:
    """What an author decides about a cadence; each step says what idea.CadenceStep has."""

    title: str
    topic: str
    steps: Sequence[Mapping[str, Any]]
    purpose: str = ""


async def _columns(db: Write, draft: CadenceDraft, *, is_checked: bool) -> dict[str, Any]:
    """Return a cadence's columns; raises Invalid with every wrong field."""
    title, purpose = draft.title.strip(), draft.purpose.strip()
    wrong: dict[str, str] = {}
    if not title or len(title) > idea.TITLE_MAX_CHARS:
        wrong["title"] = f"请填写节奏名称，最多 {idea.TITLE_MAX_CHARS} 字，例如 存款到期"
    if len(purpose) > idea.PURPOSE_MAX_CHARS:
        wrong["purpose"] = f"用途最多 {idea.PURPOSE_MAX_CHARS} 字，请缩短"
    if draft.topic not in TOPICS:
        wrong["topic"] = f"请选业务类别：{'、'.join(TOPICS.values())}"
    if "\x00" in title + purpose:
        wrong["title"] = "名称或用途含有无法保存的特殊字符，请删除后重新输入"
    steps: tuple[idea.CadenceStep, ...] = ()
    try:
        steps = idea.checked(draft.steps)
    except Invalid as error:
        wrong.update(error.fields)
    if wrong:
        raise Invalid(fields=wrong)
    if is_checked:
        await _check_words(db, draft.topic, steps)
    await _check_known(db, steps)
    columns: dict[str, Any] = {
        "title": title,
        "purpose": purpose,
        "topic": draft.topic,
        "steps": [step.as_dict() for step in steps],
    }
    return {**columns, "hash": fingerprint(**columns)}


async def _check_words(db: Write, topic: str, steps: Sequence[idea.CadenceStep]) -> None:
    """Refuse what an employee is told to say when a blocking rule finds words in it."""
    rules = await queries_rules.rules(db)
    wrong = {}
    for no, step in enumerate(steps):
        for name, label in idea.SPOKEN.items():
            said = getattr(step, name)
            hits = await queries_rules.message_hits(db, topic, said, under=rules)
            if refused := queries_rules.refused_words(hits, place=f"“{label}”"):
                wrong[f"steps.{no}.{name}"] = refused
    if wrong:
        raise Invalid(fields=wrong)


async def word_hits(db: Read, found: Cadence) -> list[Hit]:
    """Return what the rules as they are now find in the words of a cadence's steps."""
    spoken = "\n".join(f"{step.reason}\n{step.todo}" for step in idea.read(found.steps))
    return await queries_rules.message_hits(db, found.topic, spoken)


async def _check_known(db: Write, steps: Sequence[idea.CadenceStep]) -> None:
    wrong = {}
    for no, step in enumerate(steps):
        if step.item_id:
            try:
                await library.item(db, UUID(step.item_id))
            except NotFound:
                wrong[f"steps.{no}.item_id"] = "没有找到这条内容，请重新选择"
    if wrong:
        raise Invalid(fields=wrong)


async def write_cadence(
    db: Write, draft: CadenceDraft, *, is_checked: bool = True, by: Staff, at: datetime
) -> Cadence:
    """Start a cadence as a draft; without `is_checked` its words are read at its submission."""
    columns = await _columns(db, draft, is_checked=is_checked)
    made = Cadence(
        tenant_id=bank_id(db),
        id=new_id(),
        code=f"JZ{await tenants.next_no(db, 'cadence_code'):03d}",
        state="draft",
        stop_reason="",
        author_id=by.id,
        editors=[by.id],
        created_at=at,
        updated_at=at,
        **columns,
    )
    db.add(made)
    await db.flush()
    tenants.record(db, "cadence.written", "cadence", made.id, by=by, at=at, hash=made.hash)
    return made


async def rewrite_cadence(
    db: Write,
    cadence_id: UUID,
    draft: CadenceDraft,
    *,
    is_checked: bool = True,
    by: Staff,
    at: datetime,
) -> Cadence:
    """Change a cadence; an approval given before is void, and nobody is put on it until the next.

    Customers who are on it go on as it was when they started.
    """
    found = await queries.cadence(db, cadence_id, lock=True)
    found.state = cadencestates.decide(found.state, "edit", authors=found.editors, actor_id=by.id)
    for name, value in (await _columns(db, draft, is_checked=is_checked)).items():
        setattr(found, name, value)
    found.editors = review.with_editor(found.editors, by.id)
    found.approved_at, found.stop_reason, found.updated_at = None, "", at
    tenants.record(db, "cadence.written", "cadence", found.id, by=by, at=at, hash=found.hash)
    return found


async def submit(db: Write, cadence_id: UUID, *, by: Staff, at: datetime) -> Cadence:
    """Hand a cadence to review; everything its steps bring must be live."""
    found = await queries.cadence(db, cadence_id, lock=True)
    authors = review.with_editor(found.editors, by.id)
    state = cadencestates.decide(found.state, "submit", authors=authors, actor_id=by.id)
    await check_live(db, found, at=at)
    await _check_words(db, found.topic, idea.read(found.steps))
    found.editors, found.state = authors, state
    found.submitted_at = found.updated_at = at
    await actions_reviews.open_review(db, "cadence", found, at=at)
    tenants.record(db, "cadence.submitted", "cadence", found.id, by=by, at=at, hash=found.hash)
    return found


async def check_live(db: Write, found: Cadence, *, at: datetime) -> None:
    """Refuse a cadence that brings what is not live, or speaks of another business.

    Raises:
        Invalid: field `steps.N.item_id` of every such step.
    """
    steps = idea.read(found.steps)
    brought = await queries.contents(db, steps, at=at)
    wrong = {}
    for no, step in enumerate(steps):
        content = brought.get(step.item_id)
        if step.item_id and (content is None or content.why_not):
            why = content.why_not if content else "内容已删除，请重新选择"
            wrong[f"steps.{no}.item_id"] = f"第 {no + 1} 步：{why}"
        elif content and content.item.topic not in (found.topic, *TOPICS_FOR_ALL):
            # Else a customer who refused wealth would be told of it under another name.
            wrong[f"steps.{no}.item_id"] = (
                f"第 {no + 1} 步的内容属于“{TOPICS[content.item.topic]}”，节奏的业务类别是"
                f"“{TOPICS[found.topic]}”；请改业务类别，或换一条内容"
            )
    if wrong:
        raise Invalid(fields=wrong)


async def withdraw(db: Write, cadence_id: UUID, *, by: Staff, at: datetime) -> Cadence:
    """Take a submission back to draft, by somebody who wrote or submitted it."""
    found = await queries.cadence(db, cadence_id, lock=True)
    found.state = cadencestates.decide(
        found.state, "withdraw", authors=found.editors, actor_id=by.id
    )
    found.updated_at = at
    await actions_reviews.withdraw_review(db, found.id, at=at)
    tenants.record(db, "cadence.withdrawn", "cadence", found.id, by=by, at=at)
    return found


async def approve_cadence(
    db: Write, taken: Review, *, comment: str = "", by: Staff, at: datetime
) -> Cadence:
    """Approve the cadence of a taken review; from its last step on customers are put on it."""
    found = await queries.cadence(db, taken.subject_id, lock=True)
    state = cadencestates.decide(found.state, "approve", authors=found.editors, actor_id=by.id)
    await check_live(db, found, at=at)
    await _check_words(db, found.topic, idea.read(found.steps))
    taken.rule_pack = (await queries_rules.rules(db)).version
    await actions_reviews.close_review(db, taken, "approved", comment=comment, by=by, at=at)
    if await actions_reviews.opens_next(db, taken, at=at):
        found.updated_at = at
        return found
    found.state = state
    found.approved_at = found.updated_at = at
    return found


async def return_cadence(
    db: Write, taken: Review, *, comment: str, by: Staff, at: datetime
) -> Cadence:
    """Return the cadence of a taken review to its author, with the reason."""
    found = await queries.cadence(db, taken.subject_id, lock=True)
    state = cadencestates.decide(found.state, "return", authors=found.editors, actor_id=by.id)
    await actions_reviews.close_review(db, taken, "returned", comment=comment, by=by, at=at)
    found.state, found.updated_at = state, at
    return found


async def stop_cadence(
    db: Write, cadence_id: UUID, *, reason: str = "", by: Staff | None, at: datetime
) -> Cadence:
    """Stop a cadence and every run of it at once; open steps leave the employees' lists.

    Raises:
        Invalid: a person who says no reason. WrongStep: it is not in use.
    """
    found = await queries.cadence(db, cadence_id, lock=True)
    reason = reason.strip()
    if by is not None and not reason:
        raise Invalid.of("reason", "请写明停用原因，例如“利率调整，话术要重写”")
    if len(reason) > STOP_REASON_MAX_CHARS or "\x00" in reason:
        raise Invalid.of("reason", f"停用原因最多 {STOP_REASON_MAX_CHARS} 字，不含特殊字符")
    actor = by.id if by else None
    found.state = cadencestates.decide(found.state, "stop", authors=found.editors, actor_id=actor)
    found.stop_reason, found.updated_at = reason, at
    await actions_reviews.withdraw_review(db, found.id, at=at)
    ended = await actions_runs.stop_all(db, found.id, at=at)
    tenants.record(
        db, "cadence.stopped", "cadence", found.id, by=by, at=at, reason=reason, runs=ended
    )
    return found
