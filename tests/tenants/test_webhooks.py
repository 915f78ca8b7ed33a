"""Events: told with the write or not at all, delivered at least once, tried for days, replayed."""

import asyncio
import json
import os
import signal
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text, update
from standardwebhooks import Webhook
from tests.make import NOW, make_consent, make_customer, make_link, make_live_item, make_staff
from tests.personas import Personas
from tests.tenants.receiver import Receiver, receiver, work

from contenthub import queue
from contenthub.customers import actions as customers
from contenthub.customers import actions_consents
from contenthub.db import Write, new_id
from contenthub.errors import Conflict, Invalid, NotFound
from contenthub.library import actions as library
from contenthub.settings import Settings
from contenthub.sharing import actions_leads
from contenthub.tenants import (
    actions_deliveries,
    actions_staff,
    actions_webhooks,
    jobs_webhooks,
    queries_webhooks,
    webhookrules,
)
from contenthub.tenants.actions_deliveries import Outcome
from contenthub.tenants.actions_webhooks import Wish
from contenthub.tenants.models import AuditEntry
from contenthub.tenants.models_webhooks import WebhookDelivery, WebhookEndpoint, WebhookEvent


async def _endpoint(people: Personas, url: str, *events: str) -> tuple[UUID, str]:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        made, secret = await actions_webhooks.create_endpoint(
            db, Wish(url, "客户系统", events), by=people.ours.admin, at=NOW
        )
    return made.id, secret


async def _tell(people: Personas, event: str = "push.finished", **facts: Any) -> None:
    known = facts or {"push_id": new_id(), "item_id": new_id(), "topic": "deposit"}
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await actions_webhooks.tell(db, event, at=datetime.now(UTC), **known)


async def _deliveries(people: Personas) -> list[WebhookDelivery]:
    async with people.house.database.reading(people.ours.tenant) as db:
        found = await queries_webhooks.deliveries(db, queries_webhooks.Filter())
    return [delivery for delivery, _ in found]


async def _events(people: Personas) -> list[tuple[str, dict[str, Any]]]:
    async with people.house.database.reading(people.ours.tenant) as db:
        rows = await db.scalars(
            select(WebhookEvent)
            .where(WebhookEvent.tenant_id == people.ours.tenant)
            .order_by(WebhookEvent.id)
        )
    return [(row.event, row.payload) for row in rows]


async def _audit(people: Personas) -> list[str]:
    async with people.house.database.reading(people.ours.tenant) as db:
        rows = await db.scalars(
            select(AuditEntry.event).where(AuditEntry.tenant_id == people.ours.tenant)
        )
    return list(rows)


async def _hurry(db: Write) -> None:
    """Make every waiting delivery of the bank due, as if its wait were over."""
    await db.execute(
        update(WebhookDelivery)
        .where(WebhookDelivery.state == "planned")
        .values(next_at=text("clock_timestamp()"))
    )
    await db.execute(update(WebhookEndpoint).values(rest_until=None))


async def _again(people: Personas) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await _hurry(db)
    await work(people.house.database, people.ours.tenant)


def _is_signed(heard: Receiver, secret: str) -> bool:
    headers, body = heard.heard[-1]
    return bool(Webhook(secret).verify(body, headers) == json.loads(body))


async def test_an_event_arrives_signed_with_ids_and_facts(people: Personas) -> None:
    async with receiver() as heard:
        _, secret = await _endpoint(people, heard.url)
        await _tell(people)
        await work(people.house.database, people.ours.tenant)
        assert len(heard.heard) == 1
        headers, body = heard.heard[0]
        said = json.loads(body)
        assert said["type"] == "push.finished"
        assert set(said["data"]) == {"push_id", "item_id", "topic"}
        assert headers["webhook-id"] == said["id"]
        assert _is_signed(heard, secret)
        # Once delivered it is not sent again.
        await _again(people)
        assert len(heard.heard) == 1
    (one,) = await _deliveries(people)
    assert (one.state, one.status, one.answer, one.attempts) == ("delivered", 200, "ok", 1)
    assert one.finished_at is not None


async def test_a_write_that_is_rolled_back_tells_nothing(people: Personas) -> None:
    await _endpoint(people, "http://127.0.0.1:9/")

    async def broken() -> None:
        async with people.house.database.unit_of_work(people.ours.tenant) as db:
            facts = {"push_id": new_id(), "item_id": new_id(), "topic": "deposit"}
            await actions_webhooks.tell(db, "push.finished", at=NOW, **facts)
            raise Conflict()

    with pytest.raises(Conflict):
        await broken()
    assert await _events(people) == []


