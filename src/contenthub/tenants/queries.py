"""Reads of banks, branches, staff, jobs and the audit trail."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from contenthub.db import Platform, Read, TenantId, clock
from contenthub.errors import NotFound
from contenthub.tenants import access, branchtree
from contenthub.tenants.bankday import bank_day
from contenthub.tenants.models import ApiKey, Bank, Branch, LongJob, Staff
from contenthub.tenants.sealing import bank_id


@dataclass(frozen=True, slots=True)
class Found:
    """What the directory knows of an outside name: the bank, and the row in it."""

    bank_id: UUID
    target_id: UUID
    bank_state: str


async def find_in_directory(session: AsyncSession, kind: str, name: str) -> Found:
    """Return the bank an outside name (code, key hash, corp) belongs to; raises NotFound."""
    rows = await session.execute(
        text("select bank_id, target_id, bank_state from find_in_directory(:k, :n)"),
        {"k": kind, "n": name},
    )
    row = rows.one_or_none()
    if row is None:
        raise NotFound()
    return Found(row.bank_id, row.target_id, row.bank_state)


async def find_bank(session: AsyncSession, slug: str) -> TenantId | None:
    """Return the id of the active bank with this slug, or None."""
    rows = await session.execute(
        text("select bank_id from find_bank(:s) where bank_state = 'active'"), {"s": slug}
    )
    found = rows.scalar_one_or_none()
    return None if found is None else TenantId(found)


async def bank(db: Read) -> Bank:
    """Return the session's bank."""
    found = await db.get(Bank, bank_id(db))
    if found is None:
        raise NotFound()
    return found


async def today(db: Read, *, at: datetime) -> date:
    """Return the day it is at `at` on the wall clock of the session's bank."""
    return bank_day(await bank(db), at)


async def staff_names(db: Read, staff_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return the names of some people of the bank, by their id."""
    rows = await db.execute(
        select(Staff.id, Staff.name).where(Staff.tenant_id == bank_id(db), Staff.id.in_(staff_ids))
    )
    return {staff_id: name for staff_id, name in rows}


async def staff(db: Read, staff_id: UUID) -> Staff:
    """Return one person of the bank; raises NotFound."""
    found = await db.get(Staff, (bank_id(db), staff_id))
    if found is None:
        raise NotFound("没有找到这位员工")
    return found


async def staff_by_login(db: Read, login: str) -> Staff | None:
    """Return the person with this log-in name, or None."""
    rows = await db.execute(
        select(Staff).where(Staff.tenant_id == bank_id(db), Staff.login == login)
    )
    return rows.scalar_one_or_none()


async def staff_by_key(db: Read, key_hash: str) -> tuple[Staff, ApiKey] | None:
    """Return the owner of an API key by the key's SHA-256, or None."""
    rows = await db.execute(
        select(Staff, ApiKey)
        .join(ApiKey, (ApiKey.tenant_id == Staff.tenant_id) & (ApiKey.staff_id == Staff.id))
        .where(ApiKey.tenant_id == bank_id(db), ApiKey.hash == key_hash)
    )
    found = rows.one_or_none()
    return None if found is None else (found[0], found[1])


def key_hash(key: str) -> str:
    """Return what is kept of an API key: its SHA-256 as hex."""
    return sha256(key.encode()).hexdigest()


async def branches(db: Read) -> Sequence[Branch]:
    """Return every branch of the bank, by code."""
    rows = await db.scalars(
        select(Branch).where(Branch.tenant_id == bank_id(db)).order_by(Branch.code)
    )
    return rows.all()


def subtree(all_branches: Sequence[Branch], root_id: UUID) -> set[UUID]:
    """Return the ids of a branch and everything below it."""
    below: dict[UUID | None, list[UUID]] = {}
    for branch in all_branches:
        below.setdefault(branch.parent_id, []).append(branch.id)
    found: set[UUID] = set()
    waiting = [root_id]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting += below.get(current, [])
    return found


def ancestors(all_branches: Sequence[Branch], branch_id: UUID) -> list[UUID]:
    """Return the ids of a branch and of every node above it, nearest first."""
    return branchtree.upwards({branch.id: branch.parent_id for branch in all_branches}, branch_id)


def at_work(db: Read) -> tuple[ColumnElement[bool], ...]:
    """Return what a query says of the bank's own people at work: no stand-in from outside."""
    return (
        Staff.tenant_id == bank_id(db),
        Staff.state == "active",
        Staff.operator_id.is_(None),
    )


async def employees(
    db: Read, *, branch_ids: set[UUID] | None = None, after: str = "", limit: int = 100
) -> Sequence[Staff]:
    """Return the bank's own active people by staff number, after `after`, of some branches."""
    query = select(Staff).where(*at_work(db), Staff.staff_no > after)
    if branch_ids is not None:
        query = query.where(Staff.branch_id.in_(branch_ids))
    rows = await db.scalars(query.order_by(Staff.staff_no).limit(limit))
    return rows.all()


async def visible_staff_ids(db: Read, viewer: Staff) -> set[UUID] | None:
    """Return whose data `viewer` may see: None for the whole bank, else a set of staff ids."""
    reach = access.scope(viewer.roles)
    if reach == "bank":
        return None
    if reach == "own":
        return {viewer.id}
    inside = subtree(await branches(db), viewer.branch_id)
    rows = await db.scalars(
        select(Staff.id).where(Staff.tenant_id == bank_id(db), Staff.branch_id.in_(inside))
    )
    return set(rows.all())


async def staff_of_branches(db: Read, branch_ids: set[UUID]) -> set[UUID]:
    """Return the ids of everybody in the given branches, those who left included."""
    rows = await db.scalars(
        select(Staff.id).where(Staff.tenant_id == bank_id(db), Staff.branch_id.in_(branch_ids))
    )
    return set(rows.all())


async def long_job(db: Read, job_id: UUID, *, lock: bool = False) -> LongJob:
    """Return a long job; raises NotFound. With `lock`, nobody else changes it meanwhile."""
    found = await db.get(LongJob, (bank_id(db), job_id), with_for_update=lock or None)
    if found is None:
        raise NotFound("没有找到这个后台任务")
    return found


async def long_jobs(db: Read, kind: str, *, limit: int = 20) -> Sequence[LongJob]:
    """Return the newest long jobs of a kind."""
    rows = await db.scalars(
        select(LongJob)
        .where(LongJob.tenant_id == bank_id(db), LongJob.kind == kind)
        .order_by(LongJob.created_at.desc())
        .limit(limit)
    )
    return rows.all()


async def free_job(db: Read, job_id: UUID, kind: str) -> LongJob | None:
    """Return a locked long job that may be taken; None: ended, held, of another kind."""
    job = await long_job(db, job_id, lock=True)
    is_held = job.lease_until is not None and job.lease_until > await clock(db)
    return None if job.kind != kind or job.state not in ("queued", "running") or is_held else job


async def idle_jobs(
    db: Platform, kind: str, *, also: ColumnElement[bool] | None = None
) -> list[tuple[UUID, dict[str, str]]]:
    """Return long jobs of all banks that nobody works on, for a sweep; `also` adds ended ones."""
    is_free = or_(LongJob.lease_until.is_(None), LongJob.lease_until <= func.clock_timestamp())
    is_open = and_(LongJob.state.in_(("queued", "running")), is_free)
    rows = await db.execute(
        select(LongJob.tenant_id, LongJob.id)
        .where(LongJob.kind == kind, is_open if also is None else or_(is_open, also))
        .limit(20)
    )
    return [(row[0], {"job_id": str(row[1])}) for row in rows]
