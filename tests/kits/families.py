"""A parent and its member out of the two banks of a test."""

from tests.make import NOW, make_live_item
from tests.personas import Personas, Side

from contenthub.db import TenantId
from contenthub.kits import actions
from contenthub.kits.actions import KitDraft
from contenthub.kits.actions_adopt import Wish
from contenthub.kits.models import Kit
from contenthub.library.models import Item
from contenthub.tenants import actions_platform
from contenthub.tenants.models import Bank
from contenthub.web import kit_desk
from contenthub.web.signin import Principal

HOTLINE = "96588"


async def join(people: Personas, *, parent: bool = True) -> None:
    """Put our bank below theirs, or below none."""
    async with people.house.database.platform_unit_of_work() as db:
        ours = await db.get_one(Bank, people.ours.tenant)
        theirs = await db.get_one(Bank, people.theirs.tenant)
        above = theirs.slug if parent else ""
        await actions_platform.set_parent(db, ours.slug, above, by=None, at=NOW)


async def publish(people: Personas, *items: Item, name: str = "开门红内容包") -> Kit:
    """Let their bank publish a kit of items; a new live one when none is given."""
    side = people.theirs
    async with people.house.database.unit_of_work(side.tenant) as db:
        chosen = [one.id for one in items] or [
            (await make_live_item(db, side.author, side.reviewer)).id
        ]
        kit = await actions.create_kit(db, KitDraft(name, "说明", chosen), by=side.author, at=NOW)
        await actions.publish_kit(db, kit.id, note="第一版", by=side.author, at=NOW)
    return kit


async def who(people: Personas, side: Side) -> Principal:
    """Return a bank's author as somebody signed in."""
    async with people.house.database.reading(TenantId(side.tenant)) as db:
        bank = await db.get_one(Bank, side.tenant)
    return Principal(side.author, bank, side.tenant, by_key=False)


async def adopt(people: Personas, kit: Kit, wish: Wish | None = None) -> list[Item]:
    """Let our author take a kit over; return the own items."""
    me = await who(people, people.ours)
    _, taken = await kit_desk.adopt(people.house, me, kit.id, wish or Wish(), at=NOW)
    return [made for _, made in taken.made if isinstance(made, Item)]
