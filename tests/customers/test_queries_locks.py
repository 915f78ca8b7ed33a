"""Who changes many customers' tags waits for who works on one, and the other way round."""

import asyncio
from collections.abc import Awaitable, Callable

from sqlalchemy import select
from tests.make import NOW, make_customer
from tests.personas import Personas

from contenthub.customers import actions_people, actions_tag_changes, actions_tagging, queries
from contenthub.customers import queries_truth as truths
from contenthub.customers.actions_audience import mark
from contenthub.customers.actions_tag_changes import Wish
from contenthub.customers.actions_tagging import Origin
from contenthub.customers.models import Customer, CustomerTag, Tag
from contenthub.db import Write


async def _two(people: Personas) -> tuple[Customer, Customer, Tag]:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        one = await make_customer(db, phone="13900000001")
        two = await make_customer(db, phone="13900000002")
        await make_customer(db, phone="13900000003", tags=["银发"])
        tag = (await queries.tags(db))[0]
    return one, two, tag


def _aside(people: Personas, work: Callable[[Write], Awaitable[object]]) -> asyncio.Task[None]:
    async def go() -> None:
        async with people.house.database.unit_of_work(people.ours.tenant) as db:
            await work(db)

    return asyncio.create_task(go())


async def _still_waits(task: asyncio.Task[None]) -> bool:
    await asyncio.wait({task}, timeout=0.3)
    return not task.done()


async def test_who_is_erased_while_many_are_tagged_goes_with_the_new_tag(people: Personas) -> None:
    one, two, tag = await _two(people)
    by = people.ours.admin

    async def erase(db: Write) -> None:
        await actions_people.erase_customer(db, one, by=by, at=NOW)

    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        nos = await actions_tagging.lock(db, [two.no, one.no, 999])
        assert nos == [one.no, two.no]
        erasing = _aside(people, erase)
        assert await _still_waits(erasing)
        pairs = [(tag.id, no) for no in nos]
        moved = await actions_tagging.put_on(db, pairs, Origin("bulk", NOW, by.id))
        await mark(db, moved.add, moved.remove)
    await erasing
    async with people.house.database.reading(people.ours.tenant) as read:
        tagged = select(CustomerTag.customer_no).order_by(CustomerTag.customer_no)
        assert list(await read.scalars(tagged)) == [two.no, two.no + 1]
        assert await truths.disagreements(read, 0, 65_535) == {}


async def test_by_hand_nobody_waits_for_another_customer_but_many_do(people: Personas) -> None:
    one, two, tag = await _two(people)
    by, wish = people.ours.admin, Wish("put", tag.id)

    async def take_many(db: Write) -> None:
        nos = await actions_tagging.lock(db, [one.no, two.no])
        gone = await actions_tagging.take_off(db, [tag.id], nos)
        await mark(db, {}, {("tag", str(tag.id)): [no for _, no in gone]})

    async def look(db: Write) -> None:
        await queries.customer(db, two.id, lock=True)

    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await queries.customer(db, one.id, lock=True)
        await asyncio.wait_for(_aside(people, look), timeout=10)
        many = _aside(people, take_many)
        assert await _still_waits(many)
        await actions_tag_changes.put_one(db, one, wish, by=by, at=NOW)
    await many
    async with people.house.database.reading(people.ours.tenant) as read:
        assert list(await read.scalars(select(CustomerTag.customer_no))) == [two.no + 1]
        assert await truths.disagreements(read, 0, 65_535) == {}
