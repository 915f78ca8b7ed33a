"""Writes of following a sign-up up: confirm, note who came, look at the number, pass on."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update

from contenthub.db import Read, Write
from contenthub.errors import Conflict, Forbidden
from contenthub.sharing import actions_known, queries_contacts, queries_signups, signupstates
from contenthub.sharing.actions_leads import clean_note
from contenthub.sharing.actions_places import tell_updated
from contenthub.sharing.models import Signup
from contenthub.sharing.queries_contacts import Wanted
from contenthub.tenants import access, actions_reveal
from contenthub.tenants import actions as tenants
from contenthub.tenants import queries as staff_queries
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id


async def advance_signup(
    db: Write, signup_id: UUID, *, state: str | None, note: str | None, by: Staff, at: datetime
) -> Signup:
    """Return the sign-up after moving it to `state` and keeping `note` (None leaves it).

    Raises:
        NotFound: no such sign-up in the actor's reach. Conflict: not from its present state, or
        an outcome before the activity's day or of one that is off. Invalid: an unknown state,
        or too long a note.
    """
    signup = await queries_signups.signup(db, signup_id, lock=True)
    row = await _within_reach(db, signup_id, by)
    kept = clean_note(note)
    before = signup.state
    if state is not None and state != before:
        bank = await staff_queries.bank(db)
        moment = row.moment(zone=bank.zone, at=at)
        signup.state = signupstates.move(before, state, kind=row.item.kind, moment=moment)
        await tell_updated(db, signup, at=at)
        if row.item.kind == "activity":
            await _tell_attendance(db, signup, before, at=at)
        signup.attended_at = at if signup.state == "attended" else None
        signup.outcome_at = at if signup.state in signupstates.OUTCOMES else None
    if kept is not None:
        signup.note = kept
    signup.updated_at = at
    tenants.record(
        db, "signup.advanced", "signup", signup.id, by=by, at=at, before=before, after=signup.state
    )
    await db.flush()
    return signup


async def _tell_attendance(db: Write, signup: Signup, before: str, *, at: datetime) -> None:
    """Note that who signed up came, or take it back on the day it was noted."""
    if signup.state == "attended":
        told, times = at, 1
    elif before == "attended" and signup.attended_at is not None:
        told, times = signup.attended_at, -1
    else:
        return
    phone_index = signup.phone_index
    await actions_known.did(
        db, "attended", signup.item_id, phone_index=phone_index, at=told, times=times
    )


async def tell_change(db: Write, signup_id: UUID, *, by: Staff, at: datetime) -> Signup:
    """Note that the customer was told of the new time or place; told already changes nothing.

    Raises:
        NotFound: no such sign-up in the actor's reach. Conflict: there is nothing to tell.
    """
    signup = await queries_signups.signup(db, signup_id, lock=True)
    row = await _within_reach(db, signup_id, by)
    live_id = row.item.live_revision_id
    if live_id is not None and signup.told_revision_id == live_id:
        return signup
    if live_id is None or not row.changed:
        raise Conflict("时间和地点对这位客户没有变化，不用登记通知")
    facts = {"reason": row.change, "known": str(signup.told_revision_id)}
    tenants.record(db, "signup.told", "signup", signup.id, by=by, at=at, **facts)
    signup.told_revision_id, signup.updated_at = live_id, at
    await db.flush()
    return signup


async def untell_change(db: Write, signup_id: UUID, *, by: Staff, at: datetime) -> Signup:
    """Take the tick of `tell_change` back: the customer waits to be told once more.

    Raises:
        NotFound: no such sign-up in the actor's reach. Conflict: nothing was ticked off, or
        the customer has read the newest wording since.
    """
    signup = await queries_signups.signup(db, signup_id, lock=True)
    row = await _within_reach(db, signup_id, by)
    told = await queries_signups.told(db, row)
    if told is None:
        raise Conflict("没有可以撤销的“已通知客户变更”：没有登记过，或客户之后已看到新的时间地点")
    signup.told_revision_id, signup.updated_at = told.known_id, at
    tenants.record(db, "signup.untold", "signup", signup.id, by=by, at=at)
    await db.flush()
    return signup


async def reveal_phone(
    db: Write, signup_id: UUID, *, reason: str, by: Staff, at: datetime
) -> tuple[str, str]:
    """Return the clear name and phone of a sign-up; every look is written to the audit trail.

    Raises:
        NotFound: no such sign-up in the actor's reach.
        Forbidden: only the credited employee and their managers may look.
        Invalid: no reason. TooMany: too many looks within an hour.
    """
    signup = (await _within_reach(db, signup_id, by)).signup
    if not access.may(by.roles, "customers.reveal"):
        raise Forbidden("您的角色只看脱敏后的报名；需要联系客户请找客户经理")
    await actions_reveal.record_look(db, "signup", signup.id, reason=reason, by=by, at=at)
    return queries_contacts.name_of(db, signup), queries_contacts.phone_of(db, signup)


async def _within_reach(db: Write, signup_id: UUID, by: Staff) -> queries_signups.SignupRow:
    visible = await staff_queries.visible_staff_ids(db, by)
    return await queries_signups.signup_row(db, signup_id, Wanted(visible))


async def pass_signups(db: Write, from_id: UUID, to_id: UUID, *, at: datetime) -> int:
    """Give the sign-ups of one employee that still wait to another; return how many."""
    moved = await db.execute(
        update(Signup)
        .where(
            Signup.tenant_id == bank_id(db),
            Signup.employee_id == from_id,
            Signup.state.in_(signupstates.OPEN),
        )
        .values(employee_id=to_id, updated_at=at)
        .returning(Signup.id)
    )
    return len(moved.all())


async def open_signups(db: Read, employee_id: UUID) -> int:
    """Return how many sign-ups of an employee still wait for their outcome."""
    counted = select(func.count()).where(
        Signup.tenant_id == bank_id(db),
        Signup.employee_id == employee_id,
        Signup.state.in_(signupstates.OPEN),
    )
    return (await db.execute(counted)).scalar_one()
