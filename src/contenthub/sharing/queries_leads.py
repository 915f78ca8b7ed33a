"""Reads of leads, within the caller's data scope."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, and_, func, select

from contenthub.db import Read
from contenthub.errors import NotFound
from contenthub.library.models import Item
from contenthub.sharing.models import Lead, Link
from contenthub.sharing.queries_contacts import Wanted, scoped
from contenthub.tenants.models import Branch, Staff
from contenthub.tenants.sealing import bank_id


@dataclass(frozen=True, slots=True)
class LeadRow:
    """A lead with the names a list shows beside it."""

    lead: Lead
    item: Item
    employee: Staff
    branch: Branch
    link: Link


async def leads(
    db: Read, wanted: Wanted, *, before: UUID | None = None, limit: int = 20
) -> Sequence[LeadRow]:
    """Return leads, newest first (ids are time-ordered), before the last one seen."""
    query = _joined(db, wanted)
    if before is not None:
        query = query.where(Lead.id < before)
    rows = await db.execute(query.order_by(Lead.id.desc()).limit(limit))
    return [LeadRow(*row) for row in rows.all()]


async def lead_row(db: Read, lead_id: UUID, wanted: Wanted) -> LeadRow:
    """Return one lead of the scope with its names; raises NotFound."""
    row = (await db.execute(_joined(db, wanted).where(Lead.id == lead_id))).one_or_none()
    if row is None:
        raise NotFound("没有找到这条线索")
    return LeadRow(*row)


async def lead_counts(db: Read, visible: set[UUID] | None) -> dict[str, int]:
    """Return how many leads of the scope are in each state."""
    query = select(Lead.state, func.count()).where(Lead.tenant_id == bank_id(db))
    query = scoped(query, Lead, Wanted(visible))
    rows = await db.execute(query.group_by(Lead.state))
    return {state: int(n) for state, n in rows}


async def lead_of_visitor(db: Read, visitor_id: UUID) -> Lead | None:
    """Return the newest lead a browser left, or None."""
    rows = await db.scalars(
        select(Lead)
        .where(Lead.tenant_id == bank_id(db), Lead.visitor_id == visitor_id)
        .order_by(Lead.created_at.desc())
        .limit(1)
    )
    return rows.first()


def _joined(db: Read, wanted: Wanted) -> Select[Lead, Item, Staff, Branch, Link]:
    query = (
        select(Lead, Item, Staff, Branch, Link)
        .join(Item, and_(Item.tenant_id == Lead.tenant_id, Item.id == Lead.item_id))
        .join(Staff, and_(Staff.tenant_id == Lead.tenant_id, Staff.id == Lead.employee_id))
        .join(Branch, and_(Branch.tenant_id == Staff.tenant_id, Branch.id == Staff.branch_id))
        .join(Link, and_(Link.tenant_id == Lead.tenant_id, Link.id == Lead.link_id))
        .where(Lead.tenant_id == bank_id(db))
    )
    if wanted.state:
        query = query.where(Lead.state == wanted.state)
    return scoped(query, Lead, wanted)
