"""Changes of the bank's tree that customers follow: their branch, and the index of audiences."""

from datetime import datetime
from uuid import UUID

from pyroaring import BitMap
from sqlalchemy import func, select, update

from contenthub.customers import actions_audience, queries_locks
from contenthub.customers.models import Customer
from contenthub.customers.queries_bitmaps import united
from contenthub.db import Write
from contenthub.errors import Conflict
from contenthub.tenants import actions_branches, branchtree, queries_branches
from contenthub.tenants.models import Branch, Staff
from contenthub.tenants.sealing import bank_id


async def move_branch(
    db: Write, branch_id: UUID, parent_id: UUID, *, by: Staff, at: datetime
) -> Branch:
    """Put a branch under another parent; audiences of the branches above change with it.

    Raises:
        Conflict, Invalid: as tenants.actions_branches.move_branch.
    """
    branch, old_parent = await actions_branches.move_branch(db, branch_id, parent_id, by=by, at=at)
    if old_parent != parent_id:
        await hold_still(db)
        await _shift(db, await _under(db, branch_id), gone=old_parent, new=parent_id)
    return branch


async def merge_branch(
    db: Write, branch_id: UUID, into_id: UUID, *, by: Staff, at: datetime
) -> tuple[actions_branches.Merged, int]:
    """Merge a branch into another; return what passed, and how many customers.

    Raises:
        Conflict, Invalid: as tenants.actions_branches.merge_branch.
    """
    done = await actions_branches.merge_branch(db, branch_id, into_id, by=by, at=at)
    await hold_still(db)
    moved = await db.execute(
        update(Customer)
        .where(Customer.tenant_id == bank_id(db), Customer.branch_id == branch_id)
        .values(branch_id=into_id, updated_at=at)
        .returning(Customer.no)
    )
    count = len(moved.all())
    await _shift(db, await _under(db, branch_id), gone=branch_id, new=into_id)
    actions_branches.merge_noted(db, done, customers=count, by=by, at=at)
    return done, count


async def close_branch(db: Write, branch_id: UUID, *, by: Staff, at: datetime) -> Branch:
    """Close a branch that has no people, no open branch below and no customers.

    Raises:
        Conflict: it is not empty; the message says what is left.
    """
    closed = await actions_branches.close_branch(db, branch_id, by=by, at=at)
    await hold_still(db)  # an import that puts customers there comes before or after, never between
    counted = select(func.count()).where(
        Customer.tenant_id == bank_id(db), Customer.branch_id == branch_id
    )
    left = (await db.execute(counted)).scalar_one()
    if left:
        raise Conflict(f"“{closed.name}”还有 {left} 位客户，不能撤销；请改用“并入”，客户会一起过去")
    return closed


async def hold_still(db: Write) -> None:
    """Wait for a running batch of an import: it has read the tree as it was."""
    await queries_locks.one_file(db)
    await actions_audience.hold(db)


async def _under(db: Write, branch_id: UUID) -> BitMap:
    """Return the numbers of the customers of a branch and all below it, as the index has them."""
    return await united(db, [("branch", str(branch_id))])


async def _shift(db: Write, nos: BitMap, *, gone: UUID, new: UUID) -> None:
    """Take customers out of `gone` and all above it, and put them into `new` likewise."""
    parents = await queries_branches.parents(db)
    kept, left = branchtree.upwards(parents, new), branchtree.upwards(parents, gone)
    await actions_audience.mark(
        db,
        {("branch", str(branch_id)): nos for branch_id in kept},
        {("branch", str(branch_id)): nos for branch_id in left if branch_id not in kept},
    )
