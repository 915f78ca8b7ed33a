"""Webhooks: where the bank's own systems hear of events, and each delivery (Standard Webhooks)."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Router, delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody

from contenthub.errors import Invalid
from contenthub.tenants import actions_webhooks, queries_webhooks, webhookrules
from contenthub.tenants.actions_webhooks import Wish
from contenthub.tenants.models_webhooks import WebhookDelivery, WebhookEndpoint, WebhookEvent
from contenthub.tenants.queries_webhooks import STATES, Filter
from contenthub.web.deps import Db, InState, Me, Now, keep_answer
from contenthub.web.keyset import id_of, page_size
from contenthub.web.patches import sent_or
from contenthub.web.signin import May

URL_EXAMPLE = "https://crm.example.com/hooks/contenthub"
Url = Annotated[str, msgspec.Meta(min_length=1, max_length=1000, examples=[URL_EXAMPLE])]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=60, examples=["客户管理系统"])]
Events = Annotated[
    list[Annotated[str, msgspec.Meta(max_length=60)]],
    msgspec.Meta(max_length=50, description="要接收的事件；空 = 全部", examples=[["lead.created"]]),
]


class EndpointView(msgspec.Struct):
    """An endpoint without its secret."""

    id: UUID
    url: str
    name: str
    events: list[str]
    state: str
    paused_for: str
    """Why it is paused: person, gone (it answered 410) or dead (days without a success)."""
    failing_since: datetime | None
    failures: int
    """Attempts that failed in a row."""
    rest_until: datetime | None
    """Until then nothing is sent: the receiver asked for it, or it seems dead."""
    old_secret_until: datetime | None
    created_at: datetime
    counts: dict[str, int]
    """Deliveries by state."""


class EndpointList(msgspec.Struct):
    """Every endpoint of the bank, newest first; they are few, so there is one page."""

    items: list[EndpointView]
    next_cursor: str | None = None


class NewEndpoint(msgspec.Struct):
    """An endpoint just made; `secret` is shown this once only."""

    id: UUID
    url: str
    secret: str


class RotatedSecret(msgspec.Struct):
    """A new secret, shown this once only; until `old_valid_until` the old one signs as well."""

    id: UUID
    secret: str
    old_valid_until: datetime | None


class EndpointBody(msgspec.Struct, forbid_unknown_fields=True):
    """An endpoint to make."""

    url: Url
    name: Name
    events: Events = []


class EndpointPatch(msgspec.Struct, forbid_unknown_fields=True):
    """What to change of an endpoint; what is left out stays."""

    url: Url | msgspec.UnsetType = msgspec.UNSET
    name: Name | msgspec.UnsetType = msgspec.UNSET
    events: Events | msgspec.UnsetType = msgspec.UNSET
    state: Literal["active", "paused"] | msgspec.UnsetType = msgspec.UNSET


class DeliveryView(msgspec.Struct):
    """One event on its way to one endpoint; `webhook_id` is what the receiver sees."""

    id: UUID
    endpoint_id: UUID
    event: str
    webhook_id: str
    state: str
    attempts: int
    status: int | None
    answer: str
    took_ms: int
    created_at: datetime
    next_at: datetime | None
    finished_at: datetime | None


class DeliveryList(msgspec.Struct):
    """One page of deliveries, newest first."""

    items: list[DeliveryView]
    next_cursor: str | None


class Replayed(msgspec.Struct):
    """How many deliveries are sent once more."""

    count: int


def endpoint_view(endpoint: WebhookEndpoint, counts: dict[str, int]) -> EndpointView:
    """Return what is shown of an endpoint."""
    return EndpointView(
        id=endpoint.id,
        url=endpoint.url,
        name=endpoint.name,
        events=list(endpoint.events),
        state=endpoint.state,
        paused_for=endpoint.paused_for,
        failing_since=endpoint.failing_since,
        failures=endpoint.failures,
        rest_until=endpoint.rest_until,
        old_secret_until=endpoint.old_secret_until,
        created_at=endpoint.created_at,
        counts=counts,
    )


def delivery_view(delivery: WebhookDelivery, event: WebhookEvent) -> DeliveryView:
    """Return what is shown of a delivery."""
    return DeliveryView(
        id=delivery.id,
        endpoint_id=delivery.endpoint_id,
        event=event.event,
        webhook_id=webhookrules.message_id(event.id),
        state=delivery.state,
        attempts=delivery.attempts,
        status=delivery.status,
        answer=delivery.answer,
        took_ms=delivery.took_ms,
        created_at=delivery.created_at,
        next_at=delivery.next_at if delivery.state == "planned" else None,
        finished_at=delivery.finished_at,
    )


@get("/webhooks", guards=[May("webhooks.manage")], summary="接收地址列表", tags=["webhooks"])
async def list_endpoints(db: Db) -> EndpointList:
    """Return the bank's endpoints with the counts of their deliveries."""
    counts = await queries_webhooks.counts(db)
    found = await queries_webhooks.endpoints(db)
    return EndpointList([endpoint_view(one, counts.get(one.id, {})) for one in found])


@post(
    "/webhooks",
    guards=[May("webhooks.manage")],
    summary="新建接收地址",
    tags=["webhooks"],
    opt={"idempotent": False},  # a kept answer would keep the secret
)
async def create_endpoint(data: JSONBody[EndpointBody], db: Db, me: Me, now: Now) -> NewEndpoint:
    """Make an endpoint; keep the secret of the answer, it cannot be shown again."""
    wish = Wish(data.url, data.name, tuple(data.events))
    made, secret = await actions_webhooks.create_endpoint(db, wish, by=me, at=now)
    return NewEndpoint(made.id, made.url, secret)


