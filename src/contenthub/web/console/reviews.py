"""审核中心: the queue of everything that waits, one subject beside it, and the decision."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Template

from contenthub.db import Read
from contenthub.errors import Invalid
from contenthub.library import queries, queries_reviews, queries_rules
from contenthub.library.findings import Kept
from contenthub.library.models import Review
from contenthub.library.queries_reviews import Hands, Waiting, Wanted
from contenthub.tenants import access
from contenthub.tenants.models import Bank, Staff
from contenthub.web import presence, review_desk
from contenthub.web.deps import Db, InState, Me, Now, OurBank, TheHouse
from contenthub.web.house import House
from contenthub.web.pages import go, is_fragment, page
from contenthub.web.review_looks import look_at, people_of
from contenthub.web.signin import May

HERE = "/console/reviews"
PAGE = 50
STATES = {"waiting": "待审核", "approved": "已通过", "returned": "已退回"}


@dataclass
class BulkForm:
    """What to do with the ticked ones, and the reason of a return."""

    verb: str = ""
    comment: str = ""
    sure: str = ""
    """Said after the page has told what an approval would do."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the queue was asked for; unknown words are dropped, as a page has no use for them."""

    state: str = "waiting"
    kind: str = ""
    mine: bool = False
    late: bool = False

    def query(self, **over: Any) -> str:
        """Return the words of a URL that asks for this, with some changed."""
        words = {"state": self.state, "subject_kind": self.kind, "mine": "1" if self.mine else ""}
        words |= {"late": "1" if self.late else "", **over}
        if words["state"] == "waiting":
            words["state"] = ""
        return urlencode({name: word for name, word in words.items() if word})

    def wanted(self, of: Hands, *, at: datetime) -> Wanted:
        """Return it as a filter of the room."""
        return Wanted(
            self.state,
            self.kind,
            mine=of if self.mine else None,
            late_at=at if self.late else None,
        )


@dataclass
class DecisionForm:
    """What the reviewer says, and the reason to keep every finding that has to be weighed."""

    comment: str = ""
    kept_reason: str = ""
    subject_kind: str = ""
    late: str = ""
    """What the queue beside it shows: the next one is of these."""

    def queue(self) -> Asked:
        """Return what the queue was asked for; unknown words are dropped."""
        kind = self.subject_kind if self.subject_kind in review_desk.SUBJECTS else ""
        return Asked(kind=kind, late=bool(self.late))


@dataclass(frozen=True, slots=True)
class Desk:
    """At whose desk a page is drawn, and when."""

    db: Read
    house: House
    bank: Bank
    me: Staff
    hands: Hands
    now: datetime

    async def shown(self, subject: Review) -> dict[str, Any]:
        """Return a review's detail as this person sees it, names included."""
        shown = await look_at(self.db, subject, self.hands, bank=self.bank, at=self.now)
        shown["named"] = await queries.names(self.db, people_of(shown))
        return shown


async def _desk(db: Read, house: House, bank: Bank, *, me: Staff, now: datetime) -> Desk:
    return Desk(db, house, bank, me, await queries_reviews.hands(db, me, at=now), now)


@get(HERE, guards=[May("reviews.decide")], include_in_schema=False)
async def reviews_page(
    request: Request[Any, Any, Any],
    db: Db,
    me: Me,
    bank: OurBank,
    house: TheHouse,
    now: Now,
    in_state: InState = "waiting",
    subject_kind: FromQuery[str] = "",
    mine: FromQuery[bool] = False,
    late: FromQuery[bool] = False,
    cursor: FromQuery[UUID | None] = None,
    done: FromQuery[UUID | None] = None,
) -> Template:
    """Show the queue and its first subject."""
    asked = Asked(
        in_state if in_state in STATES else "waiting",
        subject_kind if subject_kind in review_desk.SUBJECTS else "",
        mine,
        late,
    )
    desk = await _desk(db, house, bank, me=me, now=now)
    values = await _queue(desk, asked, after=cursor)
    first = values["reviews"][0] if values["reviews"] else None
    values["toast"] = await _toast(db, done)
    values["shown"] = await _with_names(desk, values, first)
    return page(request, "console/reviews.html", **values)


async def _with_names(
    desk: Desk, values: dict[str, Any], subject: Review | None
) -> dict[str, Any] | None:
    """Return a subject's detail; the names of it and of the queue are asked for together."""
    people: list[UUID | None] = [
        *(i for one in values["reviews"] for i in (one.author_id, one.reviewer_id)),
        *(i for those in values["looking"].values() for i in those),
    ]
    shown = None
    if subject is not None:
        shown = await look_at(desk.db, subject, desk.hands, bank=desk.bank, at=desk.now)
        people += people_of(shown)
    values["names"] = await queries.names(desk.db, people)
    if shown is not None:
        shown["named"] = values["names"]
    return shown


