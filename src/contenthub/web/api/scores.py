"""GET/POST/PATCH/DELETE /score-rules, /score-topics, /customers/{id}/scores: needs in points."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Router, delete, get, patch, post
from litestar.params import FromPath, JSONBody

from contenthub.customers import actions_scores, queries_score_reasons, queries_scores
from contenthub.customers.actions_scores import ScoreDraft, TopicDraft
from contenthub.customers.models_scores import ScoreRule, ScoreTopic
from contenthub.db import Read
from contenthub.web.api.customer_rights import in_reach
from contenthub.web.deps import Db, Me, Now, keep_answer
from contenthub.web.patches import sent_or
from contenthub.web.signin import May

MANAGE = [May("customers.tags")]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=30, examples=["常看贷款内容"])]
Topic = Annotated[str, msgspec.Meta(min_length=1, max_length=20, examples=["loan"])]
Basis = Annotated[str, msgspec.Meta(max_length=20, examples=["viewed"])]
Points = Annotated[int, msgspec.Meta(examples=[8])]
Days = Annotated[int, msgspec.Meta(examples=[7])] | None
Most = Annotated[int, msgspec.Meta(examples=[30])] | None
Unset = msgspec.UnsetType
UNSET = msgspec.UNSET


class ScoreRuleView(msgspec.Struct, kw_only=True):
    """A rule, and what it says in words."""

    id: UUID
    topic: str
    name: str
    basis: str
    """match: `expr` says who gets the points; else what was done on the topic."""
    expr: str
    description: str
    points: int
    half_life_days: int | None
    at_most: int | None
    state: str
    """off or on."""


class ScoreRuleList(msgspec.Struct):
    """Every rule by topic and name; there is one page."""

    items: list[ScoreRuleView]
    next_cursor: str | None = None


class ScoreRuleBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A rule to add; it is off until it is switched on."""

    topic: Topic
    name: Name
    basis: Basis
    points: Points
    expr: str = ""
    half_life_days: Days = None
    at_most: Most = None


class ScoreRulePatch(msgspec.Struct, forbid_unknown_fields=True):
    """What to change of a rule; what is left out stays as it is."""

    name: Name | Unset = UNSET
    basis: Basis | Unset = UNSET
    points: Points | Unset = UNSET
    expr: str | Unset = UNSET
    half_life_days: Days | Unset = UNSET
    at_most: Most | Unset = UNSET


class ScoreTryBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A rule to be tried without keeping it; `score_rule_id`: the kept one it would replace."""

    topic: Topic
    basis: Basis
    points: Points
    expr: str = ""
    half_life_days: Days = None
    at_most: Most = None
    score_rule_id: UUID | None = None


class ScoreTried(msgspec.Struct):
    """What a rule would change now."""

    description: str
    given: int
    """How many get, or lose, points by it."""
    reached: int
    """How many have reached the threshold without it, …"""
    will_reach: int
    """… and with it."""
    threshold: int


class ScoreTopicView(msgspec.Struct, kw_only=True):
    """A topic's settings and what came of its rules."""

    topic: str
    cap: int
    threshold: int
    hands_over: bool
    """Whether whoever reaches the threshold becomes a task of their employee."""
    again_days: int
    """For so many days afterwards nobody is handed over again."""
    scored: int
    reached: int
    ran_at: datetime | None
    problem: str
    """Why it cannot be worked out; empty when it can."""


class ScoreTopicList(msgspec.Struct):
    """Every topic with rules; there is one page."""

    items: list[ScoreTopicView]
    next_cursor: str | None = None


class ScoreTopicPatch(msgspec.Struct, forbid_unknown_fields=True):
    """What to change of a topic; what is left out stays as it is."""

    topic: Topic
    cap: Annotated[int, msgspec.Meta(examples=[100])] | Unset = UNSET
    threshold: Annotated[int, msgspec.Meta(examples=[60])] | Unset = UNSET
    hands_over: bool | Unset = UNSET
    again_days: Annotated[int, msgspec.Meta(examples=[30])] | Unset = UNSET


