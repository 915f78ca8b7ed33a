"""Reads of webhook endpoints, events and deliveries."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from contenthub.channels import webhook_guard
from contenthub.channels.webhook_guard import Rules
from contenthub.db import Read
from contenthub.errors import NotFound
from contenthub.tenants.models_webhooks import WebhookDelivery, WebhookEndpoint, WebhookEvent
from contenthub.tenants.sealing import bank_id, settings_of

STATES = ("planned", "sending", "delivered", "failed")


@dataclass(frozen=True, slots=True)
class Filter:
    """Which deliveries are wanted; empty words leave everything in."""

    endpoint_id: UUID | None = None
    state: str = ""
    event: str = ""


Sent = tuple[WebhookDelivery, WebhookEvent]


def rules(db: Read) -> Rules:
    """Return where this process may send events (settings)."""
    said = settings_of(db)
    return webhook_guard.rules_of(
        allow_http=said.webhook_allow_http, networks=said.webhook_allow_networks
    )


async def endpoints(db: Read) -> Sequence[WebhookEndpoint]:
    """Return the bank's endpoints, newest first; they are few."""
    rows = await db.scalars(
        select(WebhookEndpoint)
        .where(WebhookEndpoint.tenant_id == bank_id(db))
        .order_by(WebhookEndpoint.id.desc())
    )
    return rows.all()


async def endpoint(db: Read, endpoint_id: UUID, *, lock: bool = False) -> WebhookEndpoint:
    """Return one endpoint; raises NotFound. With `lock`, nobody else changes it meanwhile."""
    key = (bank_id(db), endpoint_id)
    found = await db.get(WebhookEndpoint, key, with_for_update=lock or None)
    if found is None:
        raise NotFound("没有找到这个接收地址")
    return found


async def delivery(db: Read, delivery_id: UUID, *, lock: bool = False) -> WebhookDelivery:
    """Return one delivery; raises NotFound. With `lock`, nobody else changes it meanwhile."""
    key = (bank_id(db), delivery_id)
    found = await db.get(WebhookDelivery, key, with_for_update=lock or None)
    if found is None:
        raise NotFound("没有找到这条推送记录")
    return found


async def event(db: Read, event_id: UUID, *, lock: bool = False) -> WebhookEvent:
    """Return one event; raises NotFound. With `lock`, nobody else changes it meanwhile."""
    key = (bank_id(db), event_id)
    found = await db.get(WebhookEvent, key, with_for_update=lock or None)
    if found is None:
        raise NotFound("没有找到这个事件")
    return found


async def hears_any(db: Read) -> bool:
    """Return whether the bank has any endpoint: without one an event is not even written."""
    found = await db.execute(
        select(WebhookEndpoint.id).where(WebhookEndpoint.tenant_id == bank_id(db)).limit(1)
    )
    return found.first() is not None


async def deliveries(
    db: Read, wanted: Filter, *, before: UUID | None = None, limit: int = 50
) -> Sequence[Sent]:
    """Return deliveries with their events, newest first, older than `before`."""
    query = _filtered(db, wanted).order_by(WebhookDelivery.id.desc()).limit(limit)
    if before is not None:
        query = query.where(WebhookDelivery.id < before)
    return [(row[0], row[1]) for row in await db.execute(query)]


def _filtered(db: Read, wanted: Filter) -> Select[WebhookDelivery, WebhookEvent]:
    query = (
        select(WebhookDelivery, WebhookEvent)
        .join(
            WebhookEvent,
            (WebhookEvent.tenant_id == WebhookDelivery.tenant_id)
            & (WebhookEvent.id == WebhookDelivery.event_id),
        )
        .where(WebhookDelivery.tenant_id == bank_id(db))
    )
    if wanted.endpoint_id is not None:
        query = query.where(WebhookDelivery.endpoint_id == wanted.endpoint_id)
    if wanted.state:
        query = query.where(WebhookDelivery.state == wanted.state)
    if wanted.event:
        query = query.where(WebhookEvent.event == wanted.event)
    return query


async def counts(db: Read) -> dict[UUID, dict[str, int]]:
    """Return how many deliveries each endpoint has in each state."""
    rows = await db.execute(
        select(WebhookDelivery.endpoint_id, WebhookDelivery.state, func.count())
        .where(WebhookDelivery.tenant_id == bank_id(db))
        .group_by(WebhookDelivery.endpoint_id, WebhookDelivery.state)
    )
    found: dict[UUID, dict[str, int]] = {}
    for endpoint_id, state, number in rows:
        found.setdefault(endpoint_id, {})[state] = number
    return found


async def stopped_endpoints(db: Read) -> Sequence[WebhookEndpoint]:
    """Return the endpoints that were paused without a person, longest failing first."""
    rows = await db.scalars(
        select(WebhookEndpoint)
        .where(
            WebhookEndpoint.tenant_id == bank_id(db),
            WebhookEndpoint.state == "paused",
            WebhookEndpoint.paused_for.in_(("gone", "dead")),
        )
        .order_by(WebhookEndpoint.failing_since, WebhookEndpoint.id)
    )
    return rows.all()


async def unexpanded_events(db: AsyncSession, *, limit: int = 200) -> list[tuple[UUID, UUID]]:
    """Return (bank, event) of events whose deliveries are not written yet, of every bank."""
    rows = await db.execute(
        select(WebhookEvent.tenant_id, WebhookEvent.id)
        .where(WebhookEvent.expanded_at.is_(None))
        .order_by(WebhookEvent.at)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in rows]


async def due_endpoints(db: AsyncSession, *, limit: int = 200) -> list[tuple[UUID, UUID]]:
    """Return (bank, endpoint) with a delivery to send now, or one whose sender died."""
    now = func.clock_timestamp()
    waiting = (WebhookDelivery.state == "planned") & (WebhookDelivery.next_at <= now)
    rests = func.coalesce(WebhookEndpoint.rest_until, now) > now
    lapsed = (WebhookDelivery.state == "sending") & (WebhookDelivery.lease_until <= now)
    rows = await db.execute(
        select(WebhookDelivery.tenant_id, WebhookDelivery.endpoint_id)
        .join(
            WebhookEndpoint,
            (WebhookEndpoint.tenant_id == WebhookDelivery.tenant_id)
            & (WebhookEndpoint.id == WebhookDelivery.endpoint_id),
        )
        .where(WebhookEndpoint.state != "paused", ~rests, waiting | lapsed)
        .distinct()
        .limit(limit)
    )
    return [(row[0], row[1]) for row in rows]


async def banks_with_old(db: AsyncSession, before: UUID, *, limit: int = 50) -> list[UUID]:
    """Return banks that keep events older than the id `before` (time-ordered)."""
    rows = await db.scalars(
        select(WebhookEvent.tenant_id).where(WebhookEvent.id < before).distinct().limit(limit)
    )
    return list(rows)
