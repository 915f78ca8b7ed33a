"""A tag rule at work: who gets its tag and who loses it, a portion in each transaction.

What is left to do is worked out anew each time, from the index and from who has the tag by the
rule: so a worker that dies loses nothing and does nothing twice.
"""

from datetime import date, datetime, timedelta
from uuid import UUID

from pyroaring import BitMap
from sqlalchemy import select, update

from contenthub.customers import actions_tag_changes as changes
from contenthub.customers import actions_tagging as tagging
from contenthub.customers import queries_rules, queries_tags, tagexpr
from contenthub.customers.actions_audience import mark
from contenthub.customers.actions_tagging import Moved, Origin
from contenthub.customers.models import CustomerTag
from contenthub.customers.models_rules import TagRule
from contenthub.customers.queries_rules import Plan
from contenthub.customers.tagtree import ExpressionInvalid
from contenthub.db import Write
from contenthub.tenants import actions as tenants
from contenthub.tenants import queries as tenants_queries
from contenthub.tenants.sealing import bank_id

STEP = 5_000
RENEWED_BEFORE_DAYS = 3
"""A tag that holds for days is renewed so many before its last one, if its rule is still true:
so long may the workers stand still without anybody losing it."""


async def take_step(db: Write, rule_id: UUID, *, at: datetime) -> bool:
    """Do the next portion of a rule's work; return whether there is more.

    Nothing is done when nothing the rule depends on has changed since it was done, when it is
    off, or when another worker has it.
    """
    rule = await db.scalar(
        select(TagRule)
        .where(TagRule.tenant_id == bank_id(db), TagRule.id == rule_id, TagRule.state != "off")
        .with_for_update(skip_locked=True)
    )
    if rule is None:
        return False
    rule.checked_at = at
    try:
        return await _step(db, rule, at=at)
    except ExpressionInvalid as error:
        rule.problem = error.detail
    await db.flush()
    return False


async def _step(db: Write, rule: TagRule, *, at: datetime) -> bool:
    node = tagexpr.parse(rule.expr)
    tag = await queries_tags.tag(db, rule.tag_id, with_deleted=True)
    clearing = rule.state == "clearing"
    if not clearing and (tag.deleted_at or tag.retired_at):
        rule.problem = f"标签“{tag.name}”已{'删除' if tag.deleted_at else '停用'}，规则没有执行"
        return False
    # Before the rows are read: what changes meanwhile is seen as a change the next time.
    seen = await queries_rules.seen(db, node, rule.tag_id, at=at)
    rule.problem = ""
    if seen == rule.seen and not clearing:
        return False
    days = rule.keep_days or tag.holds_days
    plan = await queries_rules.plan(db, rule, node, days=days, at=at, clearing=clearing)
    nos = BitMap((plan.lose | plan.gain)[:STEP])
    is_more = len(nos) < len(plan.lose) + len(plan.gain)
    if nos:
        # Their rows are held now, so what the index says of them is what it will say.
        there = BitMap(await tagging.lock(db, nos))
        plan = await queries_rules.plan(db, rule, node, days=days, at=at, clearing=clearing)
        await _move(db, rule, plan, there, days=days, at=at)
    else:
        rule.given, rule.declined = plan.given.serialize(), plan.declined.serialize()
    is_more |= days is not None and not clearing and await _renew(db, rule, plan, days, at=at)
    if not is_more:
        _finish(db, rule, seen, at=at)
    await db.flush()
    return is_more


async def _move(
    db: Write, rule: TagRule, plan: Plan, there: BitMap, *, days: int | None, at: datetime
) -> None:
    """Take the tag off and put it on, of customers whose rows are held."""
    lose, gain = plan.lose & there, plan.gain & there
    moved = Moved()
    gone = await changes.take_back(db, rule.tag_id, lose, put_by=rule.id)
    taken = moved.went(gone)
    until_on = await _last_day(db, days, at=at) if days else None
    origin = Origin("rule", at, None, until_on, rule.id)
    put = await tagging.put_on(db, [(rule.tag_id, no) for no in gain], origin)
    await mark(db, put.add, moved.remove)
    rule.given = ((plan.given - lose) | gain).serialize()
    rule.declined = plan.declined.serialize()
    if not rule.is_running:
        rule.is_running, rule.last_put, rule.last_taken = True, 0, 0
    rule.last_put += put.put
    rule.last_taken += taken
    rule.ran_at = at


async def _last_day(db: Write, days: int, *, at: datetime) -> date:
    return await tenants_queries.today(db, at=at) + timedelta(days=days)


async def _renew(db: Write, rule: TagRule, plan: Plan, days: int, *, at: datetime) -> bool:
    """Let tags that end soon hold on, of who still matches; return whether there may be more."""
    last = await _last_day(db, days, at=at)
    soon = last - timedelta(days=days - min(RENEWED_BEFORE_DAYS, days - 1))
    by_rule = (
        CustomerTag.tenant_id == bank_id(db),
        CustomerTag.tag_id == rule.tag_id,
        CustomerTag.change_id == rule.id,
        CustomerTag.until_on <= soon,
    )
    ending = BitMap(await db.scalars(select(CustomerTag.customer_no).where(*by_rule)))
    some = (ending & plan.matched)[:STEP]
    there = await tagging.lock(db, some)
    await db.execute(
        update(CustomerTag)
        .where(*by_rule, CustomerTag.customer_no.in_(there))
        .values(until_on=last)
    )
    return len(some) == STEP


def _finish(db: Write, rule: TagRule, seen: str, *, at: datetime) -> None:
    rule.seen = seen
    if rule.state == "clearing":
        rule.state, rule.seen = "off", ""
        rule.given = rule.declined = BitMap().serialize()
    if not rule.is_running:
        return
    rule.is_running = False
    facts = {"name": rule.name, "put": rule.last_put, "taken": rule.last_taken}
    tenants.record(db, "tag_rule.ran", "tag_rule", rule.id, by=None, at=at, **facts)
