"""Writes of tags and refusals of one customer, and of segments; the bitmaps follow at once."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import case, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from contenthub.customers import actions_tagging, queries, queries_tags, segmenttree, tagexpr
from contenthub.customers import queries_audience as audiences
from contenthub.customers.actions_audience import mark
from contenthub.customers.actions_tagging import Origin
from contenthub.customers.models import Customer, Refusal, Segment, Tag
from contenthub.customers.suitability import risk_keys
from contenthub.customers.taggroups import clean_name
from contenthub.db import Write, new_id
from contenthub.errors import Conflict, Invalid
from contenthub.tenants import actions as tenants
from contenthub.tenants import actions_webhooks as webhooks
from contenthub.tenants import queries as tenants_queries
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id
from contenthub.tenants.topics import topic_slug

ENDED_AT_ONCE = 5_000


async def set_tags(
    db: Write, customer: Customer, tag_ids: Iterable[UUID], *, by: Staff, at: datetime
) -> list[Tag]:
    """Make `tag_ids` a customer's tags by hand: what is missing is added, the rest removed."""
    wanted = {tag.id: tag for tag in [await queries_tags.tag(db, t) for t in tag_ids]}
    have = {one.tag.id for one in await queries_tags.held(db, customer)}
    added, removed = set(wanted) - have, have - set(wanted)
    _check_may_be_put([wanted[tag_id] for tag_id in added])
    gone = await actions_tagging.take_off(db, removed, [customer.no])
    pairs = [(tag_id, customer.no) for tag_id in wanted if tag_id in added]
    moved = await actions_tagging.put_on(db, pairs, Origin("hand", at, by.id))
    moved.went(gone)
    await mark(db, moved.add, moved.remove)
    tenants.record(
        db,
        "customer.tagged",
        "customer",
        customer.id,
        by=by,
        at=at,
        added=len(added),
        removed=len(removed),
    )
    return sorted(wanted.values(), key=lambda t: t.name)


def _check_may_be_put(tags: list[Tag]) -> None:
    for tag in tags:
        if tag.retired_at is not None:
            raise Invalid.of("tag_ids", f"标签“{tag.name}”已停用，不能再贴，请刷新页面")


async def record_refusal(
    db: Write,
    customer_no: int,
    topic: str,
    *,
    until_on: date | None = None,
    channel: str = "console",
    text_version: str = "",
    by: Staff | None,
    at: datetime,
) -> Refusal:
    """Write down that a customer refuses a topic; it holds in every push from this commit on.

    A refusal that stands is never shortened: the later end wins, and no end is the latest.
    """
    topic = topic_slug(topic)
    today = await tenants_queries.today(db, at=at)
    if until_on is not None and until_on <= today:
        raise Invalid.of("until", "拒绝的截止日期应是将来的一天；长期拒绝请不要填")
    values = {
        "recorded_by": by.id if by else None,
        "recorded_at": at,
        "until_on": until_on,
        "channel": channel,
        "text_version": text_version,
    }
    statement = insert(Refusal).values(
        tenant_id=bank_id(db), customer_no=customer_no, topic=topic, **values
    )
    latest = case(
        (Refusal.until_on.is_(None) | statement.excluded.until_on.is_(None), None),
        else_=func.greatest(Refusal.until_on, statement.excluded.until_on),
    )
    await db.execute(
        statement.on_conflict_do_update(
            index_elements=["tenant_id", "customer_no", "topic"],
            set_={**values, "until_on": latest},
        )
    )
    await mark(db, {("refused", topic): [customer_no]})
    found = (await queries.by_numbers(db, [customer_no]))[customer_no]
    said = {"topic": topic, "channel": channel, "text_version": text_version}
    until = until_on.isoformat() if until_on else ""
    tenants.record(db, "customer.refused", "customer", found.id, by=by, at=at, until=until, **said)
    facts = {"customer_id": found.id, "topic": topic, "until": until_on, "channel": channel}
    await webhooks.tell(db, "customer.refused", at=at, **facts)
    return await db.get_one(Refusal, (bank_id(db), customer_no, topic), populate_existing=True)


