"""Writes of webhooks: telling that something happened, and the endpoints that hear of it."""

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import delete, func, update

from contenthub.channels import webhook_guard
from contenthub.db import Write, clock, new_id
from contenthub.errors import Conflict, Invalid
from contenthub.queue import enqueue
from contenthub.tenants import queries_webhooks, webhookrules
from contenthub.tenants.actions import record
from contenthub.tenants.models import Staff
from contenthub.tenants.models_webhooks import WebhookDelivery, WebhookEndpoint, WebhookEvent
from contenthub.tenants.sealing import bank_id, keyring

SECRET_BYTES = 32
EXPAND, SEND = "tenants.expand_event", "tenants.send_events"


@dataclass(frozen=True, slots=True)
class Wish:
    """What an endpoint should be."""

    url: str
    name: str
    events: tuple[str, ...] = ()
    """Event names it hears; empty: every one."""


async def tell(db: Write, event: str, *, at: datetime, **facts: Any) -> None:
    """Write down, in the caller's own transaction, that something happened.

    Who hears of it is worked out after the commit. A bank without endpoints writes nothing.

    Raises:
        ValueError: an event or facts that webhookrules.EVENTS does not declare.
    """
    payload = webhookrules.facts_of(event, facts)
    if not await queries_webhooks.hears_any(db):
        return
    row = WebhookEvent(tenant_id=bank_id(db), id=new_id(), event=event, payload=payload, at=at)
    db.add(row)
    enqueue(db, EXPAND, event_id=row.id)


async def create_endpoint(
    db: Write, wish: Wish, *, by: Staff, at: datetime
) -> tuple[WebhookEndpoint, str]:
    """Make an endpoint; its secret is returned this once only.

    Raises:
        Invalid: an address that may not hear events, an unknown event, no name.
        Conflict: the bank has as many endpoints as it may.
    """
    if len(await queries_webhooks.endpoints(db)) >= webhookrules.ENDPOINTS_MAX:
        raise Conflict(f"最多 {webhookrules.ENDPOINTS_MAX} 个接收地址，请先删除不用的")
    wanted = _checked(db, wish)
    secret, endpoint_id = _new_secret(), new_id()
    made = WebhookEndpoint(
        tenant_id=bank_id(db),
        id=endpoint_id,
        url=wanted.url,
        name=wanted.name,
        events=list(wanted.events),
        secret_sealed=_sealed(db, endpoint_id, "secret", secret),
        created_by=by.id,
        created_at=at,
    )
    db.add(made)
    record(db, "webhook.created", "webhook", made.id, by=by, at=at, host=_host(made.url))
    await db.flush()
    return made, secret


async def change_endpoint(
    db: Write, endpoint_id: UUID, wish: Wish, *, state: str = "", by: Staff, at: datetime
) -> WebhookEndpoint:
    """Change an endpoint; `state` active or paused also resumes or pauses it.

    Raises:
        Invalid: as for a new one, or another state.
    """
    found = await queries_webhooks.endpoint(db, endpoint_id, lock=True)
    wanted = _checked(db, wish)
    if state not in ("", "active", "paused"):
        raise Invalid.of("state", "状态应为 active（启用）或 paused（暂停）")
    before = (found.url, found.name, list(found.events), found.state)
    found.url, found.name, found.events = wanted.url, wanted.name, list(wanted.events)
    if state:
        found.state = webhookrules.moved(
            found.state, {"active": "resume", "paused": "pause"}[state]
        )
    if found.state == "paused" and before[3] != "paused":
        found.paused_for = "person"
    if found.state == "active" and before[3] != "active":
        found.failing_since, found.failures, found.paused_for = None, 0, ""
        found.rest_until = None
        enqueue(db, SEND, endpoint_id=found.id)
    if before != (found.url, found.name, list(found.events), found.state):
        detail = {"host": _host(found.url), "state": found.state}
        record(db, "webhook.changed", "webhook", found.id, by=by, at=at, **detail)
    await db.flush()
    return found


async def rotate_secret(
    db: Write, endpoint_id: UUID, *, by: Staff, at: datetime
) -> tuple[WebhookEndpoint, str]:
    """Give an endpoint a new secret; for 24 hours the old one signs as well."""
    found = await queries_webhooks.endpoint(db, endpoint_id, lock=True)
    ring, secret = keyring(db), _new_secret()
    old = ring.open(bank_id(db), f"webhook_endpoints.secret:{found.id}", found.secret_sealed)
    found.old_secret_sealed = _sealed(db, found.id, "old_secret", old)
    found.old_secret_until = at + webhookrules.OVERLAP
    found.secret_sealed = _sealed(db, found.id, "secret", secret)
    record(db, "webhook.rotated", "webhook", found.id, by=by, at=at, host=_host(found.url))
    await db.flush()
    return found, secret


async def delete_endpoint(db: Write, endpoint_id: UUID, *, by: Staff, at: datetime) -> None:
    """Remove an endpoint with its deliveries; what is on its way may still arrive."""
    its_own = delete(WebhookDelivery).where(
        WebhookDelivery.tenant_id == bank_id(db), WebhookDelivery.endpoint_id == endpoint_id
    )
    await db.execute(its_own)  # before the endpoint is locked, as everywhere (replay_failed)
    found = await queries_webhooks.endpoint(db, endpoint_id, lock=True)
    await db.execute(its_own)  # what was planned meanwhile
    record(db, "webhook.deleted", "webhook", found.id, by=by, at=at, host=_host(found.url))
    await db.delete(found)
    await db.flush()


