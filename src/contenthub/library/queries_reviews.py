"""Reads of reviews: what waits, and what was decided of one thing before."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from contenthub.db import Read
from contenthub.library.models import Review, Revision
from contenthub.tenants.sealing import bank_id


async def reviews_of_all(db: Read, subject_ids: Collection[UUID]) -> Sequence[Review]:
    """Return the reviews of some revisions, newest first."""
    rows = await db.scalars(
        select(Review)
        .where(Review.tenant_id == bank_id(db), Review.subject_id.in_(subject_ids))
        .order_by(Review.id.desc())
    )
    return rows.all()


async def reviews_of_item(db: Read, of: Review) -> Sequence[Review]:
    """Return the decided reviews of the same thing, newest first: of every version of an item."""
    subjects: Any = [of.subject_id]
    if of.subject_kind == "revision":
        owner = select(Revision.item_id).where(
            Revision.tenant_id == bank_id(db), Revision.id == of.subject_id
        )
        subjects = select(Revision.id).where(
            Revision.tenant_id == bank_id(db), Revision.item_id == owner.scalar_subquery()
        )
    rows = await db.scalars(
        select(Review)
        .where(
            Review.tenant_id == bank_id(db),
            Review.subject_id.in_(subjects),
            Review.state.in_(("approved", "returned")),
        )
        .order_by(Review.id.desc())
        .limit(20)
    )
    return rows.all()


async def review_counts(db: Read) -> dict[str, int]:
    """Return how many reviews wait, per kind of subject."""
    rows = await db.execute(
        select(Review.subject_kind, func.count())
        .where(Review.tenant_id == bank_id(db), Review.state == "waiting")
        .group_by(Review.subject_kind)
    )
    return {row[0]: int(row[1]) for row in rows}
