"""Writes of score rules as a bank keeps them, and of what a topic's scores mean."""

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from contenthub.customers import queries_audience as audiences
from contenthub.customers import (
    queries_rules,
    queries_scores,
    rulegraph,
    scoring,
    segmenttree,
    tagexpr,
)
from contenthub.customers.models_scores import ScoreRule, ScoreTopic
from contenthub.customers.scoring import (
    AGAIN_DAYS,
    BASES,
    MATCH,
    MAX_HALF_LIFE_DAYS,
    MAX_SCORE,
)
from contenthub.customers.tagtree import ExpressionInvalid, Node, names
from contenthub.db import Write, new_id
from contenthub.errors import Conflict, Invalid
from contenthub.queue import enqueue
from contenthub.tenants import actions as tenants
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id

JOB = "customers.run_scores"
MAX_RULES = 100
MAX_AGAIN_DAYS = 365


@dataclass(frozen=True, slots=True)
class ScoreDraft:
    """A rule as somebody wrote it: a condition (`match`), or what was done on the topic."""

    topic: str
    name: str
    basis: str
    points: int
    expr: str = ""
    half_life_days: int | None = None
    at_most: int | None = None


async def create_rule(db: Write, draft: ScoreDraft, *, by: Staff, at: datetime) -> ScoreRule:
    """Add a rule, switched off.

    Raises:
        Invalid: topic, name, basis, points, expression, half-life or most; rules that would
        wait for each other (`expr`). Conflict: the bank has as many rules as it may.
    """
    mine = (ScoreRule.tenant_id == bank_id(db), ScoreRule.deleted_at.is_(None))
    if (await db.scalar(select(func.count()).where(*mine)) or 0) >= MAX_RULES:
        raise Conflict(f"最多 {MAX_RULES} 条评分规则，请先删除不用的")
    made = ScoreRule(
        tenant_id=bank_id(db), id=new_id(), state="off", created_by=by.id, created_at=at
    )
    await _take_over(db, made, draft, at=at)
    db.add(made)
    await settle(db, made.topic, at=at)
    await db.flush()
    tenants.record(db, "score_rule.created", "score_rule", made.id, by=by, at=at, **_told(made))
    return made


def tried(draft: ScoreDraft) -> ScoreRule:
    """Return a rule that is tried and not kept; raises Invalid as `create_rule` would.

    Names in its expression are checked where it is worked out.
    """
    topic = scoring.scored_slug(draft.topic)
    _check_numbers(draft)
    if draft.basis == MATCH:
        node = tagexpr.parse(draft.expr)
        _check_readable(node)
    return ScoreRule(
        topic=topic,
        basis=draft.basis,
        expr=draft.expr.strip(),
        points=draft.points,
        half_life_days=draft.half_life_days,
        at_most=draft.at_most,
    )


def _check_readable(node: Node) -> None:
    if segmenttree.speaks_of_segments(node):
        raise ExpressionInvalid.whole("评分规则的条件里不能用客群，请把客群的条件直接写进来")
    if names(node).scores:
        raise ExpressionInvalid.whole("评分规则的条件里不能再用评分 score(…)，请去掉")


def _told(rule: ScoreRule) -> dict[str, object]:
    return {
        "name": rule.name,
        "topic": rule.topic,
        "basis": rule.basis,
        "expr": rule.expr,
        "points": rule.points,
        "half_life_days": rule.half_life_days,
        "at_most": rule.at_most,
    }


async def change_rule(
    db: Write, rule_id: UUID, draft: ScoreDraft, *, by: Staff, at: datetime
) -> ScoreRule:
    """Change a rule; one that is on follows in a moment.

    Raises:
        Invalid: as `create_rule`, or another topic. NotFound: the rule.
    """
    found = await queries_scores.rule(db, rule_id, lock=True)
    if draft.topic != found.topic:
        raise Invalid.of("topic", "规则的业务类别不能改，请另建一条规则，再删除这条")
    before = _told(found)
    await _take_over(db, found, draft, at=at)
    await db.flush()
    facts = {"before": before, "after": _told(found)}
    tenants.record(db, "score_rule.changed", "score_rule", found.id, by=by, at=at, **facts)
    if found.state == "on":
        enqueue(db, JOB)
    return found


