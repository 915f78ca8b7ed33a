"""Writes of tag rules as a bank keeps them: written, switched on and off, deleted, brought back."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pyroaring import BitMap
from sqlalchemy import func, select

from contenthub.customers import queries_audience as audiences
from contenthub.customers import (
    queries_rules,
    queries_tags,
    rulegraph,
    scoring,
    segmenttree,
    tagexpr,
)
from contenthub.customers.models import Tag
from contenthub.customers.models_rules import TagRule
from contenthub.customers.tagtree import Node
from contenthub.db import Write, new_id
from contenthub.errors import Conflict, Invalid
from contenthub.queue import enqueue
from contenthub.tenants import actions as tenants
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id

JOB = "customers.run_rules"
MAX_RULES = 200
MAX_KEEP_DAYS = 3_650


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """A rule as somebody wrote it."""

    name: str
    expr: str
    tag_id: UUID
    keep_days: int | None = None


async def create_rule(db: Write, draft: RuleDraft, *, by: Staff, at: datetime) -> TagRule:
    """Add a rule, switched off.

    Raises:
        Invalid: name, expression, tag or days; rules that would wait for each other (`expr`).
        NotFound: the tag. Conflict: the bank has as many rules as it may.
    """
    mine = (TagRule.tenant_id == bank_id(db), TagRule.deleted_at.is_(None))
    if (await db.scalar(select(func.count()).where(*mine)) or 0) >= MAX_RULES:
        raise Conflict(f"最多 {MAX_RULES} 条标签规则，请先删除不用的，或把几条并成一条")
    made = TagRule(
        tenant_id=bank_id(db),
        id=new_id(),
        state="off",
        given=BitMap().serialize(),
        declined=BitMap().serialize(),
        expr="",
        seen="",
        is_running=False,
        last_put=0,
        last_taken=0,
        problem="",
        created_by=by.id,
        created_at=at,
    )
    tag = await _take_over(db, made, draft, at=at)
    db.add(made)
    await db.flush()
    facts = {"name": made.name, "tag": tag.name, "expr": made.expr}
    tenants.record(db, "tag_rule.created", "tag_rule", made.id, by=by, at=at, **facts)
    return made


async def change_rule(
    db: Write, rule_id: UUID, draft: RuleDraft, *, by: Staff, at: datetime
) -> TagRule:
    """Change a rule; one that is on follows in a moment.

    Raises:
        Invalid: as `create_rule`, or another tag while somebody has the old one by the rule.
        NotFound: the rule or the tag.
    """
    found = await queries_rules.rule(db, rule_id, lock=True)
    if draft.tag_id != found.tag_id and queries_rules.given_count(found):
        raise Invalid.of(
            "tag_id", "还有客户带着这条规则贴的标签，请先停用并取下，再换标签；或另建一条规则"
        )
    before = found.expr
    tag = await _take_over(db, found, draft, at=at)
    await db.flush()
    facts = {"name": found.name, "tag": tag.name, "before": before, "after": found.expr}
    tenants.record(db, "tag_rule.changed", "tag_rule", found.id, by=by, at=at, **facts)
    if found.state == "on":
        enqueue(db, JOB)
    return found


async def _take_over(db: Write, rule: TagRule, draft: RuleDraft, *, at: datetime) -> Tag:
    """Let a rule say what a draft says, once all of it is right."""
    name = await queries_rules.free_name(db, TagRule, draft.name, but=rule.id)
    if draft.keep_days is not None and not 1 <= draft.keep_days <= MAX_KEEP_DAYS:
        raise Invalid.of(
            "keep_days", f"保留天数请填 1 到 {MAX_KEEP_DAYS} 的整数；条件不再满足就取下的请不要填"
        )
    node = await checked_expr(db, draft.expr)
    tag = await queries_tags.tag(db, draft.tag_id)
    if tag.retired_at is not None:
        raise Invalid.of("tag_id", f"标签“{tag.name}”已停用，请先在标签管理里恢复使用")
    await _check_ring(db, rule.id, node, tag)
    if rule.expr != draft.expr.strip():
        # From whom it was taken by hand, was by what the rule said before.
        rule.declined = BitMap().serialize()
    rule.name, rule.expr = name, draft.expr.strip()
    rule.tag_id, rule.keep_days = tag.id, draft.keep_days
    rule.seen, rule.problem = "", ""
    rule.changed_at = at
    return tag


async def checked_expr(db: Write, expr: str) -> Node:
    """Return the tree of a rule's expression; raises ExpressionInvalid (`expr`)."""
    node = tagexpr.parse(expr)
    if segmenttree.speaks_of_segments(node):
        raise Invalid.of("expr", "标签规则里不能用客群，请把客群的条件直接写进来")
    await audiences.check_names(db, node)
    return node


