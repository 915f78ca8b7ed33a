"""审核中心: the queue of everything that waits, one subject beside it, and the decision."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, QueryParameter, URLEncodedBody
from litestar.response import Template

from contenthub.customers import queries_audience as audiences
from contenthub.customers import tagexpr
from contenthub.db import Read
from contenthub.errors import ContentHubError
from contenthub.library import queries, queries_reviews, richtext
from contenthub.library.models import Review
from contenthub.library.review import RETURN_REASONS
from contenthub.posters import queries as posters
from contenthub.scheduler import queries as scheduler
from contenthub.tenants.models import Bank, Staff
from contenthub.web import review_desk
from contenthub.web.deps import Db, Me, Now, OurBank
from contenthub.web.pages import go, is_fragment, page
from contenthub.web.signin import May
from contenthub.web.wordings import changes, facts_of, placed_hits

HERE = "/console/reviews"
PAGE = 50
STATES = {"waiting": "待审核", "approved": "已通过", "returned": "已退回"}


@dataclass
class DecisionForm:
    """What the reviewer says."""

    comment: str = ""


@dataclass
class Look:
    """What a reviewer sees of a subject, and why it cannot be approved ('' when it can)."""

    kind: str
    why_not: str = ""
    values: dict[str, Any] = field(default_factory=dict)


async def _revision(db: Read, subject: Review, bank: Bank, *, at: datetime) -> Look:
    revision = await queries.revision(db, subject.subject_id)
    item, _, current = await queries.item_wordings(db, revision.item_id)
    before = current if current is not None and current.id != revision.id else None
    blocks = sum(1 for hit in revision.hits if hit["severity"] == "block")
    why_not = f"还有 {blocks} 处必须修改的合规问题" if blocks else ""
    if revision.valid_until is not None and revision.valid_until <= at:
        why_not = "有效期已经过去"
    return Look(
        "revision",
        why_not,
        {
            "item": item,
            "revision": revision,
            "before": before,
            "hits": placed_hits(revision, revision.hits),
            "blocks": blocks,
            "changed": await changes(db, before, revision, zone=bank.zone),
            "facts": facts_of(revision),
            "body_text": richtext.plain(revision.body)[:1200],
        },
    )


async def _template(db: Read, subject: Review, _bank: Bank, *, at: datetime) -> Look:
    revision = await posters.template_revision(db, subject.subject_id)
    template = await posters.template(db, revision.template_id)
    why_not = ""
    try:
        item, shown = await queries.live(db, template.item_id, at=at)
        if shown.id != revision.item_revision_id:
            why_not = "海报对应的内容已有新的发布版本，请退回重做"
    except queries.NotLive:
        item = await queries.item(db, template.item_id)
        why_not = "对应的内容还没有发布，请先审核内容"
    return Look("template", why_not, {"template": template, "revision": revision, "item": item})


async def _push(db: Read, subject: Review, _bank: Bank, *, at: datetime) -> Look:
    push = await scheduler.push(db, subject.subject_id)
    item = await queries.item(db, push.item_id)
    values: dict[str, Any] = {"push": push, "item": item, "waterfall": None, "problem": ""}
    try:
        # Counted now: what would go out if the hour were here, each removal with its reason.
        found = await audiences.audience(
            db, tagexpr.parse(push.expr), topic=push.topic, at=push.fire_at
        )
        values["waterfall"] = found.waterfall()
    except ContentHubError as error:
        values["problem"] = error.detail
    why_not = "发送时间已经过去，请退回修改" if push.fire_at <= at else ""
    if item.live_revision_id != push.revision_id:
        why_not = "内容已下架或已有新版本，请退回修改"
    return Look("push", why_not, values)


_LOOKS: dict[str, Callable[..., Awaitable[Look]]] = {
    "revision": _revision,
    "template": _template,
    "push": _push,
}


async def look_at(
    db: Read, subject: Review, me: Staff, *, bank: Bank, at: datetime
) -> dict[str, Any]:
    """Return the context of a review's detail for `me`."""
    look = await _LOOKS[subject.subject_kind](db, subject, bank, at=at)
    earlier = await queries_reviews.reviews_of_item(db, subject)
    named = await queries.names(
        db, [subject.author_id, *(i for r in earlier for i in (r.author_id, r.reviewer_id))]
    )
    why_not = "这是您自己提交的，须由另一位同事审核" if subject.author_id == me.id else ""
    return {
        "review": subject,
        "label": review_desk.SUBJECTS[subject.subject_kind].label,
        "look": look,
        "why_not": why_not or look.why_not,
        "is_own": subject.author_id == me.id,
        "earlier": earlier,
        "named": named,
        "reasons": RETURN_REASONS,
    }