async def _queue(desk: Desk, asked: Asked, *, after: UUID | None = None) -> dict[str, Any]:
    wanted = asked.wanted(desk.hands, at=desk.now)
    found = await queries_reviews.inbox(desk.db, wanted, after=after, limit=PAGE + 1)
    reviews = list(found[:PAGE])
    counts = await queries_reviews.waiting(desk.db, desk.hands, at=desk.now)
    looking = await presence.lookers(desk.house.redis, desk.bank.id, at=desk.now)
    return {
        "reviews": reviews,
        "next_cursor": str(reviews[-1].id) if len(found) > PAGE else "",
        "is_first": after is None,
        "subjects": review_desk.SUBJECTS,
        "tabs": [
            (
                label,
                f"{HERE}?state={slug}",
                asked.state == slug,
                counts.total if slug == "waiting" else None,
            )
            for slug, label in STATES.items()
        ],
        "chips": _chips(asked, counts),
        "kept": asked.query(),
        "asked": asked,
        "in_state": asked.state,
        "failing": await _failing(desk.db, reviews),
        "looking": {one.id: looking[one.id] - {desk.me.id} for one in reviews if one.id in looking},
        "may_record": access.may(desk.me.roles, "audit.view"),
    }


async def _failing(db: Read, reviews: list[Review]) -> set[UUID]:
    """Return which waiting items a rule that came since stops."""
    waiting = [one.subject_id for one in reviews if one.state == "waiting"]
    return await queries_rules.failing_of(db, waiting) if waiting else set()


def _chips(asked: Asked, counts: Waiting) -> list[tuple[str, str, bool, int | None]]:
    waits = asked.state == "waiting"

    def chip(label: str, is_on: bool, count: int, **over: Any) -> tuple[str, str, bool, int | None]:
        query = asked.query(**over)
        return label, f"{HERE}?{query}" if query else HERE, is_on, count if waits else None

    plain = not (asked.kind or asked.mine or asked.late)
    chips = [chip("全部", plain, counts.total, subject_kind="", mine="", late="")]
    if waits:
        chips.append(chip("待我审", asked.mine, counts.mine, mine="" if asked.mine else "1"))
        chips.append(chip("已超时", asked.late, counts.late, late="" if asked.late else "1"))
    for slug, each in review_desk.SUBJECTS.items():
        is_on = asked.kind == slug
        count = counts.kinds.get(slug, 0)
        chips.append(chip(each.label, is_on, count, subject_kind="" if is_on else slug))
    return chips


def _figures(counts: Waiting) -> list[int]:
    """Return the figures of the waiting queue's chips, in their order."""
    chips = _chips(Asked("waiting", "", mine=False, late=False), counts)
    return [count or 0 for *_, count in chips]


async def _toast(db: Read, done: UUID | None) -> str:
    return "" if done is None else said_of(await queries.review(db, done))


def said_of(decided: Review) -> str:
    """Return what became of a review in one line, '' while it waits."""
    word = {"approved": "已通过", "returned": "已退回"}.get(decided.state, "")
    if not word:
        return ""
    more = decided.state == "approved" and decided.step_no < decided.steps_total
    return f"{word}“{decided.title}”" + ("，进入下一步审核" if more else "")


@get(f"{HERE}/{{review_id:uuid}}", guards=[May("reviews.decide")], include_in_schema=False)
async def review_page(
    request: Request[Any, Any, Any],
    review_id: FromPath[UUID],
    db: Db,
    me: Me,
    bank: OurBank,
    house: TheHouse,
    now: Now,
    done: FromQuery[UUID | None] = None,
) -> Template:
    """Show one subject beside the queue."""
    subject = await queries.review(db, review_id)
    desk = await _desk(db, house, bank, me=me, now=now)
    if is_fragment(request):
        return page(request, "console/_review.html", shown=await desk.shown(subject))
    values = await _queue(desk, Asked())
    values["toast"] = await _toast(db, done)
    values["shown"] = await _with_names(desk, values, subject)
    return page(request, "console/reviews.html", **values)


