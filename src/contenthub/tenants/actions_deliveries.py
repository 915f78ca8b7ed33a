"""An event on its way: expanded to deliveries; claim (commit), call, record (commit).

A delivery that a killed worker had claimed is sent again after its lease: at least once,
always under the same webhook-id (reliability §3; receivers drop the repetition).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, or_, select

from contenthub.channels.webhook import GONE, Answer, Letter
from contenthub.channels.webhook_guard import Rules
from contenthub.db import Write, clock
from contenthub.tenants import actions_webhooks, queries_webhooks, webhookrules
from contenthub.tenants.actions import record
from contenthub.tenants.models_webhooks import WebhookDelivery, WebhookEndpoint, WebhookEvent
from contenthub.tenants.sealing import bank_id


@dataclass(frozen=True, slots=True)
class Claim:
    """All that one attempt needs, as plain data: no transaction is open while it runs."""

    delivery_id: UUID
    lease_until: datetime
    """The fence: whoever claims the delivery later has another one."""
    letter: Letter
    rules: Rules


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an attempt came to: an answer, or the words why there is none."""

    status: int | None
    text: str
    took_ms: int
    retry_after_seconds: int | None = None

    @classmethod
    def of(cls, answer: Answer) -> "Outcome":
        """Return the outcome of an answer."""
        return cls(answer.status, answer.text, answer.took_ms, answer.retry_after_seconds)

    @property
    def is_accepted(self) -> bool:
        """Whether the receiver has the event."""
        return self.status is not None and 200 <= self.status < 300


async def expand(db: Write, event_id: UUID, *, at: datetime) -> int:
    """Plan a delivery for every endpoint that hears an event; harmless when run again."""
    event = await queries_webhooks.event(db, event_id, lock=True)
    if event.expanded_at is not None:
        return 0
    event.expanded_at = at
    due_at, count = await clock(db), 0
    for endpoint in await queries_webhooks.endpoints(db):
        own = event.payload.get("endpoint_id") == str(endpoint.id)
        hears = not endpoint.events or event.event in endpoint.events
        # What fails is not told, by the way that fails, that it fails.
        if endpoint.state != "paused" and hears and not own:
            actions_webhooks.planned_delivery(db, endpoint.id, event.id, at=due_at)
            count += 1
    await db.flush()
    return count


