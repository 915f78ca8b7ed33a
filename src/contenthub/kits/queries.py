"""Reads of kits: a bank's own, what its parent publishes, what it took over itself."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import defer

from contenthub.db import Read
from contenthub.errors import NotFound
from contenthub.kits import wordings
from contenthub.kits.kitstates import NotAdopted
from contenthub.kits.models import (
    AdoptedPart,
    Kit,
    KitFigure,
    KitPart,
    KitRecall,
    KitVersion,
    KitVersionPart,
)
from contenthub.library.models import Item, Revision
from contenthub.posters.models import PosterTemplate
from contenthub.scheduler.models_cadences import Cadence
from contenthub.tenants import queries as tenants
from contenthub.tenants.sealing import bank_id

LIMIT = 200
ADOPTED_MOST = 5_000
"""What one bank has taken over, for its list: five times what all kits of a parent hold."""


@dataclass(frozen=True, slots=True)
class Adopted:
    """A part taken over, with the own item or template it became and what its source does now.

    `stand` is one of kitstates.ADOPTED; `newer` the source's wording that was not taken yet.
    """

    part: AdoptedPart
    code: str
    title: str
    state: str
    stand: str
    newer: KitVersionPart | None


async def kits(db: Read) -> Sequence[Kit]:
    """Return the bank's own kits, the latest change first."""
    rows = await db.scalars(
        select(Kit)
        .where(Kit.tenant_id == bank_id(db))
        .order_by(Kit.updated_at.desc(), Kit.id)
        .limit(LIMIT)
    )
    return rows.all()


async def own_kit(db: Read, kit_id: UUID, *, lock: bool = False) -> Kit:
    """Return one of the bank's own kits; raises NotFound."""
    found = await db.get(Kit, (bank_id(db), kit_id), with_for_update=lock or None)
    if found is None:
        raise NotFound("没有找到这个内容包")
    return found


async def has_kit(db: Read, kit_id: UUID) -> bool:
    """Return whether a kit is the bank's own."""
    return await db.get(Kit, (bank_id(db), kit_id)) is not None


async def parts(db: Read, kit_id: UUID) -> Sequence[KitPart]:
    """Return what an own kit holds the next time it is published, in order."""
    rows = await db.scalars(
        select(KitPart)
        .where(KitPart.tenant_id == bank_id(db), KitPart.kit_id == kit_id)
        .order_by(KitPart.position, KitPart.subject_id)
    )
    return rows.all()


async def versions(db: Read, kit_id: UUID) -> Sequence[KitVersion]:
    """Return an own kit's published versions, the newest first."""
    rows = await db.scalars(
        select(KitVersion)
        .where(KitVersion.tenant_id == bank_id(db), KitVersion.kit_id == kit_id)
        .order_by(KitVersion.no.desc())
    )
    return rows.all()


async def version_parts(db: Read, owner: UUID, kit_id: UUID, no: int) -> Sequence[KitVersionPart]:
    """Return the parts of a published version of this bank's or its parent's, in order."""
    rows = await db.scalars(
        select(KitVersionPart)
        .where(
            KitVersionPart.tenant_id == owner,
            KitVersionPart.kit_id == kit_id,
            KitVersionPart.no == no,
        )
        .order_by(KitVersionPart.position, KitVersionPart.subject_id)
    )
    return rows.all()


async def offered(db: Read) -> Sequence[KitVersion]:
    """Return the newest version of every kit that the bank's parent publishes, newest first."""
    parent = (await tenants.bank(db)).parent_id
    if parent is None:
        return []
    rows = await db.scalars(
        select(KitVersion)
        .where(KitVersion.tenant_id == parent, KitVersion.is_newest)
        .order_by(KitVersion.published_at.desc(), KitVersion.kit_id)
        .limit(LIMIT)
    )
    return rows.all()


async def offered_kit(db: Read, kit_id: UUID) -> KitVersion:
    """Return the newest version of a kit of the bank's parent; raises NotFound."""
    parent = (await tenants.bank(db)).parent_id
    found: KitVersion | None = None
    if parent is not None:
        mine = (KitVersion.tenant_id == parent, KitVersion.kit_id == kit_id)
        found = await db.scalar(select(KitVersion).where(*mine, KitVersion.is_newest))
    if found is None:
        raise NotFound("没有找到这个内容包，可能已被上级行收回")
    return found