async def withdraw_refusal(
    db: Write, customer: Customer, topic: str, *, by: Staff, at: datetime
) -> None:
    """Take a refusal back because the customer asked for it; raises Conflict if there is none."""
    topic = topic_slug(topic)
    gone = await db.execute(
        delete(Refusal)
        .where(
            Refusal.tenant_id == bank_id(db),
            Refusal.customer_no == customer.no,
            Refusal.topic == topic,
        )
        .returning(Refusal.topic)
    )
    if gone.first() is None:
        raise Conflict("这位客户没有拒绝过这类业务")
    await mark(db, {}, {("refused", topic): [customer.no]})
    tenants.record(
        db, "customer.refusal_withdrawn", "customer", customer.id, by=by, at=at, topic=topic
    )


async def end_refusals(db: Write, *, at: datetime) -> int:
    """Remove refusals whose until-date has passed; return how many. Harmless when run again.

    The last day still counts: it ends at midnight on the bank's wall clock.
    """
    today = await tenants_queries.today(db, at=at)
    rows = await db.execute(
        delete(Refusal)
        .where(Refusal.tenant_id == bank_id(db), Refusal.until_on < today)
        .returning(Refusal.topic, Refusal.customer_no)
    )
    over: dict[tuple[str, str], list[int]] = {}
    for topic, no in rows:
        over.setdefault(("refused", topic), []).append(no)
    await mark(db, {}, over)
    return sum(len(nos) for nos in over.values())


async def end_assessments(db: Write, *, at: datetime) -> int:
    """End the risk assessments whose last day is over, some at a time; return how many.

    Harmless when run again. The last day itself stays with the customer, to be read.
    """
    today = await tenants_queries.today(db, at=at)
    rows = await db.execute(
        select(Customer.no, Customer.risk_grade)
        .where(
            Customer.tenant_id == bank_id(db),
            Customer.risk_grade > 0,
            Customer.risk_until < today,
        )
        .order_by(Customer.no)
        .limit(ENDED_AT_ONCE)
        .with_for_update()
    )
    over: dict[tuple[str, str], list[int]] = {}
    nos = []
    for no, grade in rows:
        nos.append(no)
        for key in risk_keys(grade):
            over.setdefault(key, []).append(no)
    await db.execute(
        update(Customer)
        .where(Customer.tenant_id == bank_id(db), Customer.no.in_(nos))
        .values(risk_grade=0)
    )
    await mark(db, {}, over)
    return len(nos)


async def save_segment(db: Write, name: str, expr: str, *, by: Staff, at: datetime) -> Segment:
    """Save an expression under a name; saving the same name again replaces it."""
    name = clean_name(name)
    await _check_segment(db, name, expr)
    found = await db.scalar(
        select(Segment).where(Segment.tenant_id == bank_id(db), Segment.name == name)
    )
    if found is None:
        found = Segment(
            tenant_id=bank_id(db),
            id=new_id(),
            name=name,
            expr=expr,
            created_by=by.id,
            created_at=at,
        )
        db.add(found)
    found.expr = expr
    tenants.record(db, "segment.saved", "segment", found.id, by=by, at=at, expr=expr)
    return found


async def _check_segment(db: Write, name: str, expr: str) -> None:
    """Refuse an expression that names what is not there, or breaks a segment that names this one.

    Raises:
        ExpressionInvalid
    """
    node = tagexpr.parse(expr)
    saved = {one.name: one.expr for one in await queries.segments(db)} | {name: expr}
    await audiences.check_names(db, segmenttree.put_in(node, saved, inside=(name,)))
    for other, text in saved.items():
        leans = tagexpr.parse(text)
        if segmenttree.speaks_of_segments(leans):
            segmenttree.put_in(leans, saved, inside=(other,))
