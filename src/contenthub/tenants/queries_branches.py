"""Reads of the bank's tree: nodes with their counts, one branch, its history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from contenthub.db import Read
from contenthub.errors import Conflict, NotFound
from contenthub.tenants import access, branchtree, queries
from contenthub.tenants.models import Branch, BranchChange, Staff
from contenthub.tenants.sealing import bank_id


@dataclass(frozen=True, slots=True)
class Node:
    """A branch in the tree: how deep it lies, who works right there and who below it, too."""

    branch: Branch
    depth: int
    people: int
    people_below: int
    """Everybody of the branch and of all branches under it."""


async def branch(db: Read, branch_id: UUID, *, lock: bool = False) -> Branch:
    """Return one branch; raises NotFound. With `lock`, nobody else changes it meanwhile."""
    found = await db.get(
        Branch,
        (bank_id(db), branch_id),
        with_for_update=lock or None,
        populate_existing=lock,
    )
    if found is None:
        raise NotFound("没有找到这个机构")
    return found


async def open_branch(db: Read, branch_id: UUID) -> Branch:
    """Return a branch people may be put in, held open until the transaction ends.

    Raises:
        NotFound: no such branch. Conflict: it was merged or closed.
    """
    found = await db.get(
        Branch, (bank_id(db), branch_id), with_for_update={"read": True}, populate_existing=True
    )
    if found is None:
        raise NotFound("没有找到这个机构")
    if found.state != "open":
        raise Conflict(f"机构“{found.name}”{branchtree.STATES[found.state]}，请选择一个正常的机构")
    return found


async def parents(db: Read) -> dict[UUID, UUID | None]:
    """Return branch id -> parent id as the database has it now, whatever was read before."""
    rows = await db.execute(
        select(Branch.id, Branch.parent_id).where(Branch.tenant_id == bank_id(db))
    )
    return {row[0]: row[1] for row in rows}


async def visible_ids(db: Read, viewer: Staff) -> set[UUID] | None:
    """Return which branches `viewer` may see: None for all, else their own and those below."""
    reach = access.scope(viewer.roles)
    if reach == "bank":
        return None
    if reach == "own":
        return {viewer.branch_id}
    return queries.subtree(await queries.branches(db), viewer.branch_id)


async def visible(db: Read, branch_id: UUID, *, viewer: Staff) -> Branch:
    """Return one branch inside the viewer's scope; raises NotFound for all others."""
    reach = await visible_ids(db, viewer)
    if reach is not None and branch_id not in reach:
        raise NotFound("没有找到这个机构")
    return await branch(db, branch_id)


async def tree(db: Read, *, viewer: Staff, with_gone: bool = False) -> list[Node]:
    """Return the viewer's part of the tree from the top down, each parent before its children.

    Counts are those of the shown part only; merged and closed branches come `with_gone`.
    """
    reach = await visible_ids(db, viewer)
    shown = [
        one
        for one in await queries.branches(db)
        if (reach is None or one.id in reach) and (with_gone or one.state == "open")
    ]
    counted = await db.execute(
        select(Staff.branch_id, func.count())
        .where(Staff.tenant_id == bank_id(db), Staff.state != "resigned")
        .where(Staff.operator_id.is_(None))  # who comes from outside is no one of a branch
        .group_by(Staff.branch_id)
    )
    inside = {one.id for one in shown}
    people: dict[UUID, int] = {row[0]: row[1] for row in counted if row[0] in inside}
    if reach is not None and access.scope(viewer.roles) == "own":
        people = {}  # nobody but oneself is in that scope: a branch's size is not shown
    return _ordered(shown, people)


def _ordered(shown: Sequence[Branch], people: Mapping[UUID, int]) -> list[Node]:
    inside = {one.id for one in shown}
    parents = {one.id: one.parent_id if one.parent_id in inside else None for one in shown}
    total = branchtree.subtotals(parents, people)
    below: dict[UUID | None, list[Branch]] = {}
    for one in sorted(shown, key=lambda b: (b.state != "open", b.sort_no, b.code), reverse=True):
        below.setdefault(parents[one.id], []).append(one)
    nodes: list[Node] = []
    waiting = [(one, 0) for one in below.get(None, [])]
    while waiting:
        one, depth = waiting.pop()
        nodes.append(Node(one, depth, people.get(one.id, 0), total[one.id]))
        waiting += [(child, depth + 1) for child in below.get(one.id, [])]
    return nodes


async def history(db: Read, branch_id: UUID, *, limit: int = 200) -> Sequence[BranchChange]:
    """Return the steps of a branch, the newest first."""
    rows = await db.scalars(
        select(BranchChange)
        .where(BranchChange.tenant_id == bank_id(db), BranchChange.branch_id == branch_id)
        .order_by(BranchChange.at.desc(), BranchChange.id.desc())
        .limit(limit)
    )
    return rows.all()


async def people_in(db: Read, branch_id: UUID) -> int:
    """Return how many people work in a branch; those who left do not count."""
    counted = select(func.count()).where(
        Staff.tenant_id == bank_id(db), Staff.branch_id == branch_id, Staff.state != "resigned"
    )
    return (await db.execute(counted)).scalar_one()


async def children(db: Read, branch_id: UUID, *, lock: bool = False) -> Sequence[Branch]:
    """Return the open branches right below one."""
    query = (
        select(Branch)
        .where(
            Branch.tenant_id == bank_id(db),
            Branch.parent_id == branch_id,
            Branch.state == "open",
        )
        .order_by(Branch.code)
    )
    return (await db.scalars(query.with_for_update() if lock else query)).all()


async def by_word(db: Read) -> dict[str, UUID]:
    """Return branch code or name -> the branch that stands for it today.

    A merged branch's code and name lead to where it went, unless an open branch has that
    name now; a closed one's lead nowhere.
    """
    everything = await queries.branches(db)
    onward = {one.id: one.merged_into_id for one in everything}
    is_open = {one.id for one in everything if one.state == "open"}
    words: dict[str, UUID] = {}
    for one in sorted(everything, key=lambda b: b.state == "open"):
        stands = branchtree.final(onward, one.id)
        if stands in is_open:
            words |= {one.name: stands}
    for one in everything:  # codes are never used twice, so they have the last word
        stands = branchtree.final(onward, one.id)
        if stands in is_open:
            words[one.code] = stands
    return words
