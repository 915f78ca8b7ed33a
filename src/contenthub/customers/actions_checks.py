"""Writes of the check of the audience index: asked for, taken up, written down."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from contenthub.customers.bitmaps import Key
from contenthub.customers.models_checks import AudienceCheck
from contenthub.db import Write
from contenthub.queue import enqueue
from contenthub.tenants import actions as tenants
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id

JOB = "customers.check_audience"
KEPT = 50
"""Wrong keys that are written down; all of them are counted."""


async def ask(db: Write, *, mend: bool, by: Staff, at: datetime) -> AudienceCheck:
    """Have the index compared with the customers now, and put right if asked."""
    check = await _locked(db)
    # Who asks to mend while a check waits gets what he asked for, not the other way round.
    check.wanted = "mend" if mend or check.wanted == "mend" else "check"
    check.wanted_by, check.begun_at = by.id, None
    await db.flush()
    tenant = bank_id(db)
    if mend:
        tenants.record(db, "audience.mend_asked", "bank", tenant, by=by, at=at)
    else:
        tenants.record(db, "audience.check_asked", "bank", tenant, by=by, at=at)
    enqueue(db, JOB)
    return check


async def take_up(db: Write, *, at: datetime) -> bool:
    """Note that a worker is at it; return whether the index is to be put right as well."""
    check = await _locked(db)
    check.begun_at = at
    await db.flush()
    return check.wanted == "mend"


async def write_down(
    db: Write, wrong: Mapping[Key, tuple[int, int]], *, mended: int | None, at: datetime
) -> AudienceCheck:
    """Keep what a check found at its end.

    `mended` keys were put right before that; None when nobody had asked for it.
    """
    check = await _locked(db)
    # To mend may have been asked for meanwhile: that is still to be done.
    if mended is not None or check.wanted == "check" or not wrong:
        check.wanted, check.wanted_by = "", None
    check.checked_at, check.begun_at = at, None
    check.wrong_count = len(wrong)
    check.wrong = [
        {"dim": dim, "key": key, "lacks": lacks, "extra": extra}
        for (dim, key), (lacks, extra) in list(wrong.items())[:KEPT]
    ]
    if mended:
        check.mended_at, check.mended_count = at, mended
    await db.flush()
    facts = {"wrong": len(wrong), "mended": mended or 0}
    if wrong:
        tenants.record(db, "audience.differed", "bank", bank_id(db), by=None, at=at, **facts)
    else:
        tenants.record(db, "audience.checked", "bank", bank_id(db), by=None, at=at, **facts)
    return check


async def _locked(db: Write) -> AudienceCheck:
    tenant = bank_id(db)
    found = await db.scalar(
        select(AudienceCheck).where(AudienceCheck.tenant_id == tenant).with_for_update()
    )
    if found is None:
        found = AudienceCheck(tenant_id=tenant, wanted="", wrong=[])
        db.add(found)
        await db.flush()
    return found
