"""Reads of contacts with a customer, and of whose they were."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import aliased

from contenthub.customers.models_contacts import CustomerContact, CustomerMove
from contenthub.db import Read
from contenthub.tenants.models import Branch, Staff
from contenthub.tenants.sealing import bank_id, keyring


@dataclass(frozen=True, slots=True)
class Spoken:
    """A contact with its note in clear."""

    id: UUID
    way: str
    is_reached: bool
    on: date
    note: str
    by: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Moved:
    """A customer passed on: names before and after, empty for nobody."""

    at: datetime
    from_owner: str
    to_owner: str
    from_branch: str
    to_branch: str


async def contacts_of(db: Read, customer_no: int, *, limit: int = 30) -> list[Spoken]:
    """Return the newest contacts with a customer; a page shows them to who may see the customer."""
    one, bank = CustomerContact, bank_id(db)
    rows = await db.execute(
        select(one, Staff.name)
        .join(Staff, (Staff.tenant_id == one.tenant_id) & (Staff.id == one.recorded_by))
        .where(one.tenant_id == bank, one.customer_no == customer_no)
        .order_by(one.contacted_on.desc(), one.recorded_at.desc())
        .limit(limit)
    )
    return [
        Spoken(
            id=kept.id,
            way=kept.way,
            is_reached=kept.is_reached,
            on=kept.contacted_on,
            note=keyring(db).open(bank, f"customer_contacts.note:{kept.id}", kept.note_sealed)
            if kept.note_sealed
            else "",
            by=name,
            recorded_at=kept.recorded_at,
        )
        for kept, name in rows
    ]


async def moves_of(db: Read, customer_no: int, *, limit: int = 30) -> list[Moved]:
    """Return the newest changes of a customer's owner and branch."""
    one = CustomerMove
    owners, branches = (aliased(Staff), aliased(Staff)), (aliased(Branch), aliased(Branch))
    query = select(
        one.moved_at, owners[0].name, owners[1].name, branches[0].name, branches[1].name
    ).select_from(one)
    for there, column in zip(owners, (one.from_owner, one.to_owner), strict=True):
        query = query.outerjoin(there, (there.tenant_id == one.tenant_id) & (there.id == column))
    for place, column in zip(branches, (one.from_branch, one.to_branch), strict=True):
        query = query.outerjoin(place, (place.tenant_id == one.tenant_id) & (place.id == column))
    rows = await db.execute(
        query.where(one.tenant_id == bank_id(db), one.customer_no == customer_no)
        .order_by(one.moved_at.desc())
        .limit(limit)
    )
    return [Moved(at, *(name or "" for name in names)) for at, *names in rows]
