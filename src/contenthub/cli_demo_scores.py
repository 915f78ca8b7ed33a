"""The demo bank's need scores: rules of two topics at work, and one being written."""

from contenthub.cli_demo_people import Scene
from contenthub.customers import actions_scores, jobs_scores
from contenthub.customers.actions_scores import ScoreDraft, TopicDraft
from contenthub.scheduler import jobs_needs

_RULES = (
    (ScoreDraft("loan", "看贷款内容", "viewed", 12, half_life_days=14, at_most=36), True),
    (ScoreDraft("loan", "问贷款留了号", "left", 40, half_life_days=30), True),
    (ScoreDraft("loan", "是商户", "match", 25, "merchant()"), True),
    (ScoreDraft("deposit", "看存款内容", "viewed", 10, half_life_days=14, at_most=30), True),
    (ScoreDraft("deposit", "存款快到期", "match", 45, "存款到期 within 30天"), True),
    (ScoreDraft("deposit", "资产 20 万以上", "match", 20, "aum >= 200000"), True),
    (ScoreDraft("deposit", "60 岁以上", "match", 10, "age >= 60"), False),
)
"""(the rule, whether it is at work)"""


async def add_scores(scene: Scene) -> None:
    """Add the rules as a marketer writes them, and let those at work run once."""
    by, at = scene["marketing"], scene.ago(days=1)
    async with scene.house.database.unit_of_work(scene.tenant) as db:
        for draft, is_on in _RULES:
            rule = await actions_scores.create_rule(db, draft, by=by, at=at)
            if is_on:
                await actions_scores.switch_on(db, rule.id, by=by, at=at)
        for topic, threshold in (("loan", 50), ("deposit", 55)):
            settings = TopicDraft(100, threshold, hands_over=topic == "loan")
            await actions_scores.change_topic(db, topic, settings, by=by, at=at)
    await jobs_scores.run_scores(scene.house.database, scene.tenant)
    await jobs_needs.hand_over_needs(scene.house.database, scene.tenant)