async def claim(db: Write, endpoint_id: UUID) -> Claim | None:
    """Take the endpoint's next due delivery for one lease, or None: nothing is due, or it rests."""
    now = await clock(db)
    endpoint = await queries_webhooks.endpoint(db, endpoint_id)
    rests = endpoint.rest_until is not None and endpoint.rest_until > now
    if endpoint.state == "paused" or rests:
        return None
    found = await db.scalar(
        select(WebhookDelivery)
        .where(
            WebhookDelivery.tenant_id == bank_id(db),
            WebhookDelivery.endpoint_id == endpoint_id,
            or_(
                (WebhookDelivery.state == "planned") & (WebhookDelivery.next_at <= now),
                (WebhookDelivery.state == "sending") & (WebhookDelivery.lease_until <= now),
            ),
        )
        .order_by(WebhookDelivery.next_at, WebhookDelivery.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if found is None:
        return None
    event = await queries_webhooks.event(db, found.event_id)
    # A worker that died in the last attempt left it unrecorded: it is made once more.
    found.attempts = min(found.attempts + 1, webhookrules.MAX_ATTEMPTS)
    found.state = "sending"
    found.lease_until = now + timedelta(seconds=webhookrules.LEASE_SECONDS)
    letter = Letter(
        id=webhookrules.message_id(event.id),
        url=endpoint.url,
        body=webhookrules.body_of(event.id, event.event, event.payload, at=event.at),
        secrets=actions_webhooks.secrets_of(db, endpoint, at=now),
    )
    return Claim(found.id, found.lease_until, letter, queries_webhooks.rules(db))


async def settle(db: Write, taken: Claim, outcome: Outcome, *, at: datetime, jitter: float) -> None:
    """Write what an attempt came to; silent when the lease was lost and somebody else has it."""
    found = await db.scalar(
        select(WebhookDelivery)
        .where(
            WebhookDelivery.tenant_id == bank_id(db),
            WebhookDelivery.id == taken.delivery_id,
            WebhookDelivery.state == "sending",
            WebhookDelivery.lease_until == taken.lease_until,
        )
        .with_for_update()
    )
    if found is None:
        return
    endpoint = await queries_webhooks.endpoint(db, found.endpoint_id, lock=True)
    found.status, found.answer, found.took_ms = outcome.status, outcome.text, outcome.took_ms
    found.lease_until = None
    if outcome.is_accepted:
        found.state, found.finished_at = "delivered", at
        _recover(db, endpoint, at=at)
        return
    wait = webhookrules.wait_after(found.attempts, jitter=jitter)
    await _rest(db, endpoint, outcome)
    if outcome.status == GONE:
        # The receiver says it is gone for good (Standard Webhooks): nothing more is sent.
        _pause(endpoint, "gone")
        wait = None
        record(db, "webhook.gone", "webhook", endpoint.id, by=None, at=at)
    if wait is None:
        found.state, found.finished_at = "failed", at
    else:
        found.state, found.next_at = "planned", await clock(db) + wait
    await _worsen(db, endpoint, at=at, is_exhausted=wait is None)


def _recover(db: Write, endpoint: WebhookEndpoint, *, at: datetime) -> None:
    endpoint.failing_since, endpoint.rest_until, endpoint.failures = None, None, 0
    if endpoint.state == "failing":
        endpoint.state = webhookrules.moved(endpoint.state, "recover")
        record(db, "webhook.recovered", "webhook", endpoint.id, by=None, at=at)


def _pause(endpoint: WebhookEndpoint, why: str) -> None:
    endpoint.state = webhookrules.moved(endpoint.state, "pause")
    endpoint.paused_for = why


async def _rest(db: Write, endpoint: WebhookEndpoint, outcome: Outcome) -> None:
    """Count the failure; let a receiver that asks for it, or seems dead, rest as a whole."""
    endpoint.failures += 1
    rest = webhookrules.rest_after(
        endpoint.failures,
        status=outcome.status,
        retry_after_seconds=outcome.retry_after_seconds,
    )
    endpoint.rest_until = await clock(db) + rest if rest else None


async def _worsen(
    db: Write, endpoint: WebhookEndpoint, *, at: datetime, is_exhausted: bool
) -> None:
    if endpoint.failing_since is None:
        endpoint.failing_since = at
    since = endpoint.failing_since
    facts = {"endpoint_id": endpoint.id, "failing_since": since}
    if endpoint.state == "active" and webhookrules.is_failing(since, at, is_exhausted=is_exhausted):
        endpoint.state = webhookrules.moved(endpoint.state, "fail")
        record(db, "webhook.failing", "webhook", endpoint.id, by=None, at=at)
        await actions_webhooks.tell(db, webhookrules.FAILING, at=at, **facts)
    dead = webhookrules.is_dead(since, at, failures=endpoint.failures)
    if endpoint.state != "paused" and dead:
        _pause(endpoint, "dead")
        record(
            db,
            "webhook.paused",
            "webhook",
            endpoint.id,
            by=None,
            at=at,
            name=endpoint.name,
            failures=endpoint.failures,
        )
        await actions_webhooks.tell(db, webhookrules.PAUSED, at=at, **facts)


async def forget_old(db: Write, *, before: datetime, limit: int = 1000) -> int:
    """Remove deliveries planned before an instant, and events that none is left of.

    Returns how many deliveries went; call again while it is not 0.
    """
    bank = bank_id(db)
    old = (
        select(WebhookDelivery.id)
        .where(WebhookDelivery.tenant_id == bank, WebhookDelivery.created_at < before)
        .limit(limit)
    )
    gone = await db.execute(
        delete(WebhookDelivery)
        .where(WebhookDelivery.tenant_id == bank, WebhookDelivery.id.in_(old))
        .returning(WebhookDelivery.id)
    )
    left = select(WebhookDelivery.id).where(
        WebhookDelivery.tenant_id == bank, WebhookDelivery.event_id == WebhookEvent.id
    )
    await db.execute(
        delete(WebhookEvent).where(
            WebhookEvent.tenant_id == bank, WebhookEvent.at < before, ~left.exists()
        )
    )
    return len(gone.all())
