"""Writes of the numbers that visitors leave, and of following them up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from contenthub.customers import actions_texts
from contenthub.db import Write, new_id
from contenthub.errors import Forbidden, Invalid, NotFound
from contenthub.sharing import actions, actions_known, leadstates, notice, queries, queries_contacts
from contenthub.sharing.models import Lead, Link
from contenthub.sharing.phones import mobile
from contenthub.tenants import access, actions_reveal
from contenthub.tenants import actions as tenants
from contenthub.tenants import actions_webhooks as webhooks
from contenthub.tenants import queries as staff_queries
from contenthub.tenants.masking import mask_name, mask_phone
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id, keyring

NAME_CHARS = 20
NOTE_CHARS = 500


@dataclass(frozen=True, slots=True)
class Contact:
    """What a visitor typed into a form, and who they are to us."""

    phone: str
    name: str
    visitor_id: UUID | None
    agreed: bool
    said: Mapping[str, str] = field(default_factory=dict)
    """What else the form sent."""
    visit_id: UUID | None = None
    """The page the form was on: sent twice from one page, it is meant once."""
    told: str = ""
    """The version of what the page said; empty for one that did not say which."""


async def leave_lead(
    db: Write, link: Link, contact: Contact, *, employee: Staff, at: datetime
) -> tuple[Lead, bool]:
    """Return the lead of this phone on the link's item, and whether it is new.

    The same phone twice is one lead: the first link keeps the credit.

    Raises:
        Invalid: no mobile number, too long a name, or no consent.
    """
    told = await keep_told(db, at=at)
    row = sealed(db, "leads", link, contact, told=told, employee_id=employee.id, at=at)
    made = await db.execute(
        insert(Lead)
        .values(**row, state="new", note="", updated_at=at)
        .on_conflict_do_nothing(index_elements=["tenant_id", "item_id", "phone_index"])
        .returning(Lead.id)
    )
    phone_index: bytes = row["phone_index"]
    if made.first() is None:
        await actions_known.remember(db, link, contact.visitor_id, phone_index=phone_index, at=at)
        known = await db.execute(
            select(Lead).where(
                Lead.tenant_id == bank_id(db),
                Lead.item_id == link.item_id,
                Lead.phone_index == row["phone_index"],
            )
        )
        return known.scalar_one(), False
    await actions.count(db, link, "leads", employee_id=employee.id, at=at)
    # After the counters, as the drain locks them.
    await actions_known.remember(db, link, contact.visitor_id, phone_index=phone_index, at=at)
    await actions_known.did(db, "left", link.item_id, phone_index=phone_index, at=at)
    tenants.record(db, "lead.left", "lead", row["id"], by=None, at=at, link=link.code)
    await webhooks.tell(db, "lead.created", at=at, lead_id=row["id"], **credit(link, employee))
    return await queries.lead(db, row["id"]), True


def credit(link: Link, employee: Staff) -> dict[str, Any]:
    """Return what an event tells of where a customer came from."""
    return {"item_id": link.item_id, "link_code": link.code, "employee_id": employee.id}


async def keep_told(db: Write, *, asked: Sequence[str] = (), at: datetime) -> notice.Told:
    """Return what the bank's forms say now, kept for good from the first time it counts."""
    bank = await staff_queries.bank(db)
    teller = notice.Teller(bank.name, bank.full_name, bank.hotline)
    told = notice.form_told(teller, asked=asked)
    await actions_texts.keep_page_text(db, told.version, told.wording, at=at)
    return told


def sealed(
    db: Write,
    table: str,
    link: Link,
    contact: Contact,
    *,
    told: notice.Told,
    employee_id: UUID,
    at: datetime,
) -> dict[str, Any]:
    """Return the columns that a lead and a sign-up share, name and phone sealed.

    Raises:
        Invalid: no mobile number, too long a name, or no consent; all that is wrong at once.
    """
    phone, name = _checked(contact, told)
    row_id, keys, bank = new_id(), keyring(db), bank_id(db)
    return {
        "tenant_id": bank,
        "id": row_id,
        "link_id": link.id,
        "item_id": link.item_id,
        "employee_id": employee_id,
        "visitor_id": contact.visitor_id,
        "name_sealed": keys.seal(bank, f"{table}.name:{row_id}", name),
        "name_masked": mask_name(name),
        "phone_sealed": keys.seal(bank, f"{table}.phone:{row_id}", phone),
        "phone_masked": mask_phone(phone),
        "phone_index": keys.index(bank, phone),
        "consent_version": told.version,
        "consent_at": at,
        "created_at": at,
    }