async def test_a_bank_without_endpoints_writes_no_event(people: Personas) -> None:
    await _tell(people)
    assert await _events(people) == []


async def test_an_endpoint_hears_what_it_chose_and_other_banks_hear_nothing(
    people: Personas,
) -> None:
    async with receiver() as ours, receiver() as theirs:
        await _endpoint(people, ours.url, "lead.created")
        async with people.house.database.unit_of_work(people.theirs.tenant) as db:
            await actions_webhooks.create_endpoint(
                db, Wish(theirs.url, "别的银行"), by=people.theirs.admin, at=NOW
            )
        await _tell(people)
        lead = {
            "lead_id": new_id(),
            "item_id": new_id(),
            "link_code": "C1",
            "employee_id": new_id(),
        }
        await _tell(people, "lead.created", **lead)
        await work(people.house.database, people.ours.tenant)
        await work(people.house.database, people.theirs.tenant)
        assert [json.loads(body)["type"] for _, body in ours.heard] == ["lead.created"]
        assert theirs.heard == []


@pytest.mark.parametrize(
    ("event", "facts"),
    [
        ("lead.deleted", {"lead_id": 1}),
        ("push.finished", {"push_id": 1, "item_id": 2, "topic": "x", "phone": "13800000001"}),
        ("push.finished", {"push_id": 1}),
    ],
)
def test_facts_that_nobody_declared_do_not_slip_out(event: str, facts: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="not declared"):
        webhookrules.facts_of(event, facts)


async def test_the_rooms_tell_what_happens_and_never_a_phone_or_name(people: Personas) -> None:
    ours, phone = people.ours, "13912345678"
    await _endpoint(people, "http://127.0.0.1:9/")
    async with people.house.database.unit_of_work(ours.tenant) as db:
        item = await make_live_item(db, ours.author, ours.reviewer)
        link = await make_link(db, item, ours.employee)
        contact = actions_leads.Contact(phone=phone, name="钱多多", visitor_id=None, agreed=True)
        await actions_leads.leave_lead(db, link, contact, employee=ours.employee, at=NOW)
        customer = await make_customer(db, owner=ours.employee, name="钱多多")
        await customers.record_refusal(db, customer.no, "wealth", by=ours.employee, at=NOW)
        await make_consent(db, customer, "loan", text_version="柜面 3 版", by=ours.employee)
        await actions_consents.withdraw_consent(db, customer, "loan", by=ours.employee, at=NOW)
        successor = await make_staff(db, ours.branch)
        await actions_staff.resign_staff(db, ours.colleague.id, successor.id, by=ours.admin, at=NOW)
        await library.recall(db, item.id, reason="活动结束", by=ours.reviewer, at=NOW)
    events = await _events(people)
    assert [event for event, _ in events] == [
        "item.approved",
        "lead.created",
        "customer.refused",
        "customer.consent_withdrawn",
        "staff.resigned",
        "item.recalled",
    ]
    told = json.dumps([payload for _, payload in events], ensure_ascii=False)
    assert phone not in told
    assert "钱多多" not in told
    assert "刘洋" not in told


async def test_a_refused_event_is_tried_again_later_and_later_then_given_up(
    people: Personas,
) -> None:
    async with receiver() as heard:
        heard.status, heard.body = 500, "<script>坏了</script>".encode() * 500
        endpoint_id, _ = await _endpoint(people, heard.url)
        await _tell(people)
        waits = []
        for _ in range(webhookrules.MAX_ATTEMPTS):
            await _again(people)
            (one,) = await _deliveries(people)
            waits.append((one.next_at - datetime.now(UTC)).total_seconds())
            # Not due yet: nothing is sent before its time.
            await work(people.house.database, people.ours.tenant)
        assert len(heard.heard) == webhookrules.MAX_ATTEMPTS
        assert len(set(heard.ids)) == 1
        assert one.state == "failed"
        assert len(one.answer.encode()) <= 2048 + 2
        for wait, base in zip(waits, webhookrules.WAITS_SECONDS, strict=False):
            assert base - 5 <= wait <= base * 1.2 + 5
        await _again(people)
        assert len(heard.heard) == webhookrules.MAX_ATTEMPTS
    async with people.house.database.reading(people.ours.tenant) as db:
        assert (await queries_webhooks.endpoint(db, endpoint_id)).state == "failing"
    assert "webhook.failing" in await _audit(people)
    assert ("webhook.failing", str(endpoint_id)) in [
        (event, payload.get("endpoint_id")) for event, payload in await _events(people)
    ]


