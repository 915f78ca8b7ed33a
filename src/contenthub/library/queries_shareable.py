"""Reads of what employees may share now: live items inside their window, found by topic or word."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select

from contenthub.db import Read
from contenthub.library import disclosing
from contenthub.library.kinds import SHARED_KINDS
from contenthub.library.models import Item, Revision
from contenthub.library.queries_words import has_words
from contenthub.tenants.models import Bank
from contenthub.tenants.sealing import bank_id


def _current(at: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        Revision.state == "live",
        or_(Revision.valid_from.is_(None), Revision.valid_from <= at),
        or_(Revision.valid_until.is_(None), Revision.valid_until > at),
    )


_BY_LIVE = and_(Revision.tenant_id == Item.tenant_id, Revision.id == Item.live_revision_id)


async def shareable(
    db: Read, *, topic: str = "", q: str = "", at: datetime, limit: int = 40
) -> Sequence[tuple[Item, Revision]]:
    """Return live items with their live revision, latest change first."""
    query = (
        select(Item, Revision)
        .join(Revision, _BY_LIVE)
        .where(Item.tenant_id == bank_id(db), Item.kind.in_(SHARED_KINDS), *_current(at))
    )
    if topic:
        query = query.where(Item.topic == topic)
    query = query.where(*has_words(q, live_only=True))
    rows = await db.execute(query.order_by(Item.updated_at.desc(), Item.id.desc()).limit(limit))
    return [(row[0], row[1]) for row in rows]


async def shareable_topics(db: Read, *, at: datetime) -> dict[str, int]:
    """Return how many live items there are per topic."""
    rows = await db.execute(
        select(Item.topic, func.count())
        .join(Revision, _BY_LIVE)
        .where(Item.tenant_id == bank_id(db), Item.kind.in_(SHARED_KINDS), *_current(at))
        .group_by(Item.topic)
    )
    return {row[0]: int(row[1]) for row in rows}


async def scripts(db: Read, topic: str, *, at: datetime, limit: int = 10) -> list[str]:
    """Return the texts of the live scripts 话术 of a topic, the newest first."""
    found = await script_items(db, topic=topic, at=at, limit=limit)
    return [str(revision.fields["text"]) for _, revision in found if revision.fields.get("text")]


async def script_items(
    db: Read, *, topic: str = "", q: str = "", at: datetime, limit: int = 40
) -> Sequence[tuple[Item, Revision]]:
    """Return live scripts 话术 with their live wording, the newest first."""
    query = (
        select(Item, Revision)
        .join(Revision, _BY_LIVE)
        .where(Item.tenant_id == bank_id(db), Item.kind == "script", *_current(at))
    )
    if topic:
        query = query.where(Item.topic == topic)
    query = query.where(*has_words(q, live_only=True))
    rows = await db.execute(query.order_by(Item.updated_at.desc(), Item.id.desc()).limit(limit))
    return [(row[0], row[1]) for row in rows]


def foot_of(bank: Bank, item: Item, revision: Revision) -> str:
    """Return the mandatory lines that end every message which carries this wording."""
    return disclosing.message_foot(
        revision.kind,
        revision.topic,
        bank_name=bank.full_name or bank.name,
        hotline=bank.hotline,
        code=item.code,
        no=revision.no,
    )
