"""The demo bank's own systems: a script with a key, and a receiver of events that waits."""

from contenthub.cli_demo_people import Scene
from contenthub.tenants import actions as tenants
from contenthub.tenants import actions_webhooks
from contenthub.tenants.actions_webhooks import Wish
from contenthub.tenants.keys import KeyTerms

RECEIVER = "https://crm.example.com/hooks/contenthub"


async def connect_systems(scene: Scene) -> None:
    """Make a key for the nightly import, and a paused receiver: its host does not exist."""
    admin, at = scene["admin"], scene.ago(days=9)
    terms = KeyTerms(("customers.import", "customers.view"), ("10.20.0.0/16",), 300)
    wish = Wish(RECEIVER, "客户管理系统", ("lead.created", "signup.created", "customer.refused"))
    async with scene.house.database.unit_of_work(scene.tenant) as db:
        # Nobody keeps the clear key: it is there to be looked at.
        await tenants.create_key(db, admin, "夜间导入客户", by=admin, at=at, terms=terms)
        made, _ = await actions_webhooks.create_endpoint(db, wish, by=admin, at=at)
        await actions_webhooks.change_endpoint(db, made.id, wish, state="paused", by=admin, at=at)
