"""Reads of which stored bases (compile artefacts) are still somebody's."""

from sqlalchemy import select

from contenthub.db import Read
from contenthub.posters import queries_plans
from contenthub.posters.models import TemplateRevision
from contenthub.tenants.sealing import bank_id

IN_USE = ("in_review", "approved", "live")


async def kept_keys(db: Read) -> set[str]:
    """Return where the bases of all designs in use lie, as they are painted today."""
    rows = await db.scalars(
        select(TemplateRevision).where(
            TemplateRevision.tenant_id == bank_id(db), TemplateRevision.state.in_(IN_USE)
        )
    )
    found: set[str] = set()
    for revision in rows.all():
        for plan in await queries_plans.prepare_bases(db, revision):
            found |= {plan.base_key, plan.base_key.removesuffix(".bin") + "-png.bin"}
    return found
