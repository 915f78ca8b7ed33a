"""POST/DELETE /customers/{id}/refusals and /consents: what a customer wants, and wants no more."""

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Router, delete, post
from litestar.params import FromPath, JSONBody

from contenthub.customers import actions, actions_consents, queries
from contenthub.errors import NotFound
from contenthub.web.api.customer_rights import in_reach
from contenthub.web.api.customers import Topic, WishView, wish_view
from contenthub.web.deps import Db, Me, Now, keep_answer
from contenthub.web.signin import May


class RefusalBody(msgspec.Struct, forbid_unknown_fields=True):
    """A topic refused; without `until` for good."""

    topic: Topic
    until: date | None = None


class ConsentBody(msgspec.Struct, forbid_unknown_fields=True):
    """A consent to a topic and the version of the text the customer saw."""

    topic: Topic
    text_version: Annotated[
        str, msgspec.Meta(min_length=1, max_length=60, examples=["柜面授权书 2026-12"])
    ]
    """A version of GET /consent-texts that is the bank's own."""


@post(
    "/customers/{customer_id:uuid}/refusals",
    guards=[May("customers.write")],
    summary="记录客户拒绝",
    tags=["customers"],
)
async def record_refusal(
    customer_id: FromPath[UUID], data: JSONBody[RefusalBody], db: Db, me: Me, now: Now
) -> WishView:
    """Write down that the customer refuses a topic."""
    found = await in_reach(db, customer_id, me, lock=True)
    return wish_view(
        await actions.record_refusal(
            db, found.no, data.topic, until_on=data.until, channel="api", by=me, at=now
        )
    )


@delete(
    "/customers/{customer_id:uuid}/refusals/{topic:str}",
    guards=[May("customers.write")],
    summary="撤回客户拒绝",
    tags=["customers"],
)
async def withdraw_refusal(
    customer_id: FromPath[UUID], topic: FromPath[str], db: Db, me: Me, now: Now
) -> None:
    """Take a refusal back because the customer asked for it; one that is not there is a 404."""
    found = await in_reach(db, customer_id, me, lock=True)
    refusals, _ = await queries.wishes(db, found)
    if topic not in {refusal.topic for refusal in refusals}:
        raise NotFound("这位客户没有拒绝过这类业务")
    await actions.withdraw_refusal(db, found, topic, by=me, at=now)


@post(
    "/customers/{customer_id:uuid}/consents",
    guards=[May("customers.write")],
    summary="记录客户授权",
    tags=["customers"],
)
async def record_consent(
    customer_id: FromPath[UUID], data: JSONBody[ConsentBody], db: Db, me: Me, now: Now
) -> WishView:
    """Write down the customer's consent to a topic."""
    found = await in_reach(db, customer_id, me, lock=True)
    return wish_view(
        await actions_consents.record_consent(
            db, found, data.topic, text_version=data.text_version, channel="api", by=me, at=now
        )
    )


@delete(
    "/customers/{customer_id:uuid}/consents/{topic:str}",
    guards=[May("customers.write")],
    summary="撤回客户授权",
    tags=["customers"],
)
async def withdraw_consent(
    customer_id: FromPath[UUID], topic: FromPath[str], db: Db, me: Me, now: Now
) -> None:
    """Take a consent back because the customer asked for it; one that is not there is a 404.

    A push that was planned already leaves this customer out where consent is asked for.
    """
    found = await in_reach(db, customer_id, me, lock=True)
    _, consents = await queries.wishes(db, found)
    if topic not in {consent.topic for consent in consents}:
        raise NotFound("这位客户没有这类业务的授权")
    await actions_consents.withdraw_consent(db, found, topic, channel="api", by=me, at=now)


HANDLERS = [
    Router(
        "/api/v1",
        route_handlers=[record_refusal, withdraw_refusal, record_consent, withdraw_consent],
        after_request=keep_answer,
    )
]
