"""Writes of visitors who sign up for an activity or claim a right: places, and limits a person."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, TypeAlias
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from contenthub.db import Write
from contenthub.errors import Conflict, Invalid
from contenthub.library import actions_signals as library_signals
from contenthub.library.models import Item, Revision
from contenthub.sharing import (
    actions,
    actions_grants,
    actions_known,
    claims,
    queries,
    queries_claims,
    queries_contacts,
    signupform,
    signupstates,
)
from contenthub.sharing.actions_leads import Contact, credit, keep_told, sealed
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

Outcome: TypeAlias = Literal["new", "updated", "known"]
"""What became of a form: a sign-up more, one that says something else now, or nothing new."""


async def leave_signup(
    db: Write,
    link: Link,
    contact: Contact,
    *,
    shown: tuple[Item, Revision],
    employee: Staff,
    at: datetime,
) -> tuple[Signup, Outcome]:
    """Return the sign-up of this phone for the link's activity or right, and what became of it.

    An activity has one sign-up a phone, of as many places as people come; its sender may change
    it while it waits. A right is claimed piece by piece, as often as its fields allow one
    person; what is sent twice from one page is one piece.

    Raises:
        Conflict: neither of both, sign-up is over, every place is taken, this person has
        claimed all that one may or is none of the club's members that alone may claim it, or
        another sender has signed this phone up.
        Invalid: as for a lead, or more people than places are left.
    """
    item, revision = shown
    bank = await staff_queries.bank(db)
    if item.kind not in TAKES_SIGNUPS:
        raise Conflict("这条内容不是活动或权益，不能报名；可以留下手机号，由客户经理联系您")
    closed = signup_closed(revision.fields, zone=bank.zone, at=at)
    if closed:
        raise Conflict(closed)
    row = await _row(db, link, contact, revision=revision, employee=employee, at=at)
    if item.kind == "right" or places(revision.fields) is not None:
        await wait_for_turn(db, item)
    mine = await _mine(db, item.id, row["phone_index"])
    known = _known(item, mine, contact)
    if known is not None and known.state != "cancelled":
        if item.kind == "right":
            return known, "known"
        return await _change(db, known, row, contact=contact, shown=shown, bank=bank)
    if item.kind == "right":
        await actions_grants.claim(db, item, phone=contact.phone, at=at)
        await _check_limits(db, revision, mine, contact=contact, bank=bank, at=at)
    await check_places(db, item, revision, seats=row["seats"], bank=bank, at=at)
    if known is not None and item.kind != "right":
        return await _again(db, known, row, name=contact.name), "new"
    return await _enter(db, link, row, employee=employee, no=1 + len(mine), at=at)


async def _row(
    db: Write,
    link: Link,
    contact: Contact,
    *,
    revision: Revision,
    employee: Staff,
    at: datetime,
) -> dict[str, Any]:
    """Return the columns of what was sent; raises Invalid naming all that is wrong at once."""
    row: dict[str, Any] = {"visit_id": contact.visit_id, "told_revision_id": revision.id}
    row |= {"state": "new", "note": "", "updated_at": at}
    wrong: dict[str, str] = {}
    asked = [field.label for field in signupform.asked(revision.fields)]
    told = await keep_told(db, asked=asked, at=at)
    try:
        row |= sealed(db, "signups", link, contact, told=told, employee_id=employee.id, at=at)
    except Invalid as error:
        wrong |= error.fields
    try:
        answers = signupform.answers(revision.fields, contact.said)
        row |= {"answers": answers, "seats": signupform.seats(answers)}
    except Invalid as error:
        wrong |= error.fields
    if wrong:
        raise Invalid(fields=wrong)
    return row


async def _change(
    db: Write,
    known: Signup,
    row: dict[str, Any],
    *,
    contact: Contact,
    shown: tuple[Item, Revision],
    bank: Bank,
) -> tuple[Signup, Outcome]:
    """Let the sender of a sign-up say something else; nobody else learns or changes any of it.

    A number alone proves nothing: only the browser, or the very page, it came from is believed.
    """
    item, revision = shown
    at: datetime = row["updated_at"]
    if not _same_sender(known, contact):
        raise Conflict(
            "这个手机号已经报过名，这次填写的没有保存；要修改人数或信息，"
            "请用当时报名的手机打开本页修改，或打电话给本页的客户经理"
        )
    name = " ".join(contact.name.split())
    is_renamed = bool(name) and name != queries_contacts.name_of(db, known)
    if known.answers == row["answers"] and not is_renamed:
        return known, "known"
    if known.state not in signupstates.OPEN:
        raise Conflict("这次报名已经登记了到场情况，不能再改；有疑问请打电话给本页的客户经理")
    more = row["seats"] - known.seats
    if more > 0:
        await check_places(
            db, item, revision, seats=row["seats"], held=known.seats, bank=bank, at=at
        )
    elif more < 0:
        await library_signals.page_changed(db, item)
    before = known.seats
    _take_over(db, known, row, name=name if is_renamed else "")
    await tell_updated(db, known, at=at)
    tenants.record(
        db,
        "signup.changed",
        "signup",
        known.id,
        by=None,
        at=at,
        before=before,
        after=known.seats,
        fields=sorted({"name"} if is_renamed else set()) + sorted(row["answers"]),
    )
    return known, "updated"


async def tell_updated(db: Write, signup: Signup, *, at: datetime) -> None:
    """Let the bank's systems hear that a sign-up says something else now."""
    facts = {"signup_id": signup.id, "item_id": signup.item_id, "seats": signup.seats}
    facts |= {"employee_id": signup.employee_id, "state": signup.state}
    await webhooks.tell(db, "signup.updated", at=at, **facts)


