"""The one table of what can be reviewed; the API and the page decide through it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from contenthub.db import Read, Write, savepoint
from contenthub.errors import ContentHubError, Invalid
from contenthub.library import actions as library
from contenthub.library import actions_reviews, queries, queries_outside, queries_reviews
from contenthub.library.actions_comments import Place
from contenthub.library.findings import Kept
from contenthub.library.models import Review
from contenthub.posters import actions as posters
from contenthub.posters import queries as poster_queries
from contenthub.scheduler import actions as scheduler
from contenthub.scheduler import actions_cadences as cadences
from contenthub.scheduler import queries as push_queries
from contenthub.scheduler import queries_cadences as cadence_queries
from contenthub.tenants.models import Staff
from contenthub.web.wordings import places

Decision = Callable[..., Awaitable[Any]]
BULK_MAX = 50
VERBS = ("approve", "return")


@dataclass(frozen=True, slots=True)
class Subject:
    """A kind of thing a second person looks at, and the actions that decide it."""

    label: str
    icon: str
    approve: Decision
    give_back: Decision
    fields: Mapping[str, str] = field(default_factory=dict)
    """What a remark can be pinned to: name → word. A wording's are those of its kind."""


SUBJECTS: dict[str, Subject] = {
    "revision": Subject(
        "内容", "books", approve=library.approve_revision, give_back=library.return_revision
    ),
    "template": Subject(
        "海报",
        "photo-edit",
        approve=posters.approve_template,
        give_back=posters.return_template,
        fields={"title": "名称", "layers": "版面", "picture": "图片"},
    ),
    "push": Subject(
        "推送",
        "send",
        approve=scheduler.approve_push,
        give_back=scheduler.return_push,
        fields={"title": "名称", "expr": "客群", "message": "话术", "fire_at": "发送时间"},
    ),
    "cadence": Subject(
        "跟进节奏",
        "calendar-event",
        approve=cadences.approve_cadence,
        give_back=cadences.return_cadence,
        fields={"title": "名称", "purpose": "用途"},
    ),
}


async def approve(
    db: Write,
    review_id: UUID,
    *,
    comment: str = "",
    kept: Sequence[Kept] = (),
    by: Staff,
    at: datetime,
) -> Review:
    """Approve one step of a waiting review; raises what its room's action raises.

    `kept` are the reasons to keep findings that have to be weighed.
    """
    taken = await actions_reviews.take_review(db, review_id, "approve", by=by, at=at)
    found = {"kept": kept} if taken.subject_kind == "revision" else {}
    await SUBJECTS[taken.subject_kind].approve(db, taken, comment=comment, **found, by=by, at=at)
    return taken


