"""Writes of visits that were recorded elsewhere: a bank's history, carried over."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text

from contenthub.db import Write
from contenthub.sharing.inbox import Seen, pack


async def hand_in(db: Write, batch: Sequence[Seen], *, received_at: datetime) -> None:
    """Put visits into the inbox as if they had come in by `received_at`; the drain counts them.

    A batch whose visits are older than a page's token (25 hours) at that moment is set aside
    by the drain, so a longer history is handed in day by day.
    """
    await db.execute(
        text("insert into visit_inbox (packed, received_at) values (:packed, :at)"),
        {"packed": pack(list(batch)), "at": received_at},
    )