async def send_test(
    db: Write, endpoint_id: UUID, *, by: Staff, at: datetime
) -> tuple[WebhookDelivery, WebhookEvent]:
    """Plan a test event for one endpoint, whatever it listens to; raises Conflict if paused."""
    found = await queries_webhooks.endpoint(db, endpoint_id, lock=True)
    if found.state == "paused":
        raise Conflict("这个接收地址已暂停，请先启用再发送测试事件")
    payload = webhookrules.facts_of(webhookrules.TEST, {"endpoint_id": found.id})
    event = WebhookEvent(
        tenant_id=bank_id(db),
        id=new_id(),
        event=webhookrules.TEST,
        payload=payload,
        at=at,
        expanded_at=at,
    )
    db.add(event)
    found.rest_until = None  # a person wants to know now
    await db.flush()
    planned = planned_delivery(db, found.id, event.id, at=await clock(db))
    record(db, "webhook.tested", "webhook", found.id, by=by, at=at, host=_host(found.url))
    await db.flush()
    return planned, event


def planned_delivery(
    db: Write, endpoint_id: UUID, event_id: UUID, *, at: datetime
) -> WebhookDelivery:
    """Add a delivery that is due at `at` (the database's clock) and ring its sender."""
    planned = WebhookDelivery(
        tenant_id=bank_id(db),
        id=new_id(),
        endpoint_id=endpoint_id,
        event_id=event_id,
        state="planned",
        next_at=at,
        created_at=at,
    )
    db.add(planned)
    enqueue(db, SEND, endpoint_id=endpoint_id)
    return planned


async def replay(
    db: Write, delivery_id: UUID, *, by: Staff, at: datetime
) -> tuple[WebhookDelivery, WebhookEvent]:
    """Send a finished delivery once more from its first attempt, under the same webhook-id.

    Raises:
        Conflict: it is still on its way, or its endpoint is paused and would hold it.
    """
    found = await queries_webhooks.delivery(db, delivery_id, lock=True)
    endpoint = await queries_webhooks.endpoint(db, found.endpoint_id, lock=True)
    _refuse_paused(endpoint)
    if found.state not in ("delivered", "failed"):
        raise Conflict("这条推送还在发送中，不需要重发")
    found.state, found.attempts, found.next_at = "planned", 0, await clock(db)
    found.finished_at, found.lease_until = None, None
    endpoint.rest_until = None
    record(db, "webhook.replayed", "webhook", found.endpoint_id, by=by, at=at, rows=1)
    enqueue(db, SEND, endpoint_id=found.endpoint_id)
    await db.flush()
    return found, await queries_webhooks.event(db, found.event_id)


async def replay_failed(db: Write, endpoint_id: UUID, *, by: Staff, at: datetime) -> int:
    """Send every failed delivery of an endpoint once more; return how many.

    Deliveries are locked before their endpoint, as in `replay` and where an attempt is settled:
    the other way round the two would wait for each other. A refusal takes all of it back.

    Raises:
        Conflict: the endpoint is paused: nothing would go out.
    """
    rows = await db.execute(
        update(WebhookDelivery)
        .where(
            WebhookDelivery.tenant_id == bank_id(db),
            WebhookDelivery.endpoint_id == endpoint_id,
            WebhookDelivery.state == "failed",
        )
        .values(
            state="planned",
            attempts=0,
            next_at=func.clock_timestamp(),
            finished_at=None,
            lease_until=None,
        )
        .returning(WebhookDelivery.id)
    )
    count = len(rows.all())
    found = await queries_webhooks.endpoint(db, endpoint_id, lock=True)
    _refuse_paused(found)
    found.rest_until = None
    record(db, "webhook.replayed", "webhook", found.id, by=by, at=at, rows=count)
    if count:
        enqueue(db, SEND, endpoint_id=found.id)
    return count


def _refuse_paused(endpoint: WebhookEndpoint) -> None:
    if endpoint.state == "paused":
        raise Conflict(f"接收地址“{endpoint.name}”已暂停，不会发送；请先启用，再重发")


def secrets_of(db: Write, endpoint: WebhookEndpoint, *, at: datetime) -> tuple[str, ...]:
    """Return the secrets that sign at `at`: the endpoint's own, then the one before it."""
    ring, bank = keyring(db), bank_id(db)
    place = f"webhook_endpoints.secret:{endpoint.id}"
    signing = [ring.open(bank, place, endpoint.secret_sealed)]
    if endpoint.old_secret_until is not None and endpoint.old_secret_until > at:
        place = f"webhook_endpoints.old_secret:{endpoint.id}"
        signing.append(ring.open(bank, place, endpoint.old_secret_sealed))
    return tuple(signing)


def _checked(db: Write, wish: Wish) -> Wish:
    wrong: dict[str, str] = {}
    name, events = wish.name.strip(), _events(wish.events, wrong)
    if not 1 <= len(name) <= webhookrules.NAME_CHARS:
        wrong["name"] = f"请填写用途，1–{webhookrules.NAME_CHARS} 个字，例如“客户管理系统”"
    url = wish.url.strip()
    try:
        webhook_guard.check_url(url, queries_webhooks.rules(db))
    except webhook_guard.UnsafeTarget as error:
        wrong |= error.fields
    if wrong:
        raise Invalid(fields=wrong)
    return Wish(url, name, tuple(events))


def _events(said: Sequence[str], wrong: dict[str, str]) -> list[str]:
    try:
        return webhookrules.chosen(said)
    except Invalid as error:
        wrong |= error.fields
        return []


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def _sealed(db: Write, endpoint_id: UUID, what: str, secret: str) -> bytes:
    return keyring(db).seal(bank_id(db), f"webhook_endpoints.{what}:{endpoint_id}", secret)


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""  # the path of some receivers is a secret itself
