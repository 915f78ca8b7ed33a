"""The demo banks' segments and pushes: one in each state that needs no passing of time."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from contenthub.cli_demo_content import DEPOSIT, LOAN, RIGHT, Shelf
from contenthub.cli_demo_people import Scene
from contenthub.customers import actions as customers
from contenthub.db import Write
from contenthub.library import actions_reviews
from contenthub.library import queries as library
from contenthub.scheduler import actions as scheduler
from contenthub.scheduler.actions import PushDraft
from contenthub.scheduler.models import Push
from contenthub.scheduler.schedule import Window
from contenthub.tenants import queries as tenants

SEGMENTS = (
    ("银发代发", "银发 and 代发工资"),
    ("银发代发·未拒绝理财", "(银发 and 代发工资) and not refused(理财) and aum >= 50000"),
    ("商户", "商户 and not refused(贷款)"),
    ("种养大户", "种养大户 or 农机购置意向"),
    ("亲子家庭", "亲子 and not 银发"),
    ("返乡务工", "外出务工 and not 新市民"),
)
_LECTURE = "金融知识进村：识别养老诈骗"
_SOON = timedelta(minutes=1)


async def plan_pushes(scene: Scene, shelf: Shelf) -> int:
    """Save segments and write the pushes; return how many pushes there are."""
    marketer = scene["marketing"]
    async with scene.house.database.unit_of_work(scene.tenant) as db:
        for place, (name, expr) in enumerate(SEGMENTS):
            at = scene.ago(days=20, hours=-place)
            await customers.save_segment(db, name, expr, by=marketer, at=at)
        await _draft(db, scene, shelf)
        await _waiting(db, scene, shelf)
        await _scheduled(db, scene, shelf)
        await _soon(db, scene, shelf)
    return 4


def _tomorrow(scene: Scene, hour: int, *, days: int = 1) -> dict[str, Any]:
    local = scene.now.astimezone(ZoneInfo("Asia/Shanghai")) + timedelta(days=days)
    return {"kind": "once", "at": local.strftime(f"%Y-%m-%dT{hour:02}:00")}


async def _draft(db: Write, scene: Scene, shelf: Shelf) -> Push:
    draft = PushDraft(
        title="种养大户·惠农贷秋收跟进",
        item_id=shelf.items[LOAN].id,
        template_id=shelf.templates[LOAN],
        expr="种养大户 and not refused(贷款)",
        schedule=_tomorrow(scene, 10, days=3),
    )
    return await scheduler.write_push(db, draft, by=scene["marketing"], at=scene.ago(hours=3))


async def _waiting(db: Write, scene: Scene, shelf: Shelf) -> None:
    draft = PushDraft(
        title="防骗讲座邀约·银发客户",
        item_id=shelf.items[_LECTURE].id,
        expr="银发",
        schedule=_tomorrow(scene, 15, days=2),
    )
    await _submitted(db, scene, draft, scene.ago(hours=2))


async def _scheduled(db: Write, scene: Scene, shelf: Shelf) -> None:
    draft = PushDraft(
        title="存款季·银发代发客户",
        item_id=shelf.items[DEPOSIT].id,
        template_id=shelf.templates[DEPOSIT],
        expr="(银发 and 代发工资) and not refused(理财) and aum >= 50000",
        schedule=_tomorrow(scene, 9),
    )
    await approved(db, scene, draft, scene.ago(hours=6))


async def _soon(db: Write, scene: Scene, shelf: Shelf) -> None:
    """Approve a small push for the next minutes, so that employees have tasks at once."""
    bank = await tenants.bank(db)
    opening = Window.of(bank.zone, bank.settings).next_opening(scene.now + _SOON)
    draft = PushDraft(
        title="银发权益·洗车券提醒",
        item_id=shelf.items[RIGHT].id,
        template_id=shelf.templates[RIGHT],
        expr="银发 and not 代发工资 and aum < 50000",
        schedule={"kind": "once", "at": opening.isoformat()},
    )
    await approved(db, scene, draft, scene.ago(hours=1))


async def _submitted(db: Write, scene: Scene, draft: PushDraft, at: datetime) -> UUID:
    marketer = scene["marketing"]
    push = await scheduler.write_push(db, draft, by=marketer, at=at)
    await db.flush()
    await scheduler.submit(db, push.id, by=marketer, at=at + timedelta(minutes=10))
    return push.id


async def approved(db: Write, scene: Scene, draft: PushDraft, at: datetime) -> UUID:
    """Write, submit and approve a push as of `at`; return its id."""
    push_id = await _submitted(db, scene, draft, at)
    waiting = (await library.reviews_of(db, push_id))[0]
    taken = await actions_reviews.take_review(db, waiting.id, "approve", by=scene["reviewer"])
    await scheduler.approve_push(db, taken, by=scene["reviewer"], at=at + timedelta(minutes=25))
    return push_id
