"""Writes of reviews: one exact hash, one second person; used by items, templates and pushes."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from contenthub.db import Write, new_id
from contenthub.errors import Invalid
from contenthub.library import queries, review
from contenthub.library.models import Item, Review, Revision
from contenthub.queue import enqueue
from contenthub.tenants import actions as tenants
from contenthub.tenants import actions_webhooks as webhooks
from contenthub.tenants import queries as tenants_queries
from contenthub.tenants.banksettings import effective
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id

COMMENT_MAX_CHARS = 1000


def open_review(  # the subject of a review is named by all four
    db: Write,
    subject_kind: str,
    subject_id: UUID,
    subject_hash: str,
    *,
    title: str,
    by: Staff,
    at: datetime,
) -> Review:
    """Put a subject ('revision', 'template' or 'push') into the review inbox."""
    opened = Review(
        tenant_id=bank_id(db),
        id=new_id(),
        subject_kind=subject_kind,
        subject_id=subject_id,
        subject_hash=subject_hash,
        title=title,
        author_id=by.id,
        created_at=at,
    )
    db.add(opened)
    return opened


async def take_review(db: Write, review_id: UUID, action: str, *, by: Staff) -> Review:
    """Return a waiting review, locked, if `by` may `approve` or `return` it.

    Raises:
        NotFound, NotInReview, or OwnWork when `by` is the author.
    """
    found = await queries.review(db, review_id, lock=True)
    state = "in_review" if found.state == "waiting" else found.state
    review.decide(state, action, author_id=found.author_id, actor_id=by.id)
    return found


async def close_review(
    db: Write, taken: Review, state: str, *, comment: str = "", by: Staff, at: datetime
) -> None:
    """Write the decision into a review; it never changes again (a trigger holds that).

    Raises:
        Invalid: a return without a reason, or one that is too long.
    """
    comment = comment.strip()
    if state == "returned" and not comment:
        raise Invalid.of("comment", "退回时请写明原因，作者才知道怎么改")
    if "\x00" in comment:
        raise Invalid.of("comment", "审核意见含有无法保存的特殊字符，请删除后重新输入")
    if len(comment) > COMMENT_MAX_CHARS:
        raise Invalid.of("comment", f"审核意见最多 {COMMENT_MAX_CHARS} 字")
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
    )


async def asks_second(
    db: Write, closed: Review, *, since: datetime | None, by: Staff, at: datetime
) -> bool:
    """Return whether the bank wants a second person's approval too; if so it is asked for.

    `since` is when the subject was submitted: approvals of an earlier round do not count.

    Raises:
        SameReviewer: `by` gave the first approval.
    """
    bank = await tenants_queries.bank(db)
    if effective(bank.settings)["review_steps"] < 2:
        return False
    before = await db.scalars(
        select(Review.reviewer_id).where(
            Review.tenant_id == bank_id(db),
            Review.subject_id == closed.subject_id,
            Review.subject_hash == closed.subject_hash,
            Review.state == "approved",
            Review.created_at >= (since or closed.created_at),
            Review.id != closed.id,
        )
    )
    earlier = set(before)
    if by.id in earlier:
        raise review.SameReviewer
    if earlier:
        return False
    db.add(
        Review(
            tenant_id=bank_id(db),
            id=new_id(),
            subject_kind=closed.subject_kind,
            subject_id=closed.subject_id,
            subject_hash=closed.subject_hash,
            title=closed.title,
            author_id=closed.author_id,
            due_at=closed.due_at,
            created_at=at,
        )
    )
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
