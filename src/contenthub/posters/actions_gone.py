"""Writes that end posters whose content is gone, or was replaced by another wording."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from contenthub.db import Write
from contenthub.library import review
from contenthub.library.models import Item
from contenthub.posters import actions_published, queries
from contenthub.posters.models import PosterTemplate, TemplateRevision
from contenthub.tenants import actions as tenants
from contenthub.tenants.sealing import bank_id

_ENDS = {"recalled": "recall", "expired": "expire"}
_ON_THE_WAY = ("draft", "in_review", "returned")


async def retire_templates(db: Write, item: Item, *, at: datetime) -> int:
    """End the live posters of an item that is gone, or those of a wording it shows no more.

    Returns how many were ended. Harmless when run again.
    """
    action = _ENDS.get(item.state, "supersede")
    rows = await db.scalars(
        select(PosterTemplate)
        .where(
            PosterTemplate.tenant_id == bank_id(db),
            PosterTemplate.item_id == item.id,
            PosterTemplate.live_revision_id.is_not(None),
        )
        .order_by(PosterTemplate.id)
        .with_for_update()
    )
    ended = 0
    for template in rows.all():
        if await _retired(db, template, item, action, at=at):
            ended += 1
    return ended


async def _retired(
    db: Write, template: PosterTemplate, item: Item, action: str, *, at: datetime
) -> bool:
    if template.live_revision_id is None:
        return False
    shown = await queries.template_revision(db, template.live_revision_id, lock=True)
    if action == "supersede" and shown.item_revision_id == item.live_revision_id:
        return False
    await _end(db, template, shown, action, at=at)
    return True


async def end_template(db: Write, template_id: UUID, action: str, *, at: datetime) -> None:
    """End a template (`recall`, `expire`) whatever its item does; harmless where none is live."""
    template = await queries.template(db, template_id, lock=True)
    if template.live_revision_id is not None:
        shown = await queries.template_revision(db, template.live_revision_id, lock=True)
        await _end(db, template, shown, action, at=at)


async def _end(
    db: Write, template: PosterTemplate, shown: TemplateRevision, action: str, *, at: datetime
) -> None:
    shown.state = review.decide(shown.state, action, authors=shown.editors, actor_id=None)
    template.live_revision_id = None
    template.state, template.updated_at = shown.state, at
    if template.working_revision_id not in (None, shown.id):
        newest = await queries.shown_revision(db, template)
        template.state = newest.state if newest.state in _ON_THE_WAY else shown.state
    tenants.record(
        db, "template.ended", "template", template.id, by=None, at=at, why=shown.state, no=shown.no
    )
    await actions_published.look_again(db, at=at)
