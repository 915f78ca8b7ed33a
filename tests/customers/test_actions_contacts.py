"""Contacts written down, the last contact that follows, moves noted by the database itself."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from tests.customers.test_actions_import import _load, _row, _who
from tests.make import NOW, make_customer
from tests.personas import Personas

from contenthub.customers import (
    actions_contacts,
    actions_handover,
    actions_people,
    queries,
    queries_contacts,
)
from contenthub.customers import queries_truth as truths
from contenthub.customers.contacts import ContactDraft
from contenthub.customers.models_contacts import CustomerContact, CustomerMove
from contenthub.errors import Invalid
from contenthub.tenants.models import AuditEntry

TODAY = NOW.date()


async def test_a_contact_moves_the_last_one_and_its_note_is_sealed(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        one = await make_customer(db, owner=ours.employee, name="王小明")
        said = ContactDraft("call", "王小明愿意转存", on=TODAY - timedelta(days=3))
        kept = await actions_contacts.record_contact(db, one, said, by=ours.employee, at=NOW)
        assert one.contacted_on == TODAY - timedelta(days=3)
        assert "转存" not in kept.note_sealed.decode("utf-8", "ignore")
        assert await _who(db, "最近联系 within 4天") == {one.no}
        for draft in (
            ContactDraft("visit"),
            ContactDraft("call", is_reached=False, on=TODAY),
            ContactDraft("counter", on=TODAY - timedelta(days=9)),
        ):
            await actions_contacts.record_contact(db, one, draft, by=ours.employee, at=NOW)
        assert one.contacted_on == TODAY
        assert await truths.disagreements(db, 0, 65_535) == {}
        found = await queries_contacts.contacts_of(db, one.no)
        assert [TODAY - spoken.on for spoken in found[2:]] == [timedelta(3), timedelta(9)]
        assert (found[2].note, found[2].by) == ("王小明愿意转存", ours.employee.name)
        events = await db.scalars(
            select(AuditEntry.event).where(AuditEntry.event == "customer.contacted")
        )
        assert len(list(events)) == 4


async def test_somebody_not_reached_was_not_contacted(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        one = await make_customer(db, owner=ours.employee)
        missed = ContactDraft("call", is_reached=False)
        await actions_contacts.record_contact(db, one, missed, by=ours.employee, at=NOW)
        assert one.contacted_on is None
        assert await _who(db, "最近联系 within 366天") == set()


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (ContactDraft("pigeon"), "way"),
        (ContactDraft("call", "长" * 301), "note"),
        (ContactDraft("call", "a\u202eb"), "note"),
        (ContactDraft("call", on=date(2026, 11, 27)), "on"),
        (ContactDraft("call", on=date(2025, 11, 24)), "on"),
    ],
)
async def test_what_cannot_be_is_refused_by_its_field(
    people: Personas, draft: ContactDraft, field: str
) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        one = await make_customer(db, owner=ours.employee)
        with pytest.raises(Invalid) as caught:
            await actions_contacts.record_contact(db, one, draft, by=ours.employee, at=NOW)
        assert list(caught.value.fields) == [field]


async def test_every_change_of_owner_or_branch_is_noted_whoever_made_it(people: Personas) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        await _load(db, _row(owner=ours.employee.staff_no))
        one = await queries.by_phone(db, "13900000001")
        assert one is not None
        await _load(db, _row(owner=ours.employee.staff_no, aum_fen=5))
        assert await queries_contacts.moves_of(db, one.no) == []
        await _load(db, _row(owner=ours.colleague.staff_no))
        await actions_handover.pass_customers(
            db, ours.colleague.id, ours.employee.id, limit=9, at=NOW + timedelta(days=1)
        )
        moves = await queries_contacts.moves_of(db, one.no)
        assert [(m.from_owner, m.to_owner) for m in moves] == [
            (ours.colleague.name, ours.employee.name),
            (ours.employee.name, ours.colleague.name),
        ]
        assert moves[1].from_branch != moves[1].to_branch
        assert moves[0].from_branch == moves[0].to_branch


async def test_contacts_and_moves_are_erased_with_the_person_and_are_no_other_banks(
    people: Personas,
) -> None:
    ours = people.ours
    async with people.house.database.unit_of_work(ours.tenant) as db:
        await _load(db, _row(owner=ours.employee.staff_no))
        await _load(db, _row(owner=ours.colleague.staff_no))
        one = await queries.by_phone(db, "13900000001")
        assert one is not None
        said = ContactDraft("call", "愿意转存")
        await actions_contacts.record_contact(db, one, said, by=ours.employee, at=NOW)
    async with people.house.database.reading(people.theirs.tenant) as db:
        assert await queries_contacts.contacts_of(db, one.no) == []
        assert await queries_contacts.moves_of(db, one.no) == []
    async with people.house.database.unit_of_work(ours.tenant) as db:
        found = await queries.customer(db, one.id)
        await actions_people.erase_customer(db, found, by=ours.admin, at=NOW)
        for model in (CustomerContact, CustomerMove):
            assert list(await db.scalars(select(model))) == []
