"""Deliveries are locked before their endpoint everywhere, so that nobody waits in a circle."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import select, text, update
from tests.make import NOW
from tests.personas import Personas

from contenthub.db import Database, new_id
from contenthub.errors import Conflict, NotFound
from contenthub.tenants import actions_deliveries, actions_webhooks, queries_webhooks
from contenthub.tenants.models_webhooks import WebhookDelivery, WebhookEvent

_WAITS = """
select count(*) from pg_locks l join pg_stat_activity a on a.pid = l.pid
where not l.granted and a.datname = current_database()
"""


async def _failed(people: Personas) -> tuple[UUID, UUID]:
    """Return an endpoint and a delivery to it that failed."""
    tenant, admin = people.ours.tenant, people.ours.admin
    async with people.house.database.unit_of_work(tenant) as db:
        wish = actions_webhooks.Wish("http://127.0.0.1:9/", "客户系统")
        made, _ = await actions_webhooks.create_endpoint(db, wish, by=admin, at=NOW)
        facts = {"push_id": new_id(), "item_id": new_id(), "topic": "deposit"}
        await actions_webhooks.tell(db, "push.finished", at=NOW, **facts)
    async with people.house.database.unit_of_work(tenant) as db:
        (event_id,) = await db.scalars(select(WebhookEvent.id))
        await actions_deliveries.expand(db, event_id, at=NOW)
        await db.execute(update(WebhookDelivery).values(state="failed", finished_at=NOW))
        (delivery_id,) = await db.scalars(select(WebhookDelivery.id))
    return made.id, delivery_id


async def _until_somebody_waits(database: Database) -> None:
    for _ in range(200):
        async with database.platform_unit_of_work() as db:
            if await db.scalar(text(_WAITS)):
                return
        await asyncio.sleep(0.02)
    raise AssertionError("nobody waits for a lock")


@pytest.mark.parametrize("what", ["replay_failed", "delete_endpoint"])
async def test_who_settles_a_delivery_never_waits_for_who_waits_for_it(
    people: Personas, what: str
) -> None:
    endpoint_id, delivery_id = await _failed(people)
    database, tenant, admin = people.house.database, people.ours.tenant, people.ours.admin

    async def other() -> None:
        async with database.unit_of_work(tenant) as db:
            await getattr(actions_webhooks, what)(db, endpoint_id, by=admin, at=NOW)

    async with database.unit_of_work(tenant) as db:
        await queries_webhooks.delivery(db, delivery_id, lock=True)
        waiting = asyncio.create_task(other())
        await _until_somebody_waits(database)
        await queries_webhooks.endpoint(db, endpoint_id, lock=True)
    await waiting


async def test_a_paused_endpoint_is_refused_and_its_deliveries_stay_failed(
    people: Personas,
) -> None:
    endpoint_id, delivery_id = await _failed(people)
    database, tenant, admin = people.house.database, people.ours.tenant, people.ours.admin
    async with database.unit_of_work(tenant) as db:
        (await queries_webhooks.endpoint(db, endpoint_id, lock=True)).state = "paused"
    with pytest.raises(Conflict, match="已暂停"):
        async with database.unit_of_work(tenant) as db:
            await actions_webhooks.replay_failed(db, endpoint_id, by=admin, at=NOW)
    async with database.reading(tenant) as db:
        assert (await queries_webhooks.delivery(db, delivery_id)).state == "failed"


@pytest.mark.parametrize("what", ["replay_failed", "delete_endpoint"])
async def test_another_banks_endpoint_is_absent(people: Personas, what: str) -> None:
    endpoint_id, delivery_id = await _failed(people)
    database = people.house.database
    with pytest.raises(NotFound):
        async with database.unit_of_work(people.theirs.tenant) as db:
            await getattr(actions_webhooks, what)(db, endpoint_id, by=people.theirs.admin, at=NOW)
    async with database.reading(people.ours.tenant) as db:
        assert (await queries_webhooks.delivery(db, delivery_id)).state == "failed"
