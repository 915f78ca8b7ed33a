"""Reads of comments pinned to fields: the threads of an item, a template or a push."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from contenthub.db import Read
from contenthub.errors import NotFound
from contenthub.library.models_reviews import ReviewComment
from contenthub.tenants.sealing import bank_id

_SHOWN = 400


@dataclass(frozen=True, slots=True)
class Thread:
    """A remark on one field and its answers, oldest first."""

    first: ReviewComment
    answers: tuple[ReviewComment, ...]

    @property
    def is_open(self) -> bool:
        """Whether nobody has marked it as settled."""
        return self.first.resolved_at is None

    @property
    def all(self) -> tuple[ReviewComment, ...]:
        """The remark and its answers."""
        return (self.first, *self.answers)


async def threads(db: Read, owner_id: UUID) -> list[Thread]:
    """Return the threads of an item, template or push: open ones first, then oldest first."""
    rows = await db.scalars(
        select(ReviewComment)
        .where(ReviewComment.tenant_id == bank_id(db), ReviewComment.owner_id == owner_id)
        .order_by(ReviewComment.id)
        .limit(_SHOWN)
    )
    return gathered(rows.all())


def gathered(rows: Sequence[ReviewComment]) -> list[Thread]:
    """Return comments as threads, open ones first."""
    answers: dict[UUID, list[ReviewComment]] = {}
    for row in rows:
        if row.id != row.thread_id:
            answers.setdefault(row.thread_id, []).append(row)
    found = [Thread(r, tuple(answers.get(r.id, ()))) for r in rows if r.id == r.thread_id]
    return sorted(found, key=lambda thread: (not thread.is_open, thread.first.id))


async def comment(db: Read, comment_id: UUID, *, lock: bool = False) -> ReviewComment:
    """Return one comment; raises NotFound."""
    found = await db.get(ReviewComment, (bank_id(db), comment_id), with_for_update=lock or None)
    if found is None:
        raise NotFound("没有找到这条意见")
    return found


async def comments_on(db: Read, subject_ids: Sequence[UUID]) -> Sequence[ReviewComment]:
    """Return the comments made while looking at some revisions, oldest first."""
    rows = await db.scalars(
        select(ReviewComment)
        .where(ReviewComment.tenant_id == bank_id(db), ReviewComment.subject_id.in_(subject_ids))
        .order_by(ReviewComment.id)
    )
    return rows.all()
