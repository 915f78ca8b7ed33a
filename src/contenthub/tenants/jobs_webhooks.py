"""Worker entries of webhooks: expanding events, sending them, forgetting old ones."""

import random
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from contenthub.channels import webhook
from contenthub.channels.webhook_guard import UnsafeTarget
from contenthub.db import Database, Platform, TenantId
from contenthub.errors import NotFound
from contenthub.queue import job, sweep
from contenthub.tenants import actions_deliveries, actions_webhooks, queries_webhooks, webhookrules
from contenthub.tenants.actions_deliveries import Claim, Outcome
from contenthub.tenants.chain import earliest_id

TURN_SECONDS = 20.0
"""After this long an endpoint's turn ends, so that others get theirs; the sweep rings again."""
Due = list[tuple[UUID, dict[str, str]]]


@job(actions_webhooks.EXPAND)
async def expand_event(database: Database, tenant: TenantId, /, **ids: Any) -> None:
    """Plan the deliveries of event `event_id`."""
    async with database.unit_of_work(tenant) as db:
        await actions_deliveries.expand(db, UUID(ids["event_id"]), at=datetime.now(UTC))


@sweep(actions_webhooks.EXPAND)
async def unexpanded(db: Platform, _now: datetime) -> Due:
    """Return events whose deliveries are not written yet."""
    found = await queries_webhooks.unexpanded_events(db)
    return [(bank, {"event_id": str(event)}) for bank, event in found]


@job(actions_webhooks.SEND)
async def send_events(database: Database, tenant: TenantId, /, **ids: Any) -> None:
    """Send the due deliveries of `endpoint_id`, one after another."""
    endpoint_id, until = UUID(ids["endpoint_id"]), time.monotonic() + TURN_SECONDS
    while time.monotonic() < until:
        try:
            async with database.unit_of_work(tenant) as db:
                taken = await actions_deliveries.claim(db, endpoint_id)
        except NotFound:
            return  # removed meanwhile
        if taken is None:
            return
        outcome = await _attempt(taken)
        async with database.unit_of_work(tenant) as db:
            await actions_deliveries.settle(
                db,
                taken,
                outcome,
                at=datetime.now(UTC),
                jitter=random.random(),  # noqa: S311  # no secret
            )


async def _attempt(taken: Claim) -> Outcome:
    try:
        answer = await webhook.send(taken.letter, rules=taken.rules, at=datetime.now(UTC))
    except UnsafeTarget as error:
        return Outcome(None, error.detail, 0)
    except webhook.NoAnswer as error:
        return Outcome(None, error.detail, error.took_ms)
    return Outcome.of(answer)


@sweep(actions_webhooks.SEND)
async def due_endpoints(db: Platform, _now: datetime) -> Due:
    """Return endpoints with a delivery that is due, or whose sender died."""
    found = await queries_webhooks.due_endpoints(db)
    return [(bank, {"endpoint_id": str(endpoint)}) for bank, endpoint in found]


@job("tenants.forget_events")
async def forget_events(database: Database, tenant: TenantId, /, **_ids: Any) -> None:
    """Remove the bank's deliveries and events of more than 30 days ago."""
    before, gone = datetime.now(UTC) - webhookrules.KEPT_FOR, 1
    while gone:
        async with database.unit_of_work(tenant) as db:
            gone = await actions_deliveries.forget_old(db, before=before)


@sweep("tenants.forget_events")
async def with_old_events(db: Platform, now: datetime) -> Due:
    """Return banks that keep events for longer than they should."""
    before = earliest_id(now - webhookrules.KEPT_FOR - timedelta(days=1))
    return [(bank, {}) for bank in await queries_webhooks.banks_with_old(db, before)]
