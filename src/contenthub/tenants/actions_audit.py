"""Sealing the audit trail."""

from datetime import datetime, timedelta

from sqlalchemy import update

from contenthub.db import Write
from contenthub.tenants import chain, queries_audit
from contenthub.tenants.models import AuditSeal
from contenthub.tenants.models_security import AuditCheck, AuditHead
from contenthub.tenants.sealing import bank_id, keyring

SEAL_AFTER = timedelta(seconds=60)
"""The oldest unsealed entry waits at most this long for its seal."""


async def record_check(
    db: Write, verdict: queries_audit.Verdict, *, since_no: int, at: datetime
) -> AuditCheck:
    """Write down what a check of the chain found; the next goes on where this one was well."""
    found = await queries_audit.last_check(db)
    if found is None:
        found = AuditCheck(tenant_id=bank_id(db), checked_at=at, full_at=at, seal_no=0, entries=0)
        db.add(found)
    is_full = since_no == 0
    found.entries = verdict.entries - verdict.unsealed + (0 if is_full else found.entries)
    found.checked_at, found.problems = at, list(verdict.problems)
    if is_full:
        found.full_at = at
    # What was found broken is read again each time, so that it stays on the page.
    found.seal_no = verdict.last_no if verdict.is_intact else 0
    await db.flush()
    return found


async def note_anchored(db: Write, no: int) -> None:
    """Write down that copies of all seals up to `no` lie in the object store."""
    await db.execute(
        update(AuditHead)
        .where(AuditHead.tenant_id == bank_id(db), AuditHead.anchored_no < no)
        .values(anchored_no=no)
    )


async def seal_audit(db: Write, *, at: datetime) -> AuditSeal | None:
    """Seal the settled entries since the last seal; return the seal, None if there are none.

    Two workers sealing at once make the same number: the second is refused as a Conflict.
    """
    before = await queries_audit.last_seal(db)
    until = await queries_audit.settled_before(db, at=at)
    entries = await queries_audit.entries_between(
        db,
        before.last_id if before else None,
        until=until,
        limit=queries_audit.SEAL_ENTRIES,
    )
    if not entries:
        return None
    digest, count = chain.link(bank_id(db), before.hash if before else b"", entries)
    seal = AuditSeal(
        tenant_id=bank_id(db),
        no=before.no + 1 if before else 1,
        last_id=entries[-1].id,
        entries=count,
        hash=digest + keyring(db).sign(bank_id(db), queries_audit.PURPOSE, digest),
        sealed_at=at,
    )
    db.add(seal)
    await db.flush()
    return seal
