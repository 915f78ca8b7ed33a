"""Writes of consents of one customer: given, withdrawn; the bitmaps follow at once."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from contenthub.customers import queries_texts
from contenthub.customers.actions_audience import mark
from contenthub.customers.models import Consent, Customer
from contenthub.db import Write
from contenthub.errors import Conflict
from contenthub.tenants import actions as tenants
from contenthub.tenants import actions_webhooks as webhooks
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id
from contenthub.tenants.topics import topic_slug


async def record_consent(
    db: Write,
    customer: Customer,
    topic: str,
    *,
    text_version: str,
    channel: str = "console",
    by: Staff | None,
    at: datetime,
) -> Consent:
    """Write down a customer's consent to be addressed on a topic, with the text they saw.

    Raises:
        Invalid: no such topic, or no text of the bank's own under that version.
    """
    topic = topic_slug(topic)
    text_version = await queries_texts.check_own(db, text_version)
    values = {
        "recorded_by": by.id if by else None,
        "recorded_at": at,
        "until_on": None,
        "channel": channel,
        "text_version": text_version,
    }
    await db.execute(
        insert(Consent)
        .values(tenant_id=bank_id(db), customer_no=customer.no, topic=topic, **values)
        .on_conflict_do_update(index_elements=["tenant_id", "customer_no", "topic"], set_=values)
    )
    await mark(db, {("consent", topic): [customer.no]})
    tenants.record(
        db,
        "customer.consented",
        "customer",
        customer.id,
        by=by,
        at=at,
        topic=topic,
        channel=channel,
        text_version=text_version,
    )
    return await db.get_one(Consent, (bank_id(db), customer.no, topic), populate_existing=True)


async def withdraw_consent(
    db: Write,
    customer: Customer,
    topic: str,
    *,
    channel: str = "console",
    by: Staff | None,
    at: datetime,
) -> None:
    """Take a consent back because the customer asked for it; it ends in every push at once.

    The audit trail keeps which text it was given to, and when.

    Raises:
        Conflict: there is none. Invalid: no such topic.
    """
    topic = topic_slug(topic)
    if not await end_consents(db, customer, [topic], channel=channel, by=by, at=at):
        raise Conflict("这位客户没有这类业务的授权，可能已经撤回，请刷新页面")


async def end_consents(
    db: Write,
    customer: Customer,
    topics: Collection[str],
    *,
    channel: str,
    reason: str = "",
    by: Staff | None,
    at: datetime,
) -> int:
    """End a customer's consents to some topics and return how many there were.

    `reason` is told in the audit trail when it was not the consent itself they spoke of.
    """
    gone = await db.execute(
        delete(Consent)
        .where(
            Consent.tenant_id == bank_id(db),
            Consent.customer_no == customer.no,
            Consent.topic.in_(topics),
        )
        .returning(Consent.topic, Consent.text_version, Consent.recorded_at)
    )
    ended = sorted(gone.all(), key=lambda one: one.topic)
    await mark(db, {}, {("consent", one.topic): [customer.no] for one in ended})
    said = {"channel": channel} | ({"reason": reason} if reason else {})
    for one in ended:
        tenants.record(
            db,
            "customer.consent_withdrawn",
            "customer",
            customer.id,
            by=by,
            at=at,
            topic=one.topic,
            text_version=one.text_version,
            agreed_at=one.recorded_at.isoformat(),
            **said,
        )
        facts = {"customer_id": customer.id, "topic": one.topic, "channel": channel}
        await webhooks.tell(db, "customer.consent_withdrawn", at=at, **facts)
    return len(ended)
