"""The demo banks' last month of pushes: who received what, so that the mix of content shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from pyroaring import BitMap
from sqlalchemy import insert, select

from contenthub.cli_demo_content import DEPOSIT, LOAN, RIGHT, Shelf
from contenthub.cli_demo_people import Scene
from contenthub.cli_demo_pushes import approved
from contenthub.customers import actions_audience, queries_audience, tagexpr
from contenthub.customers.models import Customer
from contenthub.db import Write
from contenthub.scheduler import queries
from contenthub.scheduler.actions import PushDraft
from contenthub.scheduler.models import Delivery, Occurrence
from contenthub.tenants import queries as tenants
from contenthub.tenants.sealing import bank_id

_LECTURE, _INTEREST = "金融知识进村：识别养老诈骗", "惠农贷的利息怎么算"
_NOT_CONFIRMED = 11
"""Every so-many-th customer's employee did not confirm in time."""


@dataclass(frozen=True, slots=True)
class _Past:
    """A push that is over: what went to whom, so many days ago at ten."""

    title: str
    item: str
    expr: str
    days: int


_PAST = (
    _Past("代发客户·存单推荐", DEPOSIT, "银发 and 代发工资", 26),
    _Past("代发客户·洗车权益", RIGHT, "银发 and 代发工资", 19),
    _Past("代发客户·存单到期承接", DEPOSIT, "银发 and 代发工资", 12),
    _Past("防骗课堂·代发客户", _LECTURE, "银发 and 代发工资", 8),
    _Past("种养大户·防骗提醒", _LECTURE, "种养大户 or 农机购置意向", 21),
    _Past("种养大户·惠农贷", LOAN, "种养大户 or 农机购置意向", 14),
    _Past("惠农贷利息怎么算·答疑", _INTEREST, "种养大户 or 农机购置意向", 9),
)


async def tell_pushes(scene: Scene, shelf: Shelf) -> int:
    """Let the pushes of the last month have been sent; return how many customers they reached."""
    reached = 0
    for past in _PAST:
        async with scene.house.database.unit_of_work(scene.tenant) as db:
            reached += await _tell(db, scene, shelf, past)
    return reached


async def _tell(db: Write, scene: Scene, shelf: Shelf, past: _Past) -> int:
    zone = ZoneInfo((await tenants.bank(db)).zone)
    day = scene.ago(days=past.days).astimezone(zone)
    fired_at = day.replace(hour=10, minute=0, second=0, microsecond=0)
    draft = PushDraft(
        title=past.title,
        item_id=shelf.items[past.item].id,
        expr=past.expr,
        schedule={"kind": "once", "at": fired_at.isoformat()},
    )
    push_id = await approved(db, scene, draft, fired_at - timedelta(hours=20))
    push = await queries.push(db, push_id, lock=True)
    who = await queries_audience.audience(
        db, tagexpr.parse(past.expr), topic=push.topic, at=fired_at
    )
    push.state, push.started_at = "finished", fired_at
    push.finished_at = push.updated_at = fired_at + timedelta(days=3)
    db.add(
        Occurrence(
            tenant_id=push.tenant_id,
            push_id=push.id,
            fire_at=fired_at,
            step=1,
            state="done",
            planned_at=fired_at,
            waterfall=who.waterfall(),
        )
    )
    await _deliver(db, push.id, who.reachable, at=fired_at)
    await actions_audience.touch(db, who.reachable, on=fired_at.date())
    return len(who.reachable)


async def _deliver(db: Write, push_id: UUID, numbers: BitMap, *, at: datetime) -> None:
    rows: Sequence[tuple[int, UUID | None]] = [
        (row[0], row[1])
        for row in await db.execute(
            select(Customer.no, Customer.owner_id)
            .where(Customer.tenant_id == bank_id(db), Customer.no.in_(list(numbers)))
            .order_by(Customer.no)
        )
    ]
    deliveries = []
    for place, (number, owner_id) in enumerate(rows):
        late = place % _NOT_CONFIRMED == _NOT_CONFIRMED - 1
        deliveries.append(
            {
                "tenant_id": bank_id(db),
                "push_id": push_id,
                "step": 1,
                "customer_no": number,
                "employee_id": owner_id,
                "state": "failed" if late else "delivered",
                "reason": "not_confirmed" if late else "",
                "updated_at": at + timedelta(hours=1, seconds=place),
            }
        )
    if deliveries:
        await db.execute(insert(Delivery), deliveries)
