"""Writes of reviews: one exact hash, step by step, each step by another person than the author.

Used by items, templates and pushes: a submission records the bank's steps as they are that
day, so that a change of the flow applies to new submissions only.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import update

from contenthub.db import Write, new_id
from contenthub.errors import Invalid
from contenthub.library import (
    findings,
    flows,
    queries,
    queries_deputies,
    queries_flows,
    queries_outside,
    queries_reviews,
    review,
)
from contenthub.library.findings import Kept
from contenthub.library.models import Item, Review, Revision
from contenthub.queue import enqueue
from contenthub.tenants import actions as tenants
from contenthub.tenants import actions_webhooks as webhooks
from contenthub.tenants import queries as tenants_queries
from contenthub.tenants.banksettings import effective
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id

COMMENT_MAX_CHARS = 1000


class Subject(Protocol):
    """What can be reviewed: one exact wording, and who wrote it."""

    @property
    def id(self) -> UUID:
        """The revision's, template revision's or push's own id."""

    @property
    def hash(self) -> str:
        """The fingerprint of the wording."""

    @property
    def title(self) -> str:
        """What the queue calls it."""

    @property
    def author_id(self) -> UUID:
        """Who began it."""

    @property
    def editors(self) -> list[UUID]:
        """Everybody who wrote or submitted it; none of them may decide."""


async def open_review(
    db: Write,
    subject_kind: str,
    subject: Subject,
    *,
    flow: str = "",
    latest_at: datetime | None = None,
    at: datetime,
) -> Review:
    """Put a subject ('revision', 'template' or 'push') before its first reviewer.

    `flow` is the kind of an item when that is the subject; `latest_at` is when every decision
    comes too late, whatever hours the step has.
    """
    steps = await queries_flows.flow(db, flow or subject_kind)
    review_id = new_id()
    opened = Review(
        tenant_id=bank_id(db),
        id=review_id,
        round_id=review_id,
        subject_kind=subject_kind,
        subject_id=subject.id,
        subject_hash=subject.hash,
        title=subject.title,
        author_id=subject.author_id,
        involved=list(subject.editors),
        steps_total=len(steps),
        plan=[step.as_dict() for step in steps],
        created_at=at,
    )
    await _begin(db, opened, 1, latest_at=latest_at, at=at)
    return opened


async def _begin(
    db: Write, opened: Review, no: int, *, latest_at: datetime | None, at: datetime
) -> None:
    """Let a review wait for its step number `no`."""
    step = flows.read(opened.plan)[no - 1]
    settings = effective((bank := await tenants_queries.bank(db)).settings)
    opened.step_no, opened.step_name, opened.step_role = no, step.name, step.role
    due_at = flows.due_at(
        at,
        step.hours,
        zone=bank.zone,
        opens=settings["send_from"],
        closes=settings["send_until"],
    )
    opened.due_at = due_at if latest_at is None else min(due_at, latest_at)
    db.add(opened)


async def take_review(
    db: Write, review_id: UUID, action: str, *, by: Staff, at: datetime | None = None
) -> Review:
    """Return a waiting review, locked, if `by` may `approve` or `return` it.

    With `at`, `by` may also be the deputy of a reviewer on leave then.

    Raises:
        NotFound, NotInReview; OwnWork when `by` wrote or submitted it; SameReviewer when `by`
        took an earlier step; NotYourStep when the step is another role's.
    """
    found = await queries.review(db, review_id, lock=True)
    state = "in_review" if found.state == "waiting" else found.state
    review.decide(state, action, authors=found.involved, actor_id=by.id)
    earlier = [one for one in await queries_reviews.round_of(db, found) if one.id != found.id]
    if by.id in {one.reviewer_id for one in earlier}:
        raise review.SameReviewer
    if not flows.is_mine(found.step_role, by.roles):
        found.acting_for_id = await _acting_for(db, found, earlier, by=by, at=at)
    return found


async def _acting_for(
    db: Write, found: Review, earlier: Sequence[Review], *, by: Staff, at: datetime | None
) -> UUID:
    """Return the person on leave in whose place `by` may take a step; raises NotYourStep.

    Nobody stands in for somebody who wrote it, nor for somebody who took an earlier step.
    """
    barred = {*found.involved, by.id, *(one.reviewer_id for one in earlier)}
    lent = [] if at is None else await queries_deputies.deputising(db, by.id, at=at)
    for person in lent:
        if person.id not in barred and flows.is_mine(found.step_role, person.roles):
            return person.id
    whose = flows.ROLES.get(found.step_role, found.step_role)
    raise flows.NotYourStep(
        f"“{found.step_name}”须由{whose}处理；本人休假时，可在“请假代审”里指定您代为处理"
    )


