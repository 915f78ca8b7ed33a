"""Writes of what visitors leave: leads, sign-ups, refusals; and of following them up."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from contenthub.db import Write, new_id
from contenthub.errors import Conflict, Forbidden, Invalid, NotFound
from contenthub.library.models import Item, Revision
from contenthub.sharing import actions, leadstates, notice, queries, queries_contacts, signupform
from contenthub.sharing.models import Lead, Link, Signup
from contenthub.sharing.phones import mobile
from contenthub.sharing.window import TAKES_SIGNUPS, monthly_places, places, signup_closed
from contenthub.tenants import access, actions_reveal
from contenthub.tenants import actions as tenants
from contenthub.tenants import actions_webhooks as webhooks
from contenthub.tenants import queries as staff_queries
from contenthub.tenants.masking import mask_name, mask_phone
from contenthub.tenants.models import Bank, Staff
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


async def leave_lead(
    db: Write, link: Link, contact: Contact, *, employee: Staff, at: datetime
) -> tuple[Lead, bool]:
    """Return the lead of this phone on the link's item, and whether it is new.

    The same phone twice is one lead: the first link keeps the credit.

    Raises:
        Invalid: no mobile number, too long a name, or no consent.
    """
    row = _sealed(db, "leads", link, contact, employee_id=employee.id, at=at)
    made = await db.execute(
        insert(Lead)
        .values(**row, state="new", note="", updated_at=at)
        .on_conflict_do_nothing(index_elements=["tenant_id", "item_id", "phone_index"])
        .returning(Lead.id)
    )
    if made.first() is None:
        known = await db.execute(
            select(Lead).where(
                Lead.tenant_id == bank_id(db),
                Lead.item_id == link.item_id,
                Lead.phone_index == row["phone_index"],
            )
        )
        return known.scalar_one(), False
    await actions.count(db, link, "leads", employee_id=employee.id, at=at)
    tenants.record(db, "lead.left", "lead", row["id"], by=None, at=at, link=link.code)
    await webhooks.tell(db, "lead.created", at=at, lead_id=row["id"], **_credit(link, employee))
    return await queries.lead(db, row["id"]), True


def _credit(link: Link, employee: Staff) -> dict[str, Any]:
    return {"item_id": link.item_id, "link_code": link.code, "employee_id": employee.id}


async def leave_signup(
    db: Write,
    link: Link,
    contact: Contact,
    *,
    shown: tuple[Item, Revision],
    employee: Staff,
    at: datetime,
) -> tuple[Signup, bool]:
    """Return the sign-up of this phone for the link's activity or right, and whether it is new.

    Raises:
        Conflict: neither of both, sign-up is over, or every place is taken.
        Invalid: as for a lead.
    """
    item, revision = shown
    bank = await staff_queries.bank(db)
    if item.kind not in TAKES_SIGNUPS:
        raise Conflict("这条内容不是活动或权益，不能报名；可以留下手机号，由客户经理联系您")
    closed = signup_closed(revision.fields, zone=bank.zone, at=at)
    if closed:
        raise Conflict(closed)
    answers = signupform.answers(revision.fields, contact.said)
    row = _sealed(db, "signups", link, contact, employee_id=employee.id, at=at)
    known = await _signup(db, link.item_id, row["phone_index"])
    if known is not None and known.state != "cancelled":
        return known, False
    await _take_place(db, item, revision, bank=bank, at=at)
    if known is not None:
        known.answers = answers
        return await _again(db, known, contact, at=at), True
    made = await db.execute(
        insert(Signup)
        .values(**row, answers=answers, state="new", note="", updated_at=at)
        .on_conflict_do_nothing(index_elements=["tenant_id", "item_id", "phone_index"])
        .returning(Signup.id)
    )
    fresh = made.first() is not None
    if fresh:
        await actions.count(db, link, "signups", employee_id=employee.id, at=at)
        tenants.record(db, "signup.left", "signup", row["id"], by=None, at=at, link=link.code)
        facts = {"signup_id": row["id"], **_credit(link, employee)}
        await webhooks.tell(db, "signup.created", at=at, **facts)
    found = await _signup(db, link.item_id, row["phone_index"])
    if found is None:
        raise Conflict()
    return found, fresh


async def _again(db: Write, known: Signup, contact: Contact, *, at: datetime) -> Signup:
    """Take who had cancelled back; the first link keeps the credit, so nothing is counted."""
    name = " ".join(contact.name.split())
    known.name_sealed = keyring(db).seal(bank_id(db), f"signups.name:{known.id}", name)
    known.name_masked = mask_name(name)
    known.state, known.updated_at = "new", at
    known.employee_id = (await queries.credited(db, known.employee_id)).id
    known.consent_version, known.consent_at = notice.VERSION, at
    tenants.record(db, "signup.left", "signup", known.id, by=None, at=at, again=True)
    return known


async def _signup(db: Write, item_id: UUID, phone_index: bytes) -> Signup | None:
    rows = await db.execute(
        select(Signup)
        .where(
            Signup.tenant_id == bank_id(db),
            Signup.item_id == item_id,
            Signup.phone_index == phone_index,
        )
        .with_for_update()
    )
    return rows.scalar_one_or_none()


async def _take_place(
    db: Write, item: Item, revision: Revision, *, bank: Bank, at: datetime
) -> None:
    """Raise Conflict when every place is taken; two last visitors wait for each other."""
    total, monthly = places(revision.fields), monthly_places(revision.fields)
    if total is None and monthly is None:
        return
    await db.execute(
        text("select pg_advisory_xact_lock(hashtextextended(:i, 0))"), {"i": f"signup:{item.id}"}
    )
    if await queries.places_left(db, item.id, revision.fields, zone=bank.zone, at=at) == 0:
        full = "名额已满" if item.kind == "activity" else "已经领完"
        taken = await queries.signup_count(db, item.id)
        if monthly is not None and (total is None or taken < total):
            full = "本月的份数已经领完，下月 1 日起可以再领"
        raise Conflict(f"{full}，感谢关注；您可以留下手机号，有新活动时由客户经理联系您")


def _sealed(
    db: Write, table: str, link: Link, contact: Contact, *, employee_id: UUID, at: datetime
) -> dict[str, Any]:
    if not contact.agreed:
        raise Invalid.of("consent", "请先阅读说明并勾选同意，再提交")
    phone, name = mobile(contact.phone), " ".join(contact.name.split())
    if len(name) > NAME_CHARS or any(ord(c) < 32 or "\ud800" <= c <= "\udfff" for c in name):
        raise Invalid.of("name", f"称呼最多 {NAME_CHARS} 个字，且不能含特殊字符")
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
        "consent_version": notice.VERSION,
        "consent_at": at,
        "created_at": at,
    }


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
