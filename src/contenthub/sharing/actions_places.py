"""Writes of visitors who sign up for an activity or claim a right: places, and limits a person."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from contenthub.db import Write
from contenthub.errors import Conflict
from contenthub.library import actions_signals as library_signals
from contenthub.library.models import Item, Revision
from contenthub.sharing import actions, claims, notice, queries, queries_claims, signupform
from contenthub.sharing.actions_leads import Contact, credit, sealed
from contenthub.sharing.models import Link, Signup
from contenthub.sharing.window import TAKES_SIGNUPS, monthly_places, places, signup_closed
from contenthub.tenants import actions as tenants
from contenthub.tenants import actions_webhooks as webhooks
from contenthub.tenants import queries as staff_queries
from contenthub.tenants.masking import mask_name
from contenthub.tenants.models import Bank, Staff
from contenthub.tenants.sealing import bank_id, keyring

_FEW = 20
"""So many places left and fewer are counted on the page to the one; a page may be kept for
seconds before (web/landing/targets.py)."""


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

    An activity has one place a phone. A right is claimed piece by piece, as often as its fields
    allow one person; what is sent twice from one page is one piece.

    Raises:
        Conflict: neither of both, sign-up is over, every place is taken, or this person has
        claimed all that one may.
        Invalid: as for a lead.
    """
    item, revision = shown
    bank = await staff_queries.bank(db)
    if item.kind not in TAKES_SIGNUPS:
        raise Conflict("这条内容不是活动或权益，不能报名；可以留下手机号，由客户经理联系您")
    closed = signup_closed(revision.fields, zone=bank.zone, at=at)
    if closed:
        raise Conflict(closed)
    row = sealed(db, "signups", link, contact, employee_id=employee.id, at=at)
    row |= {"answers": signupform.answers(revision.fields, contact.said)}
    row |= {"visit_id": contact.visit_id, "state": "new", "note": "", "updated_at": at}
    if item.kind == "right" or places(revision.fields) is not None:
        await _wait_for_turn(db, item)
    mine = await _mine(db, item.id, row["phone_index"])
    known = _known(item, mine, contact)
    if known is not None and known.state != "cancelled":
        return known, False
    if item.kind == "right":
        await _check_limits(db, revision, mine, contact=contact, bank=bank, at=at)
    await _check_places(db, item, revision, bank=bank, at=at)
    if known is not None and item.kind != "right":
        known.answers = row["answers"]
        return await _again(db, known, contact, at=at), True
    return await _enter(db, link, row, employee=employee, no=1 + len(mine), at=at)


async def _enter(
    db: Write, link: Link, row: dict[str, Any], *, employee: Staff, no: int, at: datetime
) -> tuple[Signup, bool]:
    unique = ["tenant_id", "item_id", "phone_index", "claim_no"]
    made = await db.execute(
        insert(Signup)
        .values(**row, claim_no=no)
        .on_conflict_do_nothing(index_elements=unique)
        .returning(Signup.id)
    )
    fresh = made.first() is not None
    if fresh:
        await actions.count(db, link, "signups", employee_id=employee.id, at=at)
        tenants.record(db, "signup.left", "signup", row["id"], by=None, at=at, link=link.code)
        facts = {"signup_id": row["id"], **credit(link, employee)}
        await webhooks.tell(db, "signup.created", at=at, **facts)
    for found in await _mine(db, link.item_id, row["phone_index"]):
        if found.claim_no == no:
            return found, fresh
    raise Conflict()


def _known(item: Item, mine: Sequence[Signup], contact: Contact) -> Signup | None:
    """Return what the sender has already of what is asked for now."""
    if item.kind != "right":
        return mine[0] if mine else None
    same_page = (one for one in mine if contact.visit_id and one.visit_id == contact.visit_id)
    return next(same_page, None)


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


async def _mine(db: Write, item_id: UUID, phone_index: bytes) -> Sequence[Signup]:
    """Return what a phone has of an item, the newest first, locked."""
    rows = await db.scalars(
        select(Signup)
        .where(
            Signup.tenant_id == bank_id(db),
            Signup.item_id == item_id,
            Signup.phone_index == phone_index,
        )
        .order_by(Signup.claim_no.desc())
        .with_for_update()
    )
    return rows.all()


async def _wait_for_turn(db: Write, item: Item) -> None:
    """Let two last visitors, or two claims of one person, wait for each other."""
    await db.execute(
        text("select pg_advisory_xact_lock(hashtextextended(:i, 0))"), {"i": f"signup:{item.id}"}
    )


async def _check_limits(
    db: Write,
    revision: Revision,
    mine: Sequence[Signup],
    *,
    contact: Contact,
    bank: Bank,
    at: datetime,
) -> None:
    """Raise Conflict when a person has claimed all that one may of a right."""
    allowed = await queries_claims.limits_of(db, revision.fields, phone=contact.phone, at=at)
    why_not = allowed.why_not(*claims.counted(mine, zone=bank.zone, at=at))
    if why_not:
        raise Conflict(why_not)


async def _check_places(
    db: Write, item: Item, revision: Revision, *, bank: Bank, at: datetime
) -> None:
    """Raise Conflict when every place is taken; the last few are said on every page at once."""
    total, monthly = places(revision.fields), monthly_places(revision.fields)
    if total is None and monthly is None:
        return
    left = await queries.places_left(db, item.id, revision.fields, zone=bank.zone, at=at)
    if left is not None and left <= _FEW:
        await library_signals.page_changed(db, item)
    if left == 0:
        full = "名额已满" if item.kind == "activity" else "已经领完"
        taken = await queries.signup_count(db, item.id)
        if monthly is not None and (total is None or taken < total):
            full = "本月的份数已经领完，下月 1 日起可以再领"
        raise Conflict(f"{full}，感谢关注；您可以留下手机号，有新活动时由客户经理联系您")
