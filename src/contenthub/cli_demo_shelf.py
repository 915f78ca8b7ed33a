"""The demo banks' library in order: labels on items, two views, one of them shared."""

from contenthub.cli_demo_people import Scene
from contenthub.library import actions_labels, queries_lists
from contenthub.library.actions_labels import Change
from contenthub.library.itemfilter import Filter
from contenthub.tenants import actions_views
from contenthub.tenants.actions_views import ViewDraft

LABELS: dict[str, tuple[Filter, ...]] = {
    "涉农": (Filter(topic="loan"), Filter(q="农机")),
    "老年客群": (Filter(q="银发"), Filter(q="社保卡"), Filter(q="养老")),
    "防诈骗": (Filter(q="诈骗"),),
    "年末": (Filter(q="存单"), Filter(q="岁末")),
    "权益": (Filter(kind="right"),),
}
"""What of the library each label is put on."""


async def order_library(scene: Scene) -> None:
    """Label what belongs together, and keep the two filters that everybody asks for."""
    author, at = scene["author"], scene.ago(days=1)
    async with scene.house.database.unit_of_work(scene.tenant) as db:
        made = {}
        for name, wanted in LABELS.items():
            label = await actions_labels.create_label(db, name, by=author, at=at)
            made[name] = label.id
            found = [item.id for one in wanted for item in await queries_lists.items(db, one)]
            if found:
                change = Change(add=[label.id])
                await actions_labels.change_labels(db, found, change, by=author, at=at)
        ending = ViewDraft("一个月内到期", "validity=expiring-30&sort=until", is_shared=True)
        await actions_views.save_view(db, ending, by=author, at=at)
        quiet = f"label={made['涉农']}&shares=none&sort=shared"
        await actions_views.save_view(db, ViewDraft("涉农·没人分享", quiet), by=author, at=at)
