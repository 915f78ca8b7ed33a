"""Writes of comments on fields: a reviewer remarks, the author answers, the reviewer settles."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contenthub.db import Write, new_id
from contenthub.errors import Conflict, Forbidden, Invalid
from contenthub.library import queries_comments
from contenthub.library.models_reviews import ReviewComment
from contenthub.tenants import access
from contenthub.tenants import actions as tenants
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id

TEXT_MAX_CHARS = 500
FIELD_MAX_CHARS = 80
_MAY_ANSWER = ("reviews.decide", "library.write", "posters.write", "pushes.write")


class ThreadSettled(Conflict):
    """An answer came to a thread that is settled."""

    code = "thread_settled"
    title = "这条意见已经解决，不能再回复；有新的问题请另写一条"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a remark is pinned: the owner ('item', 'template', 'push'), the wording, the field."""

    owner_kind: str
    owner_id: UUID
    subject_id: UUID
    field: str = ""


async def remark(db: Write, place: Place, text: str, *, by: Staff, at: datetime) -> ReviewComment:
    """Start a thread on a field, or on the whole when `place.field` is empty.

    Raises:
        Invalid: no text, or one that is too long.
    """
    if len(place.field) > FIELD_MAX_CHARS:
        raise Invalid.of("field", "没有这个字段，请从列表中选择")
    comment_id = new_id()
    made = ReviewComment(
        tenant_id=bank_id(db),
        id=comment_id,
        thread_id=comment_id,
        owner_kind=place.owner_kind,
        owner_id=place.owner_id,
        subject_id=place.subject_id,
        field=place.field,
        by_id=by.id,
        text=_text(text),
        created_at=at,
    )
    db.add(made)
    tenants.record(
        db,
        "review_comment.left",
        made.owner_kind,
        made.owner_id,
        by=by,
        at=at,
        field=made.field,
        comment=made.text,
    )
    return made


async def answer(
    db: Write, comment_id: UUID, text: str, *, by: Staff, at: datetime
) -> ReviewComment:
    """Answer a thread: a reviewer, or who writes.

    Raises:
        NotFound, ThreadSettled, Invalid (`text`); Forbidden for somebody who only looks.
    """
    first = await _first(db, comment_id)
    if not any(access.may(by.roles, needed) for needed in _MAY_ANSWER):
        raise Forbidden("只有作者和审核员可以回复意见")
    if first.resolved_at is not None:
        raise ThreadSettled
    made = ReviewComment(
        tenant_id=bank_id(db),
        id=new_id(),
        thread_id=first.id,
        owner_kind=first.owner_kind,
        owner_id=first.owner_id,
        subject_id=first.subject_id,
        field=first.field,
        by_id=by.id,
        text=_text(text),
        created_at=at,
    )
    db.add(made)
    tenants.record(
        db,
        "review_comment.answered",
        made.owner_kind,
        made.owner_id,
        by=by,
        at=at,
        field=made.field,
        comment=made.text,
    )
    return made


async def settle(db: Write, comment_id: UUID, *, by: Staff, at: datetime) -> ReviewComment:
    """Mark a thread as settled: by who began it, or by any reviewer. Harmless when it is.

    Raises:
        NotFound; Forbidden: an author cannot settle what a reviewer remarked.
    """
    first = await _first(db, comment_id)
    if first.by_id != by.id and not access.may(by.roles, "reviews.decide"):
        raise Forbidden("意见由提出人或审核员标记为已解决；请先回复说明已怎样修改")
    if first.resolved_at is None:
        first.resolved_at, first.resolved_by = at, by.id
        tenants.record(
            db,
            "review_comment.settled",
            first.owner_kind,
            first.owner_id,
            by=by,
            at=at,
            field=first.field,
            comment=first.text,
        )
    return first


async def _first(db: Write, comment_id: UUID) -> ReviewComment:
    found = await queries_comments.comment(db, comment_id)
    return await queries_comments.comment(db, found.thread_id, lock=True)


def _text(text: str) -> str:
    text = text.strip()
    if not text:
        raise Invalid.of("text", "请写明意见")
    if len(text) > TEXT_MAX_CHARS:
        raise Invalid.of("text", f"意见最多 {TEXT_MAX_CHARS} 字，请写得简短些")
    if "\x00" in text:
        raise Invalid.of("text", "意见含有无法保存的特殊字符，请删除后重新输入")
    return text
