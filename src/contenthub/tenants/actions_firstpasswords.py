"""First passwords for many people at once: of an import, told once on a sheet.

Hashing one takes a processor for 20 ms, so it is done between two transactions; only whoever
still has no way in when the second one runs gets the password.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select

from contenthub.db import Read, Write
from contenthub.tenants.actions import record
from contenthub.tenants.models import Branch, Staff
from contenthub.tenants.sealing import bank_id

SHEET_PEOPLE = 200
"""People of one sheet: about five seconds of hashing."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody who cannot log in by a password yet."""

    id: UUID
    staff_no: str
    name: str
    login: str
    branch: str


def _waits(db: Read, *, branch_id: UUID | None, again: bool) -> list[ColumnElement[bool]]:
    never = Staff.password_hash == ""
    given = Staff.must_change_password & Staff.last_login_at.is_(None)
    found = [
        Staff.tenant_id == bank_id(db),
        Staff.state.in_(("active", "leave")),
        Staff.operator_id.is_(None),
        or_(never, given) if again else never,
    ]
    return found if branch_id is None else [*found, Staff.branch_id == branch_id]


async def count_waiting(db: Read, *, branch_id: UUID | None = None, again: bool = False) -> int:
    """Return how many people have no password; with `again`, also those who never used theirs."""
    query = select(func.count()).select_from(Staff)
    query = query.where(*_waits(db, branch_id=branch_id, again=again))
    return int(await db.scalar(query) or 0)


async def waiting(
    db: Read, *, branch_id: UUID | None = None, again: bool = False, limit: int = SHEET_PEOPLE
) -> Sequence[Waiting]:
    """Return people without a password, branch by branch.

    With `again`, also those who were given a first one and never used it: the oldest first.
    """
    rows = await db.execute(
        select(Staff.id, Staff.staff_no, Staff.name, Staff.login, Branch.name)
        .join(Branch, (Branch.tenant_id == Staff.tenant_id) & (Branch.id == Staff.branch_id))
        .where(*_waits(db, branch_id=branch_id, again=again))
        .order_by(Staff.password_set_at.nulls_first(), Branch.code, Staff.staff_no)
        .limit(limit)
    )
    return [Waiting(*row) for row in rows]


async def give(
    db: Write, hashes: Mapping[UUID, str], *, again: bool = False, by: Staff, at: datetime
) -> set[UUID]:
    """Set the first passwords of people by their hashes; return who got one.

    Who has set or used a password meanwhile keeps it.
    """
    rows = await db.scalars(
        select(Staff)
        .where(*_waits(db, branch_id=None, again=again), Staff.id.in_(hashes))
        .order_by(Staff.id)
        .with_for_update()
    )
    given = set()
    for staff in rows:
        staff.password_hash, staff.password_set_at = hashes[staff.id], at
        staff.must_change_password, staff.updated_at = True, at
        record(db, "staff.first_password_given", "staff", staff.id, by=by, at=at)
        given.add(staff.id)
    await db.flush()
    return given