async def test_a_failing_receiver_is_told_of_elsewhere_and_recovers_by_itself(
    people: Personas,
) -> None:
    async with receiver() as bad, receiver() as good:
        bad.status = 503
        endpoint_id, _ = await _endpoint(people, bad.url, "push.finished")
        await _endpoint(people, good.url, "webhook.failing")
        await _tell(people)
        for _ in range(webhookrules.MAX_ATTEMPTS):
            await _again(people)
        await _again(people)
        assert [json.loads(body)["data"]["endpoint_id"] for _, body in good.heard] == [
            str(endpoint_id)
        ]
        bad.status = 204
        await _tell(people)
        await _again(people)
    async with people.house.database.reading(people.ours.tenant) as db:
        mended = await queries_webhooks.endpoint(db, endpoint_id)
    assert (mended.state, mended.failing_since) == ("active", None)
    assert "webhook.recovered" in await _audit(people)


async def test_a_receiver_that_is_gone_is_paused_and_hears_nothing_more(people: Personas) -> None:
    async with receiver() as heard:
        heard.status = 410
        endpoint_id, _ = await _endpoint(people, heard.url)
        await _tell(people)
        await _again(people)
        await _tell(people)
        await _again(people)
        assert len(heard.heard) == 1
    async with people.house.database.reading(people.ours.tenant) as db:
        assert (await queries_webhooks.endpoint(db, endpoint_id)).state == "paused"


async def test_what_was_planned_before_a_pause_goes_out_after_it(people: Personas) -> None:
    async with receiver() as heard:
        endpoint_id, _ = await _endpoint(people, heard.url)
        await _tell(people)
        async with people.house.database.unit_of_work(people.ours.tenant) as db:
            (event_id,) = await db.scalars(select(WebhookEvent.id))
            await actions_deliveries.expand(db, event_id, at=NOW)
            assert await actions_deliveries.expand(db, event_id, at=NOW) == 0
            wish = Wish(heard.url, "客户系统")
            admin = people.ours.admin
            await actions_webhooks.change_endpoint(
                db, endpoint_id, wish, state="paused", by=admin, at=NOW
            )
        await work(people.house.database, people.ours.tenant)
        assert heard.heard == []
        async with people.house.database.unit_of_work(people.ours.tenant) as db:
            await actions_webhooks.change_endpoint(
                db, endpoint_id, wish, state="active", by=admin, at=NOW
            )
        await work(people.house.database, people.ours.tenant)
        assert len(heard.heard) == 1


async def test_while_a_secret_changes_both_sign(people: Personas) -> None:
    async with receiver() as heard:
        endpoint_id, old = await _endpoint(people, heard.url)
        async with people.house.database.unit_of_work(people.ours.tenant) as db:
            _, new = await actions_webhooks.rotate_secret(
                db, endpoint_id, by=people.ours.admin, at=datetime.now(UTC)
            )
        assert new != old
        await _tell(people)
        await work(people.house.database, people.ours.tenant)
        assert _is_signed(heard, new)
        assert _is_signed(heard, old)
        async with people.house.database.unit_of_work(people.ours.tenant) as db:
            endpoint = await queries_webhooks.endpoint(db, endpoint_id)
            endpoint.old_secret_until = datetime.now(UTC) - timedelta(seconds=1)
        await _tell(people)
        await work(people.house.database, people.ours.tenant)
        assert heard.heard[-1][0]["webhook-signature"].count("v1,") == 1
        assert _is_signed(heard, new)