@get(f"{HERE}/{{review_id:uuid}}/looking", guards=[May("reviews.decide")], include_in_schema=False)
async def looking(
    request: Request[Any, Any, Any],
    review_id: FromPath[UUID],
    db: Db,
    me: Me,
    bank: OurBank,
    house: TheHouse,
    now: Now,
) -> Template:
    """Say that this person looks at a subject, and who else does."""
    subject = await queries.review(db, review_id)
    await presence.look(house.redis, bank.id, subject.id, me.id, at=now)
    others = (await presence.lookers(house.redis, bank.id, at=now)).get(subject.id, set())
    named = await queries.names(db, others - {me.id})
    return page(request, "console/_review_looking.html", people=sorted(named.values()))


@post(f"{HERE}/{{review_id:uuid}}/approve", guards=[May("reviews.decide")], include_in_schema=False)
async def approve_review(
    request: Request[Any, Any, Any],
    review_id: FromPath[UUID],
    data: URLEncodedBody[DecisionForm],
    db: Db,
    me: Me,
    bank: OurBank,
    house: TheHouse,
    now: Now,
) -> Response[Any] | Template:
    """Approve, and open the next one that waits."""
    decided = await review_desk.approve(
        db, review_id, comment=data.comment, kept=await _kept(request, data), by=me, at=now
    )
    desk = await _desk(db, house, bank, me=me, now=now)
    return await _next(request, decided, desk, among=data.queue())


async def _kept(request: Request[Any, Any, Any], data: DecisionForm) -> list[Kept]:
    """Return the reasons to keep findings, those of single ones first."""
    form = await request.form()
    rows = zip(*(form.getall(name, []) for name in ("rule", "where", "reason")), strict=False)
    return [*(Kept(*map(str, row)) for row in rows), Kept(reason=data.kept_reason)]


@post(f"{HERE}/{{review_id:uuid}}/return", guards=[May("reviews.decide")], include_in_schema=False)
async def return_review(
    request: Request[Any, Any, Any],
    review_id: FromPath[UUID],
    data: URLEncodedBody[DecisionForm],
    db: Db,
    me: Me,
    bank: OurBank,
    house: TheHouse,
    now: Now,
) -> Response[Any] | Template:
    """Return it with the reason, and open the next one that waits."""
    decided = await review_desk.give_back(db, review_id, comment=data.comment, by=me, at=now)
    desk = await _desk(db, house, bank, me=me, now=now)
    return await _next(request, decided, desk, among=data.queue())


async def _next(
    request: Request[Any, Any, Any], decided: Review, desk: Desk, *, among: Asked
) -> Response[Any] | Template:
    """Open the next review in these hands, else any that waits, without leaving the queue."""
    await desk.db.flush()
    wanted = among.wanted(desk.hands, at=desk.now)
    following = await queries_reviews.next_waiting(desk.db, desk.hands, after=decided, among=wanted)
    url = f"{HERE}/{following.id}" if following is not None else HERE
    if not is_fragment(request):
        return go(request, f"{url}?done={decided.id}")
    counts = await queries_reviews.waiting(desk.db, desk.hands, at=desk.now)
    shown = None if following is None else await desk.shown(following)
    answer = page(
        request,
        "console/_review_next.html",
        shown=shown,
        decided=decided,
        following=following,
        said=said_of(decided),
        figures=_figures(counts),
    )
    answer.headers["HX-Push-Url"] = url
    return answer


@post(f"{HERE}/bulk", guards=[May("reviews.decide")], include_in_schema=False)
async def decide_reviews(
    request: Request[Any, Any, Any], data: URLEncodedBody[BulkForm], db: Db, me: Me, now: Now
) -> Template:
    """Decide the ticked ones, each judged by itself, and show what became of each.

    An approval is asked about first: the answer says what it would do.
    """
    ids = _ids((await request.form()).getall("ids", []))
    # A button sends one word only: the one that agrees says nothing but that.
    verb = data.verb or ("approve" if data.sure else "")
    if verb == "approve" and not data.sure:
        asked = await review_desk.asked_of_many(db, ids)
        return page(request, "console/_review_bulk_ask.html", asked=asked)
    outcomes = await review_desk.decide_many(db, ids, verb, comment=data.comment, by=me, at=now)
    hands = await queries_reviews.hands(db, me, at=now)
    counts = await queries_reviews.waiting(db, hands, at=now)
    return page(request, "console/_review_bulk.html", outcomes=outcomes, figures=_figures(counts))


def _ids(texts: Iterable[Any]) -> list[UUID]:
    try:
        return [UUID(str(text)) for text in texts]
    except ValueError as error:
        raise Invalid.of("ids", "勾选的内容不正确，请刷新列表后再试") from error


HANDLERS = [
    reviews_page,
    review_page,
    looking,
    approve_review,
    return_review,
    decide_reviews,
]
