"""Writes of a visitor's refusal: from the page's way out to the customer's record."""

from datetime import datetime

from contenthub.customers import actions as customers
from contenthub.customers import actions_consents, actions_texts
from contenthub.customers import queries as customer_queries
from contenthub.db import Write
from contenthub.errors import Invalid
from contenthub.sharing import notice
from contenthub.sharing.actions_known import forget_browsers
from contenthub.sharing.actions_leads import close_leads
from contenthub.sharing.phones import mobile
from contenthub.tenants import actions as tenants
from contenthub.tenants import queries as tenants_queries
from contenthub.tenants.sealing import bank_id, keyring
from contenthub.tenants.topics import TOPICS

CHANNEL = "landing"
ALL = "all"
REFUSED_THERE = "客户在页面上选择不再推荐"


async def refuse(db: Write, phone: str, topic: str, *, at: datetime) -> None:
    """Record that the owner of a phone wants no more of a topic, or of any (`all`).

    Works at once and for good: a customer's refusal is written, what they agreed to of it
    ends and does not come back with the refusal's end, and open leads of the number are
    closed; what is seen in their browsers is noted no more. A number the bank does not know
    leaves no trace but the audit entry.

    Raises:
        Invalid: no mobile number, or an unknown topic.
    """
    digits = mobile(phone)
    if topic != ALL and topic not in TOPICS:
        raise Invalid.of("topic", "请选择不再接收的业务类别")
    customer = await customer_queries.by_phone(db, digits)
    told = notice.refusal_told((await tenants_queries.bank(db)).name)
    await actions_texts.keep_page_text(db, told.version, told.wording, at=at)
    topics = tuple(TOPICS) if topic == ALL else (topic,)
    ended = 0
    if customer is not None:
        for refused in topics:
            await customers.record_refusal(
                db,
                customer.no,
                refused,
                until_on=None,
                channel=CHANNEL,
                text_version=told.version,
                by=None,
                at=at,
            )
        ended = await actions_consents.end_consents(
            db, customer, topics, channel=CHANNEL, reason=REFUSED_THERE, by=None, at=at
        )
    index = keyring(db).index(bank_id(db), digits)
    # What they look at from now on is nobody's, as the notice says.
    await forget_browsers(db, index)
    closed = await close_leads(db, index, reason=REFUSED_THERE, at=at)
    tenants.record(
        db,
        "refusal.left",
        "customer",
        customer.id if customer else None,
        by=None,
        at=at,
        topic=topic,
        text_version=told.version,
        leads_closed=closed,
        consents_ended=ended,
    )