class ScorePart(msgspec.Struct):
    """What one day's acts give today, with one decimal."""

    on: date
    times: int
    points: float


class ScoreReason(msgspec.Struct):
    """What one rule gives a customer today, with one decimal, and the days it comes from."""

    rule: str
    said: str
    points: float
    days: list[ScorePart]


class CustomerScoreView(msgspec.Struct):
    """A customer's score of a topic and why it is what it is."""

    topic: str
    points: int
    threshold: int
    reasons: list[ScoreReason]


class CustomerScoreList(msgspec.Struct):
    """A customer's scores, the highest first; there is one page."""

    items: list[CustomerScoreView]
    next_cursor: str | None = None


def _view(rule: ScoreRule) -> ScoreRuleView:
    return ScoreRuleView(
        id=rule.id,
        topic=rule.topic,
        name=rule.name,
        basis=rule.basis,
        expr=rule.expr,
        description=queries_scores.words_of(rule),
        points=rule.points,
        half_life_days=rule.half_life_days,
        at_most=rule.at_most,
        state=rule.state,
    )


async def _topic(db: Read, held: ScoreTopic) -> ScoreTopicView:
    scored, reached = await queries_scores.counts(db, held)
    return ScoreTopicView(
        topic=held.topic,
        cap=held.cap,
        threshold=held.threshold,
        hands_over=held.hands_over,
        again_days=held.again_days,
        scored=scored,
        reached=reached,
        ran_at=held.ran_at,
        problem=held.problem,
    )


@get("/score-rules", guards=MANAGE, summary="评分规则", tags=["scores"])
async def list_rules(db: Db) -> ScoreRuleList:
    """Return the bank's score rules."""
    return ScoreRuleList([_view(rule) for rule in await queries_scores.rules(db)])


@post("/score-rules", guards=MANAGE, summary="新增评分规则", tags=["scores"])
async def add_rule(data: JSONBody[ScoreRuleBody], db: Db, me: Me, now: Now) -> ScoreRuleView:
    """Add a rule, switched off; rules that would wait for each other are refused (`expr`)."""
    draft = ScoreDraft(**msgspec.structs.asdict(data))
    return _view(await actions_scores.create_rule(db, draft, by=me, at=now))


@post("/score-rules/try", guards=MANAGE, status_code=200, summary="试算评分规则", tags=["scores"])
async def try_rule(data: JSONBody[ScoreTryBody], db: Db, now: Now) -> ScoreTried:
    """Return how many a rule touches, and how many reach the threshold; nothing is kept."""
    facts = msgspec.structs.asdict(data)
    rule_id = facts.pop("score_rule_id")
    stored = await queries_scores.rule(db, rule_id) if rule_id else None
    draft = actions_scores.tried(ScoreDraft(name="", **facts))
    found = await queries_scores.preview(db, draft, stored=stored, at=now)
    return ScoreTried(found.said, found.given, found.reached, found.will_reach, found.threshold)


@patch("/score-rules/{score_rule_id:uuid}", guards=MANAGE, summary="修改评分规则", tags=["scores"])
async def change_rule(
    score_rule_id: FromPath[UUID], data: JSONBody[ScoreRulePatch], db: Db, me: Me, now: Now
) -> ScoreRuleView:
    """Change a rule; one that is on follows within a minute."""
    held = await queries_scores.rule(db, score_rule_id)
    draft = ScoreDraft(
        held.topic,
        sent_or(data.name, held.name),
        sent_or(data.basis, held.basis),
        sent_or(data.points, held.points),
        sent_or(data.expr, held.expr),
        sent_or(data.half_life_days, held.half_life_days),
        sent_or(data.at_most, held.at_most),
    )
    return _view(await actions_scores.change_rule(db, score_rule_id, draft, by=me, at=now))


