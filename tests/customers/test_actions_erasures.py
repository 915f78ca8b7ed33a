"""Who asked to be erased stays erased, whatever the next file holds."""

import pytest
from sqlalchemy import select, text
from tests.make import NOW, make_consent_text, make_customer
from tests.personas import Personas, Side

from contenthub.customers import actions_erasures, actions_import, actions_people, queries
from contenthub.customers.models import ErasedPhone
from contenthub.customers.rows import CustomerRow
from contenthub.db import Write
from contenthub.errors import Invalid
from contenthub.tenants.models import AuditEntry

PHONE, OTHER = "13800007001", "13800007002"
ROWS = [
    CustomerRow(line=2, name="王小明", phone=PHONE),
    CustomerRow(line=3, name="李娜", phone=OTHER),
    CustomerRow(line=4, name="王小明", phone=PHONE),
]
FACTS = {"name": "王小明", "phone": PHONE}


async def _erased(db: Write, side: Side) -> None:
    made = await make_customer(db, phone=PHONE)
    await actions_people.erase_customer(db, made, by=side.admin, at=NOW)


@pytest.mark.parametrize("dry_run", [True, False])
async def test_a_file_does_not_bring_an_erased_customer_back(
    people: Personas, dry_run: bool
) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await _erased(db, people.ours)
        tally = await actions_import.add_batch(db, ROWS, dry_run=dry_run, by=None, at=NOW)
        assert (tally.added, tally.updated, tally.repeated) == (1, 0, 0)
        assert sorted((p.line, p.field, p.value_shown) for p in tally.problems) == [
            (2, "phone", "138****7001"),
            (4, "phone", "138****7001"),
        ]
        assert tally.problems[0].message.startswith("该客户已要求删除")
        assert PHONE not in tally.lines
        assert tally.fresh == [OTHER]
        assert await queries.by_phone(db, PHONE) is None


async def test_only_the_bank_that_erased_leaves_them_out(people: Personas) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await _erased(db, people.ours)
    async with people.house.database.unit_of_work(people.theirs.tenant) as db:
        tally = await actions_import.add_batch(db, ROWS, dry_run=False, by=None, at=NOW)
        assert (tally.added, tally.problems) == (2, [])


async def test_adding_by_hand_needs_the_text_they_agreed_to_anew(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        await _erased(db, ours)
        with pytest.raises(Invalid) as refused:
            await actions_people.add_customer(db, FACTS, by=ours.author, at=NOW)
        assert set(refused.value.fields) == {"consent_text_version"}
        with pytest.raises(Invalid, match="没有这一版告知文本") as unknown:
            await actions_people.add_customer(
                db, FACTS, agreed_to="2026-11", by=ours.author, at=NOW
            )
        assert set(unknown.value.fields) == {"consent_text_version"}
        await make_consent_text(db, ours.author, "2026-11")
        made = await actions_people.add_customer(
            db, FACTS, agreed_to="2026-11", by=ours.author, at=NOW
        )
        assert made.phone_masked == "138****7001"
        entry = await db.scalar(select(AuditEntry).where(AuditEntry.event == "erasure.lifted"))
        assert entry is not None
        assert entry.detail["text_version"] == "2026-11"
        # From now on they are a customer as any other, also of a file.
        tally = await actions_import.add_batch(db, ROWS, dry_run=False, by=None, at=NOW)
        assert (tally.updated, tally.problems) == (1, [])


async def test_a_text_of_somebody_never_erased_lifts_nothing(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        await make_consent_text(db, ours.author, "2026-11")
        made = await actions_people.add_customer(
            db, FACTS, agreed_to="2026-11", by=ours.author, at=NOW
        )
        assert not await actions_erasures.lift(
            db, PHONE, text_version="2026-11", by=ours.author, at=NOW
        )
        assert made.phone_masked == "138****7001"
        assert await db.scalar(select(ErasedPhone)) is None


async def test_what_is_kept_names_nobody_and_equals_no_other_index(people: Personas) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        made = await make_customer(db, phone=PHONE)
        was = made.phone_index
        await actions_people.erase_customer(db, made, by=people.ours.admin, at=NOW)
        row = (await db.execute(text("select * from erased_phones"))).one()._asdict()
    assert set(row) == {"tenant_id", "phone_index", "erased_at"}
    assert row["phone_index"] != was
    assert PHONE.encode() not in row["phone_index"]


async def test_erasing_twice_is_one_row(people: Personas) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        for _ in range(2):
            await actions_erasures.remember(db, PHONE, at=NOW)
        assert len((await db.scalars(select(ErasedPhone))).all()) == 1
        assert await queries.erased_phones(db, [PHONE, OTHER]) == {PHONE}
