"""Reads of what refers to a product, and of the products that are gone."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import or_, select

from contenthub.db import Read
from contenthub.library import kinds, referring
from contenthub.library.lint import Hit
from contenthub.library.models import Item, Revision
from contenthub.tenants.sealing import bank_id
from contenthub.tenants.topics import TOPICS

FIELDS = tuple(
    sorted(
        {
            spec.name
            for kind in kinds.KINDS
            for topic in TOPICS
            for spec in kinds.fields_of(kind, topic)
            if spec.type == "item"
        }
    )
)
"""Every field that can name another item by its code."""
_GONE = ("recalled", "expired")


async def gone(db: Read, codes: Iterable[str]) -> dict[str, str]:
    """Return code -> title of the products among some codes that were live and are no more.

    One that never was live is still being written: whoever refers to it is early, not wrong.
    """
    wanted = set(codes)
    if not wanted:
        return {}
    rows = await db.execute(
        select(Item.code, Item.title).where(
            Item.tenant_id == bank_id(db),
            Item.code.in_(wanted),
            Item.kind == "product",
            Item.state.in_(_GONE),
            Item.live_revision_id.is_(None),
        )
    )
    return {code: title for code, title in rows}


async def hits_of(db: Read, revision: Revision) -> list[Hit]:
    """Return what is found in a wording because its products are gone."""
    named = referring.fields_named(revision.kind, revision.topic, revision.fields)
    found = await gone(db, (code for _, _, code in named))
    return referring.gone_hits(revision.kind, revision.topic, revision.fields, found)


async def referring_to(
    db: Read, code: str, *, states: Sequence[str], after: UUID | None, limit: int
) -> Sequence[Revision]:
    """Return revisions in some states that name an item by its code, by id."""
    query = select(Revision).where(
        Revision.tenant_id == bank_id(db),
        Revision.state.in_(states),
        or_(*(Revision.fields[name].astext == code for name in FIELDS)),
    )
    if after is not None:
        query = query.where(Revision.id > after)
    return (await db.scalars(query.order_by(Revision.id).limit(limit))).all()
