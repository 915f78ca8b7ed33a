"""Reads of the poster templates of many items at once, for lists."""

from collections.abc import Collection, Set
from typing import NamedTuple, TypeAlias
from uuid import UUID

from sqlalchemy import Text, and_, cast, select

from contenthub.db import Read
from contenthub.library.models import Item
from contenthub.posters import figures, queries_wording, sizes
from contenthub.posters.models import PosterTemplate, TemplateRevision
from contenthub.tenants.sealing import bank_id

ByItem: TypeAlias = dict[UUID, list[PosterTemplate]]


class Standing(NamedTuple):
    """An item's usable templates, as whoever shares it is shown them."""

    sendable: list[PosterTemplate]
    paused: list[str]
    """Why a rule of today stops some, in the order of the alphabet."""
    others: int
    """How many are for print or a branch's screen."""


async def usable_of(db: Read, item_ids: Collection[UUID]) -> ByItem:
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
    found: ByItem = {}
    for template in rows:
        found.setdefault(template.item_id, []).append(template)
    return found


async def sendable_of(db: Read, item_ids: Collection[UUID]) -> ByItem:
    """Return `usable_of` without what is nothing to send.

    That is what is for print or a branch's screen, or says what a rule of today stops.
    """
    found = await usable_of(db, item_ids)
    handy = await _for_telephones(db, _revisions(found))
    stopped = await queries_wording.stopped_of(db, handy)
    return _only(found, handy - stopped.keys())


async def standing(db: Read, item_id: UUID) -> Standing:
    """Return which usable templates of an item may be sent, and what stands in the others' way."""
    usable = await usable_of(db, [item_id])
    revisions = _revisions(usable)
    stopped = await queries_wording.stopped_of(db, revisions)
    handy = await _for_telephones(db, revisions - stopped.keys())
    sendable = _only(usable, handy).get(item_id, [])
    others = len(revisions) - len(sendable) - len(stopped)
    return Standing(sendable, sorted(stopped.values()), others)


def _revisions(found: ByItem) -> set[UUID]:
    return {one.live_revision_id for each in found.values() for one in each if one.live_revision_id}


def _only(found: ByItem, revisions: Set[UUID]) -> ByItem:
    return {
        item_id: kept
        for item_id, each in found.items()
        if (kept := [one for one in each if one.live_revision_id in revisions])
    }


async def _for_telephones(db: Read, revision_ids: Collection[UUID]) -> set[UUID]:
    """Return those of some template revisions whose canvas is for telephones; no layers read."""
    if not revision_ids:
        return set()
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
