"""The demo bank's contacts: what employees wrote of calls and visits to their customers."""

from datetime import timedelta

from contenthub.cli_demo_people import Scene
from contenthub.customers import actions_contacts, queries
from contenthub.customers.contacts import ContactDraft

_SAID = (
    ("call", True, "定期下月到期，愿意转存三年期"),
    ("visit", True, "走村时见面，想了解农户贷款额度"),
    ("wecom", True, "问社保卡在哪个网点能办"),
    ("call", False, ""),
    ("counter", True, "来网点取了存折，约好下周再谈"),
)
LOGIN, MANY = "employee1", 25


async def write_contacts(scene: Scene) -> None:
    """Write contacts of the employee who logs in, on days before today."""
    by = scene[LOGIN]
    async with scene.house.database.unit_of_work(scene.tenant) as db:
        mine = await queries.customers(db, owner_ids={by.id}, limit=MANY)
        for place, customer in enumerate(mine):
            way, is_reached, note = _SAID[place % len(_SAID)]
            days = 1 + place
            on = (scene.now - timedelta(days=days)).date()
            draft = ContactDraft(way, note, is_reached, on)
            await actions_contacts.record_contact(
                db, customer, draft, by=by, at=scene.ago(days=days)
            )
