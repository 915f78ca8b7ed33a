"""Where only who agreed is sent to, a consent withdrawn at any moment before the send holds."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.make import NOW, make_consent
from tests.personas import Personas
from tests.scheduler.cadences import make_cadence, make_run
from tests.scheduler.conftest import Desk

from contenthub.customers import actions_consents
from contenthub.customers import queries as customers
from contenthub.customers.models import Customer
from contenthub.db import Write
from contenthub.scheduler import actions_answers, queries_ledger
from contenthub.scheduler.queries_ledger import Wanted
from contenthub.tenants import queries as tenants_queries


async def _ask_for_consent(db: Write, *, is_asked: bool = True) -> None:
    bank = await tenants_queries.bank(db)
    bank.settings = {**bank.settings, "consent_required": is_asked}


async def _agree(db: Write, people: Personas, *, but_last: int) -> list[Customer]:
    """Let all customers agree to deposits but the last ones; return all in their order."""
    found = await customers.customers(db, owner_ids=None, limit=100)
    reached = [c for c in sorted(found, key=lambda c: c.no) if c.owner_id and c.external_userid]
    for one in reached[: len(reached) - but_last]:
        await make_consent(db, one, "deposit", text_version="v1", by=people.ours.author)
    return reached


@pytest.mark.parametrize("is_asked", [True, False])
async def test_a_consent_withdrawn_after_the_plan_keeps_the_customer_out_of_the_send(
    desk: Desk, is_asked: bool
) -> None:
    side, now = desk.side, datetime.now(UTC)
    async with desk.database.unit_of_work(side.tenant) as db:
        await _ask_for_consent(db, is_asked=is_asked)
        await _agree(db, desk.people, but_last=0)
    push_id = await desk.push(now - timedelta(hours=2))
    await desk.expand(push_id, now)
    assert (await desk.counts(push_id))["planned"] == 20
    async with desk.database.reading(side.tenant) as db:
        planned = await queries_ledger.ledger(db, push_id, Wanted(state="planned"))
    gone = planned[0]
    async with desk.people.client(side.author) as client:
        answer = await client.delete(f"/api/v1/customers/{gone.customer_id}/consents/deposit")
        assert answer.status_code == 204, answer.text
    await desk.deliver_all(push_id)
    async with desk.database.reading(side.tenant) as db:
        rows = await queries_ledger.ledger(db, push_id, Wanted())
    by_no = {row.customer_no: (row.state, row.reason) for row in rows}
    sent = [row for message in desk.sandbox.messages() for row in message["customers"]]
    if is_asked:
        assert by_no[gone.customer_no] == ("skipped", "no_consent")
    else:
        assert by_no[gone.customer_no] == ("submitted", "")
    assert len(sent) == 20 - is_asked
    assert [n for n, said in by_no.items() if said == ("submitted", "")] == [
        row.customer_no for row in planned if not is_asked or row is not gone
    ]


async def test_who_never_agreed_is_left_out_of_the_plan_with_the_reason(desk: Desk) -> None:
    side, now = desk.side, datetime.now(UTC)
    async with desk.database.unit_of_work(side.tenant) as db:
        await _ask_for_consent(db)
        await _agree(db, desk.people, but_last=25)
    push_id = await desk.push(now - timedelta(hours=2))
    await desk.expand(push_id, now)
    async with desk.database.reading(side.tenant) as db:
        rows = await queries_ledger.ledger(db, push_id, Wanted(reason="no_consent"))
        planned = await queries_ledger.ledger(db, push_id, Wanted(state="planned"))
    assert len(rows) + len(planned) >= 20
    assert rows
    async with desk.database.unit_of_work(side.tenant) as db:
        agreed = await customers.by_numbers(db, [row.customer_no for row in planned])
        for one in agreed.values():
            _, consents = await customers.wishes(db, one)
            assert [c.topic for c in consents] == ["deposit"]


async def test_a_cadence_stops_when_the_consent_to_its_topic_is_withdrawn(
    people: Personas,
) -> None:
    side = people.ours
    async with people.house.database.unit_of_work(side.tenant) as db:
        found = await make_cadence(db, side)
        run, other = await make_run(db, side, found), await make_run(db, side, found)
        known = await customers.by_numbers(db, [run.customer_no, other.customer_no])
        for one in known.values():
            await make_consent(db, one, "deposit", text_version="v1", by=side.author)
        who = known[run.customer_no]
        await actions_consents.withdraw_consent(db, who, "deposit", by=side.author, at=NOW)
        assert await actions_answers.settle(db, at=NOW) == 0
        await _ask_for_consent(db)
        await db.flush()
        assert await actions_answers.settle(db, at=NOW) == 1
        await db.refresh(run)
        await db.refresh(other)
        assert (run.state, run.stop_reason) == ("stopped", "no_consent")
        assert other.state == "running"