async def give_back(db: Write, review_id: UUID, *, comment: str, by: Staff, at: datetime) -> Review:
    """Return the subject of a waiting review to its author, with the reason."""
    taken = await actions_reviews.take_review(db, review_id, "return", by=by, at=at)
    await SUBJECTS[taken.subject_kind].give_back(db, taken, comment=comment, by=by, at=at)
    return taken


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one review of many."""

    review_id: UUID
    title: str
    is_done: bool
    message: str


NOWHERE = "（没有找到）"


async def decide_many(
    db: Write, review_ids: Sequence[UUID], verb: str, *, comment: str, by: Staff, at: datetime
) -> list[Outcome]:
    """Approve or return many, each one judged by itself; return what became of each.

    A push, and anything with a rule finding, is not approved in bulk: a person looks at it.

    Raises:
        Invalid: an unknown verb, nothing or more than 50 chosen, a return without a reason.
    """
    if verb not in VERBS:
        raise Invalid.of("verb", f"应是 {'、'.join(VERBS)} 之一")
    ids = _chosen(review_ids)
    if verb == "return" and not comment.strip():
        raise Invalid.of("comment", "退回时请写明原因，作者才知道怎么改")
    return [await _one_of_many(db, one, verb, comment=comment, by=by, at=at) for one in ids]


def _chosen(review_ids: Sequence[UUID]) -> list[UUID]:
    ids = list(dict.fromkeys(review_ids))
    if not ids or len(ids) > BULK_MAX:
        raise Invalid.of("ids", f"请勾选 1–{BULK_MAX} 条待审核的内容")
    return ids


async def asked_of_many(db: Read, review_ids: Sequence[UUID]) -> list[Outcome]:
    """Return what an approval of many would do, without doing it: a person says yes to that."""
    return [await _asked_of_one(db, one) for one in _chosen(review_ids)]


async def _asked_of_one(db: Read, review_id: UUID) -> Outcome:
    try:
        found = await queries.review(db, review_id)
    except ContentHubError as error:
        return Outcome(review_id, NOWHERE, False, error.detail)
    why = await _not_in_bulk(db, found)
    return Outcome(review_id, found.title, not why, why or SUBJECTS[found.subject_kind].label)


async def _not_in_bulk(db: Read, found: Review) -> str:
    """Return why a person has to look at something by itself before it is approved, or ''."""
    if found.subject_kind == "push":
        return "推送会发给客户，请打开逐条核对客群和话术后再通过"
    hits = await _hits(db, found)
    return f"有 {hits} 处规则提示，请打开逐条查看后再决定" if hits else ""


async def _one_of_many(
    db: Write, review_id: UUID, verb: str, *, comment: str, by: Staff, at: datetime
) -> Outcome:
    title = ""
    try:
        found = await queries.review(db, review_id)
        title = found.title
        async with savepoint(db):
            if verb == "return":
                await give_back(db, review_id, comment=comment, by=by, at=at)
                return Outcome(review_id, title, True, "已退回")
            if why := await _not_in_bulk(db, found):
                return Outcome(review_id, title, False, why)
            done = await approve(db, review_id, comment=comment, by=by, at=at)
            more = "" if done.step_no == done.steps_total else "，进入下一步"
            return Outcome(review_id, title, True, f"已通过{more}")
    except ContentHubError as error:
        return Outcome(review_id, title or NOWHERE, False, error.detail)


async def _hits(db: Read, found: Review) -> int:
    if found.subject_kind == "cadence":
        return len(
            await cadences.word_hits(db, await cadence_queries.cadence(db, found.subject_id))
        )
    if found.subject_kind != "revision":
        return 0
    revision = await queries.revision(db, found.subject_id)
    return len(revision.hits) + len(await queries_outside.hits_since(db, revision))


async def fields_of(db: Read, found: Review) -> dict[str, str]:
    """Return what a remark on a review's subject can be pinned to: name → word."""
    if found.subject_kind == "revision":
        revision = await queries.revision(db, found.subject_id)
        return places(revision.kind, revision.topic)
    words = dict(SUBJECTS[found.subject_kind].fields)
    if found.subject_kind == "cadence":
        steps = (await cadence_queries.cadence(db, found.subject_id)).steps
        words |= {f"steps.{no}": f"第 {no + 1} 步" for no in range(len(steps))}
    return words


async def place(db: Read, found: Review, name: str) -> Place:
    """Return where a remark on a review's subject is pinned: what owns that wording.

    Raises Invalid for a field that the subject does not have; '' is the whole of it.
    """
    if name and name not in await fields_of(db, found):
        raise Invalid.of("field", "没有这个字段，请从列表中选择；对整体的意见不用选字段")
    if found.subject_kind == "revision":
        revision = await queries.revision(db, found.subject_id)
        return Place("item", revision.item_id, revision.id, name)
    if found.subject_kind == "template":
        drawn = await poster_queries.template_revision(db, found.subject_id)
        return Place("template", drawn.template_id, drawn.id, name)
    return Place(found.subject_kind, found.subject_id, found.subject_id, name)


async def whereabouts(
    db: Read, found: Sequence[Review]
) -> dict[UUID, tuple[UUID | None, UUID | None]]:
    """Return the (item, poster template) that each review's subject belongs to."""
    kinds: dict[str, list[UUID]] = {kind: [] for kind in SUBJECTS}
    for one in found:
        kinds[one.subject_kind].append(one.subject_id)
    known: dict[UUID, tuple[UUID | None, UUID | None]] = {}
    if kinds["revision"]:
        items = await queries_reviews.items_of(db, kinds["revision"])
        known |= {subject: (item, None) for subject, item in items.items()}
    if kinds["template"]:
        made = await poster_queries.templates_of(db, kinds["template"])
        known |= {subject: (item, template) for subject, (template, item) in made.items()}
    if kinds["push"]:
        sent = await push_queries.items_of(db, kinds["push"])
        known |= {subject: (item, None) for subject, item in sent.items()}
    return {one.id: known.get(one.subject_id, (None, None)) for one in found}
