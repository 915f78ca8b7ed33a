"""Remarks on fields: the reviewer's and the author's fragments of the same threads."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Template

from contenthub.db import Read
from contenthub.library import actions_comments, queries, queries_comments, queries_remarks
from contenthub.library.models import Review
from contenthub.library.models_reviews import ReviewComment
from contenthub.library.queries_remarks import Waiting
from contenthub.tenants import access
from contenthub.tenants.models import Staff
from contenthub.web import review_desk
from contenthub.web.deps import Db, Me, Now
from contenthub.web.keyset import id_of
from contenthub.web.pages import page
from contenthub.web.review_looks import shown_threads
from contenthub.web.signin import May
from contenthub.web.wordings import places

PAGE = 50
_FIELDS = {"title": "标题", "script": "分享话术"}


class Owner(NamedTuple):
    """A kind of thing that remarks are pinned to: its word, its page, its sign."""

    word: str
    href: str
    icon: str


OWNERS = {
    "item": Owner("内容", "/console/library/", "books"),
    "template": Owner("海报", "/console/posters/", "photo-edit"),
    "push": Owner("推送", "/console/pushes/", "send"),
    "cadence": Owner("跟进节奏", "/console/cadences/", "calendar-event"),
}


@dataclass
class RemarkForm:
    """What somebody remarks, and on which field."""

    text: str = ""
    field: str = ""


@post(
    "/console/reviews/{review_id:uuid}/comments",
    guards=[May("reviews.decide")],
    include_in_schema=False,
)
async def leave_remark(
    request: Request[Any, Any, Any],
    review_id: FromPath[UUID],
    data: URLEncodedBody[RemarkForm],
    db: Db,
    me: Me,
    now: Now,
) -> Template:
    """Pin a remark to a field of what waits, and show the threads again."""
    found = await queries.review(db, review_id)
    place = await review_desk.place(db, found, data.field)
    made = await actions_comments.remark(db, place, data.text, by=me, at=now)
    return await _threads(request, db, made, me=me, review=found)


@post(
    "/console/review-comments/{comment_id:uuid}/answer",
    guards=[May("library.drafts")],
    include_in_schema=False,
)
async def answer_remark(
    request: Request[Any, Any, Any],
    comment_id: FromPath[UUID],
    data: URLEncodedBody[RemarkForm],
    db: Db,
    me: Me,
    now: Now,
) -> Template:
    """Answer a thread: the author says what was changed, the reviewer asks on."""
    made = await actions_comments.answer(db, comment_id, data.text, by=me, at=now)
    return await _threads(request, db, made, me=me)


@post(
    "/console/review-comments/{comment_id:uuid}/settle",
    guards=[May("library.drafts")],
    include_in_schema=False,
)
async def settle_remark(
    request: Request[Any, Any, Any], comment_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Template:
    """Mark a thread as settled."""
    made = await actions_comments.settle(db, comment_id, by=me, at=now)
    return await _threads(request, db, made, me=me)


@get("/console/review-comments", guards=[May("library.drafts")], include_in_schema=False)
async def remarks_page(
    request: Request[Any, Any, Any], db: Db, me: Me, cursor: FromQuery[str] = ""
) -> Template:
    """List the open remarks on what one wrote, and the answers to one's own."""
    found = await queries_remarks.waiting(db, me.id, before=id_of(cursor), limit=PAGE + 1)
    return page(
        request,
        "console/remarks.html",
        **await remarks(db, found[:PAGE]),
        count=await queries_remarks.waiting_count(db, me.id),
        is_first=not cursor,
        next_cursor=str(found[PAGE - 1].last.id) if len(found) > PAGE else "",
    )


async def remarks(db: Read, found: Sequence[Waiting]) -> dict[str, Any]:
    """Return open threads as a list shows them: rows, the words of their fields, who spoke."""
    fields = {
        one.first.id: places(one.kind, one.topic) if one.kind else dict(_FIELDS) for one in found
    }
    return {
        "remarks": found,
        "remark_fields": {
            one.first.id: fields[one.first.id].get(one.first.field, "整体") for one in found
        },
        "remark_names": await queries.names(db, [one.last.by_id for one in found]),
        "owners": OWNERS,
    }


@get(
    "/console/review-comments/{comment_id:uuid}",
    guards=[May("library.drafts")],
    include_in_schema=False,
)
async def remark_page(
    request: Request[Any, Any, Any], comment_id: FromPath[UUID], db: Db, me: Me
) -> Template:
    """Show every remark on what one comment is about, with the way there."""
    found = await queries_comments.comment(db, comment_id)
    threads = await queries_comments.threads(db, found.owner_id)
    words = dict(_FIELDS)
    if found.owner_kind == "item":
        item = await queries.item(db, found.owner_id)
        words = places(item.kind, item.topic)
    shown = await _named(db, shown_threads(threads, words), me=me)
    return page(
        request,
        "console/remark.html",
        shown=shown,
        owner=OWNERS[found.owner_kind],
        href=OWNERS[found.owner_kind].href + str(found.owner_id),
        title=await queries_remarks.title_of(db, found),
    )


@get(
    "/console/library/{item_id:uuid}/comments",
    guards=[May("library.drafts")],
    include_in_schema=False,
)
async def item_remarks(
    request: Request[Any, Any, Any], item_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> Template:
    """Show the remarks on an item to who writes it: a fragment of its page and its form."""
    item = await queries.item(db, item_id)
    threads = await queries_comments.threads(db, item.id)
    shown = shown_threads(threads, places(item.kind, item.topic))
    return page(
        request, "console/_item_remarks.html", shown=await _named(db, shown, me=me), item=item
    )


async def _threads(
    request: Request[Any, Any, Any],
    db: Read,
    made: ReviewComment,
    *,
    me: Staff,
    review: Review | None = None,
) -> Template:
    threads = await queries_comments.threads(db, made.owner_id)
    words: dict[str, str] = {}
    if made.owner_kind == "item":
        item = await queries.item(db, made.owner_id)
        words = places(item.kind, item.topic)
    if review is None and access.may(me.roles, "reviews.decide"):
        review = await queries.waiting_review(db, made.subject_id)
    shown = await _named(db, shown_threads(threads, words), me=me)
    return page(request, "console/_review_threads.html", shown={**shown, "review": review})


async def _named(db: Read, shown: dict[str, Any], *, me: Staff) -> dict[str, Any]:
    people = [i for t in shown["threads"] for c in t.all for i in (c.by_id, c.resolved_by)]
    return {
        **shown,
        "named": await queries.names(db, people),
        "may_settle": access.may(me.roles, "reviews.decide"),
        "review": None,
    }


HANDLERS = [
    leave_remark,
    answer_remark,
    settle_remark,
    remarks_page,
    remark_page,
    item_remarks,
]
