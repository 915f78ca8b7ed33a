"""Receivers that are dead or ask for patience: they rest, are paused, and come back by a person."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, text, update
from tests.make import NOW
from tests.personas import Personas
from tests.tenants.receiver import receiver, work

from contenthub.channels.webhook import retry_after
from contenthub.db import new_id
from contenthub.tenants import actions_webhooks, queries_webhooks, webhookrules
from contenthub.tenants.actions_webhooks import Wish
from contenthub.tenants.models import AuditEntry
from contenthub.tenants.models_webhooks import WebhookDelivery, WebhookEndpoint, WebhookEvent


async def _endpoint(people: Personas, url: str, *events: str) -> UUID:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        made, _ = await actions_webhooks.create_endpoint(
            db, Wish(url, "客户系统", events), by=people.ours.admin, at=NOW
        )
    return made.id


async def _tell(people: Personas, times: int = 1) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        for _ in range(times):
            facts = {"push_id": new_id(), "item_id": new_id(), "topic": "deposit"}
            await actions_webhooks.tell(db, "push.finished", at=datetime.now(UTC), **facts)


async def _set(people: Personas, **values: Any) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await db.execute(update(WebhookEndpoint).values(**values))


async def _make_due(people: Personas) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        due = {"next_at": text("clock_timestamp()")}
        await db.execute(
            update(WebhookDelivery).where(WebhookDelivery.state == "planned").values(**due)
        )


async def _work(people: Personas) -> None:
    await work(people.house.database, people.ours.tenant)


async def _seen(people: Personas, endpoint_id: UUID) -> WebhookEndpoint:
    async with people.house.database.reading(people.ours.tenant) as db:
        return await queries_webhooks.endpoint(db, endpoint_id)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("120", 120),
        (" 5 ", 5),
        ("0", 0),
        ("999999999999", 999_999_999),
        ("Thu, 26 Nov 2026 10:01:30 GMT", 90),
        ("Thu, 26 Nov 2026 09:00:00 GMT", None),
        ("", None),
        ("-5", None),
        ("1.5", None),
        ("１２", None),
        ("soon", None),
        ("Thu, 99 Nov 2026 10:01:30 GMT", None),
    ],
)
def test_what_a_receiver_asks_for_is_read_or_ignored(said: str, seconds: int | None) -> None:
    assert retry_after(said, datetime(2026, 11, 26, 10, tzinfo=UTC)) == seconds


@pytest.mark.parametrize(
    ("failures", "status", "asked", "seconds"),
    [
        (1, 500, None, 0),
        (1, 500, 3600, 0),  # only a 429 or 503 may ask
        (1, 429, 90, 90),
        (1, 503, 10**9, 6 * 3600),
        (4, None, None, 0),
        (5, None, None, 30),
        (6, 500, None, 60),
        (10**6, None, None, 600),
        (5, 503, 3, 30),
        (9, 429, 4000, 4000),
    ],
)
def test_a_rest_grows_with_failures_and_keeps_to_what_was_asked(
    failures: int, status: int | None, asked: int | None, seconds: int
) -> None:
    rest = webhookrules.rest_after(failures, status=status, retry_after_seconds=asked)
    assert rest == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("days", "failures", "is_dead"), [(4.9, 999, False), (5, 9, False), (5, 10, True)]
)
def test_death_needs_days_and_attempts(days: float, failures: int, is_dead: bool) -> None:
    at = NOW + timedelta(days=days)
    assert webhookrules.is_dead(NOW, at, failures=failures) is is_dead


async def test_a_busy_receiver_is_left_alone_as_a_whole_for_as_long_as_it_asks(
    people: Personas,
) -> None:
    async with receiver() as heard:
        heard.status, heard.retry_after = 429, "300"
        endpoint_id = await _endpoint(people, heard.url)
        await _tell(people, 3)
        await _work(people)
        await _make_due(people)
        await _work(people)
        assert len(heard.heard) == 1  # the two others wait too
        rest = (await _seen(people, endpoint_id)).rest_until
        assert rest is not None
        assert 290 <= (rest - datetime.now(UTC)).total_seconds() <= 301
        heard.status, heard.retry_after = 200, ""
        await _set(people, rest_until=datetime.now(UTC) - timedelta(seconds=1))
        await _work(people)
        assert len(heard.heard) == 4
    mended = await _seen(people, endpoint_id)
    assert (mended.failures, mended.rest_until, mended.failing_since) == (0, None, None)


async def test_a_dead_receiver_with_many_events_takes_one_attempt_a_rest(people: Personas) -> None:
    async with receiver() as heard:
        heard.status = 500
        endpoint_id = await _endpoint(people, heard.url)
        await _tell(people, 40)
        await _work(people)
        assert len(heard.heard) == webhookrules.REST_AFTER_FAILURES
        await _work(people)
        assert len(heard.heard) == webhookrules.REST_AFTER_FAILURES
        await _set(people, rest_until=None)
        await _work(people)
        assert len(heard.heard) == webhookrules.REST_AFTER_FAILURES + 1
    assert (await _seen(people, endpoint_id)).failures == webhookrules.REST_AFTER_FAILURES + 1


async def test_a_person_who_tests_a_resting_receiver_hears_at_once(people: Personas) -> None:
    async with receiver() as heard:
        endpoint_id = await _endpoint(people, heard.url)
        await _set(people, failures=9, rest_until=datetime.now(UTC) + timedelta(minutes=9))
        async with people.client(people.ours.admin) as client:
            answer = await client.post(f"/api/v1/webhooks/{endpoint_id}/test")
            assert answer.status_code == 202
        await _work(people)
        assert len(heard.heard) == 1
    assert (await _seen(people, endpoint_id)).failures == 0


async def _dead(people: Personas, url: str) -> UUID:
    """Let an endpoint fail once more after six days of failures."""
    endpoint_id = await _endpoint(people, url, "push.finished")
    await _tell(people, 2)
    since = datetime.now(UTC) - timedelta(days=6)
    await _set(people, failures=webhookrules.PAUSE_FAILURES - 1, failing_since=since)
    await _work(people)
    return endpoint_id


async def test_a_receiver_dead_for_days_is_paused_told_of_and_resumed_by_a_person(
    people: Personas,
) -> None:
    async with receiver() as bad, receiver() as good:
        bad.status = 500
        endpoint_id = await _dead(people, bad.url)
        assert len(bad.heard) == 1
        await _endpoint(people, good.url, "webhook.paused")
        async with people.client(people.ours.admin) as client:
            one = (await client.get(f"/api/v1/webhooks/{endpoint_id}")).json()
            assert (one["state"], one["paused_for"]) == ("paused", "dead")
            assert one["failures"] == webhookrules.PAUSE_FAILURES
            for path in ("/console", "/console/webhooks", f"/console/webhooks/{endpoint_id}"):
                assert "已自动暂停" in (await client.get(path)).text, path
            # New events are not kept for it; what waited before goes out after it.
            await _tell(people, 1)
            await _make_due(people)
            await _work(people)
            assert len(bad.heard) == 1
            bad.status = 200
            token = (await client.get("/console/webhooks")).cookies.get("csrftoken")
            headers = {"x-csrftoken": token or client.cookies["csrftoken"]}
            path = f"/console/webhooks/{endpoint_id}/resume"
            assert (await client.post(path, headers=headers)).status_code in (200, 201, 303)
            await _make_due(people)
            await _work(people)
            assert len(bad.heard) == 3
            page = (await client.get("/console")).text
            assert "已自动暂停" not in page
    mended = await _seen(people, endpoint_id)
    assert (mended.state, mended.paused_for, mended.failures) == ("active", "", 0)
    async with people.house.database.reading(people.ours.tenant) as db:
        events = set(await db.scalars(select(AuditEntry.event)))
        told = await db.scalar(
            select(func.count()).where(WebhookEvent.event == webhookrules.PAUSED)
        )
    assert {"webhook.paused", "webhook.failing", "webhook.changed"} <= events
    assert told == 1


async def test_an_endpoint_resumed_by_the_api_may_be_paused_again_by_a_person(
    people: Personas,
) -> None:
    async with receiver() as bad:
        bad.status = 500
        endpoint_id = await _dead(people, bad.url)
        path = f"/api/v1/webhooks/{endpoint_id}"
        async with people.client(people.ours.admin) as client:
            resumed = (await client.patch(path, json={"state": "active"})).json()
            assert (resumed["state"], resumed["paused_for"]) == ("active", "")
            paused = (await client.patch(path, json={"state": "paused"})).json()
            assert (paused["state"], paused["paused_for"]) == ("paused", "person")
            assert "已自动暂停" not in (await client.get("/console")).text
        async with people.client(people.ours.author) as client:
            assert (await client.patch(path, json={"state": "active"})).status_code == 403
            assert "已自动暂停" not in (await client.get("/console")).text
        async with people.client(people.theirs.admin) as client:
            assert (await client.patch(path, json={"state": "active"})).status_code == 404
