"""Reads of remarks that wait for somebody: on what they wrote, and answers to their own.

The title and the author of what is remarked on stand in tables of the rooms above: plain SQL.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, and_, case, column, func, or_, select, table, true
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import ColumnElement

from contenthub.db import Read
from contenthub.library.models import Item
from contenthub.library.models_reviews import ReviewComment
from contenthub.tenants.sealing import bank_id

OWNERS = {
    "item": "items",
    "template": "poster_templates",
    "push": "pushes",
    "cadence": "cadences",
}
"""Kind of what is remarked on, and its table."""

_First, _Last = aliased(ReviewComment), aliased(ReviewComment)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An open thread in which somebody else spoke last."""

    first: ReviewComment
    last: ReviewComment
    title: str
    """What it is about is called so now."""
    is_mine: bool
    """Whether the reader began the thread, and was answered."""
    kind: str = ""
    topic: str = ""
    """Of an item; empty for the rest."""


def _of_owner(name: str) -> ColumnElement[object]:
    """Return a column of whatever `_First` is pinned to; only its own table is looked at."""
    rows = {
        kind: table(place, column("tenant_id"), column("id"), column(name))
        for kind, place in OWNERS.items()
    }
    return case(
        {
            kind: select(each.c[name])
            .where(each.c.tenant_id == _First.tenant_id, each.c.id == _First.owner_id)
            .scalar_subquery()
            for kind, each in rows.items()
        },
        value=_First.owner_kind,
    )


def _of_item(name: str) -> ColumnElement[str | None]:
    return (
        select(getattr(Item, name))
        .where(Item.tenant_id == _First.tenant_id, Item.id == _First.owner_id)
        .scalar_subquery()
    )


def _waiting(db: Read, staff_id: UUID) -> Select[ReviewComment, ReviewComment]:
    newest = (
        select(ReviewComment.id)
        .where(
            ReviewComment.tenant_id == _First.tenant_id,
            ReviewComment.owner_id == _First.owner_id,
            ReviewComment.thread_id == _First.id,
        )
        .order_by(ReviewComment.id.desc())
        .limit(1)
        .lateral()
    )
    return (
        select(_First, _Last)
        .select_from(_First)
        .join(newest, true())
        .join(_Last, and_(_Last.tenant_id == _First.tenant_id, _Last.id == newest.c.id))
        .where(
            _First.tenant_id == bank_id(db),
            _First.id == _First.thread_id,
            _First.resolved_at.is_(None),
            _Last.by_id != staff_id,
            or_(_First.by_id == staff_id, _of_owner("author_id") == staff_id),
        )
    )


async def waiting_count(db: Read, staff_id: UUID) -> int:
    """Return how many open threads wait for a person."""
    counted = select(func.count()).select_from(_waiting(db, staff_id).subquery())
    return (await db.execute(counted)).scalar_one()


async def waiting(
    db: Read, staff_id: UUID, *, before: UUID | None = None, limit: int = 50
) -> Sequence[Waiting]:
    """Return the open threads that wait for a person, newest word first.

    `before` is the id of the last word of the last thread seen.
    """
    query = _waiting(db, staff_id).add_columns(
        _of_owner("title").label("title"), _of_item("kind"), _of_item("topic")
    )
    if before is not None:
        query = query.where(_Last.id < before)
    rows = await db.execute(query.order_by(_Last.id.desc()).limit(limit))
    return [
        Waiting(first, last, title or "", first.by_id == staff_id, kind or "", topic or "")
        for first, last, title, kind, topic in rows
    ]


async def title_of(db: Read, of: ReviewComment) -> str:
    """Return what the owner of a remark is called now; empty when it is gone."""
    query = select(_of_owner("title")).where(_First.tenant_id == bank_id(db), _First.id == of.id)
    return str((await db.execute(query)).scalar_one() or "")