async def recalled_since(db: Read, version: KitVersion) -> set[UUID]:
    """Return the parts of a version that its bank has recalled since it was published."""
    rows = await db.scalars(
        select(KitRecall.subject_id).where(
            KitRecall.tenant_id == version.tenant_id,
            KitRecall.recalled_at >= version.published_at,
        )
    )
    return set(rows.all())


async def recall(db: Read, recall_id: UUID) -> KitRecall | None:
    """Return a recall of the bank's parent, or None when there is no such."""
    parent = (await tenants.bank(db)).parent_id
    return None if parent is None else await db.get(KitRecall, (parent, recall_id))


async def adopted_by_key(db: Read, keys: Collection[str]) -> dict[str, AdoptedPart]:
    """Return source key -> what was taken over from there already."""
    rows = await db.scalars(
        select(AdoptedPart).where(
            AdoptedPart.tenant_id == bank_id(db), AdoptedPart.source_key.in_(keys)
        )
    )
    return {row.source_key: row for row in rows}


async def adopted_part(db: Read, subject_id: UUID, *, lock: bool = False) -> AdoptedPart:
    """Return the link of an own item or template to its source.

    Raises:
        NotFound: no such item or template; NotAdopted: it did not come from a kit.
    """
    found = await db.get(AdoptedPart, (bank_id(db), subject_id), with_for_update=lock or None)
    if found is not None:
        return found
    key = (bank_id(db), subject_id)
    if all([await db.get(model, key) is None for model in (Item, PosterTemplate, Cadence)]):
        raise NotFound("没有找到这条内容")
    raise NotAdopted()


async def link_of(db: Read, subject_id: UUID) -> AdoptedPart | None:
    """Return the link of an own item to its source, or None when it has none."""
    return await db.get(AdoptedPart, (bank_id(db), subject_id))


async def has_starter(db: Read) -> bool:
    """Return whether anything of the kit that ships was brought in."""
    mine = (AdoptedPart.tenant_id == bank_id(db), AdoptedPart.source_bank_id.is_(None))
    return bool(await db.scalar(select(exists().where(*mine))))


async def codes(db: Read) -> dict[str, str]:
    """Return the source's code -> this bank's code of every item taken over."""
    rows = await db.execute(
        select(AdoptedPart.source_code, Item.code)
        .join(
            Item, and_(Item.tenant_id == AdoptedPart.tenant_id, Item.id == AdoptedPart.subject_id)
        )
        .where(
            AdoptedPart.tenant_id == bank_id(db),
            Item.tenant_id == bank_id(db),
            AdoptedPart.source_code != "",
        )
    )
    return {row[0]: row[1] for row in rows}


async def _offered_now(
    db: Read, parent: UUID, subject_id: UUID | None
) -> dict[UUID, KitVersionPart]:
    """Return what the parent's kits hold now, by its source; of one thing taken over, or all."""
    part = KitVersionPart
    newest = (
        select(part)
        .join(
            KitVersion,
            and_(
                KitVersion.tenant_id == part.tenant_id,
                KitVersion.kit_id == part.kit_id,
                KitVersion.no == part.no,
            ),
        )
        .where(part.tenant_id == parent, KitVersion.is_newest)
        # In several kits: the wording that was published last wins below.
        .order_by(KitVersion.published_at, KitVersion.kit_id)
    )
    if subject_id is not None:
        source = select(AdoptedPart.source_id).where(
            AdoptedPart.tenant_id == bank_id(db), AdoptedPart.subject_id == subject_id
        )
        newest = newest.where(part.subject_id == source.scalar_subquery())
    else:
        newest = newest.options(defer(part.wording, raiseload=True))
    return {row.subject_id: row for row in await db.scalars(newest)}


