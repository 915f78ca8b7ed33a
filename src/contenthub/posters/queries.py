"""Reads of poster templates and their revisions."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from contenthub.db import Read
from contenthub.errors import NotFound
from contenthub.library import queries as library
from contenthub.posters.models import PosterTemplate, TemplateRevision
from contenthub.tenants.sealing import bank_id


async def template(db: Read, template_id: UUID, *, lock: bool = False) -> PosterTemplate:
    """Return one poster template; raises NotFound."""
    found = await db.get(PosterTemplate, (bank_id(db), template_id), with_for_update=lock or None)
    if found is None:
        raise NotFound("没有找到这个海报模板")
    return found


async def templates(
    db: Read, *, state: str = "", item_id: UUID | None = None, limit: int = 100
) -> Sequence[PosterTemplate]:
    """Return templates, latest change first."""
    query = select(PosterTemplate).where(PosterTemplate.tenant_id == bank_id(db))
    if state:
        query = query.where(PosterTemplate.state == state)
    if item_id is not None:
        query = query.where(PosterTemplate.item_id == item_id)
    rows = await db.scalars(query.order_by(PosterTemplate.updated_at.desc()).limit(limit))
    return rows.all()


async def template_revision(db: Read, revision_id: UUID, *, lock: bool = False) -> TemplateRevision:
    """Return one template revision; raises NotFound."""
    found = await db.get(TemplateRevision, (bank_id(db), revision_id), with_for_update=lock or None)
    if found is None:
        raise NotFound("没有找到海报模板的这个版本")
    return found


async def live_template(db: Read, template_id: UUID, *, at: datetime) -> PosterTemplate:
    """Return a template that may be rendered now: itself live, and its item live and unchanged.

    Raises:
        NotFound, or NotLive naming what is missing.
    """
    found = await template(db, template_id)
    if found.live_revision_id is None:
        raise library.NotLive(f"海报“{found.title}”还没有审核通过的版本，不能使用")
    _, revision = await library.live(db, found.item_id, at=at)
    current = await template_revision(db, found.live_revision_id)
    if current.item_revision_id != revision.id:
        raise library.NotLive(
            f"海报“{found.title}”对应的内容已发布新版本，请重新提交海报审核后再使用"
        )
    return found


async def usable(db: Read, *, at: datetime) -> list[PosterTemplate]:
    """Return the templates employees may use now, latest change first."""
    found = []
    for each in await templates(db, state="live"):
        try:
            found.append(await live_template(db, each.id, at=at))
        except library.NotLive:
            continue
    return found
