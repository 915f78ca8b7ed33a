"""Writes of contacts: what an employee wrote down, and the last contact that follows from it."""

from datetime import datetime

from sqlalchemy import delete

from contenthub.customers.actions_audience import mark
from contenthub.customers.contacts import ContactDraft, checked
from contenthub.customers.models import Customer
from contenthub.customers.models_contacts import CustomerContact, CustomerMove
from contenthub.db import Write, new_id
from contenthub.tenants import actions as tenants
from contenthub.tenants import queries as tenants_queries
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id, keyring


async def record_contact(
    db: Write, customer: Customer, draft: ContactDraft, *, by: Staff, at: datetime
) -> CustomerContact:
    """Write a contact down; one that reached a (locked) customer moves their last contact.

    The note is sealed: it may say anything about a person.

    Raises:
        Invalid: an unknown way, a note too long, a day to come or long ago.
    """
    kept, on = checked(draft, today=await tenants_queries.today(db, at=at))
    bank, contact_id = bank_id(db), new_id()
    note = keyring(db).seal(bank, f"customer_contacts.note:{contact_id}", kept.note)
    made = CustomerContact(
        tenant_id=bank,
        id=contact_id,
        customer_no=customer.no,
        way=kept.way,
        is_reached=kept.is_reached,
        contacted_on=on,
        note_sealed=note if kept.note else b"",
        recorded_by=by.id,
        recorded_at=at,
    )
    db.add(made)
    before = customer.contacted_on
    if kept.is_reached and (before is None or before < on):
        customer.contacted_on, customer.updated_at = on, at
        gone = {("contact", str(before)): [customer.no]} if before else {}
        await mark(db, {("contact", str(on)): [customer.no]}, gone)
    await db.flush()
    facts = {"way": kept.way, "reached": kept.is_reached}
    tenants.record(db, "customer.contacted", "customer", customer.id, by=by, at=at, **facts)
    return made


async def forget_contacts(db: Write, customer_no: int) -> None:
    """Delete what was written of contacts with a customer, and whose they were."""
    for model in (CustomerContact, CustomerMove):
        await db.execute(
            delete(model).where(model.tenant_id == bank_id(db), model.customer_no == customer_no)
        )