async def adopted(
    db: Read, *, stand: str = "", subject_id: UUID | None = None, q: str = ""
) -> list[Adopted]:
    """Return what was taken over, the latest first; `stand` keeps those whose source stands so.

    The wordings on both sides are there for one `subject_id` only: a list does not read them.
    """
    parent = (await tenants.bank(db)).parent_id
    offered = await _offered_now(db, parent, subject_id) if parent else {}
    item, template, cadence = Item, PosterTemplate, Cadence
    query = (
        select(AdoptedPart, func.coalesce(item.code, template.code, cadence.code))
        .add_columns(func.coalesce(item.title, template.title, cadence.title))
        .add_columns(func.coalesce(item.state, template.state, cadence.state))
        .outerjoin(item, and_(item.tenant_id == bank_id(db), item.id == AdoptedPart.subject_id))
        .outerjoin(
            template,
            and_(template.tenant_id == bank_id(db), template.id == AdoptedPart.subject_id),
        )
        .outerjoin(
            cadence, and_(cadence.tenant_id == bank_id(db), cadence.id == AdoptedPart.subject_id)
        )
        .where(AdoptedPart.tenant_id == bank_id(db))
        .order_by(AdoptedPart.updated_at.desc(), AdoptedPart.subject_id)
        .limit(ADOPTED_MOST)
    )
    if subject_id is not None:
        query = query.where(AdoptedPart.subject_id == subject_id)
    else:
        query = query.options(defer(AdoptedPart.base, raiseload=True))
    if asked := q.strip():
        named = (item, template, cadence)
        titled = (one.title.icontains(asked, autoescape=True) for one in named)
        query = query.where(or_(*titled, item.code == asked))
    found = []
    for part, code, title, state in await db.execute(query):
        now = offered.get(part.source_id)
        one = Adopted(part, code, title, state, _stand(part, parent, now), _untaken(part, now))
        if stand in ("", one.stand):
            found.append(one)
    return found


def wording_of(revision: Revision) -> dict[str, Any]:
    """Return a revision's wording as JSON-safe data."""
    return wordings.wording(
        kind=revision.kind,
        topic=revision.topic,
        title=revision.title,
        fields=revision.fields,
        body=revision.body,
        cover=revision.cover_asset_id,
        valid_from=revision.valid_from,
        valid_until=revision.valid_until,
    )


def _stand(part: AdoptedPart, parent: UUID | None, now: KitVersionPart | None) -> str:
    if part.source_bank_id is None:
        return "starter"
    # A merge of the source's newer wording takes the reason away, and keeps the instant.
    if part.recall_reason and (now is None or now.hash == part.hash):
        return "recalled"
    if now is None or part.source_bank_id != parent:
        return "ended"
    if now.hash == part.hash:
        return "same"
    return "dismissed" if now.hash == part.dismissed_hash else "update"


def _untaken(part: AdoptedPart, now: KitVersionPart | None) -> KitVersionPart | None:
    return now if now is not None and now.hash != part.hash else None


async def figures(db: Read, kit_id: UUID) -> Sequence[KitFigure]:
    """Return what became of an own kit at the members, one row a part and member."""
    rows = await db.scalars(
        select(KitFigure)
        .where(KitFigure.tenant_id == bank_id(db), KitFigure.kit_id == kit_id)
        .order_by(KitFigure.member_name, KitFigure.subject_id)
    )
    return rows.all()


async def holdings(db: Read) -> tuple[list[Item], list[tuple[PosterTemplate, Item]]]:
    """Return what a kit may hold: live items, and live templates with their item."""
    rows = await db.scalars(
        select(Item)
        .where(Item.tenant_id == bank_id(db), Item.live_revision_id.is_not(None))
        .order_by(Item.kind, Item.title)
        .limit(1000)
    )
    pairs = await db.execute(
        select(PosterTemplate, Item)
        .join(Item, and_(Item.tenant_id == bank_id(db), Item.id == PosterTemplate.item_id))
        .where(
            PosterTemplate.tenant_id == bank_id(db),
            PosterTemplate.live_revision_id.is_not(None),
        )
        .order_by(PosterTemplate.title)
        .limit(300)
    )
    return list(rows), [(row[0], row[1]) for row in pairs]


async def cadence_holdings(db: Read) -> Sequence[Cadence]:
    """Return the cadences a kit may hold: those in use, by title."""
    rows = await db.scalars(
        select(Cadence)
        .where(Cadence.tenant_id == bank_id(db), Cadence.state == "in_use")
        .order_by(Cadence.title)
        .limit(LIMIT)
    )
    return rows.all()
