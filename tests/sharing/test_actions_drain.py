"""From the inbox to visits and roll-ups: exactly once, and never stuck."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import msgspec
import pytest
from sqlalchemy import text
from tests.make import make_link, make_live_item
from tests.personas import Personas

from contenthub.db import Write, new_id
from contenthub.errors import Conflict
from contenthub.sharing import jobs, queries
from contenthub.sharing.actions_drain import drain
from contenthub.sharing.inbox import FETCH, VIEW, Seen, pack
from contenthub.sharing.models import Link
from contenthub.sharing.tokens import microseconds
from contenthub.tenants.models import Staff


@pytest.fixture
async def chain(people: Personas) -> list[Link]:
    """An employee's link, a customer's below it, and another's below that."""
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        item = await make_live_item(db, people.ours.author, people.ours.reviewer)
        links: list[Link] = []
        for n in range(3):
            over = {"parent": links[-1], "visitor_id": uuid4(), "channel": "visitor"} if n else {}
            links.append(await make_link(db, item, people.ours.employee, **over))
        return links


def seen(link: Link, kind: str = VIEW, *, visitor: UUID | None = None, **over: object) -> Seen:
    facts: dict[str, object] = {"id": new_id().bytes, "at_us": microseconds(datetime.now(UTC))}
    facts |= over
    return Seen(
        kind,
        link.tenant_id.bytes,
        link.id.bytes,
        link.item_id.bytes,
        link.employee_id.bytes,
        (visitor or uuid4()).bytes,
        **facts,  # type: ignore[arg-type]  # the fields of Seen
    )


async def put(people: Personas, packed: bytes) -> None:
    async with people.house.database.unit_of_work(people.ours.tenant) as db:
        await db.execute(text("insert into visit_inbox (packed) values (:p)"), {"p": packed})


async def drain_all(people: Personas) -> None:
    await jobs.drain_visits(people.house.database, people.ours.tenant)


async def counts(people: Personas, link: Link) -> dict[str, int]:
    async with people.house.database.reading(people.ours.tenant) as db:
        stat = await queries.stat(db, link.id)
        return {"fetches": stat.fetches, "views": stat.views, "sub_views": stat.sub_views}


async def test_a_view_counts_for_its_link_and_below_every_ancestor(
    people: Personas, chain: list[Link]
) -> None:
    root, middle, leaf = chain
    await put(people, pack([seen(leaf), seen(leaf), seen(middle), seen(root, FETCH)]))
    await drain_all(people)
    assert await counts(people, root) == {"fetches": 1, "views": 0, "sub_views": 3}
    assert await counts(people, middle) == {"fetches": 0, "views": 1, "sub_views": 2}
    assert await counts(people, leaf) == {"fetches": 0, "views": 2, "sub_views": 0}


async def test_days_count_in_the_banks_own_zone(people: Personas, chain: list[Link]) -> None:
    now = datetime.now(UTC)
    await put(people, pack([seen(chain[0], at_us=microseconds(now)), seen(chain[0], FETCH)]))
    await drain_all(people)
    async with people.house.database.reading(people.ours.tenant) as db:
        row = (
            await db.execute(
                text(
                    "select e.day_on, e.views, e.fetches, i.views as item_views "
                    "from employee_days e "
                    "join item_days i using (tenant_id, employee_id, day_on)"
                )
            )
        ).one()
    day_on = (now + timedelta(hours=8)).date()
    assert (row.day_on, row.views, row.fetches, row.item_views) == (day_on, 1, 1, 1)


async def test_a_replayed_report_counts_nothing_and_keeps_the_longer_dwell(
    people: Personas, chain: list[Link]
) -> None:
    first = seen(chain[0], dwell_ms=1200)
    again = Seen(**{f: getattr(first, f) for f in first.__struct_fields__} | {"dwell_ms": 9000})
    await put(people, pack([first, first]))
    await drain_all(people)
    await put(people, pack([again]))
    await put(people, pack([first]))
    await drain_all(people)
    assert (await counts(people, chain[0]))["views"] == 1
    async with people.house.database.reading(people.ours.tenant) as db:
        assert (await db.execute(text("select dwell_ms from visits"))).scalars().all() == [9000]


async def test_a_killed_drain_leaves_everything_for_the_next(
    people: Personas, chain: list[Link]
) -> None:
    await put(people, pack([seen(chain[0])]))

    async def killed_before_the_commit() -> None:
        async with people.house.database.platform_unit_of_work() as db:
            assert await drain(db, at=datetime.now(UTC)) == 1
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        await killed_before_the_commit()
    assert (await counts(people, chain[0]))["views"] == 0
    await drain_all(people)
    assert (await counts(people, chain[0]))["views"] == 1


POISONS = ["damaged", "empty", "another shape", "implausible", "no_such_kind", "bad visitor"]


