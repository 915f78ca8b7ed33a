"""Windows that begin and end by themselves: found by the sweep, done once, harmless twice."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select, update
from tests.make import approve, make_item
from tests.personas import Personas, Side

from contenthub.db import Write
from contenthub.library import actions, actions_tokens, jobs, jobs_words, queries
from contenthub.library.models import Item, ItemToken
from contenthub.queue import jobs as registered


async def _approved(
    db: Write, side: Side, *, begins: datetime | None, ends: datetime | None, at: datetime
) -> Item:
    item, _ = await make_item(db, side.author, valid_from=begins, valid_until=ends, at=at)
    await actions.submit(db, item.id, by=side.author, at=at)
    await approve(db, item, side.reviewer, at)
    return item


async def test_a_window_ends_and_another_begins_by_the_sweep(people: Personas) -> None:
    side, database = people.ours, people.house.database
    now = datetime.now(UTC)
    before = now - timedelta(hours=2)
    past = now - timedelta(hours=1)
    async with database.unit_of_work(side.tenant) as db:
        ended = await _approved(db, side, begins=None, ends=past, at=before)
        begun = await _approved(db, side, begins=past, ends=None, at=before)
        assert (ended.state, begun.state) == ("live", "approved")
    async with database.platform_unit_of_work() as platform:
        to_end = await jobs.expired(platform, now)
        to_begin = await jobs.begun(platform, now)
    assert (side.tenant, {"item_id": str(ended.id)}) in to_end
    assert (side.tenant, {"item_id": str(begun.id)}) in to_begin
    for name, item in (("library.expire_item", ended), ("library.start_window", begun)):
        for _ in range(2):
            await registered[name](database, side.tenant, item_id=str(item.id))
    async with database.reading(side.tenant) as db:
        assert (await queries.item(db, ended.id)).state == "expired"
        assert (await queries.item(db, begun.id)).state == "live"
    async with database.platform_unit_of_work() as platform:
        left = [*await jobs.expired(platform, now), *await jobs.begun(platform, now)]
    assert [tenant for tenant, _ in left if tenant == side.tenant] == []


async def test_words_of_an_older_version_are_written_anew_and_then_left_alone(
    people: Personas,
) -> None:
    side, database = people.ours, people.house.database
    async with database.unit_of_work(side.tenant) as db:
        items = [await make_item(db, side.author) for _ in range(3)]
        old = [item.id for item, _ in items[:2]]
        await db.execute(delete(ItemToken).where(ItemToken.item_id.in_(old)))
        await db.execute(update(Item).where(Item.id.in_(old)).values(words_version=0))
    async with database.platform_unit_of_work() as platform:
        assert (side.tenant, {}) in await jobs_words.due_words(platform, datetime.now(UTC))
    found = select(ItemToken.item_id).where(ItemToken.item_id.in_(old)).distinct()
    async with database.unit_of_work(side.tenant) as first:
        assert await actions_tokens.reindex(first, limit=1) == 1
        async with database.unit_of_work(side.tenant) as second:
            assert await actions_tokens.reindex(second, limit=9) == 0, "one at a time"
    async with database.reading(side.tenant) as db:
        assert len((await db.scalars(found)).all()) == 1, "a batch is kept when a worker dies"
    await registered["library.reindex_items"](database, side.tenant)
    async with database.reading(side.tenant) as db:
        assert set(await db.scalars(found)) == set(old)
    async with database.platform_unit_of_work() as platform:
        assert (side.tenant, {}) not in await jobs_words.due_words(platform, datetime.now(UTC))
