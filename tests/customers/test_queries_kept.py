"""What is kept of the index in memory follows every change, also one that is rolled back."""

import pytest
from pyroaring import BitMap
from tests.personas import Personas

from contenthub.customers import actions_audience, queries_kept
from contenthub.customers.queries_kept import fetch_with_assets, serving
from contenthub.db import Read, TenantId, Write


async def test_the_count_follows_every_change_of_owners_also_one_rolled_back(
    people: Personas, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = people.house.database
    some = BitMap([1, 2, 70_000])
    a, b, c = (("owner", name) for name in "abc")

    async def count(tenant: TenantId) -> int:
        async with database.reading(tenant) as db:
            return await serving(db, some)

    async def give(db: Write, key: tuple[str, str], *nos: int) -> None:
        await actions_audience.mark(db, {key: nos})

    ours, theirs = people.ours.tenant, people.theirs.tenant
    assert await count(ours) == 0
    async with database.unit_of_work(ours) as db:
        await give(db, a, 1, 2, 3)
        assert await serving(db, some) == 1
        await give(db, b, 70_000)  # a second time in one transaction, after a look
        assert await serving(db, some) == 2
    assert await count(ours) == 2
    assert await count(theirs) == 0
    with pytest.raises(ZeroDivisionError):
        async with database.unit_of_work(ours) as db:
            await actions_audience.mark(db, {c: [2]}, {a: [2]})
            assert await serving(db, some) == 3
            1 / 0  # noqa: B018
    assert await count(ours) == 2
    async with database.unit_of_work(ours) as db:
        await actions_audience.mark(db, {a: [70_000]}, {b: [70_000]})
    assert await count(ours) == 1
    monkeypatch.setattr(queries_kept, "KEPT_BANKS", 1)
    async with database.unit_of_work(theirs) as db:
        await give(db, c, 2)
    assert (await count(theirs), await count(ours)) == (1, 1)
    async with database.reading(ours) as read:
        assert await serving(read, BitMap([5, 900_000])) == 0


async def test_slices_of_assets_are_those_of_the_snapshot_whatever_was_kept(
    people: Personas,
) -> None:
    database, ours = people.house.database, people.ours.tenant
    low, high = ("aum", "3"), ("aum", "33")

    async def held(db: Read) -> list[int]:
        return list((await fetch_with_assets(db, {low, ("all", "")}))[0].get(low, BitMap()))

    async with database.unit_of_work(ours) as db:
        await actions_audience.mark(db, {("all", ""): [1, 2, 3], low: [1], high: [3]})
        assert await held(db) == [1]
    async with database.snapshot(ours) as before:
        assert await held(before) == [1]
        with pytest.raises(ZeroDivisionError):
            async with database.unit_of_work(ours) as db:
                await actions_audience.mark(db, {low: [2]}, {low: [1]})
                assert await held(db) == [2]
                1 / 0  # noqa: B018
        async with database.unit_of_work(ours) as db:
            await actions_audience.mark(db, {low: [2, 3]})
        async with database.reading(ours) as after:
            assert await held(after) == [1, 2, 3]
        assert await held(before) == [1]