async def test_a_replay_has_the_same_id_and_one_on_its_way_is_left_alone(people: Personas) -> None:
    async with receiver() as heard:
        endpoint_id, _ = await _endpoint(people, heard.url)
        await _tell(people)
        async with people.house.database.unit_of_work(people.ours.tenant) as db:
            (event_id,) = await db.scalars(select(WebhookEvent.id))
            await actions_deliveries.expand(db, event_id, at=NOW)
        (one,) = await _deliveries(people)
        admin, tenant = people.ours.admin, people.ours.tenant
        with pytest.raises(Conflict):
            async with people.house.database.unit_of_work(tenant) as db:
                await actions_webhooks.replay(db, one.id, by=admin, at=NOW)
        await work(people.house.database, tenant)
        async with people.house.database.unit_of_work(tenant) as db:
            await actions_webhooks.replay(db, one.id, by=admin, at=NOW)
            assert await actions_webhooks.replay_failed(db, endpoint_id, by=admin, at=NOW) == 0
        await work(people.house.database, tenant)
        assert len(heard.heard) == 2
        assert len(set(heard.ids)) == 1
        assert heard.heard[0][1] == heard.heard[1][1]


async def test_all_failed_ones_are_replayed_together(people: Personas) -> None:
    async with receiver() as heard:
        endpoint_id, _ = await _endpoint(people, heard.url)
        for _ in range(3):
            await _tell(people)
        heard.status = 500
        for _ in range(3 * webhookrules.MAX_ATTEMPTS):  # one attempt a rest
            await _again(people)
        heard.status, before = 200, len(heard.heard)
        async with people.house.database.unit_of_work(people.ours.tenant) as db:
            assert 3 == await actions_webhooks.replay_failed(
                db, endpoint_id, by=people.ours.admin, at=NOW
            )
        await work(people.house.database, people.ours.tenant)
        assert len(heard.heard) == before + 3
    assert {one.state for one in await _deliveries(people)} == {"delivered"}


_WORKER = """
import asyncio, sys
from contenthub.settings import Settings
from contenthub.web.house import make_house, close_house
from contenthub.tenants import jobs_webhooks
from uuid import UUID
async def main():
    house = make_house(Settings.from_env())
    await jobs_webhooks.send_events(house.database, UUID(sys.argv[1]), endpoint_id=sys.argv[2])
    await close_house(house)
asyncio.run(main())
"""


def _env(settings: Settings) -> dict[str, str]:
    names = (
        "database_url platform_database_url redis_url storage_url master_key "
        "webhook_allow_http webhook_allow_networks"
    ).split()
    said = {f"CONTENTHUB_{name.upper()}": str(getattr(settings, name)) for name in names}
    return {**os.environ, **said}


async def test_a_worker_killed_in_the_middle_of_a_call_loses_nothing(people: Personas) -> None:
    tenant, database = people.ours.tenant, people.house.database
    async with receiver() as heard:
        heard.may_answer.clear()
        endpoint_id, _ = await _endpoint(people, heard.url)
        await _tell(people)
        async with database.unit_of_work(tenant) as db:
            (event_id,) = await db.scalars(select(WebhookEvent.id))
            await actions_deliveries.expand(db, event_id, at=NOW)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _WORKER, str(tenant), str(endpoint_id),
            env=_env(people.house.settings),
        )  # fmt: skip
        await asyncio.wait_for(heard.asked.wait(), 60)
        process.send_signal(signal.SIGKILL)
        await process.wait()
        (one,) = await _deliveries(people)
        assert one.state == "sending"  # committed before the call
        heard.may_answer.set()
        # Somebody has the lease: nobody else sends it meanwhile.
        await work(database, tenant)
        assert len(heard.heard) == 1
        async with database.unit_of_work(tenant) as db:
            await db.execute(
                update(WebhookDelivery)
                .where(WebhookDelivery.id == one.id)
                .values(lease_until=text("clock_timestamp() - interval '1 second'"))
            )
        await work(database, tenant)
        assert len(heard.heard) == 2
        assert len(set(heard.ids)) == 1
    (one,) = await _deliveries(people)
    assert (one.state, one.attempts) == ("delivered", 2)


def test_every_step_is_found_again_without_redis() -> None:
    steps = {"tenants.expand_event", "tenants.send_events", "tenants.forget_events"}
    assert steps <= set(queue.sweeps)