@get(HERE, guards=[May("reviews.decide")], include_in_schema=False)
async def reviews_page(
    request: Request[Any, Any, Any],
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
    in_state: Annotated[str, QueryParameter(name="state")] = "waiting",
    subject_kind: FromQuery[str] = "",
    cursor: FromQuery[UUID | None] = None,
    done: FromQuery[UUID | None] = None,
) -> Template:
    """Show the queue and its first subject."""
    state = in_state if in_state in STATES else "waiting"
    kind = subject_kind if subject_kind in review_desk.SUBJECTS else ""
    values = await _queue(db, state=state, kind=kind, after=cursor)
    first = values["reviews"][0] if values["reviews"] else None
    values["shown"] = None
    if first is not None:
        values["shown"] = await look_at(db, first, me, bank=bank, at=now)
    values["toast"] = await _toast(db, done)
    return page(request, "console/reviews.html", **values)


async def _queue(
    db: Read, *, state: str = "waiting", kind: str = "", after: UUID | None = None
) -> dict[str, Any]:
    found = await queries.review_inbox(
        db, state=state, subject_kind=kind, after=after, limit=PAGE + 1
    )
    reviews = list(found[:PAGE])
    counts = await queries_reviews.review_counts(db)
    words = {"state": "" if state == "waiting" else state, "subject_kind": kind}
    kept = urlencode({name: word for name, word in words.items() if word})
    total, waits = sum(counts.values()), state == "waiting"
    chips = [("全部", f"{HERE}?state={state}", not kind, total if waits else None)]
    for slug, each in review_desk.SUBJECTS.items():
        url = f"{HERE}?state={state}&subject_kind={slug}"
        chips.append((each.label, url, kind == slug, counts.get(slug, 0) if waits else None))
    return {
        "reviews": reviews,
        "next_cursor": str(reviews[-1].id) if len(found) > PAGE else "",
        "is_first": after is None,
        "names": await queries.names(
            db, [i for one in reviews for i in (one.author_id, one.reviewer_id)]
        ),
        "subjects": review_desk.SUBJECTS,
        "tabs": [
            (
                label,
                f"{HERE}?state={slug}",
                state == slug,
                sum(counts.values()) if slug == "waiting" else None,
            )
            for slug, label in STATES.items()
        ],
        "chips": chips,
        "kept": kept,
        "in_state": state,
    }


async def _toast(db: Read, done: UUID | None) -> str:
    if done is None:
        return ""
    decided = await queries.review(db, done)
    word = {"approved": "已通过", "returned": "已退回"}.get(decided.state, "")
    return f"{word}“{decided.title}”" if word else ""


@get(f"{HERE}/{{review_id:uuid}}", guards=[May("reviews.decide")], include_in_schema=False)
async def review_page(
    request: Request[Any, Any, Any],
    review_id: FromPath[UUID],
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
    done: FromQuery[UUID | None] = None,
) -> Template:
    """Show one subject beside the queue."""
    subject = await queries.review(db, review_id)
    shown = await look_at(db, subject, me, bank=bank, at=now)
    if is_fragment(request):
        return page(request, "console/_review.html", shown=shown)
    values = await _queue(db)
    return page(
        request, "console/reviews.html", **values, shown=shown, toast=await _toast(db, done)
    )


@post(f"{HERE}/{{review_id:uuid}}/approve", guards=[May("reviews.decide")], include_in_schema=False)
async def approve_review(
    request: Request[Any, Any, Any],
    review_id: FromPath[UUID],
    data: URLEncodedBody[DecisionForm],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Approve, and open the next one that waits."""
    await review_desk.approve(db, review_id, comment=data.comment, by=me, at=now)
    return await _next(request, db, review_id, me)


@post(f"{HERE}/{{review_id:uuid}}/return", guards=[May("reviews.decide")], include_in_schema=False)
async def return_review(
    request: Request[Any, Any, Any],
    review_id: FromPath[UUID],
    data: URLEncodedBody[DecisionForm],
    db: Db,
    me: Me,
    now: Now,
) -> Response[Any]:
    """Return it with the reason, and open the next one that waits."""
    await review_desk.give_back(db, review_id, comment=data.comment, by=me, at=now)
    return await _next(request, db, review_id, me)


async def _next(
    request: Request[Any, Any, Any], db: Read, review_id: UUID, me: Staff
) -> Response[Any]:
    """Go to the next review that waits, somebody else's first, or to the empty queue."""
    later = await queries.review_inbox(db, after=review_id, limit=PAGE)
    waiting = [*later, *await queries.review_inbox(db, limit=PAGE)]
    waiting.sort(key=lambda one: one.author_id == me.id)
    url = f"{HERE}/{waiting[0].id}" if waiting else HERE
    return go(request, f"{url}?done={review_id}")


HANDLERS = [reviews_page, review_page, approve_review, return_review]
