"""GET /reviews, the decision of one and of many, and the record that is kept of each."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, Router, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from contenthub.db import Read
from contenthub.errors import Invalid
from contenthub.library import queries, queries_reviews
from contenthub.library.findings import Kept, OpenFindings
from contenthub.library.models import Review
from contenthub.library.queries_reviews import Wanted
from contenthub.web import review_desk, review_records, sheets
from contenthub.web.api.audit import aware
from contenthub.web.deps import Db, InState, Me, Now, OurBank, keep_answer
from contenthub.web.keyset import id_of, page_size
from contenthub.web.openapi import answers
from contenthub.web.signin import May

PAGE = 50
STATES = ("waiting", "approved", "returned", "withdrawn", "decided")

Comment = Annotated[str, msgspec.Meta(max_length=4000, examples=["利率与牌价一致"])]
Rule = Annotated[str, msgspec.Meta(max_length=80, examples=["ABS-02"])]
Where = Annotated[str, msgspec.Meta(max_length=200, examples=["title:3"])]


class KeptBody(msgspec.Struct, forbid_unknown_fields=True):
    """Why a finding that has to be weighed may stay; without rule and where, every one."""

    reason: Annotated[str, msgspec.Meta(max_length=1000, examples=["有出处，已核对证明材料"])]
    rule: Rule = ""
    where: Where = ""


class ApproveBody(msgspec.Struct, forbid_unknown_fields=True):
    """What the reviewer adds to an approval."""

    comment: Comment = ""
    kept: Annotated[list[KeptBody], msgspec.Meta(max_length=200)] = []


class ReturnBody(msgspec.Struct, forbid_unknown_fields=True):
    """Why it goes back; the author reads it."""

    comment: Comment = ""


class BulkBody(msgspec.Struct, forbid_unknown_fields=True):
    """Many at once, each judged by itself."""

    ids: Annotated[list[UUID], msgspec.Meta(min_length=1, max_length=review_desk.BULK_MAX)]
    verb: Annotated[str, msgspec.Meta(examples=["approve"], description="approve 或 return")]
    comment: Comment = ""


class ReviewView(msgspec.Struct, kw_only=True):
    """One step of a second person's look at one exact hash."""

    id: UUID
    round_id: UUID
    subject_kind: str
    subject_id: UUID
    subject_hash: str
    item_id: UUID | None
    """The item it is of, or sends; None for a cadence."""
    template_id: UUID | None
    """Of a poster, its template."""
    title: str
    state: str
    step_no: int
    steps_total: int
    step_name: str
    step_role: str
    author_id: UUID
    author: str
    involved: list[UUID]
    """Everybody who wrote or submitted it; none of them may decide."""
    reviewer_id: UUID | None
    reviewer: str
    acting_for: str
    """The colleague on leave in whose place the reviewer decided."""
    comment: str
    due_at: datetime | None
    is_late: bool
    created_at: datetime
    decided_at: datetime | None


class ReviewPage(msgspec.Struct):
    """One page of reviews; waiting ones by their due time."""

    items: list[ReviewView]
    next_cursor: str | None


class RecordView(msgspec.Struct, kw_only=True):
    """A decided step with what was seen and said."""

    review: ReviewView
    rule_pack: str
    hits: list[dict[str, Any]]
    kept: list[dict[str, Any]]
    remarks: list[dict[str, Any]]


class RecordPage(msgspec.Struct):
    """The steps of one submission in their order."""

    items: list[RecordView]


class OutcomeView(msgspec.Struct):
    """What became of one review of many."""

    review_id: UUID
    title: str
    is_done: bool
    message: str


class BulkDone(msgspec.Struct):
    """What became of each, in the order asked."""

    items: list[OutcomeView]


async def views(db: Read, found: list[Review], *, at: datetime) -> list[ReviewView]:
    """Return what the API shows of reviews, names included."""
    named = await queries.names(
        db, [i for r in found for i in (r.author_id, r.reviewer_id, r.acting_for_id)]
    )
    at_home = await review_desk.whereabouts(db, found)
    made = ("author", "reviewer", "acting_for", "is_late", "item_id", "template_id")
    plain = [name for name in ReviewView.__struct_fields__ if name not in made]
    return [
        ReviewView(
            author=named.get(one.author_id, ""),
            reviewer=named.get(one.reviewer_id, "") if one.reviewer_id else "",
            acting_for=named.get(one.acting_for_id, "") if one.acting_for_id else "",
            item_id=at_home[one.id][0],
            template_id=at_home[one.id][1],
            is_late=one.due_at is not None and one.due_at < (one.decided_at or at),
            **{name: getattr(one, name) for name in plain},
        )
        for one in found
    ]


@get("/reviews", guards=[May("reviews.decide")], summary="审核队列", tags=["reviews"])
async def list_reviews(
    db: Db,
    me: Me,
    now: Now,
    in_state: InState = "waiting",
    subject_kind: FromQuery[str] = "",
    mine: FromQuery[bool] = False,
    late: FromQuery[bool] = False,
    q: FromQuery[str] = "",
    cursor: FromQuery[str] = "",
    limit: FromQuery[int] = PAGE,
) -> ReviewPage:
    """Return reviews in a state; `mine` are the steps in one's own hands, `late` overdue ones."""
    limit = page_size(limit)
    hands = await queries_reviews.hands(db, me, at=now) if mine else None
    wanted = Wanted(
        _state(in_state),
        _kind(subject_kind),
        mine=hands,
        late_at=now if late else None,
        words=q.strip(),
    )
    found = await queries_reviews.inbox(db, wanted, after=id_of(cursor), limit=limit + 1)
    more = str(found[limit - 1].id) if len(found) > limit else None
    return ReviewPage(await views(db, list(found[:limit]), at=now), more)


