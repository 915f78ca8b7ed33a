"""GET /reviews, POST /reviews/{id}/approve, POST /reviews/{id}/return."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Router, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from contenthub.db import Read
from contenthub.errors import Invalid
from contenthub.library import queries
from contenthub.library.models import Review
from contenthub.web import review_desk
from contenthub.web.deps import Db, Me, Now, keep_answer
from contenthub.web.keyset import id_of, page_size
from contenthub.web.signin import May

PAGE = 50
STATES = ("waiting", "approved", "returned", "withdrawn")

Comment = Annotated[str, msgspec.Meta(max_length=4000, examples=["利率与牌价一致"])]


class ApproveBody(msgspec.Struct, forbid_unknown_fields=True):
    """What the reviewer adds to an approval."""

    comment: Comment = ""


class ReturnBody(msgspec.Struct, forbid_unknown_fields=True):
    """Why it goes back; the author reads it."""

    comment: Comment = ""


class ReviewView(msgspec.Struct, kw_only=True):
    """One look of a second person at one exact hash."""

    id: UUID
    subject_kind: str
    subject_id: UUID
    subject_hash: str
    title: str
    state: str
    author_id: UUID
    author: str
    reviewer_id: UUID | None
    reviewer: str
    comment: str
    due_at: datetime | None
    created_at: datetime
    decided_at: datetime | None


class ReviewPage(msgspec.Struct):
    """One page of reviews; waiting ones oldest first."""

    items: list[ReviewView]
    next_cursor: str | None


async def views(db: Read, found: list[Review]) -> list[ReviewView]:
    """Return what the API shows of reviews, names included."""
    named = await queries.names(db, [i for r in found for i in (r.author_id, r.reviewer_id)])
    plain = [name for name in ReviewView.__struct_fields__ if name not in ("author", "reviewer")]
    return [
        ReviewView(
            author=named.get(one.author_id, ""),
            reviewer=named.get(one.reviewer_id, "") if one.reviewer_id else "",
            **{name: getattr(one, name) for name in plain},
        )
        for one in found
    ]


@get("/reviews", guards=[May("reviews.decide")], summary="审核队列", tags=["reviews"])
async def list_reviews(
    db: Db,
    in_state: Annotated[str, QueryParameter(name="state")] = "waiting",
    subject_kind: FromQuery[str] = "",
    cursor: FromQuery[str] = "",
    limit: FromQuery[int] = PAGE,
) -> ReviewPage:
    """Return reviews in a state."""
    if in_state not in STATES:
        raise Invalid.of("state", f"审核状态应是 {'、'.join(STATES)} 之一")
    if subject_kind and subject_kind not in review_desk.SUBJECTS:
        raise Invalid.of("subject_kind", f"应是 {'、'.join(review_desk.SUBJECTS)} 之一")
    limit = page_size(limit)
    found = await queries.review_inbox(
        db, state=in_state, subject_kind=subject_kind, after=id_of(cursor), limit=limit + 1
    )
    more = str(found[limit - 1].id) if len(found) > limit else None
    return ReviewPage(await views(db, list(found[:limit])), more)


@post(
    "/reviews/{review_id:uuid}/approve",
    guards=[May("reviews.decide")],
    status_code=200,
    summary="审核通过",
    tags=["reviews"],
)
async def approve_review(
    review_id: FromPath[UUID], db: Db, me: Me, now: Now, data: JSONBody[ApproveBody | None] = None
) -> ReviewView:
    """Approve exactly what was submitted; never one's own work."""
    comment = data.comment if data else ""
    taken = await review_desk.approve(db, review_id, comment=comment, by=me, at=now)
    return (await views(db, [taken]))[0]


@post(
    "/reviews/{review_id:uuid}/return",
    guards=[May("reviews.decide")],
    status_code=200,
    summary="退回修改",
    tags=["reviews"],
)
async def return_review(
    review_id: FromPath[UUID], data: JSONBody[ReturnBody], db: Db, me: Me, now: Now
) -> ReviewView:
    """Return it to its author with the reason."""
    taken = await review_desk.give_back(db, review_id, comment=data.comment, by=me, at=now)
    return (await views(db, [taken]))[0]


HANDLERS = [
    Router(
        "/api/v1",
        route_handlers=[list_reviews, approve_review, return_review],
        after_request=keep_answer,
    )
]
