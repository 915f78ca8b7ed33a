"""Writes of the backgrounds employees choose for their posters."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from contenthub.db import Write
from contenthub.posters import actions_published, choosing, queries
from contenthub.posters.models import TemplateRevision
from contenthub.posters.models_choices import PosterChoice
from contenthub.posters.queries_choices import chosen
from contenthub.tenants import actions as tenants
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id


async def choose(
    db: Write, template_id: UUID, background: int, *, by: Staff, at: datetime
) -> TemplateRevision:
    """Remember the background an employee's own poster of a live template has from now on.

    Their posters in pushes, batches, links and on the CDN follow it; 0 is the poster's own one.
    Returns the live revision.

    Raises:
        NotFound, NotLive; Invalid: the poster does not offer it (`background`).
    """
    template, revision = await queries.live_design(db, template_id, at=at)
    choosing.require_offered(background, choosing.stored_backgrounds(revision.layers))
    if background == await chosen(db, revision, by.id):
        return revision
    await _keep(db, revision, background, by=by, at=at)
    await actions_published.end_of(db, revision.id, by.id, at=at)
    tenants.record(
        db,
        "template.background_chosen",
        "template",
        template.id,
        by=by,
        at=at,
        background=background,
    )
    return revision


async def _keep(
    db: Write, revision: TemplateRevision, background: int, *, by: Staff, at: datetime
) -> None:
    table = PosterChoice
    row = {"tenant_id": bank_id(db), "template_id": revision.template_id, "employee_id": by.id}
    if not background:
        same = [getattr(table, name) == value for name, value in row.items()]
        await db.execute(delete(table).where(*same))
        return
    picture = choosing.stored_pictures(revision.layers)[background]
    facts = {"picture": picture, "chosen_at": at}
    statement = insert(table).values(**row, **facts)
    await db.execute(statement.on_conflict_do_update(index_elements=list(row), set_=facts))
