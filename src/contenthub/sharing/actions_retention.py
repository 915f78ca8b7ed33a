"""Forgetting single visits after the months a bank keeps them; sums by day stay."""

from datetime import datetime

from sqlalchemy import text

from contenthub.db import Write
from contenthub.tenants import queries as tenants_queries
from contenthub.tenants.banksettings import effective
from contenthub.tenants.sealing import bank_id

BATCH = 5000
_FORGET = """
delete from visits v using (
  select tenant_id, at, id, kind from visits
  where tenant_id = :t and at < cast(:at as timestamptz) - make_interval(months => :months)
  limit :n
) old
where v.tenant_id = old.tenant_id and v.at = old.at and v.id = old.id and v.kind = old.kind
"""


async def forget_visits(db: Write, *, at: datetime) -> int:
    """Delete up to BATCH visits older than the bank keeps them; return how many."""
    bank = await tenants_queries.bank(db)
    months = int(effective(bank.settings)["visits_keep_months"])
    done = await db.execute(
        text(_FORGET), {"t": bank_id(db), "at": at, "months": months, "n": BATCH}
    )
    return int(getattr(done, "rowcount", 0))
