"""Reads of how often visitors agreed by each version of what our pages say."""

from sqlalchemy import func, select, union_all

from contenthub.db import Read
from contenthub.sharing.models import Lead, Signup
from contenthub.tenants.sealing import bank_id


async def uses(db: Read) -> dict[str, int]:
    """Return how many leads and sign-ups were left by each version."""
    both = union_all(
        *(
            select(model.consent_version.label("version")).where(model.tenant_id == bank_id(db))
            for model in (Lead, Signup)
        )
    ).subquery()
    rows = await db.execute(select(both.c.version, func.count()).group_by(both.c.version))
    return {version: count for version, count in rows}
