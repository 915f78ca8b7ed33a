"""Remarks pinned to fields: of what is reviewed, of an item, their answers and their end."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Router, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from contenthub.db import Read
from contenthub.library import actions_comments, queries, queries_comments, queries_remarks
from contenthub.library.models_reviews import ReviewComment
from contenthub.library.queries_comments import Thread
from contenthub.web import review_desk
from contenthub.web.deps import Db, Me, Now, keep_answer
from contenthub.web.keyset import id_of, page_size
from contenthub.web.signin import May

Text = Annotated[str, msgspec.Meta(max_length=2000, examples=["请写明是年化利率"])]
Field = Annotated[
    str,
    msgspec.Meta(
        max_length=80,
        examples=["fields.rate"],
        description="`title`、`body` 或 `fields.名称`；空 = 整体",
    ),
]


class RemarkBody(msgspec.Struct, forbid_unknown_fields=True):
    """A remark, and the field it is pinned to."""

    text: Text
    field: Field = ""


class AnswerBody(msgspec.Struct, forbid_unknown_fields=True):
    """An answer to a thread."""

    text: Text


class CommentView(msgspec.Struct):
    """One remark or answer."""

    id: UUID
    by_id: UUID
    by_name: str
    text: str
    created_at: datetime


class ThreadView(msgspec.Struct):
    """A remark on one field with its answers, oldest first."""

    id: UUID
    owner_kind: str
    owner_id: UUID
    subject_id: UUID
    field: str
    is_open: bool
    resolved_at: datetime | None
    resolved_by: str
    comments: list[CommentView]


class ThreadList(msgspec.Struct):
    """Every thread of one thing, open ones first; they are few, so there is one page."""

    items: list[ThreadView]
    next_cursor: str | None = None


class RemarkView(msgspec.Struct):
    """An open thread that waits for the reader: its last words, and what it is about."""

    id: UUID
    """The thread's first comment: answer or settle it by this id."""
    owner_kind: str
    owner_id: UUID
    title: str
    field: str
    is_answer: bool
    """Whether it is an answer to the reader's own remark."""
    by_name: str
    text: str
    created_at: datetime


class RemarkList(msgspec.Struct):
    """One page of open threads, newest words first."""

    items: list[RemarkView]
    next_cursor: str | None


async def _views(db: Read, threads: list[Thread]) -> list[ThreadView]:
    named = await queries.names(
        db, [i for t in threads for c in t.all for i in (c.by_id, c.resolved_by)]
    )
    return [
        ThreadView(
            t.first.id,
            t.first.owner_kind,
            t.first.owner_id,
            t.first.subject_id,
            t.first.field,
            t.is_open,
            t.first.resolved_at,
            named.get(t.first.resolved_by, "") if t.first.resolved_by else "",
            [
                CommentView(c.id, c.by_id, named.get(c.by_id, ""), c.text, c.created_at)
                for c in t.all
            ],
        )
        for t in threads
    ]


async def _thread_of(db: Read, made: ReviewComment) -> ThreadView:
    threads = await queries_comments.threads(db, made.owner_id)
    [own] = [t for t in threads if t.first.id == made.thread_id]
    return (await _views(db, [own]))[0]


@get(
    "/reviews/{review_id:uuid}/comments",
    guards=[May("reviews.decide")],
    summary="审核对象的字段意见",
    tags=["reviews"],
)
async def review_comments(review_id: FromPath[UUID], db: Db) -> ThreadList:
    """Return the threads of what a review is about, of earlier versions too."""
    place = await review_desk.place(db, await queries.review(db, review_id), "")
    return ThreadList(await _views(db, await queries_comments.threads(db, place.owner_id)))


@post(
    "/reviews/{review_id:uuid}/comments",
    guards=[May("reviews.decide")],
    summary="写字段意见",
    tags=["reviews"],
)
async def add_review_comment(
    review_id: FromPath[UUID], data: JSONBody[RemarkBody], db: Db, me: Me, now: Now
) -> ThreadView:
    """Pin a remark to a field; the author sees it beside that field."""
    place = await review_desk.place(db, await queries.review(db, review_id), data.field)
    made = await actions_comments.remark(db, place, data.text, by=me, at=now)
    return await _thread_of(db, made)


@get(
    "/review-comments",
    guards=[May("library.drafts")],
    summary="等我处理的字段意见",
    tags=["reviews"],
)
async def waiting_comments(
    db: Db, me: Me, cursor: FromQuery[str] = "", limit: FromQuery[int] = 50
) -> RemarkList:
    """Return open remarks on what the caller wrote, and answers to their own remarks."""
    limit = page_size(limit)
    found = await queries_remarks.waiting(db, me.id, before=id_of(cursor), limit=limit + 1)
    named = await queries.names(db, [one.last.by_id for one in found])
    rows = [
        RemarkView(
            one.first.id,
            one.first.owner_kind,
            one.first.owner_id,
            one.title,
            one.first.field,
            one.is_mine,
            named.get(one.last.by_id, ""),
            one.last.text,
            one.last.created_at,
        )
        for one in found[:limit]
    ]
    return RemarkList(rows, str(found[limit - 1].last.id) if len(found) > limit else None)


@get(
    "/items/{item_id:uuid}/comments",
    guards=[May("library.drafts")],
    summary="内容的字段意见",
    tags=["reviews"],
)
async def item_comments(item_id: FromPath[UUID], db: Db) -> ThreadList:
    """Return the threads on an item, for its author."""
    item = await queries.item(db, item_id)
    return ThreadList(await _views(db, await queries_comments.threads(db, item.id)))


@post(
    "/review-comments/{comment_id:uuid}/answers",
    guards=[May("library.drafts")],
    summary="回复字段意见",
    tags=["reviews"],
)
async def answer_comment(
    comment_id: FromPath[UUID], data: JSONBody[AnswerBody], db: Db, me: Me, now: Now
) -> ThreadView:
    """Answer a thread that is not settled."""
    return await _thread_of(
        db, await actions_comments.answer(db, comment_id, data.text, by=me, at=now)
    )


@post(
    "/review-comments/{comment_id:uuid}/settle",
    guards=[May("library.drafts")],
    status_code=200,
    summary="把字段意见标记为已解决",
    tags=["reviews"],
)
async def settle_comment(comment_id: FromPath[UUID], db: Db, me: Me, now: Now) -> ThreadView:
    """Mark a thread as settled: who began it, or any reviewer."""
    return await _thread_of(db, await actions_comments.settle(db, comment_id, by=me, at=now))


HANDLERS = [
    Router(
        "/api/v1",
        route_handlers=[
            review_comments,
            add_review_comment,
            item_comments,
            waiting_comments,
            answer_comment,
            settle_comment,
        ],
        after_request=keep_answer,
    )
]