def _state(said: str) -> str:
    if said not in STATES:
        raise Invalid.of("state", f"审核状态应是 {'、'.join(STATES)} 之一")
    return said


def _kind(said: str) -> str:
    if said and said not in review_desk.SUBJECTS:
        raise Invalid.of("subject_kind", f"应是 {'、'.join(review_desk.SUBJECTS)} 之一")
    return said


@get(
    "/review-records",
    guards=[May("audit.view")],
    summary="审核记录",
    tags=["reviews"],
    responses=answers(ReviewPage),
    opt=sheets.AS_SHEET_TOO,
)
async def list_records(
    db: Db,
    me: Me,
    bank: OurBank,
    now: Now,
    in_state: InState = "decided",
    subject_kind: FromQuery[str] = "",
    since: FromQuery[datetime | None] = None,
    until: FromQuery[datetime | None] = None,
    q: FromQuery[str] = "",
    cursor: FromQuery[str] = "",
    limit: FromQuery[int] = PAGE,
    answer: Annotated[str, QueryParameter(name="format")] = "json",
) -> Response[Any]:
    """Return decided reviews, newest first; `format=xlsx` gives all of them with their record."""
    wanted = Wanted(
        _state(in_state),
        _kind(subject_kind),
        since=aware("since", since),
        until=aware("until", until),
        words=q.strip(),
    )
    if answer == "xlsx":
        rows = await review_records.export_rows(db, wanted, by=me, at=now)
        data = sheets.xlsx(
            "审核记录", review_records.COLUMNS, rows, by=me.name, at=now, zone=bank.zone
        )
        return sheets.download(data, "审核记录.xlsx")
    limit = page_size(limit)
    found = await queries_reviews.inbox(db, wanted, after=id_of(cursor), limit=limit + 1)
    more = str(found[limit - 1].id) if len(found) > limit else None
    return Response(ReviewPage(await views(db, list(found[:limit]), at=now), more))


@get(
    "/reviews/{review_id:uuid}/record",
    guards=[May("audit.view")],
    summary="一次提交的审核记录",
    tags=["reviews"],
)
async def review_record(review_id: FromPath[UUID], db: Db, now: Now) -> RecordPage:
    """Return every step of the submission with findings, reasons, remarks and the hash."""
    steps = list(await queries_reviews.round_of(db, await queries.review(db, review_id)))
    shown = await views(db, steps, at=now)
    told = await review_records.records(db, steps)
    return RecordPage(
        [
            RecordView(
                review=view,
                rule_pack=one.review.rule_pack,
                hits=one.review.hits,
                kept=one.review.overrides,
                remarks=[
                    {"field": c.field, "place": place, "by": who, "text": c.text}
                    | {"at": c.created_at, "resolved_at": c.resolved_at}
                    for c, who, place in one.remarks
                ],
            )
            for view, one in zip(shown, told, strict=True)
        ]
    )


_OPEN = {
    "type": "urn:contenthub:open_findings",
    "title": OpenFindings.title,
    "detail": "还有 1 处须核对的提示没有写明保留的理由；请逐条写明，或退回作者修改",
    "code": OpenFindings.code,
    "errors": [
        {
            "pointer": "/title",
            "message": "写明统计口径、来源和时间",
            "where": "title:3",
            "rule": "ABS-02",
            "name": "比较用语须有依据",
            "severity": "review",
            "text": "领先",
        }
    ],
}
"""What an approval is refused with, as the document shows it."""


@post(
    "/reviews/{review_id:uuid}/approve",
    guards=[May("reviews.decide")],
    status_code=200,
    summary="审核通过",
    tags=["reviews"],
    opt={"refusals": {409: _OPEN}},
)
async def approve_review(
    review_id: FromPath[UUID], db: Db, me: Me, now: Now, data: JSONBody[ApproveBody | None] = None
) -> ReviewView:
    """Approve exactly what was submitted; never one's own work.

    409 `open_findings` and `blocking_hits` list in `errors` every finding in the way: place,
    rule, words, advice. A `review` finding is kept by a reason in `kept` (its `rule` and
    `where`); a `block` finding goes back to the author.
    """
    body = data or ApproveBody()
    kept = [Kept(one.rule, one.where, one.reason) for one in body.kept]
    taken = await review_desk.approve(db, review_id, comment=body.comment, kept=kept, by=me, at=now)
    return (await views(db, [taken], at=now))[0]


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
    return (await views(db, [taken], at=now))[0]


@post(
    "/reviews/bulk",
    guards=[May("reviews.decide")],
    status_code=200,
    summary="批量审核",
    tags=["reviews"],
)
async def decide_reviews(data: JSONBody[BulkBody], db: Db, me: Me, now: Now) -> BulkDone:
    """Approve or return many; what has rule findings or fails its own check is left and named."""
    found = await review_desk.decide_many(
        db, data.ids, data.verb, comment=data.comment, by=me, at=now
    )
    return BulkDone([OutcomeView(o.review_id, o.title, o.is_done, o.message) for o in found])


HANDLERS = [
    Router(
        "/api/v1",
        route_handlers=[
            list_reviews,
            list_records,
            review_record,
            approve_review,
            return_review,
            decide_reviews,
        ],
        after_request=keep_answer,
    )
]
