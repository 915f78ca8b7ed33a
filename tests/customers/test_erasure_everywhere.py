"""Nothing tells of an erased person any more, in any table that may: the catalogue says which."""

import re
from typing import Any
from uuid import uuid4

import pytest
from pyroaring import BitMap
from sqlalchemy import event, select, text
from tests.customers.test_behaviour import Desk
from tests.make import NOW, make_consent, make_customer
from tests.personas import Personas

from contenthub.customers import (
    actions,
    actions_contacts,
    actions_facts,
    queries,
    queries_tags,
)
from contenthub.customers.contacts import ContactDraft
from contenthub.customers.models import AudienceBitmap, Customer

FORGOTTEN = {
    "consents",
    "customer_changes",
    "customer_acts",
    "customer_contacts",
    "customer_moves",
    "customer_scores",
    "customer_tags",
    "customers",
    "import_changes",
    "leads",
    "list_acts",
    "list_scores",
    "noted_acts",
    "refusals",
    "removed_tags",
    "score_crossings",
    "signups",
    "visitors",
}
"""What is deleted or blanked with a person."""
NUMBERS = {
    "cadence_runs": "who followed up whom and when; stops when the customer is gone",
    "club_grants": "the pieces a right has given away, against the stock",
    "club_memberships": "monthly figures of a club; ended on the day",
    "deliveries": "the ledger of what was sent",
}
"""What keeps the bare number, which leads to nobody, and why."""
OWN_INDEX = {"erased_phones": "an index of its own, so that no file brings them back"}
_OF_PEOPLE = """
select table_name, column_name from information_schema.columns where table_schema = 'public'
and column_name ~ '^(customer_no|customer_id|phone_index|phone_sealed|name_index)$'
"""
NAME, NOTE, REMARK, USERID = "诸葛文昭", "想问转存的事", "腿脚不便请上门", "wmErasureEverywhere"


@pytest.fixture
async def desk(people: Personas) -> Desk:
    made = Desk(people)
    await made.settle()
    return made


async def _live(desk: Desk) -> Customer:
    """Let the customer leave something everywhere: facts, wishes, contacts, visits, leads."""
    ours = desk.people.ours
    async with desk.database.unit_of_work(desk.tenant) as db:
        desk.customer = await make_customer(
            db,
            owner=ours.employee,
            name=NAME,
            tags=["银发", "代发工资"],
            remark=REMARK,
            external_userid=USERID,
            grid="诸葛村",
        )
        one = desk.customer
        _, desk.phone = queries.clear(db, one)
        await actions.record_refusal(db, one.no, "wealth", by=ours.author, at=NOW)
        await make_consent(db, one, "deposit", text_version="2026-11", by=ours.author)
        said = ContactDraft("call", NOTE)
        await actions_contacts.record_contact(db, one, said, by=ours.employee, at=NOW)
        told = {"grid": "诸葛新村", "aum": "8万"}
        await actions_facts.change_facts(db, one, told, seen=None, by=ours.author, at=NOW)
        held = await queries_tags.held(db, one)
        await actions.set_tags(db, one, [held[0].tag.id], by=ours.author, at=NOW)
    browser = uuid4()
    await desk.leave(browser)
    await desk.view(browser)
    await desk.count()
    return desk.customer


async def _matches(desk: Desk, words: list[str]) -> list[str]:
    """Return every table of the bank with a row that holds one of some words."""
    found = []
    async with desk.database.reading(desk.tenant) as db:
        tables = await db.scalars(
            text("select table_name from information_schema.columns where column_name='tenant_id'")
        )
        for table in sorted(set(tables)):
            rows = await db.scalars(text(f'select t::text from "{table}" t'))
            for row in rows:
                found += [f"{table}: {word}" for word in words if word in row]
    return sorted(set(found))


async def test_no_row_bitmap_key_or_file_matches_an_erased_person(desk: Desk) -> None:
    one = await _live(desk)
    words = [desk.phone, NAME, NOTE, REMARK, USERID, one.phone_index.hex(), one.name_index.hex()]
    words += [one.name_masked, one.phone_masked]
    assert {line.split(":")[0] for line in await _matches(desk, words)} >= {"customers", "leads"}
    async with desk.people.client(desk.people.ours.admin) as client:
        export = await client.get(f"/api/v1/customers/{one.id}/export")
        assert {NAME, NOTE, REMARK, desk.phone, USERID} <= set(
            re.findall("|".join(words[:5]), export.text)
        )
        assert (await client.delete(f"/api/v1/customers/{one.id}")).status_code == 204
    assert await _matches(desk, words) == []
    async with desk.database.reading(desk.tenant) as db:
        for row in await db.scalars(select(AudienceBitmap).where(AudienceBitmap.dim != "version")):
            base = 0 if row.chunk < 0 else row.chunk << 16
            assert one.no - base not in BitMap.deserialize(row.bm), (row.dim, row.key)
    redis = desk.people.house.redis
    for key in await redis.keys("*"):
        kept = await redis.dump(key) or b""
        assert not [word for word in words[:5] if word.encode() in key + kept], key


async def test_every_table_that_may_tell_of_a_customer_is_forgotten_or_keeps_a_bare_number(
    desk: Desk,
) -> None:
    async with desk.database.reading(desk.tenant) as db:
        there = {row[0] for row in await db.execute(text(_OF_PEOPLE))}
    assert there == FORGOTTEN | set(NUMBERS) | set(OWN_INDEX)
    one = await _live(desk)
    written: set[str] = set()

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        written.update(
            re.findall(r"^\s*(?:delete from|update) (\w+)", statement, re.IGNORECASE | re.MULTILINE)
        )

    engine = desk.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        async with desk.people.client(desk.people.ours.admin) as client:
            assert (await client.delete(f"/api/v1/customers/{one.id}")).status_code == 204
    finally:
        event.remove(engine, "before_cursor_execute", note)
    # A sign-up is blanked as a lead is; this customer has none.
    assert FORGOTTEN - {"signups"} <= written
