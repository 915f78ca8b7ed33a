"""Writes of the bank's tree: each step is a row of the branch's history and an audit entry.

Where customers follow (move, merge, close), call customers.actions_branches instead.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text, update

from contenthub.db import Write, new_id
from contenthub.errors import Conflict, Invalid
from contenthub.tenants import branchtree, queries_branches, shorttext
from contenthub.tenants.actions import SYSTEM, record
from contenthub.tenants.models import Branch, BranchChange, Staff
from contenthub.tenants.sealing import bank_id

ADDRESS_MAX_CHARS = 120


@dataclass(frozen=True, slots=True)
class Merged:
    """What passed from one branch to another."""

    branch: Branch
    into: Branch
    people: int
    children: int


def note(  # a step is which branch, what, who and when; all are needed
    db: Write,
    branch_id: UUID,
    change: str,
    *,
    by: Staff | None,
    at: datetime,
    **detail: Any,
) -> None:
    """Add one step to a branch's history."""
    db.add(
        BranchChange(
            tenant_id=bank_id(db),
            id=new_id(),
            branch_id=branch_id,
            change=change,
            detail=detail,
            by_id=by.id if by else None,
            by_name=by.name if by else SYSTEM,
            at=at,
        )
    )


async def _hold(db: Write) -> None:
    """Let changes of one bank's tree take turns: two moves at once could close a ring."""
    await db.execute(
        text("select pg_advisory_xact_lock(hashtextextended(:bank, 0))"),
        {"bank": f"branches {bank_id(db)}"},
    )


async def change_branch(
    db: Write, branch_id: UUID, *, facts: Mapping[str, Any], by: Staff, at: datetime
) -> Branch:
    """Change a branch's `name`, `sort_no` or `address`; what is left out stays.

    Raises:
        Invalid: an empty or overlong name, an overlong address.
        Conflict: the branch is merged or closed.
    """
    branch = _usable(await queries_branches.branch(db, branch_id, lock=True))
    wanted: dict[str, Any] = {}
    if "name" in facts:
        wanted["name"] = checked_name(facts["name"])
    if "sort_no" in facts:
        wanted["sort_no"] = facts["sort_no"]
    if "address" in facts:
        wanted["address"] = _checked_address(facts["address"])
    before = {name: getattr(branch, name) for name in wanted}
    changed = {name: value for name, value in wanted.items() if before[name] != value}
    if not changed:
        return branch
    for name, value in changed.items():
        setattr(branch, name, value)
    old = {name: before[name] for name in changed}
    note(db, branch.id, "renamed", by=by, at=at, before=old, after=changed)
    record(db, "branch.renamed", "branch", branch.id, by=by, at=at, before=old, after=changed)
    await db.flush()
    return branch


def checked_name(name: object) -> str:
    """Return a branch's name; raises Invalid when it is empty, too long or hides something."""
    shorttext.refuse_hidden("name", str(name))
    clean = " ".join(str(name).split())
    if not 1 <= len(clean) <= 80:
        raise Invalid.of("name", "机构名称应为 1–80 个字，请修改")
    return clean


def _checked_address(text: object) -> str:
    shorttext.refuse_hidden("address", str(text))
    clean = " ".join(str(text).split())
    if len(clean) > ADDRESS_MAX_CHARS:
        raise Invalid.of("address", f"网点地址最多 {ADDRESS_MAX_CHARS} 个字，请缩短")
    return clean


def _usable(branch: Branch) -> Branch:
    if branch.state != "open":
        raise Conflict(f"机构“{branch.name}”{branchtree.STATES[branch.state]}，不能再修改")
    return branch


async def move_branch(
    db: Write, branch_id: UUID, parent_id: UUID, *, by: Staff, at: datetime
) -> tuple[Branch, UUID]:
    """Put a branch with all below it under another parent; return it and its old parent's id.

    Raises:
        Conflict: the head office, or one of the two is merged or closed.
        Invalid: the new parent is the branch itself or lies below it.
    """
    await _hold(db)
    branch = _usable(await queries_branches.branch(db, branch_id, lock=True))
    if branch.parent_id is None:
        raise Conflict("总行是机构树的根，不能移到别的机构下面")
    parent = await queries_branches.open_branch(db, parent_id)
    parents = await queries_branches.parents(db)
    if branchtree.lies_below(parents, parent.id, branch.id):
        raise Invalid.of("parent_id", "不能移到自己或自己的下级机构下面，请选择别的上级机构")
    before = branch.parent_id
    if before != parent.id:
        old = await queries_branches.branch(db, before)
        branch.parent_id = parent.id
        facts = {
            "from_id": str(before),
            "from_name": old.name,
            "to_id": str(parent.id),
            "to_name": parent.name,
        }
        note(db, branch.id, "moved", by=by, at=at, **facts)
        record(
            db,
            "branch.moved",
            "branch",
            branch.id,
            by=by,
            at=at,
            before=old.name,
            after=parent.name,
        )
        await db.flush()
    return branch, before


