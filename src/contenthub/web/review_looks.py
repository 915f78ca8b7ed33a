"""What a reviewer sees of a subject: its words, findings, audience, remarks and earlier steps."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from contenthub.customers import queries_audience as audiences
from contenthub.customers import tagexpr
from contenthub.db import Read
from contenthub.errors import ContentHubError
from contenthub.library import (
    findings,
    flows,
    queries,
    queries_comments,
    queries_flows,
    queries_outside,
    queries_reviews,
    queries_rules,
    richtext,
)
from contenthub.library.models import Review, Revision
from contenthub.library.queries_comments import Thread
from contenthub.library.queries_reviews import Hands
from contenthub.posters import choosing
from contenthub.posters import queries as posters
from contenthub.scheduler import actions_cadences as cadences
from contenthub.scheduler import cadence as idea
from contenthub.scheduler import queries as scheduler
from contenthub.scheduler import queries_cadences
from contenthub.tenants.models import Bank, Staff
from contenthub.web import push_words, review_desk
from contenthub.web.wordings import SEEN, changes, compared, facts_of, placed_hits, places


@dataclass
class Look:
    """What a reviewer sees of a subject, and why it cannot be approved ('' when it can)."""

    kind: str
    why_not: str = ""
    owner_id: UUID | None = None
    """The item, template or push that remarks hang on."""
    fields: dict[str, str] = field(default_factory=dict)
    """What a remark can be pinned to: name -> words."""
    values: dict[str, Any] = field(default_factory=dict)


async def _revision(db: Read, subject: Review, bank: Bank, *, at: datetime) -> Look:
    revision, item, current = await queries_reviews.wordings(db, subject.subject_id)
    before = current if current is not None and current.id != revision.id else None
    hits = await _hits(db, revision)
    blocks = findings.block_count(hits)
    why_not = f"还有 {blocks} 处必须修改的合规问题" if blocks else ""
    if revision.valid_until is not None and revision.valid_until <= at:
        why_not = "有效期已经过去"
    return Look(
        "revision",
        why_not,
        item.id,
        places(revision.kind, revision.topic),
        {
            "item": item,
            "revision": revision,
            "before": before,
            "seen": SEEN.get(before.state, "") if before is not None else "",
            "hits": placed_hits(revision, hits),
            "blocks": blocks,
            "changed": await changes(db, before, revision, zone=bank.zone),
            "facts": facts_of(revision),
            "body_text": richtext.plain(revision.body)[:1200],
        },
    )


async def _hits(db: Read, revision: Revision) -> list[Any]:
    """Return what was found at submission, what a re-scan and what customers added since."""
    waits = revision.state == "in_review"
    since = await queries_outside.hits_since(db, revision) if waits else []
    rescan = await queries_rules.failing_now(db, revision.id)
    if rescan is None:
        return [*since, *revision.hits]
    added = [hit for hit in rescan.hits if not findings.kept_before(hit, revision.hits)]
    return [*since, *added, *revision.hits]


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
    told = await queries.revision(db, revision.item_revision_id)
    short, long = compared(told)
    values = {
        "template": template,
        "told": told,
        "short": short,
        "long": long,
        "revision": revision,
        "item": item,
        "backgrounds": choosing.stored_backgrounds(revision.layers),
    }
    words = await review_desk.fields_of(db, subject)
    return Look("template", why_not, template.id, words, values)


async def _push(db: Read, subject: Review, bank: Bank, *, at: datetime) -> Look:
    push = await scheduler.push(db, subject.subject_id)
    item = await queries.item(db, push.item_id)
    wording = await queries.revision(db, push.revision_id)
    values: dict[str, Any] = {"push": push, "item": item, "waterfall": None, "problem": ""}
    values["valid_until"] = wording.valid_until
    try:
        # Counted now: what would go out if the hour were here, each removal with its reason.
        risk = await queries_rules.risk_of(db, wording)
        node = tagexpr.parse(push.expr)
        found = await audiences.audience(db, node, topic=push.topic, at=push.fire_at, risk=risk)
        values["waterfall"] = found.waterfall()
    except ContentHubError as error:
        values["problem"] = error.detail
    author = await db.get_one(Staff, (subject.tenant_id, push.author_id))
    values |= await push_words.for_reviewer(db, push, item, author=author, bank=bank)
    blocks = findings.block_count(values["found"])
    why_not = f"话术还有 {blocks} 处必须修改的合规问题，请退回修改" if blocks else ""
    if push.fire_at <= at:
        why_not = "发送时间已经过去，请退回修改"
    elif wording.valid_until is not None and wording.valid_until <= push.fire_at:
        why_not = "发送时内容已过有效期，请退回修改"
    if item.live_revision_id != push.revision_id:
        why_not = "内容已下架或已有新版本，请退回修改"
    words = await review_desk.fields_of(db, subject)
    return Look("push", why_not, push.id, words, values)


async def _cadence(db: Read, subject: Review, _bank: Bank, *, at: datetime) -> Look:
    found = await queries_cadences.cadence(db, subject.subject_id)
    steps = idea.read(found.steps)
    brought = await queries_cadences.contents(db, steps, at=at)
    hits = [hit.as_dict() for hit in await cadences.word_hits(db, found)]
    bad = [one.why_not for one in brought.values() if one.why_not]
    blocks = findings.block_count(hits)
    why_not = f"步骤用到的内容不能使用：{bad[0]}" if bad else ""
    if blocks:
        why_not = f"步骤的文字还有 {blocks} 处必须修改的合规问题，请退回修改"
    values = {"cadence": found, "steps": steps, "brought": brought, "found": hits}
    words = await review_desk.fields_of(db, subject)
    return Look("cadence", why_not, found.id, words, values)


_LOOKS: dict[str, Callable[..., Awaitable[Look]]] = {
    "revision": _revision,
    "template": _template,
    "push": _push,
    "cadence": _cadence,
}


async def look_at(
    db: Read, subject: Review, of: Hands, *, bank: Bank, at: datetime
) -> dict[str, Any]:
    """Return the context of a review's detail for somebody; the names are still to be asked."""
    look = await _LOOKS[subject.subject_kind](db, subject, bank, at=at)
    earlier = await queries_reviews.reviews_of_item(db, subject)
    own_round = [one for one in earlier if one.round_id == subject.round_id]
    hands_off = not_mine(subject, own_round, of)
    threads = [] if look.owner_id is None else await queries_comments.threads(db, look.owner_id)
    before = [made for one in own_round if one.id != subject.id for made in one.overrides]
    hits = look.values.get("hits", [])
    return {
        "review": subject,
        "label": review_desk.SUBJECTS[subject.subject_kind].label,
        "look": look,
        "why_not": hands_off or look.why_not,
        "is_mine": not hands_off,
        "acting_for": next((who for role, who in of.lenders if role == subject.step_role), ""),
        "earlier": earlier,
        "steps": steps(subject, own_round),
        "to_weigh": [h for h in findings.weighed(hits) if not findings.kept_before(h, before)],
        "kept": before,
        "stock": findings.STOCK_REASONS,
        "may_settle": True,
        "reasons": await queries_flows.reasons(db) if subject.state == "waiting" else [],
        "is_late": subject.state == "waiting"
        and subject.due_at is not None
        and subject.due_at < at,
        **shown_threads(threads, look.fields),
    }


