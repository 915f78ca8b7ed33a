"""Reads of the poster templates of many items at once, for lists."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Text, and_, cast, select

from contenthub.db import Read
from contenthub.library.models import Item
from contenthub.posters import figures, queries_wording, sizes
from contenthub.posters.models import PosterTemplate, TemplateRevision
from contenthub.tenants.sealing import bank_id


async def usable_of(db: Read, item_ids: Collection[UUID]) -> dict[UUID, list[PosterTemplate]]:
    """Return the live templates of live items by item, made for the revision that is live now.

    The caller has looked at the items' windows.
    """
    rows = await db.scalars(
        select(PosterTemplate)
        .join(
            TemplateRevision,
            and_(
                TemplateRevision.tenant_id == PosterTemplate.tenant_id,
                TemplateRevision.id == PosterTemplate.live_revision_id,
            ),
        )
        .join(
            Item,
            and_(Item.tenant_id == PosterTemplate.tenant_id, Item.id == PosterTemplate.item_id),
        )
        .where(
            PosterTemplate.tenant_id == bank_id(db),
            PosterTemplate.item_id.in_(item_ids),
            TemplateRevision.state == "live",
            TemplateRevision.item_revision_id == Item.live_revision_id,
            # A 战报 shows somebody's day and is no poster.
            ~cast(TemplateRevision.layers, Text).regexp_match(figures.PATTERN),
        )
        .order_by(PosterTemplate.updated_at.desc(), PosterTemplate.id.desc())
    )
    found: dict[UUID, list[PosterTemplate]] = {}
    for template in rows:
        found.setdefault(template.item_id, []).append(template)
    return found


async def handy_of(db: Read, item_ids: Collection[UUID]) -> dict[UUID, list[PosterTemplate]]:
    """Return `usable_of` without what is for print or a branch's screen: nothing to send."""
    found = await usable_of(db, item_ids)
    revisions = {one.live_revision_id for each in found.values() for one in each}
    handy = await _for_telephones(db, [each for each in revisions if each is not None])
    return {
        item_id: kept
        for item_id, each in found.items()
        if (kept := [one for one in each if one.live_revision_id in handy])
    }


async def sendable_of(db: Read, item_ids: Collection[UUID]) -> dict[UUID, list[PosterTemplate]]:
    """Return `handy_of` without those whose own words a rule of today stops."""
    found = await handy_of(db, item_ids)
    revisions = {one.live_revision_id for each in found.values() for one in each}
    stopped = await queries_wording.stopped_of(db, [each for each in revisions if each is not None])
    return {
        item_id: kept
        for item_id, each in found.items()
        if (kept := [one for one in each if one.live_revision_id not in stopped])
    }


async def _for_telephones(db: Read, revision_ids: Collection[UUID]) -> set[UUID]:
    """Return those of some template revisions whose canvas is for telephones; no layers read."""
    layers = TemplateRevision.layers
    rows = await db.execute(
        select(
            TemplateRevision.id,
            layers["width_px"].as_integer(),
            layers["height_px"].as_integer(),
            layers["dpi"].as_integer(),
        ).where(TemplateRevision.tenant_id == bank_id(db), TemplateRevision.id.in_(revision_ids))
    )
    return {row[0] for row in rows if sizes.is_for_telephones(row[1], row[2], dpi=row[3])}
