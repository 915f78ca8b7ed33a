"""Worker entries of the tenants room: sealing the audit trail."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from contenthub.db import Database, Platform, TenantId
from contenthub.queue import job, sweep
from contenthub.storage import Storage
from contenthub.tenants import actions_audit, anchors, chain


@job("tenants.seal_audit")
async def seal_audit(database: Database, tenant: TenantId, /, **_ids: Any) -> None:
    """Seal the bank's settled audit entries, then keep a copy of the seal outside."""
    async with database.unit_of_work(tenant) as db:
        seal = await actions_audit.seal_audit(db, at=datetime.now(UTC))
    if seal is not None:
        storage: Storage = database.resources["storage"]  # type: ignore[assignment]  # app.py puts it there
        await anchors.keep(storage, tenant, seal)


@sweep("tenants.seal_audit")
async def unsealed(db: Platform, now: datetime) -> list[tuple[UUID, dict[str, str]]]:
    """Return the banks whose oldest unsealed entry has waited long enough."""
    rows = await db.execute(
        # One look into two primary keys per bank; a join over all entries would grow for ever.
        text(
            "select b.id from banks b where exists (select 1 from audit_entries e "
            "where e.tenant_id = b.id and e.id < :until and e.id > coalesce((select s.last_id "
            "from audit_seals s where s.tenant_id = b.id order by s.no desc limit 1), :zero))"
        ),
        {
            "until": chain.earliest_id(now - actions_audit.SEAL_AFTER),
            "zero": UUID(int=0),
        },
    )
    return [(row[0], {}) for row in rows]
