"""The demo bank's own rules: one it wrote, one it made stricter, some checked by its lawyers.

The rule it wrote finds a live article: the list of what fails today is not empty.
"""

from contenthub.cli_demo_people import Scene
from contenthub.library import actions_rules
from contenthub.library.actions_rules import RuleDraft

OWN = RuleDraft(
    "上门服务写明电话",
    "网点电话约定\n电话另行通知",
    advice="写明网点座机或客服热线，客户看了就能打",
    source="本行《客户服务规范》第 12 条",
    topics=("life",),
)
SLOGANS = RuleDraft(
    "本行停用的宣传语",
    "闭眼选\n存…就送\n全县都在用",
    advice="改写产品事实",
    source="省联社消保〔2026〕12 号",
    replacement="",
)
CHECKED = ("INV-01", "INV-02", "LOAN-01", "LOAN-03", "DEP-01", "SHARE-01", "PI-03")


async def add_rules(scene: Scene) -> None:
    """Add the bank's own rules and what it says of shipped ones."""
    admin, at = scene["admin"], scene.ago(days=1)
    async with scene.house.database.unit_of_work(scene.tenant) as db:
        for rule_id in CHECKED:
            await actions_rules.confirm_rule(db, rule_id, by=admin, at=at)
        await actions_rules.raise_rule(
            db, "TERM-01", is_raised=True, reason="省联社统一要求", by=admin, at=at
        )
        for draft in (OWN, SLOGANS):
            await actions_rules.add_rule(db, draft, by=admin, at=at)
