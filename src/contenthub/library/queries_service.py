"""Reads of what serves: approved content that helps and offers nothing, to balance what sells."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, exists, or_, select

from contenthub.db import Read
from contenthub.library import mix
from contenthub.library.kinds import SHARED_KINDS
from contenthub.library.models import Item
from contenthub.library.models_rules import RuleFinding
from contenthub.tenants.sealing import bank_id
from contenthub.tenants.topics import TOPICS


async def service_items(db: Read, *, at: datetime, limit: int = 3) -> Sequence[Item]:
    """Return published service content that customers may be sent, longest not shared first.

    What a rule of today stops is not among it.
    """
    serves = [
        and_(Item.kind == kind, Item.topic.in_(sorted(set(TOPICS) - mix.SELLS[kind])))
        for kind in SHARED_KINDS
        if set(TOPICS) - mix.SELLS[kind]
    ]
    is_stopped = exists().where(
        RuleFinding.tenant_id == Item.tenant_id, RuleFinding.revision_id == Item.live_revision_id
    )
    rows = await db.scalars(
        select(Item)
        .where(
            Item.tenant_id == bank_id(db),
            Item.state == "live",
            or_(Item.live_until.is_(None), Item.live_until > at),
            or_(*serves),
            ~is_stopped,
        )
        .order_by(Item.shared_on.asc().nulls_first(), Item.updated_at.desc(), Item.id)
        .limit(limit)
    )
    return rows.all()
