"""Reads of the platform: every bank, operators, visits. Platform role only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, text
from sqlalchemy.orm import aliased

from contenthub.db import Platform
from contenthub.errors import NotFound
from contenthub.tenants import bankbrand
from contenthub.tenants.models import Bank
from contenthub.tenants.models_security import BankErasure, Operator, PlatformEntry
from contenthub.tenants.queries_banks import STORED


@dataclass(frozen=True, slots=True)
class BankLine:
    """One bank in the operators' list: sums, never a customer."""

    id: UUID
    slug: str
    name: str
    state: str
    state_reason: str
    delete_after_at: datetime | None
    parent_slug: str
    staff: int
    customers: int
    storage_bytes: int
    last_active_at: datetime | None
    quotas: dict[str, Any]


async def resting(db: Platform) -> frozenset[UUID]:
    """Return the banks for which no ordinary work is done now."""
    rows = await db.scalars(select(Bank.id).where(Bank.state != "active"))
    return frozenset(rows)


# The newest audit entry by primary key: ids are ordered by time, so this is one look per bank.
_LINES = f"""
select b.id, b.slug, b.name, b.state, b.state_reason, b.delete_after_at,
  coalesce(p.slug, '') as parent_slug, b.quotas,
  (select count(*) from staff s where s.tenant_id = b.id and s.operator_id is null
     and s.state in ('active', 'leave')) as staff,
  (select count(*) from customers c where c.tenant_id = b.id) as customers,
  ({STORED}) as storage_bytes,
  (select e.at from audit_entries e where e.tenant_id = b.id order by e.id desc limit 1)
    as last_active_at
from banks b left join banks p on p.id = b.parent_id
where (cast(:slug as text) = '' or b.slug = :slug) order by b.slug
"""  # noqa: S608  # our own words


async def bank_lines(db: Platform, slug: str = "") -> list[BankLine]:
    """Return every bank with its use, by slug; or the one with this slug."""
    rows = await db.execute(text(_LINES), {"slug": slug})
    return [BankLine(**row._mapping) for row in rows]


async def bank_line(db: Platform, slug: str) -> BankLine:
    """Return one bank with its use; raises NotFound."""
    found = await bank_lines(db, slug.strip().lower() or "-")
    if not found:
        raise NotFound(f"没有简码为 {slug[:40]} 的银行")
    return found[0]


async def entries(db: Platform, *, limit: int = 100, slug: str = "") -> Sequence[PlatformEntry]:
    """Return the newest things operators did, of one bank or of all."""
    query = select(PlatformEntry).order_by(PlatformEntry.id.desc()).limit(limit)
    rows = await db.scalars(query.where(PlatformEntry.bank_slug == slug) if slug else query)
    return rows.all()


@dataclass(frozen=True, slots=True)
class DomainClaim:
    """A domain that a bank says is its own, and the DNS record that would prove it."""

    slug: str
    name: str
    domain: str
    claimed_at: datetime
    replaces: str
    """The bank's confirmed domain by now; empty: none."""
    holder: str
    """The slug of another bank that has this domain already; empty: none."""
    proof: tuple[str, str]


async def domain_claims(db: Platform) -> list[DomainClaim]:
    """Return the claims that wait for an operator, longest waiting first."""
    held = aliased(Bank)
    rows = await db.execute(
        select(
            Bank.id,
            Bank.slug,
            Bank.name,
            Bank.domain,
            func.coalesce(Bank.domain_claimed, "").label("claimed"),
            func.coalesce(Bank.domain_claimed_at, Bank.created_at).label("claimed_at"),
            func.coalesce(held.slug, "").label("holder"),
        )
        .outerjoin(held, (held.domain == Bank.domain_claimed) & (held.id != Bank.id))
        .where(Bank.domain_claimed.is_not(None), Bank.state != "deleted")
        .order_by(Bank.domain_claimed_at, Bank.slug)
    )
    return [
        DomainClaim(
            row.slug,
            row.name,
            row.claimed,
            row.claimed_at,
            row.domain or "",
            row.holder,
            bankbrand.proof_of_domain(row.id, row.claimed),
        )
        for row in rows
    ]


async def operator_by_login(db: Platform, login: str) -> Operator | None:
    """Return the operator with this log-in, or None."""
    return await db.scalar(select(Operator).where(Operator.login == login))


async def operator(db: Platform, operator_id: UUID, *, lock: bool = False) -> Operator:
    """Return an operator; raises NotFound. With `lock`, as it is now, and it stays so."""
    found = await db.get(
        Operator, operator_id, with_for_update=lock or None, populate_existing=lock
    )
    if found is None:
        raise NotFound("没有找到这位平台人员")
    return found


async def operators(db: Platform) -> Sequence[Operator]:
    """Return every operator, by log-in."""
    return (await db.scalars(select(Operator).order_by(Operator.login))).all()


async def erasures(db: Platform) -> Sequence[BankErasure]:
    """Return the proofs of deletion, the newest request first."""
    query = select(BankErasure).order_by(BankErasure.requested_at.desc())
    return (await db.scalars(query)).all()


async def unmeasured(db: Platform, *, before: datetime, limit: int) -> Sequence[UUID]:
    """Return banks whose store was not measured since `before`, the longest ago first."""
    query = select(Bank.id).where(
        Bank.state == "active", or_(Bank.stored_at.is_(None), Bank.stored_at < before)
    )
    order = Bank.stored_at.asc().nulls_first()
    return (await db.scalars(query.order_by(order).limit(limit))).all()
