"""What was submitted, decided, published or sealed stays: the serving role cannot delete it."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest
from sqlalchemy import text
from tests.house.catalog import APPEND_ONLY, KEPT
from tests.make import NOW, approve, make_item, make_live_item
from tests.personas import Personas, Side

from contenthub.db import Write
from contenthub.errors import Conflict, NotFound
from contenthub.library import actions, queries

Making = Callable[[Write, Side], Awaitable[UUID]]


async def _submitted(db: Write, side: Side) -> UUID:
    item, _ = await make_item(db, side.author)
    _, revision = await actions.submit(db, item.id, by=side.author, at=NOW)
    return revision.id


async def _withdrawn(db: Write, side: Side) -> UUID:
    item, revision = await make_item(db, side.author)
    await actions.submit(db, item.id, by=side.author, at=NOW)
    await actions.withdraw(db, item.id, by=side.author, at=NOW)
    return revision.id


async def _live(db: Write, side: Side) -> UUID:
    item = await make_live_item(db, side.author, side.reviewer)
    assert item.live_revision_id is not None
    return item.live_revision_id


async def _superseded(db: Write, side: Side) -> UUID:
    item = await make_live_item(db, side.author, side.reviewer)
    before = item.live_revision_id
    newer = actions.Draft("product", "deposit", "新标题", body="<p>到网点办理。</p>")
    await actions.write_draft(db, item.id, newer, by=side.author, at=NOW)
    await actions.submit(db, item.id, by=side.author, at=NOW)
    await approve(db, item, side.reviewer)
    assert before is not None
    return before


async def _recalled(db: Write, side: Side) -> UUID:
    item = await make_live_item(db, side.author, side.reviewer)
    before = item.live_revision_id
    await actions.recall(db, item.id, reason="利率调整", by=side.author, at=NOW)
    assert before is not None
    return before


STAGES: dict[str, Making] = {
    "in_review": _submitted,
    "draft": _withdrawn,
    "live": _live,
    "superseded": _superseded,
    "recalled": _recalled,
}


@pytest.mark.parametrize("state", sorted(STAGES))
async def test_a_wording_that_was_ever_submitted_cannot_be_deleted(
    people: Personas, state: str
) -> None:
    side, database = people.ours, people.house.database
    async with database.unit_of_work(side.tenant) as db:
        wanted = await STAGES[state](db, side)
    with pytest.raises(Conflict, match="一直留存"):
        async with database.unit_of_work(side.tenant) as db:
            await db.execute(text("delete from revisions where id = :i"), {"i": wanted})
    async with database.unit_of_work(side.tenant) as db:
        assert (await queries.revision(db, wanted)).state == state


async def test_a_draft_that_nobody_submitted_can_be_deleted(people: Personas) -> None:
    side, database = people.ours, people.house.database
    async with database.unit_of_work(side.tenant) as db:
        _, revision = await make_item(db, side.author)
        await db.execute(text("delete from revisions where id = :i"), {"i": revision.id})
        left = await db.scalar(text("select count(*) from revisions"))
    assert left == 0


@pytest.mark.parametrize(
    ("table", "deed"),
    [
        *((table, "delete from {}") for table in (*APPEND_ONLY, *KEPT)),
        *((table, "update {} set tenant_id = tenant_id") for table in APPEND_ONLY),
    ],
)
async def test_records_refuse_the_serving_role(people: Personas, table: str, deed: str) -> None:
    side, database = people.ours, people.house.database
    async with database.unit_of_work(side.tenant) as db:
        await make_live_item(db, side.author, side.reviewer)
    with pytest.raises(NotFound) as refused:  # so the product calls every missing right
        async with database.unit_of_work(side.tenant) as db:
            await db.execute(text(deed.format(table)))
    assert f"permission denied for table {table}" in str(refused.value.__cause__)
