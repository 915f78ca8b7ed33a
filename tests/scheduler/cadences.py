"""A cadence in use, and customers to be put on it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from tests.make import NOW, make_customer, make_live_item
from tests.personas import Side

from contenthub.db import Write
from contenthub.library import actions_reviews
from contenthub.library import queries as library
from contenthub.library.models import Item
from contenthub.scheduler import actions_cadences, actions_runs
from contenthub.scheduler.actions_cadences import CadenceDraft
from contenthub.scheduler.actions_runs import Start
from contenthub.scheduler.jobs import new_code
from contenthub.scheduler.models_cadences import Cadence, CadenceRun
from contenthub.scheduler.queries_runs import Wanted, Whom, runs

STEPS: list[dict[str, Any]] = [
    {"day_from": 0, "day_to": 0, "reason": "谢谢开户", "todo": "打个电话，问问用得顺不顺手"},
    {"day_from": 3, "day_to": 3, "reason": "看看需要什么", "todo": "介绍手机银行怎么查余额"},
    {"day_from": 7, "day_to": 10, "reason": "回访", "todo": "问问还有什么要办的"},
]


async def make_script(db: Write, side: Side) -> Item:
    """Add a live script that names the employee."""
    return await make_live_item(
        db,
        side.author,
        side.reviewer,
        kind="script",
        topic="deposit",
        title="开户后的问候",
        fields={"scene": "one_to_one", "text": "您好，我是{{ employee.name }}，有事随时找我。"},
    )


async def make_draft(db: Write, side: Side, **over: Any) -> Cadence:
    """Add a draft of three steps: day 0, day 3, day 7 to 10."""
    facts: dict[str, Any] = {"title": "新客户", "topic": "deposit", "steps": STEPS, **over}
    return await actions_cadences.write_cadence(db, CadenceDraft(**facts), by=side.author, at=NOW)


async def approve(db: Write, side: Side, cadence_id: UUID) -> Cadence:
    """Submit a draft and let the reviewer approve it."""
    await actions_cadences.submit(db, cadence_id, by=side.author, at=NOW)
    await db.flush()
    waiting = (await library.reviews_of(db, cadence_id))[0]
    taken = await actions_reviews.take_review(db, waiting.id, "approve", by=side.reviewer)
    return await actions_cadences.approve_cadence(db, taken, by=side.reviewer, at=NOW)


async def make_cadence(db: Write, side: Side, **over: Any) -> Cadence:
    """Add a cadence in use."""
    return await approve(db, side, (await make_draft(db, side, **over)).id)


async def make_run(
    db: Write, side: Side, found: Cadence, *, at: datetime = NOW, **over: Any
) -> CadenceRun:
    """Put a new customer of our employee on a cadence; the first step is handed out."""
    who = await make_customer(db, owner=over.pop("owner", side.employee), **over)
    await actions_runs.start_runs(db, found.id, Start(Whom([who.id])), by=side.employee, at=at)
    await actions_runs.hand_out(db, at=at, new_code=new_code)
    return (await runs(db, Wanted(customer_no=who.no)))[0].run


def day(number: int) -> datetime:
    """Return ten o'clock in Shanghai so many days after the start."""
    return NOW.astimezone(UTC) + timedelta(days=number)