def _checked(contact: Contact, told: notice.Told) -> tuple[str, str]:
    """Return the number and the name as they are kept; raises Invalid naming all that is wrong."""
    phone, name = "", " ".join(contact.name.split())
    wrong: dict[str, str] = {}
    try:
        phone = mobile(contact.phone)
    except Invalid as error:
        wrong |= error.fields
    if len(name) > NAME_CHARS or any(ord(c) < 32 or "\ud800" <= c <= "\udfff" for c in name):
        wrong["name"] = f"称呼最多 {NAME_CHARS} 个字，且不能含特殊字符"
    if not contact.agreed:
        wrong["consent"] = "请先阅读说明并勾选同意，再提交"
    elif contact.told not in ("", told.version):
        wrong["consent"] = "说明刚刚更新过，请重新阅读后再勾选同意"
    if wrong:
        raise Invalid(fields=wrong)
    return phone, name


async def advance_lead(
    db: Write, lead_id: UUID, *, state: str | None, note: str | None, by: Staff, at: datetime
) -> Lead:
    """Return the lead after moving it to `state` and keeping `note` (None leaves it).

    Raises:
        NotFound: no such lead in the actor's reach. Conflict: not from its present state.
        Invalid: an unknown state, or a note above 500 characters.
    """
    lead = await queries.lead(db, lead_id, lock=True)
    await check_reach(db, lead, by)
    kept = clean_note(note)
    before = lead.state
    if state is not None and state != lead.state:
        lead.state = leadstates.move(lead.state, state)
    if kept is not None:
        lead.note = kept
    lead.updated_at = at
    tenants.record(
        db, "lead.advanced", "lead", lead.id, by=by, at=at, before=before, after=lead.state
    )
    await db.flush()
    return lead


def clean_note(note: str | None) -> str | None:
    """Return a follow-up's note as it is kept, None for none; raises Invalid when too long."""
    if note is None:
        return None
    if len(note) > NOTE_CHARS:
        raise Invalid.of("note", f"备注最多 {NOTE_CHARS} 个字，现在有 {len(note)} 个")
    return note.replace("\x00", "").strip()


async def reveal_phone(
    db: Write, lead_id: UUID, *, reason: str, by: Staff, at: datetime
) -> tuple[str, str]:
    """Return the clear name and phone of a lead; every look is written to the audit trail.

    Raises:
        NotFound: no such lead in the actor's reach.
        Forbidden: only the credited employee and their managers may look.
        Invalid: no reason.
        TooMany: too many looks within an hour.
    """
    lead = await queries.lead(db, lead_id)
    await check_reach(db, lead, by)
    if not access.may(by.roles, "customers.reveal"):
        raise Forbidden("您的角色只看脱敏后的线索；需要联系客户请找客户经理")
    await actions_reveal.record_look(db, "lead", lead.id, reason=reason, by=by, at=at)
    return queries_contacts.name_of(db, lead), queries_contacts.phone_of(db, lead)


async def check_reach(db: Write, lead: Lead, by: Staff) -> None:
    """Raise NotFound when the lead is outside what `by` may see."""
    visible = await staff_queries.visible_staff_ids(db, by)
    if visible is not None and lead.employee_id not in visible:
        raise NotFound("没有找到这条线索")


async def close_leads(db: Write, phone_index: bytes, *, reason: str, at: datetime) -> int:
    """Close the open leads of a phone that refused; return how many there were."""
    rows = await db.scalars(
        select(Lead)
        .where(
            Lead.tenant_id == bank_id(db),
            Lead.phone_index == phone_index,
            Lead.state.in_(("new", "assigned", "contacted")),
        )
        .with_for_update()
    )
    closed = 0
    for lead in rows:
        lead.state, lead.note, lead.updated_at = leadstates.move(lead.state, "lost"), reason, at
        tenants.record(db, "lead.closed", "lead", lead.id, by=None, at=at, reason=reason)
        closed += 1
    return closed