async def _take_over(db: Write, rule: ScoreRule, draft: ScoreDraft, *, at: datetime) -> None:
    """Let a rule say what a draft says, once all of it is right."""
    topic = scoring.scored_slug(draft.topic)
    name = await queries_rules.free_name(db, ScoreRule, draft.name, but=rule.id)
    _check_numbers(draft)
    if draft.basis == MATCH:
        await check_expr(db, draft.expr)
    rule.topic, rule.name, rule.basis = topic, name, draft.basis
    rule.expr = draft.expr.strip() if draft.basis == MATCH else ""
    rule.points, rule.half_life_days = draft.points, draft.half_life_days
    rule.at_most = draft.at_most
    rule.changed_at = at
    await _check_ring(db, rule)


def _check_numbers(draft: ScoreDraft) -> None:
    if draft.basis not in BASES:
        raise Invalid.of("basis", f"依据请从这些里选：{'、'.join(BASES.values())}")
    if not draft.points or abs(draft.points) > MAX_SCORE:
        raise Invalid.of("points", f"分数请填 1 到 {MAX_SCORE} 的整数；要扣分填负数，例如 -20")
    fades, most = draft.half_life_days, draft.at_most
    if draft.basis == MATCH and (fades is not None or most is not None):
        field = "half_life_days" if fades is not None else "at_most"
        raise Invalid.of(field, "按条件给的分不会减半，也不累计；请不要填")
    if fades is not None and not 1 <= fades <= MAX_HALF_LIFE_DAYS:
        raise Invalid.of(
            "half_life_days", f"减半天数请填 1 到 {MAX_HALF_LIFE_DAYS} 的整数；不减半的请不要填"
        )
    if most is not None and not abs(draft.points) <= most <= MAX_SCORE:
        raise Invalid.of(
            "at_most", f"合计最多请填每次的分数到 {MAX_SCORE} 之间的整数；不限的请不要填"
        )


async def check_expr(db: Write, expr: str) -> None:
    """Raise ExpressionInvalid (`expr`) for what no score rule can ask."""
    node = tagexpr.parse(expr)
    _check_readable(node)
    await audiences.check_names(db, node)


async def _check_ring(db: Write, rule: ScoreRule) -> None:
    """Refuse a rule that reads a tag which a tag rule gives by this very topic's score."""
    with db.no_autoflush:
        ring = rulegraph.ring(await queries_rules.flows(db, draft=rule))
        if ring:
            said = {one.id: one.name for one, _ in await queries_rules.rules(db)}
            others = "、".join(f"“{said[one]}”" for one in ring if one in said)
            raise Invalid.of(
                "expr",
                f"条件里的标签由标签规则{others}按{scoring.SCORED[rule.topic]}评分贴上，"
                "会互相等对方；请改其中一条的条件",
            )


async def switch_on(db: Write, rule_id: UUID, *, by: Staff, at: datetime) -> ScoreRule:
    """Let a rule count from now on; one that is on stays on.

    Raises:
        Invalid: its expression names what the bank has no more. NotFound: the rule.
    """
    found = await queries_scores.rule(db, rule_id, lock=True)
    if found.state == "on":
        return found
    if found.basis == MATCH:
        await check_expr(db, found.expr)
    await _check_ring(db, found)
    found.state, found.changed_at = "on", at
    await db.flush()
    facts = {"name": found.name, "topic": found.topic}
    tenants.record(db, "score_rule.switched_on", "score_rule", found.id, by=by, at=at, **facts)
    enqueue(db, JOB)
    return found


