"""Writes of staff who change a sign-up for the customer who calls: how many come, and answers."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from contenthub.db import Write
from contenthub.errors import Conflict
from contenthub.library import actions_signals as library_signals
from contenthub.library import queries as library
from contenthub.sharing import queries_signups, signupform, signupstates
from contenthub.sharing.actions_places import check_places, tell_updated, wait_for_turn
from contenthub.sharing.models import Signup
from contenthub.sharing.queries_contacts import Wanted
from contenthub.sharing.queries_signups import SignupRow
from contenthub.tenants import actions as tenants
from contenthub.tenants import queries as staff_queries
from contenthub.tenants.models import Staff


async def amend_signup(
    db: Write, signup_id: UUID, said: Mapping[str, str], *, by: Staff, at: datetime
) -> Signup:
    """Return the sign-up with the answers of `said` in place; what is not named stays.

    Its state stays too: whoever called has just been spoken to. Changing back undoes it.

    Raises:
        NotFound: no such sign-up in the actor's reach. Conflict: its outcome is noted, it is
        cancelled, or what it is for is off. Invalid: a wrong answer, or more people than
        places are left, by field.
    """
    visible = Wanted(await staff_queries.visible_staff_ids(db, by))
    found = await queries_signups.signup_row(db, signup_id, visible)
    # In the order of visitors: first the item's turn, then the row.
    await wait_for_turn(db, await library.item(db, found.item.id))
    signup = await queries_signups.signup(db, signup_id, lock=True)
    await db.refresh(signup)
    row = await queries_signups.signup_row(db, signup_id, visible)
    _refuse_closed(row)
    fields = row.revision.fields if row.revision else {}
    answers = signupform.amended(fields, signup.answers, said)
    if answers == signup.answers:
        return signup
    before, seats = signup.seats, signupform.seats(answers)
    await _make_room(db, row, seats=seats, at=at)
    changed = sorted(
        name for name in signupform.ASKED if answers.get(name) != signup.answers.get(name)
    )
    signup.answers, signup.seats, signup.updated_at = answers, seats, at
    facts = {"before": before, "after": seats, "fields": changed}
    tenants.record(db, "signup.amended", "signup", signup.id, by=by, at=at, **facts)
    await tell_updated(db, signup, at=at)
    await db.flush()
    return signup


def can_be_amended(row: SignupRow) -> bool:
    """Return whether a sign-up may still say something else."""
    return not _why_closed(row)


def _why_closed(row: SignupRow) -> str:
    state = row.signup.state
    if state in signupstates.OUTCOMES:
        return "已经登记了到场情况，人数和信息不能再改；登记错了请当天先点“撤销登记”再改"
    if state not in signupstates.OPEN:
        return "这条报名已取消，不能修改；客户还想参加，请客户在活动页面重新报名"
    return "活动已下架，不能修改；请通知客户取消，重新发布后再改" if row.is_off else ""


def _refuse_closed(row: SignupRow) -> None:
    why = _why_closed(row)
    if why:
        raise Conflict(why)


async def _make_room(db: Write, row: SignupRow, *, seats: int, at: datetime) -> None:
    """Let a party grow while places are left; one that shrinks frees its places on every page."""
    held = row.signup.seats
    if seats > held and row.revision is not None:
        bank = await staff_queries.bank(db)
        await check_places(
            db, row.item, row.revision, seats=seats, held=held, to_staff=True, bank=bank, at=at
        )
    elif seats < held:
        await library_signals.page_changed(db, row.item)
