"""Reads of who decides in whose place while a reviewer is on leave."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, select

from contenthub.db import Read
from contenthub.errors import NotFound
from contenthub.library.models_reviews import ReviewDelegation
from contenthub.tenants import access
from contenthub.tenants.models import Staff
from contenthub.tenants.sealing import bank_id

_HISTORY = 100


async def deputising(db: Read, to_id: UUID, *, at: datetime) -> Sequence[Staff]:
    """Return the people on leave in whose place somebody decides at `at`."""
    rows = await db.scalars(
        select(Staff)
        .join(
            ReviewDelegation,
            and_(
                ReviewDelegation.tenant_id == Staff.tenant_id,
                ReviewDelegation.from_id == Staff.id,
            ),
        )
        .where(
            Staff.tenant_id == bank_id(db),
            Staff.state.in_(("active", "leave")),
            ReviewDelegation.to_id == to_id,
            ReviewDelegation.starts_at <= at,
            ReviewDelegation.ends_at > at,
            ReviewDelegation.ended_at.is_(None),
        )
        .order_by(ReviewDelegation.starts_at)
    )
    return rows.all()


async def delegation(db: Read, delegation_id: UUID, *, lock: bool = False) -> ReviewDelegation:
    """Return one delegation; raises NotFound."""
    found = await db.get(
        ReviewDelegation, (bank_id(db), delegation_id), with_for_update=lock or None
    )
    if found is None:
        raise NotFound("没有找到这条代审安排")
    return found


async def overlapping(db: Read, starts_at: datetime, ends_at: datetime) -> list[ReviewDelegation]:
    """Return the delegations that stand at some time of a period."""
    rows = await db.scalars(
        select(ReviewDelegation).where(
            ReviewDelegation.tenant_id == bank_id(db),
            ReviewDelegation.ended_at.is_(None),
            ReviewDelegation.starts_at < ends_at,
            ReviewDelegation.ends_at > starts_at,
        )
    )
    return list(rows)


async def delegations(db: Read, *, of: UUID | None = None) -> Sequence[ReviewDelegation]:
    """Return the newest delegations, all or those from or to one person."""
    query = select(ReviewDelegation).where(ReviewDelegation.tenant_id == bank_id(db))
    if of is not None:
        query = query.where((ReviewDelegation.from_id == of) | (ReviewDelegation.to_id == of))
    rows = await db.scalars(query.order_by(ReviewDelegation.id.desc()).limit(_HISTORY))
    return rows.all()


async def reviewers(db: Read) -> list[Staff]:
    """Return the people at work who may decide reviews, by name."""
    rows = await db.scalars(
        select(Staff)
        .where(
            Staff.tenant_id == bank_id(db),
            Staff.state == "active",
            Staff.roles.overlap([r for r in access.ROLES if access.may([r], "reviews.decide")]),
        )
        .order_by(Staff.name)
    )
    return list(rows)
