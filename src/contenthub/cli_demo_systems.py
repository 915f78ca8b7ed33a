"""The demo bank's own systems: a script with a key, and a receiver of events that waits.

Nothing goes out: the receiver's host does not exist. What it answered is told by the same
steps that record real answers.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update

from contenthub.cli_demo_people import Scene
from contenthub.db import Read, Write
from contenthub.tenants import actions as tenants
from contenthub.tenants import (
    actions_deliveries,
    actions_keys,
    actions_staff,
    actions_webhooks,
    webhookrules,
)
from contenthub.tenants.actions_deliveries import Outcome
from contenthub.tenants.actions_webhooks import Wish
from contenthub.tenants.keys import KeyTerms
from contenthub.tenants.models_webhooks import WebhookDelivery, WebhookEvent
from contenthub.tenants.sealing import bank_id

RECEIVER = "https://crm.example.com/hooks/contenthub"
TOLD = 14
"""How many of the latest events in its list the receiver was sent."""
UNANSWERED = 9
"""The place of the event among them that the receiver never took."""
_HEARD = (
    "lead.created",
    "signup.created",
    "customer.refused",
    "customer.consent_withdrawn",
    "staff.resigned",
)
_TAKEN, _BUSY = Outcome(204, "", 86), Outcome(503, "系统维护中，请稍后再试", 1204)


async def connect_systems(scene: Scene) -> UUID:
    """Make a key of the nightly import and a receiver of events; return the receiver's id."""
    admin, at = scene["admin"], scene.ago(days=15)
    terms = KeyTerms(("customers.import", "customers.view"), ("10.20.0.0/16",), 300)
    wish = Wish(RECEIVER, "客户管理系统", _HEARD)
    async with scene.house.database.unit_of_work(scene.tenant) as db:
        # Nobody keeps the clear key: it is there to be looked at.
        key, _ = await tenants.create_key(db, admin, "夜间导入客户", by=admin, at=at, terms=terms)
        used_at = scene.ago(hours=15)
        await actions_keys.note_use(db, key.id, address="10.20.3.7", at=used_at)
        old, _ = await tenants.create_key(db, admin, "数据仓库（旧）", by=admin, at=at, terms=terms)
        await actions_staff.revoke_key(db, old.id, by=admin, at=scene.ago(days=6))
        made, _ = await actions_webhooks.create_endpoint(db, wish, by=admin, at=at)
    return made.id


async def deliver_events(scene: Scene, endpoint_id: UUID) -> int:
    """Let the receiver have answered the latest events, but for one; return how many there were.

    It is paused afterwards: nothing is to be sent to a host that does not exist.
    """
    async with scene.house.database.unit_of_work(scene.tenant) as db:
        events = await _latest(db)
        for place, event in enumerate(events):
            await actions_deliveries.expand(db, event.id, at=event.at)
            await _answer(db, endpoint_id, event, is_taken=place != UNANSWERED)
        wish = Wish(RECEIVER, "客户管理系统", _HEARD)
        await actions_webhooks.change_endpoint(
            db, endpoint_id, wish, state="paused", by=scene["admin"], at=scene.ago(hours=1)
        )
    return len(events)


async def _latest(db: Read) -> Sequence[WebhookEvent]:
    """Return the latest events that the receiver hears of, the oldest of them first."""
    rows = await db.scalars(
        select(WebhookEvent)
        .where(WebhookEvent.tenant_id == bank_id(db), WebhookEvent.event.in_(_HEARD))
        .order_by(WebhookEvent.at.desc(), WebhookEvent.id.desc())
        .limit(TOLD)
    )
    return rows.all()[::-1]


async def _answer(db: Write, endpoint_id: UUID, event: WebhookEvent, *, is_taken: bool) -> None:
    """Make the one attempt that decides: taken at once, or the last of many in vain."""
    at = event.at + timedelta(seconds=2)
    tries = 0 if is_taken else webhookrules.MAX_ATTEMPTS - 1
    await db.execute(
        update(WebhookDelivery)
        .where(
            WebhookDelivery.tenant_id == bank_id(db),
            WebhookDelivery.endpoint_id == endpoint_id,
            WebhookDelivery.event_id == event.id,
        )
        .values(created_at=at, attempts=tries)
    )
    taken = await actions_deliveries.claim(db, endpoint_id)
    if taken is not None:
        outcome = _TAKEN if is_taken else _BUSY
        await actions_deliveries.settle(db, taken, outcome, at=at, jitter=0.0)
