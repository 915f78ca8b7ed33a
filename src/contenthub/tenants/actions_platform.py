"""Writes of the platform: banks opened, suspended, resumed, to be deleted; quotas, parents.

Each stands twice, in one transaction: in the platform's own entries, and in the trail of the
bank it was done to.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert

from contenthub.db import Platform, Write, new_id
from contenthub.errors import Conflict, Invalid, NotFound
from contenthub.tenants import bankstates, quotas, signals
from contenthub.tenants.actions import record
from contenthub.tenants.models import Bank, Staff
from contenthub.tenants.models_security import (
    BankErasure,
    MemberFigure,
    Operator,
    PlatformEntry,
)

COMMAND_LINE = "平台命令行"


def name_of(by: Operator | None) -> str:
    """Return what a bank reads of who did it: the operator, or the command line."""
    return f"平台运营 {by.name}" if by else COMMAND_LINE


def actor(by: Operator | None) -> Staff:
    """Return an operator in the shape an audit entry takes; it is no row of any bank."""
    return Staff(id=by.id if by else None, name=name_of(by), roles=[])


def inside(db: Platform, bank: UUID) -> Write:
    """Return the platform's session as one that writes into a bank's own audit trail."""
    db.info["tenant_id"] = bank
    return cast("Write", db)


def note(
    db: Platform, event: str, bank_slug: str, *, by: Operator | None, at: datetime, **detail: Any
) -> None:
    """Add one entry `noun.past` to what operators did."""
    db.add(
        PlatformEntry(
            id=new_id(),
            at=at,
            operator_id=by.id if by else None,
            operator_name=name_of(by),
            event=event,
            bank_slug=bank_slug,
            detail=detail,
        )
    )


def tell(
    db: Platform,
    event: str,
    bank: Bank,
    *,
    subject: tuple[str, UUID] | None = None,
    by: Operator | None,
    at: datetime,
    **detail: Any,
) -> None:
    """Say one event twice: in the platform's entries and in the bank's own trail.

    `subject` is what it was done to, (kind, id); left out: the bank itself.
    """
    note(db, event, bank.slug, by=by, at=at, **detail)
    kind, subject_id = subject or ("bank", bank.id)
    record(inside(db, bank.id), event, kind, subject_id, by=actor(by), at=at, **detail)


async def bank_by_slug(db: Platform, slug: str, *, lock: bool = False) -> Bank:
    """Return the bank with this slug in whatever state; raises NotFound."""
    query = select(Bank).where(Bank.slug == slug.strip().lower())
    found = await db.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound(f"没有简码为 {slug[:40]} 的银行")
    return found


async def _pages_changed(db: Platform, bank: Bank) -> None:
    """Let every web process forget what it keeps of a bank's pages, the moment this commits."""
    said = {"channel": signals.PAGES, "bank": str(bank.id)}
    await db.execute(text("select pg_notify(:channel, :bank)"), said)


async def suspend_bank(
    db: Platform, slug: str, *, reason: str, by: Operator | None, at: datetime
) -> Bank:
    """Let nobody of a bank in and send nothing for it, until it is resumed."""
    bank = await bank_by_slug(db, slug, lock=True)
    bank.state = bankstates.decide(bank.state, "suspend")
    bank.state_reason, bank.state_at = bankstates.checked_reason(reason), at
    tell(db, "bank.suspended", bank, by=by, at=at, reason=bank.state_reason)
    await _pages_changed(db, bank)
    return bank


async def resume_bank(db: Platform, slug: str, *, by: Operator | None, at: datetime) -> Bank:
    """Let a suspended bank work again; what became due meanwhile follows its misfire rule."""
    bank = await bank_by_slug(db, slug, lock=True)
    bank.state = bankstates.decide(bank.state, "resume")
    bank.state_reason, bank.state_at = "", at
    tell(db, "bank.resumed", bank, by=by, at=at)
    await _pages_changed(db, bank)
    return bank


