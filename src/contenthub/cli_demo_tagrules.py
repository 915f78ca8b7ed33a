"""The demo bank's tag rules: two at work, with the customers they found, and one being written."""

from contenthub.cli_demo_people import Scene
from contenthub.customers import actions_rules, actions_tags, jobs_rules
from contenthub.customers.actions_rules import RuleDraft
from contenthub.customers.actions_tags import GroupDraft, TagDraft

_GROUP = GroupDraft("由规则判断", "needs", "red")
_RULES = (
    ("主动咨询", "近 90 天留过手机号", "did(留资, 90天)", None, True),
    ("理财可谈", "资产 20 万以上、没拒绝理财", "aum >= 200000 and not refused(理财)", None, True),
    ("存款将到期", "30 天内存款到期", "存款到期 within 30天", None, True),
    ("临近退休", "55 到 59 岁", "age >= 55 and age < 60", 30, False),
)
"""(tag, rule, expression, days it holds, whether it is at work)"""


async def add_tag_rules(scene: Scene) -> None:
    """Add the rules as a marketer writes them, and let those at work run once."""
    by, at = scene["marketing"], scene.ago(days=1)
    await jobs_rules.count_acts(scene.house.database, scene.tenant)
    async with scene.house.database.unit_of_work(scene.tenant) as db:
        group = await actions_tags.create_group(db, _GROUP, by=by, at=at)
        for tag, name, expr, days, is_on in _RULES:
            made = await actions_tags.create_tag(
                db, TagDraft(tag, group.id, "", None), by=by, at=at
            )
            rule = await actions_rules.create_rule(
                db, RuleDraft(name, expr, made.id, days), by=by, at=at
            )
            if is_on:
                await actions_rules.switch_on(db, rule.id, by=by, at=at)
    await jobs_rules.run_rules(scene.house.database, scene.tenant)