async def switch_off(db: Write, rule_id: UUID, *, by: Staff, at: datetime) -> ScoreRule:
    """Let a rule rest: its points go in a moment. Raises NotFound."""
    found = await queries_scores.rule(db, rule_id, lock=True)
    if found.state == "on":
        found.state, found.changed_at = "off", at
        await db.flush()
        facts = {"name": found.name, "topic": found.topic}
        tenants.record(db, "score_rule.switched_off", "score_rule", found.id, by=by, at=at, **facts)
        enqueue(db, JOB)
    return found


async def delete_rule(db: Write, rule_id: UUID, *, by: Staff, at: datetime) -> ScoreRule:
    """Delete a rule: its points go in a moment. `restore_rule` undoes it. Raises NotFound."""
    found = await queries_scores.rule(db, rule_id, lock=True)
    found.state, found.deleted_at = "off", at
    await db.flush()
    facts = {"name": found.name, "topic": found.topic}
    tenants.record(db, "score_rule.deleted", "score_rule", found.id, by=by, at=at, **facts)
    enqueue(db, JOB)
    return found


async def restore_rule(db: Write, rule_id: UUID, *, by: Staff, at: datetime) -> ScoreRule:
    """Bring a deleted rule back, switched off.

    Raises:
        Invalid: its name is another's now. NotFound: the rule.
    """
    found = await queries_scores.rule(db, rule_id, lock=True, with_deleted=True)
    if found.deleted_at is None:
        return found
    await queries_rules.free_name(db, ScoreRule, found.name, but=found.id)
    found.deleted_at = None
    await db.flush()
    facts = {"name": found.name, "topic": found.topic}
    tenants.record(db, "score_rule.restored", "score_rule", found.id, by=by, at=at, **facts)
    return found


@dataclass(frozen=True, slots=True)
class TopicDraft:
    """What a topic's scores mean, as somebody wrote it."""

    cap: int
    threshold: int
    hands_over: bool = False
    again_days: int = AGAIN_DAYS


async def change_topic(
    db: Write, topic: str, draft: TopicDraft, *, by: Staff, at: datetime
) -> ScoreTopic:
    """Say how many points a topic has at most, and what becomes of who reaches the threshold.

    Raises:
        Invalid: `topic`, `cap`, `threshold` or `again_days`. NotFound: a topic without any rule.
    """
    found = await queries_scores.topic_settings(db, scoring.scored_slug(topic), lock=True)
    if not 1 <= draft.cap <= MAX_SCORE:
        raise Invalid.of("cap", f"封顶分请填 1 到 {MAX_SCORE} 的整数")
    if not 1 <= draft.threshold <= draft.cap:
        raise Invalid.of("threshold", f"达标分请填 1 到封顶分（{draft.cap}）之间的整数")
    if not 1 <= draft.again_days <= MAX_AGAIN_DAYS:
        raise Invalid.of("again_days", f"多少天内不再转交，请填 1 到 {MAX_AGAIN_DAYS} 的整数")
    before = asdict(_settings(found))
    found.cap, found.threshold, found.changed_at = draft.cap, draft.threshold, at
    found.hands_over, found.again_days = draft.hands_over, draft.again_days
    await db.flush()
    subject = scoring.topic_id(found.topic)
    facts = {"topic": found.topic, "before": before, "after": asdict(draft)}
    tenants.record(db, "score_topic.changed", "score_topic", subject, by=by, at=at, **facts)
    enqueue(db, JOB)
    return found


def _settings(found: ScoreTopic) -> TopicDraft:
    return TopicDraft(found.cap, found.threshold, found.hands_over, found.again_days)


async def settle(db: Write, topic: str, *, at: datetime) -> None:
    """Give a topic the settings most banks will want, if it has none yet."""
    if await db.get(ScoreTopic, (bank_id(db), topic)) is None:
        db.add(ScoreTopic(tenant_id=bank_id(db), topic=topic, changed_at=at))
