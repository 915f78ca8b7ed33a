"""Single visits are forgotten after the months a bank keeps them."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from tests.make import NOW, make_link, make_live_item
from tests.personas import Personas

from contenthub.db import new_id
from contenthub.sharing import jobs
from contenthub.tenants import actions as tenants

_ADD = """
insert into visits (tenant_id, at, id, kind, link_id, item_id, employee_id, dwell_ms)
values (:t, :at, :id, 'view', :link, :item, :employee, 1000)
"""


async def test_visits_older_than_the_bank_keeps_them_go_and_younger_stay(
    people: Personas,
) -> None:
    house, ours = people.house, people.ours
    now = datetime.now(UTC)
    old, young = now - timedelta(days=7 * 31), now - timedelta(days=5)
    async with house.database.platform_unit_of_work() as platform:
        await platform.execute(text("select ensure_visit_month(:d)"), {"d": old.date()})
    async with house.database.unit_of_work(ours.tenant) as db:
        await tenants.set_settings(db, {"visits_keep_months": "6"}, by=ours.admin, at=NOW)
        item = await make_live_item(db, ours.author, ours.reviewer)
        link = await make_link(db, item, ours.employee)
        facts = {"t": ours.tenant, "link": link.id, "item": item.id, "employee": ours.employee.id}
        for at in (old, young):
            await db.execute(text(_ADD), {**facts, "at": at, "id": new_id()})
    async with house.database.platform_unit_of_work() as platform:
        assert (ours.tenant, {}) in await jobs.old_visits(platform, now)
    await jobs.forget_visits(house.database, ours.tenant)
    async with house.database.reading(ours.tenant) as read:
        left = (await read.scalars(text("select at from visits"))).all()
    assert left == [young]
    async with house.database.platform_unit_of_work() as platform:
        assert (ours.tenant, {}) not in await jobs.old_visits(platform, now)