def shown_threads(threads: Sequence[Thread], words: dict[str, str]) -> dict[str, Any]:
    """Return the remarks as a page shows them: all of them, and the open ones by field."""
    pins: dict[str, list[Thread]] = {}
    for one in threads:
        if one.is_open:
            pins.setdefault(one.first.field, []).append(one)
    return {"threads": list(threads), "pins": pins, "places": words}


def people_of(shown: dict[str, Any]) -> list[UUID | None]:
    """Return the ids of everybody a detail names."""
    reviews = [shown["review"], *shown["earlier"]]
    found = [i for r in reviews for i in (*r.involved, r.reviewer_id, r.acting_for_id)]
    comments = [c for thread in shown["threads"] for c in thread.all]
    return [*found, *(i for c in comments for i in (c.by_id, c.resolved_by))]


def not_mine(subject: Review, own_round: Sequence[Review], of: Hands) -> str:
    """Return why somebody may not decide this step, '' when they may."""
    if of.me_id in subject.involved:
        return "这是您自己写过或提交的，须由另一位同事审核"
    if of.me_id in {one.reviewer_id for one in own_round if one.id != subject.id}:
        return "您已审核过前一步，这一步由另一位同事处理"
    if not flows.is_mine(subject.step_role, of.roles):
        return f"“{subject.step_name}”由{flows.ROLES.get(subject.step_role, '')}处理"
    return ""


def steps(subject: Review, own_round: Sequence[Review]) -> list[dict[str, Any]]:
    """Return the way of a submission: handed in, each step with who took it, what is next."""
    taken = {one.step_no: one for one in [*own_round, subject]}
    found: list[dict[str, Any]] = [
        {"label": "提交", "state": "done", "who": subject.author_id, "at": None, "due": None}
    ]
    for no, step in enumerate(flows.read(subject.plan) or (flows.FlowStep(),), start=1):
        one = taken.get(no)
        is_done = one is not None and one.state in queries_reviews.DECIDED
        is_now = one is not None and one.state == "waiting"
        found.append(
            {
                "label": step.name,
                "state": "done" if is_done else ("now" if is_now else ""),
                "who": one.reviewer_id if one is not None and is_done else None,
                "at": one.decided_at if one is not None and is_done else None,
                "due": one.due_at if one is not None and is_now else None,
                "whose": step.whose,
            }
        )
    return found