async def test_a_late_answer_of_a_lost_lease_changes_nothing(people: Personas) -> None:
    endpoint_id, _ = await _endpoint(people, "http://127.0.0.1:9/")
    await _tell(people)
    tenant = people.ours.tenant
    async with people.house.database.unit_of_work(tenant) as db:
        (event_id,) = await db.scalars(select(WebhookEvent.id))
        await actions_deliveries.expand(db, event_id, at=NOW)
    async with people.house.database.unit_of_work(tenant) as db:
        taken = await actions_deliveries.claim(db, endpoint_id)
        assert taken is not None
    async with people.house.database.unit_of_work(tenant) as db:
        assert await actions_deliveries.claim(db, endpoint_id) is None
        late = replace(taken, lease_until=taken.lease_until - timedelta(seconds=30))
        ok = Outcome(200, "", 1)
        await actions_deliveries.settle(db, late, ok, at=NOW, jitter=0.0)
    (one,) = await _deliveries(people)
    assert one.state == "sending"


async def test_two_senders_at_once_send_each_event_once(people: Personas) -> None:
    async with receiver() as heard:
        endpoint_id, _ = await _endpoint(people, heard.url)
        for _ in range(12):
            await _tell(people)
        database, tenant = people.house.database, people.ours.tenant
        async with database.unit_of_work(tenant) as db:
            for event_id in await db.scalars(select(WebhookEvent.id)):
                await actions_deliveries.expand(db, event_id, at=NOW)
        await asyncio.gather(
            *(
                jobs_webhooks.send_events(database, tenant, endpoint_id=str(endpoint_id))
                for _ in range(3)
            )
        )
        assert len(heard.heard) == len(set(heard.ids)) == 12


async def test_old_events_are_forgotten_with_their_deliveries(people: Personas) -> None:
    async with receiver() as heard:
        await _endpoint(people, heard.url)
        await _tell(people)
        await _tell(people)
        await work(people.house.database, people.ours.tenant)
    (new, old) = await _deliveries(people)
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        past = datetime.now(UTC) - webhookrules.KEPT_FOR - timedelta(days=2)
        row = await queries_webhooks.delivery(db, old.id)
        row.created_at = past
        (await queries_webhooks.event(db, old.event_id)).at = past
    await jobs_webhooks.forget_events(people.house.database, people.ours.tenant)
    assert [one.id for one in await _deliveries(people)] == [new.id]
    assert len(await _events(people)) == 1
    async with people.house.database.platform_unit_of_work() as db:
        assert people.ours.tenant not in [
            bank for bank, _ in await jobs_webhooks.with_old_events(db, datetime.now(UTC))
        ]


async def test_a_removed_endpoint_takes_its_deliveries_along(people: Personas) -> None:
    endpoint_id, _ = await _endpoint(people, "http://127.0.0.1:9/")
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await actions_webhooks.send_test(db, endpoint_id, by=people.ours.admin, at=NOW)
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await actions_webhooks.delete_endpoint(db, endpoint_id, by=people.ours.admin, at=NOW)
    assert await _deliveries(people) == []
    await jobs_webhooks.send_events(
        people.house.database, people.ours.tenant, endpoint_id=str(endpoint_id)
    )


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        (Wish("https://10.0.0.1/", "内网"), "url"),
        (Wish("ftp://crm.example.com/", "x"), "url"),
        (Wish("https://crm.example.com/", " "), "name"),
        (Wish("https://crm.example.com/", "x" * 61), "name"),
        (Wish("https://crm.example.com/", "x", ("lead.eaten",)), "events"),
        (Wish("https://crm.example.com/", "x", ("webhook.test",)), "events"),
    ],
)
async def test_a_wish_that_cannot_be_is_refused_by_its_field(
    people: Personas, wish: Wish, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        async with people.house.database.unit_of_work(people.ours.tenant) as db:
            await actions_webhooks.create_endpoint(db, wish, by=people.ours.admin, at=NOW)
    assert field in refused.value.fields


async def test_the_number_of_endpoints_is_bounded(
    people: Personas, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhookrules, "ENDPOINTS_MAX", 1)
    await _endpoint(people, "https://crm.example.com/")
    with pytest.raises(Conflict):
        await _endpoint(people, "https://crm.example.com/2")


async def test_another_banks_endpoint_is_as_absent_as_none(people: Personas) -> None:
    endpoint_id, _ = await _endpoint(people, "https://crm.example.com/")
    async with people.house.database.unit_of_work(people.theirs.tenant) as db:
        for action in (actions_webhooks.rotate_secret, actions_webhooks.send_test):
            with pytest.raises(NotFound):
                await action(db, endpoint_id, by=people.theirs.admin, at=NOW)
        assert await db.get(WebhookEndpoint, (people.ours.tenant, endpoint_id)) is None
