"""The demo bank's clubs: one open with its members and what they get, one being prepared."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from contenthub.cli_demo_content import RIGHT, Shelf, approve_item
from contenthub.cli_demo_people import Scene
from contenthub.customers import actions_clubs, jobs_clubs, jobs_rules
from contenthub.customers.actions_clubs import ClubDraft
from contenthub.db import Write
from contenthub.library import actions as library
from contenthub.library import queries as library_queries
from contenthub.library.models import Item
from contenthub.sharing import actions_grants, jobs_grants, queries_grants

GOLDEN = "金色年华俱乐部"
_CLUBS = (
    ClubDraft(
        GOLDEN,
        "代发工资、年满 60 岁、资产 5 万元以上的客户；每月两份会员礼，优先参加线下活动",
        None,
        "代发工资 and 银发 and age >= 60 and aum >= 50000",
    ),
    ClubDraft("亲子俱乐部", "有孩子的家庭，周末活动优先报名", None, "亲子 and aum >= 20000"),
)
_RIGHTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("金色年华会员·每月洗车券", {}),
    (
        "金色年华会员·每月理发券",
        {
            "spec": "社区理发一次，不含染烫",
            "merchant": "清源便民理发店",
            "merchant_address": "城关镇文化路32号",
            "face_value_fen": 1500,
        },
    ),
)
"""(title, what differs from the bank's other right)"""
_ALL = {
    "summary": "会员每月一张",
    "for_whom": "金色年华俱乐部会员",
    "stock": 2000,
    "per_person": 12,
    "monthly_per_person": 1,
    "stop_rule": "当月份数发完即止",
}
_BODY = "<p>金色年华俱乐部会员每人每月一张，在网点登记领取，当月有效，当月份数发完即止。</p>"


async def open_clubs(scene: Scene, shelf: Shelf) -> None:
    """Found the clubs as a marketer does, open the first, and let its members get their rights."""
    by, at = scene["marketing"], scene.ago(days=1)
    async with scene.house.database.unit_of_work(scene.tenant) as db:
        made = [await actions_clubs.create_club(db, one, by=by, at=at) for one in _CLUBS]
        await actions_clubs.open_club(db, made[0].id, by=by, at=at)
        rights = [
            await actions_grants.add_right(
                db, made[0].id, await _right(db, scene, shelf, named=one), monthly=1, by=by, at=at
            )
            for one in _RIGHTS
        ]
    await jobs_rules.run_rules(scene.house.database, scene.tenant)
    await jobs_clubs.follow_clubs(scene.house.database, scene.tenant)
    await jobs_grants.grant_rights(scene.house.database, scene.tenant)
    await _hand_over(scene, rights[0].id)


async def _right(
    db: Write, scene: Scene, shelf: Shelf, *, named: tuple[str, dict[str, Any]]
) -> UUID:
    """Write a right of one's own for the members, and have it approved; return its id."""
    title, over = named
    like: Item = shelf.items[RIGHT]
    _, shown = await library_queries.live(db, like.id, at=scene.now)
    fields = {k: v for k, v in shown.fields.items() if k != "segment_rules"}
    draft = library.Draft(like.kind, like.topic, title, {**fields, **_ALL, **over}, _BODY)
    at = scene.ago(days=2)
    item, _ = await library.write_item(db, draft, by=scene["author"], at=at)
    await library.submit(db, item.id, by=scene["author"], at=at + timedelta(hours=1))
    return (await approve_item(db, scene, item, at + timedelta(hours=4))).id


async def _hand_over(scene: Scene, right_id: UUID) -> None:
    """Let the employee of the demo hand theirs to the first of their members."""
    employee = scene["employee1"]
    async with scene.house.database.unit_of_work(scene.tenant) as db:
        due = await queries_grants.due_of(
            db, right_id, owner_ids={employee.id}, at=scene.now, limit=1
        )
        for one in due:
            await actions_grants.hand_over(db, right_id, one.customer.id, by=employee, at=scene.now)
