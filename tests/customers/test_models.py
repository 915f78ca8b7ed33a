"""What customers and taggings point at is there, though no key is looked up row by row."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text
from tests.make import NOW, make_customer
from tests.personas import Personas

from contenthub.customers import actions_people, queries
from contenthub.errors import Conflict

_TAG = """
insert into customer_tags (tenant_id, tag_id, customer_no, source, tagged_at)
select :bank, id, :no, 'hand', now() from tags where tenant_id = :bank
"""


@pytest.mark.parametrize(
    "statement",
    [
        "update customers set branch_id = :nobody",
        "update customers set owner_id = :nobody",
        "update customers set no = no + 1",
        "update customer_tags set tag_id = :nobody",
        "insert into customers select (jsonb_populate_record(c, jsonb_build_object('no', 99, 'id', "
        "cast(:nobody as uuid), 'phone_index', '\\x00', 'branch_id', cast(:nobody as uuid)))).* "
        "from customers c",
        "insert into customers select (jsonb_populate_record(c, jsonb_build_object('no', 99, 'id', "
        "cast(:nobody as uuid), 'phone_index', '\\x00', 'owner_id', cast(:nobody as uuid)))).* "
        "from customers c",
        "insert into customer_tags select (jsonb_populate_record(c, "
        "jsonb_build_object('customer_no', 99))).* from customer_tags c",
        "insert into customer_tags select (jsonb_populate_record(c, "
        "jsonb_build_object('tag_id', cast(:nobody as uuid)))).* from customer_tags c",
        "delete from tags",
        "delete from customers",
        "delete from branches b using customers c where b.id = c.branch_id",
        "delete from staff s using customers c where s.id = c.owner_id",
    ],
)
async def test_nothing_points_at_what_is_not_there(people: Personas, statement: str) -> None:
    ours, theirs = people.ours, people.theirs
    async with people.house.database.unit_of_work(theirs.tenant) as db:
        await make_customer(db, owner=theirs.employee, tags=["银发"])
    async with people.house.database.unit_of_work(ours.tenant) as db:
        await make_customer(db, owner=ours.employee, tags=["银发"])
    with pytest.raises(Conflict, match="关联的记录"):
        async with people.house.database.unit_of_work(ours.tenant) as db:
            facts = {"nobody": theirs.employee.id} if ":nobody" in statement else {}
            await db.execute(text(statement), facts)


async def test_an_erased_customer_is_not_tagged_at_the_same_time(people: Personas) -> None:
    database, tenant = people.house.database, people.ours.tenant
    async with database.unit_of_work(tenant) as db:
        await make_customer(db, phone="13900000002", tags=["银发"])
        one = await make_customer(db, phone="13900000001")

    async def erase() -> None:
        async with database.unit_of_work(tenant) as db:
            await actions_people.erase_customer(db, one, by=people.ours.admin, at=NOW)

    async with database.unit_of_work(tenant) as db:
        await db.execute(text(_TAG), {"bank": tenant, "no": one.no})
        erasing = asyncio.create_task(erase())
        await asyncio.wait({erasing}, timeout=0.3)
        assert not erasing.done()
    with pytest.raises(Conflict):
        await erasing
    async with database.reading(tenant) as read:
        assert (await queries.by_phone(read, "13900000001")) is not None


async def test_a_customer_being_erased_is_not_tagged_any_more(people: Personas) -> None:
    database, tenant = people.house.database, people.ours.tenant
    async with database.unit_of_work(tenant) as db:
        await make_customer(db, phone="13900000002", tags=["银发"])
        one = await make_customer(db, phone="13900000001")

    async def tag() -> Any:
        async with database.unit_of_work(tenant) as db:
            await db.execute(text(_TAG), {"bank": tenant, "no": one.no})

    async with database.unit_of_work(tenant) as db:
        await actions_people.erase_customer(db, one, by=people.ours.admin, at=NOW)
        tagging = asyncio.create_task(tag())
        await asyncio.wait({tagging}, timeout=0.3)
        assert not tagging.done()
    with pytest.raises(Conflict):
        await tagging
