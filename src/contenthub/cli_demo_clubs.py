"""The demo bank's clubs: one open with its members, one being prepared."""

from contenthub.cli_demo_people import Scene
from contenthub.customers import actions_clubs, jobs_clubs, jobs_rules
from contenthub.customers.actions_clubs import ClubDraft

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


async def open_clubs(scene: Scene) -> None:
    """Found the clubs as a marketer does, open the first, and let its members join."""
    by, at = scene["marketing"], scene.ago(days=1)
    async with scene.house.database.unit_of_work(scene.tenant) as db:
        made = [await actions_clubs.create_club(db, one, by=by, at=at) for one in _CLUBS]
        await actions_clubs.open_club(db, made[0].id, by=by, at=at)
    await jobs_rules.run_rules(scene.house.database, scene.tenant)
    await jobs_clubs.follow_clubs(scene.house.database, scene.tenant)
