"""Reads of the words that files use for a bank's branches, employees and tags."""

from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import select

from contenthub.customers import queries_tags, rows
from contenthub.customers.rows import CustomerRow
from contenthub.db import Read
from contenthub.tenants import queries as tenants_queries
from contenthub.tenants import queries_branches
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id
from contenthub.uploads.sorts import RowProblem

Where: TypeAlias = tuple[UUID, UUID | None]
"""A branch, and the employee or nobody."""


@dataclass(slots=True)
class Places:
    """The bank's branches, employees and tags by the words that files use."""

    branches: dict[str, UUID]
    above: dict[UUID, list[UUID]]
    head_id: UUID
    employees: dict[str, tuple[UUID, UUID]]
    """Staff number → (staff id, branch id)."""
    tags: dict[str, UUID]


async def places(db: Read) -> Places:
    """Return the words of the bank, read once per batch."""
    tree = await tenants_queries.branches(db)
    words = await queries_branches.by_word(db)
    head = next((b.id for b in tree if b.parent_id is None), tree[0].id)
    staff = await db.execute(
        select(Staff.staff_no, Staff.id, Staff.branch_id).where(Staff.tenant_id == bank_id(db))
    )
    return Places(
        branches=words,
        above={b.id: tenants_queries.ancestors(tree, b.id) for b in tree},
        head_id=head,
        employees={no: (staff_id, branch_id) for no, staff_id, branch_id in staff},
        tags=await queries_tags.ids_by_name(db),
    )


def where(branch: str, owner: str, known: Places) -> Where | None:
    """Return the branch and owner that words mean; None if the bank has no such."""
    owned = known.employees.get(owner) if owner else None
    placed = known.branches.get(branch) if branch else None
    if (owner and owned is None) or (branch and placed is None):
        return None
    return placed or (owned[1] if owned else known.head_id), owned[0] if owned else None


def unknown(row: CustomerRow, known: Places) -> RowProblem:
    """Return the problem of a row whose branch or employee the bank does not have."""
    if row.owner and row.owner not in known.employees:
        message = f"本行没有工号为 {row.owner} 的员工，请先导入员工或改正工号"
        return RowProblem(row.line, "owner", rows.shown(row.owner), message)
    message = f"本行没有名为“{rows.shown(row.branch)}”的机构，请改正机构名称或机构号"
    return RowProblem(row.line, "branch", rows.shown(row.branch), message)