@get(
    "/webhooks/{endpoint_id:uuid}",
    guards=[May("webhooks.manage")],
    summary="一个接收地址",
    tags=["webhooks"],
)
async def one_endpoint(endpoint_id: FromPath[UUID], db: Db) -> EndpointView:
    """Return one endpoint."""
    found = await queries_webhooks.endpoint(db, endpoint_id)
    counts = await queries_webhooks.counts(db)
    return endpoint_view(found, counts.get(found.id, {}))


@patch(
    "/webhooks/{endpoint_id:uuid}",
    guards=[May("webhooks.manage")],
    summary="修改接收地址",
    tags=["webhooks"],
)
async def change_endpoint(
    endpoint_id: FromPath[UUID], data: JSONBody[EndpointPatch], db: Db, me: Me, now: Now
) -> EndpointView:
    """Change an endpoint's address, name or events; `state` pauses and resumes it."""
    held = await queries_webhooks.endpoint(db, endpoint_id)
    wish = Wish(
        sent_or(data.url, held.url),
        sent_or(data.name, held.name),
        tuple(sent_or(data.events, held.events)),
    )
    state = sent_or(data.state, "")
    changed = await actions_webhooks.change_endpoint(
        db, endpoint_id, wish, state=state, by=me, at=now
    )
    counts = await queries_webhooks.counts(db)
    return endpoint_view(changed, counts.get(changed.id, {}))


@delete(
    "/webhooks/{endpoint_id:uuid}",
    guards=[May("webhooks.manage")],
    summary="删除接收地址",
    tags=["webhooks"],
)
async def delete_endpoint(endpoint_id: FromPath[UUID], db: Db, me: Me, now: Now) -> None:
    """Remove an endpoint with its deliveries."""
    await actions_webhooks.delete_endpoint(db, endpoint_id, by=me, at=now)


@post(
    "/webhooks/{endpoint_id:uuid}/test",
    guards=[May("webhooks.manage")],
    status_code=202,
    summary="发送测试事件",
    tags=["webhooks"],
)
async def send_test(endpoint_id: FromPath[UUID], db: Db, me: Me, now: Now) -> DeliveryView:
    """Send `webhook.test` to one endpoint; its delivery tells how it went."""
    return delivery_view(*await actions_webhooks.send_test(db, endpoint_id, by=me, at=now))


@post(
    "/webhooks/{endpoint_id:uuid}/rotate",
    guards=[May("webhooks.manage")],
    summary="轮换签名密钥",
    tags=["webhooks"],
    opt={"idempotent": False},  # a kept answer would keep the secret
)
async def rotate_secret(endpoint_id: FromPath[UUID], db: Db, me: Me, now: Now) -> RotatedSecret:
    """Give an endpoint a new secret; for 24 hours both sign."""
    found, secret = await actions_webhooks.rotate_secret(db, endpoint_id, by=me, at=now)
    return RotatedSecret(found.id, secret, found.old_secret_until)


@get(
    "/webhooks/{endpoint_id:uuid}/deliveries",
    guards=[May("webhooks.manage")],
    summary="推送记录",
    tags=["webhooks"],
)
async def list_deliveries(
    endpoint_id: FromPath[UUID],
    db: Db,
    in_state: InState = "",
    event: FromQuery[str] = "",
    cursor: FromQuery[str] = "",
    limit: FromQuery[int] = 50,
) -> DeliveryList:
    """Return an endpoint's deliveries, newest first."""
    limit = page_size(limit)
    if in_state and in_state not in STATES:
        raise Invalid.of("state", f"state 应为 {'、'.join(STATES)} 之一")
    await queries_webhooks.endpoint(db, endpoint_id)
    wanted = Filter(endpoint_id, in_state, event)
    found = await queries_webhooks.deliveries(db, wanted, before=id_of(cursor), limit=limit + 1)
    shown = [delivery_view(*one) for one in found[:limit]]
    return DeliveryList(shown, str(shown[-1].id) if len(found) > limit else None)


@post(
    "/webhooks/{endpoint_id:uuid}/replay",
    guards=[May("webhooks.manage")],
    status_code=202,
    summary="重发全部失败的推送",
    tags=["webhooks"],
)
async def replay_failed(endpoint_id: FromPath[UUID], db: Db, me: Me, now: Now) -> Replayed:
    """Send every failed delivery of an endpoint once more."""
    return Replayed(await actions_webhooks.replay_failed(db, endpoint_id, by=me, at=now))


@post(
    "/webhooks/deliveries/{delivery_id:uuid}/replay",
    guards=[May("webhooks.manage")],
    status_code=202,
    summary="重发一条推送",
    tags=["webhooks"],
)
async def replay(delivery_id: FromPath[UUID], db: Db, me: Me, now: Now) -> DeliveryView:
    """Send a finished delivery once more, under the same `webhook-id`."""
    return delivery_view(*await actions_webhooks.replay(db, delivery_id, by=me, at=now))


HANDLERS = [
    Router(
        "/api/v1",
        route_handlers=[
            list_endpoints,
            create_endpoint,
            one_endpoint,
            change_endpoint,
            delete_endpoint,
            send_test,
            rotate_secret,
            list_deliveries,
            replay_failed,
            replay,
        ],
        after_request=keep_answer,
    )
]