async def merge_branch(
    db: Write, branch_id: UUID, into_id: UUID, *, by: Staff, at: datetime
) -> Merged:
    """Merge a branch into another: its people and children follow, its code stays reserved.

    Raises:
        Conflict: the head office, or one of the two is merged or closed already.
        Invalid: into itself or into something below it.
    """
    await _hold(db)
    branch = _usable(await queries_branches.branch(db, branch_id, lock=True))
    if branch.parent_id is None:
        raise Conflict("总行是机构树的根，不能并入别的机构")
    into = await queries_branches.open_branch(db, into_id)
    parents = await queries_branches.parents(db)
    if branchtree.lies_below(parents, into.id, branch.id):
        raise Invalid.of("into_id", "不能并入自己或自己的下级机构；请先把那个下级机构移出去")
    moved = await db.execute(
        update(Staff)
        .where(Staff.tenant_id == bank_id(db), Staff.branch_id == branch.id)
        .values(branch_id=into.id, updated_at=at)
        .returning(Staff.state)
    )
    people = sum(state != "resigned" for (state,) in moved)
    below = await queries_branches.children(db, branch.id, lock=True)
    for child in below:
        child.parent_id = into.id
        note(
            db,
            child.id,
            "moved",
            by=by,
            at=at,
            from_id=str(branch.id),
            from_name=branch.name,
            to_id=str(into.id),
            to_name=into.name,
        )
    branch.state, branch.merged_into_id = "merged", into.id
    await db.flush()
    return Merged(branch, into, people, len(below))


def merge_noted(db: Write, done: Merged, *, customers: int, by: Staff, at: datetime) -> None:
    """Write a merger into both branches' histories and the audit trail, with what passed."""
    counts = {"people": done.people, "children": done.children, "customers": customers}
    into, gone = done.into, done.branch
    note(db, gone.id, "merged", by=by, at=at, to_id=str(into.id), to_name=into.name, **counts)
    note(db, into.id, "merged", by=by, at=at, from_id=str(gone.id), from_name=gone.name, **counts)
    record(db, "branch.merged", "branch", gone.id, by=by, at=at, after=into.name, **counts)


async def close_branch(db: Write, branch_id: UUID, *, by: Staff, at: datetime) -> Branch:
    """Close a branch in which nobody works and below which nothing is open.

    Raises:
        Conflict: the head office, somebody works there, or an open branch lies below.
    """
    await _hold(db)
    branch = _usable(await queries_branches.branch(db, branch_id, lock=True))
    if branch.parent_id is None:
        raise Conflict("总行不能撤销")
    people = await queries_branches.people_in(db, branch.id)
    below = await queries_branches.children(db, branch.id)
    if people or below:
        raise Conflict(
            f"“{branch.name}”还有 {people} 位员工、{len(below)} 个下级机构，不能撤销；"
            "请先调走，或改用“并入”"
        )
    branch.state = "closed"
    note(db, branch.id, "closed", by=by, at=at)
    record(db, "branch.closed", "branch", branch.id, by=by, at=at, code=branch.code)
    await db.flush()
    return branch


async def reopen_branch(db: Write, branch_id: UUID, *, by: Staff, at: datetime) -> Branch:
    """Open a closed branch again where it was; what was merged does not come back.

    Raises:
        Conflict: it is not closed, or its parent is not open.
    """
    await _hold(db)
    branch = await queries_branches.branch(db, branch_id, lock=True)
    if branch.state != "closed":
        raise Conflict(f"机构“{branch.name}”{branchtree.STATES[branch.state]}，不能恢复")
    if branch.parent_id is not None:
        await queries_branches.open_branch(db, branch.parent_id)
    branch.state = "open"
    note(db, branch.id, "reopened", by=by, at=at)
    record(db, "branch.reopened", "branch", branch.id, by=by, at=at, code=branch.code)
    await db.flush()
    return branch
