"""The demo banks' reviews in steps: one waits for 消保审查 with remarks, one is overdue."""

from datetime import timedelta
from typing import Any

from contenthub.cli_demo_content import KEPT
from contenthub.cli_demo_people import Scene, invite_late
from contenthub.cli_demo_roster import HEAD_CODE, Seat
from contenthub.db import Write
from contenthub.library import actions as library
from contenthub.library import (
    actions_comments,
    actions_deputies,
    actions_flows,
    actions_reviews,
    flows,
    queries,
)
from contenthub.library.actions import Draft
from contenthub.library.actions_deputies import Leave
from contenthub.library.models import Review
from contenthub.web.review_desk import place

COMPLIANCE = {1: "严明", 2: "沈正"}
_STEPS_BANK = 2
"""Whose products pass two steps; the other bank keeps one, as most try-outs want."""
_LATE = Draft(
    "faq",
    "life",
    "社保卡丢了怎么补办",
    {
        "question": "社保卡丢了怎么补办？",
        "answer": "带上身份证到任一网点挂失，当场申请补卡，新卡通常七个工作日可取。",
    },
)
_IN_STEPS = Draft(
    "product",
    "deposit",
    "新春压岁钱·亲子存单",
    {
        "summary": "给孩子的第一张存单，1,000 元起存",
        "rate": "1.95",
        "term": "三年",
        "minimum_fen": "1000",
        "early_withdrawal": "提前支取部分按支取日活期利率计息",
        "selling_points": ["1,000 元起存", "到期自动转存", "家长手机银行可查"],
    },
    "<p>到网点由监护人陪同办理，带上户口簿和双方身份证。存款依照《存款保险条例》受存款保险保障。</p>",
)


async def review_in_steps(scene: Scene) -> list[dict[str, Any]]:
    """Invite a compliance reviewer, let two steps begin in one bank; return the new log-in."""
    seat = Seat(
        "0990",
        COMPLIANCE[scene.bank.no],
        "male",
        "消保审查岗",
        f"1380000{scene.bank.no}990",
        HEAD_CODE,
        ("compliance_reviewer",),
        "compliance",
    )
    account = await invite_late(scene, seat)
    async with scene.house.database.unit_of_work(scene.tenant) as db:
        await _overdue(db, scene)
        if scene.bank.no == _STEPS_BANK:
            await _two_steps(db, scene)
        # The reviewer's annual leave, three weeks from now.
        leave = Leave(
            scene["reviewer"].id,
            scene["compliance"].id,
            scene.now + timedelta(days=21),
            scene.now + timedelta(days=26),
            "年休假",
        )
        await actions_deputies.name_deputy(db, leave, by=scene["reviewer"], at=scene.ago(hours=30))
    return [account]


async def _overdue(db: Write, scene: Scene) -> None:
    """Leave an answer in the queue for so long that its eight hours are over on any day.

    The longest holiday, Spring Festival with its weekends, is nine days.
    """
    author = scene["author"]
    item, _ = await library.write_item(db, _LATE, by=author, at=scene.ago(days=13))
    await library.submit(db, item.id, by=author, at=scene.ago(days=12, hours=22))


async def _two_steps(db: Write, scene: Scene) -> None:
    """Let a product pass its first step; the second reviewer remarks, the author answers."""
    author, first, second = scene["author"], scene["reviewer"], scene["compliance"]
    for kind in ("product", "activity"):
        steps = [step.as_dict() for step in flows.ADVISED]
        await actions_flows.set_flow(db, kind, steps, by=scene["admin"], at=scene.ago(days=9))
    at = scene.ago(hours=7)
    item, revision = await library.write_item(db, _IN_STEPS, by=author, at=at)
    await library.submit(db, item.id, by=author, at=at + timedelta(minutes=20))
    taken = await actions_reviews.take_review(
        db, (await _waiting(db, revision.id)).id, "approve", by=first
    )
    comment, hour_later = "利率已核对牌价，同意", at + timedelta(hours=1)
    await library.approve_revision(db, taken, comment=comment, kept=KEPT, by=first, at=hour_later)
    await db.flush()
    pin = await place(db, await _waiting(db, revision.id), "fields.summary")
    remark = await actions_comments.remark(
        db, pin, "请写明由监护人代为办理，避免让未成年人单独到店", by=second, at=scene.ago(hours=3)
    )
    await db.flush()
    await actions_comments.answer(
        db,
        remark.id,
        "正文里已写“由监护人陪同”，介绍里要不要也加？",
        by=author,
        at=scene.ago(hours=2),
    )


async def _waiting(db: Write, revision_id: Any) -> Review:
    found = await queries.waiting_review(db, revision_id)
    if found is None:
        raise ValueError("nothing of it waits for review")
    return found