async def request_deletion(
    db: Platform, slug: str, *, reason: str, by: Operator | None, at: datetime
) -> Bank:
    """Begin a bank's 30 days of grace; nobody gets in meanwhile, and it may be undone."""
    bank = await bank_by_slug(db, slug, lock=True)
    bank.state = bankstates.decide(bank.state, "request_deletion")
    bank.state_reason, bank.state_at = bankstates.checked_reason(reason), at
    bank.delete_after_at = at + bankstates.GRACE
    facts = {
        "slug": bank.slug,
        "name": bank.name,
        "requested_by": name_of(by),
        "reason": bank.state_reason,
        "requested_at": at,
        "erased_at": None,
        "proof": {},
    }
    await db.execute(
        insert(BankErasure)
        .values(bank_id=bank.id, **facts)
        .on_conflict_do_update(index_elements=["bank_id"], set_=facts)
    )
    tell(db, "bank.deletion_requested", bank, by=by, at=at, reason=bank.state_reason)
    await _pages_changed(db, bank)
    return bank


async def undo_deletion(db: Platform, slug: str, *, by: Operator | None, at: datetime) -> Bank:
    """Take a bank's deletion back within its grace."""
    bank = await bank_by_slug(db, slug, lock=True)
    bank.state = bankstates.decide(bank.state, "undo_deletion")
    bank.state_reason, bank.state_at, bank.delete_after_at = "", at, None
    tell(db, "bank.deletion_undone", bank, by=by, at=at)
    await _pages_changed(db, bank)
    return bank


async def end_grace(
    db: Platform, slug: str, *, i_know: bool, by: Operator | None, at: datetime
) -> Bank:
    """Let a bank that waits for its deletion be erased at once.

    Raises:
        Invalid: the caller did not say that they know; Conflict: it waits for no deletion.
    """
    bank = await bank_by_slug(db, slug, lock=True)
    if bank.state != "deleting":
        raise Conflict("请先申请删除这家银行，再提前清除")
    if not i_know:
        raise Invalid.of("--i-know", "提前清除后不能恢复；确认无误请加上 --i-know")
    bank.delete_after_at = at
    note(db, "bank.grace_ended", bank.slug, by=by, at=at)
    return bank


async def set_quotas(
    db: Platform, slug: str, said: Mapping[str, object], *, by: Operator | None, at: datetime
) -> Bank:
    """Set a bank's limits; one that is left empty holds its default. Raises Invalid."""
    bank = await bank_by_slug(db, slug, lock=True)
    before, after = quotas.limits(bank.quotas), quotas.checked(said)
    bank.quotas = after
    held = quotas.limits(after)
    old = {name: before[name] for name in held if held[name] != before[name]}
    if old:
        new = {name: held[name] for name in old}
        tell(db, "bank.quotas_changed", bank, by=by, at=at, before=old, after=new)
    return bank


async def set_parent(
    db: Platform, slug: str, parent_slug: str, *, by: Operator | None, at: datetime
) -> Bank:
    """Put a bank below a parent 省联社, or below none with an empty slug.

    Raises:
        Invalid: the parent is the bank itself, a member of another, or the bank has members.
    """
    bank = await bank_by_slug(db, slug, lock=True)
    parent = await bank_by_slug(db, parent_slug) if parent_slug.strip() else None
    if parent is not None:
        members = await db.scalar(select(Bank.id).where(Bank.parent_id == bank.id).limit(1))
        if parent.id == bank.id or parent.parent_id is not None or members is not None:
            raise Invalid.of(
                "parent", "上级只能是一家没有上级的银行；有成员行的银行自己不能再有上级"
            )
    bank.parent_id = parent.id if parent else None
    await db.execute(delete(MemberFigure).where(MemberFigure.member_id == bank.id))
    shown = parent.name if parent else ""
    tell(db, "bank.parent_changed", bank, by=by, at=at, parent=shown)
    return bank