@pytest.mark.parametrize("poison", [*POISONS, "far future", "short id", "bad zone"])
async def test_a_poisoned_batch_is_set_aside_and_holds_up_nobody(
    people: Personas, chain: list[Link], poison: str
) -> None:
    packed = {
        "damaged": b"\xff\x00not msgpack",
        "implausible": pack([seen(chain[0], at_us=0)]),
        "empty": b"",
        "another shape": b"\x93\x01\x02\x03",
        "no_such_kind": pack([seen(chain[0], "click")]),
        "bad visitor": pack([msgspec.structs.replace(seen(chain[0]), visitor=b"short")]),
        "far future": pack([seen(chain[0], at_us=2**63)]),
        "short id": pack([seen(chain[0], id=b"short")]),
        "bad zone": pack([seen(chain[0])]),
    }[poison]
    if poison == "bad zone":
        packed = await _of_a_bank_without_a_zone(people)
    await put(people, packed)
    await put(people, pack([seen(chain[0])]))
    await drain_all(people)
    assert (await counts(people, chain[0]))["views"] == 1
    async with people.house.database.platform_unit_of_work() as db:
        left = (await db.execute(text("select packed, error, set_aside_at from visit_inbox"))).all()
        assert [(row.packed, bool(row.error), bool(row.set_aside_at)) for row in left] == [
            (packed, True, True)
        ]
        assert await jobs.undrained(db, datetime.now(UTC)) == []
        await db.execute(text("delete from visit_inbox"))


async def _of_a_bank_without_a_zone(people: Personas) -> bytes:
    """A batch that is well in itself, and breaks in the middle of counting."""
    theirs = people.theirs
    async with people.house.database.unit_of_work(theirs.tenant) as db:
        item = await make_live_item(db, theirs.author, theirs.reviewer)
        link = await make_link(db, item, theirs.employee)
    async with people.house.database.platform_unit_of_work() as db:
        zone = text("update banks set zone = 'Asia/Nowhere' where id = :id")
        await db.execute(zone, {"id": theirs.tenant})
    return pack([seen(link)])


async def test_a_busy_database_sets_nothing_aside(people: Personas, chain: list[Link]) -> None:
    database = people.house.database
    await put(people, pack([seen(chain[0])]))
    async with database.platform_unit_of_work() as other:
        await other.execute(text("lock table link_stats in exclusive mode"))
        with pytest.raises(Conflict):
            async with database.platform_unit_of_work() as db:
                await db.execute(text("set local lock_timeout = 50"))
                await drain(db, at=datetime.now(UTC))
    await drain_all(people)
    assert (await counts(people, chain[0]))["views"] == 1


async def test_a_link_nobody_knows_any_more_is_skipped(people: Personas, chain: list[Link]) -> None:
    ghost = seen(Link(**{c: getattr(chain[0], c) for c in ("tenant_id", "item_id", "employee_id")},
                      id=uuid4()))  # fmt: skip
    await put(people, pack([ghost, seen(chain[0])]))
    await drain_all(people)
    assert (await counts(people, chain[0]))["views"] == 1


async def test_a_visitor_is_one_row_however_often_they_come(
    people: Personas, chain: list[Link]
) -> None:
    li = uuid4()
    await put(people, pack([seen(chain[0], visitor=li), seen(chain[1], visitor=li)]))
    await put(people, pack([seen(chain[0], FETCH, visitor=uuid4())]))
    await drain_all(people)
    async with people.house.database.reading(people.ours.tenant) as db:
        rows = (await db.execute(text("select id, first_link_id from visitors"))).all()
    assert [tuple(row) for row in rows] == [(li, chain[0].id)]


async def test_banks_are_counted_apart(people: Personas, chain: list[Link]) -> None:
    async def theirs(db: Write, author: Staff) -> Link:
        item = await make_live_item(db, author, people.theirs.reviewer)
        return await make_link(db, item, people.theirs.employee)

    async with people.house.database.unit_of_work(people.theirs.tenant) as db:
        other = await theirs(db, people.theirs.author)
    await put(people, pack([seen(chain[0]), seen(other), seen(other)]))
    await drain_all(people)
    assert (await counts(people, chain[0]))["views"] == 1
    async with people.house.database.reading(people.theirs.tenant) as reading:
        assert (await queries.stat(reading, other.id)).views == 2


async def test_the_sweep_finds_waiting_batches_and_missing_months(
    people: Personas, chain: list[Link]
) -> None:
    await put(people, pack([seen(chain[0])]))
    async with people.house.database.platform_unit_of_work() as db:
        assert await jobs.undrained(db, datetime.now(UTC)) == [(jobs.ALL_BANKS, {})]
        far = datetime(2099, 5, 20, tzinfo=UTC)
        missing = await jobs.missing_months(db, far)
    assert missing == [
        (jobs.ALL_BANKS, {"month_on": "2099-05-01"}),
        (jobs.ALL_BANKS, {"month_on": "2099-06-01"}),
    ]
    for _, ids in missing:
        await jobs.ensure_visit_month(people.house.database, people.ours.tenant, **ids)
    async with people.house.database.platform_unit_of_work() as db:
        assert await jobs.missing_months(db, far) == []
    await drain_all(people)