async def _check_ring(db: Write, rule_id: UUID, node: Node, tag: Tag) -> None:
    """Refuse a rule whose expression waits, by way of others, for the tag it gives itself."""
    flows = await queries_rules.flows(db)
    flows[rule_id] = await queries_rules.flow(db, node, tag.id)
    if not (ring := rulegraph.ring(flows)):
        return
    if len(ring) == 1:
        raise Invalid.of(
            "expr", f"条件里用到了它自己要贴的标签“{tag.name}”，请去掉，或换一个要贴的标签"
        )
    names = {one.id: one.name for one, _ in await queries_rules.rules(db)}
    names |= {scoring.topic_id(topic): f"{word}评分" for topic, word in scoring.SCORED.items()}
    others = "、".join(f"“{names[one]}”" for one in ring if one != rule_id and one in names)
    raise Invalid.of("expr", f"和规则{others}互相等对方的标签，谁也算不出来；请改其中一条的条件")


async def switch_on(db: Write, rule_id: UUID, *, by: Staff, at: datetime) -> TagRule:
    """Let a rule work from now on; one that is on stays on.

    Raises:
        Invalid: its expression names what the bank has no more, or its tag is retired or gone.
        Conflict: its tags are still being taken off. NotFound: the rule.
    """
    found = await queries_rules.rule(db, rule_id, lock=True)
    if found.state == "clearing":
        raise Conflict("正在取下这条规则贴的标签，请等它完成再启用")
    if found.state == "on":
        return found
    draft = RuleDraft(found.name, found.expr, found.tag_id, found.keep_days)
    await _take_over(db, found, draft, at=found.changed_at)
    found.state, found.checked_at = "on", None
    await db.flush()
    tenants.record(db, "tag_rule.switched_on", "tag_rule", found.id, by=by, at=at, name=found.name)
    enqueue(db, JOB)
    return found


async def switch_off(
    db: Write, rule_id: UUID, *, take_off: bool, by: Staff, at: datetime
) -> TagRule:
    """Let a rule rest; with `take_off` the tags it gave come off, else they stay.

    Switched on again, it goes on with the tags that stayed. Raises NotFound.
    """
    found = await queries_rules.rule(db, rule_id, lock=True)
    _rest(db, found, take_off=take_off)
    await db.flush()
    facts = {"name": found.name, "take_off": take_off}
    tenants.record(db, "tag_rule.switched_off", "tag_rule", found.id, by=by, at=at, **facts)
    return found


def _rest(db: Write, rule: TagRule, *, take_off: bool) -> None:
    if rule.state == "clearing":
        return
    has_some = queries_rules.given_count(rule) > 0
    rule.state = "clearing" if take_off and has_some else "off"
    rule.seen, rule.is_running, rule.checked_at = "", False, None
    if rule.state == "clearing":
        enqueue(db, JOB)


async def delete_rule(
    db: Write, rule_id: UUID, *, take_off: bool, by: Staff, at: datetime
) -> TagRule:
    """Delete a rule; with `take_off` the tags it gave come off. `restore_rule` undoes it."""
    found = await queries_rules.rule(db, rule_id, lock=True)
    _rest(db, found, take_off=take_off)
    found.deleted_at = at
    await db.flush()
    facts = {"name": found.name, "take_off": take_off}
    tenants.record(db, "tag_rule.deleted", "tag_rule", found.id, by=by, at=at, **facts)
    return found


async def restore_rule(db: Write, rule_id: UUID, *, by: Staff, at: datetime) -> TagRule:
    """Bring a deleted rule back, switched off; raises Invalid when its name is another's now."""
    found = await queries_rules.rule(db, rule_id, lock=True, with_deleted=True)
    if found.deleted_at is None:
        return found
    await queries_rules.free_name(db, TagRule, found.name, but=found.id)
    found.deleted_at = None
    await db.flush()
    tenants.record(db, "tag_rule.restored", "tag_rule", found.id, by=by, at=at, name=found.name)
    return found