async def close_review(  # what was seen and said is part of the decision
    db: Write,
    taken: Review,
    state: str,
    *,
    comment: str = "",
    seen: Revision | None = None,
    kept: Sequence[Kept] = (),
    by: Staff,
    at: datetime,
) -> None:
    """Write the decision into a review; it never changes again (a trigger holds that).

    `seen` is the revision that was looked at: its findings and rule pack stay in the record;
    `kept` are the reasons to keep findings that have to be weighed.

    Raises:
        Invalid: a return without a reason, or one that is too long. OpenFindings: an approval
        with a finding that nobody gave a reason for.
    """
    comment = comment.strip()
    if state == "returned" and not comment:
        raise Invalid.of("comment", "退回时请写明原因，作者才知道怎么改")
    if "\x00" in comment:
        raise Invalid.of("comment", "审核意见含有无法保存的特殊字符，请删除后重新输入")
    if len(comment) > COMMENT_MAX_CHARS:
        raise Invalid.of("comment", f"审核意见最多 {COMMENT_MAX_CHARS} 字")
    if seen is not None:
        since = await queries_outside.hits_since(db, seen) if state == "approved" else []
        taken.hits, taken.rule_pack = [*since, *seen.hits], seen.rule_pack
        if state == "approved":
            before = await _overrides_before(db, taken)
            taken.overrides = findings.overrides(taken.hits, kept, before=before)
    taken.state = state
    taken.reviewer_id = by.id
    taken.comment = comment
    taken.decided_at = at
    # The trigger of the subject looks for this row: it must be there before the subject moves.
    await db.flush()
    tenants.record(
        db,
        f"review.{state}",
        taken.subject_kind,
        taken.subject_id,
        by=by,
        at=at,
        hash=taken.subject_hash,
        comment=comment,
        **await _circumstances(db, taken),
    )


async def _overrides_before(db: Write, taken: Review) -> list[Any]:
    earlier = await queries_reviews.round_of(db, taken)
    return [made for one in earlier if one.id != taken.id for made in one.overrides]


async def _circumstances(db: Write, taken: Review) -> dict[str, Any]:
    """Return what the trail says of a decision beside its comment, only what there is."""
    told: dict[str, Any] = {}
    if taken.steps_total > 1:
        told["step"] = f"{taken.step_no}/{taken.steps_total} {taken.step_name}"
    if taken.rule_pack:
        told["rule_pack"] = taken.rule_pack
    if taken.overrides:
        told["kept"] = [f"{one['rule']}：{one['reason']}" for one in taken.overrides]
    if taken.acting_for_id is not None:
        named = await queries.names(db, [taken.acting_for_id])
        told["acting_for"] = named.get(taken.acting_for_id, "")
    return told


async def opens_next(
    db: Write, closed: Review, *, latest_at: datetime | None = None, at: datetime
) -> bool:
    """Return whether the submission has a further step; if so it is opened.

    `latest_at` is when every decision comes too late.
    """
    if closed.step_no >= closed.steps_total:
        return False
    opened = Review(
        tenant_id=bank_id(db),
        id=new_id(),
        round_id=closed.round_id,
        subject_kind=closed.subject_kind,
        subject_id=closed.subject_id,
        subject_hash=closed.subject_hash,
        title=closed.title,
        author_id=closed.author_id,
        involved=list(closed.involved),
        steps_total=closed.steps_total,
        plan=closed.plan,
        created_at=at,
    )
    await _begin(db, opened, closed.step_no + 1, latest_at=latest_at, at=at)
    return True


async def withdraw_review(db: Write, subject_id: UUID, *, at: datetime) -> None:
    """Take a subject out of the inbox; silent if it is not there."""
    await db.execute(
        update(Review)
        .where(
            Review.tenant_id == bank_id(db),
            Review.subject_id == subject_id,
            Review.state == "waiting",
        )
        .values(state="withdrawn", decided_at=at)
    )


async def take_back(db: Write, item: Item, *, by: Staff, at: datetime) -> None:
    """Make what waits for review a draft again: one press must not undo a recall unseen."""
    for waiting in await queries.revisions_in(db, item.id, ("in_review",), lock=True):
        waiting.state = review.decide(
            "in_review", "take_back", authors=waiting.editors, actor_id=None
        )
        await withdraw_review(db, waiting.id, at=at)
        tenants.record(db, "revision.withdrawn", "item", item.id, by=by, at=at, no=waiting.no)


async def tell_approved(db: Write, item: Item, revision: Revision, *, at: datetime) -> None:
    """Tell the bank's own systems that a revision was approved."""
    await webhooks.tell(
        db,
        "item.approved",
        at=at,
        item_id=item.id,
        revision_id=revision.id,
        kind=item.kind,
        topic=revision.topic,
        no=revision.no,
    )


async def tell_recalled(db: Write, item: Item, *, at: datetime) -> None:
    """Tell the rooms above, and the bank's own systems, that an item must not be shown."""
    enqueue(db, "scheduler.stop_item", item_id=item.id)
    facts = {"item_id": item.id, "kind": item.kind, "topic": item.topic}
    await webhooks.tell(db, "item.recalled", at=at, **facts)