def _same_sender(known: Signup, contact: Contact) -> bool:
    """Return whether a sign-up came from this browser, or from this very page."""
    pairs = ((known.visitor_id, contact.visitor_id), (known.visit_id, contact.visit_id))
    return any(ours is not None and ours == theirs for ours, theirs in pairs)


def _take_over(db: Write, known: Signup, row: dict[str, Any], *, name: str) -> None:
    """Keep what was sent now; whoever confirmed it before is asked anew. No name keeps the old."""
    if name:
        known.name_sealed = keyring(db).seal(bank_id(db), f"signups.name:{known.id}", name)
        known.name_masked = mask_name(name)
    for column in ("answers", "seats", "state", "updated_at", "told_revision_id"):
        setattr(known, column, row[column])
    known.consent_version, known.consent_at = row["consent_version"], row["consent_at"]


async def _enter(
    db: Write, link: Link, row: dict[str, Any], *, employee: Staff, no: int, at: datetime
) -> tuple[Signup, Outcome]:
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
        phone_index = row["phone_index"]
        await actions_known.remember(db, link, row["visitor_id"], phone_index=phone_index, at=at)
        await actions_known.did(db, "signed_up", link.item_id, phone_index=phone_index, at=at)
        tenants.record(db, "signup.left", "signup", row["id"], by=None, at=at, link=link.code)
        facts = {"signup_id": row["id"], **credit(link, employee)}
        await webhooks.tell(db, "signup.created", at=at, **facts)
    for found in await _mine(db, link.item_id, row["phone_index"]):
        if found.claim_no == no:
            return found, "new" if fresh else "known"
    raise Conflict()


def _known(item: Item, mine: Sequence[Signup], contact: Contact) -> Signup | None:
    """Return what the sender has already of what is asked for now."""
    if item.kind != "right":
        return mine[0] if mine else None
    same_page = (one for one in mine if contact.visit_id and one.visit_id == contact.visit_id)
    return next(same_page, None)


async def _again(db: Write, known: Signup, row: dict[str, Any], *, name: str) -> Signup:
    """Take who had cancelled back; the first link keeps the credit, so nothing is counted."""
    _take_over(db, known, row, name=" ".join(name.split()))
    known.visitor_id, known.visit_id = row["visitor_id"], row["visit_id"]
    known.employee_id = (await queries.credited(db, known.employee_id)).id
    at = row["updated_at"]
    await tell_updated(db, known, at=at)
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


async def wait_for_turn(db: Write, item: Item) -> None:
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


async def check_places(  # of what, how many, beside what is held, for whom and when
    db: Write,
    item: Item,
    revision: Revision,
    *,
    seats: int,
    held: int = 0,
    to_staff: bool = False,
    bank: Bank,
    at: datetime,
) -> None:
    """Raise when fewer than `seats` places are left beside `held` ones of one's own.

    The last few are said on every page at once. `to_staff` words it for the bank's people.

    Raises:
        Invalid: some are left, but too few (field `people`). Conflict: none is left.
    """
    total, monthly = places(revision.fields), monthly_places(revision.fields)
    if total is None and monthly is None:
        return
    free = await queries.places_left(db, item.id, revision.fields, zone=bank.zone, at=at) or 0
    if free - (seats - held) <= _FEW:
        await library_signals.page_changed(db, item)
    if seats <= free + held:
        return
    if free + held > 0:
        raise Invalid.of("people", _too_many(seats, free=free, held=held, to_staff=to_staff))
    full = "名额已满" if item.kind == "activity" else "已经领完"
    taken = await queries.seats_taken(db, item.id)
    if monthly is not None and (total is None or taken < total):
        full = "本月的份数已经领完，下月 1 日起可以再领"
    raise Conflict(f"{full}，感谢关注；您可以留下手机号，有新活动时由客户经理联系您")


def _too_many(seats: int, *, free: int, held: int, to_staff: bool) -> str:
    """Return how many may come at most, to somebody who asks for more."""
    left = f"还剩 {free} 个名额" if free else "名额已满"
    most = f"请改为不超过 {free + held} 位"
    if to_staff:
        return f"{left}（这条报名已占 {held} 个），填了 {seats} 位；{most}"
    own = f"（您已报 {held} 位）" if held else ""
    return f"{left}{own}，您填了 {seats} 位；{most}，或打电话问客户经理"