@post(
    "/score-rules/{score_rule_id:uuid}/switch-on",
    guards=MANAGE,
    status_code=200,
    summary="启用评分规则",
    tags=["scores"],
)
async def switch_on(score_rule_id: FromPath[UUID], db: Db, me: Me, now: Now) -> ScoreRuleView:
    """Let a rule count from now on."""
    return _view(await actions_scores.switch_on(db, score_rule_id, by=me, at=now))


@post(
    "/score-rules/{score_rule_id:uuid}/switch-off",
    guards=MANAGE,
    status_code=200,
    summary="停用评分规则",
    tags=["scores"],
)
async def switch_off(score_rule_id: FromPath[UUID], db: Db, me: Me, now: Now) -> ScoreRuleView:
    """Let a rule rest; its points go within a minute."""
    return _view(await actions_scores.switch_off(db, score_rule_id, by=me, at=now))


@delete("/score-rules/{score_rule_id:uuid}", guards=MANAGE, summary="删除评分规则", tags=["scores"])
async def delete_rule(score_rule_id: FromPath[UUID], db: Db, me: Me, now: Now) -> None:
    """Delete a rule; its points go within a minute."""
    await actions_scores.delete_rule(db, score_rule_id, by=me, at=now)


@post(
    "/score-rules/{score_rule_id:uuid}/restore",
    guards=MANAGE,
    status_code=200,
    summary="恢复评分规则",
    tags=["scores"],
)
async def restore_rule(score_rule_id: FromPath[UUID], db: Db, me: Me, now: Now) -> ScoreRuleView:
    """Bring a deleted rule back, switched off."""
    return _view(await actions_scores.restore_rule(db, score_rule_id, by=me, at=now))


@get("/score-topics", guards=MANAGE, summary="各业务的评分设置", tags=["scores"])
async def list_topics(db: Db) -> ScoreTopicList:
    """Return the topics with rules, their settings, and how many have reached the threshold."""
    topics = await queries_scores.topics(db)
    return ScoreTopicList([await _topic(db, held) for held in topics.values()])


@patch("/score-topics", guards=MANAGE, summary="修改评分设置", tags=["scores"])
async def change_topic(data: JSONBody[ScoreTopicPatch], db: Db, me: Me, now: Now) -> ScoreTopicView:
    """Change a topic's cap, its threshold, or what becomes of who reaches it."""
    held = await queries_scores.topic_settings(db, data.topic)
    draft = TopicDraft(
        sent_or(data.cap, held.cap),
        sent_or(data.threshold, held.threshold),
        sent_or(data.hands_over, held.hands_over),
        sent_or(data.again_days, held.again_days),
    )
    found = await actions_scores.change_topic(db, held.topic, draft, by=me, at=now)
    return await _topic(db, found)


@get(
    "/customers/{customer_id:uuid}/scores",
    guards=[May("customers.view")],
    summary="一位客户的需求评分和来由",
    tags=["scores"],
)
async def customer_scores(
    customer_id: FromPath[UUID], db: Db, me: Me, now: Now
) -> CustomerScoreList:
    """Return a customer's scores with each contribution, its day and its points."""
    found = await in_reach(db, customer_id, me)
    return CustomerScoreList(
        [
            CustomerScoreView(
                one.topic,
                one.points,
                one.threshold,
                [
                    ScoreReason(
                        reason.rule,
                        reason.said,
                        reason.points,
                        [ScorePart(p.on, p.times, p.points) for p in reason.parts],
                    )
                    for reason in one.reasons
                ],
            )
            for one in await queries_score_reasons.of_customer(db, found.no, at=now)
        ]
    )


HANDLERS = [
    Router(
        "/api/v1",
        route_handlers=[
            list_rules,
            add_rule,
            try_rule,
            change_rule,
            switch_on,
            switch_off,
            delete_rule,
            restore_rule,
            list_topics,
            change_topic,
            customer_scores,
        ],
        after_request=keep_answer,
    )
]
