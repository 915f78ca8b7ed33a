"""Consents are kept with the text seen, and end at once when the customer says so."""

import pytest
from sqlalchemy import select
from tests.make import NOW, make_consent, make_customer
from tests.personas import Personas

from contenthub.customers import actions, actions_consents, queries, tagexpr
from contenthub.customers import queries_audience as audiences
from contenthub.customers.models import Customer
from contenthub.db import Read
from contenthub.errors import Conflict, Invalid
from contenthub.sharing import actions_refusals
from contenthub.tenants.models import AuditEntry


async def _who(db: Read, expr: str) -> set[int]:
    found = await audiences.matching(db, tagexpr.parse(expr), at=NOW)
    return set(found)


async def _told(people: Personas, event: str) -> list[AuditEntry]:
    async with people.house.database.reading(people.ours.tenant) as db:
        rows = await db.scalars(
            select(AuditEntry).where(
                AuditEntry.tenant_id == people.ours.tenant, AuditEntry.event == event
            )
        )
        return list(rows)


async def _agreed(people: Personas, *topics: str) -> Customer:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        made = await make_customer(db, owner=ours.employee)
        for topic in topics:
            await make_consent(db, made, topic, text_version="柜面 3 版", by=ours.author)
    return made


async def test_a_consent_is_kept_with_the_text_seen(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        made = await make_customer(db)
        kept = await make_consent(db, made, "存款", text_version="2026-11", by=ours.author)
        assert (kept.topic, kept.text_version, kept.recorded_by) == (
            "deposit",
            "2026-11",
            ours.author.id,
        )
        assert await _who(db, "consented(存款)") == {made.no}


async def test_a_consent_is_withdrawn_once_and_the_trail_keeps_what_it_was(
    people: Personas,
) -> None:
    ours, made = people.ours, await _agreed(people, "deposit", "loan")
    async with people.house.database.unit_of_work(ours.tenant) as db:
        await actions_consents.withdraw_consent(
            db, made, "存款", channel="h5", by=ours.employee, at=NOW
        )
        assert await _who(db, "consented(存款)") == set()
        assert await _who(db, "consented(贷款)") == {made.no}
        with pytest.raises(Conflict, match="没有这类业务的授权"):
            await actions_consents.withdraw_consent(db, made, "deposit", by=ours.author, at=NOW)
        with pytest.raises(Invalid, match="业务类别"):
            await actions_consents.withdraw_consent(db, made, "期货", by=ours.author, at=NOW)
    [entry] = await _told(people, "customer.consent_withdrawn")
    assert (entry.actor_id, entry.subject_id) == (ours.employee.id, made.id)
    assert entry.detail == {
        "topic": "deposit",
        "channel": "h5",
        "text_version": "柜面 3 版",
        "agreed_at": NOW.isoformat(),
    }


async def test_what_a_customer_refuses_on_the_page_ends_their_consent_for_good(
    people: Personas,
) -> None:
    ours, made = people.ours, await _agreed(people, "deposit", "loan")
    async with people.house.database.unit_of_work(ours.tenant) as db:
        phone = queries.clear(db, made)[1]
        await actions_refusals.refuse(db, phone, "deposit", at=NOW)
        assert await _who(db, "consented(存款)") == set()
        await actions.withdraw_refusal(db, made, "deposit", by=ours.author, at=NOW)
        assert await _who(db, "consented(存款)") == set()
        assert await _who(db, "consented(贷款)") == {made.no}
        await actions_refusals.refuse(db, phone, actions_refusals.ALL, at=NOW)
        assert await _who(db, "consented(贷款)") == set()
    ended = await _told(people, "customer.consent_withdrawn")
    assert [(e.actor_id, e.detail["topic"], e.detail["channel"]) for e in ended] == [
        (None, "deposit", "landing"),
        (None, "loan", "landing"),
    ]
    assert {e.detail["reason"] for e in ended} == {"客户在页面上选择不再推荐"}
    left = await _told(people, "refusal.left")
    assert [e.detail["consents_ended"] for e in left] == [1, 1]
