"""The demo's wordings of consents, and a few customers who agreed by them."""

from contenthub.cli_demo_people import Scene
from contenthub.customers import actions_consents, actions_texts, queries

_TEXTS = (
    (
        "柜面授权书 2026-09",
        "本人同意{bank}使用本人在办理业务时留下的姓名和手机号，就存款业务与本人联系。",
        60,
    ),
    (
        "柜面授权书 2026-11",
        "本人同意{bank}使用本人的姓名、手机号和已办业务的种类，由客户经理通过电话或企业微信向本人"
        "推荐下列业务的产品和活动：（勾选）存款、贷款、理财、信用卡、保险。\n"
        "不同意不影响办理业务。本人可随时在任一网点、向客户经理或在分享页面上撤回，撤回后不再推荐。",
        14,
    ),
)
_AGREED = (("deposit", 0), ("deposit", 1), ("wealth", 1), ("loan", 1))
"""Of each customer in turn: the topic and the wording they agreed by."""
_CUSTOMERS = 12


async def write_consents(scene: Scene) -> None:
    """Keep two wordings, and let some customers agree to one topic each."""
    async with scene.house.database.unit_of_work(scene.tenant) as db:
        for version, wording, days in _TEXTS:
            said = wording.format(bank=scene.bank.name)
            await actions_texts.add_text(
                db, version, said, by=scene["admin"], at=scene.ago(days=days)
            )
        found = await queries.customers(db, owner_ids=None, limit=_CUSTOMERS)
        for number, customer in enumerate(found):
            topic, text = _AGREED[number % len(_AGREED)]
            await actions_consents.record_consent(
                db,
                customer,
                topic,
                text_version=_TEXTS[text][0],
                by=scene["marketing"],
                at=scene.ago(days=(28, 13)[text] - number),
            )
